"""PostgreSQL or Kafka away at the start, or going away in flight: a clear word, and nothing lost."""
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import truth
from environment import SERVICES, Environment, require_parts, wait_until


class Outage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.environment = Environment("outage")
        cls.environment.variables["HANDOFF_DELIVERY_TIMEOUT_MS"] = "2000"

    @classmethod
    def tearDownClass(cls):
        cls.environment.close()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="handoff-outage-")
        self.environment.fresh()
        self.environment.ctl("simulate", "--seed", 17, "--messages", 3000, "--member-share", "0.3", "--out", self.folder)
        self.environment.ctl("roster", "import", f"{self.folder}/roster.csv")
        self.messages = f"{self.folder}/messages.hl7"
        self.summary, self.transitions = truth.read(f"{self.folder}/truth.jsonl")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def decided(self):
        return int(self.environment.value("select coalesce(sum(next_offset - start_offset), 0) from kafka_offset where consumer = 'matcher'"))

    def check_all_found(self):
        self.environment.settle()
        self.assertEqual("", truth.difference(truth.expected(self.transitions), truth.found(self.environment)))

    def test_postgresql_goes_away_in_flight_and_comes_back(self):
        sender = self.environment.start_ctl("send", "--rate", "2000", self.messages)
        wait_until(lambda: self.decided() > 500, "traffic")
        self.environment.dev("kill", "postgres")
        output, _ = sender.communicate(timeout=120)
        self.assertEqual(0, sender.returncode, "hospitals notice nothing of the database: " + output)
        self.environment.dev("start", "postgres")
        self.check_all_found()

    def test_kafka_goes_away_in_flight_and_comes_back(self):
        # All may be on their way at once: each is refused only when its delivery has timed out.
        sender = self.environment.start_ctl("send", "--rate", "2000", "--window", "10000", self.messages)
        wait_until(lambda: self.decided() > 500, "traffic")
        self.environment.dev("kill", "kafka")
        output, _ = sender.communicate(timeout=180)
        self.assertNotEqual(0, sender.returncode, "what is not stored is not acknowledged: " + output)
        self.environment.dev("start", "kafka")
        wait_until(lambda: self.environment.ctl("send", self.messages, check=False).returncode == 0, "the gateway to store again", 60)
        self.check_all_found()

    def test_services_that_start_without_their_parts_wait_for_them(self):
        for service in SERVICES:
            self.environment.dev("stop", service)
        self.environment.dev("stop", "postgres")
        self.environment.dev("stop", "kafka")
        waiting = [self.environment.start_dev("start", service) for service in SERVICES]
        for log in ("matcher", "transitions", "relay"):
            wait_until(lambda: "onnection refused" in self.environment.log(log), f"{log} to say what it misses")
        waiting += [self.environment.start_dev("start", part) for part in ("kafka", "postgres")]
        for starter in waiting:
            output, _ = starter.communicate(timeout=120)
            self.assertEqual(0, starter.returncode, output)
        self.environment.ctl("send", self.messages)
        self.check_all_found()


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
