#!/usr/bin/env python3
"""`driftless sync`, as a timer runs it: one pass, the table of all services, and a status that is not 0 when git or AWS could not
be looked at, whatever was known before."""
import json
import os

from world import Controller, World, skip_without_peers

SERVICE = """service: timely
provider: {name: aws, runtime: python3.12}
functions:
  work: {handler: work.handler}
"""


def main():
    skip_without_peers()
    with World("double") as world:
        world.repository.write("serverless.yml", SERVICE)
        world.repository.write("work.py", "def handler(event, context):\n    return 'ok'\n")
        world.repository.push("First")
        controller = Controller(world.folder, world.aws, world.repository, {"timely": {"stage": "dev"}})
        code, table, errors = controller.verb("sync")
        assert code == 0 and "\ntimely" in table and "deployed" in errors, (code, table, errors)
        assert world.aws.stack("timely-dev")["StackStatus"] == "CREATE_COMPLETE"

        os.rename(world.repository.bare, world.repository.bare + "-away")
        code, table, errors = controller.verb("sync")
        assert code == 1 and "not fetched" in errors and "synced" in table, (code, table, errors)
        assert "newer commits are not seen: fetch " in table, table
        os.rename(world.repository.bare + "-away", world.repository.bare)

        reachable, world.aws.environment = world.aws.environment, {**world.aws.environment,
                                                                   "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        code, table, errors = controller.verb("sync")
        assert code == 1 and "stacks could not be listed" in errors and "check the network" in errors, (code, table, errors)
        world.aws.environment = reachable

        code, answer, errors = controller.verb("sync", "--json")
        assert code == 0, errors
        assert [service["state"] for service in json.loads(answer)["services"]] == ["synced"], answer


if __name__ == "__main__":
    main()
