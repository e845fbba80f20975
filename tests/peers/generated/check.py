#!/usr/bin/env python3
"""Compiles services at random with Driftless and with the framework, and holds the answers against each other.

usage: check.py [--seed N] [--count N] [--only INDEX] [--keep DIR] [--record DIR] [--refusals] [--jobs N]

DRIFTLESS is the program, ORACLE the folder that `config/setup oracle` made. Exit status 1 when an answer differs, 77 when the
framework is not there (1 with CI=true)."""
import argparse
from concurrent.futures import ThreadPoolExecutor
import itertools
import json
import os
import re
from pathlib import Path
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "corpus"
sys.path.insert(0, str(CORPUS))
import templates  # noqa: E402
from services import Service  # noqa: E402
from twists import Twists  # noqa: E402
from yaml_text import Writer  # noqa: E402

DRIFTLESS = os.path.abspath(os.environ.get("DRIFTLESS", "build/driftless"))
ORACLE = Path(os.environ.get("ORACLE", "build/oracle")).resolve()
SERVICES_AT_ONCE = 100
PLACE = re.compile(r"^\S+:\d+:\d+: error: ", re.M)


class Oracle:
    """The framework as one process; it keeps its caches in `home`."""

    def __init__(self, home):
        node = shlex.split((ORACLE / "serverless").read_text())[2]  # #!/bin/sh exec NODE …
        self.process = subprocess.Popen(
            [node, HERE / "oracle.mjs", ORACLE / "node_modules" / "osls"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "SLS_TELEMETRY_DISABLED": "1", "CI": "1"})

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def write_service(folder, seed, schema, events):
    """Writes the service of a seed; returns its environment."""
    service = Service(seed, schema, events)
    twists = Twists(service.rng, service.configuration)
    twists.apply()
    folder.mkdir()
    (folder / "serverless.yml").write_text(Writer(service.rng).write(service.configuration).lstrip("\n") + "\n")
    for name, content in twists.files.items():
        (folder / name).write_text(json.dumps(content))
    return twists.env


def compile_service(folder, env):
    run = subprocess.run([DRIFTLESS, "compile", "--stage", "dev", "--region", "us-east-1"], cwd=folder,
                         env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True, timeout=60)
    if run.returncode == 0:
        return {"template": json.loads(run.stdout)}
    if run.returncode == 2 and "error: " in run.stderr:
        return {"refused": run.stderr}
    return {"crashed": f"status {run.returncode}: {run.stderr}"}


def judge(wanted, got):
    """(kind, what is wrong)"""
    if "crashed" in got:
        return "different", [f"Driftless ended with {got['crashed']}"]
    if "crashed" in wanted:
        return "crashed", wanted["crashed"].splitlines()
    if "refused" in wanted:
        if "refused" not in got:
            return "different", [f"compiled, where the framework refuses: {wanted['refused']}"]
        return ("refused", []) if PLACE.search(got["refused"]) else ("different", [f"refused at no place: {got['refused']}"])
    if "refused" in got:
        errors = [line for line in got["refused"].splitlines() if "error: " in line]
        return "different", ["refused, where the framework compiles", *errors]
    found = templates.compare(wanted["template"], got["template"])
    return ("different" if found else "equal"), found


class Run:
    def __init__(self, options, scratch, pool):
        self.options, self.scratch = options, Path(scratch)
        self.own = threading.local()
        self.oracles = []
        self.schema = pool.submit(lambda: self.oracle().ask(schema=True)["schema"]).result()
        [function] = self.schema["properties"]["functions"]["patternProperties"].values()
        self.events = {name: part for entry in function["properties"]["events"]["items"]["anyOf"]
                       for name, part in entry["properties"].items() if not name.startswith("__")}

    def oracle(self):
        """One for each thread."""
        if not hasattr(self.own, "oracle"):
            home = self.scratch / f"home-{threading.get_ident()}"
            home.mkdir()
            self.own.oracle = Oracle(home)
            self.oracles.append(self.own.oracle)
        return self.own.oracle

    def service(self, index):
        folder = self.scratch / f"{self.options.seed}-{index}"
        env = write_service(folder, folder.name, self.schema, self.events)
        shutil.copy(CORPUS / "artifact.zip", folder)
        got = compile_service(folder, env)
        wanted = self.oracle().ask(folder=str(folder), env=env)
        kind, found = judge(wanted, got)
        for _ in range(3 if kind == "different" else 0):  # the framework's order of statements can be a matter of luck
            again = self.oracle().ask(folder=str(folder), env=env)
            if "template" in again and "template" in wanted and templates.compare(wanted["template"], again["template"]):
                kind, found = "racy", [f"the framework gives two templates: {found[0]}"]
        shutil.rmtree(folder / ".serverless", ignore_errors=True)
        if self.options.keep and (kind in ("different", "crashed") or self.options.only is not None):
            self.keep(folder, Path(self.options.keep), {"env.json": env, "wanted.json": wanted, "got.json": got})
        if self.options.record and kind == "equal":
            (folder / "artifact.zip").unlink()
            self.keep(folder, Path(self.options.record), {"expected.json": wanted["template"], **({"env.json": env} if env else {})})
        shutil.rmtree(folder)
        return kind, found, wanted, got

    def keep(self, folder, where, files):
        shutil.rmtree(where / folder.name, ignore_errors=True)
        shutil.copytree(folder, where / folder.name)
        for name, content in files.items():
            (where / folder.name / name).write_text(json.dumps(content, indent=2) + "\n")

    def close(self):
        for oracle in self.oracles:
            oracle.close()


def tell(options, index, kind, found, wanted, got):
    if kind in ("different", "crashed", "racy"):
        print(f"{kind} {options.seed}-{index}", *(line[:400] for line in found[:6]), sep="\n    ", flush=True)
    if kind == "refused" and options.refusals:
        print(f"refused {options.seed}-{index}", wanted["refused"], got["refused"], sep="\n", flush=True)


def compare_all(options, run, pool):
    """Counts by kind, once enough templates were compared."""
    counts = dict.fromkeys(("equal", "refused", "crashed", "racy", "different"), 0)
    for start in itertools.count(0, SERVICES_AT_ONCE):
        indices = range(start, start + SERVICES_AT_ONCE) if options.only is None else [options.only]
        for index, (kind, *answer) in zip(indices, pool.map(run.service, indices)):
            counts[kind] += 1
            tell(options, index, kind, *answer)
            if options.only is not None or counts["equal"] + counts["different"] == options.count:
                return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=2000, help="how many templates have to be compared")
    parser.add_argument("--only", type=int, metavar="INDEX", help="the one service of that index")
    parser.add_argument("--keep", metavar="DIR", help="where to leave services that differ")
    parser.add_argument("--record", metavar="DIR", help="where to leave services that are equal, with their templates")
    parser.add_argument("--refusals", action="store_true", help="print what both refuse, and why")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if not (ORACLE / "serverless").exists():
        print(f"{ORACLE}: no framework there (config/setup oracle FOLDER)")
        return 1 if os.environ.get("CI") == "true" else 77
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(options.jobs) as pool:
        run = Run(options, scratch, pool)
        counts = compare_all(options, run, pool)
        run.close()
    print(f"seed {options.seed}: {counts['equal']} templates equal, {counts['different']} different; {counts['refused']} services "
          f"refused by both, {counts['crashed']} crash the framework, {counts['racy']} have two templates there")
    return 1 if counts["different"] or not counts["equal"] else 0


if __name__ == "__main__":
    sys.exit(main())
