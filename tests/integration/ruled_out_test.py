"""What is left of people who are none of ours, once its time is over: times are set back in the rows, not waited for."""
import copy
import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from identity_test import FACILITY, Cast, event_id, identity_id, message  # noqa: E402
from servers import Session, require_servers, wait_until  # noqa: E402
from waiting_test import OfNobody  # noqa: E402

DAYS = 2190
TIMES = {"event_link": "made_at", "identity_member": "at", "decision_history": "at"}  # of the words about an identity


def twin_of(cast):
    """With the member's card, surname and birth date, and a given name of her own: somebody has to look."""
    twin = copy.copy(cast.members["A"])
    twin.given = "Hildegard"
    return message("A01", cast.mrns["x"], "twin", twin)


class RuledOut(OfNobody):
    def begin(self, *casts):
        self.enrol(*(person for cast in casts for person in cast.members.values()))
        return self.start("matcher", "lookback", "relay", "transitions")

    def rule_out(self, *casts):
        """Of each, x was said not to be the twin's, and then not to be anybody's whose own message had come under it."""
        self.send([twin_of(cast) for cast in casts])
        for cast in casts:
            self.decide_twin(cast, "not-same")
        self.send([cast.play("A01 x N") for cast in casts])

    def decide(self, event, word, person):
        self.database.ctl("review", "decide", f"{event}.0", word, "--member", person.member_id, "--note", "Asked.")

    def decide_twin(self, cast, word):
        self.decide(event_id(twin_of(cast)), word, cast.members["A"])

    def undo_link(self, cast, member="A"):
        self.database.ctl("review", "undo", "--member", cast.members[member].member_id, "--identity", identity_id(cast.mrns["x"]), "--to-nobody", "--note", "Asked.")

    def undone(self, *casts):
        self.send([cast.play("A01 x A") for cast in casts])
        for cast in casts:
            self.undo_link(cast)
        self.settle()
        self.bare()

    def join(self, cast):
        """As a merge that the window no longer holds would have joined x and y; the id of y."""
        x, y = identity_id(cast.mrns["x"]), identity_id(cast.mrns["y"])
        self.database.rows(f"insert into identity (identity_id, facility, mrn, cluster) values ({y}, '{FACILITY}', '{cast.mrns['y']}', {y}) on conflict do nothing;"
                           f" update identity set cluster = {min(x, y)} where identity_id in ({x}, {y});"
                           f" insert into identity_pair (a, b, merged, merge_stands, linked, link_stands, recorded, said_by)"
                           f" values ({min(x, y)}, {max(x, y)}, true, true, false, false, 0, '')")
        return y

    def bare(self):
        """As thirty days after."""
        self.database.rows("update event_link set event = null where member_id = ''; update member_event m set event = '' from event_link l"
                           " where (l.event_id, l.subject) = (m.event_id, m.subject) and l.member_id = ''")

    def set_back(self, *casts, days=DAYS, hours=0, but=()):
        """All that was said of x, the last of it so long ago."""
        ids = ", ".join(str(identity_id(cast.mrns["x"])) for cast in casts)
        for table, column in TIMES.items():
            if table not in but:
                self.database.rows(f"update {table} set {column} = now() - interval '{days} days' - interval '{hours} hours' where identity_id in ({ids})")
        self.database.rows(f"update identity set made_at = made_at - interval '{days} days' - interval '{hours} hours' where identity_id in ({ids})")

    def found(self, cast, *lines):
        """The tables that hold x, or the id of it or its messages. A withdrawn task is the former member's, and is called after
        the message."""
        number, messages = [cast.mrns["x"], str(identity_id(cast.mrns["x"]))], [event_id(text) for text in (twin_of(cast), *map(cast.play, lines))]
        tables = self.database.rows("select schemaname || '.' || tablename, tablename from pg_tables where schemaname in ('handoff', 'derived')")
        self.assertGreater(len(tables), 20)
        return {name for path, name in tables for words in (number if name in ("task_plan", "notice_plan") else number + messages,)
                if self.number(f"select count(*) from {path} t where to_jsonb(t)::text ~ '{'|'.join(words)}'")}

    def number_of(self, cast):
        return self.number(f"select count(*) from identity where mrn = '{cast.mrns['x']}'")

    def words_of(self, cast):
        """All that is known of x, in full."""
        return [self.database.rows(f"select to_jsonb(t)::text from {table} t where identity_id = {identity_id(cast.mrns['x'])} order by 1")
                for table in ("identity", *TIMES, "review")]

    def forget_until(self, *gone, **variables):
        """Runs the matcher until those numbers are gone: whatever else is to go goes with the first of them."""
        matcher, = self.start("matcher", **variables)
        wait_until(lambda: not any(self.number_of(cast) for cast in gone), "numbers to be forgotten")
        wait_until(lambda: matcher.metric("handoff_matcher_ruled_out_forgotten_total") > 0, "it to be counted")
        matcher.stop()

    def stop(self, services):
        for service in services:
            service.stop()

    def retention(self, *words):
        """What is said of each of the three, with the oldest."""
        told = self.database.ctl("retention", *words, check=False).stdout
        return [tuple(re.split(r" {2,}", line)[2:]) for line in told.splitlines() if line.startswith(("bare links", "numbers of no", "decisions about"))]


