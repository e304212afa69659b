"""A database of a test's own on real servers, and handoff's programs run against it.

HANDOFF_TEST_DATABASE_URL names a PostgreSQL where databases may be created, HANDOFF_TEST_KAFKA_BROKERS a Kafka.
Topics are shared with other tests, so each database begins at the topics' ends.
"""
import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from postgres import Questions

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("HANDOFF_BIN_DIR", ROOT / "build" / "dev" / "bin"))
ADMIN_URL = os.environ.get("HANDOFF_TEST_DATABASE_URL", "")
ADMIN = Questions(ADMIN_URL)
BROKERS = os.environ.get("HANDOFF_TEST_KAFKA_BROKERS", "")
SKIP = 77  # ctest's SKIP_RETURN_CODE
READERS = {"adt.inbound": "matcher", "adt.matched": "transitions", "transition.events": "notifier", "roster.updates": "roster"}


def require_servers():
    """Ends the test as skipped where the servers are not there, unless they are required."""
    missing = [f"{name} is not set" for name in ("HANDOFF_TEST_DATABASE_URL", "HANDOFF_TEST_KAFKA_BROKERS") if not os.environ.get(name)]
    missing += [f"{name} is not installed" for name in ("psql", "kcat") if not shutil.which(name)]
    if missing:
        print(f"skipped: {', '.join(missing)}")
        sys.exit(1 if os.environ.get("HANDOFF_REQUIRE") == "all" else SKIP)


def wait_until(condition, what, seconds=30):
    """Waits for a condition with a deadline; returns what it gave."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got = condition()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


class Database:
    """A new database; `drop` it at the end."""
    model = None  # the process's migrated database, of which those of its tests are copies: to migrate takes longer than many a test

    def __init__(self, migrated=True):
        self.name = f"ho_test_{uuid.uuid4().hex[:12]}"
        self.url = re.sub(r"(://[^/?]+)(/[^?]*)?", rf"\1/{self.name}", ADMIN_URL, count=1)
        self.questions = Questions(self.url)
        self.variables = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
        self.variables.update(HANDOFF_DATABASE_URL=self.url, HANDOFF_KAFKA_BROKERS=BROKERS, HANDOFF_LOG_FORMAT="logfmt")
        if migrated:
            self._copy()
        else:
            ADMIN.rows(f"create database {self.name}")

    def _copy(self):
        if not Database.model:
            made = Database(migrated=False)
            atexit.register(made.drop)
            made.ctl("migrate")
            Database.model = made
        model = Database.model.name
        ADMIN.rows(f"create database {self.name} template {model}")
        # What belongs to a database, and not what is in it, is not copied.
        for setting, in ADMIN.rows("select unnest(setconfig) from pg_db_role_setting where setrole = 0"
                                    f" and setdatabase = (select oid from pg_database where datname = '{model}')"):
            name, value = setting.split("=", 1)
            ADMIN.rows(f"alter database {self.name} set {name} = {value}")

    def drop(self):
        self.questions.close()
        ADMIN.rows(f"drop database {self.name} with (force)")

    def rows(self, sql):
        return self.questions.rows(sql)

    def value(self, sql):
        return self.rows(sql)[0][0]

    def run(self, program, *words, check=True, **variables):
        done = subprocess.run([BIN / program, *map(str, words)], env={**self.variables, **variables}, cwd=ROOT, text=True,
                              capture_output=True, errors="replace", stdin=subprocess.DEVNULL, timeout=120)
        if check and done.returncode:
            raise AssertionError(f"{program} {words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def ctl(self, *words, check=True, **variables):
        return self.run("handoffctl", *words, check=check, **variables)

    def begin_at_topic_ends(self):
        """As if all consumers had read what other tests left in the topics."""
        self.ctl("topics", "apply")
        topic = None
        for line in self.ctl("topics", "list").stdout.splitlines():
            place = re.match(r"  partition (\d+) .* to (\d+)$", line)
            if not place:
                topic = line.split()[0]
            elif topic in READERS:
                self.rows(f"insert into kafka_offset (consumer, topic, partition, start_offset, next_offset)"
                          f" values ('{READERS[topic]}', '{topic}', {place[1]}, {place[2]}, {place[2]})")
        return self


class Session:
    """A psql that stays, to hold locks."""

    def __init__(self, database):
        self.process = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database.url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self, sql):
        self.process.stdin.write(sql + ";\n\\echo done\n")
        while (line := self.process.stdout.readline()) != "done\n":
            assert line, f"psql ended at: {sql}"

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def produce(topic, key, value, headers=()):
    """One record; returns when the broker has it."""
    words = ["kcat", "-P", "-b", BROKERS, "-t", topic, "-k", key, "-X", "acks=all", "-X", "partitioner=murmur2_random"]
    for name, text in headers:
        words += ["-H", f"{name}={text}"]
    with tempfile.NamedTemporaryFile() as file:  # a file is one record, whatever its bytes
        file.write(value)
        file.flush()
        subprocess.run(words + [file.name], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)


class Service:
    """A running service; ready when its admin port says so."""

    def __init__(self, database, program, **variables):
        self.program = program
        self.variables = {**database.variables, "HANDOFF_ADMIN_ADDRESS": "127.0.0.1:0", "HANDOFF_LOG_LEVEL": "debug",
                          "HANDOFF_INSTANCE": "test", **variables}
        self.log = []
        self.start()

    def start(self):
        self.admin = None
        self.path = f"/tmp/handoff-test-{uuid.uuid4().hex[:8]}.log"
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen([BIN / self.program], env=self.variables, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def text(self):
        return Path(self.path).read_text(errors="replace")

    def wait_ready(self, seconds=40):
        wait_until(self._is_ready, f"{self.program} is ready", seconds)
        return self

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.program} ended with {self.process.returncode}:\n{self.text()}")
        return self.get("/readyz")[0] == 200

    def get(self, path):
        """Status and text of the admin port; (0, '') while it does not answer."""
        if not self.admin:
            found = re.search(r"admin port open.*port=(\d+)", self.text())
            if not found:
                return 0, ""
            self.admin = f"http://127.0.0.1:{found[1]}"
        try:
            with urllib.request.urlopen(self.admin + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name):
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics")[1], re.M)
        return float(found[1]) if found else 0.0

    def stop(self):
        self.process.terminate()
        return self.process.wait(60)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def close(self):
        if self.process.poll() is None:
            self.kill()
        if os.environ.get("HANDOFF_TEST_KEEP_LOGS") != "yes":
            Path(self.path).unlink(missing_ok=True)


# ---- Protobuf, as much as the tests need (proto/handoff/v1) -----------------------------------------


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def packed(fields):
    """Pairs of field number and value: whole numbers, text, bytes, or lists of them for repeated fields."""
    out = b""
    for number, value in fields:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, (bool, int)):
                out += varint(number << 3) + varint(int(one)) if one else b""
            else:
                one = one.encode() if isinstance(one, str) else one
                out += varint(number << 3 | 2) + varint(len(one)) + one if one else b""
    return out
