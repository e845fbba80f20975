#!/usr/bin/env python3
"""The whole story: usage: story.py ministack|double [OPTION …]

create, change one of two, tamper (timeout, code, queue) and be corrected, a mistake, a refusal by AWS, revert, kill -9, remove.
Only what the cloud says through the AWS CLI counts."""
import sys
import urllib.request

from world import World, skip_without_peers, wait_for, zip_of

ORDERS, PIPELINE = "orders-production", "pipeline-production"
SETTINGS = {"stage": "production", "drift": "{mode: correct, every: 1h}"}


def get(url):
    return urllib.request.urlopen(url, timeout=10).read().decode()


def url_of(aws):
    api = aws.output(ORDERS, "ServiceEndpoint").split("//")[1].split(".")[0]
    return f"{aws.url}/_aws/execute-api/{api}/production/"


def create(world, controller):
    aws = world.aws
    head = world.repository.run("rev-parse", "HEAD")
    for name, stack in (("orders", ORDERS), ("pipeline", PIPELINE)):
        controller.wait_state(name, "synced", revision=head)
        assert aws.stack(stack)["StackStatus"] == "CREATE_COMPLETE", aws.stack(stack)
    assert aws.function(f"{ORDERS}-create")["Timeout"] == 6
    assert "ServiceEndpoint" in {o["OutputKey"] for o in aws.stack(ORDERS)["Outputs"]}
    if aws.kind == "ministack":
        assert "Orders, at your service" in wait_for("the API", lambda: get(url_of(aws)))


def change_one(world, controller):
    aws = world.aws
    untouched = aws.stack(PIPELINE)
    before = aws.function(f"{ORDERS}-hello")["CodeSha256"]
    world.repository.replace("services/orders/api.py", "Orders, at your service", "Orders, once more")
    head = world.repository.push("Another greeting")
    controller.wait_state("orders", "synced", revision=head)
    assert aws.stack(ORDERS)["StackStatus"] == "UPDATE_COMPLETE"
    assert aws.function(f"{ORDERS}-hello")["CodeSha256"] != before
    assert aws.stack(PIPELINE).get("LastUpdatedTime") == untouched.get("LastUpdatedTime")
    if aws.kind == "ministack":
        wait_for("the new greeting", lambda: "once more" in get(url_of(aws)))


def tamper(world, controller):
    aws = world.aws
    good = aws.function(f"{PIPELINE}-work")["CodeSha256"]
    swapped = zip_of(world.folder, "pipeline.py", "def work(event, context):\n    return 'not from git'\n")
    aws.cli("lambda", "update-function-configuration", "--function-name", f"{ORDERS}-create", "--timeout", "29")
    aws.cli("lambda", "update-function-code", "--function-name", f"{PIPELINE}-work", "--zip-file", f"fileb://{swapped}")
    queue = aws.cli("sqs", "get-queue-url", "--queue-name", f"{PIPELINE}-work")["QueueUrl"]
    aws.cli("sqs", "delete-queue", "--queue-url", queue)
    assert aws.function(f"{PIPELINE}-work")["CodeSha256"] != good
    for name in ("orders", "pipeline"):
        controller.drift_now(name)
    wait_for("the timeout", lambda: aws.function(f"{ORDERS}-create")["Timeout"] == 6)
    wait_for("the code", lambda: aws.function(f"{PIPELINE}-work")["CodeSha256"] == good)
    wait_for("the queue", lambda: aws.cli("sqs", "get-queue-url", "--queue-name", f"{PIPELINE}-work"))
    for name in ("orders", "pipeline"):
        controller.wait_state(name, "synced")
    log = controller.log_since()
    assert "Timeout: 29, expected 6" in log, log
    assert "WorkQueue (AWS::SQS::Queue) deleted" in log, log


