#!/usr/bin/env python3
"""Settings of a REST API's stage, which no template carries: a commit that changes them alone waits for approval where every
change does; what somebody changes by hand is found and put right, and a stage that somebody deleted comes back."""
import subprocess
import sys

from world import DRIFTLESS, World, skip_without_peers, wait_for

SERVICE = """service: stage
provider:
  name: aws
  runtime: python3.12
  tracing: {apiGateway: true}
  logs: {restApi: {level: ERROR, roleManagedExternally: true}}
functions:
  work:
    handler: work.handler
    events:
      - http: GET /orders
"""


def main():
    skip_without_peers()
    with World(sys.argv[1]) as world:
        aws, repository = world.aws, world.repository
        repository.write("serverless.yml", SERVICE)
        repository.write("work.py", "def handler(event, context):\n    return {'statusCode': 200}\n")
        head = repository.push("A stage with logs and tracing")
        settings = {"stage": "dev", "drift": "{mode: correct, every: 1h}", "approve": "always"}
        controller = world.run({"stage": settings})

        def approve(revision):
            code, _, errors = controller.verb("approve", "stage")
            assert code == 0, errors
            controller.wait_state("stage", "synced", revision=revision)

        def where():
            api = aws.cli("cloudformation", "describe-stack-resources", "--stack-name", "stage-dev", "--logical-resource-id",
                          "ApiGatewayRestApi")["StackResources"][0]["PhysicalResourceId"]
            return ["--rest-api-id", api, "--stage-name", "dev"]

        def level():
            stage = aws.cli("apigateway", "get-stage", *where())
            return stage["tracingEnabled"], stage["methodSettings"]["*/*"]["loggingLevel"]

        def history():
            return [d["outcome"] for d in controller.api("/api/services/stage/history")["deployments"]]

        controller.wait_state("stage", "held", revision=head)
        approve(head)
        assert level() == (True, "ERROR")

        repository.replace("serverless.yml", "tracing: {apiGateway: true}", "tracing: {apiGateway: false}")
        head = repository.push("No tracing")
        service = controller.wait_state("stage", "held", revision=head)
        assert service["waitsForApproval"] and level() == (True, "ERROR"), service
        details = controller.api("/api/services/stage")["details"]
        assert "~ RestApiStage.tracingEnabled: true → false" in details, details
        code, plan, errors = controller.verb("plan", "stage")
        assert code == 3 and "~ RestApiStage.tracingEnabled: true → false" in plan, (code, plan, errors)
        approve(head)
        assert level() == (False, "ERROR")

        by_hand = ["apigateway", "update-stage", *where(), "--patch-operations", "op=replace,path=/*/*/logging/loglevel,value=OFF"]
        aws.cli(*by_hand)
        told = "ApiGatewayRestApi stage dev */*/logging/loglevel: OFF, expected ERROR"
        run = subprocess.run([DRIFTLESS, "drift", repository.path(), "--region", "us-east-1"], env=aws.environment,
                             capture_output=True, check=False, cwd=world.folder)
        assert run.returncode == 3 and told in run.stdout.decode(), run
        before = history()
        controller.drift_now("stage")
        wait_for("the stage to be put right", lambda: told in controller.service("stage")["message"])
        assert level() == (False, "ERROR")
        assert history() == ["corrected", *before], history()

        aws.cli("apigateway", "delete-stage", *where())
        controller.drift_now("stage")
        service = controller.wait_state("stage", "held", revision=head)  # a new deployment, for which this service is asked
        approve(head)
        assert level() == (False, "ERROR")
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
