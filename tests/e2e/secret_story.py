#!/usr/bin/env python3
"""Secrets from SSM, members of a JSON and parts of longer texts among them, reach the function, and nothing else: neither the log, nor the store, nor any answer holds it, when it is
deployed, planned, tampered with, corrected, refused, changed and rolled back."""
import base64
import glob
import json
import os

from world import World, skip_without_peers, wait_for

SERVICE = """service: discreet
provider:
  name: aws
  runtime: python3.12
  timeout: 5
  environment:
    API_KEY: ${env:API_KEY}
    URL: https://user:${env:API_KEY}@shop.example.com/
    DATABASE: postgres://${self:custom.database.user}:${self:custom.database.password}@db/${self:custom.database.pin}
    BASIC: {Fn::Base64: "shop:${self:custom.database.password}"}
    SUBSTITUTED: {Fn::Sub: "${AWS::Region}/${self:custom.database.password}"}
custom: {database: "${ssm:/shop/database}"}
functions:
  work: {handler: work.handler}
"""
STACK = "discreet-dev"
FIRST, SECOND = "first-kEy/0123456789", "it's \"quoted\" & <b>ä</b>\\0123456789"
DATABASE = {"user": "shop-writer", "password": "mem-ber/Of=JSON", "pin": 73510926, "port": 5432}
BASIC = base64.b64encode(f"shop:{DATABASE['password']}".encode()).decode()
PARTS = ("first-kEy", "quoted", "0123456789", "shop-writer", "mem-ber", "73510926", BASIC[8:-4])


class Eyes:
    """Looks for the secrets wherever somebody could read them."""

    def __init__(self, world, controller):
        self.world, self.controller = world, controller

    def look(self, *texts):
        paths = ["/api/services", "/api/services/discreet", "/api/services/discreet/history", "/api/services/discreet/plan",
                 "/api/services/discreet/info", "/metrics", "/"]
        seen = {path: self.controller.api(path, raw=True) for path in paths}
        seen["log"] = self.controller.log_since().encode()
        for path in glob.glob(os.path.join(self.world.folder, "driftless.db*", "**"), recursive=True) + \
                glob.glob(os.path.join(self.world.folder, "driftless.db*")):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    seen[path] = file.read()
        seen.update({f"answer {i}": text.encode() for i, text in enumerate(texts)})
        for where, text in seen.items():
            for part in PARTS:
                at = text.find(part.encode())
                assert at < 0, f"{where} holds {part!r}: {text[max(0, at - 200):at + 100]!r}"


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository

        def put(value):
            aws.cli("ssm", "put-parameter", "--name", "/shop/api-key", "--type", "SecureString", "--overwrite", "--value", value)

        def environment():
            return aws.function(f"{STACK}-work")["Environment"]["Variables"]

        put(FIRST)
        aws.cli("ssm", "put-parameter", "--name", "/shop/database", "--type", "SecureString", "--value", json.dumps(DATABASE))
        repository.write("serverless.yml", SERVICE)
        repository.write("work.py", "def handler(event, context):\n    return 'ok'\n")
        head = repository.push("A function with a key")
        settings = {"stage": "dev", "drift": "{mode: correct, every: 1h}", "env": "{API_KEY: {ssm: /shop/api-key}}"}
        controller = world.run({"discreet": settings}, extra="inputs: {every: 1d}\n")
        eyes = Eyes(world, controller)
        controller.wait_state("discreet", "synced", revision=head)
        assert environment()["API_KEY"] == FIRST and FIRST in environment()["URL"], environment()
        assert environment()["DATABASE"] == "postgres://shop-writer:mem-ber/Of=JSON@db/73510926", environment()
        assert environment()["BASIC"] == BASIC and environment()["SUBSTITUTED"] == "us-east-1/mem-ber/Of=JSON", environment()
        eyes.look()

        # tampered with beside it: found and put back
        # (BASIC and DATABASE as they are, so that the finding has them on both sides)
        names = json.dumps({**environment(), "API_KEY": "swapped", "MORE": "1"})
        aws.cli("lambda", "update-function-configuration", "--function-name", f"{STACK}-work", "--environment",
                f'{{"Variables": {names}}}', "--timeout", "29")
        controller.drift_now("discreet")
        wait_for("the key", lambda: environment().get("API_KEY") == FIRST)
        controller.wait_state("discreet", "synced")
        assert "Timeout: 29, expected 5" in controller.log_since(), controller.log_since()
        eyes.look()

        # changed; a commit takes the new one along, and what was there is not told either
        put(SECOND)
        code, plan, errors = controller.verb("plan", "discreet")
        assert code == 3 and "API_KEY" in plan, (plan, errors)
        eyes.look(plan, errors, controller.verb("plan", "discreet", "--json")[1])
        repository.replace("serverless.yml", "timeout: 5", "timeout: 6")
        head = repository.push("A longer timeout")
        controller.wait_state("discreet", "synced", revision=head)
        assert environment()["API_KEY"] == SECOND, environment()
        code, plan, errors = controller.verb("plan", "discreet")
        assert code == 0, (plan, errors)
        eyes.look(plan, errors)

        # refused by AWS in words that hold it
        aws.post("/_double/faults", [{"resource": "AWS::Lambda::Function", "operation": "UPDATE",
                                      "fail": f"API_KEY {SECOND} is not allowed"}])
        repository.replace("serverless.yml", "timeout: 6", "timeout: 7")
        head = repository.push("An even longer timeout")
        service = controller.wait_state("discreet", "failed", revision=head)
        assert "is not allowed" in service["message"], service
        eyes.look(controller.verb("status")[1], controller.verb("history", "discreet")[1])

        # rolled back: the request that was kept has no secrets, so the revision is compiled anew
        controller.wait_state("discreet", "synced", revision=repository.revert())
        repository.replace("serverless.yml", "timeout: 6", "timeout: 8")
        controller.wait_state("discreet", "synced", revision=repository.push("Forward"))
        code, _, errors = controller.verb("rollback", "discreet")
        assert code == 0, errors
        wait_for("the earlier timeout", lambda: aws.function(f"{STACK}-work")["Timeout"] == 6)
        assert environment()["API_KEY"] == SECOND, environment()
        controller.wait_state("discreet", "synced")
        assert controller.stop() == 0
        controller.start()
        controller.wait_state("discreet", "synced")
        wait_for("the first fetch", lambda: controller.api("/readyz", raw=True))
        eyes.look()
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
