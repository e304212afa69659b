"""Enrolment and consent at the time of the event, through the real services: who is not enrolled or has opted out gets no
task and no notice; opting out withdraws what is open and stops what is not sent, at once and with the reason."""
import datetime
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from partners import SmtpServer  # noqa: E402
from servers import ROOT, Database, Service, packed, produce, require_servers, wait_until  # noqa: E402

TODAY = datetime.datetime.now(ZoneInfo("America/Los_Angeles")).date()
HEADER = "member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from,enrolled_to,opted_out_on,coordinator,coordinator_email"
BARELY_LATER = {"HANDOFF_RETRY_FIRST_MS": "20", "HANDOFF_RETRY_MOST_MS": "50", "HANDOFF_DELIVERY_ATTEMPTS": "1000"}


def day(offset):
    return (TODAY + datetime.timedelta(days=offset)).isoformat()


class Member:
    """An invented member with a coordinator of their own, and messages about them."""
    letters = "bcdfghjklmnprstvwz"

    def __init__(self):
        self.number = int.from_bytes(os.urandom(4), "big")
        digits = [(self.number >> (4 * i)) % len(self.letters) for i in range(8)]
        self.surname = "".join(self.letters[d] + "aeiou"[d % 5] for d in digits[:4]).capitalize()
        self.given = "".join(self.letters[d] + "aeiou"[d % 5] for d in digits[4:]).capitalize()
        self.id = f"C{self.number}"
        self.birth_date = f"19{40 + self.number % 50}-{1 + self.number % 12:02}-{1 + self.number % 28:02}"
        self.cin = f"9{self.number % 10**7:07}C"
        self.phone = f"7145{self.number % 10**6:06}"
        self.address = f"{1 + self.number % 9999} {self.given} Street"
        self.email = f"c{self.number}@team.example"

    def line(self, program="ECM", enrolled_from="2026-01-01", enrolled_to="", opted_out_on=""):
        return (f"{self.id},{self.cin},{self.surname},{self.given},{self.birth_date},F,{self.phone},{self.address},Anaheim,CA,92801,"
                f"{program},{enrolled_from},{enrolled_to},{opted_out_on},Ana Ruiz,{self.email}")

    def message(self, trigger, days, hour, visit="1"):
        at = (TODAY + datetime.timedelta(days=days)).strftime("%Y%m%d") + f"{hour:02}0000"
        end = "|" * 17 + "01" + "|" * 9 + at if trigger == "A03" else ""
        born = self.birth_date.replace("-", "")
        return (f"MSH|^~\\&|EPIC|STANNE|PLAN|PLAN|{at}||ADT^{trigger}|{self.number}{trigger}{visit}|P|2.5.1\rEVN|{trigger}|{at}||||{at}\r"
                f"PID|1||M{self.number}^^^STANNE^MR||{self.surname}^{self.given}^^^^^L||{born}|F|||{self.address}^^Anaheim^CA^92801||{self.phone}\r"
                f"PV1|1|I|3N^301^1|||||||MED||||7|||||V{self.number}{visit}{end}|||||||||||||||||||||||||{at}\r"
                f"IN1|1|HMO|1|Plan||||||||||||||||||||||||||||||||{self.cin}\r").encode()


