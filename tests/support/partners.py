"""Those whom the notifier talks to: a mail server and a webhook receiver that answer as a test tells them."""
import base64
import email
import hashlib
import hmac
import json
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Steps:
    """What to do next, by recipient: each list is worked off, then all is well."""

    def __init__(self):
        self.lock = threading.Lock()
        self.steps = {}

    def plan(self, recipient, *steps):
        with self.lock:
            self.steps[recipient] = list(steps)

    def next(self, recipient):
        with self.lock:
            waiting = self.steps.get(recipient)
            return waiting.pop(0) if waiting else None


class Mail:
    def __init__(self, sender, recipient, data, tls, user):
        self.sender, self.recipient, self.data, self.tls, self.user = sender, recipient, data, tls, user
        self.message = email.message_from_bytes(data)
        self.id = self.message["Message-ID"]


class SmtpServer(socketserver.ThreadingTCPServer):
    """Steps for a recipient: a reply line as '450 busy' at DATA's end, ('rcpt', '550 no') at RCPT, 'close' after the
    data, 'hang' until `released`, or a function that is called before the mail is accepted."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, certificate=None, users=None, one_mail=False):
        super().__init__(("127.0.0.1", 0), SmtpTalk)
        self.one_mail = one_mail  # a connection ends with its first mail
        self.quits, self.silent_at_quit, self.refuses_senders = 0, False, False
        self.port = self.server_address[1]
        self.steps, self.accepted, self.seen = Steps(), [], []
        self.released = threading.Event()
        self.users = users or {}
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.shutdown()
        self.server_close()

    def to(self, recipient):
        return [mail for mail in list(self.accepted) if mail.recipient == recipient]

    def attempts_to(self, recipient):
        """Mails whose data came, whatever was answered."""
        return [mail for mail in list(self.seen) if mail.recipient == recipient]

    def handle_error(self, request, client_address):
        pass  # a peer that went away


class SmtpTalk(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.tls, self.user, self.sender, self.recipient = False, None, None, None
        self.say("220 test ESMTP")
        while True:
            line = self.rfile.readline().decode(errors="replace").strip()
            verb = line.upper().split(" ")[0].split(":")[0]
            if not line:
                return None
            if verb == "QUIT":
                self.server.quits += 1
                self.server.released.wait(60 if self.server.silent_at_quit else 0)
                return self.say("221 bye")
            if getattr(self, f"on_{verb.lower()}", self.on_unknown)(line) == "close":
                return None

    def on_unknown(self, line):
        self.say("502 unknown")

    def on_ehlo(self, line):
        extensions = ["test"] + (["STARTTLS"] if self.server.context and not self.tls else []) + (["AUTH PLAIN"] if self.server.users else [])
        for i, extension in enumerate(extensions):
            self.say(f"250{'-' if i + 1 < len(extensions) else ' '}{extension}")

    def on_starttls(self, line):
        self.say("220 go")
        self.connection = self.request = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        self.tls = True

    def on_auth(self, line):
        words = line.split(" ")
        if len(words) < 3:
            self.say("334 ")
            words.append(self.rfile.readline().decode().strip())
        _, user, password = base64.b64decode(words[2]).decode().split("\0")
        if self.server.users.get(user) != password:
            return self.say("535 no")
        self.user = user
        self.say("235 yes")

    def on_mail(self, line):
        if self.server.users and not self.user:
            return self.say("530 who are you")
        if self.server.refuses_senders:
            return self.say("553 not from here")
        self.sender = line.split("<")[1].split(">")[0]
        self.say("250 ok")

    def on_rcpt(self, line):
        self.recipient = line.split("<")[1].split(">")[0]
        self.step = self.server.steps.next(self.recipient)
        if isinstance(self.step, tuple):
            return self.say(self.step[1])
        self.say("250 ok")

    def on_rset(self, line):
        self.say("250 ok")

    def on_data(self, line):
        self.say("354 go")
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            part = self.rfile.readline()
            if not part:
                return "close"
            data += part
        mail = Mail(self.sender, self.recipient, data[:-3], self.tls, self.user)
        self.server.seen.append(mail)
        return self.finish_data(mail)

    def finish_data(self, mail):
        step, self.step = self.step, None
        if step == "close":
            return "close"
        if step == "hang":
            self.server.released.wait(60)
            return "close"
        if callable(step):
            step()
        elif step:
            return self.say(step)
        self.server.accepted.append(mail)
        self.say("250 taken")
        return "close" if self.server.one_mail else None

    def finish(self):
        super().finish()
        if self.tls:
            self.connection.close()


class Call:
    def __init__(self, headers, body):
        self.headers, self.body = headers, body
        self.id = headers["webhook-id"]
        self.json = json.loads(body)


class WebhookServer(ThreadingHTTPServer):
    """Steps are by the notice's key: a status, 'close' after the body, or ('redirect', URL)."""
    daemon_threads = True

    def __init__(self, secret):
        super().__init__(("127.0.0.1", 0), WebhookTalk)
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.secret = base64.b64decode(secret.removeprefix("whsec_"))
        self.steps, self.calls = Steps(), []
        self.connections = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()

    def process_request(self, request, client_address):
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        pass

    def about(self, key):
        return [call for call in list(self.calls) if call.json["key"] == key]

    def signature_holds(self, call):
        """As Standard Webhooks says, without the notifier's code."""
        content = f"{call.id}.{call.headers['webhook-timestamp']}.".encode() + call.body
        wanted = base64.b64encode(hmac.new(self.secret, content, hashlib.sha256).digest()).decode()
        return call.headers["webhook-signature"] == f"v1,{wanted}"


class WebhookTalk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        call = Call(self.headers, self.rfile.read(int(self.headers["content-length"])))
        self.server.calls.append(call)
        step = self.server.steps.next(call.json["key"])
        if step == "close":
            self.close_connection = True
            return
        self.send_response(302 if isinstance(step, tuple) else step or 204)
        if isinstance(step, tuple):
            self.send_header("location", step[1])
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format, *args):
        pass
