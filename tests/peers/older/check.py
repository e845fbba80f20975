#!/usr/bin/env python3
"""Holds `driftless compile` against osls 3 over the services of services.yml: templates, what is in archives, what people
are told.

usage: check.py DRIFTLESS NODE_MODULES [NAME…]

NODE_MODULES has osls 3. A service is a document with its name as the first comment. Comments that follow say what
Driftless has to tell, each once and nothing else: `# notice: REGEX`, `# warning: REGEX`; `# stage: error` that both refuse it.
`frameworkVersion` is taken out of what osls gets, because it refuses most of them. Exit status 77: no oracle."""
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "corpus"))
import templates  # noqa: E402

FILES = ["index.js", "src/a.js", "src/b.js", "src/deep/c.js", "test/a.test.js", "docs/x.md", "README.md", ".env", ".hidden/y",
         "lib/one.py", "layer/nodejs/z.js", "layer/nodejs/z.md", "node_modules/p/index.js", "data/[1].txt", "package-lock.json"]
VERSION = re.compile(r"LambdaVersion[A-Za-z0-9]{30,}")
UPLOADED = re.compile(r"serverless/[\w-]+/dev/[^\"]*/")
LAYER_HASH = re.compile(r"\b[0-9a-f]{40}\b")


def services():
    for text in (HERE / "services.yml").read_text().split("\n---\n"):
        head = re.match(r"(?:#.*\n)*", text.lstrip()).group(0).splitlines()
        told = [re.match(r"# (notice|warning|stage): (.*)", line) for line in head[1:]]
        yield head[0].removeprefix("# "), [match.groups() for match in told if match], text


def lay_out(folder, text):
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    shutil.copy(HERE.parent.parent / "corpus" / "artifact.zip", folder)
    (folder / "serverless.yml").write_text(text)


class Oracle:
    def __init__(self, modules):
        self.process = subprocess.Popen(["node", HERE / "oracle.mjs", modules], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env={**os.environ, "SLS_TELEMETRY_DISABLED": "1"})

    def compile(self, folder):
        self.process.stdin.write(json.dumps({"folder": str(folder)}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def blank(template, keeps_versions):
    """Ids that hang on the bytes of archives, which differ on purpose unless the archive is given."""
    text = UPLOADED.sub("", json.dumps(template))
    if not keeps_versions:
        text = LAYER_HASH.sub("HASH", VERSION.sub("LambdaVersion", text))
    found = json.loads(text)
    for resource in found["Resources"].values():
        if not keeps_versions and resource["Type"] == "AWS::Lambda::Version":
            resource["Properties"].pop("CodeSha256", None)
    return found


def archives(folder):
    return {path.name: sorted(zipfile.ZipFile(path).namelist()) for path in Path(folder).rglob("*.zip")
            if path.name not in ("artifact.zip", "custom-resources.zip")}


def run(driftless, verb, folder, *more):
    return subprocess.run([driftless, verb, folder, "--stage", "dev", "--region", "us-east-1", *more],
                          env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60)


def check_told(told, text):
    rest = re.findall(r"^\S+:\d+:\d+: (error|warning|notice): (.*)$", text, flags=re.M)
    for severity, pattern in told:
        found = [one for one in rest if one[0] == severity and re.search(pattern, one[1])]
        if len(found) != 1:
            yield f"{severity} {pattern!r} is told {len(found)} times"
        rest = [one for one in rest if one not in found]
    yield from (f"told besides: {severity}: {message}" for severity, message in rest)


def check(driftless, oracle, told, text, scratch):
    theirs, ours = scratch / "theirs", scratch / "ours"
    lay_out(theirs, re.sub(r"^frameworkVersion:.*\n", "", text, flags=re.M))
    lay_out(ours, text)
    wanted = oracle.compile(theirs)
    got = run(driftless, "compile", ours)
    if ("stage", "error") in told:
        if "error" not in wanted or got.returncode == 0:
            yield f"osls: {wanted.get('error', 'takes it')}; Driftless: exit status {got.returncode}"
        return
    if "error" in wanted or got.returncode:
        yield f"osls: {wanted.get('error', 'takes it')}; Driftless: {got.stderr or got.stdout}"
        return
    given = "artifact:" in text
    yield from templates.compare(blank(wanted["template"], given), blank(json.loads(got.stdout), given))
    yield from check_told(told, got.stderr)
    packaged = run(driftless, "package", ours, "-o", str(scratch / "out"))
    theirs_in, ours_in = archives(theirs / ".serverless"), archives(scratch / "out")
    if packaged.returncode:
        yield f"package: {packaged.stderr or packaged.stdout}"
    elif theirs_in != ours_in:
        yield f"archives: {ours_in} instead of {theirs_in}"


def main():
    driftless, modules, *names = sys.argv[1:]
    if not Path(modules, "osls").is_dir():
        print(f"no osls 3 in {modules}: sh config/setup oracle build/oracle")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    oracle, wrong, count = Oracle(modules), 0, 0
    for name, told, text in services():
        if names and name not in names:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            found = list(check(driftless, oracle, told, text, Path(scratch)))
        count += 1
        wrong += bool(found)
        if found:
            print(f"not ok {name}", *found[:12], sep="\n    ")
    print(f"{count - wrong} of {count} older services compile as osls 3.77.1 compiles them")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
