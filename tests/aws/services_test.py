"""S3, SSM, Lambda, Cloud Control, API Gateway and SQS: every call that Driftless makes, and those that tests tamper with."""
import base64
import hashlib
import hmac
import json
import unittest
import urllib.parse
import urllib.request

from double import ACCOUNT, REGION, DoubleTest, function, queue, resources, role, zip_of
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class Buckets(DoubleTest):
    def test_a_bucket_is_made_once_in_its_region(self):
        self.bucket("artifacts")
        self.assertEqual(self.s3.get_bucket_location(Bucket="artifacts")["LocationConstraint"], REGION)
        self.assertEqual(self.s3.head_bucket(Bucket="artifacts")["BucketRegion"], REGION)
        self.refused("BucketAlreadyOwnedByYou", self.s3.create_bucket, Bucket="artifacts",
                     CreateBucketConfiguration={"LocationConstraint": REGION})
        self.refused("IllegalLocationConstraintException", self.s3.create_bucket, Bucket="other")
        self.refused("InvalidBucketName", self.s3.create_bucket, Bucket="a..b",
                     CreateBucketConfiguration={"LocationConstraint": REGION})
        self.refused("404", self.s3.head_bucket, Bucket="none")
        self.bucket("american", "us-east-1")
        self.assertIsNone(self.aws.client("s3", "us-east-1").get_bucket_location(Bucket="american")["LocationConstraint"])
        message = self.refused("AuthorizationHeaderMalformed", self.s3.list_objects_v2, Bucket="american")
        self.assertIn(f"the region '{REGION}' is wrong; expecting 'us-east-1'", message)
        self.assertEqual(sorted(b["Name"] for b in self.s3.list_buckets()["Buckets"]), ["american", "artifacts"])

    def test_another_accounts_bucket_is_not_for_us(self):
        self.bucket("artifacts")
        keys = self.aws.client("sts").assume_role(RoleArn="arn:aws:iam::111122223333:role/x", RoleSessionName="me")["Credentials"]
        s3 = self.aws.client("s3", key=keys["AccessKeyId"], secret=keys["SecretAccessKey"], token=keys["SessionToken"])
        self.refused("403", s3.head_bucket, Bucket="artifacts")
        self.refused("BucketAlreadyExists", s3.create_bucket, Bucket="artifacts",
                     CreateBucketConfiguration={"LocationConstraint": REGION})

    def test_settings_come_back_as_they_were_put(self):
        self.bucket()
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        self.refused("NoSuchBucketPolicy", self.s3.get_bucket_policy, Bucket="artifacts")
        self.s3.put_bucket_policy(Bucket="artifacts", Policy=policy)
        self.assertEqual(self.s3.get_bucket_policy(Bucket="artifacts")["Policy"], policy)
        self.refused("MalformedPolicy", self.s3.put_bucket_policy, Bucket="artifacts", Policy="no")
        rule = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]}
        self.s3.put_bucket_encryption(Bucket="artifacts", ServerSideEncryptionConfiguration=rule)
        self.assertEqual(self.s3.get_bucket_encryption(Bucket="artifacts")["ServerSideEncryptionConfiguration"], rule)
        block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
        self.s3.put_public_access_block(Bucket="artifacts", PublicAccessBlockConfiguration=block)
        self.assertEqual(self.s3.get_public_access_block(Bucket="artifacts")["PublicAccessBlockConfiguration"], block)
        self.s3.put_bucket_tagging(Bucket="artifacts", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        self.assertEqual(self.s3.get_bucket_tagging(Bucket="artifacts")["TagSet"], [{"Key": "a", "Value": "b"}])
        self.s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
        self.assertEqual(self.s3.get_bucket_versioning(Bucket="artifacts")["Status"], "Enabled")
        made = self.s3.put_object(Bucket="artifacts", Key="k", Body=b"x")
        self.assertEqual(self.s3.get_object(Bucket="artifacts", Key="k", VersionId=made["VersionId"])["Body"].read(), b"x")

    def test_a_bucket_with_objects_is_not_deleted(self):
        self.bucket()
        self.s3.put_object(Bucket="artifacts", Key="k", Body=b"x")
        self.refused("BucketNotEmpty", self.s3.delete_bucket, Bucket="artifacts")
        self.s3.delete_object(Bucket="artifacts", Key="k")
        self.s3.delete_bucket(Bucket="artifacts")
        self.refused("404", self.s3.head_bucket, Bucket="artifacts")

    def test_what_is_not_there_says_so(self):
        self.bucket()
        self.refused("NotImplemented", self.s3.get_bucket_acl, Bucket="artifacts")


class Objects(DoubleTest):
    def setUp(self):
        super().setUp()
        self.bucket()

    def test_objects_keep_content_type_metadata_and_checksums(self):
        key = "serverless/shop/dev/1700000000000-2026-11-23T19:40:00.000Z/ä b+c&d=e~.zip"
        body = bytes(range(256)) * 40
        made = self.s3.put_object(Bucket="artifacts", Key=key, Body=body, ContentType="application/zip", Metadata={"sha": "abc"},
                                  ChecksumSHA256=base64.b64encode(hashlib.sha256(body).digest()).decode())
        self.assertEqual(made["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
        head = self.s3.head_object(Bucket="artifacts", Key=key, ChecksumMode="ENABLED")
        self.assertEqual((head["ContentLength"], head["ContentType"], head["Metadata"], head["ETag"]),
                         (len(body), "application/zip", {"sha": "abc"}, made["ETag"]))
        self.assertEqual(head["ChecksumSHA256"], base64.b64encode(hashlib.sha256(body).digest()).decode())
        self.assertEqual(self.s3.get_object(Bucket="artifacts", Key=key)["Body"].read(), body)
        part = self.s3.get_object(Bucket="artifacts", Key=key, Range="bytes=10-19")
        self.assertEqual((part["Body"].read(), part["ContentRange"]), (body[10:20], f"bytes 10-19/{len(body)}"))
        self.refused("NoSuchKey", self.s3.get_object, Bucket="artifacts", Key="none")
        self.refused("404", self.s3.head_object, Bucket="artifacts", Key="none")
        self.refused("NoSuchBucket", self.s3.get_object, Bucket="nobody", Key="none")

    def test_wrong_checksums_are_refused(self):
        for options in ({"ChecksumSHA256": base64.b64encode(bytes(32)).decode()}, {"ChecksumCRC32": "AAAAAA=="},
                        {"ChecksumCRC32C": "AAAAAA=="}, {"ChecksumCRC64NVME": "AAAAAAAAAAA="},
                        {"ContentMD5": base64.b64encode(bytes(16)).decode()}):
            with self.subTest(options):
                self.refused("BadDigest", self.s3.put_object, Bucket="artifacts", Key="k", Body=b"x", **options)

    def test_known_checksums_are_accepted(self):
        # The check values of the CRC catalogue for "123456789".
        for name, value in (("ChecksumCRC32", 0xCBF43926), ("ChecksumCRC32C", 0xE3069283), ("ChecksumCRC64NVME", 0xAE8B14860A799888)):
            value = base64.b64encode(value.to_bytes(8 if "64" in name else 4, "big")).decode()
            with self.subTest(name):
                self.s3.put_object(Bucket="artifacts", Key="k", Body=b"123456789", **{name: value})

    def test_a_condition_on_writing_holds(self):
        self.s3.put_object(Bucket="artifacts", Key="k", Body=b"x", IfNoneMatch="*")
        self.refused("PreconditionFailed", self.s3.put_object, Bucket="artifacts", Key="k", Body=b"y", IfNoneMatch="*")

    def test_listing_is_ordered_paged_and_grouped(self):
        for n in range(25):
            self.s3.put_object(Bucket="artifacts", Key=f"a/{n:02}", Body=b"x")
        self.s3.put_object(Bucket="artifacts", Key="b & <c>", Body=b"xy")
        pages = list(self.s3.get_paginator("list_objects_v2").paginate(Bucket="artifacts", PaginationConfig={"PageSize": 10}))
        self.assertEqual([p["KeyCount"] for p in pages], [10, 10, 6])
        keys = [o["Key"] for p in pages for o in p["Contents"]]
        self.assertEqual(keys, [f"a/{n:02}" for n in range(25)] + ["b & <c>"])
        grouped = self.s3.list_objects_v2(Bucket="artifacts", Delimiter="/")
        self.assertEqual(([p["Prefix"] for p in grouped["CommonPrefixes"]], [o["Size"] for o in grouped["Contents"]]), (["a/"], [2]))
        self.assertEqual(self.s3.list_objects_v2(Bucket="artifacts", Prefix="a/2")["KeyCount"], 5)
        self.assertEqual(self.s3.list_objects_v2(Bucket="artifacts", StartAfter="a/20", Prefix="a/")["KeyCount"], 4)

    def test_many_are_deleted_at_once(self):
        for key in ("a", "b & c", "d"):
            self.s3.put_object(Bucket="artifacts", Key=key, Body=b"x")
        got = self.s3.delete_objects(Bucket="artifacts", Delete={"Objects": [{"Key": "a"}, {"Key": "b & c"}, {"Key": "none"}]})
        self.assertEqual([d["Key"] for d in got["Deleted"]], ["a", "b & c", "none"])
        self.assertEqual([o["Key"] for o in self.s3.list_objects_v2(Bucket="artifacts")["Contents"]], ["d"])
        quiet = self.s3.delete_objects(Bucket="artifacts", Delete={"Objects": [{"Key": "d"}], "Quiet": True})
        self.assertNotIn("Deleted", quiet)

    def test_an_upload_in_parts_is_joined(self):
        parts = [b"a" * (5 * 1024 * 1024), b"b" * 100]
        upload = self.s3.create_multipart_upload(Bucket="artifacts", Key="big", ContentType="application/zip")["UploadId"]
        tags = [self.s3.upload_part(Bucket="artifacts", Key="big", UploadId=upload, PartNumber=n, Body=part)["ETag"]
                for n, part in enumerate(parts, 1)]
        self.refused("InvalidPart", self.s3.complete_multipart_upload, Bucket="artifacts", Key="big", UploadId=upload,
                     MultipartUpload={"Parts": [{"PartNumber": 3, "ETag": tags[0]}]})
        done = self.s3.complete_multipart_upload(Bucket="artifacts", Key="big", UploadId=upload, MultipartUpload={
            "Parts": [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]})
        whole = hashlib.md5(b"".join(hashlib.md5(p).digest() for p in parts)).hexdigest()
        self.assertEqual(done["ETag"], f'"{whole}-2"')
        got = self.s3.get_object(Bucket="artifacts", Key="big")
        self.assertEqual((got["Body"].read(), got["ContentType"]), (b"".join(parts), "application/zip"))
        self.refused("NoSuchUpload", self.s3.abort_multipart_upload, Bucket="artifacts", Key="big", UploadId=upload)

    def test_an_upload_in_parts_has_a_checksum_of_checksums_and_is_listed_until_it_ends(self):
        parts = [b"a" * (5 * 1024 * 1024), b"b" * 100]
        sums = [hashlib.sha256(p).digest() for p in parts]
        upload = self.s3.create_multipart_upload(Bucket="artifacts", Key="ä big", ChecksumAlgorithm="SHA256")["UploadId"]
        other = self.s3.create_multipart_upload(Bucket="artifacts", Key="other")["UploadId"]
        got = self.s3.list_multipart_uploads(Bucket="artifacts")["Uploads"]
        self.assertEqual([(u["Key"], u["UploadId"]) for u in got], [("other", other), ("ä big", upload)])
        self.assertEqual(len(self.s3.list_multipart_uploads(Bucket="artifacts", Prefix="oth")["Uploads"]), 1)
        listed = []
        for n, (part, digest) in enumerate(zip(parts, sums), 1):
            sha256 = base64.b64encode(digest).decode()
            sent = self.s3.upload_part(Bucket="artifacts", Key="ä big", UploadId=upload, PartNumber=n, Body=part, ChecksumSHA256=sha256)
            self.assertEqual(sent["ChecksumSHA256"], sha256)
            listed.append({"PartNumber": n, "ETag": sent["ETag"], "ChecksumSHA256": sha256})
        wrong = [listed[0], dict(listed[1], ChecksumSHA256=listed[0]["ChecksumSHA256"])]
        self.refused("InvalidPart", self.s3.complete_multipart_upload, Bucket="artifacts", Key="ä big", UploadId=upload,
                     MultipartUpload={"Parts": wrong})
        done = self.s3.complete_multipart_upload(Bucket="artifacts", Key="ä big", UploadId=upload, MultipartUpload={"Parts": listed})
        whole = base64.b64encode(hashlib.sha256(b"".join(sums)).digest()).decode() + "-2"
        self.assertEqual((done["ChecksumSHA256"], done["ChecksumType"]), (whole, "COMPOSITE"))
        self.assertEqual(self.s3.head_object(Bucket="artifacts", Key="ä big", ChecksumMode="ENABLED")["ChecksumSHA256"], whole)
        self.s3.abort_multipart_upload(Bucket="artifacts", Key="other", UploadId=other)
        self.assertNotIn("Uploads", self.s3.list_multipart_uploads(Bucket="artifacts"))

    def test_objects_grow_older_when_asked(self):
        self.s3.put_object(Bucket="artifacts", Key="k", Body=b"x")
        self.s3.create_multipart_upload(Bucket="artifacts", Key="big")
        made = self.s3.head_object(Bucket="artifacts", Key="k")["LastModified"]
        begun = self.s3.list_multipart_uploads(Bucket="artifacts")["Uploads"][0]["Initiated"]
        self.aws.control("age?hours=25", {})
        self.assertEqual((made - self.s3.head_object(Bucket="artifacts", Key="k")["LastModified"]).total_seconds(), 25 * 3600)
        later = self.s3.list_multipart_uploads(Bucket="artifacts")["Uploads"][0]["Initiated"]
        self.assertEqual((begun - later).total_seconds(), 25 * 3600)

    def signed_stream(self, kind, headers):
        """A request whose body will be aws-chunked: what is signed is the kind, not the body."""
        request = AWSRequest("PUT", f"{self.aws.url}/artifacts/streamed", data=b"", headers={
            "X-Amz-Content-SHA256": kind, "Content-Encoding": "aws-chunked", **headers})

        class Signer(botocore.auth.S3SigV4Auth):
            def payload(self, _):
                return kind
        Signer(Credentials("test", "test"), "s3", REGION).add_auth(request)
        return request

    def send_streaming(self, kind, body, headers):
        request = self.signed_stream(kind, headers)
        return self.exchange("PUT", "/artifacts/streamed", body, dict(request.headers.items()))

    def test_an_unsigned_stream_with_a_trailing_checksum_is_decoded(self):
        body = b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
        headers = {"X-Amz-Trailer": "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length": "11"}
        status, answer = self.send_streaming("STREAMING-UNSIGNED-PAYLOAD-TRAILER", body, headers)
        self.assertEqual(status, 200, answer)
        self.assertEqual(self.s3.get_object(Bucket="artifacts", Key="streamed")["Body"].read(), b"hello world")
        wrong = body.replace(b"DUoRhQ==", b"AAAAAA==")
        status, answer = self.send_streaming("STREAMING-UNSIGNED-PAYLOAD-TRAILER", wrong, headers)
        self.assertEqual((status, b"BadDigest" in answer), (400, True))

    def test_a_stream_of_signed_chunks_with_a_signed_trailer_is_decoded(self):
        kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
        headers = {"X-Amz-Trailer": "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length": "5"}
        request = self.signed_stream(kind, headers)
        date = request.headers["X-Amz-Date"]
        scope = f"{date[:8]}/{REGION}/s3/aws4_request"
        key = b"AWS4test"
        for part in (date[:8], REGION, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        previous = request.headers["Authorization"].rsplit("Signature=", 1)[1]
        body = b""
        for chunk in (b"hello", b""):
            text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, hashlib.sha256(b"").hexdigest(),
                              hashlib.sha256(chunk).hexdigest()])
            previous = hmac.new(key, text.encode(), "sha256").hexdigest()
            body += b"%x;chunk-signature=%s\r\n" % (len(chunk), previous.encode()) + chunk + (b"\r\n" if chunk else b"")
        trailer = b"x-amz-checksum-crc32:NhCmhg=="
        text = "\n".join(["AWS4-HMAC-SHA256-TRAILER", date, scope, previous, hashlib.sha256(trailer + b"\n").hexdigest()])
        signature = hmac.new(key, text.encode(), "sha256").hexdigest().encode()
        body += trailer + b"\r\nx-amz-trailer-signature:" + signature + b"\r\n\r\n"
        status, answer = self.exchange("PUT", "/artifacts/streamed", body, dict(request.headers.items()))
        self.assertEqual(status, 200, answer)
        self.assertEqual(self.s3.get_object(Bucket="artifacts", Key="streamed")["Body"].read(), b"hello")
        wrong = body.replace(b"hello", b"jello")
        status, answer = self.exchange("PUT", "/artifacts/streamed", wrong, dict(request.headers.items()))
        self.assertEqual((status, b"SignatureDoesNotMatch" in answer), (403, True))

    def test_a_stream_with_wrong_chunk_signatures_is_refused(self):
        body = b"5;chunk-signature=" + b"0" * 64 + b"\r\nhello\r\n0;chunk-signature=" + b"0" * 64 + b"\r\n\r\n"
        status, answer = self.send_streaming("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body, {"X-Amz-Decoded-Content-Length": "5"})
        self.assertEqual((status, b"SignatureDoesNotMatch" in answer), (403, True))

    def test_the_bucket_may_stand_in_the_host_name(self):
        self.s3.put_object(Bucket="artifacts", Key="k", Body=b"x")
        for host in (f"artifacts.s3.{REGION}.amazonaws.com", f"artifacts.localhost:{self.aws.port}"):
            with self.subTest(host):
                request = AWSRequest("GET", f"http://{host}/k")
                botocore.auth.S3SigV4Auth(Credentials("test", "test"), "s3", REGION).add_auth(request)
                headers = {**dict(request.headers.items()), "Host": host}
                self.assertEqual(self.exchange("GET", "/k", None, headers), (200, b"x"))


class ParameterStore(DoubleTest):
    def test_parameters_are_put_read_overwritten_and_deleted(self):
        self.assertEqual(self.ssm.put_parameter(Name="/a/b", Value="1", Type="String")["Version"], 1)
        self.refused("ParameterAlreadyExists", self.ssm.put_parameter, Name="/a/b", Value="2", Type="String")
        self.assertEqual(self.ssm.put_parameter(Name="/a/b", Value="2", Overwrite=True)["Version"], 2)
        got = self.ssm.get_parameter(Name="/a/b")["Parameter"]
        self.assertEqual((got["Name"], got["Type"], got["Value"], got["Version"], got["ARN"]),
                         ("/a/b", "String", "2", 2, f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/a/b"))
        self.assertEqual(self.ssm.get_parameter(Name="/a/b:2")["Parameter"]["Selector"], ":2")
        self.refused("ParameterNotFound", self.ssm.get_parameter, Name="/a/b:7")
        self.ssm.delete_parameter(Name="/a/b")
        self.assertEqual(self.refused("ParameterNotFound", self.ssm.get_parameter, Name="/a/b"), "Parameter /a/b not found.")

    def test_secrets_are_only_shown_on_request(self):
        self.ssm.put_parameter(Name="key", Value="s3cr3t", Type="SecureString")
        self.assertNotEqual(self.ssm.get_parameter(Name="key")["Parameter"]["Value"], "s3cr3t")
        self.assertEqual(self.ssm.get_parameter(Name="key", WithDecryption=True)["Parameter"]["Value"], "s3cr3t")

    def test_ten_are_read_at_once(self):
        for n in range(12):
            self.ssm.put_parameter(Name=f"/many/{n}", Value=str(n), Type="String")
        got = self.ssm.get_parameters(Names=["/many/1", "/many/2", "/none"])
        self.assertEqual(({p["Name"]: p["Value"] for p in got["Parameters"]}, got["InvalidParameters"]),
                         ({"/many/1": "1", "/many/2": "2"}, ["/none"]))
        self.refused("ValidationException", self.ssm.get_parameters, Names=[f"/many/{n}" for n in range(11)])
        found = [p for page in self.ssm.get_paginator("get_parameters_by_path").paginate(Path="/many") for p in page["Parameters"]]
        self.assertEqual(len(found), 12)


class Functions(DoubleTest):
    def setUp(self):
        super().setUp()
        self.bucket()
        self.code("1.zip", "1")
        self.code("2.zip", "2")
        self.deploy("s", resources(Role=role(), Fn=function("1.zip", Tags=[{"Key": "k", "Value": "v"}], ReservedConcurrentExecutions=2),
                                   V1={"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Fn"}}}))

    @staticmethod
    def sha(text):
        return base64.b64encode(hashlib.sha256(zip_of(text)).digest()).decode()

    def test_a_function_is_told_as_it_is(self):
        got = self.lambda_.get_function(FunctionName="hello")
        found = got["Configuration"]
        self.assertEqual((found["FunctionName"], found["FunctionArn"], found["Runtime"], found["Handler"], found["CodeSha256"],
                          found["CodeSize"], found["Version"], found["State"], found["LastUpdateStatus"], found["Timeout"]),
                         ("hello", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hello", "python3.12", "index.handler",
                          self.sha("1"), len(zip_of("1")), "$LATEST", "Active", "Successful", 3))
        self.assertEqual((got["Tags"], got["Concurrency"]), ({"k": "v"}, {"ReservedConcurrentExecutions": 2}))
        for name in (found["FunctionArn"], f"{ACCOUNT}:function:hello"):
            self.assertEqual(self.lambda_.get_function_configuration(FunctionName=name)["CodeSha256"], self.sha("1"))
        message = self.refused("ResourceNotFoundException", self.lambda_.get_function, FunctionName="none")
        self.assertEqual(message, f"Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:none")
        with urllib.request.urlopen(got["Code"]["Location"], timeout=20) as answer:
            self.assertEqual(answer.read(), zip_of("1"))

    def test_code_changes_by_upload_and_from_s3(self):
        self.assertEqual(self.lambda_.update_function_code(FunctionName="hello", ZipFile=zip_of("x"))["CodeSha256"], self.sha("x"))
        got = self.lambda_.update_function_code(FunctionName="hello", S3Bucket="artifacts", S3Key="2.zip")
        self.assertEqual((got["CodeSha256"], got["LastUpdateStatus"]), (self.sha("2"), "Successful"))
        self.refused("InvalidParameterValueException", self.lambda_.update_function_code, FunctionName="hello",
                     S3Bucket="artifacts", S3Key="none")
        self.refused("InvalidParameterValueException", self.lambda_.update_function_code, FunctionName="hello", ZipFile=b"no zip")
        self.assertEqual(self.lambda_.update_function_code(FunctionName="hello", ZipFile=zip_of("y"), Publish=True)["Version"], "2")

    def test_versions_are_listed(self):
        versions = self.lambda_.list_versions_by_function(FunctionName="hello")["Versions"]
        self.assertEqual([v["Version"] for v in versions], ["$LATEST", "1"])
        self.assertTrue(versions[1]["FunctionArn"].endswith(":hello:1"))
        got = self.lambda_.get_function_configuration(FunctionName="hello", Qualifier="1")
        self.assertEqual(got["Version"], "1")
        self.refused("ResourceNotFoundException", self.lambda_.get_function_configuration, FunctionName="hello", Qualifier="7")

    def test_invoking_gives_the_payload_back(self):
        got = self.lambda_.invoke(FunctionName="hello", Payload=b'{"a": 1}')
        self.assertEqual((got["StatusCode"], got["Payload"].read()), (200, b'{"a": 1}'))

    def test_a_deleted_function_is_gone(self):
        self.lambda_.delete_function(FunctionName="hello")
        self.refused("ResourceNotFoundException", self.lambda_.get_function, FunctionName="hello")
        self.assertEqual(self.drift("s")[1]["Fn"]["StackResourceDriftStatus"], "DELETED")


class CloudControl(DoubleTest):
    def test_resources_are_read_as_they_are(self):
        self.deploy("s", resources(Jobs=queue("jobs", DelaySeconds=4)))
        url = self.resource("s", "Jobs")["PhysicalResourceId"]
        got = self.control.get_resource(TypeName="AWS::SQS::Queue", Identifier=url)["ResourceDescription"]
        self.assertEqual(got["Identifier"], url)
        self.assertEqual(json.loads(got["Properties"]), {"QueueName": "jobs", "DelaySeconds": 4, "QueueUrl": url,
                                                         "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"})
        listed = self.control.list_resources(TypeName="AWS::SQS::Queue")["ResourceDescriptions"]
        self.assertEqual([r["Identifier"] for r in listed], [url])
        self.refused("ResourceNotFoundException", self.control.get_resource, TypeName="AWS::SQS::Queue", Identifier="none")
        self.refused("TypeNotFoundException", self.control.get_resource, TypeName="AWS::SQS::Quue", Identifier="none")

    def test_what_cannot_be_read_is_left_out(self):
        self.bucket()
        self.code("1.zip", "1")
        self.deploy("s", resources(Role=role(), Fn=function("1.zip")))
        got = self.control.get_resource(TypeName="AWS::Lambda::Function", Identifier="hello")["ResourceDescription"]
        self.assertNotIn("S3Key", got["Properties"])

    def test_resources_are_changed_and_deleted_step_by_step(self):
        self.deploy("s", resources(Jobs=queue("jobs", DelaySeconds=4)))
        url = self.resource("s", "Jobs")["PhysicalResourceId"]
        patch = json.dumps([{"op": "replace", "path": "/DelaySeconds", "value": 9}, {"op": "add", "path": "/VisibilityTimeout", "value": 60}])
        event = self.control.update_resource(TypeName="AWS::SQS::Queue", Identifier=url, PatchDocument=patch)["ProgressEvent"]
        self.assertEqual((event["Operation"], event["OperationStatus"], json.loads(event["ResourceModel"])["DelaySeconds"]),
                         ("UPDATE", "SUCCESS", 9))
        again = self.control.get_resource_request_status(RequestToken=event["RequestToken"])["ProgressEvent"]
        self.assertEqual(again["OperationStatus"], "SUCCESS")
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual((attributes["DelaySeconds"], attributes["VisibilityTimeout"]), ("9", "60"))
        self.refused("InvalidRequestException", self.control.update_resource, TypeName="AWS::SQS::Queue", Identifier=url,
                     PatchDocument=json.dumps([{"op": "replace", "path": "/QueueName", "value": "x"}]))
        self.assertEqual(self.control.delete_resource(TypeName="AWS::SQS::Queue", Identifier=url)["ProgressEvent"]["OperationStatus"],
                         "SUCCESS")
        self.refused("AWS.SimpleQueueService.NonExistentQueue", self.sqs.get_queue_url, QueueName="jobs")

    def test_a_resource_of_any_type_can_be_made(self):
        event = self.control.create_resource(TypeName="AWS::SNS::Topic", DesiredState=json.dumps({"TopicName": "news"}))["ProgressEvent"]
        self.assertEqual((event["OperationStatus"], event["Identifier"]), ("SUCCESS", f"arn:aws:sns:{REGION}:{ACCOUNT}:news"))
        event = self.control.create_resource(TypeName="AWS::SNS::Topic", DesiredState=json.dumps({"TopicName": "news"}))["ProgressEvent"]
        self.assertEqual((event["OperationStatus"], event["ErrorCode"]), ("FAILED", "AlreadyExists"))


class Stages(DoubleTest):
    def test_a_deployment_makes_a_stage_that_is_set_and_tagged_beside_the_stack(self):
        api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "orders"}}
        deployment = {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "dev"}}
        self.deploy("s", resources(Api=api, Made=deployment))
        gateway = self.aws.client("apigateway")
        where = {"restApiId": self.resource("s", "Api")["PhysicalResourceId"], "stageName": "dev"}
        self.assertFalse(gateway.get_stage(**where)["tracingEnabled"])
        changed = gateway.update_stage(**where, patchOperations=[
            {"op": "replace", "path": "/tracingEnabled", "value": "true"},
            {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"},
            {"op": "replace", "path": "/~1a/GET/throttling/rateLimit", "value": "5"},
            {"op": "replace", "path": "/accessLogSettings/format", "value": "f"}])
        self.assertEqual((changed["tracingEnabled"], changed["methodSettings"]["*/*"]["loggingLevel"],
                          changed["methodSettings"]["~1a/GET"]["throttlingRateLimit"]), (True, "INFO", 5.0))
        gateway.update_stage(**where, patchOperations=[{"op": "remove", "path": "/accessLogSettings"}])
        self.assertNotIn("accessLogSettings", gateway.get_stage(**where))
        arn = f"arn:aws:apigateway:{REGION}::/restapis/{where['restApiId']}/stages/dev"
        gateway.tag_resource(resourceArn=arn, tags={"a": "1", "b c": "2"})
        gateway.untag_resource(resourceArn=arn, tagKeys=["a"])
        self.assertEqual(gateway.get_stage(**where)["tags"], {"b c": "2"})
        self.refused("BadRequestException", gateway.update_stage, **where,
                     patchOperations=[{"op": "replace", "path": "/nonsense", "value": "x"}])
        self.refused("NotFoundException", gateway.get_stage, restApiId=where["restApiId"], stageName="prod")

    def test_a_deleted_stage_comes_back_as_it_was_made_with_another_deployment(self):
        api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "orders"}}
        deployment = {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "dev"}}
        self.deploy("s", resources(Api=api, Made=deployment))
        gateway = self.aws.client("apigateway")
        where = {"restApiId": self.resource("s", "Api")["PhysicalResourceId"], "stageName": "dev"}
        gateway.update_stage(**where, patchOperations=[{"op": "replace", "path": "/tracingEnabled", "value": "true"}])
        gateway.delete_stage(**where)
        self.refused("NotFoundException", gateway.get_stage, **where)
        self.refused("NotFoundException", gateway.delete_stage, **where)
        self.deploy("s", resources(Api=api, MadeAgain=deployment))
        self.assertFalse(gateway.get_stage(**where)["tracingEnabled"])


