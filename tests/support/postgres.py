"""PostgreSQL's simple queries over a connection that stays: as much of its protocol (version 3) as tests ask.

A test that waits for a condition asks fifty times a second; with a psql for each question it would take most of a core.
"""
import base64
import hashlib
import hmac
import os
import select
import socket
import struct
import threading
from urllib.parse import unquote, urlsplit

PATIENCE = 60  # seconds that a statement may take


class Failure(AssertionError):
    """The server's own words about a statement that failed."""


class Questions:
    """Asks one database, each thread over a connection of its own. A connection that the server has ended is made anew
    before a statement goes out, never with one on its way."""

    def __init__(self, url):
        self.url = url
        self.of_thread = threading.local()

    def rows(self, sql):
        """What the statements give, as tuples of text; a null is the empty text."""
        connection = getattr(self.of_thread, "connection", None)
        if not connection or connection.has_ended():
            self.close()
            connection = self.of_thread.connection = Connection(self.url)
        return connection.rows(sql)

    def close(self):
        """This thread's connection."""
        connection = getattr(self.of_thread, "connection", None)
        if connection:
            connection.close()
        self.of_thread.connection = None


class Connection:
    def __init__(self, url):
        parts = urlsplit(url)
        user = unquote(parts.username or "")
        self.password = unquote(parts.password or "").encode()
        self.socket = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 5432), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        try:
            self._start(user, unquote(parts.path[1:]) or user)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.stream.close()
        self.socket.close()

    def has_ended(self):
        """Between two statements the server says something only when it ends the connection."""
        return self.socket.fileno() < 0 or bool(select.select([self.socket], [], [], 0)[0])

    def rows(self, sql):
        found, failure = [], None
        self._send(b"Q", sql.encode() + b"\0")
        try:
            while (message := self._receive())[0] != b"Z":
                kind, body = message
                if kind == b"D":
                    found.append(self._row(body))
                elif kind == b"E":
                    failure = Failure(f"{sql[:200]}: {self._words(body)}")
        except (OSError, EOFError) as error:
            self.close()
            raise failure or Failure(f"{sql[:200]}: the connection has ended: {error}") from error
        if failure:
            raise failure
        return found

    def _send(self, kind, body):
        self.socket.sendall(kind + struct.pack(">i", len(body) + 4) + body)

    def _receive(self):
        head = self.stream.read(5)
        if len(head) < 5:
            raise EOFError("the server has closed it")
        kind, length = head[:1], struct.unpack(">i", head[1:])[0]
        return kind, self.stream.read(length - 4)

    @staticmethod
    def _row(body):
        columns, at = [], 2
        for _ in range(struct.unpack_from(">h", body)[0]):
            size, = struct.unpack_from(">i", body, at)
            columns.append(body[at + 4:at + 4 + max(size, 0)].decode())
            at += 4 + max(size, 0)
        return tuple(columns)

    @staticmethod
    def _words(body):
        fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
        told = [("DETAIL", b"D"), ("HINT", b"H"), ("CONTEXT", b"W")]
        return "\n".join([f"{fields.get(b'S')}:  {fields.get(b'M')}", *(f"{name}:  {fields[key]}" for name, key in told if key in fields)])

    def _start(self, user, database):
        settings = (("user", user), ("database", database), ("application_name", "test"), ("client_encoding", "UTF8"))
        body = struct.pack(">i", 3 << 16) + b"".join(f"{name}\0{value}\0".encode() for name, value in settings) + b"\0"
        self.socket.sendall(struct.pack(">i", len(body) + 4) + body)
        while (message := self._receive())[0] != b"Z":
            if message[0] == b"E":
                raise Failure(f"database {database}: {self._words(message[1])}")
            if message[0] == b"R":
                self._authenticate(message[1])

    def _authenticate(self, body):
        how, = struct.unpack_from(">i", body)
        if how == 10:  # SASL
            self._scram()
        elif how != 0:
            raise Failure(f"the server wants authentication {how}: tests know trust and SCRAM-SHA-256")

    def _scram(self):
        """RFC 5802 and 7677, without channel binding."""
        ours = "n=,r=" + base64.b64encode(os.urandom(18)).decode()
        first = ("n,," + ours).encode()
        self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack(">i", len(first)) + first)
        theirs = self._answer(11)
        of = dict(part.split("=", 1) for part in theirs.split(","))
        bare = "c=biws,r=" + of["r"]
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(of["s"]), int(of["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), f"{ours},{theirs},{bare}".encode(), "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))).decode()
        self._send(b"p", f"{bare},p={proof}".encode())
        self._answer(12)

    def _answer(self, step):
        kind, body = self._receive()
        if kind == b"E":
            raise Failure(self._words(body))
        assert kind == b"R" and struct.unpack_from(">i", body)[0] == step, (kind, body)
        return body[4:].decode()