class Forgotten(RuledOut):
    def test_nothing_is_left_of_who_was_ruled_out_and_of_whose_link_was_undone(self):
        ruled_out, undone = Cast(830), Cast(831)
        services = self.begin(ruled_out, undone)
        self.rule_out(ruled_out)
        self.undone(undone)
        self.stop(services)
        self.assertEqual({"identity", "identity_member", "decision_history"}, self.found(ruled_out, "A01 x N"))
        self.assertLessEqual({"identity", "identity_member", "decision_history", "event_link", "member_event"}, self.found(undone, "A01 x A"))
        self.set_back(ruled_out, undone)
        self.assertEqual([(f"{DAYS}.0 d", "as stated")] * 3, self.retention())
        self.assertEqual([(f"{DAYS}.0 d", "KEPT LONGER")] * 3, self.retention("--ruled-out-days", DAYS - 1))
        self.forget_until(ruled_out, undone)
        self.assertEqual([set(), set()], [self.found(ruled_out, "A01 x N"), self.found(undone, "A01 x A")])
        self.assertEqual([("-", "as stated")] * 3, self.retention())
        legs = dict(self.database.rows("select stage, sum(n) from leg group by stage"))
        self.assertEqual(legs["linked"], legs["applied"])

    def test_nothing_goes_before_the_last_word_about_the_number_is_old(self):
        due, link, word, decision = casts = [Cast(832 + i) for i in range(4)]
        services = self.begin(*casts)
        self.undone(*casts)
        self.stop(services)
        self.set_back(due)
        for cast, young in ((link, "event_link"), (word, "identity_member"), (decision, "decision_history")):
            self.set_back(cast, hours=2, but=[young])
            self.database.rows(f"update {young} set {TIMES[young]} = now() - interval '{DAYS} days' + interval '1 hour' where identity_id = {identity_id(cast.mrns['x'])}")
        before = {cast: self.words_of(cast) for cast in (link, word, decision)}
        self.forget_until(due)
        self.assertEqual(before[link], self.words_of(link))
        for cast in (word, decision):
            (number, links, *words), (number_now, links_now, *words_now) = before[cast], self.words_of(cast)
            self.assertEqual((1, number, [], words), (len(links), number_now, links_now, words_now), "a bare link goes by its own age")
        self.assertEqual([("-", "as stated")] + [(f"{DAYS}.0 d", "as stated")] * 2, [line if i else ("-", line[1]) for i, line in enumerate(self.retention())])

    def test_the_time_is_a_setting(self):
        due, young = casts = [Cast(836), Cast(837)]
        services = self.begin(*casts)
        self.undone(*casts)
        self.stop(services)
        self.set_back(due, days=90)
        self.set_back(young, days=89)
        self.forget_until(due, HANDOFF_RULED_OUT_DAYS="90")
        self.assertEqual(1, self.number_of(young))
        refused = self.database.run("handoff-matcher", "--ruled-out-days", "89", check=False)
        self.assertIn("90", refused.stderr)

    def test_who_has_a_member_an_item_or_a_number_that_is_somebodys_loses_nothing(self):
        due, member, waits, asked, joined, named = casts = [Cast(840 + i) for i in range(6)]
        services = self.begin(*casts)
        self.send([member.play("A01 x A"), member.play("A01 x B"), joined.play("A01 y B")])
        self.undo_link(member, "B")
        self.settle()
        self.decide(event_id(member.play("A01 x B")), "not-same", member.members["A"])
        self.undone(due, waits, asked, joined, named)
        self.send([message("A03", waits.mrns["x"], "sparse")])
        self.settle()
        self.stop(services)
        self.join(joined)
        self.database.rows(f"insert into identity_member (identity_id, member_id, state, by) values ({identity_id(named.mrns['x'])}, '{named.members['B'].member_id}', 'same', 'sue');"
                           " insert into review (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event, identity_id)"
                           f" select event_id, subject, 'near', array['{asked.members['B'].member_id}'], '{{}}', 'f', 'm', feed, 'm', 'e', identity_id"
                           f" from event_link where event_id = '\\x{event_id(asked.play('A01 x A'))}'")
        self.set_back(*casts)
        self.database.rows("update identity set made_at = now() - interval '3000 days'; update event_link set made_at = now() - interval '3000 days'")
        before = {cast: self.words_of(cast) for cast in (member, waits, asked, joined, named)}
        self.assertEqual([1, 1], [len(before[cast][-1]) for cast in (waits, asked)], "items")
        self.forget_until(due)
        for cast in before:
            (number, links, *words), (number_now, links_now, *words_now) = before[cast], self.words_of(cast)
            self.assertEqual((number, words), (number_now, words_now))
            self.assertIn('"member_id": ""', str(links))
            self.assertEqual([row for row in links if '"member_id": ""' not in row[0] or cast == asked], links_now, "but for bare links of which no event waits")
        self.assertEqual(("-", "as stated"), self.retention()[1])

    def test_what_was_said_of_a_number_that_went_by_itself_goes_too(self):
        self.database.rows("insert into decision_history (identity_id, by, action, member_id, detail, at) values"
                           f" (1, 'sue', 'needs-more', '', '{{\"note\": \"Old.\"}}', now() - interval '{DAYS} days'),"
                           f" (2, 'sue', 'needs-more', '', '{{\"note\": \"Young.\"}}', now() - interval '{DAYS} days' + interval '1 hour')")
        self.database.rows("insert into event_link (event_id, subject, member_id, decision, why, identity_id, made_at)"
                           f" values ('\\x01', 0, '', 'undone', '{{}}', null, now() - interval '{DAYS} days'), ('\\x02', 0, '', 'undone', '{{}}', 1, now() - interval '{DAYS} days')")
        self.assertEqual([(f"{DAYS}.0 d", "as stated"), ("-", "as stated"), (f"{DAYS}.0 d", "as stated")], self.retention())
        matcher, = self.start("matcher")
        wait_until(lambda: self.number("select count(*) from decision_history") < 2, "the old one to go")
        matcher.stop()
        self.assertEqual(0, self.number("select count(*) from event_link"), "bare links, of no identity or of one that is no more")
        self.assertEqual([("2",)], self.database.rows("select identity_id from decision_history"))

    def test_very_many_go_in_parts(self):
        self.database.rows("insert into identity (identity_id, facility, mrn, cluster, made_at) select i, 'f', i::text, i, now() - interval '9 years' from generate_series(1, 1300) i;"
                           " insert into identity_member (identity_id, member_id, state, at) select i, 'M1', 'not-same', now() - interval '9 years' from generate_series(1, 1300) i;"
                           " insert into event_link (event_id, subject, member_id, decision, why, identity_id, made_at)"
                           " select decode(lpad(to_hex(i), 32, '0'), 'hex'), 0, '', 'undone', '{}', i, now() - interval '9 years' from generate_series(1, 700) i;"
                           " insert into decision_history (identity_id, by, action, member_id, at)"
                           " select i, 'sue', 'undo', 'M1', now() - interval '9 years' from generate_series(1, 1300) i, generate_series(1, 2);"
                           " create table taken (n int); create function note_taken() returns trigger language plpgsql as $$ begin"
                           " insert into taken select count(*) from gone; return null; end $$;"
                           " create trigger note_taken after delete on identity referencing old table as gone for each statement execute function note_taken()")
        one, two = (self.start("matcher", HANDOFF_INSTANCE=name)[0] for name in ("one", "two"))
        wait_until(lambda: self.number("select (select count(*) from identity) + (select count(*) from event_link) + (select count(*) from identity_member)"
                                       " + (select count(*) from decision_history)") == 0, "everything to be forgotten")
        self.assertEqual([None, None], [one.process.poll(), two.process.poll()])
        self.assertLessEqual(self.number("select max(n) from taken"), 500)
        self.assertEqual(1300, self.number("select sum(n) from taken"))


