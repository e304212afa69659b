"""Who may join a program, and the task to ask them, through the real services: counted visits lift a member who is not
enrolled over the criteria; there is one task, however often they come; signing up ends it."""
import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import consent_test  # noqa: E402
from consent_test import TODAY, Member, day  # noqa: E402
from servers import produce, require_servers, wait_until  # noqa: E402

HEADER = "member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,county,conditions,homeless,program,enrolled_from,coordinator,coordinator_email"


class Person(Member):
    def row(self, conditions="", homeless="", program="", enrolled_from="", county="Orange"):
        return (f"{self.id},{self.cin},{self.surname},{self.given},{self.birth_date},F,{self.phone},{self.address},Anaheim,CA,92801,"
                f"{county},{conditions},{homeless},{program},{enrolled_from},Ana Ruiz,{self.email}")

    def ed(self, trigger, days, hour):
        return self.message(trigger, days, hour, visit=f"e{-days}").replace(b"PV1|1|I|3N^301^1", b"PV1|1|E|ED^1^1")


class Programs(consent_test.Consent):
    """Members of the plan who are not enrolled in any program."""

    def load(self, *rows):
        path = Path(self.folder, "programs.csv")
        path.write_text("\n".join((HEADER, *rows)) + "\n")
        self.database.ctl("roster", "import", path)

    def person(self, **facts):
        person = Person()
        self.load(person.row(**facts))
        return person

    def visit(self, person, days, part2=False):
        for trigger, hour in (("A04", 8), ("A03", 11)):
            message = person.ed(trigger, days, hour)
            if part2:
                message = message.replace(b"STANNE", b"WILLOWBEND") + b"DG1|1||F11.20^Opioid dependence^I10|||F\r"
            produce("adt.inbound", f"STANNE\x1fM{person.number}", message,
                    [("ce_source", "willow-bend" if part2 else "st-anne"), ("ce_id", os.urandom(16).hex()), ("ce_type", "org.hl7.v2.adt"), ("content-type", "application/hl7-v2+er7")])

    def visits(self, person, *days, part2=False):
        """Some ED visits, so many days ago; part2: at a 42 CFR Part 2 programme."""
        before = int(self.value(f"select count(*) from member_event where member_id = '{person.id}'"))
        for days_ago in days:
            self.visit(person, -days_ago, part2)
        self.events(person, before + 2 * len(days))

    def outreach(self, person):
        return self.rows(f"select template, status, protocol, role, why from task where member_id = '{person.id}' order by template, status")

    def eligibility(self, person, on, *words):
        done = self.database.ctl("eligibility", person.id, "--on", on, "--json", *words, check=False)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        page = json.loads(done.stdout)
        self.assertEqual(done.returncode == 0, any(p["eligible"] for p in page["programs"]))
        return {p["program"]: p for p in page["programs"]}

    def test_the_visit_that_lifts_a_member_asks_once(self):
        person = self.person()
        self.visits(person, 40, 30, 25, 20)
        self.assertEqual([], self.outreach(person))
        self.visits(person, 10)
        self.assertEqual(1, len(self.outreach(person)), self.outreach(person))
        (task,) = self.outreach(person)
        self.assertEqual(("outreach-ecm", "open", "outreach-ecm", "coordinator"), task[:4])
        self.assertTrue(task[4].startswith(f"Qualifies for Enhanced Care Management since {day(-10)}, and is not enrolled."), task[4])
        self.assertEqual("{letter-sent,called,provider-referred,signed-up,declined,not-reached}",
                         self.value(f"select outcomes from task where member_id = '{person.id}'"))
        self.assertEqual("32", self.value(f"select length(protocol_hash) from task_plan where member_id = '{person.id}'"))
        self.visits(person, 5, 3)
        self.assertEqual([task], self.outreach(person))
        self.assertEqual([], self.mails(person))

    def test_signing_up_ends_the_asking(self):
        person = self.person()
        self.visits(person, 40, 30, 25, 20, 10)
        self.assertEqual("open", self.outreach(person)[0][1])
        self.database.ctl("roster", "sign-up", "--member", person.id, "--program", "ECM", "--on", day(0), "--how", "letter")
        wait_until(lambda: [row[1] for row in self.outreach(person)] == ["superseded"], "the task is superseded")
        self.assertEqual(f"Enrolled in ECM from {day(0)}.", self.outreach(person)[0][4])
        self.assertTrue(self.eligibility(person, day(0))["ECM"]["enrolled"])
        self.assertFalse(self.eligibility(person, day(-1))["ECM"]["enrolled"])

    def test_who_is_enrolled_is_not_asked(self):
        person = self.person(program="ECM", enrolled_from="2022-01-01")
        self.visits(person, 40, 30, 25, 20, 10)
        self.assertNotIn("outreach-ecm", [row[0] for row in self.outreach(person)])

    def test_what_the_plan_learns_of_a_member_may_lift_and_lower(self):
        person = self.person()
        self.visits(person, 10)
        self.assertEqual([], self.outreach(person))
        self.load(person.row(homeless="yes"))
        wait_until(lambda: [row[1] for row in self.outreach(person)] == ["open"], "the task is there")
        self.load(person.row(homeless="no"))
        wait_until(lambda: [row[1] for row in self.outreach(person)] == ["withdrawn"], "the task is withdrawn")
        self.assertEqual("The member's situation no longer calls for it.", self.outreach(person)[0][4])

    def test_eligibility_tells_the_numbers_that_count(self):
        person = self.person(conditions="sud")
        self.visits(person, 40, 30, 25, 20)
        ecm = self.eligibility(person, day(0), "--program", "ECM")["ECM"]
        texts = {f["text"] for f in ecm["findings"] if f["population"] == "avoidable-use" and not f["holds"]}
        self.assertIn("Five ED visits in twelve months: 4 ED visits in 12 months, 5 needed.", texts)
        self.assertEqual((False, None, None), (ecm["eligible"], ecm["population"], ecm["lifted_by"]))
        self.visits(person, 10)
        ecm = self.eligibility(person, day(0))["ECM"]
        self.assertEqual((True, "avoidable-use"), (ecm["eligible"], ecm["population"]))
        self.assertEqual(("ed", "home"), (ecm["lifted_by"]["from"], ecm["lifted_by"]["to"]))
        self.assertTrue(ecm["lifted_by"]["occurred"].startswith(day(-10)))
        self.assertFalse(self.eligibility(person, day(-11))["ECM"]["eligible"])
        text = self.database.ctl("eligibility", person.id, "--program", "ECM").stdout
        self.assertIn(f"Enhanced Care Management (ECM), {person.id} on {TODAY.isoformat()}: is not enrolled; qualifies since {day(-10)}: Adults at risk", text)

    def test_eligibility_tells_nothing_of_a_part2_programme_until_the_member_agrees(self):
        person = self.person()
        self.visits(person, 20, 10, part2=True)
        for word, known in (("--no", False), ("--yes", True), ("--no", False)):
            self.database.ctl("roster", "consent", "--member", person.id, "--share", "part2", word, "--reason", "x")
            texts = " ".join(f["text"] for f in self.eligibility(person, day(0))["ECM"]["findings"])
            self.assertEqual((known, known), ("Substance use disorder" in texts, "2 ED visits with the diagnosis" in texts), texts)
            self.assertIn("Five ED visits in twelve months: 2 ED visits in 12 months, 5 needed.", texts)

    def test_the_programs_of_the_past_have_their_dates(self):
        person = self.person(conditions="diabetes copd hypertension")
        for on, hhp, ecm in (("2019-12-31", None, None), ("2020-01-01", "chronic", None), ("2021-12-31", "chronic", None), ("2022-01-01", None, None)):
            got = self.eligibility(person, on)
            self.assertEqual((hhp, ecm), (got["HHP"]["population"], got["ECM"]["population"]), on)
        person = self.person(conditions="smi diabetes copd", homeless="chronic")
        for on, hhp, ecm in (("2020-06-30", None, None), ("2020-07-01", "serious-mental-illness", None),
                             ("2021-12-31", "serious-mental-illness", None), ("2022-01-01", None, "homelessness")):
            got = self.eligibility(person, on)
            self.assertEqual((hhp, ecm), (got["HHP"]["population"], got["ECM"]["population"]), on)

    def test_what_cannot_be_asked_is_refused(self):
        person = self.person()
        for words, status, what in ((("nobody",), 1, "no such member"), ((), 2, "give one member's id"),
                                    ((person.id, "--on", "soon"), 2, "give a date"), ((person.id, "--program", "XX"), 2, "no program \"XX\"")):
            done = self.database.ctl("eligibility", *words, check=False)
            self.assertEqual((status, True), (done.returncode, what in done.stderr), done.stderr)


def load_tests(loader, tests, pattern):
    """Not what it inherits."""
    return unittest.TestSuite([Programs(name) for name in vars(Programs) if name.startswith("test_")])


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
