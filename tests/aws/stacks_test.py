"""Stacks: creating, updating, failing, rolling back, deleting; exports; limits."""
import json
import unittest

from double import IAM, DoubleTest, function, queue, resources, role


def version(n):
    return {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain", "Properties": {"FunctionName": {"Ref": "Fn"},
                                                                                       "Description": f"v{n}"}}


class Creation(DoubleTest):
    def test_events_tell_what_happened_in_order(self):
        self.deploy("s", resources(Jobs=queue("jobs")))
        self.assertEqual(self.statuses("s"), ["REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"])
        self.assertEqual(self.events("s", "Jobs"), [("CREATE_IN_PROGRESS", None), ("CREATE_IN_PROGRESS", "Resource creation Initiated"),
                                                    ("CREATE_COMPLETE", None)])
        event = self.cfn.describe_stack_events(StackName="s")["StackEvents"][1]
        self.assertEqual((event["LogicalResourceId"], event["ResourceType"], json.loads(event["ResourceProperties"])),
                         ("Jobs", "AWS::SQS::Queue", {"QueueName": "jobs"}))
        self.assertEqual(event["OperationId"], self.stack("s")["LastOperations"][0]["OperationId"])

    def test_a_failed_creation_is_rolled_back_with_its_cause(self):
        self.aws.control("faults", [{"resource": "AWS::SNS::Topic", "fail": "Topic refused"}])
        stack = self.deploy("s", resources(Jobs=queue("jobs"), News={"Type": "AWS::SNS::Topic", "DependsOn": "Jobs"}))
        self.assertEqual(stack["StackStatus"], "ROLLBACK_COMPLETE")
        self.assertIn(("CREATE_FAILED", "Topic refused"), self.events("s", "News"))
        self.assertIn(("ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [News]. Rollback requested by user."),
                      self.events("s", "s"))
        self.refused("AWS.SimpleQueueService.NonExistentQueue", self.sqs.get_queue_url, QueueName="jobs")
        message = self.refused("ValidationError", self.cfn.create_change_set, StackName="s", ChangeSetName="x",
                               TemplateBody=json.dumps(resources(Jobs=queue())))
        self.assertIn("is in ROLLBACK_COMPLETE state and can not be updated.", message)

    def test_without_rollback_it_stays_as_it_failed_and_can_be_rolled_back_later(self):
        self.aws.control("faults", [{"logicalId": "News", "fail": "Topic refused"}])
        stack = self.deploy("s", resources(Jobs=queue("jobs"), News={"Type": "AWS::SNS::Topic", "DependsOn": "Jobs"}),
                            DisableRollback=True)
        self.assertEqual((stack["StackStatus"], stack["DisableRollback"]), ("CREATE_FAILED", True))
        self.sqs.get_queue_url(QueueName="jobs")
        self.cfn.rollback_stack(StackName="s", RetainExceptOnCreate=True)
        self.assertEqual(self.status("s"), "ROLLBACK_COMPLETE")

    def test_a_rollback_can_fail_and_the_stack_be_deleted_all_the_same(self):
        self.aws.control("faults", [{"logicalId": "News", "operation": "CREATE", "fail": "no"},
                                    {"logicalId": "Jobs", "operation": "ROLLBACK_DELETE", "fail": "stuck"}])
        stack = self.deploy("s", resources(Jobs=queue("jobs"), News={"Type": "AWS::SNS::Topic", "DependsOn": "Jobs"}))
        self.assertEqual(stack["StackStatus"], "ROLLBACK_FAILED")
        self.assertEqual(stack["StackStatusReason"], "The following resource(s) failed to delete: [Jobs].")
        self.cfn.delete_stack(StackName="s")
        self.refused("ValidationError", self.cfn.describe_stacks, StackName="s")

    def test_a_name_that_is_taken_fails_the_resource(self):
        self.deploy("one", resources(Jobs=queue("jobs")))
        self.assertEqual(self.deploy("two", resources(Mine=queue("jobs")))["StackStatus"], "ROLLBACK_COMPLETE")
        reason = [r for s, r in self.events("two", "Mine") if s == "CREATE_FAILED"][0]
        self.assertRegex(reason, r"already exists in stack arn:aws:cloudformation:.*:stack/one/")
        self.sqs.create_queue(QueueName="loose")
        self.deploy("three", resources(Mine=queue("loose")))
        reason = [r for s, r in self.events("three", "Mine") if s == "CREATE_FAILED"][0]
        self.assertIn("already exists.", reason)

    def test_a_stack_exists_once(self):
        self.deploy("s", resources(Jobs=queue()))
        self.refused("AlreadyExistsException", self.cfn.create_stack, StackName="s", TemplateBody=json.dumps(resources(Jobs=queue())))
        self.refused("ValidationError", self.cfn.create_stack, StackName="a_b", TemplateBody=json.dumps(resources(Jobs=queue())))

    def test_made_up_names_carry_stack_and_logical_id(self):
        self.deploy("shop", resources(Jobs=queue(), Files={"Type": "AWS::S3::Bucket"}))
        self.assertRegex(self.resource("shop", "Jobs")["PhysicalResourceId"], r"/shop-Jobs-[A-Z0-9]{12}$")
        self.assertRegex(self.resource("shop", "Files")["PhysicalResourceId"], r"^shop-files-[a-z0-9]{12}$")