class Consent(unittest.TestCase):
    """All services but gateway and api, with a mail server."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="handoff-consent-")
        cls.smtp = SmtpServer()
        cls.database = Database().begin_at_topic_ends()
        feeds = {"HANDOFF_FEEDS_DIR": str(cls.feeds())}
        mail = {"HANDOFF_SMTP_URL": f"smtp://127.0.0.1:{cls.smtp.port}", **BARELY_LATER}
        cls.services = {name: Service(cls.database, f"handoff-{name}", **{"notifier": mail, "matcher": feeds}.get(name, {}))
                        for name in ("matcher", "relay", "transitions", "notifier", "roster")}
        for service in cls.services.values():
            service.wait_ready()

    @classmethod
    def feeds(cls):
        """The sample feeds, and a 42 CFR Part 2 programme's."""
        folder = Path(cls.folder, "feeds")
        folder.mkdir()
        sample = (ROOT / "deploy" / "feeds" / "sample.yaml").read_text()
        willow = ('feeds:\n  - {name: willow-bend, sending_application: "*", sending_facility: WILLOWBEND, facility: Willow Bend Recovery, setting: hospital,'
                  ' zone: America/Los_Angeles, mrn_authority: "", member_id_authorities: [], test_traffic: count, part2: yes}\n')
        (folder / "feeds.yaml").write_text(sample.replace("feeds:\n", willow, 1))
        return folder

    @classmethod
    def tearDownClass(cls):
        for service in cls.services.values():
            service.close()
        cls.smtp.close()
        cls.database.drop()
        shutil.rmtree(cls.folder)

    def rows(self, sql):
        return self.database.rows(sql)

    def value(self, sql):
        return self.database.value(sql)

    def enrol(self, *lines):
        path = Path(self.folder, "roster.csv")
        path.write_text("\n".join((HEADER, *lines)) + "\n")
        return self.database.ctl("roster", "import", path).stdout

    def new_member(self, **enrolment):
        member = Member()
        self.enrol(member.line(**enrolment))
        return member

    def tell(self, member, trigger, days=-1, hour=8, visit="1", part2=False):
        message = member.message(trigger, days, hour, visit)
        if part2:
            message = message.replace(b"STANNE", b"WILLOWBEND") + b"DG1|1||F11.20^Opioid dependence^I10|||F\r"
        produce("adt.inbound", f"STANNE\x1fM{member.number}", message,
                [("ce_source", "willow-bend" if part2 else "st-anne"), ("ce_id", os.urandom(16).hex()), ("ce_type", "org.hl7.v2.adt"), ("content-type", "application/hl7-v2+er7")])

    def planned(self, member):
        """All that was written about the member is planned, taken in and sent."""
        waiting = (f"select (select count(*) from outbox where key = convert_to('{member.id}', 'UTF8')) + (select count(*) from replan where member_id = '{member.id}')"
                   " + (select coalesce(sum(case when stage like 'published:%' then n else -n end), 0) from leg"
                   "    where stage in ('published:transition.events', 'handled:transition.events'))"
                   f" + (select count(*) from delivery d join notice n on n.key = d.notice_key where n.member_id = '{member.id}' and d.status in ('pending', 'ambiguous'))")
        wait_until(lambda: self.value(waiting) == "0", f"nothing waits about {member.id}")

    def events(self, member, n):
        wait_until(lambda: self.value(f"select count(*) from member_event where member_id = '{member.id}'") == str(n), f"{n} events of {member.id}")
        self.planned(member)

    def tasks(self, member):
        return self.rows(f"select status, why, flagged from task where member_id = '{member.id}' order by template")

    def mails(self, member):
        return [mail.message["Subject"] for mail in self.smtp.to(member.email)]

    def admitted(self, **enrolment):
        member = self.new_member(**enrolment)
        self.tell(member, "A01")
        self.events(member, 1)
        return member

    def withdrawn(self, member, reason):
        wait_until(lambda: {row[0] for row in self.tasks(member)} == {"withdrawn"}, f"withdrawn: {self.tasks(member)}")
        self.assertEqual({reason}, {row[1] for row in self.tasks(member)})

    # ---- At the time of the event.

    def test_an_enrolled_member_gets_tasks_and_one_mail(self):
        member = self.admitted()
        self.assertEqual({"open"}, {row[0] for row in self.tasks(member)})
        self.assertEqual(1, len(self.mails(member)))

    def test_who_is_not_enrolled_on_the_day_gets_nothing(self):
        for enrolment in ({"program": "HHP"}, {"enrolled_from": day(0)}, {"enrolled_to": day(-2)}, {"opted_out_on": day(-300)}, {"opted_out_on": day(0)}):
            member = self.admitted(**enrolment)
            self.assertEqual(([], []), (self.tasks(member), self.mails(member)), enrolment)
            self.assertEqual("1", self.value(f"select count(*) from transition where member_id = '{member.id}'"))

    def test_who_is_found_to_have_been_not_enrolled_loses_the_tasks_with_the_reason(self):
        for enrolment, reason in (({"enrolled_from": day(0)}, f"Not yet enrolled in ECM on {day(-1)}: enrolled from {day(0)}."),
                                  ({"enrolled_to": day(-2)}, f"No longer enrolled in ECM on {day(-1)}: enrolled until {day(-2)}."),
                                  ({"program": "OTHER"}, "Not enrolled in ECM.")):
            member = self.admitted()
            self.enrol(member.line(**enrolment))
            self.withdrawn(member, reason)
            self.assertEqual(1, len(self.mails(member)))

    def test_what_the_hospital_takes_back_is_told_apart_and_corrected(self):
        member = self.admitted()
        self.tell(member, "A11", hour=9)
        self.events(member, 2)
        self.withdrawn(member, "The hospital cancelled or corrected what called for it.")
        self.assertEqual(["A care transition needs you", "A care transition notice no longer holds"], self.mails(member))

    # ---- Opting out.

    def test_opting_out_in_the_plans_file_withdraws_with_the_reason_and_corrects_nothing(self):
        member = self.admitted()
        key, change, template = self.rows(f"select encode(key, 'hex'), encode(change, 'hex'), template from task where member_id = '{member.id}' order by template")[0]
        self.rows("insert into task_work (member_id, change, template, status, assignee, occurred, updated_by)"
                  f" values ('{member.id}', '\\x{change}', '{template}', 'claimed', 'ana@team.example', now(), 'ana@team.example')")
        self.enrol(member.line(opted_out_on=day(0)))
        self.withdrawn(member, f"Opted out of ECM on {day(0)}.")
        self.assertEqual([("claimed", "ana@team.example")], self.rows(f"select status, assignee from task_work where member_id = '{member.id}'"))
        self.assertIn("t", [row[2] for row in self.tasks(member)])
        self.tell(member, "A03", days=0, hour=0)
        self.events(member, 2)
        self.assertEqual({"withdrawn"}, {row[0] for row in self.tasks(member)})
        self.assertEqual(["A care transition needs you"], self.mails(member))

    def test_an_update_from_the_plan_is_as_good_as_a_file(self):
        member = self.admitted()
        enrolment = packed([(1, "ECM"), (2, 20260101), (4, int(day(0).replace("-", "")))])
        produce("roster.updates", member.id, packed([(1, packed([(1, member.id), (4, member.surname), (5, member.given), (16, [enrolment])]))]))
        self.withdrawn(member, f"Opted out of ECM on {day(0)}.")

    def test_opting_in_again_brings_back_the_tasks_and_repeats_no_mail(self):
        member = self.admitted()
        before = self.tasks(member)
        self.enrol(member.line(opted_out_on=day(0)))
        self.withdrawn(member, f"Opted out of ECM on {day(0)}.")
        self.tell(member, "A03", hour=9)
        self.events(member, 2)
        self.enrol(member.line())
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "the tasks are back")
        self.planned(member)
        self.assertEqual(2, len(self.mails(member)), "one for the admission, one for the discharge")
        self.assertGreater(len(self.tasks(member)), len(before))

    def test_a_members_own_word_is_no_files_to_change(self):
        member = self.admitted()
        done = self.database.ctl("roster", "opt-out", "--member", member.id, "--program", "ECM", "--on", day(0),
                                 "--reason", "Said so on the telephone.", "--by", "ana")
        self.assertEqual(f"{member.id} is opted out of ECM as of {day(0)}\n", done.stdout)
        self.withdrawn(member, f"Opted out of ECM on {day(0)}.")
        self.assertIn("1 enrolments stay opted out by the members' own word", self.enrol(member.line(enrolled_from="2025-12-01")))
        self.planned(member)
        self.withdrawn(member, f"Opted out of ECM on {day(0)}.")
        self.tell(member, "A03", hour=9)
        self.events(member, 2)
        self.assertEqual({"withdrawn"}, {row[0] for row in self.tasks(member)})
        self.assertEqual([("Said so on the telephone.", "ana")], self.rows(f"select reason, by from consent where member_id = '{member.id}'"))
        done = self.database.ctl("roster", "opt-in", "--member", member.id, "--program", "ECM", "--reason", "Called again.")
        self.assertEqual(f"{member.id} is not opted out of ECM\n", done.stdout)
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "the tasks are back")
        self.assertNotIn("own word", self.enrol(member.line()))
        for service in self.services.values():
            self.assertNotIn("telephone", service.text())

    def test_a_word_that_fits_nothing_is_refused(self):
        member = self.new_member(opted_out_on=day(0))
        for words, status, what in ((("opt-out", "--member", "nobody", "--program", "ECM"), 1, "no such member"),
                                    (("opt-out", "--member", member.id, "--program", "ecm"), 1, "enrolments there are: ECM"),
                                    (("opt-in", "--member", member.id, "--program", "ECM"), 1, "the plan's to change"),
                                    (("opt-out", "--member", member.id, "--program", "ECM", "--on", "soon"), 2, "give a date"),
                                    (("opt-out", "--member", member.id, "--program", "ECM", "--reason", " "), 2, "give one")):
            more = () if "--reason" in words else ("--reason", "x")
            done = self.database.ctl("roster", *words, *more, check=False)
            self.assertEqual((status, True), (done.returncode, what in done.stderr), done.stderr)

    # ---- Signing up.

    def sign_up(self, member, on, *words, check=True):
        return self.database.ctl("roster", "sign-up", "--member", member.id, "--program", "ECM", "--on", on, *words, check=check)

    def test_who_signs_up_is_served_before_the_plans_files_know_it_and_after(self):
        member = self.admitted(program="OTHER")
        self.assertEqual([], self.tasks(member))
        done = self.sign_up(member, day(-1), "--by", "ana", "--how", "letter")
        self.assertEqual(f"{member.id} is enrolled in ECM from {day(-1)}\n", done.stdout)
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "the tasks are there")
        self.enrol(member.line(program="OTHER", enrolled_from="2026-02-01"))
        self.enrol(member.line(program="", enrolled_from=""))
        self.tell(member, "A03", hour=9)
        self.events(member, 2)
        self.assertIn("open", {row[0] for row in self.tasks(member)})
        self.assertEqual([("letter", "ana")], self.rows(f"select how, by from sign_up where member_id = '{member.id}'"))

    def test_who_signed_up_stops_by_opting_out_and_may_sign_up_again(self):
        member = self.admitted(program="OTHER")
        self.sign_up(member, day(-1))
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "the tasks are there")
        self.database.ctl("roster", "opt-out", "--member", member.id, "--program", "ECM", "--on", day(0), "--reason", "x")
        self.withdrawn(member, f"Opted out of ECM on {day(0)}.")
        self.sign_up(member, day(0))
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "the tasks are back")

    def test_what_the_plan_says_of_the_end_ends_a_sign_up_too(self):
        member = self.admitted(program="OTHER")
        self.sign_up(member, day(-3))
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "the tasks are there")
        self.enrol(member.line(enrolled_from=day(-2), enrolled_to=day(-2)))
        self.withdrawn(member, f"No longer enrolled in ECM on {day(-1)}: enrolled until {day(-2)}.")

    def test_who_signed_up_and_is_a_member_no_longer_is_not_served(self):
        member = self.admitted(program="OTHER")
        self.sign_up(member, day(-1))
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "the tasks are there")
        served = f"select is_served('{member.id}', 'ECM', {day(0).replace('-', '')}, {day(0).replace('-', '')})"
        self.assertEqual("t", self.value(served))
        produce("roster.updates", member.id, packed([(1, packed([(1, member.id)])), (2, True)]))
        wait_until(lambda: {row[0] for row in self.tasks(member)} == {"withdrawn"}, f"withdrawn: {self.tasks(member)}")
        self.assertEqual("f", self.value(served))
        self.enrol(member.line(program="OTHER"))
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "back, and so are the tasks")

    def test_an_enrolment_that_ended_before_says_nothing_of_a_sign_up(self):
        member = self.admitted(enrolled_from="2025-01-01", enrolled_to=day(-30))
        self.assertEqual([], self.tasks(member))
        self.sign_up(member, day(-1))
        wait_until(lambda: "open" in {row[0] for row in self.tasks(member)}, "the tasks are there")

    def test_a_sign_up_that_fits_nothing_is_refused(self):
        member = self.new_member()
        for words, status, what in (((day(0),), 1, "enrolled in ECM on that date already"), (("soon",), 2, "give a date"),
                                    ((day(0), "--how", "dream"), 2, "how"), ((day(0), "--member", "nobody"), 1, "no such member")):
            done = self.sign_up(member, *words, check=False)
            self.assertEqual((status, True), (done.returncode, what in done.stderr), done.stderr)
        self.assertEqual("0", self.value(f"select count(*) from sign_up where member_id = '{member.id}'"))

    # ---- Notices that are on their way.

    def test_a_notice_that_waits_for_another_attempt_is_not_sent(self):
        member = self.new_member()
        self.smtp.steps.plan(member.email, *["451 later"] * 900)
        self.tell(member, "A01")
        wait_until(lambda: self.smtp.attempts_to(member.email), "an attempt")
        self.database.ctl("roster", "opt-out", "--member", member.id, "--program", "ECM", "--reason", "x")
        self.planned(member)
        self.assertEqual([("not-wanted",)], self.rows(f"select d.status from delivery d join notice n on n.key = d.notice_key where n.member_id = '{member.id}'"))
        self.assertEqual([], self.mails(member))
        self.smtp.steps.plan(member.email)
        self.database.ctl("roster", "opt-in", "--member", member.id, "--program", "ECM", "--reason", "x")
        wait_until(lambda: self.mails(member), "what nobody was told goes out after all")
        self.planned(member)
        self.assertEqual(["A care transition needs you"], self.mails(member))

    def put_aside_unplanned(self, member, then=lambda: None):
        """The notifier finds the opt-out before the plan knows of it. `then` comes before the plan, too."""
        notifier, transitions = self.services["notifier"], self.services["transitions"]
        notifier.stop()
        try:
            self.tell(member, "A01")
            wait_until(lambda: self.value(f"select count(*) from notice_plan where member_id = '{member.id}'") == "1", "the notice is planned")
            transitions.stop()
            self.database.ctl("roster", "opt-out", "--member", member.id, "--program", "ECM", "--on", day(0), "--reason", "x")
            notifier.start()
            notifier.wait_ready()
            status = "select d.status, d.last_error, p.wanted from delivery d join notice n on n.key = d.notice_key join notice_plan p on p.key = n.key"
            wait_until(lambda: self.rows(f"{status} where n.member_id = '{member.id}'") == [("not-wanted", "the member has opted out, is not enrolled, or does not agree", "t")],
                       "the notice is put aside though the plan wants it")
            then()
        finally:
            for service in (notifier, transitions):
                if service.process.poll() is not None:
                    service.start()
                service.wait_ready()
        self.planned(member)

    def test_the_notifier_looks_itself_where_the_plan_does_not_know_yet(self):
        member = self.new_member()
        self.put_aside_unplanned(member)
        self.withdrawn(member, f"Opted out of ECM on {day(0)}.")
        self.assertEqual([], self.mails(member))

    def test_who_opts_out_and_in_again_before_the_plan_knows_is_told_of(self):
        member = self.new_member()
        self.put_aside_unplanned(member, lambda: self.database.ctl("roster", "opt-in", "--member", member.id, "--program", "ECM", "--reason", "x"))
        self.assertEqual({"open"}, {row[0] for row in self.tasks(member)})
        self.assertEqual(["A care transition needs you"], self.mails(member))


    # ---- 42 CFR Part 2.

    def agree(self, member, word):
        self.database.ctl("roster", "consent", "--member", member.id, "--share", "part2", word, "--reason", "x")
        self.planned(member)

    def shown(self, member):
        """All that is derived or said about the member, as text."""
        return "\n".join(str(self.rows(f"select * from {table} where member_id = '{member.id}' order by 1, 2"))
                         for table in ("task", "encounter", "transition", "measure")) + str(self.rows(
                             f"select encode(body, 'escape') from notice where member_id = '{member.id}'"))

    def test_a_part2_programme_is_named_nowhere_until_the_member_agrees(self):
        member = self.new_member()
        self.tell(member, "A01", part2=True)
        self.tell(member, "A03", hour=20, part2=True)
        self.events(member, 2)
        keys = self.rows(f"select encode(key, 'hex'), due from task where member_id = '{member.id}' order by 1")
        self.assertTrue(keys)
        shown = self.shown(member)
        for word in ("Willow", "WILLOW", "F11", "Opioid", "substance"):
            self.assertNotIn(word, shown)
        self.assertTrue(all("a facility that may not be named" in why for _, why, _ in self.tasks(member)), self.tasks(member))
        self.agree(member, "--yes")
        self.assertTrue(all("Willow Bend Recovery" in row[1] for row in self.tasks(member)), self.tasks(member))
        self.assertEqual({("Willow Bend Recovery", "f")}, set(self.rows(f"select facility, withheld from transition where member_id = '{member.id}'")))
        self.assertTrue(set(keys) <= set(self.rows(f"select encode(key, 'hex'), due from task where member_id = '{member.id}'")), "no key or due has changed")
        self.agree(member, "--no")
        self.assertNotIn("Willow", str(self.tasks(member)))
        self.assertEqual({("", "t")}, set(self.rows(f"select facility, withheld from transition where member_id = '{member.id}'")))

    def test_the_word_may_come_before_the_events(self):
        member = self.new_member()
        self.agree(member, "--yes")
        self.tell(member, "A01", part2=True)
        self.events(member, 1)
        self.assertIn("Willow Bend Recovery", self.tasks(member)[0][1])


