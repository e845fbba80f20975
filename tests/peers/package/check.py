#!/usr/bin/env python3
"""`driftless package` against osls 4: the same names in .serverless, and a state of the same shape, without its secrets.

What is ours on purpose: folders on S3 named by content and not by time, versions' ids, and templates as tests/corpus holds them.
Exit status 77: no osls."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

DRIFTLESS, ORACLE = os.environ["DRIFTLESS"], os.environ["DRIFTLESS_ORACLE"]
SECRET = "correct horse battery staple"
SERVICES = {
    "shared": """service: shared
provider:
  name: aws
  runtime: python3.12
  environment: {TOKEN: "${env:TOKEN}", TABLE: {Ref: Orders}}
custom: {greeting: hello}
package: {patterns: ['!**', '*.py']}
functions:
  hello: {handler: app.hello, events: [{http: GET /}]}
  other: {handler: app.other, memorySize: 256, timeout: 9}
resources:
  Resources: {Orders: {Type: AWS::SQS::Queue}}
""",
    "individual": """service: individual
provider: {name: aws, runtime: nodejs20.x, stage: prod}
package: {individually: true, patterns: ['!**']}
functions:
  one: {handler: app.one, package: {patterns: [app.py]}}
  two: {handler: app.two, package: {patterns: ['app.py', 'serverless.yml']}}
""",
    "bare": """service: bare
provider: {name: aws}
resources:
  Resources: {Orders: {Type: AWS::SQS::Queue}}
""",
}
# Where ours hold other values: times and ids made of zips, whose bytes differ.
OTHER_VALUES = {"artifactDirectoryName", "artifactsS3KeyDirname", "versionLogicalId", "compiledCloudFormationTemplate",
                "coreCloudFormationTemplate", "TOKEN"}
# What osls keeps of its own run.
NOT_OURS = {("service", "provider", "vpc"), ("service", "initialServerlessConfig", "package")}


def package(tool, folder):
    environment = dict(os.environ, TOKEN=SECRET, AWS_REGION="us-east-1")
    ran = subprocess.run([*tool, "package", "--region", "us-east-1"], cwd=folder, env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout.decode() + ran.stderr.decode()
    made = Path(folder) / ".serverless"
    return {p.name for p in made.iterdir()}, json.loads((made / "serverless-state.json").read_text())


def differences(ours, theirs, path=()):
    """Members that are missing, or hold something else; what the framework writes is looked for in ours."""
    if path in NOT_OURS or (path and path[-1] in OTHER_VALUES and type(ours) is type(theirs)):
        return
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key, value in theirs.items():
            if key not in ours and path + (key,) not in NOT_OURS:
                yield f"{'.'.join(path + (key,))} is missing"
            elif key in ours:
                yield from differences(ours[key], value, path + (key,))
        for key in ours.keys() - theirs.keys():
            yield f"{'.'.join(path + (key,))} is not theirs"
    elif ours != theirs:
        yield f"{'.'.join(path)}: {json.dumps(ours)[:200]}, theirs {json.dumps(theirs)[:200]}"


def check(name, text):
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        (folder / "serverless.yml").write_text(text)
        (folder / "app.py").write_text("def hello(event, context):\n    return 'hello'\n")
        names, theirs = package([ORACLE + "/serverless"], folder)
        subprocess.run(["rm", "-rf", folder / ".serverless"], check=True)
        our_names, ours = package([DRIFTLESS], folder)
        if names != our_names:
            yield f"files: {sorted(our_names)}, theirs {sorted(names)}"
        yield from differences(ours, theirs)
        if SECRET in json.dumps(ours):
            yield "a secret stands in the state"
        if name == "shared":
            assert SECRET in json.dumps(theirs), "the framework hides the value as well: nothing is shown by ours"


def main():
    if not os.path.exists(ORACLE + "/serverless"):
        print(f"no osls at {ORACLE}: sh config/setup oracle build/oracle")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    wrong = 0
    for name, text in SERVICES.items():
        for difference in check(name, text):
            print(f"{name}: {difference}")
            wrong += 1
    print(f"{len(SERVICES)} services packaged by both, {wrong} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
