#!/usr/bin/env python3
"""A service as installed dependencies make it: FILES modules in packages of forty, text that reads like JavaScript,
a binary in a hundred. The same arguments give the same bytes. usage: code_tree.py FOLDER [FILES [MEAN_BYTES]]"""
import os
import random
import subprocess
import sys

MEAN_BYTES = 12400
FILES_A_PACKAGE = 40
SHAPES = [
    "export function {a}({b}, {c}) {{\n  if (!{b}) throw new TypeError('{d} is needed to {e}');\n  return {c}.{a}({b});\n}}\n",
    "const {{ {a}, {b} }} = require('./{c}');\nmodule.exports.{d} = async ({e}) => {{\n  const {a} = await {b}({e}, {{ {c}: {n} }});\n  return {a}.map(({d}) => {d}.{c});\n}};\n",
    "/** {a} {b} {c}: {d} the {e} of a {a}, {n} at most. */\n",
    "class {A} extends {B} {{\n  constructor({c}) {{\n    super({c});\n    this.{d} = {n};\n    this.{e} = new Map();\n  }}\n}}\n",
    "  '{a}-{b}': {{ {c}: '{d}', {e}: {n}, hash: '{h}' }},\n",
    "exports.{a} = function {a}({b}) {{\n  for (const {c} of {b}.{d}) {{\n    if ({c}.{e} === {n}) return {c};\n  }}\n}};\n",
]


def vocabulary(chance):
    parts = [first + vowel + last for first in "bcdfghklmnprstvw" for vowel in "aeiou" for last in ("n", "r", "st", "ck", "l")]
    return [chance.choice(parts) + chance.choice(parts).capitalize() for _ in range(3000)]


def module_text(chance, words, size):
    own, text, length = chance.sample(words, 120), [], 0
    while length < size:
        a, b, c, d, e = chance.sample(own, 5)
        piece = chance.choice(SHAPES).format(a=a, b=b, c=c, d=d, e=e, A=a.capitalize(), B=b.capitalize(), n=chance.randrange(5000),
                                             h=f"{chance.getrandbits(64):016x}")
        text.append(piece)
        length += len(piece)
    return "".join(text).encode()


def service_text(functions, keep_one=False):
    """`functions` of them packed individually, each leaving out the packages of others when there are several."""
    lines = ["service: big", "provider: {name: aws, runtime: nodejs20.x, stage: dev, region: us-east-1}"]
    lines += ["package:", f"  individually: {'true' if functions > 1 else 'false'}", "  excludeDevDependencies: false"]
    if keep_one:
        lines += ["  patterns: ['!**', 'src/handler.js']"]
    lines += ["functions:"]
    for n in range(functions):
        lines += [f"  f{n}:", "    handler: src/handler.main"]
        if functions > 1:
            lines += ["    package:", f"      patterns: ['!node_modules/package-{n}/**']"]
    return "\n".join(lines) + "\n"


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def make(folder, files, mean_bytes=MEAN_BYTES):
    chance = random.Random(20240117)
    words = vocabulary(chance)
    write(os.path.join(folder, "serverless.yml"), service_text(1).encode())
    write(os.path.join(folder, "src/handler.js"), b"exports.main = async () => ({ statusCode: 200 });\n")
    for n in range(files - 1):
        package = os.path.join(folder, f"node_modules/package-{n // FILES_A_PACKAGE}")
        size = min(int(chance.lognormvariate(0, 1) * mean_bytes * 0.6065), 400000)
        if n % FILES_A_PACKAGE == 0:
            write(os.path.join(package, "package.json"), b'{"name": "package-%d", "version": "1.0.%d"}\n' % (n // FILES_A_PACKAGE, n % 7))
        elif n % 100 == 50:
            write(os.path.join(package, f"assets/image-{n}.bin"), chance.randbytes(size))
        else:
            write(os.path.join(package, ("lib", "dist/esm", "dist/cjs", "src")[n % 4], f"module-{n}.js"), module_text(chance, words, size))


def commit(folder, message):
    """Into a repository whose objects are packed, as a mirror's are after its first fetch. Gives the commit's id."""
    git = ["git", "-C", folder, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0"]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(git + ["init", "-q", "-b", "main"], **quiet)
    subprocess.run(git + ["add", "-A"], **quiet)
    subprocess.run(git + ["commit", "-q", "-m", message], **quiet)
    subprocess.run(git + ["repack", "-q", "-a", "-d"], **quiet)
    return subprocess.check_output(git + ["rev-parse", "HEAD"], text=True).strip()


if __name__ == "__main__":
    make(sys.argv[1], *map(int, sys.argv[2:]))
    commit(sys.argv[1], "Everything")
