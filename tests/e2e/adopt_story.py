#!/usr/bin/env python3
"""A stack that somebody made by other means is left alone until a person hands it over; what it holds stays."""
import json

from world import World, skip_without_peers, wait_for

SERVICE = """service: legacy
provider: {name: aws, runtime: python3.12}
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: legacy-jobs, VisibilityTimeout: 45}}
    Orders:
      Type: AWS::DynamoDB::Table
      Properties:
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
        KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
THEIRS = {"Resources": {
    "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "legacy-jobs", "VisibilityTimeout": 30}},
    "Orders": {"Type": "AWS::DynamoDB::Table", "Properties": {
        "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}}}}
STACK = "legacy-dev"


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository
        aws.cli("cloudformation", "create-stack", "--stack-name", STACK, "--template-body", json.dumps(THEIRS))
        wait_for("their stack", lambda: aws.stack(STACK)["StackStatus"] == "CREATE_COMPLETE")
        table = aws.cli("cloudformation", "describe-stack-resource", "--stack-name", STACK, "--logical-resource-id", "Orders")
        queue = aws.cli("sqs", "get-queue-url", "--queue-name", "legacy-jobs")["QueueUrl"]

        def timeout():
            got = aws.cli("sqs", "get-queue-attributes", "--queue-url", queue, "--attribute-names", "VisibilityTimeout")
            return int(got["Attributes"]["VisibilityTimeout"])

        repository.write("serverless.yml", SERVICE)
        head = repository.push("What the stack should be")
        controller = world.run({"legacy": {"stage": "dev", "drift": "{mode: correct, every: 1h}"}})
        service = controller.wait_state("legacy", "held", revision=head)
        assert "driftless adopt" in service["message"] and not service["waitsForApproval"], service
        code, plan, errors = controller.verb("plan", "legacy")
        assert code == 3 and "VisibilityTimeout" in plan and "Orders" not in plan, (plan, errors)

        # neither a commit, nor drift, nor removing touches what is not ours
        controller.drift_now("legacy")
        controller.api("/api/services/legacy/remove", "POST")
        wait_for("removing to be refused", lambda: "not made by Driftless" in (controller.service("legacy")["message"] or ""))
        repository.write("README", "nothing\n")
        repository.push("Nothing of the service")
        assert timeout() == 30 and aws.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"

        # what would change is shown, and nothing is done before somebody agrees
        code, _, errors = controller.verb("adopt", "legacy")
        assert code == 2 and "VisibilityTimeout: 30 → 45" in errors and "--yes" in errors, (code, errors)
        assert controller.service("legacy")["state"] != "synced" and timeout() == 30
        code, _, errors = controller.verb("adopt", "legacy", "--yes")
        assert code == 0 and "VisibilityTimeout: 30 → 45" in errors, (code, errors)
        controller.wait_state("legacy", "synced", revision=head)
        assert timeout() == 45 and aws.stack(STACK)["StackStatus"] == "UPDATE_COMPLETE"
        after = aws.cli("cloudformation", "describe-stack-resource", "--stack-name", STACK, "--logical-resource-id", "Orders")
        assert after["StackResourceDetail"]["PhysicalResourceId"] == table["StackResourceDetail"]["PhysicalResourceId"]

        # it is ours from now on: the next commit goes out by itself, and after a restart too
        assert controller.stop() == 0
        controller.start()
        repository.replace("serverless.yml", "VisibilityTimeout: 45", "VisibilityTimeout: 50")
        controller.wait_state("legacy", "synced", revision=repository.push("Longer"))
        assert timeout() == 50
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
