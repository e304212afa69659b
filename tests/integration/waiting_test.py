"""What the matcher does by the clock, and what it keeps waiting: times are set back in the rows, not waited for."""
import re
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "support")]
import servers  # noqa: E402
from gateway import set_topic  # noqa: E402
from identity_test import FACILITY, Case, Cast, end_of, event_id, identity_id, message  # noqa: E402
from servers import Session, require_servers, wait_until  # noqa: E402


class OfNobody(Case):
    """Links that name nobody any more."""

    DAYS = 30

    def play(self, cast, *lines, undo=()):
        self.cast, self.lines = cast, lines
        self.enrol(*self.cast.members.values())
        matcher, *_ = self.start("matcher", "lookback", "relay", "transitions")
        for line in lines:
            self.send([self.cast.play(line)])
        self.settle()
        for mrn, member in undo:
            self.undo(mrn, member)
        self.settle()
        matcher.stop()

    def undo(self, mrn, member):
        self.database.ctl("review", "undo", "--member", self.cast.members[member].member_id, "--identity", identity_id(self.cast.mrns[mrn]),
                          "--to-nobody", "--note", "Another person.")

    def of(self, line, column):
        return self.database.value(f"select {column} from event_link where event_id = '\\x{event_id(self.cast.play(line))}'")

    def kept(self, line):
        return self.database.value(f"select event = '' from member_event where event_id = '\\x{event_id(self.cast.play(line))}'")

    def age(self, line, hours):
        self.database.rows(f"update event_link set made_at = now() - interval '{hours} hours' where event_id = '\\x{event_id(self.cast.play(line))}'")

    def forget(self, **variables):
        """Runs the matcher until it has forgotten what is due; how many that were."""
        matcher, = self.start("matcher", **variables)
        wait_until(lambda: matcher.metric("handoff_matcher_undone_forgotten_total") > 0, "events to be forgotten")
        self.settle()
        forgotten = matcher.metric("handoff_matcher_undone_forgotten_total")
        matcher.stop()
        return forgotten

    def retention(self):
        """What is said of them, with the oldest."""
        told = self.database.ctl("retention", check=False).stdout
        line = next(line for line in told.splitlines() if line.startswith("events of undone links"))
        return tuple(re.split(r" {2,}", line)[2:])


class Moved(OfNobody):
    """The event goes from whoever had it, however the link moved."""

    def test_what_was_said_of_one_number_empties_the_events_of_all_that_are_merged_with_it(self):
        self.play(Cast(802), "A01 x A", "A08 y A", "A40 y A x", undo=[("x", "A")])
        for line in self.lines:
            self.age(line, self.DAYS * 24)
        self.assertEqual(("30.0 d", "as stated"), self.retention())
        self.assertEqual(3, self.forget())
        self.assertEqual(["t"] * 3, [self.kept(line) for line in self.lines])
        self.assertEqual(("-", "as stated"), self.retention())

    def test_a_number_that_was_parted_again_leaves_nothing_with_its_former_member(self):
        self.play(Cast(803), "A01 x A", "A03 y -", "A24 x - y 20", "A37 x - y 22")
        self.database.rows("update review set made_at = now() - interval '80 hours'")
        matcher, = self.start("matcher")
        wait_until(lambda: self.number("select count(*) from review") == 0, "what is held to be dropped")
        matcher.stop()
        self.age("A03 y -", self.DAYS * 24)
        self.assertEqual("f", self.kept("A03 y -"), "it was linked before it was parted")
        self.forget()
        self.assertEqual(["t", "f"], [self.kept(line) for line in ("A03 y -", "A01 x A")])

    def test_a_copy_that_stayed_is_told(self):
        self.play(Cast(804), "A01 x A", undo=[("x", "A")])
        self.age("A01 x A", self.DAYS * 24 + 2)
        self.database.rows("update event_link set event = null")
        self.assertEqual(("30.1 d", "KEPT LONGER"), self.retention())


