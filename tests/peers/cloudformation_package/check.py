#!/usr/bin/env python3
"""Holds what Driftless makes of a template with local files against `aws cloudformation package`.

usage: check.py DRIFTLESS PEERS     PEERS: the Python environment with the AWS CLI and moto

Names of uploads differ, so each is compared as what it is: an archive as its files, a template as its own values with the
uploads in it, anything else as its bytes."""
import io
import os
from pathlib import Path
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

DRIFTLESS, PEERS = sys.argv[1:3]
SHOP = Path(__file__).resolve().parent / "shop"
BUCKET = "uploads"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PORT = free_port()
ENDPOINT = f"http://127.0.0.1:{PORT}"

if not Path(PEERS, "bin", "moto_server").exists():
    sys.exit("no peers: sh config/setup peers build/peers" if os.environ.get("CI") else 77)
if Path(sys.prefix).resolve() != Path(PEERS).resolve():
    os.execv(f"{PEERS}/bin/python", [f"{PEERS}/bin/python", *sys.argv])

import boto3  # noqa: E402
from awscli.customizations.cloudformation.yamlhelper import yaml_parse  # noqa: E402


def plain(value, content):
    """The value with every upload in the place of its address."""
    if isinstance(value, dict):
        for bucket, key in (("S3Bucket", "S3Key"), ("Bucket", "Key")):
            if value.get(bucket) == BUCKET:
                return {"upload": content(value[key])}
        return {name: plain(item, content) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item, content) for item in value]
    for prefix in (f"s3://{BUCKET}/", f"https://s3.us-east-1.amazonaws.com/{BUCKET}/", f"{ENDPOINT}/{BUCKET}/"):
        if isinstance(value, str) and value.startswith(prefix):
            return {"upload": content(value[len(prefix):])}
    return str(value)


def reader(read):
    """content(key) over read(key), which gives an upload's bytes."""
    def content(key):
        data = read(key)
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return {name: archive.read(name).decode() for name in sorted(archive.namelist())}
        text = data.decode()
        return plain(yaml_parse(text), content) if "Resources" in text else text
    return content


def differences(wanted, got, at=""):
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name in wanted.keys() | got.keys():
            yield from differences(wanted.get(name), got.get(name), f"{at}/{name}")
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for index, pair in enumerate(zip(wanted, got)):
            yield from differences(*pair, f"{at}/{index}")
    elif wanted != got:
        yield f"{at}: {got!r:.200} instead of {wanted!r:.200}"


def of_the_cli(folder, environment):
    client = boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    subprocess.run([sys.executable, "-m", "awscli", "cloudformation", "package", "--template-file", "template.yaml",
                    "--s3-bucket", BUCKET, "--output-template-file", "packaged.yaml"],
                   cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    content = reader(lambda key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    return plain(yaml_parse((folder / "packaged.yaml").read_text()), content)


def of_driftless(folder, out):
    run = [DRIFTLESS, "compile", str(folder), "--bucket", BUCKET, "--region", "us-east-1"]
    template = subprocess.run(run, check=True, stdout=subprocess.PIPE).stdout.decode()
    run[1] = "package"
    subprocess.run([*run, "--output", str(out)], check=True, stdout=subprocess.DEVNULL)
    content = reader(lambda key: (out / key.rsplit("/", 1)[-1]).read_bytes())
    return plain(yaml_parse(template), content)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        environment = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                       "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": ENDPOINT}
        os.environ.update(environment)
        server = subprocess.Popen([f"{PEERS}/bin/moto_server", "-p", str(PORT)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while socket.socket().connect_ex(("127.0.0.1", PORT)):
                assert time.monotonic() < deadline, "moto does not answer"
                time.sleep(0.05)
            theirs, ours = Path(scratch, "theirs"), Path(scratch, "ours")
            shutil.copytree(SHOP, theirs)
            shutil.copytree(SHOP, ours)
            wanted = of_the_cli(theirs, environment)
            found = list(differences(wanted, of_driftless(ours, Path(scratch, "out"))))
        finally:
            server.terminate()
            server.wait()
    print(*found, sep="\n")
    print(f"{len(wanted['Resources'])} resources, {len(found)} differences from aws cloudformation package")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
