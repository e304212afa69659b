"""Care teams, who coordinates and stands in, and consents to share: as files and updates, and as those who are told."""
import datetime
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from partners import SmtpServer, WebhookServer  # noqa: E402
from servers import BIN, ROOT, Database, Service, packed, produce, require_servers, wait_until  # noqa: E402

SECRET = "whsec_aGFuZG9mZiB0ZXN0IHNlY3JldCwgMzIgYnl0ZXMgb2s="
TEAM = "member_id,role,name,organisation,email,phone,since,until"
STAFF = "email,name,role,backup_email,away_from,away_to,supervisor_email"


def day(offset):
    return (datetime.datetime.now(ZoneInfo("America/Los_Angeles")).date() + datetime.timedelta(days=offset)).isoformat()


class WithDatabase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database().begin_at_topic_ends()
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.database.drop()
        cls.folder.cleanup()

    def rows(self, sql):
        return self.database.rows(sql)

    def member(self, email=None):
        """A new member's id; the coordinator's address is made of it."""
        name = os.urandom(4).hex()
        self.rows("insert into member (member_id, surname, given, coordinator, coordinator_email, seq, hash)"
                  f" values ('{name}', 'Secretsurname', 'Secretgiven', 'Ana', '{name + '@team.example' if email is None else email}', 1, '')")
        return name

    def load(self, what, header, *lines, words=()):
        path = Path(self.folder.name, f"{what}.csv")
        path.write_text("\n".join((header, *lines)) + "\n")
        return self.database.ctl("roster", what, *words, path, check=False)

    def good(self, what, header, *lines, words=()):
        done = self.load(what, header, *lines, words=words)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def team(self, member):
        return self.rows(f"select role, name, organisation, email, phone, since, until from care_team where member_id = '{member}' order by 1, 2")

    def agree(self, member, share, word, check=True):
        return self.database.ctl("roster", "consent", "--member", member, "--share", share, word, "--by", "ana", "--reason", "told on the phone", check=check)


