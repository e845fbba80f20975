"""The stage of a story: an AWS on this machine, a git repository, a controller. Everything lies in one folder and ends with it."""
import collections
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
DRIFTLESS = os.environ["DRIFTLESS"]
PEERS = os.environ.get("DRIFTLESS_PEERS", "")
DEADLINE_S = 90


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, deadline_s=DEADLINE_S):
    """Waits until condition() gives something true, and returns it."""
    end = time.monotonic() + deadline_s
    while True:
        last = None
        try:
            got = condition()
            if got:
                return got
        except (OSError, subprocess.CalledProcessError, ValueError, LookupError) as error:
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s} s in vain for {what}" + (f": {last}" if last else ""))
        time.sleep(0.05)


class Aws:
    """An AWS on this machine, and the AWS CLI to look at it."""

    def __init__(self, kind, folder, *options):
        self.kind = kind
        self.port = free_port()
        self.log = open(os.path.join(folder, f"{kind}.log"), "wb")
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_PAGER": "",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        environment = dict(self.environment, PATH=f"{PEERS}/bin:{os.environ['PATH']}")
        command = {
            "ministack": [f"{PEERS}/bin/ministack"],
            "moto": [f"{PEERS}/bin/moto_server", "-H", "127.0.0.1", "-p", str(self.port)],
            "double": [os.environ.get("AWS_DOUBLE", ""), *options],
        }[kind]
        if kind == "ministack":
            environment["GATEWAY_PORT"] = str(self.port)
        out = subprocess.PIPE if kind == "double" else self.log
        self.process = subprocess.Popen(command, stdout=out, stderr=self.log, env=environment)
        if kind == "double":
            self.port = int(self.process.stdout.readline().decode().rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment["AWS_ENDPOINT_URL"] = self.url
        wait_for(kind, self.answers)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.kind} ended with status {self.process.returncode}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=2):
            return True

    def cli(self, *words):
        """What the AWS CLI answers, as JSON (None where it answers nothing)."""
        run = subprocess.run([f"{PEERS}/bin/python", "-m", "awscli", "--endpoint-url", self.url,
                              *words, "--output", "json"], env=self.environment,
                             capture_output=True, check=False)
        if run.returncode:
            raise subprocess.CalledProcessError(run.returncode, words, run.stdout, run.stderr)
        return json.loads(run.stdout) if run.stdout.strip() else None

    def refuses(self, *words):
        try:
            self.cli(*words)
        except subprocess.CalledProcessError as error:
            return error.stderr.decode()
        return None

    def stack(self, name):
        return self.cli("cloudformation", "describe-stacks", "--stack-name", name)["Stacks"][0]

    def output(self, name, key):
        return next(o["OutputValue"] for o in self.stack(name)["Outputs"] if o["OutputKey"] == key)

    def function(self, name):
        return self.cli("lambda", "get-function-configuration", "--function-name", name)

    def post(self, path, value):
        request = urllib.request.Request(self.url + path, json.dumps(value).encode(), {"Content-Type": "application/json"})
        return urllib.request.urlopen(request, timeout=10).read()

    def counts(self):
        """The double's: {"cloudformation:DescribeStacks": 3, …} since it started."""
        with urllib.request.urlopen(self.url + "/_double/calls", timeout=10) as answer:
            return collections.Counter(json.loads(answer.read())["counts"])

    def stop(self):
        stop(self.process)
        self.log.close()


def stop(process, deadline_s=30):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class Repository:
    """A bare repository that a controller watches, and a clone to push from."""

    def __init__(self, folder):
        self.bare = os.path.join(folder, "git")
        self.clone = os.path.join(folder, "clone")
        self.environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        for who in ("AUTHOR", "COMMITTER"):
            self.environment[f"GIT_{who}_NAME"] = "story"
            self.environment[f"GIT_{who}_EMAIL"] = "story@localhost"
        self.run("init", "-q", "--bare", "-b", "main", self.bare, where=folder)
        self.run("init", "-q", "-b", "main", self.clone, where=folder)

    def run(self, *words, where=None):
        return subprocess.run(["git", *words], cwd=where or self.clone, env=self.environment, check=True,
                              capture_output=True).stdout.decode().strip()

    def path(self, *parts):
        return os.path.join(self.clone, *parts)

    def write(self, path, text):
        whole = self.path(path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)

    def replace(self, path, old, new):
        with open(self.path(path), encoding="utf-8") as file:
            text = file.read()
        assert old in text, f"{path} does not hold {old!r}"
        self.write(path, text.replace(old, new))

    def push(self, message):
        self.run("add", "-A")
        self.run("commit", "-qm", message)
        self.run("push", "-q", self.bare, "HEAD:main")
        return self.run("rev-parse", "HEAD")

    def revert(self):
        self.run("revert", "--no-edit", "HEAD")
        self.run("push", "-q", self.bare, "HEAD:main")
        return self.run("rev-parse", "HEAD")


