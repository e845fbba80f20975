#!/usr/bin/env python3
"""What vanishes from git or from driftless.yml is told, never deleted: its stack stays until a person removes it."""
import shutil

from world import World, skip_without_peers, wait_for

SERVICE = """service: NAME
provider: {name: aws, runtime: python3.12}
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: NAME-jobs, VisibilityTimeout: 30}}
"""


def settings(name):
    return {"stage": "dev", "path": f"services/{name}", "drift": "{mode: correct, every: 1h}"}


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository
        for name in ("kept", "moved"):
            repository.write(f"services/{name}/serverless.yml", SERVICE.replace("NAME", name))
        first = repository.push("Two services")
        controller = world.run({name: settings(name) for name in ("kept", "moved")})
        for name in ("kept", "moved"):
            controller.wait_state(name, "synced", revision=first)

        # the folder goes away, and comes back
        shutil.rmtree(repository.path("services", "moved"))
        repository.push("One of them is gone")
        service = controller.wait_state("moved", "orphaned")
        assert "moved-dev" in service["message"] and "driftless remove moved" in service["message"], service
        assert aws.stack("moved-dev")["StackStatus"] == "CREATE_COMPLETE"
        assert controller.service("kept")["state"] == "synced"
        assert controller.stop() == 0
        controller.start()
        assert controller.wait_state("moved", "orphaned")["message"] == service["message"]
        repository.write("services/moved/serverless.yml", SERVICE.replace("NAME", "moved").replace("30", "40"))
        controller.wait_state("moved", "synced", revision=repository.push("It is back"))
        assert aws.stack("moved-dev")["StackStatus"] == "UPDATE_COMPLETE"

        # the service is no longer declared, and is declared again
        assert controller.stop() == 0
        controller = world.run({"kept": settings("kept")})
        service = controller.wait_state("moved", "orphaned")
        assert "no longer declared" in service["message"] and "moved-dev" in service["message"], service
        assert aws.stack("moved-dev")["StackStatus"] == "UPDATE_COMPLETE"
        code, status, errors = controller.verb("status")
        assert "orphaned" in status, (code, status, errors)
        code, _, errors = controller.verb("plan", "moved")
        assert code != 0 and "moved" in errors, errors
        assert controller.stop() == 0
        controller = world.run({name: settings(name) for name in ("kept", "moved")})
        controller.wait_state("moved", "synced")
        stack = aws.stack("moved-dev")
        assert stack["StackStatus"] == "UPDATE_COMPLETE"

        # orphaned by git, it can be removed
        shutil.rmtree(repository.path("services", "moved"))
        repository.push("Gone for good")
        controller.wait_state("moved", "orphaned")
        code, _, errors = controller.verb("remove", "moved", "--yes")
        assert code == 0, errors
        controller.wait_state("moved", "removed")
        assert "does not exist" in (aws.refuses("cloudformation", "describe-stacks", "--stack-name", "moved-dev") or "")
        assert aws.stack("kept-dev")["StackStatus"] == "CREATE_COMPLETE"
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