class TeamFiles(WithDatabase):
    def test_every_column_arrives_and_the_lines_of_a_member_are_the_whole_team(self):
        one, other = self.member(), self.member()
        self.good("team", TEAM, f"{one},PCP,Dr. Ida Moor,Moor Clinic,ida@clinic.example,555-0101,2026-01-01,20270131",
                  f"{one},family,Luz Invented,,luz@home.example,,,", f"{other},cb-cme,,North Care,,,,")
        self.assertEqual([("family", "Luz Invented", "", "luz@home.example", "", "0", "0"),
                          ("pcp", "Dr. Ida Moor", "Moor Clinic", "ida@clinic.example", "555-0101", "20260101", "20270131")], self.team(one))
        told = self.good("team", TEAM, f"{one},pcp,Dr. Ida Moor,Moor Clinic,ida@clinic.example,555-0109,,")
        self.assertIn("teams of 1 members: 1 entries new or changed, 2 gone", told)
        self.assertEqual([("pcp", "Dr. Ida Moor", "Moor Clinic", "ida@clinic.example", "555-0109", "0", "0")], self.team(one))
        self.assertEqual(1, len(self.team(other)), "who is not named keeps the team")
        self.assertIn("0 entries new or changed, 0 gone", self.good("team", TEAM, f"{one},pcp,Dr. Ida Moor,Moor Clinic,ida@clinic.example,555-0109,,"))
        self.assertIn("0 entries new or changed, 1 gone", self.good("team", "member_id,role", f"{one},"))
        self.assertEqual([], self.team(one))

    def test_each_wrong_line_is_told_and_nothing_is_changed(self):
        one = self.member()
        lines = {f"{one},nurse,Ben,,,,,": "role: is none of: pcp specialist pharmacist case-manager cb-cme community family",
                 f"{one},,Ben,,,,,": "role: is blank beside a person; only a line without any says that there is no team",
                 f"{one},pcp,,,a@b.example,,,": "name: is blank, and so is organisation",
                 f"{one},pcp,Ben,,nobody,,,": "email: is no e-mail address",
                 f"{one},pcp,Ben,,,,20260102,20260101": "until: lies before since",
                 f"{one},pcp,Ben,,,,20261301,": "since: is no date (YYYYMMDD or YYYY-MM-DD)",
                 ",pcp,Ben,,,,,": "member_id: is blank",
                 f"{one},pcp": "has 2 columns where the header has 8",
                 "nobody,pcp,Ben,,,,,": "member_id: is not in the roster",
                 f"{one},pcp,Eva,,,,,": None,
                 f"{one},pcp,Eva,,,555-0102,,": "member_id: the same role, name, organisation and e-mail as line 11"}
        done = self.load("team", TEAM, *lines)
        self.assertEqual(1, done.returncode)
        for number, wrong in enumerate(lines.values(), 2):
            if wrong:
                self.assertIn(f"line {number}: {wrong}\n", done.stderr)
        self.assertNotIn("Ben", done.stderr)
        self.assertIn("nothing was changed", done.stderr)
        self.assertEqual([], self.team(one))

    def test_two_organisations_without_a_name_are_two(self):
        one = self.member()
        lines = [f"{one},community,,Food Bank,,555-0103,,", f"{one},community,,Shelter,,555-0104,,"]
        self.assertIn("2 entries new or changed, 0 gone", self.good("team", TEAM, *lines))
        self.assertIn("0 entries new or changed, 0 gone", self.good("team", TEAM, *lines))
        self.assertEqual(["Food Bank", "Shelter"], sorted(row[2] for row in self.team(one)))

    def test_with_partial_members_of_refused_lines_keep_their_teams(self):
        one, other = self.member(), self.member()
        self.good("team", TEAM, f"{one},pcp,Ida,,,,,")
        done = self.load("team", TEAM, f"{one},pharmacist,Ben,,,,,", f"{one},nurse,Eva,,,,,", f"{other},pcp,Eva,,,,,", words=["--partial"])
        self.assertEqual(1, done.returncode)
        self.assertEqual((["pcp"], ["pcp"]), ([row[0] for row in self.team(one)], [row[0] for row in self.team(other)]))

    def test_a_file_that_comes_slowly_keeps_no_other_writer_waiting(self):
        one = self.member()
        with subprocess.Popen([BIN / "handoffctl", "roster", "team", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.database.variables, cwd=ROOT, text=True) as slow:
            wait_until(lambda: self.rows("select 1 from pg_stat_activity where datname = current_database() and query like 'copy team_row%'"), "it reads")
            free = self.rows("select pg_try_advisory_xact_lock(hashtextextended('handoff roster', 0))")
            told = slow.communicate(f"{TEAM}\n{one},pcp,Ida,,,,,\n", timeout=30)[1]
        self.assertEqual(([("t",)], 0, [("pcp",)]), (free, slow.returncode, [row[:1] for row in self.team(one)]), told)

    def test_a_file_without_header_or_lines_is_refused(self):
        for header, words in (("", "the file is empty"), ("role,name", "the header is wrong")):
            done = self.load("team", header)
            self.assertEqual(1, done.returncode)
            self.assertIn(words, done.stderr)


class StaffFiles(WithDatabase):
    def staff(self, email):
        return self.rows(f"select name, role, backup_email, away_from, away_to, supervisor_email from staff where email = '{email}'")

    def test_a_line_replaces_what_was_known_of_the_person_and_others_stay(self):
        self.good("staff", STAFF, "Ana@team.example,Ana Ruiz,coordinator,ben@team.example,2026-12-01,2026-12-14,sue@team.example", "ben@team.example,Ben Ode,,,,,")
        self.assertEqual([("Ana Ruiz", "coordinator", "ben@team.example", "20261201", "20261214", "sue@team.example")], self.staff("ana@team.example"))
        self.assertIn("1 people: 1 new or changed", self.good("staff", STAFF, "ana@team.example,Ana Ruiz,coordinator,ben@team.example,,,"))
        self.assertEqual([("Ana Ruiz", "coordinator", "ben@team.example", "0", "0", "")], self.staff("ana@team.example"))
        self.assertEqual(1, len(self.staff("ben@team.example")))

    def test_each_wrong_line_is_told_and_nothing_is_changed(self):
        lines = {"eva@team.example,Eva,,EVA@team.example,,,": "backup_email: is the person's own address",
                 "eva@team.example,Eva,,,,20261201,": "away_from: is blank beside away_to",
                 "eva@team.example,Eva,,,20261202,20261201,": "away_to: lies before away_from",
                 ",Eva,,,,,": "email: is blank",
                 "eva@team.example,Eva,king,,,,": "role: is none of: coordinator supervisor pharmacist",
                 "Eva@team.example,Eva,,,,,": None,
                 "eva@team.example,Eva,,,,,": "email: stands in line 7 already"}
        done = self.load("staff", STAFF, *lines)
        self.assertEqual(1, done.returncode)
        for number, wrong in enumerate(lines.values(), 2):
            if wrong:
                self.assertIn(f"line {number}: {wrong}\n", done.stderr)
        self.assertEqual([], self.staff("eva@team.example"))


    def test_with_partial_people_of_refused_lines_stay_as_they_are(self):
        self.good("staff", STAFF, "ida@team.example,Ida,,,,,", "leo@team.example,Leo,,,,,")
        done = self.load("staff", STAFF, f"Ida@team.example,Ida,,ben@team.example,{day(0)},,", "ida@team.example,Ida,,,,,", "leo@team.example,Leo,king,,,,",
                         "leo@team.example,Leonardo,,,,,", "max@team.example,Max,,,,,", words=("--partial",))
        self.assertEqual(1, done.returncode)
        self.assertIn("1 people: 1 new or changed\n2 lines were refused; whom they are about stays as is", done.stdout)
        self.assertEqual(["Ida", "0"], [self.staff("ida@team.example")[0][i] for i in (0, 3)])
        self.assertEqual(["Leo", "Max"], [self.staff(f"{name}@team.example")[0][0] for name in ("leo", "max")])


class Consents(WithDatabase):
    def shares(self, member, what="family"):
        return self.database.value(f"select shares('{member}', '{what}')")

    def test_the_last_word_counts_and_all_are_kept(self):
        member = self.member()
        self.assertEqual("f", self.shares(member), "without a word nothing is shared")
        self.assertIn("agrees to share: family", self.agree(member, "family", "--yes").stdout)
        self.assertEqual(("t", "f"), (self.shares(member), self.shares(member, "part2")))
        self.assertIn("does not agree to share: family", self.agree(member, "family", "--no").stdout)
        self.assertEqual("f", self.shares(member))
        self.assertEqual([("t", "ana", "told on the phone"), ("f", "ana", "told on the phone")],
                         self.rows(f"select agreed, by, reason from share_consent where member_id = '{member}' order by id"))

    def test_a_word_on_part2_has_the_member_planned_again(self):
        member = self.member()
        self.rows(f"insert into member_event (member_id, event_id, subject, link, event, occurred) values ('{member}', 'e', 0, 1, '', now())")
        self.agree(member, "family", "--yes")
        self.assertEqual("0", self.database.value(f"select count(*) from replan where member_id = '{member}'"))
        self.agree(member, "part2", "--yes")
        self.assertEqual("1", self.database.value(f"select count(*) from replan where member_id = '{member}'"))

    def test_what_cannot_be_written_down_is_refused(self):
        member = self.member()
        done = self.agree("nobody", "family", "--yes", check=False)
        self.assertEqual((1, True), (done.returncode, "no such member" in done.stderr))
        for words in (["--share", "family", "--reason", "x"], ["--share", "family", "--reason", "x", "--yes", "--no"],
                      ["--share", "everything", "--reason", "x", "--yes"], ["--share", "family", "--reason", " ", "--yes"]):
            self.assertEqual(2, self.database.ctl("roster", "consent", "--member", member, *words, check=False).returncode, words)
        self.assertEqual("0", self.database.value(f"select count(*) from share_consent where member_id = '{member}'"))


class Updates(WithDatabase):
    """Teams on roster.updates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = Service(cls.database, "handoff-roster").wait_ready()

    @classmethod
    def tearDownClass(cls):
        cls.service.close()
        super().tearDownClass()

    def send(self, member, *team, says_team=True, **more):
        people = b"".join(packed([(1, packed(list(enumerate(person, 1))))]) for person in team)
        said = b"\x1a" + bytes([len(people)]) + people if says_team else b""
        produce("roster.updates", member, packed([(1, packed([(1, member), (5, more.get("given", "Ana"))])), (2, more.get("deleted", False))]) + said)

    def wait_team(self, member, *wanted):
        wait_until(lambda: self.team(member) == list(wanted), f"the team of {member} is {wanted}: {self.team(member)}")

    def test_a_team_is_replaced_only_by_an_update_that_speaks_of_it(self):
        member = os.urandom(4).hex()
        ida = ("pcp", "Ida", "", "ida@clinic.example", "", "0", "0")
        self.send(member, ("pcp", "Ida", "", "ida@clinic.example"))
        self.wait_team(member, ida)
        self.send(member, given="Anna", says_team=False)
        wait_until(lambda: self.rows(f"select given from member where member_id = '{member}'") == [("Anna",)], "the update is in")
        self.wait_team(member, ida)
        self.send(member, ("family", "Luz", "", "", "555-0100", 20260101, 20271231), given="Anna")
        self.wait_team(member, ("family", "Luz", "", "", "555-0100", "20260101", "20271231"))
        self.send(member, given="Anna")
        self.wait_team(member)

    def test_two_organisations_without_a_name_are_two(self):
        member = os.urandom(4).hex()
        self.send(member, ("community", "", "Food Bank"), ("community", "", "Shelter"))
        wait_until(lambda: sorted(row[2] for row in self.team(member)) == ["Food Bank", "Shelter"], "both are on the team")

    def test_a_wrong_team_is_put_aside_and_what_is_said_of_the_member_counts(self):
        before = self.service.metric("handoff_roster_updates_rejected_total")
        member = os.urandom(4).hex()
        self.send(member, ("pcp", "Ida"))
        wrong = ([("nurse", "Ben")], [("pcp", "")], [("", "Ben")], [("pcp", "Ben"), ("pcp", "Ben")], [("pcp", "Ben", "", "", "", 20261301)],
                 [("pcp", "Ben", "", "nobody")])
        for i, team in enumerate(wrong):
            self.send(member, *team, given=f"Ana{i}")
        wait_until(lambda: self.service.metric("handoff_roster_updates_rejected_total") == before + len(wrong), "all are put aside")
        self.assertEqual([(f"Ana{len(wrong) - 1}",)], self.rows(f"select given from member where member_id = '{member}'"))
        self.wait_team(member, ("pcp", "Ida", "", "", "", "0", "0"))
        self.assertEqual([(str(len(wrong)),)], self.rows(f"select count(*) from outbox where topic = 'adt.rejected' and key = convert_to('{member}', 'UTF8')"
                                                         " and headers[2] = 'roster-team'"))

    def test_a_team_of_somebody_who_was_never_there_and_goes_at_once_is_nothing(self):
        member, last = os.urandom(4).hex(), os.urandom(4).hex()
        self.send(member, ("pcp", "Ida"), deleted=True)
        self.send(last, ("pcp", "Ida"))
        self.wait_team(last, ("pcp", "Ida", "", "", "", "0", "0"))
        self.assertEqual([], self.team(member))


class Told(WithDatabase):
    """Who gets a notice, with a mail server and a webhook."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        secret = Path(cls.folder.name, "secret")
        secret.write_text(SECRET + "\n")
        cls.smtp, cls.webhook = SmtpServer(), WebhookServer(SECRET)
        cls.service = Service(cls.database, "handoff-notifier", HANDOFF_SMTP_URL=f"smtp://127.0.0.1:{cls.smtp.port}",
                              HANDOFF_WEBHOOK_URL=cls.webhook.url, HANDOFF_WEBHOOK_SECRET_FILE=str(secret), HANDOFF_WEBHOOK_ALLOW_PRIVATE="yes",
                              HANDOFF_RETRY_FIRST_MS="20", HANDOFF_RETRY_MOST_MS="50", HANDOFF_DELIVERY_ATTEMPTS="1000").wait_ready()

    @classmethod
    def tearDownClass(cls):
        status, text = cls.service.stop(), cls.service.text()
        cls.service.close()
        cls.smtp.close()
        cls.webhook.close()
        super().tearDownClass()
        assert status == 0, text
        assert "example" not in text and "Secret" not in text, text

    def ask(self, member, *roles, part2=False, facility="St. Invented Hospital"):
        key = os.urandom(16).hex()
        self.rows("insert into notice_plan (plan_key, member_id, change, name, wanted, key)"
                  f" values (decode('{os.urandom(16).hex()}', 'hex'), '{member}', '', 'n', true, decode('{key}', 'hex'))")
        produce("transition.events", member, packed([(1, bytes.fromhex(key)), (2, member), (3, "discharge"), (4, "Discharged"), (5, "inpatient"), (6, "home"),
                                                     (7, 1764000000000000), (8, facility), (10, list(roles)), (18, part2)]))
        return key

    def told(self, key):
        """Addresses and the roles that each is told as, once the notice is in."""
        wait_until(lambda: self.rows(f"select 1 from notice where key = decode('{key}', 'hex')"), "the notice is in")
        return dict(self.rows(f"select recipient, roles from delivery where notice_key = decode('{key}', 'hex') and channel = 'email'"))

    def unresolved(self, role):
        return self.service.metric(f'handoff_notifier_unresolved_total{{role="{role}"}}')

    def test_each_role_of_the_team_is_told(self):
        member = self.member()
        roles = ("pcp", "specialist", "pharmacist", "case-manager", "cb-cme", "community")
        self.good("team", TEAM, *(f"{member},{role},Ida,,{role}@{member}.example,,," for role in roles))
        for role in roles:
            self.assertEqual({f"{role}@{member}.example": f"{{{role}}}"}, self.told(self.ask(member, role)))
        self.assertEqual({f"{role}@{member}.example": "{team}" for role in roles}, self.told(self.ask(member, "team")))

    def test_one_address_is_told_once_whatever_its_roles(self):
        member = self.member()
        self.good("team", TEAM, f"{member},pcp,Ida,,Ida@{member}.example,,,", f"{member},pharmacist,Ida,,ida@{member}.example,,,", f"{member},cb-cme,,North,{member}@TEAM.example,,,")
        key = self.ask(member, "coordinator", "coordinator", "pcp", "pharmacist", "team")
        self.assertEqual(["{cb-cme}", "{coordinator,team}", "{pcp,pharmacist,team}"][1:], sorted(self.told(key).values()))
        wait_until(lambda: len(self.smtp.to(f"{member}@TEAM.example") + self.smtp.to(f"{member}@team.example")) == 1, "one mail to the coordinator")

    def test_only_who_works_in_the_queue_is_sent_to_it(self):
        member = self.member()
        self.good("team", TEAM, f"{member},pcp,Ida,,ida@{member}.example,,,", f"{member},pharmacist,Pia,,pia@{member}.example,,,", f"{member},family,Luz,,luz@{member}.example,,,",
                  f"{member},community,,Food Bank,food@{member}.example,,,", f"{member},pcp,Ana,,{member}@team.example,,,")
        self.agree(member, "family", "--yes")
        self.ask(member, "coordinator", "pcp", "family", "team")
        for who, wanted, unwanted in ((f"{member}@team.example", b"your queue", b"care team"), (f"pia@{member}.example", b"your queue", b"care team"),
                                      (f"ida@{member}.example", b"care team you are on", b"queue"), (f"food@{member}.example", b"care team you are on", b"queue"),
                                      (f"luz@{member}.example", b"as family or friend", b"queue")):
            data = wait_until(lambda who=who: self.smtp.to(who), f"the mail to {who}")[0].data
            self.assertEqual((True, False), (wanted in data, unwanted in data), (who, data))

    def test_a_team_member_is_told_from_the_first_day_to_the_last(self):
        member = self.member()
        self.good("team", TEAM, f"{member},pcp,Now,,now@{member}.example,,{day(0)},{day(0)}", f"{member},pcp,Gone,,gone@{member}.example,,,{day(-1)}",
                  f"{member},pcp,Next,,next@{member}.example,,{day(1)},")
        self.assertEqual([f"now@{member}.example"], list(self.told(self.ask(member, "pcp"))))

    def test_the_backup_stands_in_on_the_days_away_and_nobody_stands_in_for_the_backup(self):
        for away_from, away_to, backup, stands_in in (("", "", "backup", False), (day(0), day(0), "backup", True), (day(-3), "", "backup", True), (day(1), day(9), "backup", False),
                                                      (day(-9), day(-1), "backup", False), (day(0), day(0), "", False)):
            member = self.member()
            address = f"backup@{member}.example" if backup else ""
            self.good("staff", STAFF, f"{member}@team.example,Ana,,{address},{away_from},{away_to},", f"backup@{member}.example,Ben,,third@{member}.example,{day(-1)},,")
            self.assertEqual([f"backup@{member}.example" if stands_in else f"{member}@team.example"], list(self.told(self.ask(member, "coordinator"))), (away_from, away_to, backup))

    def test_a_backup_stands_in_for_everybody_of_staff_and_for_nobody_of_the_family(self):
        member = self.member()
        away = f"{day(0)},{day(0)}"
        self.good("staff", STAFF, f"{member}@team.example,Ana,,,,,Sue@{member}.example", f"sue@{member}.example,Sue,supervisor,second@{member}.example,{away},",
                  f"pia@{member}.example,Pia,pharmacist,other@{member}.example,{away},")
        self.good("team", TEAM, f"{member},pharmacist,Pia,,Pia@{member}.example,,,", f"{member},family,Pia,,pia@{member}.example,,,")
        self.agree(member, "family", "--yes")
        for role, who in (("supervisor", "second"), ("pharmacist", "other"), ("team", "other"), ("family", "pia")):
            self.assertEqual([f"{who}@{member}.example"], list(self.told(self.ask(member, role))), role)

    def test_the_supervisor_is_the_coordinators(self):
        member = self.member()
        self.good("staff", STAFF, f"{member}@team.example,Ana,,backup@{member}.example,{day(0)},,sue@{member}.example", f"backup@{member}.example,Ben,,,,,other@{member}.example")
        self.assertEqual([f"sue@{member}.example"], list(self.told(self.ask(member, "supervisor"))))

    def test_the_family_is_told_only_where_it_is_named_and_the_member_agrees(self):
        member = self.member()
        self.good("team", TEAM, f"{member},family,Luz,,luz@{member}.example,,,")
        self.assertEqual({}, self.told(self.ask(member, "family")))
        self.agree(member, "family", "--yes")
        self.assertEqual({f"luz@{member}.example": "{family}"}, self.told(self.ask(member, "family")))
        self.assertEqual({}, self.told(self.ask(member, "team")))
        self.agree(member, "family", "--no")
        self.assertEqual({}, self.told(self.ask(member, "family")))

    def test_who_takes_the_consent_back_stops_what_is_not_sent(self):
        member = self.member()
        address = f"luz@{member}.example"
        self.good("team", TEAM, f"{member},family,Luz,,{address},,,")
        self.agree(member, "family", "--yes")
        self.smtp.steps.plan(address, *["450 busy"] * 900)
        key = self.ask(member, "family")
        wait_until(lambda: self.smtp.attempts_to(address), "an attempt was made")
        self.agree(member, "family", "--no")
        wait_until(lambda: self.rows(f"select status from delivery where notice_key = decode('{key}', 'hex') and channel = 'email'") == [("not-wanted",)], "it is put aside")
        self.assertEqual([], self.smtp.to(address))

    def called(self, key):
        return wait_until(lambda: self.webhook.about(key), "the call")[0].json

    def test_a_part2_programme_is_named_only_while_the_member_agrees(self):
        member = self.member()
        call = self.called(self.ask(member, "coordinator", part2=True))
        self.assertEqual(("", "part2"), (call["facility"], call["withheld"]), "named before the consent was taken back")
        self.agree(member, "part2", "--yes")
        call = self.called(self.ask(member, "coordinator", part2=True))
        self.assertEqual(("St. Invented Hospital", False), (call["facility"], "withheld" in call))
        self.agree(member, "part2", "--no")
        self.assertEqual("", self.called(self.ask(member, "coordinator", part2=True))["facility"])
        self.assertEqual("St. Invented Hospital", self.called(self.ask(member, "coordinator"))["facility"], "no Part 2 programme")

    def test_a_role_that_nobody_has_is_counted_and_the_call_goes_out(self):
        member = self.member(email="")
        before = {role: self.unresolved(role) for role in ("coordinator", "pcp", "team", "family", "supervisor")}
        key = self.ask(member, *before)
        wait_until(lambda: self.webhook.about(key), "the call")
        self.assertEqual({}, self.told(key))
        wait_until(lambda: {role: n + 1 for role, n in before.items()} == {role: self.unresolved(role) for role in before}, "each role is counted once")


if __name__ == "__main__":
    require_servers()
    unittest.main()
