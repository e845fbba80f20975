"""Signatures, protocols, faults, the record of calls."""
import datetime
import json
import threading
import unittest
import urllib.error
import urllib.request
from unittest import mock

from double import ACCOUNT, REGION, Double, DoubleTest, queue, resources
import botocore.auth
import botocore.exceptions
import botocore.parsers
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def send(double, service, method, path, body=b"", headers=None, signer=botocore.auth.SigV4Auth, secret="test"):
    """A signed request as it is, with whatever is wrong with it. Status, headers, body."""
    request = AWSRequest(method, double.url + path, data=body, headers=headers or {})
    if signer is not None:
        signer(Credentials("test", secret), service, REGION).add_auth(request)
    prepared = request.prepare()
    try:
        with urllib.request.urlopen(urllib.request.Request(
                prepared.url, prepared.body or None, dict(prepared.headers), method=method), timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Signatures(DoubleTest):
    def test_every_service_refuses_a_wrong_signature_in_its_own_words(self):
        calls = {
            "cloudformation": (lambda c: c.describe_stacks(), "SignatureDoesNotMatch", 403),
            "sts": (lambda c: c.get_caller_identity(), "SignatureDoesNotMatch", 403),
            "s3": (lambda c: c.list_buckets(), "SignatureDoesNotMatch", 403),
            "ssm": (lambda c: c.get_parameter(Name="x"), "InvalidSignatureException", 400),
            "lambda": (lambda c: c.get_function(FunctionName="x"), "InvalidSignatureException", 403),
            "cloudcontrol": (lambda c: c.list_resources(TypeName="AWS::SQS::Queue"), "InvalidSignatureException", 400),
            "sqs": (lambda c: c.get_queue_url(QueueName="x"), "InvalidSignatureException", 400),
        }
        for service, (call, code, status) in calls.items():
            with self.subTest(service):
                with self.assertRaises(botocore.exceptions.ClientError) as caught:
                    call(self.aws.client(service, secret="wrong"))
                self.assertEqual(caught.exception.response["Error"]["Code"], code)
                self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], status)
                self.assertIn("signature we calculated does not match", str(caught.exception))

    def test_an_unknown_key_is_refused(self):
        self.refused("InvalidClientTokenId", self.aws.client("cloudformation", key="nobody").describe_stacks)
        self.refused("InvalidAccessKeyId", self.aws.client("s3", key="nobody").list_buckets)
        self.refused("UnrecognizedClientException", self.aws.client("ssm", key="nobody").get_parameter, Name="x")
        self.refused("UnrecognizedClientException", self.aws.client("lambda", key="nobody").list_functions)

    def test_an_expired_date_is_refused(self):
        late = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(minutes=20)
        with mock.patch("botocore.auth.get_current_datetime", return_value=late):
            message = self.refused("SignatureDoesNotMatch", self.cfn.describe_stacks)
            self.assertIn("Signature expired: ", message)
            self.assertIn(" is now earlier than ", message)
            self.refused("RequestTimeTooSkewed", self.s3.list_buckets)
            self.refused("InvalidSignatureException", self.ssm.get_parameter, Name="x")
            self.refused("InvalidSignatureException", self.lambda_.list_functions)

    def test_a_date_from_the_future_is_refused(self):
        early = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(minutes=20)
        with mock.patch("botocore.auth.get_current_datetime", return_value=early):
            self.assertIn("Signature not yet current", self.refused("SignatureDoesNotMatch", self.cfn.describe_stacks))

    def test_an_unsigned_request_is_refused(self):
        status, _, body = send(self.aws, "sts", "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", FORM, None)
        self.assertEqual(status, 403)
        self.assertIn(b"<Code>MissingAuthenticationToken</Code>", body)
        status, _, body = send(self.aws, "s3", "GET", "/bucket", signer=None)
        self.assertEqual((status, b"<Code>AccessDenied</Code>" in body), (403, True))

    def test_a_body_that_was_changed_on_the_way_is_refused(self):
        def tamper(request, **_):
            request.body = request.body.replace("DescribeStacks", "DescribeStack5")
        client = self.aws.client("cloudformation")
        client.meta.events.register("before-send.cloudformation.DescribeStacks", tamper)
        self.refused("SignatureDoesNotMatch", client.describe_stacks)

    def test_the_host_must_be_signed(self):
        class WithoutHost(botocore.auth.SigV4Auth):
            def headers_to_sign(self, request):
                headers = super().headers_to_sign(request)
                del headers["host"]
                return headers
        status, _, body = send(self.aws, "sts", "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", FORM, WithoutHost)
        self.assertEqual(status, 400)
        self.assertIn(b"must be a 'SignedHeader'", body)

    def test_an_unknown_action_is_refused_in_each_protocol(self):
        status, _, body = send(self.aws, "cloudformation", "POST", "/", b"Action=Fly&Version=2010-05-15", FORM)
        self.assertEqual(status, 400)
        self.assertIn(b"<Code>InvalidAction</Code><Message>Could not find operation Fly for version 2010-05-15", body)
        status, _, body = send(self.aws, "ssm", "POST", "/", b"{}", {"X-Amz-Target": "AmazonSSM.Fly"})
        self.assertEqual((status, json.loads(body)["__type"]), (400, "UnknownOperationException"))
        status, headers, _ = send(self.aws, "lambda", "GET", "/2015-03-31/fly")
        self.assertEqual((status, headers["x-amzn-ErrorType"]), (404, "UnknownOperationException"))
        status, _, body = send(self.aws, "s3", "PATCH", "/bucket", signer=botocore.auth.S3SigV4Auth)
        self.assertEqual((status, b"<Code>MethodNotAllowed</Code>" in body), (405, True))

    def test_a_wrong_version_is_refused(self):
        status, _, body = send(self.aws, "sts", "POST", "/", b"Action=GetCallerIdentity&Version=1999-01-01", FORM)
        self.assertEqual((status, b"InvalidAction" in body), (400, True))

    def test_a_presigned_address_is_accepted_until_it_expires(self):
        self.bucket()
        self.s3.put_object(Bucket="artifacts", Key="a b+c", Body=b"hello")
        s3 = self.aws.client("s3", signature_version="s3v4")
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "artifacts", "Key": "a b+c"}, ExpiresIn=60)
        with urllib.request.urlopen(url, timeout=20) as answer:
            self.assertEqual(answer.read(), b"hello")
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"), timeout=20)

    def test_state_is_kept_apart_by_account_and_region(self):
        self.deploy("one", resources(Jobs=queue()))
        self.assertEqual(self.aws.client("cloudformation", "us-east-1").describe_stacks()["Stacks"], [])
        got = self.aws.client("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/driftless", RoleSessionName="me")
        keys = got["Credentials"]
        other = dict(key=keys["AccessKeyId"], secret=keys["SecretAccessKey"], token=keys["SessionToken"])
        self.assertEqual(self.aws.client("cloudformation", **other).describe_stacks()["Stacks"], [])
        self.assertEqual(len(self.cfn.describe_stacks()["Stacks"]), 1)


