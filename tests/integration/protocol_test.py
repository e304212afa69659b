"""handoffctl protocol: check says what is in a file or wrong with it; diff plans the kept history anew and writes nothing."""
import datetime
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from servers import BIN, ROOT, Database, Service, produce, require_servers, wait_until  # noqa: E402

PROTOCOL = ROOT / "deploy" / "protocols" / "ecm-transitional-care.yaml"
TODAY = datetime.datetime.now(ZoneInfo("America/Los_Angeles")).date()
HEADER = "member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from\n"
TABLES = ("member_event", "event_link", "encounter", "episode", "transition", "task_plan", "task_work", "notice_plan", "member_state",
          "member", "enrolment", "replan", "outbox", "kafka_offset")


def edited(folder, *edits):
    """A copy of the protocol with words replaced."""
    text = PROTOCOL.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = Path(folder, "new.yaml")
    path.write_text(text)
    return path


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def check(self, *files):
        return subprocess.run([BIN / "handoffctl", "protocol", "check", *files], capture_output=True, text=True, timeout=60,
                              cwd=self.folder, env={"PATH": os.environ["PATH"]})

    def test_a_good_file_is_told_by_occasion_and_service(self):
        done = self.check(PROTOCOL)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, r"on discharge\n(?:    .*\n)*    contact-after-discharge +coordinator 2 business days")
        self.assertRegex(done.stdout, r"    medications +[1-9]")

    def test_a_mistake_is_told_with_file_and_line_and_the_others_are_still_checked(self):
        bad = edited(self.folder, ("calendar: california-plan", "calendar: no-such-calendar"))
        line = 1 + bad.read_text().split("calendar: no-such")[0].count("\n")
        done = self.check(bad, PROTOCOL)
        self.assertEqual(1, done.returncode)
        self.assertIn(f"new.yaml:{line}: there is no calendar", done.stderr)
        self.assertIn(f"{PROTOCOL}: good", done.stdout)


