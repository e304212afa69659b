"""SIGKILL at any instant loses nothing and doubles nothing.

Each service is killed under load and started again, HANDOFF_KILL_ROUNDS times (3 by default, 20 in the longer run
`tests/faults/run`). Then every true transition is found, every message accounted for, and each mail was sent once, but for
attempts that the notifier itself lists as ambiguous.
"""
import os
import random
import shutil
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import truth
from environment import SERVICES, Environment, require_parts, wait_until

ROUNDS = int(os.environ.get("HANDOFF_KILL_ROUNDS", "3"))
MESSAGES_A_KILL = 600


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="handoff-kill-")
        cls.environment = Environment("kill").fresh()
        messages = MESSAGES_A_KILL * ROUNDS * len(SERVICES)
        cls.environment.ctl("simulate", "--seed", 11, "--messages", messages, "--member-share", "0.2", "--out", cls.folder)
        cls.environment.ctl("roster", "import", f"{cls.folder}/roster.csv")
        cls.summary, cls.transitions = truth.read(f"{cls.folder}/truth.jsonl")

    @classmethod
    def tearDownClass(cls):
        cls.environment.close()
        shutil.rmtree(cls.folder)

    def accounted(self):
        return int(self.environment.value("select coalesce(sum(next_offset - start_offset), 0) from kafka_offset where consumer = 'matcher'"))

    def kill_each_service_under_load(self, sender):
        seed = int(os.environ.get("HANDOFF_TEST_SEED", "1"))
        chance = random.Random(seed)
        print(f"seed {seed}, {ROUNDS} rounds", flush=True)
        order = [service for _ in range(ROUNDS) for service in SERVICES]
        chance.shuffle(order)
        for service in order:
            before = self.accounted()
            goal = before + chance.randrange(1, MESSAGES_A_KILL // 2)
            wait_until(lambda: self.accounted() >= goal or sender.poll() is not None, f"traffic before {service} is killed", 60)
            self.environment.dev("kill", service)
            self.environment.dev("start", service)

    def test_every_service_killed_under_load(self):
        sender = self.environment.start_ctl("send", "--rate", "2000", f"{self.folder}/messages.hl7")
        try:
            self.kill_each_service_under_load(sender)
            output, _ = sender.communicate(timeout=300)
        finally:
            sender.kill()
        self.assertEqual(0, sender.returncode, output)
        self.environment.settle()
        self.assertEqual("", truth.difference(truth.expected(self.transitions), truth.found(self.environment)))
        self.check_mails()

    def check_mails(self):
        pending = "select count(*) from delivery where status in ('pending', 'ambiguous')"
        wait_until(lambda: self.environment.value(pending) == "0", "every notice to be sent", 120)
        rows = self.environment.rows("select message_id, attempts, ambiguous, status from delivery where channel = 'email'")
        received = Counter(mail["headers"]["message-id"].strip("<>") for mail in self.environment.mails())
        ambiguous = 0
        for message_id, _, unclear, status in rows:
            mails = received.pop(message_id.strip("<>"), 0)
            ambiguous += int(unclear)
            if status == "sent":
                self.assertGreaterEqual(mails, 1, message_id)
            self.assertLessEqual(mails, 1 + int(unclear), message_id)
        self.assertEqual(0, len(received), "mails that no delivery asked for")
        print(f"{len(rows)} mails, {ambiguous} ambiguous attempts", flush=True)


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
