#!/usr/bin/env python3
"""Verbs on a folder, without a controller: deploy, code swapped by hand and found, a folder that is ahead of its stack."""
import os
import pathlib
import signal
import subprocess

from world import DRIFTLESS, World, skip_without_peers, zip_of

STACK = "pipeline-production"


def region_is_chosen(world, folder):
    """--region, then the file's own, then the caller's environment, as people who work in several regions need it."""
    environment = {**world.aws.environment, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    file = pathlib.Path(folder, "serverless.yml")
    written = file.read_text(encoding="utf-8")

    def planned(*words):
        run = subprocess.run([DRIFTLESS, "plan", folder, "--stage", "production", *words], env=environment,
                             capture_output=True, check=False, cwd=world.folder)
        assert run.returncode == 3, run.stderr.decode()
        return run.stdout.decode().splitlines()[0]

    assert f"stack {STACK} in eu-west-1:" in planned(), planned()
    file.write_text(written.replace("  name: aws\n", "  name: aws\n  region: eu-central-1\n"), encoding="utf-8")
    assert f"stack {STACK} in eu-central-1:" in planned(), planned()
    assert f"stack {STACK} in us-west-2:" in planned("--region", "us-west-2")
    file.write_text(written, encoding="utf-8")


def a_sam_template_goes_out_with_its_code(world):
    """Nobody names a bucket: code of a template goes to the account's, as that of a serverless.yml does."""
    folder = pathlib.Path(world.folder, "sam")
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("def main(event, context):\n    return 1\n", encoding="utf-8")
    (folder / "template.yaml").write_text("""
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
  Work:
    Type: AWS::Lambda::Function
    Properties: {Code: src, Handler: app.main, Runtime: python3.12, Role: !GetAtt Role.Arn}
""", encoding="utf-8")
    for verb in (("deploy", "--yes"), ("verify",), ("remove", "--yes")):
        run = subprocess.run([DRIFTLESS, verb[0], str(folder), "--region", "us-east-1", *verb[1:]], env=world.aws.environment,
                             capture_output=True, check=False, text=True)
        assert run.returncode == 0, (verb, run.stdout, run.stderr)


def tells_every_step_once(errors, *steps):
    for step in steps:
        assert errors.count(step) == 1, f"{step!r} is told {errors.count(step)} times:\n{errors}"


def an_interrupted_deploy_is_taken_up():
    """Ctrl-C leaves nothing behind on this machine, says that AWS goes on, and the same command ends well."""
    with World("double", "--resource-time-ms", "1000") as world:
        world.add_example("pipeline")
        words = [DRIFTLESS, "deploy", world.repository.path("services", "pipeline"), "--region", "us-east-1", "--yes"]
        temporary = os.path.join(world.folder, "tmp")
        os.mkdir(temporary)
        environment = {**world.aws.environment, "TMPDIR": temporary}
        with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as deploy:
            while "executing" not in deploy.stderr.readline():
                assert deploy.poll() is None
            deploy.send_signal(signal.SIGINT)
            _, errors = deploy.communicate(timeout=60)
        assert deploy.returncode == 1 and "the same command again takes up" in errors, (deploy.returncode, errors)
        assert os.listdir(temporary) == [], os.listdir(temporary)
        again = subprocess.run(words, env=environment, capture_output=True, check=False, text=True)
        assert again.returncode == 0, again.stderr
        assert world.aws.stack("pipeline-dev")["StackStatus"] == "CREATE_COMPLETE"


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

        region_is_chosen(world, folder)
        a_sam_template_goes_out_with_its_code(world)
        code, _, errors = verb("deploy", "--yes")
        assert code == 0, errors
        assert aws.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"
        tells_every_step_once(errors, "change set", "executing", "deployed")
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
        aws.cli("cloudformation", "create-stack", "--stack-name", STACK, "--template-body",
                '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
        code, _, errors = verb("deploy")
        assert code == 1, errors
        tells_every_step_once(errors, "held", "not made by Driftless")
        aws.cli("cloudformation", "delete-stack", "--stack-name", STACK)
        assert "does not exist" in (aws.refuses("cloudformation", "describe-stacks", "--stack-name", STACK) or "")


if __name__ == "__main__":
    main()
    an_interrupted_deploy_is_taken_up()