class Diff(unittest.TestCase):
    """Two members: one discharged home ten days ago, one still in a bed."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.database = Database().begin_at_topic_ends()
        cls.services = [Service(cls.database, f"handoff-{name}") for name in ("matcher", "relay", "transitions")]
        for service in cls.services:
            service.wait_ready()
        cls.tell_all()

    @classmethod
    def tearDownClass(cls):
        for service in cls.services:
            service.close()
        cls.database.drop()
        cls.folder.cleanup()

    @classmethod
    def tell_all(cls):
        roster = Path(cls.folder.name, "roster.csv")
        roster.write_text(HEADER + "D1,91230001A,Quintero,Marisol,1971-04-23,F,714-555-0182,18 Grove Ave,Santa Ana,CA,92701,ECM,2026-01-01\n"
                          "D2,91230002A,Okafor,Grace,1970-02-03,F,510-555-0143,77 Lake Rd,Oakland,CA,94601,ECM,2026-01-01\n")
        cls.database.ctl("roster", "import", roster)
        cls.tell("A01", "D1", "Quintero^Marisol||19710423|F|||18 Grove Ave^^Santa Ana^CA^92701||714-555-0182", -12)
        cls.tell("A03", "D1", "Quintero^Marisol||19710423|F|||18 Grove Ave^^Santa Ana^CA^92701||714-555-0182", -10)
        cls.tell("A01", "D2", "Okafor^Grace||19700203|F|||77 Lake Rd^^Oakland^CA^94601||510-555-0143", -3)
        wait_until(lambda: cls.database.value("select count(distinct member_id) from task_plan") == "2"
                   and cls.database.value("select count(*) from task_plan where template = 'contact-after-discharge'") == "1", "the plans of both")

    @classmethod
    def message_file(cls):
        return Path(cls.folder.name, "messages.hl7")

    @classmethod
    def tell(cls, trigger, number, person, days):
        at = (TODAY + datetime.timedelta(days=days)).strftime("%Y%m%d") + "100000"
        end = "|" * 17 + "01" + "|" * 9 + at if trigger == "A03" else ""
        message = (f"MSH|^~\\&|EPIC|STANNE|PLAN|PLAN|{at}||ADT^{trigger}|{number}{trigger}|P|2.5.1\rEVN|{trigger}|{at}||||{at}\r"
                   f"PID|1||{number}^^^STANNE^MR||{person}\rPV1|1|I|3N^301^1|||||||MED||||7|||||V{number}{end}|||||||||||||||||||||||||{at}\r")
        with cls.message_file().open("ab") as file:
            file.write(message.encode() + b"\n")
        produce("adt.inbound", f"STANNE\x1f{number}", message.encode(),
                [("ce_source", "st-anne"), ("ce_id", os.urandom(16).hex()), ("ce_type", "org.hl7.v2.adt"), ("content-type", "application/hl7-v2+er7")])

    def diff(self, new, *words, since=None):
        since = since or (TODAY + datetime.timedelta(days=-30)).isoformat()
        return json.loads(self.database.ctl("protocol", "diff", new, "--since", since, "--json", *words).stdout)

    def hashes(self):
        return {table: self.database.value(f"select md5(coalesce(string_agg(t::text || t.xmin::text, ',' order by t::text), '')) from {table} t")
                for table in TABLES}

    def test_the_same_file_changes_nothing_and_counts_what_stands_in_the_database(self):
        answer = self.diff(PROTOCOL)
        wanted = int(self.database.value("select count(*) from task_plan where want = 'wanted'"))
        self.assertEqual((2, wanted, wanted, []), (answer["members"], answer["tasks_before"], answer["tasks_after"], answer["templates"]))
        self.assertEqual(answer["sha256_before"], answer["sha256_after"])
        self.assertEqual({key: (n, n) for key, n in self.due_by_week_and_role().items()}, self.workload(answer))

    def due_by_week_and_role(self):
        rows = self.database.rows("select date_trunc('week', due at time zone 'America/Los_Angeles')::date, role, count(*) from task_plan"
                                  " where want = 'wanted' group by 1, 2")
        return {(week, role): int(n) for week, role, n in rows}

    def workload(self, answer):
        found = {(w["week"], w["role"]): (w["before"], w["after"]) for w in answer["workload"]}
        self.assertEqual(sorted(found), [(w["week"], w["role"]) for w in answer["workload"]])
        return found

    def test_work_that_goes_to_another_role_and_week_is_counted_there(self):
        """The one task of a pharmacist is given to the team, nine days later."""
        new = edited(self.folder.name, ("role: pharmacist", "role: team"), ("due: 7 days", "due: 16 days"))
        week, role = next(key for key in self.due_by_week_and_role() if key[1] == "pharmacist")
        due = datetime.date.fromisoformat(self.database.value("select (due at time zone 'America/Los_Angeles')::date from task_plan"
                                                              " where template = 'medication-reconciliation' and want = 'wanted'"))
        later = due + datetime.timedelta(days=9)
        later_week = (later - datetime.timedelta(days=later.weekday())).isoformat()
        expected = {key: (n, n) for key, n in self.due_by_week_and_role().items()}
        expected.update({(week, "pharmacist"): (1, 0), (later_week, "team"): (0, 1)})
        self.assertEqual(expected, self.workload(self.diff(new)))
        since = (TODAY + datetime.timedelta(days=-30)).isoformat()
        page = self.database.ctl("protocol", "diff", new, "--since", since).stdout
        for words in (f"{week}  pharmacist +1 +0 +-1", f"{later_week}  team +0 +1 +\\+1"):
            self.assertRegex(page, f"(?m)^  {words}$")

    def test_added_gone_and_redated_tasks_are_counted_with_their_keys(self):
        new = edited(self.folder.name, ("key: discharge-papers", "key: papers-anew"),
                     ("key: medication-reconciliation\n", "key: medication-reconciliation\n#\n"), ("due: 7 days", "due: 9 days"))
        changed = {t["template"]: t for t in self.diff(new)["templates"]}
        counts = {key: (t["added"], t["gone"], t["redated"]) for key, t in changed.items()}
        self.assertEqual({"papers-anew": (1, 0, 0), "discharge-papers": (0, 1, 0), "medication-reconciliation": (0, 0, 1)}, counts)
        key = self.database.value("select encode(key, 'hex') from task_plan where template = 'discharge-papers'")
        self.assertEqual([key], [e["key"] for e in changed["discharge-papers"]["examples"]["gone"]])
        moved = changed["medication-reconciliation"]["examples"]["redated"][0]
        self.assertEqual(2, (datetime.date.fromisoformat(moved["after"][:10]) - datetime.date.fromisoformat(moved["before"][:10])).days)

    def test_explain_says_of_the_messages_what_stands_in_the_database(self):
        page = self.database.ctl("explain", "--json", "--roster", Path(self.folder.name, "roster.csv"), self.message_file()).stdout
        told = {(m["member"], t["key"], t["template"], t["state"], datetime.datetime.fromisoformat(t["due"]).timestamp())
                for m in json.loads(page)["members"] for t in m["tasks"]}
        rows = self.database.rows("select member_id, encode(key, 'hex'), template, want, extract(epoch from due) from task_plan")
        self.assertEqual(told, {(*row[:4], float(row[4])) for row in rows})

    def test_earlier_transitions_do_not_count(self):
        answer = self.diff(PROTOCOL, since=(TODAY + datetime.timedelta(days=-5)).isoformat())
        later = "select count(*) from task_plan where want = 'wanted' and member_id = 'D2'"
        self.assertEqual(int(self.database.value(later)), answer["tasks_before"])

    def test_a_protocol_of_another_name_is_one_more(self):
        answer = self.diff(edited(self.folder.name, ("name: ecm-transitional-care", "name: another"), ("key: discharge-papers", "key: papers-anew")))
        self.assertIsNone(answer["sha256_before"])
        self.assertEqual([("papers-anew", 1, 0, 0)], [(t["template"], t["added"], t["gone"], t["redated"]) for t in answer["templates"]])

    def test_nothing_is_touched_and_nobody_is_named(self):
        before = self.hashes()
        page = self.database.ctl("protocol", "diff", edited(self.folder.name, ("key: discharge-papers", "key: papers-anew")), "--since",
                                 "2026-01-01").stdout
        self.assertEqual(before, self.hashes())
        self.assertIn("papers-anew", page)
        for personal in ("Quintero", "Marisol", "714", "D1"):
            self.assertNotIn(personal + " ", page)

    def test_a_bad_file_is_refused_before_anything_is_read(self):
        done = self.database.ctl("protocol", "diff", edited(self.folder.name, ("due: 1 business day", "due: soon")), "--since", "2026-01-01",
                                 check=False)
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stderr, r"new\.yaml:\d+: ")


if __name__ == "__main__":
    require_servers()
    unittest.main()
