#!/usr/bin/env python3
"""Puts one mistake at a time into good templates, and counts which are found, and at the right line.

    DRIFTLESS=build/driftless DRIFTLESS_PEERS=build/peers tests/peers/mistakes/check.py [--count 200] [--seed 1] [--show]

Driftless (`validate`, one process a template) and cfn-lint (its Python API, one process for all) read the same files. A
mistake is found where something is said that is not said of the good template; at the right line, where that is a line of
what is wrong (seed.py says which). Fails below nine and a half tenths for Driftless."""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PEERS = pathlib.Path(os.environ.get("DRIFTLESS_PEERS", ROOT / "build/peers")).absolute()
PYTHON = PEERS / "bin/python"
NEEDED = 0.95  # of the mistakes, at the right line

if PYTHON.exists() and pathlib.Path(sys.prefix) != PEERS:
    os.execv(PYTHON, [str(PYTHON), *sys.argv])
if not PYTHON.exists():
    print(f"no cfn-lint: {PYTHON} is missing (config/setup peers)")
    sys.exit(1 if os.environ.get("CI") else 77)

import cfnlint.api  # noqa: E402
import cfnlint.config  # noqa: E402
import seed as mistakes  # noqa: E402
import template_text  # noqa: E402

PROBLEM = re.compile(r"^[^\n:]*template\.yaml:(\d+)(?::\d+)?: (?:error|warning): (.*)$", re.MULTILINE)


def compiled(service):
    """A service's template, where the framework and CloudFormation agree that it is good."""
    run = subprocess.run([DRIFTLESS, "compile", str(service)], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def good_templates():
    templates = {p.stem: template_text.read(p.read_text()) for p in sorted((HERE / "templates").glob("*.yaml"))}
    for service in ("orders", "pipeline"):
        templates[f"{service} (example)"] = compiled(ROOT / "config/examples" / service)
    for case in ("http-api", "stream", "schedule", "websocket"):
        templates[f"{case} (corpus)"] = json.loads((ROOT / "tests/corpus" / case / "expected.json").read_text())
    return templates


def ask_driftless(path):
    start = time.perf_counter()
    run = subprocess.run([DRIFTLESS, "validate", str(path.parent)], capture_output=True, text=True)
    spent = time.perf_counter() - start
    return [(int(line), text) for line, text in PROBLEM.findall(run.stderr)], spent


def ask_cfn_lint(path):
    start = time.perf_counter()
    found = cfnlint.api.lint_file(path)
    return [(m.linenumber, m.rule.id + " " + m.message) for m in found], time.perf_counter() - start


TOOLS = {"driftless": ask_driftless, "cfn-lint": ask_cfn_lint}


def new_lines(before, after):
    """Lines of what is said now and was not before; lines move, so that texts are compared."""
    known = collections.Counter(text for _, text in before)
    lines = []
    for line, text in after:
        if known[text]:
            known[text] -= 1
        else:
            lines.append(line)
    return lines


def run(count, first_seed, show):
    templates = good_templates()
    with tempfile.TemporaryDirectory() as work:
        path = pathlib.Path(work) / "template" / "template.yaml"
        path.parent.mkdir()
        before = {}
        for name, template in templates.items():
            path.write_text(template_text.write(template))
            before[name] = {tool: ask(path)[0] for tool, ask in TOOLS.items()}
        table = collections.defaultdict(lambda: collections.Counter())
        spent = collections.Counter()
        for i in range(count):
            kind = mistakes.KINDS[i % len(mistakes.KINDS)]
            chance = random.Random(f"{first_seed}-{i}")
            name, template, paths = mistakes.seed(chance, kind, templates)
            text = template_text.write(template)
            path.write_text(text)
            right = {line for p in paths for line in template_text.lines_of(text, p)}
            table[kind.__name__]["all"] += 1
            for tool, ask in TOOLS.items():
                said, seconds = ask(path)
                lines = new_lines(before[name][tool], said)
                spent[tool] += seconds
                table[kind.__name__][tool] += bool(lines)
                table[kind.__name__][tool, "line"] += bool(right & set(lines))
                if show and tool == "driftless" and not right & set(lines):
                    print(f"{i}: {kind.__name__} in {name}: wanted {sorted(right)} of {paths}, found {lines}")
    return templates, before, table, spent


def print_table(table, spent, count):
    print(f"{'mistake':22}{'':>6}   driftless: found  line   cfn-lint: found  line")
    total = collections.Counter()
    for kind, row in table.items():
        total.update(row)
        print(f"{kind.replace('_', ' '):22}{row['all']:>6}{row['driftless']:>20}{row['driftless', 'line']:>6}"
              f"{row['cfn-lint']:>18}{row['cfn-lint', 'line']:>6}")
    print(f"{'all':22}{total['all']:>6}{total['driftless']:>20}{total['driftless', 'line']:>6}"
          f"{total['cfn-lint']:>18}{total['cfn-lint', 'line']:>6}")
    print(f"{'ms a template':28}{1000 * spent['driftless'] / count:>20.1f}{'':6}{1000 * spent['cfn-lint'] / count:>18.1f}")
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help="without cfn-lint, which takes most of the time")
    parser.add_argument("--show", action="store_true", help="tell which mistakes Driftless does not find at their line")
    arguments = parser.parse_args()
    if arguments.alone:
        del TOOLS["cfn-lint"]
    templates, before, table, spent = run(arguments.count, arguments.seed, arguments.show)
    for name in templates:
        for _, text in before[name]["driftless"]:
            print(f"of the good template {name}: {text}")
    total = print_table(table, spent, arguments.count)
    false_alarms = sum(len(b["driftless"]) for b in before.values())
    return 0 if total["driftless", "line"] >= NEEDED * arguments.count and not false_alarms else 1


DRIFTLESS = os.path.abspath(os.environ.get("DRIFTLESS", ROOT / "build/driftless"))

if __name__ == "__main__":
    sys.exit(main())
