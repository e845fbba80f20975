#!/usr/bin/env python3
"""Create, update, remove on moto, a second AWS that nobody here wrote."""
from world import World, skip_without_peers

SERVICE = """service: second
provider:
  name: aws
  runtime: python3.12
  timeout: 5
functions:
  work:
    handler: work.handler
    events:
      - sqs: {arn: !GetAtt WorkQueue.Arn}
resources:
  Resources:
    WorkQueue:
      Type: AWS::SQS::Queue
      Properties: {VisibilityTimeout: 60}
"""


def main():
    skip_without_peers()
    with World("moto") as world:
        aws, repository = world.aws, world.repository
        repository.write("serverless.yml", SERVICE)
        repository.write("work.py", "def handler(event, context):\n    return 'ok'\n")
        head = repository.push("A worker")
        controller = world.run({"second": {"stage": "dev", "drift": "{mode: off}"}})
        controller.wait_state("second", "synced", revision=head)
        assert aws.stack("second-dev")["StackStatus"] == "CREATE_COMPLETE"
        assert aws.function("second-dev-work")["Timeout"] == 5
        repository.replace("serverless.yml", "timeout: 5", "timeout: 7")
        controller.wait_state("second", "synced", revision=repository.push("A longer timeout"))
        assert aws.stack("second-dev")["StackStatus"] == "UPDATE_COMPLETE"
        assert aws.function("second-dev-work")["Timeout"] == 7
        code, _, errors = controller.verb("remove", "second", "--yes")
        assert code == 0, errors
        controller.wait_state("second", "removed")
        assert "does not exist" in (aws.refuses("cloudformation", "describe-stacks", "--stack-name", "second-dev") or "")
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
