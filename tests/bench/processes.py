"""Whole processes, timed; started by time(1), as the memory of a fork of this one would count with this one's."""
import os
import subprocess
import tempfile
import time
from collections import namedtuple

Run = namedtuple("Run", "wall cpu peak_mib")


def environment(more=None):
    return {**{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "SLS_NOTIFICATIONS_MODE": "off", "SLS_TELEMETRY_DISABLED": "1", "CI": "true", **(more or {})}


def seconds(command, folder):
    """Wall time alone: without time(1), whose own start would count."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def run_once(command, folder, more=None, statuses=(0,)):
    with tempfile.NamedTemporaryFile("r") as report:
        began = time.perf_counter()
        process = subprocess.Popen(["/usr/bin/time", "-f", "%M", "-o", report.name, *command], cwd=folder, env=environment(more),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in statuses:
            raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
        return Run(wall, usage.ru_utime + usage.ru_stime, int(report.read().split()[-1]) / 1024)
