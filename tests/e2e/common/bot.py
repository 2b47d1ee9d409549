"""A sandbox and a bot on it, each with processes of its own, for tests that are told in Python."""
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time


class Failed(Exception):
    """What went wrong, as a sentence."""


def until(seconds, what, condition):
    """Polls until `condition()` is true, and returns what it gave; after so long it is a failure."""
    deadline = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > deadline:
            raise Failed(f"after {seconds} s {what}")
        time.sleep(0.1)


def port_of(url):
    return int(re.search(r":(\d+)/", url).group(1))


class Sandbox:
    """`tinfoil sandbox` on a port, 0 for any that is free; `folder` gets its log, its info file and what it prints."""

    def __init__(self, tinfoil, folder, port, *options):
        folder.mkdir()
        self.folder, self.log = folder, folder / "log"
        with open(folder / "out", "wb") as out:
            self.process = subprocess.Popen(
                [tinfoil, "sandbox", "--listen", f"127.0.0.1:{port}", "--plain", "--info", folder / "info.json", "--log", self.log,
                 *options], stdout=out, stderr=out)
        until(20, "the sandbox has not started", (folder / "info.json").exists)
        info = json.loads((folder / "info.json").read_text())
        self.api, self.authority = info["api"], info["ca_file"]
        self.served_at, self.port = port_of(info["api"]), port_of(info["plain"]["api"])
        self.guilds = [each["id"] for each in info["guilds"]]

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, json.dumps(body) if body is not None else None)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text)

    def counts(self):
        return self.ask("GET", "/sandbox/counts")[1]

    def verdict(self):
        return self.ask("GET", "/sandbox/verdict")[1]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(20):
            raise Failed(f"the sandbox ended with {self.process.returncode}: {(self.folder / 'out').read_text()[-500:]}")


class Bot:
    """`tinfoil run` in `folder`, from an executable of its own that can be replaced."""

    def __init__(self, build, folder, collections):
        self.build, self.folder, self.collections = build, folder, collections
        self.executable, self.state, self.host = folder / "tinfoil", folder / "state", None
        (folder / "plugins").mkdir()
        (folder / "tmp").mkdir()
        self.upgrade()

    def upgrade(self):
        """A new file under the same name, as a package's upgrade does it."""
        shutil.copy(self.build / "tinfoil", self.folder / "tinfoil.new")
        os.replace(self.folder / "tinfoil.new", self.executable)

    def plugin(self, name, mark=b""):
        """Puts a plugin into the folder; with another `mark` behind its end it is another build."""
        new = self.folder / "new.so"
        new.write_bytes((self.build / "test_plugins" / f"{name}.so").read_bytes() + mark)
        os.replace(new, self.folder / "plugins" / f"{name}.so")

    def start(self, sandbox, journal, *options):
        environment = dict(os.environ, HOME=str(self.folder), TMPDIR=str(self.folder / "tmp"), DISCORD_TOKEN="sandbox",
                           TINFOIL_JOURNAL=str(journal))
        if "--token-file" in options:
            del environment["DISCORD_TOKEN"]
        with open(self.folder / "account", "ab") as out:
            self.host = subprocess.Popen(
                [self.executable, "run", "--api", sandbox.api, "--ca-file", sandbox.authority, "--plugins",
                 self.folder / "plugins", "--state", self.state, "--collections", str(self.collections), *options],
                stdout=out, stderr=out, env=environment, cwd=self.folder)

    def tell(self, *command, fine=(0,), timeout=300):
        """`tinfoil COMMAND --json`, and what it answers."""
        if self.host.poll() is not None:
            raise Failed(f"the host has ended with {self.host.returncode}")
        done = subprocess.run([self.executable, *command, "--json", "--state", self.state], capture_output=True, text=True,
                              timeout=timeout, cwd=self.folder, check=False)
        if done.returncode not in fine:
            raise Failed(f"tinfoil {' '.join(command)}: exit code {done.returncode}: {done.stdout[-2000:]} {done.stderr[-1000:]}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def shards(self):
        """Empty while the host does not answer, or answers from its file."""
        told = self.tell("shards", "list", fine=(0, 4, 7))
        return told.get("shards", []) if told.get("source") == "host" else []

    def is_ready(self):
        got = self.shards()
        return bool(got) and all(each["state"] == "ready" for each in got)

    def collection_pids(self):
        return [each["pid"] for each in self.tell("status")["collections"] if each["pid"]]

    def running_operations(self):
        told = self.tell("shards", "operations")
        return told["running"] + told["waiting"]

    def kill(self):
        self.host.kill()
        self.host.wait()

    def stop(self):
        self.tell("stop", timeout=60)
        if self.host.wait(30):
            raise Failed(f"the host ended with {self.host.returncode}")