class Controller:
    """`driftless run` on a driftless.yml."""

    def __init__(self, folder, aws, repository, services, extra="", poll="1s", repositories=None):
        self.folder = folder
        self.aws = aws
        self.port = free_port()
        self.process = None
        text = f"store: sqlite:driftless.db\nlisten: 127.0.0.1:{self.port}\n{extra}repositories:\n"
        for name, url in {"shop": repository.bare, **(repositories or {})}.items():
            text += f"  {name}: {{url: '{url}', poll: {poll}}}\n"
        text += "services:\n"
        for name, settings in services.items():
            text += f"  {name}:\n"
            text += "".join(f"    {key}: {value}\n" for key, value in
                            {"repository": "shop", "region": "us-east-1", **settings}.items())
        with open(os.path.join(folder, "driftless.yml"), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        self.log = open(os.path.join(self.folder, "controller.log"), "ab")
        self.process = subprocess.Popen([DRIFTLESS, "run"], cwd=self.folder, env=self.aws.environment, stderr=self.log)
        wait_for("the controller", self.answers)
        return self

    def answers(self):
        assert self.process.poll() is None, f"the controller ended with status {self.process.returncode}:\n{self.tail()}"
        return self.api("/healthz", raw=True)

    def stop(self):
        code = stop(self.process)
        self.log.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def api(self, path, method="GET", body=None, raw=False):
        data = json.dumps(body).encode() if body is not None else (b"" if method == "POST" else None)
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return text if raw else json.loads(text)

    def verb(self, *words):
        """A verb of the command line: (exit status, standard output, standard error)."""
        run = subprocess.run([DRIFTLESS, *words], cwd=self.folder, env=self.aws.environment, capture_output=True,
                             stdin=subprocess.DEVNULL, check=False)
        return run.returncode, run.stdout.decode(), run.stderr.decode()

    def service(self, name):
        return next((s for s in self.api("/api/services")["services"] if s["name"] == name), {"state": "not there"})

    def wait_state(self, name, *states, revision=None):
        def reached():
            service = self.service(name)
            return service["state"] in states and (revision is None or service["revision"] == revision) and service
        try:
            return wait_for(f"{name} to be {' or '.join(states)}", reached)
        except AssertionError as error:
            raise AssertionError(f"{error}\nit is {self.service(name)}\n{self.tail()}") from None

    def drift_now(self, name):
        self.api(f"/api/services/{name}/drift", "POST")

    def tail(self, lines=40):
        with open(os.path.join(self.folder, "controller.log"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def log_since(self, mark=0):
        with open(os.path.join(self.folder, "controller.log"), encoding="utf-8", errors="replace") as file:
            return file.read()[mark:]


class World:
    """with World("ministack") as world: …; prints the controller's log when a story fails."""

    def __init__(self, kind, *options):
        self.kind, self.options = kind, options

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="driftless-story-")
        self.aws = Aws(self.kind, self.folder, *self.options)
        self.repository = Repository(self.folder)
        self.controller = None
        return self

    def run(self, services, extra="", poll="1s", repositories=None):
        """`repositories`: {name: URL} beside "shop", which is the world's own."""
        self.controller = Controller(self.folder, self.aws, self.repository, services, extra, poll, repositories)
        return self.controller.start()

    def add_example(self, name, under="services"):
        shutil.copytree(os.path.join(SOURCE, "config", "examples", name), self.repository.path(under, name))

    def __exit__(self, kind, value, trace):
        if kind and self.controller:
            print(self.controller.tail(60), file=sys.stderr)
        if self.controller and self.controller.process and self.controller.process.poll() is None:
            self.controller.stop()
        self.aws.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def skip_without_peers():
    """77 is ctest's skip; with CI=true nothing is skipped."""
    if os.path.exists(os.path.join(PEERS, "bin", "ministack")):
        return
    print(f"no peers at '{PEERS}': sh config/setup peers FOLDER installs them, DRIFTLESS_PEERS names the folder")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def zip_of(folder, name, text):
    """A zip with one Python file, for somebody who swaps code by hand."""
    path = os.path.join(folder, "swapped.zip")
    source = os.path.join(folder, name)
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([sys.executable, "-m", "zipfile", "-c", path, name], cwd=folder, check=True)
    return path


def matches(pattern, text):
    return re.search(pattern, text, re.S) is not None