class Undone(OfNobody):
    """Links that were undone to nobody keep their events for thirty days."""

    def setUp(self):
        super().setUp()
        self.play(Cast(800), "A01 x A", "A08 x A", "A01 y B", undo=[("x", "A"), ("y", "B")])

    def test_the_event_goes_when_the_time_is_over_and_its_bare_link_stays(self):
        links, legs = (self.database.rows(f"select {columns} order by 1, 2") for columns in (
            "event_id, subject, member_id, version, decision, own, identity_id from event_link", "stage, part, n from leg"))
        self.age("A01 x A", self.DAYS * 24)
        self.age("A08 x A", self.DAYS * 24 - 1)
        self.assertEqual(1, self.forget())
        self.assertEqual(["t", "f", "f"], [self.of(line, "event is null") for line in self.lines])
        self.assertEqual(["t", "f", "f"], [self.kept(line) for line in self.lines], "the former member's copy")
        self.assertEqual(links, self.database.rows("select event_id, subject, member_id, version, decision, own, identity_id from event_link order by 1, 2"))
        self.assertEqual(legs, self.database.rows("select stage, part, n from leg order by 1, 2"))
        self.ledger_balances()
        self.repeat_changes_nothing()
        self.moved_is_told()

    def ledger_balances(self):
        legs = dict(self.database.rows("select stage, sum(n) from leg group by stage"))
        self.assertEqual(legs["linked"], legs["applied"])
        self.assertEqual(legs["written:adt.matched"], legs["handled:adt.matched"])

    def moved_is_told(self):
        """What is left may still be given to somebody, and what is gone is told."""
        undo = ("review", "undo", "--member", self.cast.members["A"].member_id, "--identity", identity_id(self.cast.mrns["x"]),
                "--to", self.cast.members["B"].member_id, "--note", "Sure.")
        told = self.database.ctl(*undo).stdout
        self.assertIn("0 events linked, 1 moved", told)
        self.assertIn("1 events stay with nobody", told)
        self.assertEqual(["to ", "to " + self.cast.members["B"].member_id], [self.of(line, "'to ' || member_id") for line in ("A01 x A", "A08 x A")])

    def repeat_changes_nothing(self):
        """The same message again is no new one."""
        self.start("matcher")
        before = self.database.rows("select event_id, member_id, version, event is null from event_link order by 1")
        linked = self.number("select sum(n) from leg where stage = 'linked'")
        self.send([self.cast.play("A01 x A")])
        self.settle()
        self.assertEqual(before, self.database.rows("select event_id, member_id, version, event is null from event_link order by 1"))
        self.assertEqual(linked, self.number("select sum(n) from leg where stage = 'linked'"))

    def test_the_time_is_a_setting(self):
        self.age("A01 x A", 25)
        self.age("A08 x A", 23)
        self.assertEqual(1, self.forget(HANDOFF_UNDO_DAYS="1"))
        self.assertEqual(["t", "f", "f"], [self.of(line, "event is null") for line in self.lines])

    def test_a_link_to_somebody_and_an_event_that_waits_are_kept_however_old(self):
        self.send_and_link()
        self.database.rows("update event_link set made_at = now() - interval '1000 days'")
        self.database.rows(
            "insert into review (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event, identity_id)"
            f" select event_id, subject, 'near', array['{self.cast.members['A'].member_id}'], '{{}}', 'f', 'm', feed, event, event, identity_id"
            f" from event_link where event_id = '\\x{event_id(self.cast.play('A01 y B'))}'")
        self.assertEqual(2, self.forget())
        self.assertEqual(["t", "t", "f"], [self.of(line, "event is null") for line in self.lines])
        self.assertEqual(1, self.number("select count(*) from event_link where member_id <> '' and event is not null"))

    def send_and_link(self):
        matcher, = self.start("matcher")
        other = Cast(801)
        self.enrol(*other.members.values())
        self.send([other.play("A01 x A")])
        wait_until(lambda: self.number("select count(*) from event_link where member_id <> ''") == 1, "a link")
        self.settle()
        matcher.stop()


class Crowd(Case):
    """Very many that wait under one number are not decided again with each that comes."""

    SCRIPT = ("A03 x -", "A08 x N", "A40 y - x", "A01 x A", "A01 x B", "A08 y -")

    def test_what_is_put_off_ends_as_if_nothing_else_waited(self):
        crowded, alone = Cast(810), Cast(811)
        self.enrol(*crowded.members.values(), *alone.members.values())
        self.start("matcher", "lookback", "relay", "transitions")
        self.send([message("A08", crowded.mrns["x"], f"wait{i}") for i in range(230)])
        for line in self.SCRIPT:
            self.send([crowded.play(line), alone.play(line)])
        self.settle()
        ends = self.ends()
        got, expected = ({line: end_of(cast, ends.get(event_id(cast.play(line)))) for line in self.SCRIPT} for cast in (crowded, alone))
        self.assertEqual(expected, got)
        self.assertEqual(("A own", "B own", "review identity-ambiguous A B"), tuple(got[line] for line in ("A01 x A", "A01 x B", "A03 x -")))
        self.assertEqual({"review identity-ambiguous A B"}, {end_of(crowded, ends[event_id(message("A08", crowded.mrns["x"], f"wait{i}"))]) for i in range(230)})
        self.every_message_has_a_verdict()

    def every_message_has_a_verdict(self):
        matched, waiting, others = (int(n) for n in self.database.rows(
            "select sum(matched), sum(review + held), sum(non_member + rejected + test + gap + lost) from ledger")[0])
        self.assertEqual(self.sent, matched + waiting + others)
        self.assertLess(matched, 4, "the crowd's two members were not put off")


