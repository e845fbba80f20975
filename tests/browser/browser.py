"""Chromium without a window, driven over the pipe of its DevTools protocol: JSON messages that end with a zero byte."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
DEADLINE_S = 60


class Browser:
    """with Browser() as page: page.open(url); page.run("document.title"). What the page complains of gathers in `trouble`."""

    def __init__(self, width=1280, height=900, dark=False):
        self.width, self.height, self.dark = width, height, dark
        self.trouble = []
        self.serial = 0
        self.pending = b""
        self.session = None
        self.quiet = False

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="driftless-browser-")
        read_commands, self.commands = os.pipe()
        self.answers, write_answers = os.pipe()
        self.log = open(os.path.join(self.folder, "log"), "wb")

        def place_pipes():
            # Through numbers that neither is: one of them may be 3 or 4 already.
            first, second = os.dup(read_commands), os.dup(write_answers)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
             f"--user-data-dir={self.folder}/profile", f"--window-size={self.width},{self.height}", "about:blank"],
            pass_fds=(3, 4), preexec_fn=place_pipes, stdout=self.log, stderr=self.log)
        os.close(read_commands)
        os.close(write_answers)
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.look(self.width, self.height, self.dark)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def message(self, deadline):
        while b"\0" not in self.pending:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            assert ready, "chromium does not answer"
            read = os.read(self.answers, 1 << 16)
            assert read, f"chromium ended: {open(self.log.name, encoding='utf-8', errors='replace').read()[-2000:]}"
            self.pending += read
        text, self.pending = self.pending.split(b"\0", 1)
        return json.loads(text)

    def note(self, event):
        """What a person would find in the console, or in front of the page."""
        method, params = event.get("method"), event.get("params", {})
        if method == "Page.javascriptDialogOpening":
            self.trouble.append(f"a dialog opened: {params['message']}")
            os.write(self.commands, json.dumps({"id": 0, "sessionId": self.session, "method": "Page.handleJavaScriptDialog",
                                                "params": {"accept": False}}).encode() + b"\0")
        elif self.quiet:
            return
        elif method == "Runtime.exceptionThrown":
            self.trouble.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.trouble.append(json.dumps(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.trouble.append(f"{params['entry']['source']}: {params['entry']['text']}")

    def call(self, method, **params):
        self.serial += 1
        command = {"id": self.serial, "method": method, "params": params}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.commands, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + DEADLINE_S
        while True:
            message = self.message(deadline)
            if message.get("id") == self.serial:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self.note(message)

    def look(self, width, height=900, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def open(self, url):
        self.call("Page.navigate", url=url)

    def run(self, script):
        """The value of a JavaScript expression; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, f"{script}: {result['exceptionDetails']}"
        return result["result"].get("value")

    def wait(self, what, script):
        deadline = time.monotonic() + DEADLINE_S
        while True:
            got = self.run(script)
            if got:
                return got
            assert time.monotonic() < deadline, f"waited in vain for {what}; the page says:\n{self.run('document.body.innerText')}"
            time.sleep(0.05)

    def press(self, key, text=None):
        code = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "/": 191}[key]
        typed = {"text": text} if text else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      **(typed if kind == "keyDown" else {}))

    def type(self, text):
        self.call("Input.insertText", text=text)

    def picture(self, path, whole=True):
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
