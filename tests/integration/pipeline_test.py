"""From a simulated day of traffic to tasks, through the real services: the truth, order, repeats, accounts."""
import os
import random
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import truth
from environment import Environment, require_parts, wait_until

MESSAGES = 8000


def split_messages(path):
    """The messages of a file: each begins with MSH at the start of a line."""
    parts = Path(path).read_bytes().split(b"\nMSH")
    return [(b"" if i == 0 else b"MSH") + part.rstrip(b"\r\n") + b"\r" for i, part in enumerate(parts)]


class Pipeline(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="handoff-pipeline-")
        cls.environment = Environment("pipeline").fresh()
        cls.environment.ctl("simulate", "--seed", 7, "--messages", MESSAGES, "--member-share", "0.3", "--out", cls.folder)
        cls.summary, cls.transitions = truth.read(f"{cls.folder}/truth.jsonl")
        cls.feed(f"{cls.folder}/messages.hl7")

    @classmethod
    def tearDownClass(cls):
        cls.environment.close()
        shutil.rmtree(cls.folder)

    @classmethod
    def feed(cls, messages):
        cls.environment.ctl("roster", "import", f"{cls.folder}/roster.csv")
        cls.environment.ctl("send", messages)
        cls.environment.settle()

    def test_a_every_true_transition_is_found_and_no_other(self):
        self.assertGreater(len(self.transitions), 100)
        self.assertEqual("", truth.difference(truth.expected(self.transitions), truth.found(self.environment)))

    def test_b_tasks_are_for_those_who_are_enrolled(self):
        rows = self.environment.rows("select member_id, extract(epoch from date_trunc('second', occurred))::bigint"
                                     " from task_plan where want <> 'withdrawn' and template not like 'outreach-%'")
        with_tasks = {(member, int(at)) for member, at in rows}
        for t in self.transitions:
            key = truth.expected([dict(t, found=True)])[0][:2]
            if t["found"] and not t["tasks"]:
                self.assertNotIn(key, with_tasks, t)
            if t["found"] and t["tasks"] and t["to"] == "home":
                self.assertIn(key, with_tasks, t)

    def test_c_the_ledger_accounts_for_every_message(self):
        total = int(self.environment.value("select sum(non_member + matched + review + held + rejected + test + gap + lost) from ledger"))
        self.assertEqual(self.summary["messages"], total)
        self.assertEqual(0, self.environment.ctl("ledger").returncode)

    def test_d_one_mail_for_each_notice_and_recipient(self):
        pending = "select count(*) from delivery where status in ('pending', 'ambiguous')"
        wait_until(lambda: self.environment.value(pending) == "0", "every notice to be sent", 60)
        sent = self.environment.value("select count(*) from delivery where channel = 'email' and status = 'sent'")
        ids = [mail["headers"]["message-id"] for mail in self.environment.mails()]
        self.assertGreater(len(ids), 0)
        self.assertEqual(int(sent), len(ids))
        self.assertEqual(len(set(ids)), len(ids))

    def test_e_any_order_and_any_repeats_end_in_the_same(self):
        before = truth.snapshot(self.environment)
        messages = split_messages(f"{self.folder}/messages.hl7")
        self.assertEqual(self.summary["messages"], len(messages))
        seed = int(os.environ.get("HANDOFF_TEST_SEED", "1"))
        chance = random.Random(seed)
        again = messages + chance.sample(messages, len(messages) // 5)
        chance.shuffle(again)
        shuffled = Path(self.folder) / "shuffled.hl7"
        shuffled.write_bytes(b"\n".join(again))
        self.environment.fresh()
        self.feed(shuffled)
        after = truth.snapshot(self.environment)
        before["wanted tasks"] += truth.begun_later(before, after)
        for name, rows in before.items():
            self.assertGreater(len(rows), 0, name)
            self.assertEqual("", truth.difference(rows, after[name]), f"{name}, seed {seed}")


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
