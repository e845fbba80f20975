#!/usr/bin/env python3
"""Build steps: what they make is deployed, once for the same content; one that fails says why; one that never ends holds up
nobody, and no stop. Packages that a plugin has installed are deployed, and installed anew only when requirements change."""
import os
import shutil
import sys
import time

from world import World, skip_without_peers

SERVICE = """service: NAME
provider: {name: aws, runtime: python3.12}
package: {patterns: ['!**', 'dist/**']}
functions:
  hello: {handler: dist/hello.handler}
"""
# Packages that come with the distribution's pip.
WHEELS = "/usr/share/python-wheels"
PACKAGED = f"""service: packaged
provider: {{name: aws, runtime: python3.11}}
plugins: [serverless-python-requirements]
custom:
  pythonRequirements: {{pythonBin: python3, slim: true, pipCmdExtraArgs: [--no-index, --find-links {WHEELS}]}}
functions:
  hello: {{handler: hello.handler}}
"""
SETTINGS = {"stage": "dev", "drift": "{mode: off}"}
BUILD = "{steps: ['mkdir dist', 'sed s/VERSION/$(cat version)/ in.py >dist/hello.py'], timeout: 60s}"


def main():
    skip_without_peers()
    if not shutil.which("bwrap") or not os.path.exists("/usr/bin/pip3") or not os.path.exists(WHEELS):
        print("bubblewrap and the distribution's pip are not installed")
        sys.exit(77)
    with World("double") as world:
        repository = world.repository
        for name in ("built", "failing", "endless", "plain"):
            repository.write(f"{name}/serverless.yml", SERVICE.replace("NAME", name))
            repository.write(f"{name}/in.py", "def handler(event, context):\n    return 'VERSION'\n")
            repository.write(f"{name}/version", "1\n")
        repository.write("plain/dist/hello.py", "def handler(event, context):\n    return 0\n")
        repository.write("packaged/serverless.yml", PACKAGED)
        repository.write("packaged/requirements.txt", "setuptools\n")
        repository.write("packaged/hello.py", "def handler(event, context):\n    return 0\n")
        head = repository.push("Five services")
        controller = world.run({
            "built": {**SETTINGS, "path": "built", "build": BUILD},
            "failing": {**SETTINGS, "path": "failing", "build": "{steps: ['echo no such bundler; exit 4']}"},
            "endless": {**SETTINGS, "path": "endless", "build": "{steps: ['sleep 5000'], timeout: 1h}"},
            "plain": {**SETTINGS, "path": "plain"},
            "packaged": {**SETTINGS, "path": "packaged", "build": "true"},
        }, extra="workers: 1\n")

        controller.wait_state("plain", "synced", revision=head)
        controller.wait_state("built", "synced", revision=head)
        controller.wait_state("packaged", "synced", revision=head)
        service = controller.wait_state("failing", "invalid")
        assert "exited with status 4" in service["message"], service

        log = controller.log_since()
        assert log.count("command=mkdir dist") == 1, log
        repository.write("README.md", "Nothing that is built\n")
        repository.push("A word")
        repository.write("built/version", "2\n")
        repository.write("packaged/hello.py", "def handler(event, context):\n    return 1\n")
        head = repository.push("Two")
        controller.wait_state("built", "synced", revision=head)
        controller.wait_state("packaged", "synced", revision=head)
        log = controller.log_since()
        assert log.count("command=mkdir dist") == 2, log
        assert log.count("command=pip install of requirements.txt") == 1, log

        begin = time.monotonic()
        assert controller.stop() == 0
        assert time.monotonic() - begin < 20


if __name__ == "__main__":
    main()
