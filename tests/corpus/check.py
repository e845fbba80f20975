#!/usr/bin/env python3
"""Compiles every service beside this file and holds the templates against expected.json.

DRIFTLESS is the program; arguments name services (default: all of them)."""
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

import templates

HERE = Path(__file__).resolve().parent
DRIFTLESS = os.environ.get("DRIFTLESS", "driftless")


def compile_service(folder):
    """The template, or what the compiler has to say."""
    given = folder / "env.json"
    environment = json.loads(given.read_text()) if given.exists() else {}
    with tempfile.TemporaryDirectory() as scratch:
        service = Path(scratch, "service")
        shutil.copytree(folder, service)
        shutil.copy(HERE / "artifact.zip", service)
        run = subprocess.run(
            [DRIFTLESS, "compile", "--stage", "dev", "--region", "us-east-1"],
            cwd=service, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, timeout=60,
        )
    return (json.loads(run.stdout), None) if run.returncode == 0 else (None, run.stderr)


def check(folder):
    got, complaint = compile_service(folder)
    if complaint:
        return complaint.splitlines()
    return templates.compare(json.loads((folder / "expected.json").read_text()), got)


def main():
    names = sys.argv[1:] or sorted(path.parent.name for path in HERE.glob("*/expected.json"))
    wrong = 0
    for name in names:
        found = check(HERE / name)
        wrong += bool(found)
        print(f"{'not ok' if found else 'ok'} {name}", *found[:10], sep="\n    ")
    print(f"{len(names) - wrong} of {len(names)} services compile to the framework's template")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
