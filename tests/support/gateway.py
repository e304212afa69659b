"""A gateway of a test's own, a sender's MLLP connection, and what stands in the topics."""
import json
import os
import queue
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("HANDOFF_BIN_DIR", ROOT / "build" / "dev" / "bin"))
PATIENCE = 20  # seconds for whatever must come


def wait_for(condition, what, patience=PATIENCE):
    """The condition's first true value; the deadline is far beyond what any of it takes."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)  # between two looks at the condition
    raise AssertionError(f"not within {patience} s: {what}")


class Gateway:
    """handoff-gateway on free ports, which its log names."""

    def __init__(self, brokers, **options):
        options = {"kafka_brokers": brokers, "mllp_address": "127.0.0.1:0", "admin_address": "127.0.0.1:0",
                   "feeds_dir": ROOT / "deploy" / "feeds", **options}
        words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HANDOFF_")}
        environment["HANDOFF_LOG_FORMAT"] = "json"
        self.process = subprocess.Popen([BIN / "handoff-gateway", *words], stderr=subprocess.PIPE, env=environment)
        self.log = []
        self.lines = queue.SimpleQueue()  # not taken yet; None at the end
        self.reading = threading.Thread(target=self._read_log, daemon=True)  # a full pipe would stop the gateway
        self.reading.start()
        self.admin_port = self.logged("admin port open")["port"]
        listening = self.logged("listening")
        self.port, self.tls_port = listening["port"], listening["tls_port"]

    def _read_log(self):
        for line in self.process.stderr:
            self.lines.put(line)
        self.lines.put(None)

    def logged(self, message):
        """The next line of that message; the lines before it are in `log`."""
        while True:
            line = self.lines.get(timeout=PATIENCE)
            if line is None:
                raise AssertionError(f"the gateway ended before it logged '{message}': {self.log}")
            self.log.append(json.loads(line))
            if self.log[-1]["message"] == message:
                return self.log[-1]

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name):
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics")[1], re.M)
        return float(found.group(1)) if found else None

    def wait_ready(self):
        wait_for(lambda: self.get("/readyz")[0] == 200, "the gateway is ready")
        return self

    def stop(self):
        """SIGTERM; the exit status. What it logged is added to `log`."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.reading.join()
        self.process.stderr.close()
        rest = list(iter(self.lines.get, None))
        self.log += [json.loads(line) for line in rest if line.startswith(b"{")]
        self.noise = [line for line in rest if not line.startswith(b"{")]
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reading.join()
        self.process.stderr.close()


class Sender:
    """One MLLP connection."""

    def __init__(self, port, tls=None):
        """`tls`: an ssl.SSLContext."""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.received = b""

    @classmethod
    def over(cls, connecting):
        """A socket whose connection may still be on its way."""
        sender = cls.__new__(cls)
        connecting.settimeout(PATIENCE)
        select.select([], [connecting], [], PATIENCE)
        sender.socket, sender.received = connecting, b""
        return sender

    def send(self, *messages):
        self.socket.sendall(b"".join(b"\x0b" + m + b"\x1c\r" for m in messages))
        return self

    def send_raw(self, data):
        self.socket.sendall(data)
        return self

    def answer(self):
        """The next acknowledgement; None where the connection is closed."""
        while b"\x1c\r" not in self.received:
            data = self.socket.recv(65536)
            if not data:
                return None
            self.received += data
        frame, self.received = self.received.split(b"\x1c\r", 1)
        assert frame[:1] == b"\x0b", frame
        return Answer(frame[1:])

    def answers(self, n):
        return [self.answer() for _ in range(n)]

    def is_silent(self):
        """Nothing has come by now."""
        return not self.received and not select.select([self.socket], [], [], 0)[0]

    def is_closed(self):
        """Waits until the gateway closes."""
        try:
            return self.socket.recv(1) == b""
        except (ConnectionResetError, ssl.SSLError):
            return True

    def close(self):
        self.socket.close()


