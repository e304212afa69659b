"""Identities through the real services: whatever the order of the same messages, the same links, reviews and held events."""
import hashlib
import itertools
import os
import random
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from servers import Database, Service, packed, produce, require_servers, wait_until  # noqa: E402

FACILITY = "St. Anne Hospital"
HEADER = "member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from"
SURNAMES = ("Abernethy", "Borrego", "Castellan", "Dragomir", "Estrella", "Fairweather", "Galloway", "Hadrian", "Ingersoll", "Jankowski")
GIVEN = ("Amara", "Basilio", "Cordelia", "Dmitri", "Esperanza", "Florian", "Guinevere", "Hiroshi", "Isolde", "Joaquin")


class Person:
    """Number n of as many invented people as are wanted, who have nothing in common with each other."""

    def __init__(self, n):
        self.member_id = f"M{n}"
        self.surname, self.given = SURNAMES[n % 10] + "abcdefghij"[n // 100 % 10] * 2, GIVEN[n // 10 % 10]
        self.birth_date = f"{1940 + n % 50}{1 + n // 50 % 12:02}{1 + n % 28:02}"
        self.cin = f"9{n:07}{'ACDEFGHMNTUVWXYZ'[n % 16]}"
        self.phone = f"559555{n:04}"
        self.address = f"{100 + n} Sycamore {n} Lane"

    def roster_line(self):
        return (f"{self.member_id},{self.cin},{self.surname},{self.given},{self.birth_date},F,{self.phone},{self.address},"
                "Fresno,CA,93701,ECM,20260101")


def patient(mrn, person):
    pid = f"PID|1||{mrn}^^^STANNE^MR"
    if person:
        pid += (f"||{person.surname}^{person.given}^^^^^L||{person.birth_date}|F|||{person.address}^^Fresno^CA^93701||{person.phone}")
    return pid


def message(trigger, mrn, control, person=None, prior=None, day=20):
    """An ADT message of St. Anne; without a person it says nothing but the number. Links and unlinks name the prior one as a
    second patient, merges in MRG."""
    at = f"202611{day:02}083000"
    pid = patient(mrn, person)
    insured = "IN1|1|HMO|1|Plan|" + "|" * 31 + f"{person.cin}\r" if person else ""
    if prior and trigger in ("A24", "A37"):
        return (f"MSH|^~\\&|EPIC|STANNE|PLAN|PLAN|{at}||ADT^{trigger}^ADT_{trigger}|{control}|P|2.5.1\r"
                f"EVN|{trigger}|{at}\r{pid}\r{patient(prior, person)}\r")
    merge = f"MRG|{prior}^^^STANNE^MR{f'||||V{prior}' if trigger == 'A45' else ''}\r" if prior else ""
    disposition = "|" * 17 + "01" + "|" * 9 + at if trigger == "A03" else ""
    return (f"MSH|^~\\&|EPIC|STANNE|PLAN|PLAN|{at}||ADT^{trigger}|{control}|P|2.5.1\r"
            f"EVN|{trigger}|{at}||||{at}\r{pid}\r{merge}PV1|1|I|3N^301^1|||||||MED||||7|||||V{mrn}{disposition}\r{insured}")


def event_id(text):
    return hashlib.sha256(b"st-anne\0" + text.encode()).hexdigest()[:32]


def identity_id(mrn):
    return int.from_bytes(hashlib.sha256(f"{FACILITY}\x1f{mrn}".encode()).digest()[:8], "big", signed=True)


class Cast:
    """Two members, somebody who is none, and two numbers of one hospital: the same parts in every order, never the same people."""

    def __init__(self, n):
        self.members = {"A": Person(10 * n + 1), "B": Person(10 * n + 2)}
        self.nobody = Person(10 * n + 3)
        self.mrns = {"x": f"X{n:05}", "y": f"Y{n:05}"}

    def play(self, line):
        """A message of the script, such as "A01 x A", "A03 x -", "A40 y A x" or "A24 y - x 22": trigger, number, who, what it
        merges or links, the day."""
        trigger, mrn, who, *prior = line.split()
        person = {**self.members, "N": self.nobody, "-": None}[who]
        return message(trigger, self.mrns[mrn], f"{line.replace(' ', '')}", person, self.mrns[prior[0]] if prior else None,
                       int(prior[1]) if prior[1:] else 21 if trigger in ("A03", "A08") else 20)

    def part_of(self, member_id):
        return next((part for part, person in self.members.items() if person.member_id == member_id), member_id)


# Each set of messages, and what it ends in: linked (member; own evidence or not) or in an item (state, reason, candidates).
SCRIPTS = {
    "a sparse discharge before its admission": {
        "A01 x A": "A own", "A03 x -": "A", "A08 x -": "A"},
    "somebody else under the same number": {
        "A01 x A": "A own", "A08 x N": "review identity-contradicted A", "A03 x -": "A"},
    "two members under one number": {
        "A01 x A": "A own", "A01 x B": "B own", "A03 x -": "review identity-ambiguous A B"},
    "a merge that says nothing but the numbers": {
        "A01 x A": "A own", "A03 y -": "A", "A40 y - x": "A"},
    "a merge by somebody known": {
        "A03 x -": "A", "A08 y -": "A", "A40 y A x": "A own"},
    "a merge of two members": {
        "A01 x A": "A own", "A01 y B": "B own", "A40 y - x": "review identity-ambiguous A B"},
    "a merge of somebody else": {
        "A01 x A": "A own", "A03 y -": "A", "A40 y N x": "review identity-contradicted A"},
    "a number that moves to another member": {
        "A01 x A": "B", "A03 x -": "B", "A43 x B x 22": "B own"},
    "a number that moves from nobody of ours": {
        "A01 x N": "B", "A03 x -": "B", "A43 x B x 22": "B own"},
    "a number that moves to nobody of ours": {
        "A01 x A": "A own", "A03 x -": "A", "A43 x N x 22": "review identity-contradicted A"},
    "another number that moves to a member": {
        "A01 x A": "B", "A01 y A": "A own", "A43 y B x 22": "B own"},
    "nothing but the number": {
        "A01 x -": "held sparse", "A08 x -": "held sparse", "A03 x -": "held sparse"},
    "nobody of ours": {
        "A01 x N": None, "A08 x N": None, "A03 x -": "held sparse"},
}


# What somebody's admission under x, and a link and an unlink of x and y, leave of a discharge under y that tells nobody.
LINKS = {
    "parted after a link": ("held sparse", "A01 x A", "A03 y -", "A24 x - y 20", "A37 y - x 22"),
    "linked after an unlink": ("A", "A01 x A", "A03 y -", "A37 x - y 20", "A24 x - y 22"),
    "parted by a message about nobody of ours": ("held sparse", "A01 x A", "A03 y -", "A24 x - y 20", "A37 x N y 22"),
    "linked by a message about nobody of ours": ("A", "A01 x A", "A03 y -", "A37 x N y 20", "A24 y N x 22"),
}


class Case(unittest.TestCase):
    def setUp(self):
        self.database = Database().begin_at_topic_ends()
        self.addCleanup(self.database.drop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.sent = 0

    def start(self, *names, **variables):
        services = [Service(self.database, f"handoff-{name}", **{"HANDOFF_INTERVAL_SECONDS": "0", **variables}) for name in names]
        for service in services:
            self.addCleanup(service.close)
        for service in services:
            service.wait_ready()
        return services

    def enrol(self, *people):
        path = self.folder / "roster.csv"
        path.write_text("\n".join([HEADER] + [person.roster_line() for person in people]) + "\n")
        self.database.ctl("roster", "import", path)

    def number(self, sql):
        return int(self.database.value(sql))

    def post(self, messages):
        path = self.folder / "messages.hl7"
        path.write_text("\n".join(messages))
        self.database.ctl("send", "--kafka", path)
        self.sent += len(messages)

    def send(self, messages):
        """Returns when the matcher has read them."""
        self.post(messages)
        wait_until(lambda: self.number("select sum(next_offset - start_offset) from kafka_offset where consumer = 'matcher'") == self.sent,
                   "the matcher to read what was sent")

    def settle(self):
        """Nothing is left to look for, to decide, to send or to plan."""
        left = ("select count(*) from (select 1 from identity where look_back union all select 1 from redecide union all"
                " select 1 from outbox union all select 1 from replan"
                " union all select 1 from look_back, roster_sequence where roster_seq <> seq) x")
        wait_until(lambda: self.number(left) == 0, "everything to settle", 60)

    def ends(self, subject=None):
        """What became of each event that is kept, or of each message's subject: (member, own) of links, (state, reason,
        candidates) of items."""
        of = "" if subject is None else f" and subject = {subject}"
        ends = {event: ("link", member, own == "t") for event, member, own in
                self.database.rows("select encode(event_id, 'hex'), member_id, own from event_link where member_id <> ''" + of)}
        for event, *item in self.database.rows(
                "select encode(event_id, 'hex'), state, reason, (select coalesce(string_agg(c, ' ' order by c), '') from unnest(candidates) c) from review where true" + of):
            self.assertNotIn(event, ends, "linked and in an item")
            ends[event] = tuple(item)
        return ends


def end_of(cast, end):
    """As the scripts write it."""
    if end is None:
        return None
    if end[0] == "link":
        return cast.part_of(end[1]) + (" own" if end[2] else "")
    return " ".join([end[0], end[1], *sorted(cast.part_of(member) for member in end[2].split())]).strip()


class Orders(Case):
    def test_every_order_ends_in_the_same_links_reviews_and_held_events(self):
        seed = int(os.environ.get("HANDOFF_TEST_SEED", "1"))
        chance = random.Random(seed)
        plays = [(name, Cast(10 + i), order) for i, (name, order) in enumerate(
            (name, order) for name, script in SCRIPTS.items() for order in itertools.permutations(script))]
        self.enrol(*(person for _, cast, _ in plays for person in cast.members.values()))
        self.start("matcher", "lookback", "relay", "transitions")
        for step in range(3):
            again = [(cast, line) for _, cast, order in plays for line in order[:step] if chance.random() < 0.2]
            now = [(cast, order[step]) for _, cast, order in plays] + again
            chance.shuffle(now)
            cut = chance.randrange(len(now))
            for part in (now[:cut], now[cut:]):
                self.send([cast.play(line) for cast, line in part])
        self.settle()
        ends = self.ends()
        for name, cast, order in plays:
            got = {line: end_of(cast, ends.get(event_id(cast.play(line)))) for line in SCRIPTS[name]}
            self.assertEqual(SCRIPTS[name], got, f"{name}: {', '.join(order)}; seed {seed}")
        self.every_link_is_accounted_for()
        self.strangers_left_nothing([cast for name, cast, _ in plays if name == "nobody of ours"])

    def test_every_order_of_links_and_unlinks_ends_in_the_latest_recorded(self):
        seed = int(os.environ.get("HANDOFF_TEST_SEED", "1"))
        chance = random.Random(seed)
        plays = [(name, Cast(10 + i), order) for i, (name, order) in enumerate(
            (name, order) for name, (_, *script) in LINKS.items() for order in itertools.permutations(script))]
        self.enrol(*(cast.members["A"] for _, cast, _ in plays))
        self.start("matcher", "lookback", "relay", "transitions")
        for step in range(4):
            again = [(cast, line) for _, cast, order in plays for line in order[:step] if chance.random() < 0.2]
            now = [(cast, order[step]) for _, cast, order in plays] + again
            chance.shuffle(now)
            self.send([cast.play(line) for cast, line in now])
        self.settle()
        ends = self.ends(subject=0)
        for name, cast, order in plays:
            got = end_of(cast, ends.get(event_id(cast.play("A03 y -"))))
            self.assertEqual(LINKS[name][0], got, f"{name}: {', '.join(order)}; seed {seed}")
        self.every_link_is_accounted_for()

    def every_link_is_accounted_for(self):
        legs = dict(self.database.rows("select stage, sum(n) from leg group by stage"))
        self.assertEqual(legs["linked"], legs["applied"])
        self.assertEqual(legs["written:adt.matched"], legs["handled:adt.matched"])
        self.assertEqual(self.number("select count(*) from event_link where member_id <> ''"), self.number(
            "select count(*) from member_event e join event_link l using (event_id, subject, member_id) where l.version = e.link"))

    def strangers_left_nothing(self, casts):
        for cast in casts:
            kept = self.database.rows(f"select message like '%{cast.nobody.surname}%'::bytea from review where mrn = '{cast.mrns['x']}'")
            self.assertEqual([("f",)], kept)


class Decisions(Case):
    def setUp(self):
        super().setUp()
        self.cast = Cast(900)
        self.enrol(*self.cast.members.values())

    def end(self, line):
        return end_of(self.cast, self.ends().get(event_id(self.cast.play(line))))

    def play(self, *lines):
        self.send([self.cast.play(line) for line in lines])

    def say(self, mrn, member, state):
        """As the API writes it, but for what it does at once."""
        self.database.rows(
            "begin; insert into identity_member (identity_id, member_id, state, by) values"
            f" ({identity_id(self.cast.mrns[mrn])}, '{self.cast.members[member].member_id}', '{state}', 'sue')"
            " on conflict (identity_id, member_id) do update set state = excluded.state, by = excluded.by;"
            f" insert into redecide (identity_id, reason) values ({identity_id(self.cast.mrns[mrn])}, 'decision');"
            " select pg_notify('handoff_redecide', ''); commit")
        wait_until(lambda: self.number("select count(*) from redecide") == 0, "the word to be followed")

    def test_a_message_with_the_second_cin_is_the_members_as_long_as_the_roster_has_it(self):
        first, second = self.cast.members["A"], Person(9990)
        sparse = {"birth_date": "", "phone": "", "address": ""}  # so that nothing but the number tells

        def come(mrn, cin):
            person = Person(9001)
            vars(person).update(sparse, cin=cin)
            text = message("A01", mrn, f"A01{mrn}", person)
            self.send([text])
            end = self.ends()[event_id(text)]
            return end[0], end[1]

        self.start("matcher")
        self.assertEqual(("held", "sparse"), come("S1", second.cin))
        both = f"{first.cin};{second.cin}"
        self.roster_says(both)
        self.assertEqual(("link", first.member_id), come("S2", second.cin))
        self.assertEqual(("link", first.member_id), come("S3", first.cin))
        self.roster_says(first.cin)
        self.assertEqual(("held", "sparse"), come("S4", second.cin))
        self.assertEqual(("link", first.member_id), come("S5", first.cin))

    def roster_says(self, cin):
        person = Person(9001)
        person.cin = cin
        self.enrol(person)

    def test_what_people_say_is_followed_and_what_contradicts_it_shown(self):
        self.start("matcher")
        self.play("A01 x A", "A01 x B", "A03 x -")
        self.assertEqual("review identity-ambiguous A B", self.end("A03 x -"))
        self.say("x", "A", "same")
        self.assertEqual("A", self.end("A03 x -"))
        self.assertEqual("A own", self.end("A01 x A"))
        self.assertEqual("review contradicts-decision A B", self.end("A01 x B"))
        self.assertEqual("1", self.database.value("select count(*) from replan where reason = 'relinked'"))
        self.assertEqual([("", "2")], self.database.rows(
            f"select member_id, version from event_link where event_id = '\\x{event_id(self.cast.play('A01 x B'))}'"))
        self.play("A08 x -")
        self.assertEqual("A", self.end("A08 x -"))

    def test_who_is_ruled_out_loses_the_events_and_the_rest_is_decided_again(self):
        self.start("matcher")
        self.play("A01 x A", "A01 x B", "A03 x -")
        self.say("x", "B", "not-same")
        self.assertEqual("A", self.end("A03 x -"))
        self.assertEqual("A own", self.end("A01 x A"))
        self.assertNotIn("B", self.end("A01 x B").split())
        self.assertEqual("0", self.database.value(f"select count(*) from event_link where member_id = '{self.cast.members['B'].member_id}'"))

    def test_a_word_holds_for_all_that_merges_joined_and_two_words_are_shown(self):
        self.start("matcher")
        self.play("A03 x -", "A40 y - x", "A08 y -")
        self.say("x", "A", "same")
        self.assertEqual(["A"] * 3, [self.end(line) for line in ("A03 x -", "A40 y - x", "A08 y -")])
        self.say("y", "B", "same")
        self.assertEqual(["review two-decisions A B"] * 3, [self.end(line) for line in ("A03 x -", "A40 y - x", "A08 y -")])

    def test_an_item_keeps_its_age_and_gets_a_new_version(self):
        self.start("matcher")
        self.play("A03 x -")
        made = self.database.rows("select made_at, version from review")
        self.play("A01 x A", "A01 x B")
        after = self.database.rows("select made_at, state, status, version from review")
        self.assertEqual((made[0][0], "review", "open"), after[0][:3])
        self.assertGreater(int(after[0][3]), int(made[0][1]))
        explained = self.database.rows("select jsonb_array_length(explanation), explanation->0 ? 'why', (explanation->0->>'score')::float8 = score from review")
        self.assertEqual([("2", "t", "t")], explained)

    def test_what_is_held_too_long_is_forgotten_with_its_identity(self):
        matcher, = self.start("matcher")
        self.play("A03 x -")
        self.assertEqual("held sparse", self.end("A03 x -"))
        wait_until(lambda: matcher.metric("handoff_held_open") == 1, "the gauge")
        matcher.stop()
        matcher, = self.start("matcher", HANDOFF_HELD_HOURS="0")
        wait_until(lambda: self.ends() == {}, "the end of the time limit")
        self.assertEqual("0", self.database.value("select count(*) from identity"))
        wait_until(lambda: matcher.metric("handoff_held_open") == 0, "the gauge")

    def test_the_age_of_the_oldest_review_is_told(self):
        matcher, = self.start("matcher")
        self.play("A01 x A", "A08 x N")
        self.database.rows("update review set made_at = made_at - interval '1000 s'")
        wait_until(lambda: matcher.metric("handoff_review_oldest_seconds") >= 1000, "the age")
        self.assertEqual(1, matcher.metric("handoff_review_open"))

    def test_codes_that_no_table_knows_are_counted_whoever_they_are_about(self):
        matcher, = self.start("matcher")
        visits = {"A01 x A": "ZZ9" + "|" * 12 + "7", "A01 y N": "ZZ9", "A03 x -": "I" + "|" * 12 + "7" + "|" * 22 + "WENT"}
        self.send([re.sub("PV1[^\r]*", f"PV1|1|{visit}", self.cast.play(line)) for line, visit in visits.items()])
        for code, n in (("class", 2), ("disposition", 1), ("admit-source", 0)):
            wait_until(lambda: matcher.metric(f'handoff_matcher_unknown_codes_total{{code="{code}"}}') == n, code)

    def test_a_message_in_the_table_is_decided_without_the_ledger(self):
        self.start("matcher")
        counted = self.database.rows("select * from ledger")
        text = self.cast.play("A01 x A").replace("\\", "\\\\").replace("\r", "\\r").encode().hex()
        self.database.rows(f"insert into redecide (content_type, message, reason) values ('application/hl7-v2+er7',"
                           f" convert_to(replace(convert_from('\\x{text}', 'UTF8'), '\\r', chr(13)), 'UTF8'), 'look-back');"
                           " select pg_notify('handoff_redecide', '')")
        wait_until(lambda: self.number("select count(*) from redecide") == 0, "the message to be decided")
        self.assertEqual(1, self.number(f"select count(*) from event_link where member_id = '{self.cast.members['A'].member_id}'"))
        self.assertEqual(counted, self.database.rows("select * from ledger"))

    def test_packed_events_are_decided_like_messages_and_what_is_no_text_is_refused(self):
        self.start("matcher")
        ana = self.cast.members["A"]
        name = [(1, ana.surname), (2, ana.given), (5, int(ana.birth_date)), (6, "F"), (7, ana.phone), (8, ana.address), (11, "93701")]

        def event(mrn, person, **more):
            fields = [(3, "st-anne"), (4, "A01"), (5, FACILITY), (9, 1795000000000000), (10, mrn), (2, more.get("subject", 0))]
            return packed(fields + [(30, packed(person))])

        records = [event("P1", name), event("P1", []), event(b"P\xff", name), event("P2", [(1, b"\xed\xa0\x80")]), event("P3", name, subject=32)]
        for value in records:
            produce("adt.inbound", f"{FACILITY}\x1fP1", value, [("content-type", "application/protobuf"), ("traceparent", "\u00e9 \x01")])
        wait_until(lambda: self.number("select sum(next_offset - start_offset) from kafka_offset where consumer = 'matcher'") == 5, "all to be read")
        self.assertEqual([("2", "0", "3")], self.database.rows("select sum(matched), sum(held), sum(rejected) from ledger"))
        self.assertEqual([(ana.member_id, "t"), (ana.member_id, "f")], self.database.rows("select member_id, own from event_link order by own desc"))
        self.assertEqual([("not-protobuf", "2"), ("subject", "1")], self.database.rows(
            "select headers[2], count(*) from outbox where topic = 'adt.rejected' group by 1 order by 1"))

    def test_a_visit_that_moves_to_another_patient_is_told_to_both(self):
        self.start("matcher", "lookback")
        for n, script in enumerate(itertools.permutations(("A01 x A", "A03 x -", "A45 y B x 22"))):
            self.cast = cast = Cast(970 + n)
            self.enrol(*cast.members.values())
            for line in script:
                self.play(line)
            links = (f"select subject, member_id from event_link where event_id = '\\x{event_id(cast.play('A45 y B x 22'))}'"
                     " and member_id <> '' order by subject")
            wait_until(lambda: [("0", "B"), ("1", "A")] == [(subject, cast.part_of(member)) for subject, member in self.database.rows(links)],
                       f"both to be told: {script}")
            self.assertEqual(["B", "B"], [self.end("A01 x A"), self.end("A03 x -")], script)

    def test_what_moves_takes_its_stay_and_tasks_along(self):
        self.start("matcher", "lookback", "relay", "transitions")
        for n, move in enumerate(("A43 x B x 22", "A45 y B x 22")):
            self.cast = cast = Cast(980 + n)
            self.enrol(*cast.members.values())
            a, b = (cast.members[part].member_id for part in "AB")

            def whose():
                return self.database.rows(f"select member_id from encounter where state = 'ended' and member_id in ('{a}', '{b}')")

            def wanted(member):
                return self.database.rows(f"select template, due from task_plan where member_id = '{member}' and want = 'wanted' order by 1")

            self.play("A01 x A", "A03 x -")
            wait_until(lambda: whose() == [(a,)] and wanted(a), "the stay and its tasks")
            tasks = wanted(a)
            self.play(move)
            wait_until(lambda: whose() == [(b,)], f"the stay to be the receiver's: {move}")
            self.settle()
            self.assertEqual(([], tasks), (wanted(a), wanted(b)), move)
            self.assertEqual("1", self.database.value(f"select count(*) from event_link l where event_id = '\\x{event_id(cast.play(move))}'"
                                                      f" and member_id = '{b}' and position('{cast.members['B'].surname}'::bytea in event) > 0"))
            self.assertEqual("0", self.database.value(f"select count(*) from member_event where member_id = '{a}'"
                                                      f" and position('{cast.members['B'].surname}'::bytea in event) > 0"))

    def test_each_person_of_a_merge_is_decided(self):
        self.start("matcher")
        self.play("A01 x A", "A01 y B")
        head, pid_x = message("A40", self.cast.mrns["x"], "many", None, "P1").split("\rPID", 1)
        merged = head + "\rPID" + pid_x.split("\rPV1")[0] + f"\rPID|2||{self.cast.mrns['y']}^^^STANNE^MR\rMRG|P2^^^STANNE^MR\r"
        self.send([merged])
        self.assertEqual([("0", "A"), ("1", "B")], [(subject, self.cast.part_of(member)) for subject, member in self.database.rows(
            f"select subject, member_id from event_link where event_id = '\\x{event_id(merged)}' order by subject")])

    def test_two_matchers_and_their_drains_share_the_work(self):
        casts = [Cast(n) for n in range(910, 960)]
        self.enrol(*(person for cast in casts for person in cast.members.values()))
        self.start("matcher", HANDOFF_INSTANCE="a")
        self.start("matcher", HANDOFF_INSTANCE="b")
        self.send([cast.play(line) for line in ("A03 x -", "A40 y - x", "A01 y A") for cast in casts])
        wait_until(lambda: self.number("select count(*) from event_link where member_id <> ''") == 150, "all to be linked")
        self.assertEqual("0", self.database.value("select count(*) from review"))
        self.assertEqual("50", self.database.value("select count(distinct cluster) from identity"))


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
