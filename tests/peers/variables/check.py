#!/usr/bin/env python3
"""Holds the values of variables against osls 4: expressions at random (expressions.py), AWS's sources on MiniStack.

usage: check.py DRIFTLESS OSLS [SEED [COUNT]]

Both read one service with all expressions. Those that one of the two refuses have to be refused by the other, too; they are
taken out, and the values of the rest compared. Exit status 77: a peer is missing."""
import json
import os
from pathlib import Path
import re
import subprocess
import sys
import tempfile

HERE = Path(__file__).resolve().parent
os.environ.setdefault("DRIFTLESS", sys.argv[1] if len(sys.argv) > 1 else "driftless")
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "e2e")]
import expressions  # noqa: E402
import world  # noqa: E402

NEAR, FAR = "us-east-1", "eu-west-1"
HEAD = f"""service: vars
provider: {{name: aws, region: {NEAR}}}
params:
  dev: {{staged: of-dev, variable: '${{self:custom.data.number}}'}}
  prod: {{staged: '${{env:NEVER}}'}}
  default: {{shared: [1, 2], staged: hidden}}
custom:
  data:
{expressions.DATA}resources:
  Resources:
    Topic:
      Type: AWS::SNS::Topic
      Metadata:
"""


def write(folder, chosen):
    lines = [f"        c{number}: {json.dumps(text)}" for number, text in chosen.items()]
    Path(folder, "serverless.yml").write_text(HEAD + "\n".join(lines) + "\n")
    return {HEAD.count("\n") + 1 + at: number for at, number in enumerate(chosen)}


def run(command, folder, environment):
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def metadata(got):
    printed = json.loads(got.stdout)
    return printed.get("resources", printed)["Resources"]["Topic"]["Metadata"]


def ask_osls(osls, folder, environment, chosen, arguments):
    """(values, errors) by number; errors come in rounds: syntax, first pass, second pass."""
    left, errors = dict(chosen), {}
    while True:
        write(folder, left)
        got = run([osls, "print", "--format", "json", *arguments], folder, environment)
        if got.returncode == 0:
            return metadata(got), errors
        found = re.findall(r' at "resources\.Resources\.Topic\.Metadata\.c(\d+)[^"]*": (.*)', got.stdout + got.stderr)
        if not found:
            raise AssertionError(f"osls: {got.stdout}{got.stderr}")
        for number, message in found:
            errors[int(number)] = message
            left.pop(int(number), None)


def ask_driftless(driftless, folder, environment, chosen, arguments):
    left, errors = dict(chosen), {}
    while True:
        lines = write(folder, left)
        got = run([driftless, "compile", *arguments], folder, environment)
        if got.returncode == 0:
            return metadata(got), errors
        found = re.findall(r"^[^ :]*serverless\.yml:(\d+):\d+: error: (.*)", got.stderr, flags=re.M)
        numbers = {lines[int(line)]: message for line, message in found if int(line) in lines}
        if not numbers:
            raise AssertionError(f"driftless: {got.stderr}")
        errors.update(numbers)
        for number in numbers:
            left.pop(number, None)


def prepare(aws):
    def put(name, kind, value, region=NEAR):
        aws.cli("ssm", "put-parameter", "--name", name, "--type", kind, "--value", value, "--region", region)

    put("/app/name", "String", "near")
    put("/app/name", "String", "far", FAR)
    put("/app/list", "StringList", "a,b,,c")
    put("/app/secret", "SecureString", "pa$$word")
    put("/app/json", "SecureString", '{"user": "u", "port": 5432, "tags": ["x"]}')
    put("/app/broken", "SecureString", "{not json")
    put("/app/plain-json", "String", '{"a": 1}')
    aws.cli("s3api", "create-bucket", "--bucket", "cfg")
    for key, text in {"text.txt": "body\nof text", "dir/data.json": '{"k": 1}'}.items():
        path = os.path.join(aws.folder, "object")
        Path(path).write_text(text)
        aws.cli("s3api", "put-object", "--bucket", "cfg", "--key", key, "--body", path)
    for region in (NEAR, FAR):
        template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
                    "Outputs": {"VpcId": {"Value": f"vpc-{region}"}}}
        aws.cli("cloudformation", "create-stack", "--stack-name", "net-dev", "--region", region, "--template-body", json.dumps(template))
        world.wait_for("the stack", lambda region=region: aws.cli("cloudformation", "describe-stacks", "--stack-name", "net-dev", "--region", region)
                       ["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")


def compare(chosen, theirs, ours):
    (values, refused), (our_values, our_refused) = theirs, ours
    for number, text in chosen.items():
        shown = json.dumps(text)
        if (number in refused) != (number in our_refused):
            yield f"{shown}: osls {refused.get(number) or json.dumps(values.get(f'c{number}'))}; " \
                  f"Driftless {our_refused.get(number) or json.dumps(our_values.get(f'c{number}'))}"
        elif number not in refused and values.get(f"c{number}") != our_values.get(f"c{number}"):
            yield f"{shown}: {json.dumps(our_values.get(f'c{number}'))} instead of {json.dumps(values.get(f'c{number}'))}"


def main():
    driftless, osls, *more = sys.argv[1:]
    seed, count = map(int, more or ("1", "400"))
    world.skip_without_peers()
    if not os.path.exists(osls):
        print(f"no osls at {osls}: sh config/setup oracle build/oracle")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    generator = expressions.Expressions(seed, aws=True)
    chosen = {number: generator.expression() for number in range(count)}
    arguments = ["--stage", "dev", "--region", NEAR] + [word for key, value in expressions.PARAMS.items() for word in ("--param", f"{key}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in expressions.FILES.items():
            Path(folder, name).parent.mkdir(exist_ok=True)
            Path(folder, name).write_text(text)
        aws = world.Aws("ministack", folder)
        aws.folder = folder
        try:
            prepare(aws)
            environment = {**aws.environment, **expressions.ENVIRONMENT, "SLS_TELEMETRY_DISABLED": "1"}
            theirs = ask_osls(osls, folder, environment, chosen, arguments)
            ours = ask_driftless(driftless, folder, environment, chosen, arguments)
        finally:
            aws.stop()
    wrong = list(compare(chosen, theirs, ours))
    print(*wrong, sep="\n")
    print(f"{count - len(wrong)} of {count} expressions (seed {seed}) have osls's value, or are refused by both ({len(theirs[1])})")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