class Documents(Case):
    """Rows may be documents of some MB: however many wait, some 32 MB of them are taken at once."""

    MOST = 32 << 20

    def taken_from(self, table, column, sql):
        """Puts in rows, and writes down how many bytes of them go at once."""
        self.database.rows("create table taken (n int, bytes bigint, most bigint);"
                           " create function note_taken() returns trigger language plpgsql as $$ begin"
                           f" insert into taken select count(*), sum(octet_length({column})), max(octet_length({column})) from gone; return null; end $$;"
                           f" create trigger note_taken after delete on {table} referencing old table as gone for each statement"
                           f" execute function note_taken(); {sql}")

    def all_taken_in_parts(self, n):
        """None of them was more than is allowed and a last row."""
        wait_until(lambda: self.number("select coalesce(sum(n), 0) from taken") == n, "all rows to be gone", 120)
        self.assertEqual([], self.database.rows(f"select bytes, most from taken where bytes - most >= {self.MOST}"))

    def test_the_relay_publishes_documents_in_parts(self):
        self.taken_from("outbox", "payload", "insert into outbox (topic, key, ce_id, ce_type, payload) select 'adt.matched', convert_to('K' || i, 'UTF8'),"
                        " 'document ' || i, 'x', convert_to(repeat('x', 500000), 'UTF8') from generate_series(1, 140) i")
        self.start("relay")
        self.all_taken_in_parts(140)

    def take_at_most(self, limit):
        set_topic(servers.BROKERS, "adt.matched", "max.message.bytes", str(limit))

    def put(self, key, digests):
        """Each is 32 bytes, of which 16 are news."""
        self.database.rows("insert into outbox (topic, key, ce_id, ce_type, payload) select 'adt.matched', convert_to('" + key + "', 'UTF8'), 'one', 'x',"
                           f" (select convert_to(string_agg(md5(random()::text), ''), 'UTF8') from generate_series(1, {digests}))")

    def keys(self):
        return [key for key, in self.database.rows("select convert_from(key, 'UTF8') from outbox order by id")]

    def test_what_is_larger_than_its_topic_takes_is_told_once_and_none_but_its_own_key_waits(self):
        self.addCleanup(self.take_at_most, 10 << 20)
        self.take_at_most(300_000)
        for key, digests in (("other", 1), ("large", 60_000), ("large", 1), ("after", 1)):
            self.put(key, digests)
        relay, = self.start("relay")
        wait_until(lambda: self.keys() == ["large", "large"], "all others to be sent")
        wait_until(lambda: relay.metric("handoff_relay_too_large_rows") == 2, "it to be told")
        refused = 'handoff_relay_rows_total{outcome="too-large"}'
        self.assertEqual(1, relay.metric(refused))
        for _ in range(3):
            self.put("other", 1)
            wait_until(lambda: self.keys() == ["large", "large"], "another to be sent")
        self.assertEqual((2, 1), (relay.metric("handoff_relay_too_large_rows"), relay.metric(refused)), "it is not sent each time")
        self.assertEqual(1, relay.text().count("larger than its topic takes"), relay.text())
        relay.stop()
        self.take_at_most(10 << 20)
        self.start("relay")
        wait_until(lambda: self.keys() == [], "what the topic takes now to be sent")
        self.assertEqual(7, self.number("select sum(n) from leg where stage = 'published:adt.matched'"))

    def test_the_matcher_decides_documents_again_in_parts_and_a_very_long_one_too(self):
        self.taken_from("redecide", "message", "insert into redecide (content_type, message, reason) select 'application/hl7-v2+er7',"
                        " convert_to(repeat('x', case when i = 5 then 40000000 else 1000000 end), 'UTF8'), 'look-back' from generate_series(1, 70) i;"
                        " insert into redecide (identity_id, reason) values (1, 'roster')")
        self.start("matcher")
        self.all_taken_in_parts(71)


class Forgotten(Case):
    """An identity that another copy of the matcher forgets while this one waits for its row."""

    def test_a_message_of_an_identity_that_is_forgotten_meanwhile_makes_it_anew(self):
        cast = Cast(820)
        self.enrol(*cast.members.values())
        identity, mrn = identity_id(cast.mrns["x"]), cast.mrns["x"]
        self.database.rows(f"insert into identity (identity_id, facility, mrn, cluster) values ({identity}, '{FACILITY}', '{mrn}', {identity})")
        matcher, = self.start("matcher")
        other = Session(self.database)
        self.addCleanup(other.close)
        other.run(f"begin; select from identity where identity_id = {identity} for update")
        self.post([cast.play("A01 x A")])
        wait_until(lambda: self.number("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"),
                   "the matcher to wait for the identity")
        other.run(f"delete from identity where identity_id = {identity}; commit")
        wait_until(lambda: self.number("select count(*) from event_link") or matcher.process.poll() is not None, "the link")
        self.assertEqual([(cast.members["A"].member_id, mrn)],
                         self.database.rows("select member_id, mrn from event_link join identity using (identity_id)"), matcher.text())


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
