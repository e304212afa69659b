"""Measures through the real services: messages and done tasks of some members, and the figures that were counted by hand.

March 2025 is long over, so nothing of it is open. The members' ways, and what they count for:

  dual    in Medicare and Medi-Cal; hospital 3 March to Wednesday 5; called on Friday 7, the second business day
  back    the same stay, nobody called; hospital again 20 to 25 March, which is day 15 of the first discharge
  nursing the same stay, and to a nursing facility
  mind    the same stay, for depression; nobody called
  upset   an ED visit for depression on the 10th; seen on the 12th
  died    died in hospital on the 5th
  again   the same stay, and an ED visit on the 6th; its call, in the place of the stay's, was made on the 7th
  nobody  the same stay as back's first, and not enrolled
"""
import datetime
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api import Api, Case  # noqa: E402
from servers import Database, Service, produce, require_servers, wait_until  # noqa: E402

ZONE = ZoneInfo("America/Los_Angeles")
HEADER = "member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,organisation,team,dual,program,enrolled_from"
DEPRESSION = "F32.2"
NORTH, SOUTH = ("Harbor Care", "North"), ("Harbor Care", "South")


class Member:
    """An invented member, and messages about them."""

    def __init__(self, name, place, dual="no", program="ECM"):
        letters, number = "bcdfghjklmnprstvwz", int.from_bytes(os.urandom(4), "big")
        digits = [(number >> (4 * i)) % len(letters) for i in range(8)]
        self.surname = "".join(letters[d] + "aeiou"[d % 5] for d in digits[:4]).capitalize()
        self.given = "".join(letters[d] + "aeiou"[d % 5] for d in digits[4:]).capitalize()
        self.id, self.mrn, self.cin = f"{name}-{number}", f"M{number}", f"9{number % 10**7:07}C"
        self.phone, self.address = f"7145{number % 10**6:06}", f"{1 + number % 9999} {self.given} Street"
        self.place, self.dual, self.program = place, dual, program
        self.messages = 0

    def line(self):
        return (f"{self.id},{self.cin},{self.surname},{self.given},1950-05-06,F,{self.phone},{self.address},Anaheim,CA,92801,"
                f"{self.place[0]},{self.place[1]},{self.dual},{self.program},2024-01-01")

    def tell(self, trigger, at, visit="1", patient_class="I", disposition="", diagnosis=""):
        self.messages += 1
        at = at.strftime("%Y%m%d%H%M%S")
        left = "|" * 17 + disposition + "|" * 9 + at if disposition else ""
        text = (f"MSH|^~\\&|EPIC|STANNE|PLAN|PLAN|{at}||ADT^{trigger}|{self.mrn}-{self.messages}|P|2.5.1\rEVN|{trigger}|{at}||||{at}\r"
                f"PID|1||{self.mrn}^^^STANNE^MR||{self.surname}^{self.given}^^^^^L||19500506|F|||{self.address}^^Anaheim^CA^92801||{self.phone}\r"
                f"PV1|1|{patient_class}|3N^301^1|||||||MED||||7|||||{self.mrn}V{visit}{left}\r"
                + (f"DG1|1||{diagnosis}^^I10C|||F\r" if diagnosis else "") +
                f"IN1|1|HMO|1|Plan||||||||||||||||||||||||||||||||{self.cin}\r")
        produce("adt.inbound", f"STANNE\x1f{self.mrn}", text.encode(),
                [("ce_source", "st-anne"), ("ce_id", os.urandom(16).hex()), ("ce_type", "org.hl7.v2.adt"), ("content-type", "application/hl7-v2+er7")])

    def stay(self, begin, end, disposition="01", visit="1", diagnosis=""):
        self.tell("A01", begin, visit)
        self.tell("A03", end, visit, disposition=disposition, diagnosis=diagnosis)


def march(day, hour=10):
    return datetime.datetime(2025, 3, day, hour, tzinfo=ZONE)


