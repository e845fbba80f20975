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
from hostile import bench_hostile  # noqa: E402
from packages import bench_package, bench_package_scale  # noqa: E402
from processes import run_once, seconds  # noqa: E402
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
    lines = [f"service: {name}", "configValidationMode: warn", "provider:", "  name: aws", "  runtime: python3.12", "functions:"]
    for n in range(functions):
        lines += [f"  function{n}:", "    handler: code.handler", "    events:"]
        lines.append("      " + EVENTS[n % kinds].format(n=n, minutes=n + 2))
    return "\n".join(lines) + "\n"


def write_service(folder, text):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "serverless.yml"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(folder, "code.py"), "w", encoding="utf-8") as file:
        file.write("def handler(event, context):\n    return 'ok'\n")


OURS = [DRIFTLESS, "compile", "--stage", "dev", "--region", "us-east-1"]
THEIRS = [ORACLE, "package", "--stage", "dev", "--region", "us-east-1"]


def bench_compile():
    print("compile: functions, driftless ms, osls ms, ratio (pair by pair, median), driftless MiB, osls MiB")
    for functions in (1, 50, 200):
        with tempfile.TemporaryDirectory() as folder:
            write_service(folder, service_text(functions))
            time.sleep(3)  # files of a service are older; younger ones are hashed in every run
            pairs = [(seconds(OURS, folder), seconds(THEIRS, folder)) for _ in range(10)][1:]
            ours, theirs = (statistics.median(times) * 1000 for times in zip(*pairs))
            ratio = statistics.median(b / a for a, b in pairs)
            print(f"  {functions:4d}  {ours:7.1f}  {theirs:7.0f}  {ratio:6.0f}"
                  f"  {run_once(OURS, folder).peak_mib:6.1f}  {run_once(THEIRS, folder).peak_mib:6.1f}", flush=True)


def bench_repeated():
    """As in the running controller: no start of a process, document to template bytes."""
    program = os.path.join(os.path.dirname(DRIFTLESS), "compile-repeatedly")
    with tempfile.TemporaryDirectory() as folder:
        write_service(folder, service_text(50))
        ratios, ours = [], []
        for _ in range(5):
            times = subprocess.run([program, folder, "20"], check=True, capture_output=True, text=True).stdout.split()
            ours.append(statistics.median(map(float, times)))
            ratios.append(seconds(THEIRS, folder) * 1000 / ours[-1])
        print(f"repeated: 50 functions in {statistics.median(ours):.1f} ms, "
              f"{statistics.median(ratios):.0f} times faster than osls", flush=True)
    for functions in (50, 100, 200, 400):  # more make a template that AWS takes no more
        cost_of_a_function(program, functions, "", service_text(functions))
    for functions in (50, 100, 500, 1000, 2000):
        cost_of_a_function(program, functions, " of one resource", lean_service_text(functions))


def lean_service_text(functions):
    return ("service: lean\nconfigValidationMode: warn\nprovider: {name: aws, runtime: python3.12, versionFunctions: false}\nfunctions:\n"
            + "".join(f"  f{n}: {{handler: code.handler, disableLogs: true}}\n" for n in range(functions)))


def cost_of_a_function(program, functions, kind, text):
    with tempfile.TemporaryDirectory() as folder:
        write_service(folder, text)
        times = subprocess.run([program, folder, "9"], check=True, capture_output=True, text=True).stdout.split()
        print(f"repeated: {functions:5d} functions{kind}, {min(map(float, times)) * 1000 / functions:5.0f} us a function", flush=True)


def bench_poll():
    """The controller looks every second; its own log says how long the rest took."""
    with World("double") as world:
        write_service(world.repository.path("one"), service_text(1, "one", 1))
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
        write_service(world.repository.path(f"s{n}"), service_text(1, f"s{n}", 1))
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


FIGURES = {"compile": bench_compile, "repeated": bench_repeated, "poll": bench_poll, "unchanged": bench_unchanged, "first": bench_first,
           "package": bench_package, "package_scale": bench_package_scale, "hostile": bench_hostile}

if __name__ == "__main__":
    for name in sys.argv[1:] or FIGURES:
        FIGURES[name]()
