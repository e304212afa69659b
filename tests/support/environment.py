"""A whole environment for a test: real PostgreSQL, real Apache Kafka, a mail server and all services.

Everything goes through the commands that users have: deploy/dev and handoffctl.
"""
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from postgres import Questions

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("gateway", "matcher", "lookback", "relay", "transitions", "notifier", "roster", "api")
SKIP = 77  # ctest's SKIP_RETURN_CODE


class Environment:
    def __init__(self, name):
        self.folder = ROOT / "var" / "test" / name
        self.questions = None  # of the database that is up
        self.variables = dict(os.environ, HANDOFF_DEV_DIR=str(self.folder), HANDOFF_DEV_PORTS="any", HANDOFF_DEV_READY_S="120",
                              HANDOFF_INTERVAL_SECONDS="1")
        for inherited in ("HANDOFF_KAFKA_BROKERS", "HANDOFF_DATABASE_URL"):
            self.variables.pop(inherited, None)

    def dev(self, *words, check=True):
        if self.questions:
            self.questions.close()  # the server may go
        return self._run([str(ROOT / "deploy" / "dev"), *words], check=check)

    def up(self, *parts):
        """All parts, or only those."""
        self.dev("up", *parts)
        printed = self._run(["bash", "-c", 'eval "$(deploy/dev env)" && env -0']).stdout
        self.variables.update(line.split("=", 1) for line in printed.split("\0") if "=" in line)
        return self

    def fresh(self, *parts):
        """Begins anew, with nothing of what was there."""
        self.dev("reset")
        for name in list(self.variables):
            if name in ("HANDOFF_KAFKA_BROKERS", "HANDOFF_DATABASE_URL"):
                del self.variables[name]
        return self.up(*parts)

    def close(self):
        self.dev("reset", check=False)

    def ctl(self, *words, check=True):
        return self._run(["handoffctl", *map(str, words)], check=check)

    def settle(self, seconds=120):
        """Waits until every message is accounted for, and nobody is left to look for in earlier ones."""
        sought = ("select roster_seq < (select seq from roster_sequence) or exists (select from identity where look_back)"
                  " or exists (select from redecide) from look_back")
        self.ctl("ledger", "--wait", seconds)
        while self.value(sought) == "t":
            wait_until(lambda: self.value(sought) == "f", "the end of the look-back", seconds)
            self.ctl("ledger", "--wait", seconds)

    def start_ctl(self, *words):
        return self._start(["handoffctl", *map(str, words)])

    def start_dev(self, *words):
        return self._start([str(ROOT / "deploy" / "dev"), *words])

    def _start(self, command):
        return subprocess.Popen(command, cwd=ROOT, env=self.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def rows(self, sql):
        """Rows of a statement as lists of text."""
        url = self.variables["HANDOFF_DATABASE_URL"]
        if not self.questions or self.questions.url != url:
            self.questions = Questions(url)
        return [list(row) for row in self.questions.rows(sql)]

    def value(self, sql):
        return self.rows(sql)[0][0]

    def script(self, path):
        """Runs a file of SQL; returns its notices."""
        return self._run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.variables["HANDOFF_DATABASE_URL"], "-f", path]).stderr

    def log(self, service):
        return (self.folder / "log" / f"{service}.log").read_text(errors="replace")

    def pid(self, service):
        return int(self.dev("pid", service).stdout)

    def mails(self):
        with urllib.request.urlopen(self.variables["HANDOFF_MAIL_URL"] + "/email", timeout=30) as answer:
            return json.load(answer)

    def _run(self, command, check=True):
        result = subprocess.run(command, cwd=ROOT, env=self.variables, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                errors="replace", timeout=600)
        if check and result.returncode != 0:
            raise AssertionError(f"{' '.join(command[:4])} ended with {result.returncode}:\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}")
        return result


def wait_until(condition, what, seconds=60, every=0.05):
    """Waits for a condition with a deadline, asking every so many seconds; returns what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got = condition()
        if got:
            return got
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}")


def require_parts():
    """Ends the test as skipped where the parts are not there, unless they are required."""
    missing = [name for name in ("java", "node", "psql") if not _on_path(name)]
    if missing and os.environ.get("HANDOFF_REQUIRE") != "all":
        print(f"skipped: {', '.join(missing)} not installed (deploy/dev install tests)")
        sys.exit(SKIP)


def _on_path(name):
    return any(os.access(os.path.join(folder, name), os.X_OK) for folder in os.environ["PATH"].split(os.pathsep))