class Again(RuledOut):
    """A message of a number that was forgotten is decided as if there had never been one."""

    def test_the_next_message_asks_again(self):
        cast, other = Cast(850), Cast(851)
        services = self.begin(cast, other)
        self.rule_out(cast, other)
        self.send([twin_of(cast)])
        self.assertEqual(0, self.number("select count(*) from review"), "while the word is there nobody is asked")
        self.stop(services)
        self.set_back(cast)
        self.forget_until(cast)
        self.refused(cast)
        services = self.start("matcher", "lookback", "relay", "transitions")
        self.send([twin_of(cast), twin_of(other)])
        self.assertEqual([(cast.mrns["x"], "review")], self.database.rows("select mrn, state from review"))
        self.decide_twin(cast, "same")
        self.settle()
        self.assertEqual([(cast.members["A"].member_id, "1")], self.database.rows(
            f"select member_id, version from event_link where event_id = '\\x{event_id(twin_of(cast))}'"))

    def refused(self, cast):
        """Whoever wants it back is told why not."""
        undo = ("review", "undo", "--member", cast.members["A"].member_id, "--to", cast.members["A"].member_id, "--note", "After all.")
        by_id = self.database.ctl(*undo, "--identity", identity_id(cast.mrns["x"]), check=False)
        by_number = self.database.ctl(*undo, "--facility", FACILITY, "--mrn", cast.mrns["x"], check=False)
        self.assertEqual((1, 1), (by_id.returncode, by_number.returncode))
        for told in (by_id, by_number):
            self.assertIn("long ago", told.stderr)
        self.assertIn("no such item", self.database.ctl("review", "decide", f"{event_id(twin_of(cast))}.0", "same", "--member", "M1", check=False).stderr)

    def test_the_same_message_is_a_new_one_and_reaches_the_member(self):
        cast = Cast(852)
        services = self.begin(cast)
        self.undone(cast)
        self.stop(services)
        self.set_back(cast)
        self.forget_until(cast)
        self.start("matcher", "lookback", "relay", "transitions")
        self.send([cast.play("A01 x A")])
        self.settle()
        member = cast.members["A"].member_id
        self.assertEqual([(member, "1")], self.database.rows("select member_id, version from event_link"))
        kept = "select member_id, link, event <> '' from member_event"
        wait_until(lambda: self.database.rows(kept) == [(member, "1", "t")], f"the event to reach the member: {self.database.rows(kept)}")
        legs = dict(self.database.rows("select stage, sum(n) from leg group by stage"))
        self.assertEqual(legs["linked"], legs["applied"])
        self.assertEqual(legs["written:adt.matched"], legs["handled:adt.matched"])


