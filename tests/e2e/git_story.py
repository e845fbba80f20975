#!/usr/bin/env python3
"""Git servers that never answer, and one that refuses, beside a good one: the good one's services go on, the others say why
they do not."""
import socket

from world import World, skip_without_peers

SERVICE = """service: NAME
provider: {name: aws, runtime: python3.12}
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: NAME-jobs, VisibilityTimeout: 30}}
"""
SETTINGS = {"stage": "dev", "drift": "{mode: off}"}


def silent_server():
    """Takes connections and says nothing."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(64)
    return server


def main():
    skip_without_peers()
    with World("double") as world, silent_server() as server, socket.socket() as closed:
        aws, repository = world.aws, world.repository
        closed.bind(("127.0.0.1", 0))
        silent = server.getsockname()[1]
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}/team/shop.git"
        repository.write("serverless.yml", SERVICE.replace("NAME", "good"))
        head = repository.push("A good one")
        others = {f"silent{i}": f"http://127.0.0.1:{silent}/team/{i}.git" for i in range(4)}
        others["refused"] = refused
        services = {"good": SETTINGS, **{name: {**SETTINGS, "repository": name} for name in others}}
        controller = world.run(services, extra="workers: 2\n", repositories=others)

        controller.wait_state("good", "synced", revision=head)
        service = controller.wait_state("refused", "error")
        assert refused in service["message"] and "refused" in service["message"], service
        assert "not fetched" in controller.log_since()
        for seconds in (40, 50):
            repository.write("serverless.yml", SERVICE.replace("NAME", "good").replace("30", str(seconds)))
            controller.wait_state("good", "synced", revision=repository.push(f"{seconds} seconds"))
        assert aws.stack("good-dev")["StackStatus"] == "UPDATE_COMPLETE"
        for name in others:
            service = controller.service(name)
            assert service["state"] in ("waiting", "error") and service["message"], service
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
