"""Change sets: what they say before they are executed, and their rules."""
import json
import unittest

from double import ACCOUNT, IAM, REGION, DoubleTest, function, queue, resources, role


def by_id(change_set):
    return {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"] for c in change_set["Changes"]}


class Lifecycle(DoubleTest):
    def test_a_new_stack_is_reviewed_then_created(self):
        made = self.cfn.create_change_set(
            StackName="s", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=json.dumps(resources(Jobs=queue("jobs"))),
            Description="the first", Tags=[{"Key": "team", "Value": "shop"}], RoleARN=f"arn:aws:iam::{ACCOUNT}:role/deploy",
            NotificationARNs=[f"arn:aws:sns:{REGION}:{ACCOUNT}:news"], Parameters=[], OnStackFailure="ROLLBACK")
        self.assertRegex(made["Id"], rf"^arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/first/[-0-9a-f]{{36}}$")
        self.assertRegex(made["StackId"], rf"^arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/s/[-0-9a-f]{{36}}$")
        self.assertEqual(self.status("s"), "REVIEW_IN_PROGRESS")
        got = self.cfn.describe_change_set(ChangeSetName=made["Id"])
        self.assertEqual((got["ChangeSetName"], got["ChangeSetId"], got["StackName"], got["StackId"], got["Description"]),
                         ("first", made["Id"], "s", made["StackId"], "the first"))
        self.assertEqual((got["Status"], got["ExecutionStatus"]), ("CREATE_COMPLETE", "AVAILABLE"))
        self.assertEqual((got["Tags"], got["OnStackFailure"]), ([{"Key": "team", "Value": "shop"}], "ROLLBACK"))
        self.assertEqual(got["NotificationARNs"], [f"arn:aws:sns:{REGION}:{ACCOUNT}:news"])
        self.assertEqual(by_id(got)["Jobs"]["Action"], "Add")
        listed = self.cfn.list_change_sets(StackName="s")["Summaries"]
        self.assertEqual([(c["ChangeSetName"], c["ExecutionStatus"]) for c in listed], [("first", "AVAILABLE")])
        self.cfn.execute_change_set(ChangeSetName="first", StackName="s", ClientRequestToken="token-1")
        stack = self.stack("s")
        self.assertEqual((stack["StackStatus"], stack["ChangeSetId"], stack["RoleARN"], stack["Tags"]),
                         ("CREATE_COMPLETE", made["Id"], f"arn:aws:iam::{ACCOUNT}:role/deploy", [{"Key": "team", "Value": "shop"}]))
        self.assertEqual(self.cfn.describe_change_set(ChangeSetName=made["Id"])["ExecutionStatus"], "EXECUTE_COMPLETE")
        self.assertEqual(self.cfn.list_change_sets(StackName="s")["Summaries"], [])
        events = self.cfn.describe_stack_events(StackName="s")["StackEvents"]
        self.assertEqual(events[0]["ClientRequestToken"], "token-1")
        self.cfn.execute_change_set(ChangeSetName="first", StackName="s", ClientRequestToken="token-1")

    def test_an_empty_one_fails_with_cloudformations_words(self):
        self.deploy("s", resources(Jobs=queue()))
        got = self.change_set("s", "empty")
        self.assertEqual((got["Status"], got["ExecutionStatus"]), ("FAILED", "UNAVAILABLE"))
        self.assertEqual(got["StatusReason"], "The submitted information didn't contain changes. Submit different "
                                              "information to create a change set.")
        self.refused("InvalidChangeSetStatus", self.cfn.execute_change_set, ChangeSetName="empty", StackName="s")

    def test_a_name_is_taken_once_unless_the_token_is_the_same(self):
        self.deploy("s", resources(Jobs=queue()))
        more = resources(Jobs=queue(DelaySeconds=1))
        first = self.cfn.create_change_set(StackName="s", ChangeSetName="c", TemplateBody=json.dumps(more), ClientToken="t")
        again = self.cfn.create_change_set(StackName="s", ChangeSetName="c", TemplateBody=json.dumps(more), ClientToken="t")
        self.assertEqual(first["Id"], again["Id"])
        self.refused("AlreadyExistsException", self.cfn.create_change_set, StackName="s", ChangeSetName="c",
                     TemplateBody=json.dumps(more))
        self.cfn.delete_change_set(StackName="s", ChangeSetName="c")
        self.cfn.delete_change_set(StackName="s", ChangeSetName="c")
        self.cfn.create_change_set(StackName="s", ChangeSetName="c", TemplateBody=json.dumps(more))

    def test_executing_one_deletes_the_others(self):
        self.deploy("s", resources(Jobs=queue()))
        self.change_set("s", "other", resources(Jobs=queue(DelaySeconds=1)))
        self.change_set("s", "this", resources(Jobs=queue(DelaySeconds=2)))
        self.cfn.execute_change_set(StackName="s", ChangeSetName="this")
        self.refused("ChangeSetNotFound", self.cfn.describe_change_set, StackName="s", ChangeSetName="other")
        self.refused("InvalidChangeSetStatus", self.cfn.execute_change_set, StackName="s", ChangeSetName="this")

    def test_an_update_makes_the_others_obsolete(self):
        self.deploy("s", resources(Jobs=queue()))
        self.change_set("s", "other", resources(Jobs=queue(DelaySeconds=1)))
        self.cfn.update_stack(StackName="s", TemplateBody=json.dumps(resources(Jobs=queue(DelaySeconds=2))))
        got = self.cfn.describe_change_set(StackName="s", ChangeSetName="other")
        self.assertEqual(got["ExecutionStatus"], "OBSOLETE")

    def test_wrong_targets_and_names_are_refused(self):
        body = json.dumps(resources(Jobs=queue()))
        create = self.cfn.create_change_set
        self.assertEqual(self.refused("ValidationError", create, StackName="none", ChangeSetName="c", TemplateBody=body),
                         "Stack [none] does not exist")
        self.deploy("s", resources(Jobs=queue()))
        self.assertIn("already exists and cannot be created again with the changeSet [c]",
                      self.refused("ValidationError", create, StackName="s", ChangeSetName="c", ChangeSetType="CREATE",
                                   TemplateBody=body))
        self.assertIn("Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
                      self.refused("ValidationError", create, StackName="s", ChangeSetName="1c", TemplateBody=body))
        self.refused("ChangeSetNotFound", self.cfn.describe_change_set, StackName="s", ChangeSetName="c")
        self.refused("ValidationError", self.cfn.describe_change_set, StackName="none", ChangeSetName="c")

    def test_an_outputs_only_change_is_one_without_resource_changes(self):
        self.deploy("s", resources(Jobs=queue()))
        got = self.change_set("s", "c", {**resources(Jobs=queue()), "Outputs": {"Url": {"Value": {"Ref": "Jobs"}}}})
        self.assertEqual((got["Status"], got["Changes"]), ("CREATE_COMPLETE", []))
        self.cfn.execute_change_set(StackName="s", ChangeSetName="c")
        self.assertEqual(self.stack("s")["Outputs"][0]["OutputKey"], "Url")

    def test_a_failed_creation_can_delete_the_stack(self):
        self.aws.control("faults", [{"logicalId": "Jobs", "fail": "no"}])
        made = self.cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", OnStackFailure="DELETE",
                                          TemplateBody=json.dumps(resources(Jobs=queue())))
        self.refused("ValidationError", self.cfn.execute_change_set, ChangeSetName=made["Id"], DisableRollback=True)
        self.cfn.execute_change_set(ChangeSetName=made["Id"])
        self.assertEqual(self.cfn.describe_stacks(StackName=made["StackId"])["Stacks"][0]["StackStatus"], "DELETE_COMPLETE")
        self.refused("ValidationError", self.cfn.describe_stacks, StackName="s")

    def test_existing_resources_are_imported_on_request(self):
        self.sqs.create_queue(QueueName="jobs")
        body = json.dumps(resources(Jobs={**queue("jobs", DelaySeconds=3), "DeletionPolicy": "Retain"}))
        self.cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body,
                                   ImportExistingResources=True)
        got = self.cfn.describe_change_set(StackName="s", ChangeSetName="c")
        self.assertEqual((by_id(got)["Jobs"]["Action"], got["ImportExistingResources"]), ("Import", True))
        self.cfn.execute_change_set(StackName="s", ChangeSetName="c")
        self.assertEqual(self.status("s"), "CREATE_COMPLETE")
        self.assertEqual(self.resource("s", "Jobs")["ResourceStatus"], "IMPORT_COMPLETE")