class Queues(DoubleTest):
    def test_messages_go_in_and_come_out_once(self):
        url = self.sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
        self.assertEqual(self.sqs.get_queue_url(QueueName="jobs")["QueueUrl"], url)
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="hello <&>")
        got = self.sqs.receive_message(QueueUrl=url)["Messages"][0]
        self.assertEqual((got["MessageId"], got["Body"]), (sent["MessageId"], "hello <&>"))
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
        count = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        self.assertEqual(count, {"ApproximateNumberOfMessages": "0"})

    def test_attributes_are_set_and_read(self):
        url = self.sqs.create_queue(QueueName="jobs")["QueueUrl"]
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "7"})
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual((got["DelaySeconds"], got["VisibilityTimeout"], got["QueueArn"]),
                         ("7", "30", f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"))
        self.refused("InvalidAttributeName", self.sqs.set_queue_attributes, QueueUrl=url, Attributes={"Colour": "red"})
        self.sqs.delete_queue(QueueUrl=url)
        self.refused("AWS.SimpleQueueService.NonExistentQueue", self.sqs.delete_queue, QueueUrl=url)


    def test_the_old_query_protocol_is_still_spoken(self):
        def query(action, **fields):
            body = urllib.parse.urlencode({"Action": action, "Version": "2012-11-05", **fields}).encode()
            request = AWSRequest("POST", self.aws.url + "/", data=body, headers={
                "Content-Type": "application/x-www-form-urlencoded"})
            botocore.auth.SigV4Auth(Credentials("test", "test"), "sqs", REGION).add_auth(request)
            return self.exchange("POST", "/", body, dict(request.headers.items()))[1].decode()
        made = query("CreateQueue", QueueName="old", **{"Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "5"})
        self.assertIn("<QueueUrl>https://sqs.", made)
        got = query("GetQueueAttributes", QueueUrl="/old", **{"AttributeName.1": "DelaySeconds"})
        self.assertIn("<Attribute><Name>DelaySeconds</Name><Value>5</Value></Attribute>", got)
        self.assertIn("AWS.SimpleQueueService.NonExistentQueue", query("GetQueueUrl", QueueName="none"))


if __name__ == "__main__":
    unittest.main()
