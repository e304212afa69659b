"""The look-back: stays that began before a member was known, found without another message."""
import hashlib
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from servers import Database, Service, require_servers, wait_until  # noqa: E402

FACILITY = "St. Anne Hospital"
HEADER = "member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from"
SURNAMES = ("Abernethy", "Borrego", "Castellan", "Dragomir", "Estrella", "Fairweather", "Galloway", "Hadrian", "Ingersoll", "Jankowski")
GIVEN = ("Amara", "Basilio", "Cordelia", "Dmitri", "Esperanza", "Florian", "Guinevere", "Hiroshi", "Isolde", "Joaquin")


class Person:
    """Number n of as many invented people as are wanted, who have nothing in common with each other."""

    def __init__(self, n):
        self.n = n
        self.mrn = f"MRN{n:05}"
        self.surname, self.given = SURNAMES[n % 10] + "abcdefghij"[n // 100 % 10] * 2, GIVEN[(n // 10 + n // 100) % 10]
        self.birth_date = f"{1940 + n % 50}{1 + n // 50 % 12:02}{2 + n % 27:02}"
        self.cin = f"9{n:07}{chr(65 + n % 26)}"
        scattered = n * 7654321 % 9973  # near numbers are no slips of each other
        self.phone = f"559555{scattered:04}"
        self.address = f"{100 + scattered} {SURNAMES[n // 10 % 10]} Lane"

    def roster_line(self):
        return f"M{self.n},{self.cin},{self.surname},{self.given},{self.birth_date},F,{self.phone},{self.address},Fresno,CA,93701,ECM,20260101"

    def message(self, trigger="A01", control="1", at="20261120083000", pid=None, more=""):
        name = f"{self.surname}^{self.given}^^^^^L"
        pid = pid or (f"PID|1||{self.mrn}^^^STANNE^MR||{name}||{self.birth_date}|F|||"
                      f"{self.address}^^Fresno^CA^93701||{self.phone}")
        disposition = "|" * 17 + "01" + "|" * 9 + at if trigger == "A03" else ""
        return (f"MSH|^~\\&|EPIC|STANNE|PLAN|PLAN|{at}||ADT^{trigger}|{control}-{self.n}|P|2.5.1\r"
                f"EVN|{trigger}|{at}||||{at}\r{pid}\r{more}"
                f"PV1|1|I|3N^301^1|||||||MED||||7|||||V{self.n}{disposition}|||||||||||||||||||||||||{at}\r"
                f"IN1|1|HMO|1|Plan||||||||||||||||||||||||||||||||{self.cin}\r")

    def sparse(self, trigger="A03", control="2"):
        """A message that says nothing of the person but the MRN."""
        return self.message(trigger, control, "20261121090000", pid=f"PID|1||{self.mrn}^^^STANNE^MR").split("IN1|")[0]

    def identity(self):
        return int.from_bytes(hashlib.sha256(f"{FACILITY}\x1f{self.mrn}".encode()).digest()[:8], "big", signed=True)


class Case(unittest.TestCase):
    SERVICES = ()

    def setUp(self):
        self.database = Database().begin_at_topic_ends()
        self.addCleanup(self.database.drop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.services = {name: self.service(name) for name in self.SERVICES}

    def service(self, name, **variables):
        service = Service(self.database, f"handoff-{name}", **{"HANDOFF_INTERVAL_SECONDS": "0", **variables})
        self.addCleanup(service.close)
        return service.wait_ready()

    def send(self, *messages):
        path = self.folder / "messages.hl7"
        path.write_text("\n".join(messages))
        self.database.ctl("send", "--kafka", path)

    def enrol(self, *people):
        path = self.folder / "roster.csv"
        path.write_text("\n".join([HEADER] + [person.roster_line() for person in people]) + "\n")
        self.database.ctl("roster", "import", path)

    def remove(self, person):
        """As the roster service does."""
        self.database.rows("with s as (update roster_sequence set seq = seq + 1 returning seq) update member set deleted = true, seq = s.seq,"
                           f" hash = sha256('deleted') from s where member_id = 'M{person.n}'")
        self.database.rows("notify handoff_roster")

    def number(self, sql):
        return int(self.database.value(sql))

    def look_back_done(self):
        """All that there is to look for has been looked for."""
        wait_until(lambda: self.database.value("select roster_seq = (select seq from roster_sequence)"
                                               " and not exists (select from identity where look_back) from look_back") == "t",
                   "the end of the look-back", 60)


class HandedOver(Case):
    """Without a matcher: which messages are handed to it."""

    def decided(self):
        """As if a matcher had read all that was sent."""
        for partition, end in self.ends().items():
            self.database.rows(f"update kafka_offset set next_offset = {end} where consumer = 'matcher' and partition = {partition}")

    def ends(self):
        listed = re.search(r"^adt\.inbound.*\n((?:  partition .*\n)+)", self.database.ctl("topics", "list").stdout, re.M)[1]
        return {int(p): int(end) for p, end in re.findall(r"partition (\d+) .* to (\d+)", listed)}

    def given(self, *messages):
        self.send(*messages)
        self.decided()

    def found(self):
        """The control ids of the messages that were handed over, each once."""
        rows = self.database.rows("select distinct convert_from(message, 'UTF8') from redecide where reason = 'look-back'")
        return sorted(re.search(r"ADT\^\w+\|([^|]*)\|", text)[1] for text, in rows)

    def known(self, person, look_back=True):
        self.database.rows(f"insert into identity (identity_id, facility, mrn, cluster, look_back) values"
                           f" ({person.identity()}, '{FACILITY}', '{person.mrn}', {person.identity()}, {look_back})")
        self.database.rows("notify handoff_lookback")

    def test_a_members_messages_are_found_and_nobody_elses(self):
        people = [Person(n) for n in range(1, 60)]
        self.given(*(p.message() for p in people))
        self.service("lookback")
        self.enrol(*people[:40])
        self.look_back_done()
        self.assertEqual(sorted(f"1-{p.n}" for p in people[:40]), self.found())
        self.assertEqual([("59", "40")], self.database.rows("select messages, found from look_back"))
        row = self.database.rows("select identity_id, content_type, reason from redecide where message like '%|1-1|%'::bytea")
        self.assertEqual([(str(people[0].identity()), "application/hl7-v2+er7", "look-back")], row)

    def test_many_members_and_identities_share_one_reading(self):
        people = [Person(n) for n in range(100, 300)]
        self.given(*(p.message() for p in people), *(p.sparse() for p in people))
        for person in people[:50]:
            self.known(person)
        self.enrol(*people[50:150])
        lookback = self.service("lookback")
        self.look_back_done()
        self.assertEqual(1, lookback.metric('handoff_lookback_runs_total{outcome="ended"}'))
        self.assertEqual(400, lookback.metric("handoff_lookback_messages_total"))
        self.assertEqual(200, lookback.metric("handoff_lookback_found_total"))
        self.assertEqual(sorted([f"{i}-{p.n}" for p in people[:50] for i in (1, 2)] + [f"1-{p.n}" for p in people[50:150]]), self.found())

    def test_an_identity_is_found_by_its_number_alone_and_by_merges(self):
        ana, ben, cora = Person(301), Person(302), Person(303)
        merge = ben.message("A40", "3", more=f"MRG|{ana.mrn}^^^STANNE^MR\r")
        self.given(ana.sparse(), ana.message(), ben.message(), cora.message(), merge)
        self.service("lookback")
        self.known(ana)
        self.look_back_done()
        self.assertEqual(["1-301", "2-301", "3-302"], self.found())

    def test_a_member_is_found_wherever_they_stand_in_a_message(self):
        first, *others = people = [Person(n) for n in range(700, 732)]
        merge = first.message("A40", "3", more="".join(
            "PID" + person.message().split("\rPID", 1)[1].split("\r")[0] + "\r" for person in others))
        self.given(merge)
        self.service("lookback")
        self.enrol(people[2], people[31])
        self.look_back_done()
        self.assertEqual(["3-700"], self.found())

    def test_what_merges_joined_is_looked_for_together(self):
        ana, ben = Person(311), Person(312)
        self.given(ana.message(), ben.message())
        self.known(ana)
        self.known(ben, look_back=False)
        self.database.rows(f"update identity set cluster = {min(ana.identity(), ben.identity())}")
        self.service("lookback")
        self.look_back_done()
        self.assertEqual(["1-311", "1-312"], self.found())

    def test_an_event_that_is_linked_by_its_own_evidence_is_not_handed_over_again(self):
        ana, ben, cora = Person(321), Person(322), Person(323)
        self.given(ana.message(), ben.message(), cora.message())
        ids = {p.n: hashlib.sha256(b"st-anne\0" + p.message().encode()).hexdigest()[:32] for p in (ana, ben, cora)}
        for person, member, own in ((ana, "M321", True), (ben, "M322", False), (cora, "", True)):
            self.database.rows(f"insert into event_link (event_id, subject, member_id, decision, why, own)"
                               f" values ('\\x{ids[person.n]}', 0, '{member}', 'x', '{{}}', {own})")
        self.service("lookback")
        self.enrol(ana, ben, cora)
        self.look_back_done()
        self.assertEqual(["1-322", "1-323"], self.found())
        self.known(ana)
        self.look_back_done()
        self.assertEqual(["1-321", "1-322", "1-323"], self.found())

    def test_nothing_is_read_where_nobody_is_looked_for(self):
        ana = Person(331)
        self.given(ana.message())
        lookback = self.service("lookback")
        self.database.rows("update roster_sequence set seq = seq + 1")
        self.look_back_done()
        wait_until(lambda: lookback.metric('handoff_lookback_runs_total{outcome="ended"}') == 1, "the run in the metrics")
        self.assertEqual(0, lookback.metric("handoff_lookback_messages_total"))

    def test_messages_behind_the_matchers_offset_are_left_to_it(self):
        ana, ben = Person(341), Person(341)
        self.given(ana.message())
        self.send(ben.message(control="9"))
        self.service("lookback")
        self.enrol(ana)
        self.look_back_done()
        self.assertEqual(["1-341"], self.found())

    def test_a_batch_of_the_matcher_that_is_under_way_is_waited_for(self):
        self.given(Person(351).message())
        self.service("lookback")
        with self.transaction("select pg_advisory_xact_lock_shared(hashtextextended('handoff matcher batch', 0))"):
            self.enrol(Person(351))
            self.blocked("lookback")
            self.assertEqual([], self.found())
        self.look_back_done()
        self.assertEqual(["1-351"], self.found())

    def test_open_items_of_a_changed_member_are_decided_again(self):
        self.enrol(Person(361))
        self.database.rows("update look_back set roster_seq = 1")
        self.database.rows("insert into review (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event, identity_id)"
                           " values ('\\x00', 0, 'x', '{M361}', '{}', 'f', 'm', 'x', '', '', 77), ('\\x01', 0, 'x', '{M9}', '{}', 'f', 'm', 'x', '', '', 78)")
        changed = Person(361)
        changed.address = "1 Other Street"
        self.service("lookback")
        self.enrol(changed)
        self.look_back_done()
        self.assertEqual([("77", "roster", "t")], self.database.rows("select identity_id, reason, message is null from redecide"))

    def test_links_for_the_sake_of_a_deleted_member_are_decided_again(self):
        self.enrol(Person(362))
        self.database.rows("update look_back set roster_seq = 1")
        for identity, own in ((81, True), (82, False)):
            self.database.rows(f"insert into identity (identity_id, facility, mrn, cluster) values ({identity}, 'f', '{identity}', {identity})")
            self.database.rows(f"insert into identity_member (identity_id, member_id, state) values ({identity}, 'M362', 'matched')")
            self.linked_to(identity, own)
        self.service("lookback")
        self.remove(Person(362))
        self.look_back_done()
        self.assertEqual([("82", "roster")], self.database.rows("select identity_id, reason from redecide"))

    def linked_to(self, identity, own, member="M362"):
        self.database.rows(f"insert into event_link (event_id, subject, member_id, decision, why, own, identity_id)"
                           f" values ('\\x{identity}', 0, '{member}', 'x', '{{}}', {own}, {identity})")

    def test_links_that_were_pieced_together_for_a_deleted_member_are_decided_again(self):
        self.enrol(Person(362))
        self.database.rows("update look_back set roster_seq = 1")
        for identity, own in ((83, True), (84, False)):
            self.database.rows(f"insert into identity (identity_id, facility, mrn, cluster) values ({identity}, 'f', '{identity}', {identity})")
            self.linked_to(identity, own)
        self.service("lookback")
        self.remove(Person(362))
        self.look_back_done()
        self.assertEqual([("84", "roster")], self.database.rows("select identity_id, reason from redecide"))

    def test_what_is_kept_of_those_that_are_joined_with_a_deleted_members_identity_is_decided_again(self):
        self.enrol(Person(362))
        self.database.rows("update look_back set roster_seq = 1")
        for identity, cluster in ((85, 85), (86, 85), (87, 87), (88, 87), (89, 89)):
            self.database.rows(f"insert into identity (identity_id, facility, mrn, cluster) values ({identity}, 'f', '{identity}', {cluster})")
        self.database.rows("insert into identity_member (identity_id, member_id, state) select unnest(array[85, 87, 89]), 'M362', 'matched'")
        self.linked_to(86, False, "M9")
        self.database.rows("insert into review (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event, identity_id)"
                           " values ('\\x88', 0, 'x', '{M9}', '{}', 'f', 'm', 'x', '', '', 88)")
        self.service("lookback")
        self.remove(Person(362))
        self.look_back_done()
        self.assertEqual([("85",), ("87",)], self.database.rows("select identity_id from redecide order by 1"))

    def test_the_numbers_of_a_member_who_returns_are_looked_for(self):
        ana, ben, cora = people = [Person(n) for n in range(363, 366)]
        self.enrol(ana, cora)
        self.database.rows("update look_back set roster_seq = 1")
        self.given(*(p.sparse() for p in people))
        for person, member, state in ((ana, "M363", "matched"), (ben, "M363", "not-same"), (cora, "M365", "matched")):
            self.known(person, look_back=False)
            self.database.rows(f"insert into identity_member (identity_id, member_id, state) values ({person.identity()}, '{member}', '{state}')")
        cora.address = "1 Other Street"
        self.service("lookback")
        self.remove(ana)
        self.enrol(ana, cora)
        self.look_back_done()
        self.assertEqual(["2-363"], self.found())
        self.enrol(Person(365))
        self.look_back_done()
        self.assertEqual([("1",)], self.database.rows("select count(*) from redecide where reason = 'look-back'"), "once")

    def test_a_batch_that_is_under_way_when_members_are_only_deleted_is_waited_for(self):
        self.enrol(Person(362))
        self.database.rows("update look_back set roster_seq = 1")
        self.service("lookback")
        with self.transaction("select pg_advisory_xact_lock_shared(hashtextextended('handoff matcher batch', 0))"):
            self.remove(Person(362))
            self.blocked("lookback")
            self.linked_to(90, False)  # by the roster that the batch had read
        self.look_back_done()
        self.assertEqual([("90",)], self.database.rows("select identity_id from redecide"))

    def test_an_identity_that_is_marked_anew_meanwhile_is_looked_for_again(self):
        ana = Person(371)
        self.given(ana.message())
        lookback = self.service("lookback")
        with self.transaction("select from look_back for update"):
            self.known(ana)
            self.blocked("lookback")
            # The run waits with the identity's row in hand; whoever marks it again comes behind it.
            marking = subprocess.Popen(["psql", "-X", "-q", "-d", self.database.url, "-c", "update identity set look_back = true"])
            wait_until(lambda: self.number("select count(*) from pg_locks where not granted") >= 2, "the mark to wait")
        self.assertEqual(0, marking.wait(20))
        wait_until(lambda: lookback.metric('handoff_lookback_runs_total{outcome="ended"}') == 2, "the second run")
        self.look_back_done()

    def test_a_mark_that_came_while_the_window_was_read_is_kept(self):
        ana = Person(372)
        self.given(ana.message())
        lookback = self.service("lookback")
        with self.transaction("lock table redecide in share mode"):
            self.known(ana)
            self.blocked("lookback")
            self.database.rows("update identity set look_back = true")
        wait_until(lambda: lookback.metric('handoff_lookback_runs_total{outcome="ended"}') == 2, "the second run")
        self.look_back_done()

    def test_killed_in_the_middle_it_ends_the_same(self):
        people = [Person(n) for n in range(400, 460)]
        self.given(*(p.message() for p in people))
        lookback = self.service("lookback")
        with self.transaction("select from look_back for update"):
            self.enrol(*people[:30])
            backend = self.blocked("lookback")
            lookback.kill()
            self.database.rows(f"select pg_terminate_backend({backend}, 10000)")
        self.assertEqual("0", self.database.value("select roster_seq from look_back"))
        lookback.start()
        self.look_back_done()
        self.assertEqual(sorted(f"1-{p.n}" for p in people[:30]), self.found())
        self.assertEqual([("60", "30")], self.database.rows("select messages, found from look_back"))

    def test_a_spare_takes_over_from_a_copy_that_died(self):
        first = self.service("lookback", HANDOFF_INSTANCE="a")
        self.service("lookback", HANDOFF_INSTANCE="b")
        self.given(Person(470).message())
        first.kill()
        self.enrol(Person(470))
        self.look_back_done()
        self.assertEqual(["1-470"], self.found())

    def test_no_personal_data_is_logged(self):
        ana = Person(480)
        self.given(ana.message())
        lookback = self.service("lookback")
        self.enrol(ana)
        self.look_back_done()
        text = wait_until(lambda: "looked back" in lookback.text() and lookback.text(), "the line about the run")
        self.assertRegex(text, r"members=1 identities=0 messages=1 found=1 seconds=")
        for value in (ana.surname, ana.mrn, ana.cin, ana.birth_date, ana.phone, "M480"):
            self.assertNotIn(value, text)

    def transaction(self, sql):
        """Holds a transaction with the statement open, for a with-block."""
        return Holding(self.database.url, sql)

    def blocked(self, service):
        """Waits until a service's statement waits for a lock; returns its backend."""
        waiting = (f"select pid from pg_stat_activity where application_name like 'handoff-{service}%' and datname = current_database()"
                   " and wait_event_type = 'Lock'")
        return wait_until(lambda: self.database.rows(waiting), f"{service} to wait for the lock")[0][0]


class Holding:
    def __init__(self, url, sql):
        self.psql = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.psql.stdin.write(f"begin;\n{sql};\nselect 'held';\n")
        self.psql.stdin.flush()
        while self.psql.stdout.readline().strip() != "held":
            assert self.psql.poll() is None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.psql.communicate("rollback;\n", timeout=20)


class Whole(Case):
    """With the matcher and those behind it."""

    SERVICES = ("matcher", "relay", "transitions", "lookback")

    def given(self, *messages):
        before = self.read()
        self.send(*messages)
        wait_until(lambda: self.read() == before + len(messages), "the matcher to read what was sent")

    def read(self):
        return self.number("select sum(next_offset - start_offset) from kafka_offset where consumer = 'matcher'")

    def settled(self):
        self.look_back_done()
        wait_until(lambda: self.number("select (select count(*) from redecide) + (select count(*) from outbox)") == 0, "nothing left to do")

    def linked(self):
        return self.database.rows("select member_id, count(*) from event_link group by 1 order by 1")

    def strangers_left_nothing(self, *members):
        """Nothing is stored but what is about those people."""
        mrns = ",".join(f"'{p.mrn}'" for p in members)
        self.assertEqual([], self.database.rows(f"select mrn from identity where mrn not in ({mrns})"))
        self.assertEqual("0", self.database.value(f"select count(*) from review where mrn not in ({mrns})"))
        self.assertEqual("0", self.database.value("select count(*) from redecide"))

    def test_a_stay_that_began_before_the_enrolment_gets_its_tasks(self):
        ana, strangers = Person(501), [Person(n) for n in range(510, 560)]
        self.given(ana.message(), ana.message("A03", "2", "20261121100000"), *(p.message() for p in strangers))
        self.assertEqual([], self.linked())
        read = self.read()
        self.enrol(ana)
        wait_until(lambda: self.number("select count(*) from task where member_id = 'M501' and want = 'wanted'"), "the tasks", 60)
        self.settled()
        self.assertEqual(read, self.read())
        self.assertEqual([("M501", "2")], self.linked())
        self.strangers_left_nothing(ana)

    def test_a_new_alias_finds_what_the_same_number_said_before(self):
        ana, strangers = Person(502), [Person(n) for n in range(560, 580)]
        other_name = ana.message("A01", "1", pid=f"PID|1||{ana.mrn}^^^STANNE^MR||Formerly^{ana.given}||{ana.birth_date}|F").split("IN1|")[0]
        self.enrol(Person(599))
        self.given(other_name, *(p.message() for p in strangers))
        self.assertEqual([], self.linked())
        self.enrol(ana)
        self.given(ana.message("A03", "2", "20261121100000"))
        wait_until(lambda: self.linked() == [("M502", "2")], "the earlier message to be linked", 60)
        self.settled()
        self.strangers_left_nothing(ana)

    def test_what_said_too_little_alone_is_found_with_the_rest(self):
        ana = Person(503)
        self.given(ana.sparse("A08", "0"), ana.message(), ana.sparse())
        self.enrol(ana)
        wait_until(lambda: self.linked() == [("M503", "3")], "all three to be linked", 60)
        self.settled()
        self.strangers_left_nothing(ana)

    def test_what_came_while_a_member_was_removed_is_found_when_they_return(self):
        ana = Person(505)
        self.enrol(ana)
        self.given(ana.message())
        self.settled()
        self.remove(ana)
        self.given(ana.sparse())
        wait_until(lambda: self.number("select count(*) from review where state = 'held'") == 1, "the message to be held")
        self.database.rows("update review set made_at = now() - interval '80 hours'")
        wait_until(lambda: self.number("select count(*) from review") == 0, "the message to be given up")
        self.settled()
        self.assertEqual([("M505", "1")], self.linked())
        self.enrol(ana)
        wait_until(lambda: self.linked() == [("M505", "2")], "the message to be linked", 60)
        self.settled()
        self.strangers_left_nothing(ana)

    def test_many_members_are_found_together(self):
        people, strangers = [Person(n) for n in range(600, 700)], [Person(n) for n in range(700, 800)]
        self.given(*(p.message() for p in people + strangers))
        self.enrol(*people)
        wait_until(lambda: len(self.linked()) == 100, "all of them", 60)
        self.settled()
        self.assertEqual(sorted((f"M{p.n}", "1") for p in people), self.linked())
        self.strangers_left_nothing(*people)


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
