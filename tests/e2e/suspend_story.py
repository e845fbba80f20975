#!/usr/bin/env python3
"""A suspended service is left alone: no commit, no drift, over a restart too; resumed, it goes to the newest commit."""
from world import World, skip_without_peers, wait_for

SERVICE = """service: resting
provider: {name: aws, runtime: python3.12}
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: resting-jobs, VisibilityTimeout: 30}}
"""
STACK = "resting-dev"


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository

        def deploy(seconds):
            repository.write("serverless.yml", SERVICE.replace("30", str(seconds)))
            return repository.push(f"{seconds} seconds")

        def timeout():
            url = aws.cli("sqs", "get-queue-url", "--queue-name", "resting-jobs")["QueueUrl"]
            got = aws.cli("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "VisibilityTimeout")
            return int(got["Attributes"]["VisibilityTimeout"])

        def by_hand(seconds):
            url = aws.cli("sqs", "get-queue-url", "--queue-name", "resting-jobs")["QueueUrl"]
            aws.cli("sqs", "set-queue-attributes", "--queue-url", url, "--attributes", f"VisibilityTimeout={seconds}")

        # a second service shows that the controller has seen what the first one passes over
        repository.write("other/serverless.yml", SERVICE.replace("resting", "working"))
        head = deploy(30)
        settings = {"stage": "dev", "drift": "{mode: correct, every: 1h}"}
        declared = {"resting": settings, "working": {**settings, "path": "other"}}
        controller = world.run(declared)
        for name in declared:
            controller.wait_state(name, "synced", revision=head)

        def seen():
            repository.write("other/serverless.yml", SERVICE.replace("resting", "working") + f"# {aws.counts().total()}\n")
            controller.wait_state("working", "synced", revision=repository.push("Something else"))

        code, _, errors = controller.verb("suspend", "resting")
        assert code == 0, errors
        service = controller.wait_state("resting", "suspended")
        assert "driftless resume" in service["message"], service
        deploy(40)
        seen()
        by_hand(99)
        controller.drift_now("resting")
        seen()
        assert controller.stop() == 0
        controller.start()
        seen()
        assert timeout() == 99 and controller.service("resting")["state"] == "suspended", controller.service("resting")

        head = deploy(50)
        code, _, errors = controller.verb("resume", "resting")
        assert code == 0, errors
        controller.wait_state("resting", "synced", revision=head)
        wait_for("the newest commit", lambda: timeout() == 50)

        # resumed without a new commit it goes on as well
        controller.verb("suspend", "resting")
        controller.wait_state("resting", "suspended")
        by_hand(98)
        controller.verb("resume", "resting")
        controller.wait_state("resting", "synced")
        controller.drift_now("resting")
        wait_for("the correction", lambda: timeout() == 50)
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
