"""Templates: functions, conditions, parameters, and what is refused."""
import json
import unittest

from double import ACCOUNT, REGION, DoubleTest, IAM, queue, resources


def topic(name):
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}


class Functions(DoubleTest):
    def outputs(self, values, **sections):
        """What each value evaluates to, as outputs of a stack."""
        template = {"Resources": {"Jobs": queue("jobs"), "News": topic("news")},
                    "Outputs": {f"O{i}": {"Value": v} for i, v in enumerate(values)}, **sections}
        stack = self.deploy("s", template)
        self.assertEqual(stack["StackStatus"], "CREATE_COMPLETE", self.events("s", "s"))
        found = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
        return [found[f"O{i}"] for i in range(len(values))]

    def test_intrinsic_functions_give_what_cloudformation_gives(self):
        url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/jobs"
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
        cases = [
            ({"Ref": "Jobs"}, url),
            ({"Ref": "News"}, f"arn:aws:sns:{REGION}:{ACCOUNT}:news"),
            ({"Fn::GetAtt": ["Jobs", "Arn"]}, arn),
            ({"Fn::GetAtt": "Jobs.QueueName"}, "jobs"),
            ({"Fn::Sub": ["${Jobs.Arn}/${AWS::Region}/${!Literal}/${X}", {"X": {"Ref": "AWS::AccountId"}}]},
             f"{arn}/{REGION}/${{Literal}}/{ACCOUNT}"),
            ({"Fn::Sub": "${AWS::StackName}-${AWS::Partition}-${AWS::URLSuffix}"}, "s-aws-amazonaws.com"),
            ({"Fn::Join": ["-", ["a", {"Ref": "AWS::StackName"}, 3]]}, "a-s-3"),
            ({"Fn::Select": [1, ["a", "b"]]}, "b"),
            ({"Fn::Select": ["2", {"Fn::Split": [":", {"Fn::GetAtt": ["Jobs", "Arn"]}]}]}, "sqs"),
            ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "memory"]}, "512"),
            ({"Fn::FindInMap": ["Sizes", "nowhere", "memory", {"DefaultValue": "64"}]}, "64"),
            ({"Fn::If": ["Live", "yes", "no"]}, "no"),
            ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
            ({"Fn::Base64": {"Fn::Sub": "${AWS::StackName}!"}}, "cyE="),
            ({"Fn::Join": [",", {"Fn::GetAZs": ""}]}, f"{REGION}a,{REGION}b,{REGION}c"),
            ({"Fn::Join": [",", {"Fn::Cidr": ["10.0.0.0/24", 3, 5]}]}, "10.0.0.0/27,10.0.0.32/27,10.0.0.64/27"),
            ({"Fn::Length": ["a", "b", "c"]}, "3"),
            ({"Fn::ToJsonString": {"b": [1, {"Ref": "AWS::StackName"}], "a": True}}, '{"b":[1,"s"],"a":true}'),
            ({"Fn::Join": ["", ["a", {"Ref": "AWS::NoValue"}, "b"]]}, "ab"),
        ]
        got = self.outputs([value for value, _ in cases], Parameters={"Stage": {"Type": "String", "Default": "dev"}},
                           Mappings={"Sizes": {REGION: {"memory": 512}}},
                           Conditions={"Live": {"Fn::Equals": [{"Ref": "Stage"}, "live"]},
                                       "Either": {"Fn::Or": [{"Condition": "Live"}, {"Fn::Not": [{"Condition": "Live"}]}]}})
        for (value, expected), actual in zip(cases, got):
            with self.subTest(json.dumps(value)):
                self.assertEqual(actual, expected)

    def test_a_condition_leaves_out_resources_outputs_and_members(self):
        template = {"Parameters": {"Stage": {"Type": "String"}},
                    "Conditions": {"Live": {"Fn::And": [{"Fn::Equals": [{"Ref": "Stage"}, "live"]},
                                                        {"Fn::Not": [{"Fn::Equals": ["a", "b"]}]}]}},
                    "Resources": {"Jobs": queue("jobs", DelaySeconds={"Fn::If": ["Live", 5, {"Ref": "AWS::NoValue"}]}),
                                  "News": {**topic("news"), "Condition": "Live"}},
                    "Outputs": {"Topic": {"Condition": "Live", "Value": {"Ref": "News"}}, "Jobs": {"Value": {"Ref": "Jobs"}}}}
        stack = self.deploy("s", template, Parameters=[{"ParameterKey": "Stage", "ParameterValue": "dev"}])
        self.assertEqual([o["OutputKey"] for o in stack["Outputs"]], ["Jobs"])
        self.assertEqual(len(self.cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]), 1)
        stack = self.deploy("s", template, Parameters=[{"ParameterKey": "Stage", "ParameterValue": "live"}])
        self.assertEqual(len(stack["Outputs"]), 2)
        url = self.sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
        self.assertEqual(found["Attributes"], {"DelaySeconds": "5"})

    def test_yaml_with_short_tags_is_read(self):
        body = """
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${AWS::StackName}-jobs'
Outputs:
  Arn:
    Value: !GetAtt Jobs.Arn
  Both:
    Value: !Join ['/', [!Ref 'AWS::Region', !Select [0, [x, y]]]]
"""
        self.cfn.create_stack(StackName="yaml", TemplateBody=body)
        self.assertEqual({o["OutputKey"]: o["OutputValue"] for o in self.stack("yaml")["Outputs"]},
                         {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:yaml-jobs", "Both": f"{REGION}/x"})
        self.assertEqual(self.cfn.get_template(StackName="yaml")["TemplateBody"], body)

    def test_resources_are_made_in_the_order_of_their_dependencies(self):
        chain = {f"Q{i}": {**queue(f"q{i}"), **({"DependsOn": f"Q{i - 1}"} if i else {})} for i in range(5)}
        self.deploy("s", {"Resources": dict(reversed(chain.items()))})
        events = self.cfn.describe_stack_events(StackName="s")["StackEvents"]
        made = [e["LogicalResourceId"] for e in reversed(events)
                if e["ResourceStatus"] == "CREATE_COMPLETE" and e["LogicalResourceId"] != "s"]
        self.assertEqual(made, ["Q0", "Q1", "Q2", "Q3", "Q4"])

    def test_an_ssm_reference_is_resolved(self):
        self.ssm.put_parameter(Name="/app/name", Value="resolved", Type="String")
        self.deploy("s", resources(Jobs=queue("{{resolve:ssm:/app/name:1}}-jobs")))
        self.sqs.get_queue_url(QueueName="resolved-jobs")


class Parameters(DoubleTest):
    template = {"Parameters": {"Name": {"Type": "String", "Default": "a", "AllowedPattern": "[a-z]+"},
                               "Secret": {"Type": "String", "NoEcho": True, "Default": "s3cr3t"},
                               "Size": {"Type": "Number", "Default": 3, "MaxValue": 10},
                               "List": {"Type": "CommaDelimitedList", "Default": "x, y"}},
                "Resources": {"Jobs": queue({"Fn::Sub": "${Name}-${Secret}"})},
                "Outputs": {"Second": {"Value": {"Fn::Select": [1, {"Ref": "List"}]}}}}

    def test_defaults_given_and_kept_values(self):
        stack = self.deploy("s", self.template, Parameters=[{"ParameterKey": "Name", "ParameterValue": "b"}])
        shown = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
        self.assertEqual(shown, {"Name": "b", "Secret": "****", "Size": "3", "List": "x, y"})
        self.assertEqual(stack["Outputs"][0]["OutputValue"], "y")
        got = self.change_set("s", "kept", Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}])
        self.assertEqual(got["Status"], "FAILED")
        # Left out, a parameter goes back to its default: another queue name.
        got = self.change_set("s", "left-out")
        self.assertEqual((got["Status"], got["Changes"][0]["ResourceChange"]["Replacement"]), ("CREATE_COMPLETE", "True"))

    def test_what_does_not_fit_is_refused(self):
        def given(**values):
            return {"StackName": "s", "TemplateBody": json.dumps(self.template),
                    "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]}
        create = self.cfn.create_stack
        self.assertEqual(self.refused("ValidationError", create, **given(Nmae="b")),
                         "Parameters: [Nmae] do not exist in the template")
        self.assertIn("must match pattern", self.refused("ValidationError", create, **given(Name="B")))
        self.assertIn("must be a number", self.refused("ValidationError", create, **given(Size="big")))
        self.assertIn("not greater than 10", self.refused("ValidationError", create, **given(Size="11")))
        body = json.dumps({"Parameters": {"P": {"Type": "String"}}, "Resources": {"Jobs": queue()}})
        self.assertEqual(self.refused("ValidationError", create, StackName="s", TemplateBody=body),
                         "Parameters: [P] must have values")

    def test_ssm_types_are_looked_up_anew_and_show_both_key_and_value(self):
        template = {"Parameters": {"Name": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/name"}},
                    "Resources": {"Jobs": queue({"Ref": "Name"})}}
        message = self.refused("ValidationError", self.cfn.create_stack, StackName="s", TemplateBody=json.dumps(template))
        self.assertIn("Unable to fetch parameters [/app/name]", message)
        self.ssm.put_parameter(Name="/app/name", Value="one", Type="String")
        stack = self.deploy("s", template)
        self.assertEqual(stack["Parameters"],
                         [{"ParameterKey": "Name", "ParameterValue": "/app/name", "ResolvedValue": "one"}])
        self.ssm.put_parameter(Name="/app/name", Value="two", Type="String", Overwrite=True)
        got = self.change_set("s", "c", Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}])
        self.assertEqual(got["Changes"][0]["ResourceChange"]["Details"][0]["Target"]["AfterValue"], "two")


