"""Drift: found, told property by property, and put right by drift-aware change sets."""
import json
import unittest

from double import IAM, DoubleTest, function, queue, resources, role, zip_of


class Detection(DoubleTest):
    def setUp(self):
        super().setUp()
        self.bucket()
        self.code("1.zip", "1")
        self.template = resources(Role=role(), Jobs=queue("jobs", DelaySeconds=1), Fn=function(
            "1.zip", Timeout=6, Environment={"Variables": {"LEVEL": "info"}}))
        self.deploy("s", self.template)

    def test_a_fresh_stack_is_in_sync(self):
        self.assertEqual(self.stack("s")["DriftInformation"], {"StackDriftStatus": "NOT_CHECKED"})
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))
        self.assertEqual(self.stack("s")["DriftInformation"]["StackDriftStatus"], "IN_SYNC")

    def test_changed_properties_are_named_with_both_values(self):
        self.lambda_.update_function_configuration(FunctionName="hello", Timeout=29,
                                                   Environment={"Variables": {"LEVEL": "debug", "EXTRA": "1"}})
        status, found = self.drift("s")
        self.assertEqual((status, list(found)), ("DRIFTED", ["Fn"]))
        drift = found["Fn"]
        self.assertEqual((drift["StackResourceDriftStatus"], drift["PhysicalResourceId"], drift["ResourceType"]),
                         ("MODIFIED", "hello", "AWS::Lambda::Function"))
        self.assertEqual({(d["PropertyPath"], d["ExpectedValue"], d["ActualValue"], d["DifferenceType"])
                          for d in drift["PropertyDifferences"]},
                         {("/Timeout", "6", "29", "NOT_EQUAL"), ("/Environment/Variables/LEVEL", "info", "debug", "NOT_EQUAL"),
                          ("/Environment/Variables/EXTRA", "null", "1", "ADD")})
        self.assertEqual(json.loads(drift["ExpectedProperties"])["Timeout"], 6)
        self.assertEqual(json.loads(drift["ActualProperties"])["Timeout"], 29)
        self.assertEqual(self.resource("s", "Fn")["DriftInformation"]["StackResourceDriftStatus"], "MODIFIED")

    def test_what_the_template_does_not_set_is_not_compared(self):
        self.lambda_.update_function_configuration(FunctionName="hello", MemorySize=512)
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))

    def test_code_is_not_seen(self):
        self.lambda_.update_function_code(FunctionName="hello", ZipFile=zip_of("other"))
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))

    def test_a_deleted_resource_is_found(self):
        self.sqs.delete_queue(QueueUrl=self.sqs.get_queue_url(QueueName="jobs")["QueueUrl"])
        status, found = self.drift("s")
        self.assertEqual((status, found["Jobs"]["StackResourceDriftStatus"]), ("DRIFTED", "DELETED"))

    def test_any_type_can_be_tampered_with_through_cloud_control(self):
        name = self.resource("s", "Role")["PhysicalResourceId"]
        event = self.control.update_resource(TypeName="AWS::IAM::Role", Identifier=name, PatchDocument=json.dumps(
            [{"op": "add", "path": "/AssumeRolePolicyDocument/Statement/0/Sid", "value": "Tampered"}]))["ProgressEvent"]
        self.assertEqual(event["OperationStatus"], "SUCCESS")
        _, found = self.drift("s")
        self.assertEqual(found["Role"]["PropertyDifferences"][0]["PropertyPath"], "/AssumeRolePolicyDocument/Statement/0/Sid")

    def test_one_resource_can_be_checked_alone(self):
        self.lambda_.update_function_configuration(FunctionName="hello", Timeout=29)
        drift = self.cfn.detect_stack_resource_drift(StackName="s", LogicalResourceId="Fn")["StackResourceDrift"]
        self.assertEqual(drift["StackResourceDriftStatus"], "MODIFIED")
        self.assertEqual(self.stack("s")["DriftInformation"]["StackDriftStatus"], "DRIFTED")

    def test_filters_and_pages_of_drifts(self):
        self.lambda_.update_function_configuration(FunctionName="hello", Timeout=29)
        self.drift("s")
        drifts = self.cfn.describe_stack_resource_drifts
        self.assertEqual(len(drifts(StackName="s", StackResourceDriftStatusFilters=["MODIFIED"])["StackResourceDrifts"]), 1)
        first = drifts(StackName="s", MaxResults=2)
        rest = drifts(StackName="s", MaxResults=2, NextToken=first["NextToken"])
        self.assertEqual([len(first["StackResourceDrifts"]), len(rest["StackResourceDrifts"])], [2, 1])

    def test_a_resource_that_cannot_be_read_is_unknown(self):
        self.aws.control("faults", [{"logicalId": "Fn", "operation": "READ", "fail": "Rate exceeded"}])
        detection = self.cfn.detect_stack_drift(StackName="s")["StackDriftDetectionId"]
        status = self.cfn.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        self.assertEqual((status["DetectionStatus"], status["StackDriftStatus"]), ("DETECTION_FAILED", "UNKNOWN"))
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))

    def test_a_stack_that_is_reviewed_cannot_be_checked(self):
        self.cfn.create_change_set(StackName="new", ChangeSetName="c", ChangeSetType="CREATE", Capabilities=IAM,
                                   TemplateBody=json.dumps(resources(J=queue())))
        self.refused("ValidationError", self.cfn.detect_stack_drift, StackName="new")


