#!/usr/bin/env python3
"""What a service reads from outside git is an input: a changed parameter, output or object is deployed without a commit, one that
appears ends a refusal, and looking costs one call for ten parameters, however many services read them.

usage: inputs_story.py BACKEND"""
import json
import sys
import time

from world import World, skip_without_peers, wait_for

SERVICE = """service: {name}
provider:
  name: aws
  runtime: python3.12
  environment:
    GRANTED: ${{env:GRANTED}}
{lines}
functions:
  work: {{handler: work.handler}}
"""
CODE = "def handler(event, context):\n    return 'ok'\n"
READERS = 8


def network(subnets):
    return json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"Subnets": {"Value": subnets}}})


def main():
    skip_without_peers()
    kind = sys.argv[1]
    with World(kind) as world:
        aws, repository = world.aws, world.repository

        def put(name, value, kind="String"):
            aws.cli("ssm", "put-parameter", "--name", name, "--type", kind, "--overwrite", "--value", value)

        def upload(text):
            repository.write("../object", text)
            aws.cli("s3api", "put-object", "--bucket", "settings", "--key", "limits.txt", "--body", repository.path("..", "object"))

        def environment(name):
            return aws.function(f"{name}-dev-work")["Environment"]["Variables"]

        def reaches(name, key, value):
            wait_for(f"{key} of {name} to be {value}", lambda: environment(name).get(key) == value)

        def add(name, *lines):
            text = SERVICE.format(name=name, lines="\n".join(f"    {line}" for line in lines))
            repository.write(f"{name}/serverless.yml", text)
            repository.write(f"{name}/work.py", CODE)

        put("/shop/greeting", "hello")
        put("/shop/granted", "key-1", "SecureString")
        put("/shop/database", '{"user": "u", "password": "first-pass"}', "SecureString")
        aws.cli("s3api", "create-bucket", "--bucket", "settings")
        upload("10")
        aws.cli("cloudformation", "create-stack", "--stack-name", "network", "--template-body", network("a,b"))
        wait_for("the network", lambda: aws.stack("network")["StackStatus"] == "CREATE_COMPLETE")

        def deployments(name):
            return len(controller.api(f"/api/services/{name}/history")["deployments"])

        readers = [f"reader{number}" for number in range(READERS)]
        for name in readers:
            add(name, "GREETING: ${ssm:/shop/greeting}", f"OWN: ${{ssm:/shop/own/{name}, 'none'}}")
        add("every", "SUBNETS: ${cf:network.Subnets}", "LIMIT: ${s3:settings/limits.txt}",
            "PASSWORD: ${ssm:/shop/database}", "GREETING: ${ssm(raw):/shop/greeting}")
        repository.replace("every/serverless.yml", "${ssm:/shop/database}", "${self:custom.database.password}")
        repository.replace("every/serverless.yml", "functions:", "custom: {database: '${ssm:/shop/database}'}\nfunctions:")
        add("early", "LATE: ${ssm:/shop/late}")
        head = repository.push("Services that read")
        settings = {"stage": "dev", "drift": "{mode: off}", "env": "{GRANTED: {ssm: /shop/granted}}"}
        controller = world.run({name: {**settings, "path": name} for name in [*readers, "every", "early"]}, extra="inputs: {every: 1s}\n")
        for name in [*readers, "every"]:
            controller.wait_state(name, "synced", revision=head)
        early = controller.wait_state("early", "invalid", revision=head)
        assert "/shop/late" in early["message"], early
        assert environment("every") == {"SUBNETS": "a,b", "LIMIT": "10", "PASSWORD": "first-pass", "GREETING": "hello", "GRANTED": "key-1"}
        assert environment("reader3") == {"GREETING": "hello", "OWN": "none", "GRANTED": "key-1"}

        # one reader's own parameter: only that service is deployed
        put("/shop/own/reader3", "mine")
        reaches("reader3", "OWN", "mine")
        controller.wait_state("reader3", "synced", revision=head)
        assert environment("reader4")["OWN"] == "none"
        assert (deployments("reader3"), deployments("reader4")) == (2, 1)

        # what all read: all are deployed
        put("/shop/greeting", "good day")
        for name in (readers[0], readers[-1], "every"):
            reaches(name, "GREETING", "good day")

        # an object, a member of a secret, and a parameter that driftless.yml grants
        upload("20")
        reaches("every", "LIMIT", "20")
        put("/shop/database", '{"user": "u", "password": "second-pass"}', "SecureString")
        reaches("every", "PASSWORD", "second-pass")
        put("/shop/granted", "key-2", "SecureString")
        for name in (readers[0], readers[-1]):
            reaches(name, "GRANTED", "key-2")

        # an output of another stack, seen on the page that all share
        aws.cli("cloudformation", "update-stack", "--stack-name", "network", "--template-body",
                network("a,b,c").replace('"AWS::SNS::Topic"', '"AWS::SNS::Topic", "Properties": {"DisplayName": "wider"}'))
        wait_for("the wider network", lambda: aws.output("network", "Subnets") == "a,b,c")
        controller.api("/api/poll", "POST")
        reaches("every", "SUBNETS", "a,b,c")

        # what was missing appears: the refusal ends without a commit
        put("/shop/late", "there")
        controller.wait_state("early", "synced", revision=head)
        assert environment("early")["LATE"] == "there"
        for name in [*readers, "every"]:
            controller.wait_state(name, "synced", revision=head)

        # nothing changes: the batch and nothing else; 8 + 4 parameters are two calls
        if kind == "double":
            time.sleep(1.5)
            before, start = aws.counts(), time.monotonic()
            time.sleep(5)
            calls, looks = aws.counts() - before, time.monotonic() - start + 1
            assert set(calls) <= {"ssm:GetParameters", "s3:GetObject", "cloudformation:DescribeStacks"}, calls
            assert 2 <= calls["ssm:GetParameters"] <= 2 * looks, calls
            assert calls["s3:GetObject"] <= looks and calls["cloudformation:DescribeStacks"] <= 1, calls

        # a restart deploys nothing, and what changed meanwhile is seen
        before_restart = deployments("every")
        assert controller.stop() == 0
        put("/shop/own/reader5", "while away")
        controller.start()
        reaches("reader5", "OWN", "while away")
        controller.wait_state("reader5", "synced", revision=head)
        assert deployments("every") == before_restart
        text = controller.log_since()
        for secret in ("first-pass", "second-pass", "key-1", "key-2"):
            assert secret not in text, f"the log holds {secret}"
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
