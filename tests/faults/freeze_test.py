"""Kafka freezes under load, or is killed, and does not come back in time: every message gets an answer, and what was
acknowledged is in the topic once Kafka is there again, though nobody sends it anew."""
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
        self.faults = []  # an answer that did not come, or not to this message
        self.ending = False
        self.threads = [threading.Thread(target=self._send, args=(port, number)) for number in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _send(self, port, number):
        sender, n = Sender(port), 0
        try:
            while not self.ending and self._exchange(sender, f"f{number}-{n}", f"M{number}"):
                n += 1  # never the same again
        except OSError as error:
            self.faults.append(f"f{number}-{n}: {error!r}")
        sender.close()

    def _exchange(self, sender, control_id, mrn):
        answer = sender.send(message(control_id, mrn=mrn)).answer()
        if not answer or answer.control_id.decode() != control_id:
            self.faults.append(f"{control_id}: {answer}")
            return False
        self.answers.append((control_id, answer.code))
        return True

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

    @classmethod
    def tearDownClass(cls):
        cls.environment.close()

    def setUp(self):
        gateway = Gateway(self.brokers, delivery_timeout_ms=TIMEOUT_MS).wait_ready()
        self.addCleanup(gateway.close)
        self.topics = Topics(self.brokers)
        self.load = Load(gateway.port)
        self.addCleanup(self.load.end)
        wait_until(lambda: self.load.count("AA") > 200, "traffic")

    def wait_for_refusals(self):
        # Twice each: all that are sent while it is away are refused, not only those that were on their way.
        wait_until(lambda: self.load.count("AR") >= 2 * SENDERS, "negative answers while Kafka is away")

    def end_load(self):
        self.load.end()
        self.assertFalse(any(thread.is_alive() for thread in self.load.threads))
        self.assertEqual(self.load.faults, [])
        self.assertEqual({code for _, code in self.load.answers}, {"AA", "AR"})

    def check_all_acknowledged_are_stored(self):
        stored = {value.split(b"|")[9].decode() for value in self.topics.values("adt.inbound")}
        self.assertEqual([name for name, code in self.load.answers if code == "AA" and name not in stored], [])

    def test_nobody_is_left_in_silence_and_nothing_acknowledged_is_lost(self):
        kafka = self.environment.pid("kafka")
        self.addCleanup(os.kill, kafka, signal.SIGCONT)
        os.kill(kafka, signal.SIGSTOP)
        self.wait_for_refusals()
        positive = self.load.count("AA")
        os.kill(kafka, signal.SIGCONT)
        wait_until(lambda: self.load.count("AA") > positive + 200, "positive answers when it is awake")
        self.end_load()
        self.check_all_acknowledged_are_stored()

    def test_killed_for_good_it_has_kept_all_that_was_acknowledged(self):
        self.environment.dev("kill", "kafka")
        self.wait_for_refusals()
        self.end_load()
        self.environment.dev("start", "kafka")
        self.check_all_acknowledged_are_stored()


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
