#!/usr/bin/env python3
"""Verbs on a folder, without a controller: deploy, code swapped by hand and found, a folder that is ahead of its stack."""
import subprocess

from world import DRIFTLESS, World, skip_without_peers, zip_of

STACK = "pipeline-production"


def main():
    skip_without_peers()
    with World("double") as world:
        aws = world.aws
        world.add_example("pipeline")
        folder = world.repository.path("services", "pipeline")

        def verb(name, *words):
            run = subprocess.run([DRIFTLESS, name, folder, "--stage", "production", "--region", "us-east-1", *words],
                                 env=aws.environment, capture_output=True, check=False, cwd=world.folder)
            return run.returncode, run.stdout.decode(), run.stderr.decode()

        code, _, errors = verb("deploy", "--yes")
        assert code == 0, errors
        assert aws.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"
        code, found, errors = verb("drift")
        assert (code, errors) == (0, ""), (code, found, errors)

        swapped = zip_of(world.folder, "pipeline.py", "def work(event, context):\n    return 'not from here'\n")
        aws.cli("lambda", "update-function-code", "--function-name", f"{STACK}-work", "--zip-file", f"fileb://{swapped}")
        code, found, errors = verb("drift")
        assert code == 3 and "WorkLambdaFunction (AWS::Lambda::Function) runs other code" in found, (code, found, errors)
        assert "IngestLambdaFunction" not in found, found

        good = world.repository.path("services", "pipeline", "pipeline.py")
        with open(good, "a", encoding="utf-8") as file:
            file.write("\n# not deployed yet\n")
        _, after, errors = verb("drift")
        assert after == found, f"what is not deployed yet is no drift: {after}{errors}"
        code, plan, errors = verb("plan")
        assert code == 3, (plan, errors)
        code, _, errors = verb("deploy", "--yes")
        assert code == 0, errors
        code, found, errors = verb("drift")
        assert code == 0, (found, errors)
        code, _, errors = verb("remove", "--yes")
        assert code == 0, errors
        assert "does not exist" in (aws.refuses("cloudformation", "describe-stacks", "--stack-name", STACK) or "")


if __name__ == "__main__":
    main()
