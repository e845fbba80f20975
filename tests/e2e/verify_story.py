#!/usr/bin/env python3
"""What runs is what the commit gives, and is told when somebody gives a function other code."""
import json
import os
import subprocess
import sys

from world import DRIFTLESS, World, skip_without_peers, zip_of

STACK = "mixed-dev"
SERVICE = """service: mixed
provider: {name: aws, runtime: python3.12}
package: {individually: true, patterns: ['!**']}
functions:
  first: {handler: first.handler, package: {patterns: [first.py]}}
  second: {handler: second.handler, package: {patterns: [second.py]}}
resources:
  Resources:
    Inline:
      Type: AWS::Lambda::Function
      Properties:
        Runtime: python3.12
        Handler: index.handler
        Role: !GetAtt IamRoleLambdaExecution.Arn
        Code: {ZipFile: "def handler(event, context): pass\\n"}
"""


def main(backend):
    skip_without_peers()
    with World(backend) as world:
        aws, repository = world.aws, world.repository
        folder = repository.path("services", "mixed")
        repository.write("services/mixed/serverless.yml", SERVICE)
        for name in ("first", "second"):
            repository.write(f"services/mixed/{name}.py", f"def handler(event, context):\n    return '{name}'\n")
        head = repository.push("Two functions")
        controller = world.run({"mixed": {"stage": "dev", "path": "services/mixed", "drift": "{mode: 'off'}"}})
        controller.wait_state("mixed", "synced", revision=head)

        def of_folder(*words):
            run = subprocess.run([DRIFTLESS, "verify", folder, "--stage", "dev", "--region", "us-east-1", *words],
                                 env=aws.environment, capture_output=True, check=False, cwd=world.folder)
            return run.returncode, run.stdout.decode(), run.stderr.decode()

        def verdicts(answer):
            return {f["logicalId"]: f["verdict"] for f in json.loads(answer[1])["functions"]}

        good = {"FirstLambdaFunction": "equal", "SecondLambdaFunction": "equal", "Inline": "cannot be told"}
        ways = {"the service": lambda *words: controller.verb("verify", "mixed", *words),
                "its stack": lambda *words: controller.verb("verify", STACK, *words),
                "its folder": of_folder}
        for name, verify in ways.items():
            answer = verify("--json")
            assert answer[0] == 0 and verdicts(answer) == good, (name, answer)
        code, said, errors = controller.verb("verify", "mixed")
        assert code == 0 and f"stack {STACK} at {head[:7]}: 2 equal, 0 differ, 1 cannot be told" in said, (said, errors)

        # somebody gives one function other code, by hand
        swapped = zip_of(world.folder, "second.py", "def handler(event, context):\n    return 'not from here'\n")
        live = aws.cli("lambda", "update-function-code", "--function-name", f"{STACK}-second", "--zip-file", f"fileb://{swapped}")
        for name, verify in ways.items():
            answer = verify("--json")
            assert answer[0] == 3 and verdicts(answer) == dict(good, SecondLambdaFunction="differs"), (name, answer)
        code, said, errors = controller.verb("verify", "mixed")
        assert code == 3 and "SecondLambdaFunction" in said and live["CodeSha256"] in said, (said, errors)

        # a folder that is ahead of its stack is told as well; the commit's own word stays
        with open(os.path.join(folder, "first.py"), "a", encoding="utf-8") as file:
            file.write("# not deployed\n")
        answer = of_folder("--json")
        assert answer[0] == 3 and verdicts(answer)["FirstLambdaFunction"] == "differs", answer
        answer = controller.verb("verify", "mixed", "--json")
        assert verdicts(answer)["FirstLambdaFunction"] == "equal", answer
        code, _, errors = controller.verb("verify", "nobody")
        assert code == 1 and "no service is called" in errors, errors
        assert controller.stop() == 0


if __name__ == "__main__":
    main(sys.argv[1])
