"""A world with a service in every state that a person may meet on the page, made by a controller against the double."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

from world import World, wait_for  # noqa: E402

MARKUP = "<img src=x onerror=alert(1)>"
LONG = "a-service-whose-name-says-all-that-there-is-to-say-about-it-1234"
QUEUE = "Resources: {{Queue: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {name}, VisibilityTimeout: 30}}}}}}\n"
TABLE = """Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: held
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
"""
REST = """service: traced
provider: {name: aws, runtime: python3.12, tracing: {apiGateway: true}}
functions: {work: {handler: work.handler, events: [{http: GET /orders}]}}
"""
SETTINGS = {"stage": "production", "template": "template.yaml", "approve": "replacements"}


def template(world, name, text=None):
    world.repository.write(f"{name}/template.yaml", text or QUEUE.format(name=name))


def services():
    names = ["synced", "drifted", "failed", "invalid", "held", "foreign", "suspended", "deploying", LONG]
    made = {name: dict(SETTINGS, path=name, drift="{mode: report, every: 1h}") for name in names}
    made["orders"] = {"stage": "production", "path": "services/orders", "drift": "{mode: report, every: 1h}"}
    made["traced"] = {"stage": "production", "path": "traced", "drift": "{mode: report, every: 1h}"}
    return made


def set_up(world):
    """Every service at its first, good revision; then each in the state that it is named after."""
    aws, repository = world.aws, world.repository
    world.add_example("orders")
    for name in ("synced", "drifted", "failed", "invalid", "suspended", "deploying", "foreign", LONG):
        template(world, name)
    template(world, "held", TABLE)
    repository.write("traced/serverless.yml", REST)
    repository.write("traced/work.py", "def handler(event, context):\n    return {'statusCode': 200}\n")
    aws.cli("cloudformation", "create-stack", "--stack-name", "foreign", "--template-body",
            '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    repository.push("The first of each")
    controller = world.run(services(), poll="1s")
    for name in services():
        controller.wait_state(name, "held" if name == "foreign" else "synced")
    aws.post("/_double/faults", [
        {"resource": "AWS::SQS::Queue", "stackName": "failed", "operation": "UPDATE",
         "fail": "Resource handler returned message: \"The visibility timeout must be between 0 and 43200\" (" + "and so on " * 40 + ")"},
        {"resource": "AWS::SQS::Queue", "stackName": "deploying", "operation": "UPDATE", "delayMs": 3600000}])
    for name in ("failed", "deploying", "synced"):
        template(world, name, QUEUE.format(name=name).replace("30", "60"))
    template(world, "invalid", QUEUE.format(name="invalid").replace("Resources", "Resuorces"))
    template(world, "held", TABLE.replace("AttributeName: id", "AttributeName: key"))
    controller.verb("suspend", "suspended")
    repository.push(MARKUP)
    queue = aws.cli("sqs", "get-queue-url", "--queue-name", "drifted")["QueueUrl"]
    aws.cli("sqs", "set-queue-attributes", "--queue-url", queue, "--attributes", "VisibilityTimeout=99")
    api = aws.cli("cloudformation", "describe-stack-resources", "--stack-name", "traced-production", "--logical-resource-id",
                  "ApiGatewayRestApi")["StackResources"][0]["PhysicalResourceId"]
    aws.cli("apigateway", "update-stage", "--rest-api-id", api, "--stage-name", "production", "--patch-operations",
            "op=replace,path=/tracingEnabled,value=false")
    for name in ("drifted", "traced"):
        controller.drift_now(name)
    controller.wait_state("traced", "drifted")
    for name in ("failed", "invalid", "held", "drifted", "suspended", "deploying"):
        controller.wait_state(name, name)
    wait_for("synced to be at the tip", lambda: controller.service("synced")["summary"] == MARKUP)
    return controller