class DriftAware(DoubleTest):
    def setUp(self):
        super().setUp()
        self.bucket()
        self.code("1.zip", "1")
        self.template = resources(Role=role(), Jobs=queue("jobs", DelaySeconds=1), Fn=function("1.zip", Timeout=6), Source={
            "Type": "AWS::Lambda::EventSourceMapping", "Properties": {"FunctionName": {"Ref": "Fn"},
                                                                      "EventSourceArn": {"Fn::GetAtt": ["Jobs", "Arn"]}}})
        self.deploy("s", self.template)

    def revert(self, template=None):
        got = self.change_set("s", "revert", template, DeploymentMode="REVERT_DRIFT")
        return got, {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"] for c in got["Changes"]}

    def execute(self):
        self.cfn.execute_change_set(StackName="s", ChangeSetName="revert")
        return self.status("s")

    def test_nothing_drifted_is_nothing_to_do(self):
        got, _ = self.revert()
        self.assertEqual((got["Status"], got["DeploymentMode"]), ("FAILED", "REVERT_DRIFT"))

    def test_a_changed_property_goes_back(self):
        self.lambda_.update_function_configuration(FunctionName="hello", Timeout=29)
        got, changes = self.revert()
        self.assertEqual((got["Status"], got["DeploymentMode"], got["StackDriftStatus"]), ("CREATE_COMPLETE", "REVERT_DRIFT", "DRIFTED"))
        self.assertEqual(list(changes), ["Fn"])
        change = changes["Fn"]
        self.assertEqual((change["Action"], change["ResourceDriftStatus"], change["Replacement"]), ("Modify", "MODIFIED", "False"))
        self.assertEqual(len(change["Details"]), 1)
        target = change["Details"][0]["Target"]
        self.assertEqual((target["Path"], target["BeforeValue"], target["AfterValue"], target["BeforeValueFrom"],
                          target["AfterValueFrom"]), ("/Properties/Timeout", "29", "6", "ACTUAL_STATE", "TEMPLATE"))
        self.assertEqual((target["Drift"]["PreviousValue"], target["Drift"]["ActualValue"]), ("6", "29"))
        self.assertEqual(change["Details"][0]["ChangeSource"], "NoModification")
        self.assertIn({"Path": "/Properties/Code/S3Key", "Reason": "WRITE_ONLY_PROPERTY"}, change["ResourceDriftIgnoredAttributes"])
        self.assertEqual(json.loads(change["PreviousDeploymentContext"])["Properties"]["Timeout"], 6)
        self.assertEqual(self.execute(), "UPDATE_COMPLETE")
        self.assertEqual(self.lambda_.get_function_configuration(FunctionName="hello")["Timeout"], 6)
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))

    def test_a_deleted_resource_comes_back_under_its_name(self):
        self.sqs.delete_queue(QueueUrl=self.sqs.get_queue_url(QueueName="jobs")["QueueUrl"])
        _, changes = self.revert()
        self.assertEqual((changes["Jobs"]["Action"], changes["Jobs"]["ResourceDriftStatus"]), ("Add", "DELETED"))
        self.assertEqual(changes["Source"]["Replacement"], "Conditional")
        source = self.resource("s", "Source")["PhysicalResourceId"]
        self.assertEqual(self.execute(), "UPDATE_COMPLETE")
        self.sqs.get_queue_url(QueueName="jobs")
        self.assertEqual(self.resource("s", "Source")["PhysicalResourceId"], source)
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))

    def test_a_template_that_takes_over_what_is_there_changes_nothing(self):
        self.lambda_.update_function_configuration(FunctionName="hello", Timeout=29)
        self.template["Resources"]["Fn"]["Properties"]["Timeout"] = 29
        _, changes = self.revert(self.template)
        self.assertEqual(changes["Fn"]["Action"], "SyncWithActual")
        self.assertEqual(self.execute(), "UPDATE_COMPLETE")
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))

    def test_a_failure_goes_back_to_what_was_really_there(self):
        self.lambda_.update_function_configuration(FunctionName="hello", Timeout=29)
        self.aws.control("faults", [{"logicalId": "Source", "operation": "UPDATE", "fail": "refused"}])
        self.template["Resources"]["Source"]["Properties"]["BatchSize"] = 5
        self.revert(self.template)
        self.assertEqual(self.execute(), "UPDATE_ROLLBACK_COMPLETE")
        self.assertEqual(self.lambda_.get_function_configuration(FunctionName="hello")["Timeout"], 29)

    def test_a_reference_to_a_rest_resource_gives_a_phantom_change(self):
        api = {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
               "Path": {"Type": "AWS::ApiGateway::Resource", "Properties": {
                   "RestApiId": {"Ref": "Api"}, "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "x"}},
               "Get": {"Type": "AWS::ApiGateway::Method", "Properties": {
                   "RestApiId": {"Ref": "Api"}, "ResourceId": {"Ref": "Path"}, "HttpMethod": "GET", "AuthorizationType": "NONE"}}}
        self.deploy("s", {"Resources": {**self.template["Resources"], **api}})
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))
        _, changes = self.revert()
        self.assertEqual((changes["Get"]["ResourceDriftStatus"], changes["Get"]["Replacement"]), ("IN_SYNC", "True"))
        method = self.resource("s", "Get")["PhysicalResourceId"]
        self.assertEqual(self.execute(), "UPDATE_COMPLETE")
        self.assertEqual(self.resource("s", "Get")["PhysicalResourceId"], method)

    def test_an_ordinary_change_set_does_not_see_drift(self):
        self.lambda_.update_function_configuration(FunctionName="hello", Timeout=29)
        self.assertEqual(self.change_set("s", "plain")["Status"], "FAILED")


