#!/usr/bin/env python3
"""Figures for README.md beside this file; asserts nothing."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from world import DRIFTLESS, World, wait_for  # noqa: E402

ORACLE = os.environ.get("ORACLE", "")
EVENTS = [
    "- http: {{method: get, path: /items{n}, cors: true}}",
    "- httpApi: 'GET /things{n}'",
    "- schedule: rate({minutes} minutes)",
    "- sqs: arn:aws:sqs:us-east-1:123456789012:queue{n}",
    "- sns: topic{n}",
    "- s3: {{bucket: bench-bucket-{n}, event: 's3:ObjectCreated:*'}}",
    "- stream: arn:aws:kinesis:us-east-1:123456789012:stream/stream{n}",
    "- eventBridge: {{pattern: {{source: [bench.{n}]}}}}",
]


def service_text(functions, name="bench", kinds=len(EVENTS)):
    lines = [f"service: {name}", "provider:", "  name: aws", "  runtime: python3.12", "functions:"]
    for n in range(functions):
        lines += [f"  function{n}:", "    handler: code.handler", "    events:"]
        lines.append("      " + EVENTS[n % kinds].format(n=n, minutes=n + 2))
    return "\n".join(lines) + "\n"


def write_service(folder, functions, name="bench", kinds=len(EVENTS)):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "serverless.yml"), "w", encoding="utf-8") as file:
        file.write(service_text(functions, name, kinds))
    with open(os.path.join(folder, "code.py"), "w", encoding="utf-8") as file:
        file.write("def handler(event, context):\n    return 'ok'\n")


def run_once(command, folder):
    """(wall seconds, peak MiB) of one process."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment.update(SLS_NOTIFICATIONS_MODE="off", SLS_TELEMETRY_DISABLED="1", CI="true")
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    return took, usage.ru_maxrss / 1024


def bench_compile():
    print("compile: functions, driftless ms, osls ms, ratio (pair by pair, median), driftless MiB, osls MiB")
    for functions in (1, 50, 200):
        with tempfile.TemporaryDirectory() as folder:
            write_service(folder, functions)
            ours, theirs = [], []
            for _ in range(5):
                ours.append(run_once([DRIFTLESS, "compile", "--stage", "dev", "--region", "us-east-1"], folder))
                theirs.append(run_once([ORACLE, "package", "--stage", "dev", "--region", "us-east-1"], folder))
            median = lambda rows, at: statistics.median(row[at] for row in rows)
            ratio = statistics.median(b[0] / a[0] for a, b in zip(ours, theirs))
            print(f"  {functions:4d}  {median(ours, 0) * 1000:7.1f}  {median(theirs, 0) * 1000:7.0f}  {ratio:6.0f}"
                  f"  {median(ours, 1):6.1f}  {median(theirs, 1):6.1f}", flush=True)


def bench_poll():
    """The controller looks every second; its own log says how long the rest took."""
    with World("double") as world:
        write_service(world.repository.path("one"), 1, "one", 1)
        world.repository.push("First")
        controller = world.run({"one": {"path": "one", "stage": "dev", "drift": "{mode: off}"}})
        controller.wait_state("one", "synced")
        times = []
        for i in range(7):
            world.repository.replace("one/code.py", "return 'ok" + "k" * i + "'", "return 'ok" + "k" * (i + 1) + "'")
            mark = len(controller.log_since())
            head = world.repository.push(f"Change {i}")
            controller.wait_state("one", "synced", revision=head)
            line = next(l for l in controller.log_since(mark).splitlines() if ": deployed" in l)
            times.append(float(line.split("in=")[1].split()[0]) * 1000)
        print(f"poll: from the commit being seen to UPDATE_COMPLETE recorded: {statistics.median(times):.0f} ms "
              f"(min {min(times):.0f}, max {max(times):.0f})")


def many_services(world, count):
    for n in range(count):
        write_service(world.repository.path(f"s{n}"), 1, f"s{n}", 1)
    world.repository.push(f"{count} services")
    return {f"s{n}": {"path": f"s{n}", "stage": "dev", "drift": "{mode: off}"} for n in range(count)}


def all_synced(controller, count):
    states = [s["state"] for s in controller.api("/api/services")["services"]]
    return states.count("synced") == count


def calls(world):
    import urllib.request
    return json.load(urllib.request.urlopen(world.aws.url + "/_double/calls", timeout=10))


def bench_first():
    for count in (100, 200):
        with World("double") as world:
            services = many_services(world, count)
            began = time.perf_counter()
            controller = world.run(services)
            wait_for("all services", lambda: all_synced(controller, count), 300)
            took = time.perf_counter() - began
            with open(f"/proc/{controller.process.pid}/status", encoding="utf-8") as file:
                peak = next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
            print(f"first: {count} services deployed in {took:.1f} s, peak {peak:.0f} MiB resident", flush=True)


def cpu_ms(pid):
    """(of the process, of its ended children) in ms; the kernel counts in ticks of 10 ms."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    tick = 1000 / os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) * tick, (int(fields[13]) + int(fields[14])) * tick


def bench_unchanged():
    passes = 10
    for count in (1000, 2000):
        with World("double") as world:
            controller = world.run(many_services(world, count), poll="1h")
            wait_for("all services", lambda: all_synced(controller, count), 900)
            pid = controller.process.pid
            world.aws.post("/_double/reset", {"calls": True})
            pages, before = 0, cpu_ms(pid)
            for turn in range(passes):
                world.repository.write("README", f"turn {turn}\n")
                head = world.repository.push("Nothing that concerns a service")
                controller.api("/api/poll", "POST")
                pages += count // 100
                wait_for("the pass", lambda: sum(calls(world)["counts"].values()) >= pages and
                         head in os.popen(f"git -C {world.folder}/driftless.db.d/mirrors/shop rev-parse refs/heads/main").read())
            after = cpu_ms(pid)
            made = calls(world)["counts"]
            print(f"unchanged: {count} services, a commit that concerns none, a pass: "
                  f"{(after[0] - before[0]) / passes:.0f} ms of CPU in the controller, "
                  f"{(after[1] - before[1]) / passes:.0f} ms in the fetching child, "
                  f"calls {json.dumps({k: v / passes for k, v in made.items()})}", flush=True)


FIGURES = {"compile": bench_compile, "poll": bench_poll, "unchanged": bench_unchanged, "first": bench_first}

if __name__ == "__main__":
    for name in sys.argv[1:] or FIGURES:
        FIGURES[name]()
