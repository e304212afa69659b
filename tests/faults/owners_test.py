"""Two live owners of a partition: a matcher and a transitions are stopped under load, their group moves on, and they
are woken again. One of each wins; nothing is lost and nothing doubled."""
import os
import shutil
import signal
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import truth
from environment import Environment, require_parts, wait_until


class Owners(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="handoff-owners-")
        cls.environment = Environment("owners").fresh()
        cls.environment.ctl("simulate", "--seed", 13, "--messages", 6000, "--member-share", "0.5", "--out", cls.folder)
        cls.environment.ctl("roster", "import", f"{cls.folder}/roster.csv")
        cls.summary, cls.transitions = truth.read(f"{cls.folder}/truth.jsonl")

    @classmethod
    def tearDownClass(cls):
        cls.environment.close()
        shutil.rmtree(cls.folder)

    def offsets(self, consumer):
        return int(self.environment.value(f"select coalesce(sum(next_offset), 0) from kafka_offset where consumer = '{consumer}'"))

    def epochs(self, consumer):
        return int(self.environment.value(f"select coalesce(min(epoch), 0) from kafka_offset where consumer = '{consumer}'"))

    def test_a_stopped_consumer_that_is_woken_after_its_group_moved_on(self):
        consumers, stopped = ("matcher", "transitions"), {}
        goals = {consumer: self.offsets(consumer) + 300 for consumer in consumers}
        sender = self.environment.start_ctl("send", "--rate", "500", f"{self.folder}/messages.hl7")
        try:
            wait_until(lambda: all(self.offsets(consumer) >= goal for consumer, goal in goals.items()), "both at work")
            before = {consumer: self.epochs(consumer) for consumer in consumers}
            for consumer in consumers:
                stopped[consumer] = self.environment.pid(consumer)
                os.kill(stopped[consumer], signal.SIGSTOP)
            self.assertIsNone(sender.poll(), "they were stopped under load")
            for consumer in consumers:
                self.environment.dev("start", consumer, "2")
            wait_until(lambda: all(self.epochs(consumer) > epoch for consumer, epoch in before.items()), "both groups to move on")
            output, _ = sender.communicate(timeout=120)
        finally:
            sender.kill()
            for pid in stopped.values():
                os.kill(pid, signal.SIGCONT)
        self.assertEqual(0, sender.returncode, output)
        self.environment.settle()
        self.assertEqual("", truth.difference(truth.expected(self.transitions), truth.found(self.environment)))
        total = int(self.environment.value("select sum(non_member + matched + review + held + rejected + test + gap + lost) from ledger"))
        self.assertEqual(self.summary["messages"], total)


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