class WithoutDriftAware(DoubleTest):
    options = ("--no-drift-aware",)

    def test_the_mode_is_passed_over_in_silence(self):
        self.deploy("s", resources(Jobs=queue("jobs", DelaySeconds=1)))
        url = self.sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "9"})
        got = self.change_set("s", "c", DeploymentMode="REVERT_DRIFT")
        self.assertEqual((got["Status"], got.get("DeploymentMode")), ("FAILED", None))


class QueueNames(DoubleTest):
    options = ("--sqs-delete-wait-ms", "60000")

    def test_a_deleted_queues_name_is_refused_for_a_while(self):
        self.deploy("s", resources(Jobs=queue("jobs")))
        self.sqs.delete_queue(QueueUrl=self.sqs.get_queue_url(QueueName="jobs")["QueueUrl"])
        self.change_set("s", "revert", DeploymentMode="REVERT_DRIFT")
        self.cfn.execute_change_set(StackName="s", ChangeSetName="revert")
        self.assertIn("You must wait 60 seconds after deleting a queue before you can create another with the same name.",
                      [r for s, r in self.events("s", "Jobs") if s == "CREATE_FAILED"][0])
        self.assertEqual(self.status("s"), "UPDATE_ROLLBACK_COMPLETE")
        self.refused("AWS.SimpleQueueService.QueueDeletedRecently", self.sqs.create_queue, QueueName="jobs")


if __name__ == "__main__":
    unittest.main()
