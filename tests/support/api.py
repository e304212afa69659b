"""handoff-api for a test: a database of its own with the sample workspace, the service on a free port, its answers."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from postgres import Questions

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("HANDOFF_BIN_DIR", ROOT / "build" / "dev" / "bin"))
ADMIN_URL = os.environ.get("HANDOFF_TEST_DATABASE_URL", "")
TOKEN = "0123456789abcdef-token-of-the-tests"
BEARER = {"Authorization": "Bearer " + TOKEN}
SKIP = 77
PEOPLE = ("Delgado", "Rosa", "Okonkwo", "M1001", "555-0142", "19510304")


def require_parts():
    missing = []
    if not ADMIN_URL:
        missing.append("HANDOFF_TEST_DATABASE_URL is not set: the api needs a real PostgreSQL")
    if not (BIN / "handoff-api").exists():
        missing.append(f"there is no handoff-api in {BIN}: build it")
    if not shutil.which("psql"):
        missing.append("there is no psql: run deploy/dev install")
    if missing:
        print("\n".join(missing), file=sys.stderr)
        sys.exit(1 if os.environ.get("HANDOFF_REQUIRE") == "all" else SKIP)


def until(what, ask, seconds=15):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for: {what}")


def psql(url, *words):
    result = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, *words],
                            cwd=ROOT, capture_output=True, text=True)
    if result.returncode:
        raise AssertionError(result.stderr)
    return result.stdout.strip()


class Database:
    def __init__(self):
        self.name = f"ho_api_{os.getpid()}"
        self.url = urlsplit(ADMIN_URL)._replace(path="/" + self.name).geturl()
        psql(ADMIN_URL, "-c", f"create database {self.name}")
        for file in sorted((ROOT / "deploy" / "sql").glob("*.sql")):
            psql(self.url, "-1", "-f", str(file))
        psql(self.url, "-v", f"reference={time.strftime('%Y-%m-%dT18:04:00Z', time.gmtime())}", "-f", "tests/support/workspace.sql")
        self.questions = Questions(self.url)
        self.members = 0

    def drop(self):
        self.questions.close()
        psql(ADMIN_URL, "-c", f"drop database if exists {self.name} with (force)")

    def sql(self, statement):
        """What it gives, as psql would print it: a line a row, columns parted by |."""
        return "\n".join("|".join(row) for row in self.questions.rows(statement))

    def new_task(self, want="wanted", late=None):
        """An open task of a member of its own; its key."""
        self.members += 1
        member = f"N{self.members:04}"
        self.sql(f"select sample.member('{member}', 'Nadia', 'Surname{self.members}', 19800101, '', 'English', 'Ben Okafor')")
        late = f"'{late}'" if late else "null"
        return self.sql(f"select sample.task('{member}', '{member}', 'contact-after-discharge', now() + interval '1 day',"
                        f" want => '{want}', late => {late})")

    def work(self, key):
        """(status, assignee, version) of the one work row of a task's member."""
        return self.sql("select w.status, w.assignee, w.version from task_work w join task_plan p using (member_id)"
                        f" where p.key = decode('{key}', 'hex')").split("|")