class Measures(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.database = Database().begin_at_topic_ends()
        cls.services = {name: Service(cls.database, f"handoff-{name}") for name in ("matcher", "relay", "transitions")}
        for service in cls.services.values():
            service.wait_ready()
        cls.api = Api(cls.database.url)
        cls.members = [cls.dual, cls.back, cls.nursing, cls.mind, cls.upset, cls.died, cls.again, cls.nobody, cls.now] = [
            Member("dual", NORTH, dual="yes"), Member("back", NORTH), Member("nursing", SOUTH), Member("mind", SOUTH),
            Member("upset", SOUTH), Member("died", SOUTH), Member("again", SOUTH), Member("nobody", NORTH, program="NONE"), Member("now", NORTH)]
        path = Path(cls.folder.name, "roster.csv")
        path.write_text("\n".join([HEADER, *(m.line() for m in cls.members)]) + "\n")
        cls.database.ctl("roster", "import", path)
        cls.tell_all()
        cls.planned()
        cls.do(cls.dual, "contact-after-discharge", "reached-member", march(7, 16))
        cls.do(cls.upset, "mental-health-visit-after-ed", "visit-done", march(12))
        cls.do(cls.again, "contact-after-ed-visit", "reached-caregiver", march(7))
        cls.planned()

    @classmethod
    def tearDownClass(cls):
        cls.api.stop()
        for service in cls.services.values():
            service.close()
        cls.database.drop()
        cls.folder.cleanup()

    @classmethod
    def tell_all(cls):
        for member in (cls.dual, cls.back, cls.nobody, cls.again):
            member.stay(march(3), march(5))
        cls.back.stay(march(20), march(25), visit="2")
        cls.nursing.stay(march(3), march(5), disposition="03")
        cls.mind.stay(march(3), march(5), diagnosis=DEPRESSION)
        cls.upset.tell("A04", march(10, 8), patient_class="E")
        cls.upset.tell("A03", march(10, 12), patient_class="E", disposition="01", diagnosis=DEPRESSION)
        cls.again.tell("A04", march(6, 8), visit="2", patient_class="E")
        cls.again.tell("A03", march(6, 12), visit="2", patient_class="E", disposition="01")
        cls.died.stay(march(3), march(5), disposition="20")
        yesterday = datetime.datetime.now(ZONE) - datetime.timedelta(days=1)
        cls.now.stay(yesterday - datetime.timedelta(days=2), yesterday)

    @classmethod
    def planned(cls):
        """All messages are with their members, and everybody is planned."""
        told = sum(m.messages for m in cls.members)
        wait_until(lambda: cls.database.value("select count(*) from member_event") == str(told), f"{told} events")
        wait_until(lambda: cls.database.value("select count(*) from replan") == "0", "nobody waits to be planned")

    @classmethod
    def do(cls, member, template, outcome, at):
        """A task that was done then; the api would write it as of now."""
        rows = cls.database.rows(
            "with made as (insert into task_work (member_id, change, template, status, outcome, occurred, updated_at, updated_by)"
            f" select member_id, change, template, 'done', '{outcome}', occurred, '{at.isoformat()}', 'test' from task_plan"
            f" where member_id = '{member.id}' and template = '{template}' returning member_id)"
            " insert into replan (member_id, reason) select member_id, 'work' from made returning 1")
        if len(rows) != 1:
            raise AssertionError(f"{member.id} has {len(rows)} tasks {template}")

    def figures(self, *words):
        """{(part, measure): (numerator, denominator, open, exclusions)} by handoffctl."""
        told = json.loads(self.database.ctl("measures", "--json", *words).stdout)
        self.assertIn("Operational proxy", told["caveat"])
        return {(f["part"], f["measure"]): (f["numerator"], f["denominator"], f["open"], f["exclusions"]) for f in told["measures"]}

    # ---- Figures.

    def test_the_figures_are_those_counted_by_hand(self):
        nursing, others = {"to a nursing facility": 1}, lambda n: {"not in Medicare": n}
        self.assertEqual({
            (None, "tcm-contact"): (2, 5, 0, nursing),       # dual, again; not back twice, not mind
            (None, "tcm-visit-7"): (0, 5, 0, nursing),
            (None, "tcm-visit-14"): (0, 5, 0, nursing),      # back's day 14 is 19 March, the day before the next admission
            (None, "trc-admission"): (1, 1, 0, others(6)),   # dual, by the notice; the others' six admissions
            (None, "trc-discharge"): (1, 1, 0, others(5)),   # died was discharged to nowhere
            (None, "trc-engagement"): (1, 1, 0, others(5)),
            (None, "trc-medications"): (0, 1, 0, others(5)),
            (None, "fuh-7"): (0, 1, 0, {}),                  # mind
            (None, "fuh-30"): (0, 1, 0, {}),
            (None, "fum-7"): (1, 1, 0, {}),                  # upset
            (None, "fum-30"): (1, 1, 0, {}),
            (None, "readmission"): (1, 6, 0, {"died in hospital": 1}),  # back's first, of dual, back twice, nursing, mind, again
        }, self.figures("--month", "2025-03"))

    def test_figures_are_told_apart_by_team_organisation_month_and_member(self):
        one = ("--month", "2025-03", "--measure", "tcm-contact")
        self.assertEqual({("Harbor Care / North", "tcm-contact"): (1, 3, 0, {}),
                          ("Harbor Care / South", "tcm-contact"): (1, 2, 0, {"to a nursing facility": 1})}, self.figures(*one, "--by", "team"))
        self.assertEqual([("Harbor Care", "tcm-contact")], list(self.figures(*one, "--by", "organisation")))
        self.assertEqual([("2025-03", "tcm-contact")], list(self.figures(*one, "--by", "month")))
        by_member = self.figures(*one, "--by", "member")
        self.assertEqual((0, 2, 0, {}), by_member[(self.back.id, "tcm-contact")])
        self.assertEqual({m.id for m in (self.dual, self.back, self.nursing, self.mind, self.again)}, {part for part, _ in by_member})
        self.assertEqual({}, self.figures("--month", "2025-04"))

    def test_the_table_and_the_csv_say_the_same_with_the_caveat(self):
        words = ("measures", "--month", "2025-03", "--measure", "tcm-contact")
        table = self.database.ctl(*words).stdout
        self.assertRegex(table, r"(?m)^Operational proxy: .*\n.*\n\n2025-03\n.*\n  tcm-contact +2 +5 +40\.0 % +0 +1  Contact within two business days of discharge\n +excluded: 1 to a nursing facility$")
        csv = self.database.ctl(*words, "--csv", "--by", "team").stdout.splitlines()
        self.assertTrue(csv[0].startswith("# Operational proxy"))
        self.assertEqual(["team,measure,numerator,denominator,rate,open,excluded,exclusions", 'Harbor Care / North,tcm-contact,1,3,0.3333,0,0,""',
                          'Harbor Care / South,tcm-contact,1,2,0.5000,0,1,"to a nursing facility: 1"'], csv[1:])

    def test_a_wrong_question_is_refused(self):
        for words, told in ((("--month", "2025-13"), "2025-13"), (("--month", "March"), "March"), (("--measure", "tcm"), "tcm"), (("--by", "county"), "by")):
            refused = self.database.ctl("measures", *words, check=False)
            self.assertEqual(2, refused.returncode, refused.stderr)
            self.assertIn(told, refused.stderr)
        for query in ("month=2025-13", "month=", "by=member", "by=", "measure=tcm"):
            self.assert_problem(self.api.get("/v1/measures?" + query), 422, "invalid")

    def test_the_api_tells_the_same_and_of_no_member(self):
        answer = self.api.get("/v1/measures?month=2025-03&by=team")
        self.assert_described(answer, "/v1/measures")
        self.assertEqual(json.loads(self.database.ctl("measures", "--json", "--month", "2025-03", "--by", "team").stdout), answer.json)
        for member in self.members:
            self.assertNotIn(member.id, answer.text)
        self.assertEqual(14 - 2, len(self.api.get("/v1/measures?month=2025-03").json["measures"]), "nobody came for substance use")

    # ---- While it is going on.

    def test_a_window_is_open_until_somebody_is_reached(self):
        def contact():
            return self.figures("--by", "member", "--measure", "tcm-contact")[(self.now.id, "tcm-contact")]

        def gauges():
            return tuple(self.services["transitions"].metric(f'handoff_measure_{part}{{measure="tcm-contact"}}') for part in ("numerator", "denominator"))

        self.assertEqual((0, 1, 1, {}), contact())
        ends = self.database.value(f"select to_date(last_day::text, 'YYYYMMDD') + 1 from measure where member_id = '{self.now.id}' and measure = 'tcm-contact'")
        midnight = datetime.datetime.combine(datetime.date.fromisoformat(ends), datetime.time(), ZONE)
        self.assertEqual("t", self.database.value(f"select wake_at <= '{midnight.isoformat()}' from member_state where member_id = '{self.now.id}'"))
        wait_until(lambda: gauges() == (0, 1), "the gauges tell of the last 90 days", 60)
        key = self.database.value(f"select encode(key, 'hex') from task where member_id = '{self.now.id}' and template = 'contact-after-discharge'")
        self.assertEqual(200, self.api.change(key, "complete", 0, {"outcome": "two-attempts"}).status)
        wait_until(lambda: contact() == (1, 1, 0, {}), "the done task counts")
        wait_until(lambda: gauges() == (1, 1), "the gauges follow", 60)


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