class Answer:
    def __init__(self, message):
        self.message = message
        segments = {s[:3]: s.split(message[3:4]) for s in message.split(b"\r")}
        self.code = segments[b"MSA"][1].decode()
        self.control_id = segments[b"MSA"][2]
        self.own_id = segments[b"MSH"][9]
        self.error = segments.get(b"ERR")

    def __repr__(self):
        return f"{self.code} {self.control_id!r}"


class Topics:
    """What comes into adt.inbound and adt.rejected from now on."""

    def __init__(self, brokers):
        self.brokers = brokers
        self.begin = {topic: self._ends(topic) for topic in ("adt.inbound", "adt.rejected")}

    def _partitions(self, topic):
        data = json.loads(subprocess.check_output(["kcat", "-b", self.brokers, "-L", "-J", "-t", topic],
                                                  stderr=subprocess.DEVNULL))
        return range(len(data["topics"][0]["partitions"]))

    def _ends(self, topic):
        words = [w for p in self._partitions(topic) for w in ("-t", f"{topic}:{p}:-1")]
        lines = subprocess.check_output(["kcat", "-b", self.brokers, "-Q", *words], text=True).splitlines()
        return {int(p): int(o) for p, o in re.findall(r"\[(\d+)\] offset (-?\d+)", "\n".join(lines))}

    def read(self, topic):
        """Records as (partition, offset, key, headers, value)."""
        records = []
        for partition, end in self._ends(topic).items():
            begin = self.begin[topic][partition]
            if end > begin:
                records += self._read(topic, partition, begin, end)
        return records

    def _read(self, topic, partition, begin, end):
        # Lengths first, for values hold any byte.
        data = subprocess.check_output(["kcat", "-b", self.brokers, "-C", "-q", "-t", topic, "-p", str(partition), "-o",
                                        str(begin), "-c", str(end - begin), "-f", "%o %K %S %h\n%k%s"])
        records = []
        while data:
            head, data = data.split(b"\n", 1)
            offset, key_bytes, value_bytes, headers = head.split(b" ", 3)
            n, m = max(int(key_bytes), 0), max(int(value_bytes), 0)
            headers = dict(h.split("=", 1) for h in headers.decode().split(","))
            records.append((partition, int(offset), data[:n], headers, data[n:n + m]))
            data = data[n + m:]
        return records

    def values(self, topic):
        return [record[4] for record in self.read(topic)]


def set_topic(brokers, topic, name, value):
    """Sets one of a topic's settings (Kafka's IncrementalAlterConfigs, version 0)."""
    def text(words):
        return struct.pack(">h", len(words)) + words.encode()
    host, port = brokers.split(",")[0].rsplit(":", 1)
    body = struct.pack(">ib", 1, 2) + text(topic) + struct.pack(">i", 1) + text(name) + b"\0" + text(value) + b"\0"
    request = struct.pack(">hhi", 44, 0, 1) + text("test") + body
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection, connection.makefile("rb") as stream:
        connection.sendall(struct.pack(">i", len(request)) + request)
        answer = stream.read(*struct.unpack(">i", stream.read(4)))
    code, = struct.unpack(">h", answer[12:14])
    assert code == 0, answer


class Broker:
    """handoff-devbroker, the evaluation broker, to be stopped and woken at will."""

    def __init__(self):
        self.process = subprocess.Popen([BIN / "handoff-devbroker"], stdout=subprocess.PIPE, text=True)
        word, self.brokers = self.process.stdout.readline().split()
        assert word == "brokers", word

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)  # on a busy machine it takes some more messages first

    def wake(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def message(control_id="1", kind="ADT^A01", sender="EPIC|STANNE", processing="P", version="2.5.1", accept="",
            application="", mrn="MRN1", pad=0):
    """A message of an invented patient."""
    segments = [
        f"MSH|^~\\&|{sender}|HANDOFF|PLAN|20261122103000||{kind}|{control_id}|{processing}|{version}|||{accept}|{application}",
        "EVN||20261122103000",
        f"PID|1||{mrn}^^^STANNE^MR||ALDER^ROBIN||19700101|F",
        "PV1|1|I|W^101^1||||||||||||||||V1" + "|" * 25 + "20261122102900",
    ]
    if pad:
        segments.append("NTE|1||" + "x" * pad)
    return "\r".join(segments).encode() + b"\r"
