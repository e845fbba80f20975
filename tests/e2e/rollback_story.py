#!/usr/bin/env python3
"""An update fails and its rollback fails too: the rollback is continued, the first cause is told, the next commit deploys."""
from world import World, skip_without_peers, wait_for

SERVICE = """service: shaky
provider: {name: aws, runtime: python3.12, timeout: 5}
functions:
  work: {handler: work.handler}
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: shaky-jobs, VisibilityTimeout: 30}}
    Late:
      Type: AWS::SQS::Queue
      DependsOn: Jobs
      Properties: {QueueName: shaky-late, VisibilityTimeout: 30}
"""
STACK = "shaky-dev"


def faults(aws, times):
    """The second queue is refused; then the first cannot go back, `times` times."""
    aws.post("/_double/faults", [
        {"resource": "AWS::SQS::Queue", "logicalId": "Late", "operation": "UPDATE", "fail": "the late queue is refused"},
        {"resource": "AWS::SQS::Queue", "logicalId": "Jobs", "operation": "ROLLBACK_UPDATE", "times": times,
         "fail": "the first queue cannot go back"},
    ])


def break_it(world, times, seconds):
    faults(world.aws, times)
    world.repository.write("serverless.yml", SERVICE.replace("VisibilityTimeout: 30", f"VisibilityTimeout: {seconds}"))
    return world.repository.push(f"{seconds} seconds")


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository
        repository.write("serverless.yml", SERVICE)
        repository.write("work.py", "def handler(event, context):\n    return 'ok'\n")
        first = repository.push("Two queues")
        controller = world.run({"shaky": {"stage": "dev", "drift": "{mode: off}"}})
        controller.wait_state("shaky", "synced", revision=first)

        head = break_it(world, 2, 40)
        service = controller.wait_state("shaky", "failed", revision=head)
        wait_for("the rollback's end", lambda: aws.stack(STACK)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE")
        service = controller.wait_state("shaky", "failed", revision=head)
        assert "Late" in service["message"] and "the late queue is refused" in service["message"], service
        assert aws.counts()["cloudformation:ContinueUpdateRollback"] == 2, aws.counts()
        events = aws.cli("cloudformation", "describe-stack-events", "--stack-name", STACK)["StackEvents"]
        assert "UPDATE_ROLLBACK_FAILED" in {e["ResourceStatus"] for e in events}

        repository.write("serverless.yml", SERVICE.replace("VisibilityTimeout: 30", "VisibilityTimeout: 50"))
        head = repository.push("50 seconds")
        controller.wait_state("shaky", "synced", revision=head)
        assert aws.stack(STACK)["StackStatus"] == "UPDATE_COMPLETE"

        # kill -9 while the rollback is stuck: the next life continues it
        head = break_it(world, 2, 60)
        wait_for("a failed rollback", lambda: aws.counts()["cloudformation:ContinueUpdateRollback"] > 2)
        controller.kill()
        controller.start()
        wait_for("the rollback's end", lambda: aws.stack(STACK)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE")
        service = controller.wait_state("shaky", "failed", revision=head)
        assert "the late queue is refused" in service["message"], service
        controller.wait_state("shaky", "synced", revision=repository.revert())
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
