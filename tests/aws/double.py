"""The double as tests use it: started on a free port, spoken to through botocore and the AWS CLI.

Importing this module moves the test to the peers' Python (DRIFTLESS_PEERS_PYTHON, or bin/python of DRIFTLESS_PEERS),
where botocore is. Without one the test is skipped (status 77), with CI=true it fails."""
import contextlib
import http.client
import io
import json
import os
import subprocess
import sys
import time
import unittest
import urllib.request
import zipfile


def move_to_peers():
    try:
        import botocore  # noqa: F401
        return
    except ImportError:
        pass
    python = os.environ.get("DRIFTLESS_PEERS_PYTHON") or os.path.join(os.environ.get("DRIFTLESS_PEERS", ""), "bin", "python")
    if os.path.exists(python) and os.environ.get("DOUBLE_TEST_MOVED") != "1":
        os.environ["DOUBLE_TEST_MOVED"] = "1"
        os.execv(python, [python, *sys.argv])
    print("botocore is missing: sh config/setup peers build/peers", file=sys.stderr)
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


move_to_peers()

import botocore.session  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402,F401

REGION = "eu-west-1"
ACCOUNT = "123456789012"
IAM = ["CAPABILITY_NAMED_IAM"]


class Double:
    def __init__(self, *options):
        self.process = subprocess.Popen([os.environ["AWS_DOUBLE"], *options], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening 127.0.0.1:"):
            raise AssertionError(f"the double said {line!r}")
        self.url = "http://" + line.split()[1]
        self.port = int(line.rsplit(":", 1)[1])
        self.session = botocore.session.Session()

    def client(self, service, region=REGION, key="test", secret="test", token=None, **config):
        return self.session.create_client(
            service, region_name=region, endpoint_url=self.url, aws_access_key_id=key, aws_secret_access_key=secret,
            aws_session_token=token, config=Config(retries={"max_attempts": 0}, read_timeout=20, **config))

    def control(self, path, value=None):
        body = json.dumps(value).encode() if value is not None else None
        with urllib.request.urlopen(urllib.request.Request(self.url + "/_double/" + path, body), timeout=20) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        status = self.process.wait(20)
        self.process.stdout.close()
        return status


class DoubleTest(unittest.TestCase):
    """Each class has a double of its own; each test starts with empty state."""
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.aws = Double(*cls.options)

    @classmethod
    def tearDownClass(cls):
        status = cls.aws.stop()
        if status != 0:
            raise AssertionError(f"the double ended with status {status}")

    def setUp(self):
        self.aws.control("reset?state=1", {})
        self.cfn = self.aws.client("cloudformation")
        self.s3 = self.aws.client("s3")
        self.lambda_ = self.aws.client("lambda")
        self.sqs = self.aws.client("sqs")
        self.ssm = self.aws.client("ssm")
        self.control = self.aws.client("cloudcontrol")

    def refused(self, code, call, *arguments, **options):
        """Runs what must be refused; the message."""
        with self.assertRaises(ClientError) as caught:
            call(*arguments, **options)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    def bucket(self, name="artifacts", region=REGION):
        s3 = self.aws.client("s3", region)
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **where)
        return name

    def code(self, key, text, bucket="artifacts"):
        self.s3.put_object(Bucket=bucket, Key=key, Body=zip_of(text))
        return key

    def deploy(self, name, template, **options):
        """One change set, created and executed. The stack as it then is."""
        exists = any(s["StackName"] == name for s in self.cfn.describe_stacks()["Stacks"])
        number = getattr(self, "_number", 0) + 1
        self._number = number
        execute = {k: options.pop(k) for k in ("RetainExceptOnCreate", "DisableRollback") if k in options}
        made = self.cfn.create_change_set(
            StackName=name, ChangeSetName=f"c{number}", ChangeSetType="UPDATE" if exists else "CREATE",
            TemplateBody=json.dumps(template), Capabilities=IAM, **options)
        self.cfn.execute_change_set(ChangeSetName=made["Id"], **execute)
        return self.stack(name)

    def stack(self, name):
        return self.cfn.describe_stacks(StackName=name)["Stacks"][0]

    def status(self, name):
        return self.stack(name)["StackStatus"]

    def statuses(self, name):
        """The stack's own statuses, oldest first."""
        events = self.cfn.describe_stack_events(StackName=name)["StackEvents"]
        return [e["ResourceStatus"] for e in reversed(events) if e["ResourceType"] == "AWS::CloudFormation::Stack"]

    def events(self, name, logical_id):
        events = self.cfn.describe_stack_events(StackName=name)["StackEvents"]
        return [(e["ResourceStatus"], e.get("ResourceStatusReason")) for e in reversed(events)
                if e["LogicalResourceId"] == logical_id]

    def resource(self, name, logical_id):
        return self.cfn.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)["StackResourceDetail"]

    def change_set(self, name, change_set, template=None, **options):
        body = {"TemplateBody": json.dumps(template)} if template is not None else {"UsePreviousTemplate": True}
        self.cfn.create_change_set(StackName=name, ChangeSetName=change_set, Capabilities=IAM, **body, **options)
        return self.cfn.describe_change_set(StackName=name, ChangeSetName=change_set, IncludePropertyValues=True)

    def drift(self, name):
        """The stack's drift status and, of its resources, what is not in sync."""
        detection = self.cfn.detect_stack_drift(StackName=name)["StackDriftDetectionId"]
        status = self.cfn.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        drifts = self.cfn.describe_stack_resource_drifts(StackName=name)["StackResourceDrifts"]
        return status["StackDriftStatus"], {d["LogicalResourceId"]: d for d in drifts
                                            if d["StackResourceDriftStatus"] != "IN_SYNC"}

    def exchange(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.aws.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def wait_for(self, what, condition, deadline_s=20):
        end = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > end:
                self.fail(f"waited {deadline_s} s in vain for {what}")
            time.sleep(0.01)


def zip_of(text):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), text)
    return target.getvalue()


def queue(name=None, **properties):
    if name is not None:
        properties["QueueName"] = name
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def role():
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                "Principal": {"Service": "lambda.amazonaws.com"}}]}}}


def function(key, **properties):
    return {"Type": "AWS::Lambda::Function", "Properties": {
        "FunctionName": "hello", "Runtime": "python3.12", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"S3Bucket": "artifacts", "S3Key": key}, **properties}}


def resources(**members):
    return {"Resources": members}


def aws_cli(double, *words):
    """What the AWS CLI prints, as JSON; its own process would spend most of its time on starting."""
    from awscli.clidriver import create_clidriver
    keep = {k: os.environ.get(k) for k in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_PAGER")}
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION, AWS_PAGER="")
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = create_clidriver().main(["--endpoint-url", double.url, "--output", "json", *words])
    finally:
        for name, value in keep.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    if status:
        raise AssertionError(f"aws {' '.join(words)}: status {status}: {out.getvalue()}")
    text = out.getvalue().strip()
    return json.loads(text) if text.startswith(("{", "[")) else text
