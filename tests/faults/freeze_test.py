"""Kafka freezes under load and does not come back in time: every message gets an answer, and what was acknowledged is in
the topic once Kafka is awake."""
import os
import signal
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from environment import Environment, require_parts, wait_until
from gateway import Gateway, Sender, Topics, message

TIMEOUT_MS = 3000
SENDERS = 20


class Load:
    """Senders that send on and on, each its next message once the one before is answered."""

    def __init__(self, port):
        self.answers = []  # (control id, code)
        self.ending = False
        self.threads = [threading.Thread(target=self._send, args=(port, number)) for number in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _send(self, port, number):
        sender = Sender(port)
        n = 0
        while not self.ending:
            answer = sender.send(message(f"f{number}-{n}", mrn=f"M{number}")).answer()  # a silence would be an error
            self.answers.append((answer.control_id.decode(), answer.code))
            assert answer.control_id == f"f{number}-{n}".encode()
            n += 1
        sender.close()

    def count(self, code):
        return sum(c == code for _, c in self.answers)

    def end(self):
        self.ending = True
        for thread in self.threads:
            thread.join(60)


class FreezeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.environment = Environment("freeze").fresh("kafka")
        cls.environment.ctl("topics", "apply")
        cls.brokers = cls.environment.variables["HANDOFF_KAFKA_BROKERS"]
        cls.kafka = cls.environment.pid("kafka")

    @classmethod
    def tearDownClass(cls):
        os.kill(cls.kafka, signal.SIGCONT)
        cls.environment.close()

    def test_nobody_is_left_in_silence_and_nothing_acknowledged_is_lost(self):
        gateway = Gateway(self.brokers, delivery_timeout_ms=TIMEOUT_MS).wait_ready()
        self.addCleanup(gateway.close)
        topics = Topics(self.brokers)
        load = Load(gateway.port)
        self.addCleanup(load.end)
        wait_until(lambda: load.count("AA") > 200, "traffic")
        os.kill(self.kafka, signal.SIGSTOP)
        # Twice each: all that are sent while it is frozen are refused, not only those that were on their way.
        wait_until(lambda: load.count("AR") >= 2 * SENDERS, "negative answers while Kafka is frozen")
        positive = load.count("AA")
        os.kill(self.kafka, signal.SIGCONT)
        wait_until(lambda: load.count("AA") > positive + 200, "positive answers when it is awake")
        load.end()
        self.assertFalse(any(thread.is_alive() for thread in load.threads))
        self.assertEqual({code for _, code in load.answers}, {"AA", "AR"})
        stored = {value.split(b"|")[9].decode() for value in topics.values("adt.inbound")}
        self.assertEqual([name for name, code in load.answers if code == "AA" and name not in stored], [])


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
