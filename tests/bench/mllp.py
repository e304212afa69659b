"""Acknowledged messages a second over 1, 10 and 100 synchronous connections, each acknowledged after Kafka did, beside a
bare MLLP echo and librdkafka's bare production of the same bytes; and what an idle connection costs the gateway. The
broker's virtual machine compiles what it runs often: the figures are those of a broker that has run for a while."""
import contextlib
import os
import resource
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from authority import Authority
from environment import Environment
from gateway import BIN, Gateway, Sender, message

SECONDS = float(os.environ.get("HANDOFF_BENCH_SECONDS", "10"))
IDLE = int(os.environ.get("HANDOFF_BENCH_CONNECTIONS", "4000"))
WARM_SECONDS = float(os.environ.get("HANDOFF_BENCH_WARM_SECONDS", "30"))
MESSAGES = 5000


def frames(environment, folder):
    """Simulated messages as MLLP frames in one file."""
    environment.ctl("simulate", "--seed", 7, "--messages", MESSAGES, "--member-share", 0.05, "--out", folder)
    messages = Path(f"{folder}/messages.hl7").read_bytes().replace(b"\n", b"\r").split(b"MSH|")[1:]
    path = Path(folder) / "frames"
    path.write_bytes(b"".join(b"\x0bMSH|" + m.rstrip(b"\r") + b"\r\x1c\r" for m in messages))
    return path, sum(map(len, messages)) / len(messages)


def figures(brokers, path):
    with contextlib.closing(Gateway(brokers).wait_ready()) as gateway:
        command = [BIN / "handoff-bench-mllp", f"127.0.0.1:{gateway.port}", brokers, "adt.inbound", path]
        for connections in "100", "10":
            subprocess.run([*command, str(WARM_SECONDS), connections], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*command, str(SECONDS)], check=True)


def idle_bytes(gateway, port, context):
    """Of resident memory, a connection that has sent a message and waits."""
    for _ in range(20):
        with contextlib.closing(Sender(port, context)) as warm:
            warm.send(message("warm")).answer()
    before = gateway.metric("process_resident_memory_bytes")
    senders = [Sender(port, context) for _ in range(IDLE)]
    for sender in senders:
        assert sender.send(message("idle")).answer().code == "AA"
    grown = gateway.metric("process_resident_memory_bytes") - before
    for sender in senders:
        sender.close()
    return grown / IDLE


def idle(brokers, folder):
    ours = Authority(folder, "bench")
    certificate, key = ours.issue("gateway", "IP:127.0.0.1")
    context = ssl.create_default_context(cafile=ours.path)
    context.load_cert_chain(*ours.issue("sender"))
    options = {"max_connections": IDLE + 100, "tls_address": "127.0.0.1:0", "tls_certificate": certificate, "tls_key": key,
               "tls_client_ca": ours.path}
    for name in ("plain", "tls"):
        with contextlib.closing(Gateway(brokers, **options).wait_ready()) as gateway:
            port = gateway.port if name == "plain" else gateway.tls_port
            print(f"mllp_idle_connection_{name} {idle_bytes(gateway, port, context if name == 'tls' else None):.0f} bytes", flush=True)


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    environment = Environment("bench").fresh("kafka")
    try:
        brokers = environment.variables["HANDOFF_KAFKA_BROKERS"]
        environment.ctl("topics", "apply")
        with tempfile.TemporaryDirectory(prefix="handoff-bench-") as folder:
            path, mean = frames(environment, folder)
            print(f"mllp_message {mean:.0f} bytes", flush=True)
            figures(brokers, path)
            idle(brokers, Path(folder))
    finally:
        environment.close()


if __name__ == "__main__":
    main()
