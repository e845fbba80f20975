#!/usr/bin/env python3
"""Old artifacts go after a deploy, but none that a stack, a rollback or somebody else still needs, and none in others' buckets."""
import json

from world import World, skip_without_peers, wait_for

SERVICE = """service: shop
provider: {name: aws, runtime: python3.12, environment: {ROUND: '0'}}
functions:
  work: {handler: work.handler}
"""
OURS = "driftless-artifacts-123456789012-us-east-1"


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository
        aws.cli("s3api", "create-bucket", "--bucket", "of-others")
        services = {
            "shop": {"stage": "dev", "path": "shop", "keepArtifacts": 2, "drift": "{mode: 'off'}"},
            "guest": {"stage": "prod", "path": "guest", "artifactBucket": "of-others", "drift": "{mode: 'off'}"},
        }
        for name in services:
            repository.write(f"{name}/serverless.yml", SERVICE)
            repository.write(f"{name}/work.py", f"# {name} 0\n")
        heads = [repository.push("Round 0")]
        controller = world.run(services)

        def keys(bucket):
            listed = (aws.cli("s3api", "list-objects-v2", "--bucket", bucket) or {}).get("Contents", [])
            return {o["Key"] for o in listed}

        def live_key(stack):
            template = aws.cli("cloudformation", "get-template", "--stack-name", stack)["TemplateBody"]
            return template["Resources"]["WorkLambdaFunction"]["Properties"]["Code"]["S3Key"]

        def synced(head):
            for name in services:
                controller.wait_state(name, "synced", revision=head)

        synced(heads[0])
        first = live_key("shop-dev")
        folder = first.rsplit("/", 2)[0]
        stray, twin = f"{folder}/notes.txt", f"{folder}/{'0' * 64}/shop.zip"
        # what another controller deployed under another stack's name lies beside ours
        aws.cli("s3api", "put-object", "--bucket", OURS, "--key", twin)
        code = {"S3Bucket": OURS, "S3Key": twin}
        function = {"Type": "AWS::Lambda::Function", "Properties": {
            "Code": code, "Runtime": "python3.12", "Handler": "work.handler", "Role": "arn:aws:iam::123456789012:role/x"}}
        aws.cli("cloudformation", "create-stack", "--stack-name", "twin", "--tags", "Key=driftless:service,Value=elsewhere",
                "--template-body", json.dumps({"Resources": {"Work": function}}))
        aws.cli("s3api", "put-object", "--bucket", OURS, "--key", stray)
        used = [first]

        def next_round(number):
            for name in ("shop", "guest"):
                repository.write(f"{name}/work.py", f"# {name} {number}\n")
            heads.append(repository.push(f"Round {number}"))
            for name in ("shop", "guest"):
                controller.wait_state(name, "synced", revision=heads[-1])
            used.append(live_key("shop-dev"))

        # young ones stay, however many there are
        for number in (1, 2, 3):
            next_round(number)
        assert set(used) <= keys(OURS), (used, keys(OURS))

        # what a process that was killed left of an upload goes after a day, one under way does not
        def begin_upload(name):
            aws.cli("s3api", "create-multipart-upload", "--bucket", OURS, "--key", f"{folder}/{'1' * 64}/{name}")

        begin_upload("left.zip")
        aws.post("/_double/age?hours=25", {})
        begin_upload("under-way.zip")
        next_round(4)
        wait_for("old artifacts to go", lambda: used[0] not in keys(OURS))
        wait_for("the log to tell", lambda: "deleted artifacts that nothing needs" in controller.log_since())
        uploads = aws.cli("s3api", "list-multipart-uploads", "--bucket", OURS)["Uploads"]
        assert [u["Key"].rsplit("/", 1)[1] for u in uploads] == ["under-way.zip"], uploads
        left = keys(OURS)
        # two deployments' are kept, the twin's, and what is not ours by its name; provenance goes with its artifact
        assert {k for k in left if k.endswith(".zip")} == {used[3], used[4], twin}, left
        assert stray in left and used[3] + ".provenance.json" in left and used[0] + ".provenance.json" not in left, left
        assert len({k for k in keys("of-others") if k.endswith(".zip")}) == 5, "a bucket of others is left alone"

        # a rollback goes to what is kept, and to what is not: that is built anew
        for target in (3, 1):
            code, _, errors = controller.verb("rollback", "shop", "--to", heads[target])
            assert code == 0, errors
            wait_for(f"shop to stand at round {target}", lambda: live_key("shop-dev") == used[target])
            controller.wait_state("shop", "synced")
            assert used[target] in keys(OURS), used[target]
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