class Refusals(DoubleTest):
    def test_bad_templates_are_refused_as_cloudformation_words_it(self):
        jobs = {"Jobs": queue()}
        cases = [
            ("{", "Template format error: JSON not well-formed."),
            ("a: [", "Template format error: YAML not well-formed."),
            ([], "Template format error: unsupported structure."),
            ({"Resources": {}}, "At least one Resources member must be defined."),
            ({"Resources": jobs, "Resuorces": {}}, "Invalid template property or properties [Resuorces]"),
            (resources(Jobs={"Properties": {}}), "Every Resources object must contain a Type member."),
            (resources(Jobs={"Type": "AWS::SQS::Quue"}), "Unrecognized resource types: [AWS::SQS::Quue]"),
            ({"Resources": {"my-jobs": queue()}}, "Resource name my-jobs is non alphanumeric."),
            (resources(Jobs=queue({"Ref": "Nmae"})),
             "Template format error: Unresolved resource dependencies [Nmae] in the Resources block of the template"),
            (resources(Jobs={**queue(), "DependsOn": ["Role"]}),
             "Unresolved resource dependencies [Role] in the Resources block"),
            ({"Resources": jobs, "Outputs": {"O": {"Value": {"Fn::Sub": "${Nobody.Arn}"}}}},
             "Unresolved resource dependencies [Nobody] in the Outputs block"),
            ({"Resources": jobs, "Outputs": {"O": {"Value": {"Fn::GetAtt": ["Jobs", "Url"]}}}},
             "Template error: resource Jobs does not support attribute type Url in Fn::GetAtt"),
            (resources(Jobs={**queue(), "Condition": "Never"}), "Unresolved condition dependency Never"),
            (resources(Jobs={"Type": "AWS::SQS::Queue", "Properties": []}), "[/Resources/Jobs/Properties] must be an object"),
            ({"Transform": "AWS::Serverless-2016-10-31", "Resources": jobs}, "no transforms"),
        ]
        for template, expected in cases:
            body = template if isinstance(template, str) else json.dumps(template)
            with self.subTest(body):
                self.assertIn(expected, self.refused("ValidationError", self.cfn.validate_template, TemplateBody=body))

    def test_a_circle_fails_the_change_set(self):
        template = resources(A=queue({"Fn::GetAtt": ["B", "QueueName"]}), B=queue({"Fn::GetAtt": ["A", "QueueName"]}))
        self.cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=json.dumps(template))
        got = self.cfn.describe_change_set(StackName="s", ChangeSetName="c")
        self.assertEqual(got["Status"], "FAILED")
        self.assertIn("Circular dependency between resources: [A, B]", got["StatusReason"])

    def test_a_value_that_is_missing_fails_the_change_set(self):
        for number, output in enumerate(({}, {"Value": {"Fn::Join": [",", []]}}, {"Value": {"Fn::Select": [0]}})):
            self.cfn.create_change_set(StackName=f"s{number}", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=json.dumps(
                {**resources(Jobs=queue()), "Outputs": {"O": output}}))
            got = self.cfn.describe_change_set(StackName=f"s{number}", ChangeSetName="c")
            self.assertEqual(got["Status"], "CREATE_COMPLETE" if "Fn::Join" in str(output) else "FAILED", output)

    def test_the_inline_limit_holds_and_s3_takes_more(self):
        template = resources(Jobs={**queue(), "Metadata": {"Padding": "x" * 51200}})
        message = self.refused("ValidationError", self.cfn.create_stack, StackName="s", TemplateBody=json.dumps(template))
        self.assertIn("Member must have length less than or equal to 51200", message)
        self.bucket()
        self.s3.put_object(Bucket="artifacts", Key="t/a b.json", Body=json.dumps(template))
        for url in (f"{self.aws.url}/artifacts/t/a%20b.json", "https://s3.amazonaws.com/artifacts/t/a%20b.json",
                    f"https://artifacts.s3.{REGION}.amazonaws.com/t/a%20b.json"):
            with self.subTest(url):
                self.cfn.validate_template(TemplateURL=url)
        self.cfn.create_stack(StackName="s", TemplateURL=f"{self.aws.url}/artifacts/t/a%20b.json")
        self.assertEqual(self.status("s"), "CREATE_COMPLETE")
        self.assertIn("S3 error", self.refused("ValidationError", self.cfn.validate_template,
                                               TemplateURL=f"{self.aws.url}/artifacts/none"))

    def test_capabilities_are_asked_for(self):
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
        create = self.cfn.create_stack
        self.assertEqual(self.refused("InsufficientCapabilitiesException", create, StackName="s",
                                      TemplateBody=json.dumps(resources(Role=role))), "Requires capabilities : [CAPABILITY_IAM]")
        role["Properties"]["RoleName"] = "mine"
        self.assertEqual(self.refused("InsufficientCapabilitiesException", create, StackName="s", Capabilities=["CAPABILITY_IAM"],
                                      TemplateBody=json.dumps(resources(Role=role))),
                         "Requires capabilities : [CAPABILITY_NAMED_IAM]")
        create(StackName="s", Capabilities=IAM, TemplateBody=json.dumps(resources(Role=role)))

    def test_summaries_tell_what_is_in_a_template(self):
        template = {"Description": "Jobs", "Parameters": {"P": {"Type": "String", "Default": "x", "AllowedValues": ["x", "y"]}},
                    "Resources": {"Jobs": queue(), "More": queue(), "Role": {"Type": "AWS::IAM::Role", "Properties": {
                        "AssumeRolePolicyDocument": {}}}}}
        got = self.cfn.get_template_summary(TemplateBody=json.dumps(template))
        self.assertEqual(got["ResourceTypes"], ["AWS::SQS::Queue", "AWS::IAM::Role"])
        self.assertEqual(got["Parameters"], [{"ParameterKey": "P", "DefaultValue": "x", "ParameterType": "String",
                                              "NoEcho": False, "ParameterConstraints": {"AllowedValues": ["x", "y"]}}])
        self.assertEqual((got["Description"], got["Capabilities"]), ("Jobs", ["CAPABILITY_IAM"]))
        self.assertIn("AWS::IAM::Role", got["CapabilitiesReason"])

    def test_properties_are_held_against_the_schema(self):
        cases = [
            (queue(DelaySeconds="many"), "#/DelaySeconds: expected type: Integer, found: String"),
            (queue(DelayMinutes=1), "extraneous key [DelayMinutes] is not permitted"),
            ({"Type": "AWS::Lambda::Permission", "Properties": {"Action": "lambda:InvokeFunction", "FunctionName": "f"}},
             "required key [Principal] not found"),
            ({"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": "f", "AuthType": "EVERYONE"}},
             "EVERYONE is not a valid enum value"),
        ]
        for number, (definition, expected) in enumerate(cases):
            with self.subTest(expected):
                stack = self.deploy(f"s{number}", resources(Bad=definition))
                self.assertEqual(stack["StackStatus"], "ROLLBACK_COMPLETE")
                status, reason = self.events(f"s{number}", "Bad")[0]
                self.assertEqual(status, "CREATE_FAILED")
                self.assertIn("Properties validation failed for resource Bad with message:", reason)
                self.assertIn(expected, reason)

    def test_numbers_and_booleans_may_be_written_as_text(self):
        self.deploy("s", resources(Jobs=queue("jobs.fifo", DelaySeconds="5", FifoQueue="true")))
        self.assertEqual(self.status("s"), "CREATE_COMPLETE")
        self.assertEqual(self.drift("s"), ("IN_SYNC", {}))


if __name__ == "__main__":
    unittest.main()
