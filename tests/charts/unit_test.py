#!/usr/bin/env python3
"""systemd understands the unit, with the drop-in for builds too, and both keep the service as confined as they say."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

CHARTS = os.path.join(os.path.dirname(__file__), "..", "..", "charts")
NOBODY = "/usr/local/bin/driftless"


def analyze(*words):
    run = subprocess.run(["systemd-analyze", "--no-pager", *words], capture_output=True, check=False, text=True,
                         env={**os.environ, "LC_ALL": "C.UTF-8"})
    return run.returncode, run.stdout + run.stderr


class Unit(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.unit = os.path.join(self.folder.name, "driftless.service")
        with open(os.path.join(CHARTS, "driftless.service"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn(f"ExecStart={NOBODY} run ", text)
        with open(self.unit, "w", encoding="utf-8") as file:
            file.write(text.replace(NOBODY, "/bin/true"))

    def with_builds(self):
        os.mkdir(f"{self.unit}.d")
        shutil.copy(os.path.join(CHARTS, "builds.conf"), f"{self.unit}.d")

    def understood(self):
        self.assertEqual(analyze("verify", "--man=no", self.unit), (0, ""))

    def confined(self, most):
        """`most`: a tenth of what systemd gives to no confinement at all."""
        code, said = analyze("security", "--offline=yes", f"--threshold={most}", self.unit)
        self.assertEqual(code, 0, said)

    def test_the_unit(self):
        self.understood()
        self.confined(20)

    def test_the_unit_with_room_for_builds(self):
        self.with_builds()
        self.understood()
        self.confined(40)

    def test_a_mistake_in_it_is_found(self):
        with open(self.unit, "a", encoding="utf-8") as file:
            file.write("[Service]\nProtectKernelLog=yes\n")
        self.assertIn("'ProtectKernelLog'", analyze("verify", "--man=no", self.unit)[1])


if __name__ == "__main__":
    if shutil.which("systemd-analyze") is None:
        print("systemd-analyze is not there: sh config/setup tests installs it")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    unittest.main()