class Updates(DoubleTest):
    def setUp(self):
        super().setUp()
        self.good = resources(A=queue("a", DelaySeconds=1), B={**queue("b"), "DependsOn": "A"})
        self.deploy("s", self.good)

    def delay(self, name):
        url = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]["DelaySeconds"]

    def bad(self):
        """Changes A, then fails on B; C is new."""
        return resources(A=queue("a", DelaySeconds=9), B={**queue("b", DelaySeconds=2), "DependsOn": ["A", "C"]}, C=queue("c"))

    def test_a_failed_update_puts_everything_back(self):
        self.aws.control("faults", [{"logicalId": "B", "operation": "UPDATE", "fail": "refused"}])
        stack = self.deploy("s", self.bad())
        self.assertEqual(stack["StackStatus"], "UPDATE_ROLLBACK_COMPLETE")
        self.assertEqual(self.statuses("s")[-4:], ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS",
                                                   "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"])
        self.assertIn(("UPDATE_FAILED", "refused"), self.events("s", "B"))
        self.assertIn(("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [B]. "), [
            (s, r) for s, r in self.events("s", "s")])
        self.assertEqual(self.delay("a"), "1")
        self.refused("AWS.SimpleQueueService.NonExistentQueue", self.sqs.get_queue_url, QueueName="c")
        self.assertEqual(json.loads(json.dumps(self.cfn.get_template(StackName="s")["TemplateBody"])), self.good)
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))
        self.assertEqual(self.deploy("s", self.bad())["StackStatus"], "UPDATE_COMPLETE")

    def test_a_rollback_that_fails_can_be_continued(self):
        self.aws.control("faults", [{"logicalId": "B", "operation": "UPDATE", "fail": "refused"},
                                    {"logicalId": "A", "operation": "ROLLBACK_UPDATE", "times": 2, "fail": "stuck"}])
        stack = self.deploy("s", self.bad())
        self.assertEqual(stack["StackStatus"], "UPDATE_ROLLBACK_FAILED")
        self.assertEqual(stack["StackStatusReason"], "The following resource(s) failed to update: [A].")
        self.assertEqual(self.resource("s", "A")["ResourceStatus"], "UPDATE_FAILED")
        self.refused("ValidationError", self.cfn.update_stack, StackName="s", TemplateBody=json.dumps(self.good))
        self.cfn.continue_update_rollback(StackName="s")
        self.assertEqual(self.status("s"), "UPDATE_ROLLBACK_FAILED")
        self.cfn.continue_update_rollback(StackName="s")
        self.assertEqual((self.status("s"), self.delay("a")), ("UPDATE_ROLLBACK_COMPLETE", "1"))
        self.refused("ValidationError", self.cfn.continue_update_rollback, StackName="s")

    def test_a_stuck_resource_can_be_skipped(self):
        self.aws.control("faults", [{"logicalId": "B", "operation": "UPDATE", "fail": "refused"},
                                    {"logicalId": "A", "operation": "ROLLBACK_UPDATE", "times": 0, "fail": "stuck"}])
        self.deploy("s", self.bad())
        self.refused("ValidationError", self.cfn.continue_update_rollback, StackName="s", ResourcesToSkip=["C"])
        self.cfn.continue_update_rollback(StackName="s", ResourcesToSkip=["A"])
        self.assertEqual((self.status("s"), self.delay("a")), ("UPDATE_ROLLBACK_COMPLETE", "9"))
        self.assertEqual(self.drift("s")[1]["A"]["StackResourceDriftStatus"], "MODIFIED")

    def test_without_rollback_it_waits_as_it_failed(self):
        self.aws.control("faults", [{"logicalId": "B", "operation": "UPDATE", "fail": "refused"}])
        self.assertEqual(self.deploy("s", self.bad(), DisableRollback=True)["StackStatus"], "UPDATE_FAILED")
        self.assertEqual(self.delay("a"), "9")
        self.cfn.rollback_stack(StackName="s")
        self.assertEqual((self.status("s"), self.delay("a")), ("UPDATE_ROLLBACK_COMPLETE", "1"))

    def test_a_failed_update_can_be_followed_by_a_good_one(self):
        self.aws.control("faults", [{"logicalId": "B", "operation": "UPDATE", "fail": "refused"}])
        self.deploy("s", self.bad(), DisableRollback=True)
        self.assertEqual(self.deploy("s", self.bad())["StackStatus"], "UPDATE_COMPLETE")
        self.assertEqual(self.resource("s", "B")["ResourceStatus"], "UPDATE_COMPLETE")

    def test_a_custom_name_cannot_be_replaced(self):
        stack = self.deploy("s", resources(A=queue("a"), B=queue("b"), T={
            "Type": "AWS::DynamoDB::Table", "Properties": table("id")}))
        self.assertEqual(stack["StackStatus"], "UPDATE_COMPLETE")
        stack = self.deploy("s", resources(A=queue("a"), B=queue("b"), T={
            "Type": "AWS::DynamoDB::Table", "Properties": table("key")}))
        self.assertEqual(stack["StackStatus"], "UPDATE_ROLLBACK_COMPLETE")
        self.assertIn(("UPDATE_FAILED", "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                       "Rename orders and update the stack again."), self.events("s", "T"))

    def test_nothing_to_update_is_said_so(self):
        self.assertEqual(self.refused("ValidationError", self.cfn.update_stack, StackName="s",
                                      TemplateBody=json.dumps(self.good)), "No updates are to be performed.")

    def test_the_first_role_stays(self):
        self.deploy("s", resources(A=queue("a")), RoleARN="arn:aws:iam::123456789012:role/deploy")
        self.deploy("s", resources(A=queue("a", DelaySeconds=3)))
        self.assertEqual(self.stack("s")["RoleARN"], "arn:aws:iam::123456789012:role/deploy")

    def test_a_resource_deleted_by_hand_fails_its_update(self):
        self.sqs.delete_queue(QueueUrl=self.sqs.get_queue_url(QueueName="b")["QueueUrl"])
        self.deploy("s", resources(A=queue("a", DelaySeconds=1), B=queue("b", DelaySeconds=4)))
        self.assertIn("NotFound", [r for s, r in self.events("s", "B") if s == "UPDATE_FAILED"][0])


def table(key):
    return {"TableName": "orders", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}]}


