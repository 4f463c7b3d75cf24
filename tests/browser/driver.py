"""A real browser through plain WebDriver: Chromium and chromedriver, nothing but Python's own library."""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request


class Missing(Exception):
    """No browser here."""


def find(names):
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise Missing(f"none of {', '.join(names)} is installed")


class Browser:
    """One window; `with` ends it and everything it started."""

    def __init__(self, width=1280, height=900):
        driver = os.environ.get("WORLDPROOF_CHROMEDRIVER") or find(["chromedriver"])
        chromium = os.environ.get("WORLDPROOF_CHROMIUM") or find(["chromium", "chromium-browser", "google-chrome"])
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([driver, f"--port={port}"], **quiet)
        self.session = ""
        try:
            self.await_driver()
            args = [
                "--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage",
                "--force-device-scale-factor=1", "--force-color-profile=srgb", "--disable-background-networking",
                f"--window-size={width},{height}", f"--user-data-dir={self.profile.name}",
            ]
            # Chromium has no sandbox for the superuser, as whom containers often run.
            args += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
            wanted = {
                "browserName": "chrome",
                "goog:chromeOptions": {"binary": chromium, "args": args},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            }
            answer = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self.session = f"/session/{answer['sessionId']}"
            self.version = answer["capabilities"]["browserVersion"]
            self.shape(width, height)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.session:
            try:
                self.ask("DELETE", self.session)
            except OSError:
                pass
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.profile.cleanup()

    def await_driver(self):
        for _ in range(150):
            try:
                if self.ask("GET", "/status")["ready"]:
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("chromedriver did not start")

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        # The machine's proxy must not be asked for what is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            raise RuntimeError(f"{path}: {json.load(refused)['value']['message']}") from None

    def post(self, path, **body):
        return self.ask("POST", self.session + path, body)

    def open(self, address):
        self.post("/url", url=address)

    def run(self, script, *args):
        """The value of `script`, a function's body."""
        return self.post("/execute/sync", script=script, args=list(args))

    def wait(self, script, what, seconds=30):
        until = time.monotonic() + seconds
        while True:
            got = self.run(script)
            if got:
                return got
            if time.monotonic() > until:
                raise AssertionError(f"waited in vain: {what}")
            time.sleep(0.02)

    def cdp(self, command, **params):
        return self.post("/goog/cdp/execute", cmd=command, params=params)

    def log(self, kind):
        return self.post("/se/log", type=kind)

    def shape(self, width, height, ratio=1):
        """The size of what is seen, in CSS pixels, and screen pixels to each."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=ratio, mobile=False)

    def media(self, scheme="light", media="", motion="no-preference"):
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self.cdp("Emulation.setEmulatedMedia", media=media, features=features)

    def key(self, name, *held):
        """Presses a key with those held; the names are those of WebDriver's table."""
        codes = {
            "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Shift": "\ue008",
            "Space": " ", "Home": "\ue011", "End": "\ue010", "Tab": "\ue004", "Escape": "\ue00c", "Enter": "\ue007",
            "PageUp": "\ue00e", "PageDown": "\ue00f",
        }
        keys = [codes.get(one, one) for one in (*held, name)]
        steps = [{"type": "keyDown", "value": key} for key in keys]
        steps += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.post("/actions", actions=[{"type": "key", "id": "keys", "actions": steps}])

    def pointer(self, *steps):
        """`("move", x, y)`, `("down",)` and `("up",)` in what is seen."""
        kinds = {"move": "pointerMove", "down": "pointerDown", "up": "pointerUp"}
        actions = []
        for kind, *at in steps:
            action = {"type": kinds[kind], "button": 0}
            if at:
                action |= {"x": round(at[0]), "y": round(at[1]), "duration": 0}
            actions.append(action)
        self.post("/actions", actions=[{"type": "pointer", "id": "mouse", "actions": actions}])

    def wheel(self, x, y, down):
        action = {"type": "scroll", "x": round(x), "y": round(y), "deltaX": 0, "deltaY": down, "duration": 0}
        self.post("/actions", actions=[{"type": "wheel", "id": "wheel", "actions": [action]}])

    def screenshot(self, path, whole=False):
        data = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


def near(got, expected, by, what):
    assert len(got) == len(expected), f"{what}: {len(got)} codes, {len(expected)} expected"
    worst = max(abs(a - b) for a, b in zip(got, expected))
    assert worst <= by, f"{what}: {worst} codes off; first {got[:8]}, expected {expected[:8]}"


def equal(got, expected, what):
    assert got == expected, f"{what}: {got!r}, expected {expected!r}"
