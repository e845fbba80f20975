"""The figures of packing: Driftless beside osls on the same folder, and beside its own bound on git objects."""
import os
import shutil
import statistics
import subprocess
import tempfile

import code_tree
from processes import run_once

BUILD = os.environ.get("BUILD", "")
ORACLE = os.environ.get("ORACLE", "")
DRIFTLESS = os.environ.get("DRIFTLESS", "")
BENCH = os.path.join(BUILD, "package-bench")
ROUNDS = int(os.environ.get("ROUNDS", "3"))


class Figures:
    """Pairs of runs, ours and theirs, of one case."""

    def __init__(self):
        self.ours, self.theirs = [], []

    def add(self, ours, theirs):
        self.ours.append(ours)
        self.theirs.append(theirs)

    def line(self, name, other="osls"):
        median = lambda rows, of: statistics.median(getattr(row, of) for row in rows)
        ratio = lambda of: statistics.median(getattr(b, of) / getattr(a, of) for a, b in zip(self.ours, self.theirs))
        print(f"  {name}: {median(self.ours, 'wall') * 1000:.0f} ms ({median(self.ours, 'cpu') * 1000:.0f} of CPU), {other} "
              f"{median(self.theirs, 'wall') * 1000:.0f} ({median(self.theirs, 'cpu') * 1000:.0f}); ratio {ratio('wall'):.2f} "
              f"({ratio('cpu'):.2f} of CPU); peak {max(row.peak_mib for row in self.ours):.1f} MiB, {other} "
              f"{max(row.peak_mib for row in self.theirs):.1f}", flush=True)


class Place:
    """A folder with a tree, a cache of its own and room for what comes out."""

    def __init__(self, parent, files, mean_bytes=code_tree.MEAN_BYTES):
        self.tree = os.path.join(parent, "tree")
        self.cache = os.path.join(parent, "cache")
        self.ours_out, self.theirs_out = os.path.join(parent, "ours"), os.path.join(parent, "theirs")
        code_tree.make(self.tree, files, mean_bytes)

    def forget(self):
        shutil.rmtree(self.cache, ignore_errors=True)

    def ours(self):
        return run_once([DRIFTLESS, "package", "--output", self.ours_out], self.tree, {"XDG_CACHE_HOME": self.cache})

    def theirs(self):
        return run_once([ORACLE, "package", "--package", self.theirs_out], self.tree)

    def rewrite(self, *arguments):
        with open(os.path.join(self.tree, "serverless.yml"), "w", encoding="utf-8") as file:
            file.write(code_tree.service_text(*arguments))

    def change(self, turn):
        with open(os.path.join(self.tree, "src/handler.js"), "a", encoding="utf-8") as file:
            file.write(f"// {turn}\n")


def cold(place, name):
    figures = Figures()
    for _ in range(ROUNDS):
        place.forget()
        figures.add(place.ours(), place.theirs())
    figures.line(name)


def against_osls(place):
    cold(place, "folder, cold")
    size = lambda folder: os.path.getsize(os.path.join(folder, "big.zip"))
    print(f"  size of the zip: {size(place.ours_out) / size(place.theirs_out):.3f} of osls's", flush=True)
    figures = Figures()
    for turn in range(ROUNDS):
        place.change(turn)
        figures.add(place.ours(), place.theirs())
    figures.line("folder, one file changed")
    place.rewrite(1, True)
    cold(place, "folder, patterns keep 1")
    place.rewrite(10)
    cold(place, "folder, 10 functions individually, cold")


def of_git(place, artifacts=1):
    command = [BENCH, "zip", os.path.join(place.tree, ".git"), os.path.join(place.cache, "packages.db"),
               os.path.join(place.tree, "../out"), str(artifacts)]
    return run_once(command, place.tree)


def against_bound(place):
    code_tree.commit(place.tree, "Everything")
    figures = Figures()
    for _ in range(2 * ROUNDS + 1):
        place.forget()
        os.makedirs(place.cache)
        bound = run_once([BENCH, "bound", os.path.join(place.tree, ".git")], place.tree)
        figures.add(of_git(place), bound)
    figures.line("git objects, cold", "bound")
    unchanged = [of_git(place) for _ in range(ROUNDS)]
    print(f"  git objects, every content in the cache: {statistics.median(r.wall for r in unchanged) * 1000:.0f} ms "
          f"({statistics.median(r.cpu for r in unchanged) * 1000:.0f} of CPU); peak "
          f"{max(r.peak_mib for r in unchanged):.1f} MiB", flush=True)


def bench_package():
    print("package: 8,000 files, 99 MB")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder, 8000)
        against_bound(place)
        against_osls(place)


def bench_package_scale():
    print("package, by number of files (3 KB each): CPU microseconds a file cold and again, peak MiB")
    for files in (1000, 2000, 4000, 8000, 16000, 32000, 64000):
        with tempfile.TemporaryDirectory() as folder:
            place = Place(folder, files, 3000)
            first, again = [], []
            for _ in range(ROUNDS):
                place.forget()
                first.append(place.ours())
                again.append(place.ours())
            least = lambda rows: min(row.cpu for row in rows) * 1e6 / files
            print(f"  {files:6d}  {least(first):6.1f}  {least(again):6.1f}  {max(r.peak_mib for r in first + again):5.1f}", flush=True)
