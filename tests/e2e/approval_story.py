#!/usr/bin/env python3
"""A commit that replaces a table is held, its plan tells what would be lost, and approval lets it go ahead; a newer commit
takes its place. A correction that is held is made as soon as it is approved."""
from world import World, skip_without_peers, wait_for

SERVICE = """service: shop
provider: {name: aws, runtime: python3.12}
functions:
  work: {handler: work.handler}
resources:
  Resources:
    Orders:
      Type: AWS::DynamoDB::Table
      Properties:
        BillingMode: PAY_PER_REQUEST
        AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
        KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
STACK = "shop-dev"


def table(aws):
    resource = aws.cli("cloudformation", "describe-stack-resource", "--stack-name", STACK, "--logical-resource-id", "Orders")
    return resource["StackResourceDetail"]["PhysicalResourceId"]


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository
        repository.write("serverless.yml", SERVICE)
        repository.write("work.py", "def handler(event, context):\n    return 'ok'\n")
        first = repository.push("A table")
        controller = world.run({"shop": {"stage": "dev", "drift": "{mode: off}"}})
        controller.wait_state("shop", "synced", revision=first)
        before = table(aws)
        code, _, errors = controller.verb("approve", "shop")
        assert code == 1 and "nothing of shop waits for approval" in errors, errors

        repository.write("serverless.yml", SERVICE.replace("AttributeName: id", "AttributeName: number"))
        head = repository.push("Orders have numbers")
        service = controller.wait_state("shop", "held", revision=head)
        assert "driftless approve shop" in service["message"] and service["waitsForApproval"], service
        code, plan, errors = controller.verb("plan", "shop")
        assert code == 3, (plan, errors)
        assert "Orders" in plan and "replace" in plan and "KeySchema" in plan, plan
        assert "data" in plan, f"the plan does not tell of the data: {plan}"
        assert table(aws) == before and aws.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"

        # held over a restart, and without a change set more
        made = aws.counts()["cloudformation:CreateChangeSet"]
        assert controller.stop() == 0
        controller.start()
        service = controller.wait_state("shop", "held", revision=head)
        assert service["waitsForApproval"], service
        assert aws.counts()["cloudformation:CreateChangeSet"] == made

        # another commit is another request: the approval that comes is for it alone
        repository.write("serverless.yml", SERVICE.replace("AttributeName: id", "AttributeName: ticket"))
        head = repository.push("Orders have tickets")
        controller.wait_state("shop", "held", revision=head)
        assert table(aws) == before
        code, _, errors = controller.verb("approve", "shop")
        assert code == 0, errors
        controller.wait_state("shop", "synced", revision=head)
        assert table(aws) != before
        keys = aws.cli("cloudcontrol", "get-resource", "--type-name", "AWS::DynamoDB::Table", "--identifier", table(aws))
        assert "ticket" in keys["ResourceDescription"]["Properties"], keys
        history = controller.api("/api/services/shop/history")["deployments"]
        assert [d["outcome"] for d in history] == ["deployed", "superseded", "deployed"], history
        assert controller.stop() == 0

        # deleted by hand: made again, empty, only when somebody says so, and then without waiting for the next look
        controller = world.run({"shop": {"stage": "dev", "drift": "{mode: correct, every: 1h}"}})
        controller.wait_state("shop", "synced", revision=head)
        gone = table(aws)
        aws.cli("cloudcontrol", "delete-resource", "--type-name", "AWS::DynamoDB::Table", "--identifier", gone)
        controller.drift_now("shop")
        service = controller.wait_state("shop", "held")
        assert "was deleted with its data" in service["message"] and service["waitsForApproval"], service
        controller.drift_now("shop")
        wait_for("another look", lambda: controller.service("shop")["driftCheckedAt"] > service["driftCheckedAt"])
        for words in ("changed by hand", "drift is not corrected"):
            told = controller.log_since().count(words)
            assert told == 1, f"{words!r} is told {told} times"
        code, _, errors = controller.verb("approve", "shop")
        assert code == 0, errors
        wait_for("the correction", lambda: controller.api("/api/services/shop/history")["deployments"][0]["outcome"] == "corrected")
        controller.wait_state("shop", "synced", revision=head)
        assert aws.cli("cloudcontrol", "get-resource", "--type-name", "AWS::DynamoDB::Table", "--identifier", table(aws))
        assert controller.stop() == 0

        # nor does that approval stand for the next time; and who puts it back by hand needs to tell nobody
        controller = world.run({"shop": {"stage": "dev", "drift": "{mode: correct, every: 10s}"}})
        controller.wait_state("shop", "synced", revision=head)
        gone = table(aws)
        kept = aws.cli("cloudcontrol", "get-resource", "--type-name", "AWS::DynamoDB::Table", "--identifier", gone)
        aws.cli("cloudcontrol", "delete-resource", "--type-name", "AWS::DynamoDB::Table", "--identifier", gone)
        controller.drift_now("shop")
        service = controller.wait_state("shop", "held")
        assert "was deleted with its data" in service["message"] and service["waitsForApproval"], service
        aws.cli("cloudcontrol", "create-resource", "--type-name", "AWS::DynamoDB::Table", "--desired-state",
                kept["ResourceDescription"]["Properties"])
        service = controller.wait_state("shop", "synced")
        assert not service["findings"], service
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