class Meanwhile(RuledOut):
    """Somebody decides about a number, or about one that is joined with it, while its time ends."""

    def test_a_number_about_which_somebody_decides_is_left_and_its_new_word_counts(self):
        held, joined, due = casts = [Cast(855 + i) for i in range(3)]
        services = self.begin(*casts)
        self.undone(*casts)
        self.stop(services)
        y = self.join(joined)
        self.set_back(*casts)
        other = Session(self.database)
        self.addCleanup(other.close)
        other.run(f"begin; select from identity where identity_id in ({identity_id(held.mrns['x'])}, {y}) for update;"
                  f" update identity_member set at = now() where identity_id = {identity_id(held.mrns['x'])}")
        before = self.words_of(held), self.words_of(joined)[2:]
        matcher, = self.start("matcher")
        wait_until(lambda: self.number_of(due) == 0, "what nobody holds to be forgotten")
        self.assertEqual(before, (self.words_of(held), self.words_of(joined)[2:]))
        other.run("commit")
        matcher.stop()
        self.forget_until(joined)
        self.assertEqual(set(), self.found(joined, "A01 x A"))
        self.assertEqual(["0", "0"], [self.database.value(f"select count(*) from {table} where {y} in ({columns})")
                                      for table, columns in (("identity", "identity_id"), ("identity_pair", "a, b"))])
        self.assertEqual(1, self.number_of(held))
        self.assertEqual(1, len(self.words_of(held)[2]))


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
