#!/usr/bin/env python3
"""A service whose configuration is a program is refused until driftless.yml allows it, then follows what the program reads."""
import os

from world import World, skip_without_peers

PROGRAM = """const { delay } = require('../../shared/settings');
const seen = Object.keys(process.env).filter((name) => name.startsWith('AWS_')).length;
module.exports = async () => ({ Resources: { Jobs: { Type: 'AWS::SQS::Queue', Properties: {
  QueueName: `${require('path').basename(__dirname)}-${process.env.SUFFIX}`, DelaySeconds: delay, VisibilityTimeout: 30 + seen } } } });
"""
PLAIN = """service: plain
provider: {name: aws, runtime: nodejs20.x}
resources: ${file(resources.js)}
"""


def main():
    skip_without_peers()
    with World("double") as world:
        aws, repository = world.aws, world.repository

        def queue(stack):
            url = aws.cli("cloudformation", "describe-stack-resource", "--stack-name", stack, "--logical-resource-id",
                          "Jobs")["StackResourceDetail"]["PhysicalResourceId"]
            template = aws.cli("cloudformation", "get-template", "--stack-name", stack)["TemplateBody"]
            return url, template["Resources"]["Jobs"]["Properties"]

        repository.write("shared/settings.js", "exports.delay = 1;\n")
        repository.write("services/jobs/serverless.js", "module.exports = { service: 'jobs', "
                         "provider: { name: 'aws', runtime: 'nodejs20.x' }, resources: '${file(resources.js)}' };\n")
        repository.write("services/jobs/resources.js", PROGRAM)
        repository.write("services/plain/serverless.yml", PLAIN)
        repository.write("services/plain/resources.js", PROGRAM.replace("require('../../shared/settings')", "{ delay: 5 }"))
        repository.push("Programs")
        settings = {"stage": "dev", "drift": "{mode: off}", "env": "{SUFFIX: granted}"}
        controller = world.run({name: {**settings, "path": f"services/{name}"} for name in ("jobs", "plain")})
        for name, place in (("jobs", "services/jobs/serverless.js:1:1"), ("plain", "services/plain/serverless.yml:3:12")):
            service = controller.wait_state(name, "invalid")
            assert place in service["message"], service
            assert "javascript: allow" in controller.log_since(), controller.tail()

        assert controller.stop() == 0
        path = os.path.join(world.folder, "driftless.yml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("poll: 1s}", "poll: 1s, javascript: allow}"))
        controller.start()
        for name, delay in (("jobs", 1), ("plain", 5)):
            controller.api(f"/api/services/{name}/sync", "POST")
            controller.wait_state(name, "synced")
            properties = queue(f"{name}-dev")[1]
            assert properties == {"QueueName": f"{name}-granted", "DelaySeconds": delay, "VisibilityTimeout": 30}, properties

        # what one of them read changes; the other looks no further than its folder
        plain = aws.stack("plain-dev")
        repository.write("shared/settings.js", "exports.delay = 2;\n")
        head = repository.push("Wait longer")
        controller.wait_state("jobs", "synced", revision=head)
        assert queue("jobs-dev")[1]["DelaySeconds"] == 2
        assert aws.stack("plain-dev") == plain

        repository.write("services/plain/resources.js", "module.exports = () => { throw new TypeError('no more'); };\n")
        repository.push("Break one")
        service = controller.wait_state("plain", "invalid")
        assert "services/plain/resources.js:1:32: TypeError: no more" in service["message"], service
        assert controller.stop() == 0


if __name__ == "__main__":
    main()
