"""Whole processes, timed; started by time(1), as the memory of a fork of this one would count with this one's."""
import os
import subprocess
import tempfile
import time
from collections import namedtuple

Run = namedtuple("Run", "wall cpu peak_mib")


def run_once(command, folder, more=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment.update(SLS_NOTIFICATIONS_MODE="off", SLS_TELEMETRY_DISABLED="1", CI="true", **(more or {}))
    with tempfile.NamedTemporaryFile("r") as report:
        began = time.perf_counter()
        process = subprocess.Popen(["/usr/bin/time", "-f", "%M", "-o", report.name, *command], cwd=folder, env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
        return Run(wall, usage.ru_utime + usage.ru_stime, int(report.read()) / 1024)
