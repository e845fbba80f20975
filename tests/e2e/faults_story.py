#!/usr/bin/env python3
"""AWS throttles (HTTP 400 Throttling) and drops connections, before and after the work was done: everything still gets there,
and nothing is done twice."""
from world import World, skip_without_peers, wait_for

SERVICE = """service: patient
provider: {name: aws, runtime: python3.12, timeout: 5}
functions:
  work: {handler: work.handler}
"""
STACK = "patient-dev"


def throttled(action, times, nth=1):
    return {"action": action, "nth": nth, "times": times, "status": 400, "code": "Throttling", "message": "Rate exceeded"}


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository

        def faults(*list_of_faults):
            aws.post("/_double/reset", {})
            aws.post("/_double/faults", list(list_of_faults))

        def deploy(seconds):
            repository.write("serverless.yml", SERVICE.replace("timeout: 5", f"timeout: {seconds}"))
            head = repository.push(f"{seconds} seconds")
            controller.wait_state("patient", "synced", revision=head)
            assert aws.function(f"{STACK}-work")["Timeout"] == seconds
            return aws.counts()

        repository.write("serverless.yml", SERVICE)
        repository.write("work.py", "def handler(event, context):\n    return 'ok'\n")
        head = repository.push("First")
        faults(throttled("CreateChangeSet", 2), throttled("DescribeStacks", 3), throttled("ExecuteChangeSet", 1))
        controller = world.run({"patient": {"stage": "dev", "drift": "{mode: correct, every: 1h}"}})
        controller.wait_state("patient", "synced", revision=head)
        assert aws.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"
        assert aws.counts()["cloudformation:CreateChangeSet"] == 3, aws.counts()

        # connections that close before anything was done
        faults(*({"action": action, "drop": True} for action in ("DescribeStacks", "CreateChangeSet", "ExecuteChangeSet")))
        deploy(6)

        # and after: the answer is lost, the work is done
        faults(*({"action": action, "dropAnswer": True} for action in ("CreateChangeSet", "ExecuteChangeSet", "PutObject")))
        repository.write("work.py", "def handler(event, context):\n    return 'fine'\n")
        deploy(7)
        changes = aws.cli("cloudformation", "list-change-sets", "--stack-name", STACK)["Summaries"]
        assert len(changes) <= 1, changes
        events = aws.cli("cloudformation", "describe-stack-events", "--stack-name", STACK)["StackEvents"]
        updates = [e for e in events if e["LogicalResourceId"] == STACK and e["ResourceStatus"] == "UPDATE_IN_PROGRESS"]
        assert len(updates) == 2, updates

        # answers that end in the middle
        faults({"action": "DescribeChangeSet", "truncate": 100}, {"action": "DescribeStacks", "truncate": 50})
        deploy(8)

        # drift is found and corrected through all of it
        aws.cli("lambda", "update-function-configuration", "--function-name", f"{STACK}-work", "--timeout", "29")
        faults(throttled("DetectStackDrift", 2), throttled("DescribeStackResourceDrifts", 2), throttled("CreateChangeSet", 2),
               {"action": "ExecuteChangeSet", "dropAnswer": True}, {"action": "DescribeStackDriftDetectionStatus", "drop": True})
        controller.drift_now("patient")
        wait_for("the timeout", lambda: aws.function(f"{STACK}-work")["Timeout"] == 8)
        controller.wait_state("patient", "synced")
        assert controller.stop() == 0

        # a look on schedule that cannot begin is tried again, and the next ones too
        faults({"action": "DetectStackDrift", "status": 503, "code": "ServiceUnavailable", "message": "gone", "times": 10})
        aws.cli("lambda", "update-function-configuration", "--function-name", f"{STACK}-work", "--timeout", "29")
        before = len(controller.log_since())
        controller = world.run({"patient": {"stage": "dev", "drift": "{mode: correct, every: 10s}"}})
        controller.wait_state("patient", "error")
        wait_for("the timeout", lambda: aws.function(f"{STACK}-work")["Timeout"] == 8)
        controller.wait_state("patient", "synced")
        assert aws.counts()["cloudformation:DetectStackDrift"] > 8, aws.counts()
        told = controller.log_since(before).count("not reconciled, trying again")
        assert told == 1, f"the same failure was told {told} times"
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