class Sessions(DoubleTest):
    def test_the_caller_is_who_signed(self):
        identity = self.aws.client("sts").get_caller_identity()
        self.assertEqual((identity["Account"], identity["Arn"]), (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/test"))

    def test_an_assumed_role_is_another_account(self):
        got = self.aws.client("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/driftless", RoleSessionName="me",
                                                 ExternalId="between-us", DurationSeconds=900)
        keys = got["Credentials"]
        self.assertEqual(got["AssumedRoleUser"]["Arn"], "arn:aws:sts::111122223333:assumed-role/driftless/me")
        left = keys["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
        self.assertTrue(850 < left.total_seconds() <= 900, left)
        sts = self.aws.client("sts", key=keys["AccessKeyId"], secret=keys["SecretAccessKey"], token=keys["SessionToken"])
        self.assertEqual(sts.get_caller_identity()["Account"], "111122223333")
        wrong = self.aws.client("sts", key=keys["AccessKeyId"], secret=keys["SecretAccessKey"], token="wrong")
        self.refused("InvalidClientTokenId", wrong.get_caller_identity)

    def test_a_role_that_nobody_may_assume_is_refused(self):
        message = self.refused("AccessDenied", self.aws.client("sts").assume_role,
                               RoleArn="arn:aws:iam::111122223333:role/denied", RoleSessionName="me")
        self.assertIn("is not authorized to perform: sts:AssumeRole", message)


class Faults(DoubleTest):
    def test_a_scripted_call_fails_when_and_as_often_as_it_should(self):
        self.aws.control("faults", [{"action": "DescribeStacks", "nth": 2, "times": 2, "status": 400,
                                     "code": "Throttling", "message": "Rate exceeded"}])
        self.cfn.describe_stacks()
        self.assertEqual(self.refused("Throttling", self.cfn.describe_stacks), "Rate exceeded")
        self.refused("Throttling", self.cfn.describe_stacks)
        self.cfn.describe_stacks()

    def test_a_service_can_be_named_and_json_errors_have_their_shape(self):
        self.aws.control("faults", [{"action": "ssm:GetParameter", "status": 400, "code": "ThrottlingException",
                                     "message": "Rate exceeded"}])
        self.refused("ThrottlingException", self.ssm.get_parameter, Name="x")
        self.refused("ParameterNotFound", self.ssm.get_parameter, Name="x")

    def test_a_fault_can_be_kept_to_one_stack(self):
        self.aws.control("faults", [{"action": "DescribeStacks", "stackName": "one", "status": 500, "code": "InternalFailure"}])
        self.cfn.describe_stacks()
        self.refused("InternalFailure", self.cfn.describe_stacks, StackName="one")

    def test_a_dropped_connection_did_nothing(self):
        self.bucket()
        self.aws.control("faults", [{"action": "PutObject", "drop": True}])
        with self.assertRaises(botocore.exceptions.HTTPClientError):
            self.s3.put_object(Bucket="artifacts", Key="k", Body=b"x")
        self.refused("NoSuchKey", self.s3.get_object, Bucket="artifacts", Key="k")

    def test_a_dropped_answer_did_its_work(self):
        self.bucket()
        self.aws.control("faults", [{"action": "PutObject", "dropAnswer": True}])
        with self.assertRaises(botocore.exceptions.HTTPClientError):
            self.s3.put_object(Bucket="artifacts", Key="k", Body=b"x")
        self.assertEqual(self.s3.get_object(Bucket="artifacts", Key="k")["Body"].read(), b"x")

    def test_an_answer_can_be_cut_short(self):
        self.aws.control("faults", [{"action": "DescribeStacks", "truncate": 60}])
        with self.assertRaises(botocore.parsers.ResponseParserError):
            self.cfn.describe_stacks()

    def test_a_delayed_answer_holds_up_nobody_else(self):
        self.aws.control("faults", [{"action": "GetCallerIdentity", "delayMs": 600000}])
        slow = self.aws.client("sts")
        thread = threading.Thread(target=lambda: self._ignore(slow.get_caller_identity), daemon=True)
        thread.start()
        self.wait_for("the slow call", lambda: "sts:GetCallerIdentity" in self.aws.control("calls")["counts"])
        self.assertEqual(self.cfn.describe_stacks()["Stacks"], [])

    @staticmethod
    def _ignore(call):
        try:
            call()
        except Exception:  # noqa: BLE001 the connection ends with the double
            pass

    def test_a_malformed_fault_is_refused(self):
        for wrong in ({"action": "x"}, [{"actoin": "x"}], [{}], ["x"]):
            with self.subTest(wrong), self.assertRaises(urllib.error.HTTPError):
                self.aws.control("faults", wrong)


class Calls(DoubleTest):
    def test_calls_are_counted_and_listed(self):
        self.cfn.describe_stacks()
        self.cfn.describe_stacks()
        self.refused("ValidationError", self.cfn.describe_stacks, StackName="none")
        got = self.aws.control("calls?list=1")
        self.assertEqual(got["counts"], {"cloudformation:DescribeStacks": 3})
        self.assertEqual([c["status"] for c in got["calls"]], [200, 200, 400])
        self.assertEqual(got["calls"][2]["stackName"], "none")
        self.aws.control("reset", {})
        self.assertEqual(self.aws.control("calls")["total"], 0)


class Options(unittest.TestCase):
    def test_account_and_keys_are_as_told(self):
        aws = Double("--account", "999988887777", "--access-key", "AKIDEXAMPLE", "--secret-key", "s3cr3t")
        try:
            identity = aws.client("sts", key="AKIDEXAMPLE", secret="s3cr3t").get_caller_identity()
            self.assertEqual(identity["Account"], "999988887777")
            with self.assertRaises(botocore.exceptions.ClientError):
                aws.client("sts").get_caller_identity()
        finally:
            self.assertEqual(aws.stop(), 0)


if __name__ == "__main__":
    unittest.main()
