"""One member's year, worked out by hand in tests/data/worked-year, and what handoffctl explain makes of its messages. No server."""
import json
import os
import random
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("HANDOFF_BIN_DIR", ROOT / "build" / "dev" / "bin"))
YEAR = ROOT / "tests" / "data" / "worked-year"


def table(title):
    """The cells of the table under a title of the page, without its last column, which is for people."""
    section = (YEAR / "README.md").read_text().split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| T")]
    return [tuple(cell.strip() for cell in row.strip("|").split("|"))[:-1] for row in rows]


def local(instant):
    return instant[:16].replace("T", " ")


MESSAGES = sorted(str(path.relative_to(YEAR)) for path in (YEAR / "messages").glob("*.hl7"))


def explain(*words, messages=MESSAGES):
    done = subprocess.run([BIN / "handoffctl", "explain", "--at", "2026-12-31", "--roster", "roster.csv", *words, *messages],
                          capture_output=True, text=True, timeout=60, cwd=YEAR, env={"PATH": os.environ["PATH"]})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


class WorkedYear(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.whole = json.loads(explain("--json"))
        cls.member, = cls.whole["members"]
        cls.names = {t["id"]: f"T{i}" for i, t in enumerate(cls.member["transitions"], 1)}
        cls.days = {f"T{i}": t["at"][:10] for i, t in enumerate(cls.member["transitions"], 1)}

    def over_by(self, task):
        """The transition that a superseded task's reason names, by its place and date."""
        if task["state"] == "wanted":
            return ""
        later = [t for t in self.member["transitions"] if task["reason"].endswith(f"on {t['at'][:10]}.")]
        named = [t for t in later if self.ends(task, t)]
        return "/".join(self.names[t["id"]] for t in named)

    def ends(self, task, transition):
        begun = task["reason"].split(": ", 1)[1]
        words = {"ed": r"Arrived in the emergency", "inpatient": r"Admitted as an inpatient", "observation": r"Placed under observation",
                 "home": r"(Discharged|Left)", "snf": r"Discharged"}[transition["to"]]
        if "discharge-announced" in transition["occasions"]:
            words = r"Discharge from .* announced"
        return re.match(words, begun) is not None

    def test_all_messages_are_hers(self):
        self.assertEqual((20, 20), (self.whole["messages"]["read"], self.whole["messages"]["matched"]))
        self.assertEqual("W-1", self.member["member"])

    def test_the_way(self):
        self.assertEqual(table("The way"), [(self.names[t["id"]], local(t["at"]), t["from"], t["to"], ", ".join(t["flags"]))
                                            for t in self.member["transitions"]])

    def test_seven_episodes_and_one_stay_that_never_was(self):
        self.assertEqual(7, len(self.member["episodes"]))
        self.assertEqual([("A2604", "cancelled")], [(e["visit"], e["state"]) for e in self.member["encounters"] if not e["phases"]])

    def test_tasks(self):
        found = [(self.names[t["transition"]], t["template"], local(t["due"]), self.over_by(t)) for t in self.member["tasks"]]
        self.assertEqual(sorted(table("Tasks")), sorted(found))

    def test_notices(self):
        self.assertEqual(sorted(table("Notices")), sorted((self.names[n["transition"]], n["name"]) for n in self.member["notices"]))

    def test_measures(self):
        found = [(self.names[m["transition"]], m["measure"], m["state"], m["last_day"]) for m in self.member["measures"]]
        self.assertEqual(sorted(table("Measures")), sorted(found))

    def test_any_order_of_the_messages_is_the_same_year(self):
        for seed in range(20):
            shuffled = random.Random(seed).sample(MESSAGES, len(MESSAGES))
            self.assertEqual(self.whole, json.loads(explain("--json", messages=shuffled)))

    def test_the_page_is_as_it_was(self):
        """page.txt is what the command prints, to be read before it is replaced."""
        self.assertEqual((YEAR / "page.txt").read_text(), explain())


if __name__ == "__main__":
    unittest.main()