class Versions(DoubleTest):
    """A function's version is published once for each change of code or configuration."""

    def setUp(self):
        super().setUp()
        self.bucket()
        for n in (1, 2, 3):
            self.code(f"{n}.zip", str(n))
        self.deploy("s", resources(Role=role(), Fn=function("1.zip"), V1=version(1)))

    def failing_update(self, **options):
        self.aws.control("faults", [{"logicalId": "Bad", "fail": "refused"}])
        return self.deploy("s", resources(Role=role(), Fn=function("2.zip"), V2=version(2),
                                          Bad={"Type": "AWS::SNS::Topic", "DependsOn": "V2"}), **options)

    def test_a_version_of_unchanged_code_is_refused(self):
        self.deploy("s", resources(Role=role(), Fn=function("1.zip"), V2=version(2)))
        reason = [r for s, r in self.events("s", "V2") if s == "CREATE_FAILED"][0]
        self.assertIn("A version for this Lambda function exists ( 1 ). Modify the function to create a new version.", reason)

    def test_a_rolled_back_update_leaves_its_version_behind_which_blocks_the_next(self):
        self.assertEqual(self.failing_update()["StackStatus"], "UPDATE_ROLLBACK_COMPLETE")
        self.assertIn("DELETE_SKIPPED", [s for s, _ in self.events("s", "V2")])
        self.deploy("s", resources(Role=role(), Fn=function("2.zip"), V2b=version(2)))
        self.assertEqual(self.status("s"), "UPDATE_ROLLBACK_COMPLETE")
        self.assertIn("exists ( 2 )", [r for s, r in self.events("s", "V2b") if s == "CREATE_FAILED"][0])

    def test_retain_except_on_create_takes_it_away_again(self):
        self.failing_update(RetainExceptOnCreate=True)
        self.assertIn("DELETE_COMPLETE", [s for s, _ in self.events("s", "V2")])
        stack = self.deploy("s", resources(Role=role(), Fn=function("2.zip"), V2b=version(2)))
        self.assertEqual(stack["StackStatus"], "UPDATE_COMPLETE")

    def test_a_missing_object_fails_the_function(self):
        self.deploy("s", resources(Role=role(), Fn=function("none.zip"), V1=version(1)))
        reason = [r for s, r in self.events("s", "Fn") if s == "UPDATE_FAILED"][0]
        self.assertIn("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
                      reason)

    def test_code_is_back_after_a_rollback(self):
        before = self.lambda_.get_function_configuration(FunctionName="hello")["CodeSha256"]
        self.failing_update()
        self.assertEqual(self.lambda_.get_function_configuration(FunctionName="hello")["CodeSha256"], before)