def mistake(world, controller):
    aws = world.aws
    before = aws.stack(ORDERS)
    world.repository.replace("services/orders/serverless.yml", "\nfunctions:", "\nfunctons:")
    head = world.repository.push("A slip")
    service = controller.wait_state("orders", "invalid", revision=head)
    assert "services/orders/serverless.yml:" in service["message"] and "functons" in service["message"], service
    assert aws.stack(ORDERS).get("LastUpdatedTime") == before.get("LastUpdatedTime")
    controller.wait_state("orders", "synced", revision=world.repository.revert())


REFUSED = """    PartnerKey:
      Type: AWS::ApiGateway::ApiKey
      Properties:
        Value: too-short
"""


def refusal(world, controller):
    """MiniStack refuses an API key of under 20 characters; the double is told to refuse it."""
    aws = world.aws
    if aws.kind == "double":
        aws.post("/_double/faults", [{"resource": "AWS::ApiGateway::ApiKey", "operation": "CREATE",
                                      "fail": "API Key value should be at least 20 characters"}])
    good = aws.function(f"{ORDERS}-hello")["CodeSha256"]
    world.repository.replace("services/orders/serverless.yml", "  Outputs:\n", REFUSED + "  Outputs:\n")
    world.repository.replace("services/orders/api.py", "once more", "and then broken")
    head = world.repository.push("A key for our partner")
    service = controller.wait_state("orders", "failed", revision=head)
    assert "PartnerKey" in service["message"], service
    details = controller.api("/api/services/orders")["details"]
    assert "services/orders/serverless.yml:" in details, details
    assert aws.stack(ORDERS)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", aws.stack(ORDERS)
    assert aws.function(f"{ORDERS}-hello")["CodeSha256"] == good
    mark = len(controller.log_since())
    controller.wait_state("orders", "synced", revision=world.repository.revert())
    assert "uploaded" not in controller.log_since(mark)
    if aws.kind == "ministack":
        assert "once more" in get(url_of(aws))


def restart(world, controller):
    """kill -9 in the middle of a deploy, and SIGTERM: nothing is lost, nothing is done twice."""
    aws = world.aws
    world.repository.replace("services/orders/serverless.yml", "timeout: 6", "timeout: 7")
    head = world.repository.push("A longer timeout")
    wait_for("the deploy to begin", lambda: controller.service("orders")["state"] in ("deploying", "synced"))
    controller.kill()
    controller.start()
    controller.wait_state("orders", "synced", revision=head)
    assert aws.function(f"{ORDERS}-create")["Timeout"] == 7
    assert controller.stop() == 0
    controller.start()
    assert controller.service("orders")["state"] == "synced"
    history = controller.api("/api/services/orders/history")["deployments"]
    assert sum(1 for d in history if d["revision"] == head) == 1, history


def roll_back(world, controller):
    """driftless rollback goes back and stays there, until a newer commit comes."""
    aws = world.aws
    code, _, errors = controller.verb("rollback", "orders")
    assert code == 0, errors
    wait_for("the earlier timeout", lambda: aws.function(f"{ORDERS}-create")["Timeout"] == 6)
    controller.wait_state("orders", "synced")
    world.repository.replace("services/orders/serverless.yml", "timeout: 7", "timeout: 8")
    head = world.repository.push("Forward again")
    controller.wait_state("orders", "synced", revision=head)
    assert aws.function(f"{ORDERS}-create")["Timeout"] == 8


def remove(world, controller):
    aws = world.aws
    for name, stack in (("orders", ORDERS), ("pipeline", PIPELINE)):
        code, _, errors = controller.verb("remove", name, "--yes")
        assert code == 0, errors
        controller.wait_state(name, "removed")
        assert "does not exist" in (aws.refuses("cloudformation", "describe-stacks", "--stack-name", stack) or "")


def main():
    skip_without_peers()
    with World(*sys.argv[1:]) as world:
        for name in ("orders", "pipeline"):
            world.add_example(name)
        world.repository.push("Two services")
        controller = world.run({name: {"path": f"services/{name}", **SETTINGS} for name in ("orders", "pipeline")})
        for chapter in (create, change_one, tamper, mistake, refusal, restart, roll_back, remove):
            chapter(world, controller)
            print(f"{chapter.__name__}: ok", flush=True)
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