class Proxy:
    """Between the api and PostgreSQL, so that PostgreSQL can go away and come back."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.target = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self.listener, self.pairs, self.threads, self.open = None, [], [], False
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            self.port = reserved.getsockname()[1]
        user = parts.netloc.rpartition("@")[0]
        self.url = parts._replace(netloc=(user + "@" if user else "") + f"127.0.0.1:{self.port}").geturl()

    def up(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.open = True
        self._start(self._accept, self.listener)

    def down(self):
        self.open = False
        self._end(self.listener)
        for one in self.pairs:
            self._end(one)
        for thread in self.threads:
            thread.join()
        for one in (self.listener, *self.pairs):
            one.close()
        self.pairs, self.threads = [], []

    def _start(self, target, *words):
        thread = threading.Thread(target=target, args=words, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(self.target)
            self.pairs += [near, far]
            self._start(self._carry, near, far)
            self._start(self._carry, far, near)

    @staticmethod
    def _carry(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for one in (a, b):
            Proxy._end(one)

    @staticmethod
    def _end(one):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


class Api:
    def __init__(self, database_url, *flags, open_on_loopback=False, web_dir="", address="127.0.0.1:0"):
        self.folder = tempfile.mkdtemp(prefix="handoff-api-")
        token_file = Path(self.folder, "token")
        token_file.write_text(TOKEN + "\n")
        token_file.chmod(0o600)
        variables = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
        variables.update(HANDOFF_DATABASE_URL=database_url, HANDOFF_API_TOKEN_FILE=str(token_file), HANDOFF_WEB_DIR=web_dir,
                         HANDOFF_API_OPEN_ON_LOOPBACK="yes" if open_on_loopback else "no")
        command = ["setpriv", "--pdeathsig", "TERM", str(BIN / "handoff-api"), "--api-address", address, *flags]
        self.process = subprocess.Popen(command, env=variables, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.log, self.port = [], 0
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()
        until("the api to serve", lambda: self.port or self.process.poll() is not None)
        if not self.port:
            raise AssertionError("the api ended:\n" + "\n".join(self.log))

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line.rstrip())
            if '"serving"' in line:
                self.port = json.loads(line)["port"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=20)
        self.reader.join()
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if status:
            raise AssertionError(f"the api ended with {status}:\n" + "\n".join(self.log))

    def call(self, method, path, body=None, headers=None, host="127.0.0.1"):
        connection = http.client.HTTPConnection(host, self.port, timeout=20)
        headers = dict(headers if headers is not None else BEARER)
        data = None
        if body is not None:
            data = body if isinstance(body, (bytes, str)) else json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            if data is not None:
                data = data.encode() if isinstance(data, str) else data
                connection.putheader("Content-Length", str(len(data)))
            elif method == "POST":
                connection.putheader("Content-Length", "0")
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(data)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, headers=None):
        return self.call("GET", path, headers=headers)

    def change(self, key, action, version, body=None, **more):
        headers = {**BEARER, **({} if version is None else {"If-Match": f'"{version}"'})}
        headers.update({name.replace("_", "-"): value for name, value in more.items()})
        return self.call("POST", f"/v1/tasks/{key}/{action}", body, headers)

    def sign_in(self):
        answer = self.call("POST", "/v1/session")
        assert answer.status == 201, answer.text
        return {"Cookie": answer.headers["set-cookie"].split(";")[0]}

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"


class Stream:
    """Server-sent events, as they come."""

    def __init__(self, api, headers=None, last_id=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
        headers = dict(headers or BEARER)
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.connection.request("GET", "/v1/stream", headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def next(self, name=None, seconds=15):
        """The next event (of that name): (name, id). None at the end of the stream."""
        event, identity, deadline = None, None, time.monotonic() + seconds
        while line := self.response.readline().decode():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for an event {name or ''}")
            line = line.rstrip("\n")
            if line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("id:"):
                identity = line[3:].strip()
            elif not line and event:
                if name in (None, event):
                    return event, identity
                event = None
        return None

    def close(self):
        self.response.close()
        self.connection.close()


def schema_errors(schema, value, spec, where="$"):
    """What in `value` is not as `schema` says: the parts of JSON Schema that the description uses."""
    while "$ref" in schema:
        target = spec
        for part in schema["$ref"].lstrip("#/").split("/"):
            target = target[part]
        schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
    names = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
    errors = []
    for part in schema.get("allOf", []):
        errors += schema_errors(part, value, spec, where)
    if "oneOf" in schema and sum(not schema_errors(part, value, spec, where) for part in schema["oneOf"]) != 1:
        errors.append(f"{where}: is none or more than one of its forms")
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(isinstance(value, names[t]) and (t == "boolean" or not isinstance(value, bool)) for t in types):
        return errors + [f"{where}: {type(value).__name__} is no {types}"]
    if "enum" in schema and value not in schema["enum"]:
        errors.append(f"{where}: is none of {schema['enum']}")
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        errors.append(f"{where}: does not match {schema['pattern']}")
    if isinstance(value, list):
        for i, item in enumerate(value):
            errors += schema_errors(schema.get("items", {}), item, spec, f"{where}[{i}]")
    if isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
        errors += [f"{where}: lacks {name}" for name in schema.get("required", []) if name not in value]
        for name, item in value.items():
            if name in known:
                errors += schema_errors(known[name], item, spec, f"{where}.{name}")
            elif other is False:
                errors.append(f"{where}: has the unknown {name}")
            elif isinstance(other, dict):
                errors += schema_errors(other, item, spec, f"{where}.{name}")
    return errors


class Case(unittest.TestCase):
    maxDiff = None

    def assert_problem(self, answer, status, name):
        """A problem document as the description has it, without anybody's data. Returns it."""
        self.assertEqual((status, "application/problem+json"), (answer.status, answer.headers.get("content-type")), answer.text)
        problem = answer.json
        self.assertEqual("/v1/openapi.json#/x-problems/" + name, problem["type"])
        self.assertEqual((status, SPEC["x-problems"][name]["title"]), (problem["status"], problem["title"]))
        self.assertEqual(SPEC["x-problems"][name]["status"], status)
        self.assertTrue(problem["detail"])
        for word in PEOPLE:
            self.assertNotIn(word, problem["detail"])
        return problem

    def assert_described(self, answer, path, method="get"):
        """The answer is as the description says for this status."""
        self.assertIn(str(answer.status), SPEC["paths"][path][method]["responses"])
        described = SPEC["paths"][path][method]["responses"][str(answer.status)]
        while "$ref" in described:
            described = SPEC["components"]["responses"][described["$ref"].split("/")[-1]]
        (content,) = described["content"].values()
        self.assertEqual([], schema_errors(content["schema"], answer.json, SPEC))


SPEC = json.loads((ROOT / "services/api/openapi.json").read_text())
