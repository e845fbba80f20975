#!/usr/bin/env python3
"""Artifacts on their way to S3: small and in parts, checked, with their provenance, and only what is not there."""
import base64
import hashlib
import json
import os
import subprocess
import sys

from world import DRIFTLESS, World, skip_without_peers

SERVICE = """service: cargo
provider: {name: aws, runtime: python3.12}
package: {individually: true, patterns: ['!**']}
functions:
  big: {handler: big.handler, package: {patterns: [big.py, ballast]}}
  small: {handler: small.handler, package: {patterns: [small.py]}}
  other: {handler: other.handler, package: {patterns: [other.py]}}
"""
BUCKET = {"ministack": "000000000000", "moto": "123456789012", "double": "123456789012"}
FAULTS = [{"action": "UploadPart", "nth": 1, "drop": True},
          {"action": "UploadPart", "nth": 2, "status": 400, "code": "BadDigest", "message": "damaged"},
          {"action": "UploadPart", "nth": 4, "dropAnswer": True},
          {"action": "PutObject", "nth": 2, "status": 503, "code": "SlowDown", "message": "slower"}]


def digest(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def main(backend):
    skip_without_peers()
    with World(backend) as world:
        aws, folder = world.aws, os.path.join(world.folder, "cargo")
        bucket = f"driftless-artifacts-{BUCKET[backend]}-us-east-1"
        os.mkdir(folder)
        with open(os.path.join(folder, "serverless.yml"), "w", encoding="utf-8") as file:
            file.write(SERVICE)
        for name in ("big", "small", "other"):
            with open(os.path.join(folder, f"{name}.py"), "w", encoding="utf-8") as file:
                file.write(f"def handler(event, context):\n    return '{name}'\n")
        with open(os.path.join(folder, "ballast"), "wb") as file:
            file.write(os.urandom(40 << 20))  # not to be compressed: three parts

        def deploy():
            run = subprocess.run([DRIFTLESS, "deploy", folder, "--region", "us-east-1", "--yes"], env=aws.environment,
                                 capture_output=True, check=False, cwd=world.folder)
            return run.returncode, run.stderr.decode()

        def objects():
            return {o["Key"]: o for o in aws.cli("s3api", "list-objects-v2", "--bucket", bucket)["Contents"]}

        def content(key):
            path = os.path.join(world.folder, "object")
            aws.cli("s3api", "get-object", "--bucket", bucket, "--key", key, path)
            with open(path, "rb") as file:
                return file.read()

        def head(key):
            return aws.cli("s3api", "head-object", "--bucket", bucket, "--key", key, "--checksum-mode", "ENABLED")

        def unfinished():
            return (aws.cli("s3api", "list-multipart-uploads", "--bucket", bucket) or {}).get("Uploads", [])

        if backend == "double":
            aws.post("/_double/faults", FAULTS)
        code, said = deploy()
        assert code == 0 and said.count("uploaded ") == 3, said
        keys = [k for k in objects() if k.endswith(".zip")]
        assert len(keys) == 3, keys
        for key in keys:
            data, kept = content(key), head(key)
            assert kept["Metadata"]["driftless-sha256"] == digest(data), key
            told = kept.get("ChecksumSHA256")
            checksum = kept["Metadata"]["driftless-checksum"]
            assert told in (None, checksum, checksum.split("-")[0]), (key, kept)  # moto leaves "-3" out
            assert (key.endswith("big.zip")) == (kept["Metadata"]["driftless-checksum"].endswith("-3")), kept
            assert kept["ServerSideEncryption"] == "AES256", kept
            statement = json.loads(content(key + ".provenance.json"))
            assert statement["subject"][0]["digest"]["sha256"] == hashlib.sha256(data).hexdigest(), statement
            manifest = statement["predicate"]["buildDefinition"]["internalParameters"]["manifest"]
            assert f"/{manifest}/" in key, (key, statement)
            name = f"cargo-dev-{key.rsplit('/', 1)[1][:-4]}"
            assert aws.function(name)["CodeSha256"] == digest(data), name
        assert not unfinished(), unfinished()

        before = objects()
        code, said = deploy()
        assert code == 0 and "uploaded" not in said, said
        assert {k: o["LastModified"] for k, o in objects().items()} == {k: o["LastModified"] for k, o in before.items()}

        if backend == "double":
            # somebody put other bytes where ours were, with all that was beside them
            key = next(k for k in keys if k.endswith("small.zip"))
            good = content(key)
            metadata = ",".join(f"{name}={value}" for name, value in head(key)["Metadata"].items())
            aws.cli("s3api", "put-object", "--bucket", bucket, "--key", key, "--body", os.path.join(folder, "serverless.yml"),
                    "--metadata", metadata, "--checksum-algorithm", "SHA256")
            code, said = deploy()
            assert code == 0 and "not what was recorded" in said and said.count("uploaded ") == 1, said
            assert content(key) == good

            # a part that cannot be sent ends the deploy, and leaves nothing behind
            with open(os.path.join(folder, "ballast"), "ab") as file:
                file.write(b"one more")
            aws.post("/_double/faults", [{"action": "UploadPart", "status": 403, "code": "AccessDenied", "message": "no", "times": 0}])
            code, said = deploy()
            assert code == 1 and "artifact big.zip" in said and "AccessDenied" in said, said
            assert not unfinished(), unfinished()


if __name__ == "__main__":
    main(sys.argv[1])
