#!/usr/bin/env python3
"""A path with a glob is one service a match; a match that is pushed later appears by itself. Of a service that a push leaves as it
is the controller reads nothing: its objects are not even there."""
import glob
import os
import shutil
import subprocess
import tempfile

from world import World, skip_without_peers, wait_for

SERVICE = """service: NAME
provider: {name: aws, runtime: python3.12}
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: NAME-jobs, VisibilityTimeout: 30}}
"""


def forget(repository, mirror, path):
    """Takes all objects that the folder consists of out of a mirror, whose others are there at any moment."""
    gone = {repository.run("rev-parse", f"HEAD:{path}")}
    gone |= {line.split()[2] for line in repository.run("ls-tree", "-r", "-t", f"HEAD:{path}").splitlines()}
    packs = glob.glob(os.path.join(mirror, "objects/pack/*.pack"))
    with tempfile.TemporaryDirectory() as loose:
        repository.run("init", "-q", "--bare", loose)
        for pack in packs:
            with open(pack, "rb") as file:
                subprocess.run(["git", "unpack-objects", "-q"], cwd=loose, stdin=file, check=True)
        for one in gone:
            os.remove(os.path.join(loose, "objects", one[:2], one[2:]))
        shutil.copytree(os.path.join(loose, "objects"), os.path.join(mirror, "objects"), dirs_exist_ok=True)
    for pack in packs:
        os.remove(pack)
        os.remove(pack[:-len("pack")] + "idx")
    for one in gone:
        assert subprocess.run(["git", "cat-file", "-e", one], cwd=mirror, capture_output=True, check=False).returncode != 0


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository

        def add(name):
            repository.write(f"services/{name}/serverless.yml", SERVICE.replace("NAME", name))

        def names():
            return sorted(s["name"] for s in controller.api("/api/services")["services"])

        add("mail")
        add("bills")
        repository.write("services/README", "no folder, no service\n")
        first = repository.push("Two services")
        declared = {"all": {"stage": "dev", "path": "services/*", "drift": "{mode: off}"}}
        controller = world.run(declared)
        for name in ("mail", "bills"):
            controller.wait_state(f"all-{name}", "synced", revision=first)
            assert aws.stack(f"{name}-dev")["StackStatus"] == "CREATE_COMPLETE"
        assert names() == ["all-bills", "all-mail"], names()

        mail = aws.stack("mail-dev")
        forget(repository, os.path.join(world.folder, "driftless.db.d/mirrors/shop"), "services/mail")
        add("stock")
        head = repository.push("A third")
        controller.wait_state("all-stock", "synced", revision=head)
        assert aws.stack("stock-dev")["StackStatus"] == "CREATE_COMPLETE"
        assert aws.stack("mail-dev") == mail, "a new neighbour is no reason for a deploy"
        assert controller.service("all-mail")["state"] == "synced", controller.tail()
        assert "damaged" not in controller.log_since(), controller.tail()

        # known over a restart, also while git does not answer
        assert controller.stop() == 0
        shutil.move(repository.bare, repository.bare + ".away")
        controller.start()
        wait_for("the failed fetch", lambda: "not fetched" in controller.log_since())
        assert {controller.service(f"all-{n}")["state"] for n in ("mail", "bills", "stock")} == {"synced"}, controller.tail()
        shutil.move(repository.bare + ".away", repository.bare)
        repository.replace("services/mail/serverless.yml", "30", "40")
        head = repository.push("Mail takes longer")
        controller.wait_state("all-mail", "synced", revision=head)

        shutil.rmtree(repository.path("services", "bills"))
        repository.push("No more bills")
        controller.wait_state("all-bills", "orphaned")
        assert aws.stack("bills-dev")["StackStatus"] == "CREATE_COMPLETE"
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
