#!/usr/bin/env python3
"""What a service says of its REST API's stage and no template can carry: set after the change set, shown
by plan, left alone while nothing changes."""
import json
import subprocess
import sys

from world import DRIFTLESS, World, skip_without_peers

SERVICE = """service: stage
provider:
  name: aws
  runtime: python3.12
  tracing: {apiGateway: true}
  logs: {restApi: {level: ERROR, fullExecutionData: false, roleManagedExternally: true}}
  tags: {team: shop, size: 3}
  stackTags: {old: gone}
functions:
  work:
    handler: work.handler
    events:
      - http: GET /orders
"""


def story(backend):
    with World(backend) as world:
        aws, repository = world.aws, world.repository
        repository.write("serverless.yml", SERVICE)
        repository.write("work.py", "def handler(event, context):\n    return {'statusCode': 200}\n")

        def verb(name, *words):
            run = subprocess.run([DRIFTLESS, name, repository.path(), "--region", "us-east-1", *words], env=aws.environment,
                                 capture_output=True, check=False, cwd=world.folder)
            return run.returncode, run.stdout.decode(), run.stderr.decode()

        def stage():
            resource = aws.cli("cloudformation", "describe-stack-resources", "--stack-name", "stage-dev", "--logical-resource-id",
                                "ApiGatewayRestApi")["StackResources"][0]["PhysicalResourceId"]
            return aws.cli("apigateway", "get-stage", "--rest-api-id", resource, "--stage-name", "dev")

        code, plan, errors = verb("plan")
        assert code == 3 and "+ RestApiStage.tracingEnabled: true" in plan, (code, plan, errors)
        code, _, errors = verb("deploy", "--yes")
        assert code == 0, errors
        found = stage()
        assert found["tracingEnabled"] is True, found
        assert found["methodSettings"]["*/*"]["loggingLevel"] == "ERROR", found
        assert found["methodSettings"]["*/*"]["dataTraceEnabled"] is False, found
        assert found["accessLogSettings"]["destinationArn"].endswith(":log-group:/aws/api-gateway/stage-dev"), found
        assert found["accessLogSettings"]["format"].startswith("requestId: $context.requestId, ip: "), found
        assert found["tags"] == {"team": "shop", "size": "3", "old": "gone"}, found

        code, plan, errors = verb("plan")
        assert code == 0, (plan, errors)
        repository.replace("serverless.yml", "stackTags: {old: gone}", "stackTags: {}")
        repository.replace("serverless.yml", "tracing: {apiGateway: true}", "tracing: {apiGateway: false}")
        code, plan, errors = verb("plan", "--json")
        changes = {change["name"]: change.get("after") for change in json.loads(plan)["plan"]["sections"]}
        assert code == 3 and changes == {"tracingEnabled": "false", "tags/old": None}, (code, plan, errors)
        code, _, errors = verb("deploy", "--yes")
        assert code == 0, errors
        found = stage()
        assert found["tracingEnabled"] is False and found["tags"] == {"team": "shop", "size": "3"}, found
        code, plan, errors = verb("plan")
        assert code == 0, (plan, errors)


def main():
    skip_without_peers()
    story(sys.argv[1])


if __name__ == "__main__":
    main()