class Deletion(DoubleTest):
    def test_a_deleted_stack_is_found_by_its_id_alone(self):
        stack = self.deploy("s", resources(Jobs=queue("jobs"), Kept={**queue("kept"), "DeletionPolicy": "Retain"}))
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.refused("ValidationError", self.cfn.describe_stacks, StackName="s"),
                         "Stack with id s does not exist")
        gone = self.cfn.describe_stacks(StackName=stack["StackId"])["Stacks"][0]
        self.assertEqual(gone["StackStatus"], "DELETE_COMPLETE")
        self.assertIn("DeletionTime", gone)
        self.assertEqual(self.statuses(stack["StackId"])[-2:], ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
        self.sqs.get_queue_url(QueueName="kept")
        self.assertEqual(self.cfn.describe_stacks()["Stacks"], [])
        listed = self.cfn.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
        self.assertEqual([s["StackName"] for s in listed], ["s"])
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.deploy("s", resources(Jobs=queue("jobs")))["StackStatus"], "CREATE_COMPLETE")

    def test_protection_holds_until_it_is_taken_away(self):
        self.deploy("s", resources(Jobs=queue()))
        self.cfn.update_termination_protection(StackName="s", EnableTerminationProtection=True)
        self.assertTrue(self.stack("s")["EnableTerminationProtection"])
        self.assertEqual(self.refused("ValidationError", self.cfn.delete_stack, StackName="s"),
                         "Stack [s] cannot be deleted while TerminationProtection is enabled")
        self.cfn.update_termination_protection(StackName="s", EnableTerminationProtection=False)
        self.cfn.delete_stack(StackName="s")

    def test_a_full_bucket_fails_and_may_be_retained(self):
        stack = self.deploy("s", resources(Files={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "files"}}, Jobs=queue("j")))
        self.s3.put_object(Bucket="files", Key="k", Body=b"x")
        self.refused("ValidationError", self.cfn.delete_stack, StackName="s", RetainResources=["Files"])
        self.cfn.delete_stack(StackName="s")
        self.assertEqual(self.status("s"), "DELETE_FAILED")
        self.assertEqual(self.stack("s")["StackStatusReason"], "The following resource(s) failed to delete: [Files].")
        self.assertIn("The bucket you tried to delete is not empty",
                      [r for s, r in self.events("s", "Files") if s == "DELETE_FAILED"][0])
        self.cfn.delete_stack(StackName="s", RetainResources=["Files"])
        self.assertEqual(self.cfn.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"], "DELETE_COMPLETE")
        self.s3.head_bucket(Bucket="files")


class Exports(DoubleTest):
    def exporting(self, **properties):
        return {**resources(Jobs=queue("jobs", **properties)),
                "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Jobs", "Arn"]}, "Export": {"Name": "jobs-arn"}}}}

    def importing(self):
        return {**resources(Mine=queue("mine", RedrivePolicy={"deadLetterTargetArn": {"Fn::ImportValue": "jobs-arn"},
                                                              "maxReceiveCount": 3}))}

    def test_an_export_in_use_neither_changes_nor_goes(self):
        self.deploy("a", self.exporting())
        self.deploy("b", self.importing())
        self.assertEqual(self.cfn.list_imports(ExportName="jobs-arn")["Imports"], ["b"])
        self.assertEqual([(e["Name"], e["Value"].rsplit(":", 1)[1]) for e in self.cfn.list_exports()["Exports"]], [("jobs-arn", "jobs")])
        stack = self.deploy("a", resources(Jobs=queue("jobs")))
        self.assertEqual(stack["StackStatus"], "UPDATE_ROLLBACK_COMPLETE")
        self.assertIn("Cannot delete export jobs-arn as it is in use by b.", str(self.events("a", "a")))
        changed = self.exporting()
        changed["Resources"]["Jobs"]["Properties"]["QueueName"] = "jobs-2"
        self.deploy("a", changed)
        self.assertIn("Cannot update export jobs-arn as it is in use by b.", str(self.events("a", "a")))
        self.sqs.get_queue_url(QueueName="jobs")
        self.cfn.delete_stack(StackName="a")
        self.assertIn("Cannot delete export jobs-arn as it is in use by b.", self.stack("a")["StackStatusReason"])
        self.cfn.delete_stack(StackName="b")
        self.cfn.delete_stack(StackName="a")
        self.assertEqual(self.cfn.describe_stacks()["Stacks"], [])
        self.assertEqual(self.cfn.list_exports()["Exports"], [])

    def test_a_missing_export_fails_the_change_set(self):
        self.cfn.create_change_set(StackName="b", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=json.dumps(self.importing()))
        got = self.cfn.describe_change_set(StackName="b", ChangeSetName="c")
        self.assertEqual((got["Status"], got["StatusReason"]), ("FAILED", "No export named jobs-arn found."))

    def test_a_name_is_exported_once(self):
        self.deploy("a", self.exporting())
        other = self.exporting()
        other["Resources"]["Jobs"]["Properties"]["QueueName"] = "other"
        self.assertEqual(self.deploy("b", other)["StackStatus"], "ROLLBACK_COMPLETE")
        self.assertIn("Export with name jobs-arn is already exported by stack a.", str(self.events("b", "b")))