class Details(DoubleTest):
    def test_each_changed_property_is_named_with_its_values_and_its_cause(self):
        self.bucket()
        self.code("one.zip", "1")
        self.code("two.zip", "2")
        template = {"Parameters": {"Level": {"Type": "String", "Default": "info"}},
                    "Resources": {"Role": role(), "Fn": function("one.zip", Timeout=6, Environment={
                        "Variables": {"LEVEL": {"Ref": "Level"}, "OLD": "x"}})}}
        self.deploy("s", template)
        fn = template["Resources"]["Fn"]["Properties"]
        fn["Timeout"], fn["MemorySize"] = 7, 256
        fn["Code"]["S3Key"] = "two.zip"
        del fn["Environment"]["Variables"]["OLD"]
        got = self.change_set("s", "c", template, Parameters=[{"ParameterKey": "Level", "ParameterValue": "debug"}])
        change = by_id(got)["Fn"]
        self.assertEqual((change["Action"], change["Replacement"], change["PhysicalResourceId"], change["Scope"]),
                         ("Modify", "False", "hello", ["Properties"]))
        details = {d["Target"]["Path"]: d for d in change["Details"]}
        self.assertEqual(details["/Properties/Timeout"]["Target"], {
            "Attribute": "Properties", "Name": "Timeout", "RequiresRecreation": "Never", "Path": "/Properties/Timeout",
            "BeforeValue": "6", "AfterValue": "7", "AttributeChangeType": "Modify"})
        self.assertEqual((details["/Properties/Timeout"]["Evaluation"], details["/Properties/Timeout"]["ChangeSource"]),
                         ("Static", "DirectModification"))
        self.assertEqual(details["/Properties/MemorySize"]["Target"]["AttributeChangeType"], "Add")
        self.assertEqual(details["/Properties/Environment/Variables/OLD"]["Target"]["AttributeChangeType"], "Remove")
        self.assertEqual(details["/Properties/Code/S3Key"]["Target"]["AfterValue"], "two.zip")
        self.assertEqual(json.loads(change["BeforeContext"])["Properties"]["Timeout"], 6)
        self.assertEqual(json.loads(change["AfterContext"])["Properties"]["Timeout"], 7)
        bare = self.cfn.describe_change_set(StackName="s", ChangeSetName="c")
        for detail in by_id(bare)["Fn"]["Details"]:
            self.assertLessEqual(set(detail["Target"]), {"Attribute", "Name", "RequiresRecreation"})

    def test_a_parameter_is_named_as_the_cause(self):
        template = {"Parameters": {"Delay": {"Type": "Number", "Default": 1}}, **resources(Jobs=queue(DelaySeconds={"Ref": "Delay"}))}
        self.deploy("s", template)
        got = self.change_set("s", "c", Parameters=[{"ParameterKey": "Delay", "ParameterValue": "2"}])
        detail = by_id(got)["Jobs"]["Details"][0]
        self.assertEqual((detail["ChangeSource"], detail["CausingEntity"], detail["Evaluation"]),
                         ("ParameterReference", "Delay", "Static"))

    def test_a_replacement_reaches_those_that_refer_to_it(self):
        self.bucket()
        self.code("one.zip", "1")
        template = resources(Role=role(), Fn=function("one.zip", Environment={"Variables": {"JOBS": {"Ref": "Jobs"}}}),
                             Jobs=queue("jobs-1"), Source={"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
                                 "FunctionName": {"Ref": "Fn"}, "EventSourceArn": {"Fn::GetAtt": ["Jobs", "Arn"]}}})
        self.deploy("s", template)
        template["Resources"]["Jobs"]["Properties"]["QueueName"] = "jobs-2"
        changes = by_id(self.change_set("s", "c", template))
        self.assertEqual((changes["Jobs"]["Replacement"], changes["Jobs"]["PolicyAction"]), ("True", "ReplaceAndDelete"))
        self.assertEqual(changes["Source"]["Replacement"], "Conditional")
        detail = changes["Source"]["Details"][0]
        self.assertEqual((detail["Evaluation"], detail["ChangeSource"], detail["CausingEntity"]),
                         ("Dynamic", "ResourceAttribute", "Jobs.Arn"))
        detail = changes["Fn"]["Details"][0]
        self.assertEqual((detail["ChangeSource"], detail["CausingEntity"]), ("ResourceReference", "Jobs"))
        self.assertEqual(detail["Target"]["AfterValue"], "{{changeSet:KNOWN_AFTER_APPLY}}")
        before = self.resource("s", "Source")["PhysicalResourceId"]
        self.cfn.execute_change_set(StackName="s", ChangeSetName="c")
        self.assertEqual(self.status("s"), "UPDATE_COMPLETE")
        self.assertNotEqual(self.resource("s", "Source")["PhysicalResourceId"], before)
        variables = self.lambda_.get_function_configuration(FunctionName="hello")["Environment"]["Variables"]
        self.assertTrue(variables["JOBS"].endswith("/jobs-2"))
        self.refused("AWS.SimpleQueueService.NonExistentQueue", self.sqs.get_queue_url, QueueName="jobs-1")

    def test_an_attribute_of_a_changed_resource_is_listed_but_changes_nothing(self):
        self.bucket()
        self.code("one.zip", "1")
        template = resources(Role=role(), Fn=function("one.zip"), Allow={"Type": "AWS::Lambda::Permission", "Properties": {
            "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com", "FunctionName": {"Fn::GetAtt": ["Fn", "Arn"]}}})
        self.deploy("s", template)
        template["Resources"]["Fn"]["Properties"]["Timeout"] = 9
        changes = by_id(self.change_set("s", "c", template))
        self.assertEqual((changes["Allow"]["Action"], changes["Allow"]["Details"][0]["CausingEntity"]), ("Modify", "Fn.Arn"))
        self.cfn.execute_change_set(StackName="s", ChangeSetName="c")
        self.assertEqual([s for s, _ in self.events("s", "Allow")][-1], "CREATE_COMPLETE")

    def test_a_removed_resource_shows_what_becomes_of_it(self):
        self.deploy("s", resources(A=queue("a"), B={**queue("b"), "DeletionPolicy": "Retain"}, C=queue("c")))
        changes = by_id(self.change_set("s", "c", resources(C=queue("c"))))
        self.assertEqual({k: (c["Action"], c["PolicyAction"]) for k, c in changes.items()},
                         {"A": ("Remove", "Delete"), "B": ("Remove", "Retain")})
        self.cfn.execute_change_set(StackName="s", ChangeSetName="c")
        self.sqs.get_queue_url(QueueName="b")
        self.refused("AWS.SimpleQueueService.NonExistentQueue", self.sqs.get_queue_url, QueueName="a")

    def test_metadata_and_tags_are_scopes_of_their_own(self):
        self.deploy("s", resources(A=queue("a")))
        changed = resources(A={**queue("a", Tags=[{"Key": "k", "Value": "v"}]), "Metadata": {"x": 1}})
        change = by_id(self.change_set("s", "c", changed))["A"]
        self.assertEqual((sorted(change["Scope"]), change["Replacement"]), (["Metadata", "Tags"], "False"))

    def test_many_changes_come_in_pages(self):
        self.cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=json.dumps(
            resources(**{f"Q{n}": queue() for n in range(230)})))
        pages = list(self.cfn.get_paginator("describe_change_set").paginate(StackName="s", ChangeSetName="c"))
        self.assertEqual([len(p["Changes"]) for p in pages], [100, 100, 30])

    def test_a_type_cannot_change(self):
        self.deploy("s", resources(A=queue("a")))
        got = self.change_set("s", "c", resources(A={"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "a"}}))
        self.assertEqual(got["Status"], "FAILED")
        self.assertIn("Update of resource type is not permitted", got["StatusReason"])


class WithTime(DoubleTest):
    options = ("--resource-time-ms", "500")

    def test_a_change_set_takes_a_moment_to_be_ready(self):
        self.cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", Capabilities=IAM,
                                   TemplateBody=json.dumps(resources(Jobs=queue())))
        got = self.cfn.describe_change_set(StackName="s", ChangeSetName="c")
        self.assertEqual((got["Status"], got["ExecutionStatus"]), ("CREATE_IN_PROGRESS", "UNAVAILABLE"))
        self.refused("InvalidChangeSetStatus", self.cfn.execute_change_set, StackName="s", ChangeSetName="c")
        self.wait_for("the change set", lambda: self.cfn.describe_change_set(
            StackName="s", ChangeSetName="c")["Status"] == "CREATE_COMPLETE")

    def test_an_update_goes_through_its_statuses(self):
        seen = []

        def look(last):
            status = self.status("s")
            if not seen or seen[-1] != status:
                seen.append(status)
            return status == last
        self.cfn.create_stack(StackName="s", TemplateBody=json.dumps(resources(A=queue("a"), B={**queue("b"), "DependsOn": "A"})))
        self.wait_for("the stack", lambda: look("CREATE_COMPLETE"))
        self.cfn.update_stack(StackName="s", TemplateBody=json.dumps(resources(A=queue("a", DelaySeconds=1))))
        message = self.refused("ValidationError", self.cfn.update_stack, StackName="s",
                               TemplateBody=json.dumps(resources(A=queue("a", DelaySeconds=2))))
        self.assertRegex(message, r"^Stack:arn:.* is in UPDATE_IN_PROGRESS state and can not be updated\.$")
        self.wait_for("the update", lambda: look("UPDATE_COMPLETE"))
        self.assertEqual(seen, ["CREATE_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_IN_PROGRESS",
                                "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"])

    def test_an_update_can_be_cancelled(self):
        self.cfn.create_stack(StackName="s", TemplateBody=json.dumps(resources(A=queue("a"))))
        self.wait_for("the stack", lambda: self.status("s") == "CREATE_COMPLETE")
        self.refused("ValidationError", self.cfn.cancel_update_stack, StackName="s")
        self.cfn.update_stack(StackName="s", TemplateBody=json.dumps(resources(A=queue("a", DelaySeconds=1))))
        self.cfn.cancel_update_stack(StackName="s")
        self.wait_for("the rollback", lambda: self.status("s") == "UPDATE_ROLLBACK_COMPLETE")
        url = self.sqs.get_queue_url(QueueName="a")["QueueUrl"]
        self.assertEqual(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"],
                         {"DelaySeconds": "0"})


if __name__ == "__main__":
    unittest.main()
