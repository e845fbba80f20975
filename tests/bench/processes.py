"""Whole processes, timed by time(1): the memory of a fork of this one would count with this one's."""
import os
import subprocess
import tempfile
from collections import namedtuple

Run = namedtuple("Run", "wall cpu peak_mib")


def run_once(command, folder, more=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment.update(SLS_NOTIFICATIONS_MODE="off", SLS_TELEMETRY_DISABLED="1", CI="true", **(more or {}))
    with tempfile.NamedTemporaryFile("r") as report:
        subprocess.run(["/usr/bin/time", "-f", "%e %U %S %M", "-o", report.name, *command], cwd=folder, env=environment, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall, user, system, peak = map(float, report.read().split())
    return Run(wall, user + system, peak / 1024)