class Pages(DoubleTest):
    def test_stacks_come_a_hundred_at_a_time(self):
        for n in range(230):
            self.cfn.create_stack(StackName=f"s{n}", TemplateBody=json.dumps(resources(Jobs=queue())))
        first = self.cfn.describe_stacks()
        self.assertEqual((len(first["Stacks"]), "NextToken" in first), (100, True))
        pages = list(self.cfn.get_paginator("describe_stacks").paginate())
        self.assertEqual([len(p["Stacks"]) for p in pages], [100, 100, 30])
        self.assertEqual(len({s["StackName"] for p in pages for s in p["Stacks"]}), 230)
        listed = [s for p in self.cfn.get_paginator("list_stacks").paginate() for s in p["StackSummaries"]]
        self.assertEqual(len(listed), 230)

    def test_events_and_resources_are_paged(self):
        self.deploy("s", resources(**{f"Q{n}": queue() for n in range(150)}))
        events = [e for p in self.cfn.get_paginator("describe_stack_events").paginate(StackName="s") for e in p["StackEvents"]]
        self.assertEqual(len(events), 150 * 3 + 3)
        self.assertEqual(len({e["EventId"] for e in events}), len(events))
        self.assertEqual(events[0]["ResourceStatus"], "CREATE_COMPLETE")
        self.assertEqual(events[-1]["ResourceStatus"], "REVIEW_IN_PROGRESS")
        listed = [r for p in self.cfn.get_paginator("list_stack_resources").paginate(StackName="s") for r in p["StackResourceSummaries"]]
        self.assertEqual(len(listed), 150)
        self.assertEqual(len(self.cfn.describe_stack_resources(StackName="s")["StackResources"]), 100)

    def test_a_resource_is_found_by_its_physical_id(self):
        self.deploy("s", resources(Jobs=queue("jobs")), Tags=[])
        physical = self.resource("s", "Jobs")["PhysicalResourceId"]
        found = self.cfn.describe_stack_resources(PhysicalResourceId=physical)["StackResources"]
        self.assertEqual([(r["StackName"], r["LogicalResourceId"]) for r in found], [("s", "Jobs")])

    def test_failed_events_can_be_asked_for(self):
        self.aws.control("faults", [{"logicalId": "Jobs", "fail": "no"}])
        self.deploy("s", resources(Jobs=queue("jobs")))
        failed = self.cfn.describe_events(StackName="s", Filters={"FailedEvents": True})["OperationEvents"]
        self.assertEqual([(e["LogicalResourceId"], e["EventType"], e["ResourceStatusReason"]) for e in failed],
                         [("Jobs", "PROVISIONING_ERROR", "no")])

    def test_policies_are_kept(self):
        self.deploy("s", resources(Jobs=queue()))
        self.cfn.set_stack_policy(StackName="s", StackPolicyBody="{}")
        self.assertEqual(self.cfn.get_stack_policy(StackName="s")["StackPolicyBody"], "{}")


if __name__ == "__main__":
    assert IAM
    unittest.main()
