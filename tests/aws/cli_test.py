"""The AWS CLI as an independent client: the way of a stack, and every table of its own that hides behind a command."""
import json
import os
import tempfile
import unittest

from double import ACCOUNT, REGION, DoubleTest, aws_cli, function, queue, resources, role, zip_of


class CommandLine(DoubleTest):
    def cli(self, *words):
        return aws_cli(type(self).aws, *words)

    def setUp(self):
        type(self).aws.control("reset?state=1", {})
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def test_a_service_is_deployed_changed_looked_at_and_removed(self):
        self.cli("s3", "mb", "s3://artifacts")
        for n in ("1", "2"):
            self.cli("s3", "cp", self.file("code.zip", zip_of(n)), f"s3://artifacts/{n}.zip")
        self.assertIn("1.zip", self.cli("s3", "ls", "s3://artifacts/"))
        template = resources(Role=role(), Fn=function("1.zip"), Jobs=queue("jobs"))
        template["Outputs"] = {"Arn": {"Value": {"Fn::GetAtt": ["Fn", "Arn"]}}}
        body = "file://" + self.file("template.json", json.dumps(template).encode())
        self.cli("cloudformation", "validate-template", "--template-body", body)
        self.cli("cloudformation", "deploy", "--stack-name", "shop", "--template-file", body[len("file://"):],
                 "--capabilities", "CAPABILITY_IAM")
        stack = self.cli("cloudformation", "describe-stacks", "--stack-name", "shop")["Stacks"][0]
        self.assertEqual((stack["StackStatus"], stack["Outputs"][0]["OutputValue"]),
                         ("CREATE_COMPLETE", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hello"))
        template["Resources"]["Fn"]["Properties"]["Code"]["S3Key"] = "2.zip"
        body = "file://" + self.file("template.json", json.dumps(template).encode())
        self.cli("cloudformation", "create-change-set", "--stack-name", "shop", "--change-set-name", "two", "--template-body", body,
                 "--capabilities", "CAPABILITY_IAM")
        self.cli("cloudformation", "wait", "change-set-create-complete", "--stack-name", "shop", "--change-set-name", "two")
        got = self.cli("cloudformation", "describe-change-set", "--stack-name", "shop", "--change-set-name", "two",
                       "--include-property-values")
        self.assertEqual([c["ResourceChange"]["LogicalResourceId"] for c in got["Changes"]], ["Fn"])
        self.cli("cloudformation", "execute-change-set", "--stack-name", "shop", "--change-set-name", "two")
        self.cli("cloudformation", "wait", "stack-update-complete", "--stack-name", "shop")
        self.assertEqual(len(self.cli("cloudformation", "list-stack-resources", "--stack-name", "shop")["StackResourceSummaries"]), 3)
        self.cli("lambda", "update-function-configuration", "--function-name", "hello", "--timeout", "29")
        self.cli("lambda", "update-function-code", "--function-name", "hello", "--zip-file", "fileb://" + self.file("x.zip", zip_of("x")))
        url = self.cli("sqs", "get-queue-url", "--queue-name", "jobs")["QueueUrl"]
        self.cli("sqs", "delete-queue", "--queue-url", url)
        self.cli("cloudformation", "detect-stack-drift", "--stack-name", "shop")
        drifts = self.cli("cloudformation", "describe-stack-resource-drifts", "--stack-name", "shop")["StackResourceDrifts"]
        self.assertEqual({d["LogicalResourceId"]: d["StackResourceDriftStatus"] for d in drifts},
                         {"Role": "IN_SYNC", "Fn": "IN_SYNC", "Jobs": "DELETED"})
        self.cli("cloudformation", "delete-stack", "--stack-name", "shop")
        self.cli("cloudformation", "wait", "stack-delete-complete", "--stack-name", "shop")
        self.cli("s3", "rb", "s3://artifacts", "--force")

    def test_a_large_file_goes_up_in_parts(self):
        self.cli("s3", "mb", "s3://artifacts")
        content = os.urandom(9 * 1024 * 1024)
        self.cli("s3", "cp", self.file("big.bin", content), "s3://artifacts/big.bin")
        self.cli("s3", "cp", "s3://artifacts/big.bin", os.path.join(self.folder.name, "back.bin"))
        with open(os.path.join(self.folder.name, "back.bin"), "rb") as file:
            self.assertEqual(file.read(), content)
        counts = type(self).aws.control("calls")["counts"]
        self.assertEqual(counts["s3:UploadPart"], 2)

    def test_smaller_commands(self):
        self.assertEqual(self.cli("sts", "get-caller-identity")["Account"], ACCOUNT)
        self.cli("ssm", "put-parameter", "--name", "/a", "--value", "1", "--type", "String")
        self.assertEqual(self.cli("ssm", "get-parameter", "--name", "/a")["Parameter"]["Value"], "1")
        self.cli("cloudcontrol", "create-resource", "--type-name", "AWS::SNS::Topic", "--desired-state", '{"TopicName": "news"}')
        self.assertEqual(len(self.cli("cloudcontrol", "list-resources", "--type-name", "AWS::SNS::Topic")["ResourceDescriptions"]), 1)


if __name__ == "__main__":
    unittest.main()