class Days(Consent):
    """A date that comes: the transitions' zone is moved from where it is the day before to where it is the day after."""

    def zoned(self, zone):
        folder = Path(self.folder, zone.replace("/", "-"))
        shutil.copytree(ROOT / "deploy" / "calendars", folder, dirs_exist_ok=True)
        for path in folder.glob("*.yaml"):
            path.write_text("".join(f"zone: {zone}\n" if line.startswith("zone:") else line for line in path.read_text().splitlines(True)))
        transitions = self.services["transitions"]
        transitions.stop()
        self.rows("update enrolment_day set day = 0 where day > " + datetime.datetime.now(ZoneInfo(zone)).strftime("%Y%m%d"))
        transitions.variables["HANDOFF_CALENDARS_DIR"] = str(folder)
        transitions.start()
        transitions.wait_ready()
        return datetime.datetime.now(ZoneInfo(zone)).date()

    def test_an_opt_out_takes_effect_on_its_date_without_any_message(self):
        early = self.zoned("Pacific/Niue")  # UTC-11
        tomorrow = (early + datetime.timedelta(days=1)).isoformat()
        by_file, by_word, other = self.admitted(opted_out_on=tomorrow), self.admitted(), self.admitted()
        self.database.ctl("roster", "opt-out", "--member", by_word.id, "--program", "ECM", "--on", tomorrow, "--reason", "x")
        self.planned(by_word)
        for member in (by_file, by_word):
            self.assertEqual({"open"}, {row[0] for row in self.tasks(member)})
        wait_until(lambda: self.value("select day from enrolment_day") == early.isoformat().replace("-", ""), "the day is followed")
        late = self.zoned("Pacific/Kiritimati")  # UTC+14
        self.assertGreater(late, early)
        for member in (by_file, by_word):
            self.withdrawn(member, f"Opted out of ECM on {tomorrow}.")
        self.assertEqual({"open"}, {row[0] for row in self.tasks(other)})
        self.assertEqual(late.isoformat().replace("-", ""), self.value("select day from enrolment_day"))


def load_tests(loader, tests, pattern):
    """Days begins with services of its own and only its own test."""
    return unittest.TestSuite([loader.loadTestsFromTestCase(Consent), Days("test_an_opt_out_takes_effect_on_its_date_without_any_message")])


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
