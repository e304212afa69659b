"""What people decide about identities: through the api and handoffctl, on rows as the matcher writes them."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import api as api_support  # noqa: E402
from api import Api  # noqa: E402
from servers import Database, Service, packed, produce, require_servers, wait_until  # noqa: E402

ANA = hashlib.sha256(b"ana.ruiz@plan.example").hexdigest()[:16]
OCCURRED = 1795000000000000  # 2026-11-18


def identity_of(facility, mrn):
    return int.from_bytes(hashlib.sha256(f"{facility}\x1f{mrn}".encode()).digest()[:8], "big", signed=True)


def event(event_id, mrn, *, surname="Delgado", given="Rosa", birth=19510304, trigger="A01", facility="Orange Coast"):
    person = packed([(1, surname), (2, given), (5, birth), (6, "F"), (7, "7145550142"), (8, "12 Elm St"), (9, "Anaheim"), (11, "92801"),
                     (13, [packed([(1, mrn), (2, "OCH"), (3, "MR")])]), (14, ["91234567A"])])
    return packed([(1, bytes.fromhex(event_id)), (3, "coast"), (4, trigger), (5, facility), (8, OCCURRED), (9, OCCURRED), (10, mrn), (11, "V" + mrn), (16, 2), (30, person)])


class Seeded(api_support.Case):
    """A database and an api for the class; each test makes members, identities, items and links of its own."""

    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.api = Api(cls.database.url)
        cls.database.rows("insert into member (member_id, coordinator, coordinator_email, seq, hash) values ('C', 'Ana Ruiz', 'ana.ruiz@plan.example', 1, '')")

    @classmethod
    def tearDownClass(cls):
        cls.api.stop()
        cls.database.drop()

    def rows(self, sql):
        return self.database.rows(sql)

    def new(self, prefix="X"):
        return prefix + os.urandom(4).hex()

    def member(self, **columns):
        member = self.new("M")
        columns = {"surname": "Delgado", "given": "Rosa", "birth_date": 19510304, **columns}
        values = ", ".join(f"'{value}'" for value in columns.values())
        self.rows(f"insert into member (member_id, {', '.join(columns)}, seq, hash) values ('{member}', {values}, 1, '')")
        self.rows(f"insert into enrolment (member_id, program, enrolled_from) values ('{member}', 'ECM', 20260101)")
        return member

    def identity(self, mrn=None, cluster=None):
        mrn = mrn or self.new()
        identity = identity_of("Orange Coast", mrn)
        self.rows(f"insert into identity (identity_id, facility, mrn, cluster) values ({identity}, 'Orange Coast', '{mrn}', {cluster or identity})"
                  " on conflict do nothing")
        return mrn, identity

    def item(self, mrn, candidates, state="review", reason="near", made="now()", subject=0):
        event_id = os.urandom(16).hex()
        explanation = json.dumps([{"member_id": m, "score": 9.5 - i, "why": {"given": {"level": "equal", "weight": 4.5}}} for i, m in enumerate(candidates)])
        self.rows("insert into review (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event, state, identity_id, score, explanation, traceparent, version, made_at)"
                  f" values ('\\x{event_id}', {subject}, '{reason}', array[{','.join(repr(m) for m in candidates)}]::text[], '{{\"rule\": \"{reason}\"}}', 'Orange Coast', '{mrn}',"
                  f" 'coast', '\\x4d53487c', '\\x{event(event_id, mrn).hex()}', '{state}', {identity_of('Orange Coast', mrn)}, 9.5, '{explanation}', 'trace-{event_id[:4]}', 1, {made})")
        return f"{event_id}.{subject}"

    def link(self, mrn, member, own=True, version=1):
        event_id = os.urandom(16).hex()
        self.rows("insert into event_link (event_id, subject, member_id, version, decision, why, identity_id, own, feed, event)"
                  f" values ('\\x{event_id}', 0, '{member}', {version}, 'exact-demographics', '{{}}', {identity_of('Orange Coast', mrn)}, {own}, 'coast',"
                  f" '\\x{event(event_id, mrn).hex()}')")
        return event_id

    def known(self, identity, member, state="matched", by=""):
        self.rows(f"insert into identity_member (identity_id, member_id, state, by) values ({identity}, '{member}', '{state}', '{by}')")

    def states(self, identity):
        return dict(self.rows(f"select member_id, state from identity_member where identity_id = {identity}"))

    def link_of(self, event_id):
        rows = self.rows(f"select member_id, version, own, decision from event_link where event_id = '\\x{event_id[:32]}'")
        return rows[0] if rows else None

    def sent_to(self, member):
        return self.rows(f"select ce_id, encode(payload, 'hex') from outbox where topic = 'adt.matched' and key = convert_to('{member}', 'UTF8') order by id")

    def replans(self, member):
        return int(self.database.value(f"select count(*) from replan where member_id = '{member}'"))

    def redecides(self, identity):
        return int(self.database.value(f"select count(*) from redecide where identity_id = {identity}"))

    def legs(self, stage):
        return int(self.database.value(f"select coalesce(sum(n), 0) from leg where stage = '{stage}'"))

    def decide(self, item, decision, member=None, version=1, **more):
        body = {"decision": decision, "version": version, **({"member_id": member} if member else {}), **more}
        return self.api.call("POST", f"/v1/reviews/{item}/decision", body)

    def undo(self, identity, member, to=None, note="Another person.", **more):
        return self.api.call("POST", "/v1/links/undo", {"identity_id": str(identity), "member_id": member, "to_member_id": to, "note": note, **more})

    def there(self, item):
        return self.database.value(f"select count(*) from review where event_id = '\\x{item[:32]}'") == "1"


class Reading(Seeded):
    def test_items_come_the_oldest_first_in_pages_without_gap_or_repeat(self):
        mrn, _ = self.identity()
        items = [self.item(mrn, [], reason="paged", made=f"timestamptz '2020-01-01' + interval '{i // 2} hours'") for i in range(7)]
        found, after = [], ""
        while len(found) < 7:
            answer = self.api.get(f"/v1/reviews?limit=3{after}")
            self.assert_described(answer, "/v1/reviews")
            found += [r["id"] for r in answer.json["reviews"] if r["reason"] == "paged"]
            after = f"&after={answer.json['next']}"
        self.assertEqual(sorted(items, key=lambda i: (items.index(i) // 2, i)), found)

    def test_held_and_what_needs_more_are_told_apart(self):
        mrn, _ = self.identity()
        member = self.member()
        held, waiting, open_item = self.item(mrn, [], state="held"), self.item(mrn, [member]), self.item(mrn, [member])
        self.assertEqual(200, self.decide(waiting, "needs-more", note="Ask the clinic.").status)
        listed = lambda query: {r["id"] for r in self.api.get("/v1/reviews?limit=200&" + query).json["reviews"]}
        self.assertIn(held, listed("state=held"))
        self.assertNotIn(held, listed("state=review"))
        self.assertIn(waiting, listed("status=needs-more"))
        self.assertNotIn(waiting, listed("status=open"))
        self.assertIn(open_item, listed("status=open"))

    def test_a_wrong_question_is_refused(self):
        for query in ("state=open", "status=held", "limit=0", "limit=201", "limit=x", "after=xyz", "after=" + "f" * 52):
            self.assert_problem(self.api.get("/v1/reviews?" + query), 422, "invalid")
        for path in ("nonsense", "0" * 32, *("0" * 32 + end for end in (".0", ".31", ".32", ".01", ".-1", ".+1", ".", ".1x", ".001", "x1"))):
            self.assert_problem(self.api.get("/v1/reviews/" + path), 404, "not-found")

    def test_whichever_of_a_messages_people_an_item_is_about_it_is_shown_and_decided(self):
        for subject in (0, 1, 2, 9, 10, 31):
            member = self.member()
            item = self.item(self.identity()[0], [member], subject=subject)
            answer = self.api.get("/v1/reviews/" + item)
            self.assert_described(answer, "/v1/reviews/{id}")
            self.assertEqual((item, item), (answer.json["id"], json.loads(self.database.ctl("review", "show", item, "--json").stdout)["id"]))
            self.assertEqual(1, self.decide(item, "same", member).json["linked"])
            self.assertEqual([(member, str(subject))], self.rows(f"select member_id, subject from event_link where event_id = '\\x{item[:32]}'"))

    def test_an_item_shows_both_sides_and_what_is_known(self):
        member, other = self.member(phone="7145550142", cin="91234567A"), self.member(given="Carmen")
        self.rows(f"update enrolment set opted_out_on = 20261101 where member_id = '{other}'")
        first, identity = self.identity()
        second, merged = self.identity(cluster=identity)
        self.known(merged, other, "not-same", "somebody")
        self.link(second, member, own=False)
        item, sibling = self.item(first, [member, other]), self.item(second, [member], state="held")
        answer = self.api.get("/v1/reviews/" + item)
        self.assert_described(answer, "/v1/reviews/{id}")
        got = answer.json
        self.assertEqual(("Delgado", "Rosa", "1951-03-04", "7145550142"), tuple(got["patient"][k] for k in ("surname", "given", "birth_date", "phone")))
        self.assertEqual([{"value": first, "authority": "OCH", "type": "MR"}], got["patient"]["identifiers"])
        self.assertEqual(["91234567A"], got["patient"]["insured_ids"])
        self.assertEqual(("A01", first, "V" + first, "inpatient", "2026-11-18T11:06:40Z"), tuple(got["event"][k] for k in ("trigger", "mrn", "visit", "patient_class", "occurred")))
        self.assertEqual([(member, 9.5, "91234567A", "served"), (other, 8.5, "", "opted-out")],
                         [(c["member_id"], c["score"], c["member"]["cin"], c["enrolments"][0]["standing"]) for c in got["candidates"]])
        self.assertEqual({"given": {"level": "equal", "weight": 4.5}}, got["candidates"][0]["why"])
        self.assertEqual([sibling], [o["id"] for o in got["others"]])
        self.assertEqual({str(identity), str(merged)}, {i["identity_id"] for i in got["identities"]})
        (of_merged,) = [i for i in got["identities"] if i["identity_id"] == str(merged)]
        self.assertEqual([(other, "not-same", "somebody")], [(m["member_id"], m["state"], m["by"]) for m in of_merged["members"]])
        self.assertEqual([(member, 1, 0)], [(k["member_id"], k["events"], k["own"]) for k in of_merged["links"]])

    def test_links_are_searched_by_a_body(self):
        member = self.member()
        mrn, identity = self.identity()
        self.link(mrn, member)
        for body in ({"member_id": member}, {"facility": "Orange Coast", "mrn": mrn}):
            answer = self.api.call("POST", "/v1/links/search", body)
            self.assert_described(answer, "/v1/links/search", "post")
            self.assertEqual([(str(identity), [(member, 1)])],
                             [(i["identity_id"], [(k["member_id"], k["events"]) for k in i["links"]]) for i in answer.json["identities"]])
        self.assertEqual([], self.api.call("POST", "/v1/links/search", {"facility": "Orange Coast", "mrn": "nobody's"}).json["identities"])
        for body in ({}, {"mrn": mrn}, {"member_id": member, "mrn": mrn}, {"member_id": 1}, {"name": "x"}):
            self.assert_problem(self.api.call("POST", "/v1/links/search", body), 422, "invalid")

    def test_the_flow_counts_what_a_person_decides_and_what_is_held_apart(self):
        mrn, _ = self.identity()
        before = self.api.get("/v1/flow").json
        self.item(mrn, [], state="held", reason="flow-held", made="now() - interval '2 hours'")
        self.item(mrn, [], reason="flow-review")
        after = api_support.until("the flow to be read anew", lambda: (lambda f: f if "flow-held" in f["held"]["reasons"] else None)(self.api.get("/v1/flow").json))
        self.assertEqual((before["reviews"]["waiting"] + 1, before["held"]["waiting"] + 1), (after["reviews"]["waiting"], after["held"]["waiting"]))
        self.assertNotIn("flow-held", after["reviews"]["reasons"])
        self.assertGreater(after["held"]["oldest_seconds"], 7000)


class Same(Seeded):
    def test_all_that_waits_for_the_identity_becomes_links_at_once(self):
        member, other = self.member(), self.member()
        first, identity = self.identity()
        second, merged = self.identity(cluster=identity)
        item, held, of_merged = self.item(first, [member, other]), self.item(first, [], state="held"), self.item(second, [other, member])
        linked, written = self.legs("linked"), self.legs("written:adt.matched")
        answer = self.decide(item, "same", member, note="Called the ward.", coordinator=ANA)
        self.assert_described(answer, "/v1/reviews/{id}/decision", "post")
        self.assertEqual({"linked": 3, "moved": 0, "closed": 3, "forgotten": 0}, answer.json)
        for one in (item, held, of_merged):
            self.assertFalse(self.there(one))
            self.assertEqual((member, "1", "f", "decision"), self.link_of(one))
        self.assertEqual({member: "same"}, self.states(identity))
        self.assertEqual([("ana.ruiz@plan.example", "Called the ward.")], self.rows(f"select by, note from identity_member where identity_id = {identity}"))
        self.assertEqual((linked + 3, written + 3), (self.legs("linked"), self.legs("written:adt.matched")))
        sent = self.sent_to(member)
        self.assertEqual({one + ".1" for one in (item, held, of_merged)}, {ce_id for ce_id, _ in sent})
        by_event = {ce_id[:32]: payload for ce_id, payload in sent}
        self.assertIn(packed([(1, bytes.fromhex(item[:32])), (3, "coast"), (4, "A01")]).hex(), by_event[item[:32]])
        self.assertTrue(by_event[item[:32]].endswith(packed([(2, member), (3, 1)]).hex()))
        self.assertEqual({"t"}, {row[0] for row in self.rows(f"select look_back from identity where cluster = {identity}")})
        self.assertEqual(1, self.redecides(identity))
        self.assertEqual([("same", member, "ana.ruiz@plan.example")] * 3,
                         self.rows(f"select action, member_id, by from decision_history where identity_id in ({identity}, {merged})"))

    def test_what_speaks_against_the_member_is_a_question_of_its_own(self):
        member, other = self.member(), self.member()
        for reason in ("identity-contradicted", "contradicts-decision"):
            mrn, _ = self.identity()
            item, sibling, against = self.item(mrn, [member]), self.item(mrn, [member], reason=reason), self.item(mrn, [member, other], reason=reason)
            self.assertEqual({"linked": 1, "moved": 0, "closed": 1, "forgotten": 0}, self.decide(item, "same", member).json)
            self.assertEqual((False, True, True), (self.there(item), self.there(sibling), self.there(against)))
            self.assertEqual({"linked": 1, "moved": 0, "closed": 1, "forgotten": 0}, self.decide(against, "same", member).json)
            self.assertEqual((member, "1", "f", "decision"), self.link_of(against))
            self.assertEqual((True, None), (self.there(sibling), self.link_of(sibling)))

    def test_what_may_be_others_only_is_left_to_the_matcher(self):
        member, other = self.member(), self.member()
        mrn, _ = self.identity()
        item, of_other = self.item(mrn, [member]), self.item(mrn, [other])
        self.assertEqual({"linked": 1, "moved": 0, "closed": 1, "forgotten": 0}, self.decide(item, "same", member).json)
        self.assertEqual((False, True), (self.there(item), self.there(of_other)))

    def test_what_rests_on_an_earlier_finding_moves_and_what_stands_by_itself_stays(self):
        member, other = self.member(), self.member()
        mrn, identity = self.identity()
        self.known(identity, other)
        own, known, nobody = self.link(mrn, other, own=True), self.link(mrn, other, own=False), self.link(mrn, "", own=False, version=2)
        self.assertEqual({"linked": 1, "moved": 2, "closed": 1, "forgotten": 0}, self.decide(self.item(mrn, [member]), "same", member).json)
        self.assertEqual((other, "1", "t", "exact-demographics"), self.link_of(own))
        self.assertEqual((member, "2", "f", "decision"), self.link_of(known))
        self.assertEqual((member, "3", "f", "decision"), self.link_of(nobody))
        self.assertEqual((1, 0), (self.replans(other), self.replans(member)))
        self.assertEqual({other: "matched", member: "same"}, self.states(identity))

    def test_a_person_overrules_a_person(self):
        member, earlier = self.member(), self.member()
        first, identity = self.identity()
        second, merged = self.identity(cluster=identity)
        self.known(identity, member, "not-same", "ben")
        self.known(merged, earlier, "same", "ben")
        link = self.link(second, earlier, own=True)
        self.assertEqual(200, self.decide(self.item(first, [earlier, member], reason="two-decisions"), "same", member).status)
        self.assertEqual(({member: "same"}, {earlier: "not-same"}), (self.states(identity), self.states(merged)))
        self.assertEqual(member, self.link_of(link)[0])

    def test_somebody_who_is_no_candidate_may_be_named_but_must_be_in_the_roster(self):
        mrn, _ = self.identity()
        candidate, better, gone = self.member(), self.member(), self.member()
        self.rows(f"update member set deleted = true where member_id = '{gone}'")
        item = self.item(mrn, [candidate])
        for unknown in ("nobody", gone):
            self.assert_problem(self.decide(item, "same", unknown), 422, "invalid")
        self.assertEqual(200, self.decide(item, "same", better).status)
        self.assertEqual(better, self.link_of(item)[0])


class NotSame(Seeded):
    def test_a_candidate_is_ruled_out_and_the_others_stay(self):
        member, other = self.member(), self.member()
        mrn, identity = self.identity()
        self.known(identity, member)
        item = self.item(mrn, [member, other])
        self.assertEqual({"linked": 0, "moved": 0, "closed": 0, "forgotten": 0}, self.decide(item, "not-same", member, note="Twin.").json)
        got = self.api.get("/v1/reviews/" + item).json
        self.assertEqual(([other], 8.5), ([c["member_id"] for c in got["candidates"]], got["score"]))
        self.assertGreater(got["version"], 1)
        self.assertEqual({member: "not-same"}, self.states(identity))
        self.assertEqual([("not-same", member, "Twin.")], [(h["action"], h["member_id"], h["detail"]["note"]) for h in got["history"]])
        self.assertEqual(1, self.redecides(identity))

    def test_without_a_candidate_left_the_item_goes_and_its_message_is_decided_again(self):
        member = self.member()
        mrn, identity = self.identity()
        item, held = self.item(mrn, [member]), self.item(mrn, [member], state="held")
        self.assertEqual(1, self.decide(item, "not-same", member).json["closed"])
        self.assertFalse(self.there(item))
        self.assertTrue(self.there(held))
        self.assertEqual([("application/hl7-v2+er7", "trace-" + item[:4])],
                         self.rows(f"select content_type, traceparent from redecide where message is not null and traceparent = 'trace-{item[:4]}'"))
        self.assertIsNone(self.link_of(item))
        self.assert_problem(self.api.get("/v1/reviews/" + item), 404, "not-found")

    def test_links_of_the_identity_to_somebody_ruled_out_are_undone(self):
        member = self.member()
        mrn, identity = self.identity()
        self.known(identity, member)
        link = self.link(mrn, member, own=True)
        self.assertEqual({"linked": 0, "moved": 1, "closed": 1, "forgotten": 0}, self.decide(self.item(mrn, [member]), "not-same", member).json)
        self.assertEqual(("", "2", "f", "undone"), self.link_of(link))
        self.assertEqual((1, []), (self.replans(member), self.sent_to(member)))

    def test_where_the_message_contradicts_the_member_it_is_about_the_message(self):
        for reason, word in (("identity-contradicted", "matched"), ("contradicts-decision", "same")):
            member, other = self.member(), self.member()
            mrn, identity = self.identity()
            self.known(identity, member, word)
            link = self.link(mrn, member, own=True)
            item = self.item(mrn, [member] if word == "matched" else [member, other], reason=reason)
            self.assertEqual({"linked": 0, "moved": 0, "closed": 1, "forgotten": 0}, self.decide(item, "not-same", member, note="A cousin.").json)
            self.assertEqual((member, "1", "t", "exact-demographics"), self.link_of(link))
            self.assertEqual(("", "1", "f", "not-same"), self.link_of(item))
            self.assertEqual(({member: word}, 0, 1), (self.states(identity), self.replans(member), self.redecides(identity)))
            self.assertEqual([("not-same", member, "A cousin.")],
                             self.rows(f"select action, member_id, detail->>'note' from decision_history where event_id = '\\x{item[:32]}'"))
            self.assert_problem(self.decide(item, "not-same", member), 409, "review-decided")
            self.assertEqual(0, self.decide(self.item(mrn, [member]), "same", member).json["moved"])
            self.assertEqual("", self.link_of(item)[0])

    def test_who_is_named_by_the_message_alone_is_ruled_out_for_the_number(self):
        member, other = self.member(), self.member()
        mrn, identity = self.identity()
        self.known(identity, member, "same")
        item = self.item(mrn, [member, other], reason="contradicts-decision")
        self.assertEqual(0, self.decide(item, "not-same", other).json["closed"])
        self.assertEqual(({member: "same", other: "not-same"}, True), (self.states(identity), self.there(item)))

    def test_of_two_whom_the_message_contradicts_one_goes_from_the_item(self):
        one, two = self.member(), self.member()
        mrn, identity = self.identity()
        items = [self.item(mrn, [one, two], reason="identity-contradicted") for _ in range(2)]
        self.assertEqual(0, self.decide(items[0], "not-same", one).json["closed"])
        left = lambda item: [c["member_id"] for c in self.api.get("/v1/reviews/" + item).json["candidates"]]
        self.assertEqual(([two], [one, two], {}, 0), (left(items[0]), left(items[1]), self.states(identity), self.redecides(identity)))

    def test_it_takes_a_candidate(self):
        item = self.item(self.identity()[0], [self.member()])
        self.assert_problem(self.decide(item, "not-same", self.member()), 422, "invalid")
        for body in ({"decision": "not-same", "version": 1}, {"decision": "maybe", "version": 1}, {"decision": "same", "version": 1},
                     {"decision": "needs-more", "member_id": "M", "version": 1}, {"decision": "needs-more"}, {"decision": "needs-more", "version": "1"},
                     {"decision": "needs-more", "version": 1, "note": "x" * 4001}, {"decision": "needs-more", "version": 1, "coordinator": "0" * 16}):
            self.assert_problem(self.api.call("POST", f"/v1/reviews/{item}/decision", body), 422, "invalid")


class Together(Seeded):
    def test_needs_more_keeps_the_item_with_the_note(self):
        item = self.item(self.identity()[0], [self.member()])
        self.assertEqual(200, self.decide(item, "needs-more", note="Ask the clinic.", coordinator=ANA).status)
        got = self.api.get("/v1/reviews/" + item).json
        self.assertEqual(("needs-more", "Ask the clinic.", "ana.ruiz@plan.example"), tuple(got[k] for k in ("status", "note", "updated_by")))
        self.assertGreater(got["version"], 1)

    def test_a_version_that_is_no_more_is_refused_with_the_one_that_is(self):
        member = self.member()
        item = self.item(self.identity()[0], [member])
        self.decide(item, "needs-more")
        answer = self.decide(item, "same", member, version=1)
        now = self.assert_problem(answer, 409, "review-changed")["version"]
        self.assert_described(answer, "/v1/reviews/{id}/decision", "post")
        self.assertTrue(self.there(item))
        self.assertEqual((now, 200), (self.api.get("/v1/reviews/" + item).json["version"], self.decide(item, "same", member, version=now).status))

    def test_of_many_who_decide_at_once_one_wins_and_the_others_are_told(self):
        member, other = self.member(), self.member()
        mrn, identity = self.identity()
        items = [self.item(mrn, [member, other]) for _ in range(6)]
        answers = [None] * 6

        def decide(i):
            answers[i] = self.decide(items[i], "same", (member, other)[i % 2], coordinator=ANA)

        threads = [threading.Thread(target=decide, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,) = [i for i in range(6) if answers[i].status == 200]
        for i in range(6):
            if i != winner:
                problem = self.assert_problem(answers[i], 409, "review-decided")
                self.assertEqual(("ana.ruiz@plan.example", "same"), (problem["by"], problem["action"]))
        self.assertEqual({(member, other)[winner % 2]: "same"}, self.states(identity))
        self.assertEqual({(member, other)[winner % 2]}, {self.link_of(item)[0] for item in items})

    def assert_waits(self, held, words):
        """handoffctl waits for whoever holds the rows, and then goes on."""
        holder = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", self.database.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            holder.stdin.write(f"begin; {held} for update;\n\\echo held\n")
            holder.stdin.flush()
            while holder.stdout.readline().strip() != "held":
                pass
            results = []
            ctl = threading.Thread(target=lambda: results.append(self.database.ctl("review", *words, check=False)))
            ctl.start()
            waiting = "select count(*) from pg_stat_activity where datname = current_database() and application_name like 'handoffctl review%' and wait_event_type = 'Lock'"
            wait_until(lambda: self.database.value(waiting) == "1", f"{words[0]} waits")
        finally:
            holder.communicate("commit;\n")
        ctl.join()
        self.assertEqual(0, results[0].returncode, results[0].stderr)

    def test_a_word_waits_for_whoever_decides_about_the_identity_or_plans_the_member(self):
        identity_row = "select from identity where identity_id = {merged}"
        old_state, new_state = ("select from member_state where member_id = '{%s}'" % who for who in ("old", "new"))
        for held, word in ((identity_row, "not-same"), (identity_row, "undo"), (old_state, "same"), (new_state, "same"), (old_state, "undo"), (new_state, "undo")):
            old, new = self.member(), self.member()
            mrn, identity = self.identity()
            other_mrn, merged = self.identity(cluster=identity)
            self.rows(f"insert into member_state (member_id) values ('{old}'), ('{new}')")
            self.link(other_mrn, old, own=False)
            item = self.item(mrn, [new])
            words = ("undo", "--member", old, "--identity", identity, "--to", new, "--note", "x") if word == "undo" else ("decide", item, word, "--member", new)
            with self.subTest(held=held, word=word):
                self.assert_waits(held.format(merged=merged, old=old, new=new), words)
                self.assertFalse(self.there(item))


class Undo(Seeded):
    def test_a_link_is_moved_to_another_member_with_all_events(self):
        wrong, right = self.member(), self.member()
        first, identity = self.identity()
        second, merged = self.identity(cluster=identity)
        self.known(identity, wrong)
        links = [self.link(first, wrong), self.link(first, wrong, own=False, version=3), self.link(second, wrong)]
        waiting = self.item(second, [wrong])
        linked = self.legs("linked")
        answer = self.undo(identity, wrong, right, coordinator=ANA)
        self.assert_described(answer, "/v1/links/undo", "post")
        self.assertEqual({"linked": 1, "moved": 3, "closed": 1, "forgotten": 0}, answer.json)
        self.assertEqual([(right, "2"), (right, "4"), (right, "2"), (right, "1")], [self.link_of(link)[:2] for link in (*links, waiting)])
        self.assertEqual({wrong: "not-same", right: "same"}, self.states(identity))
        self.assertEqual((1, 0, 4, linked + 4), (self.replans(wrong), self.replans(right), len(self.sent_to(right)), self.legs("linked")))
        self.assertIn(links[1] + ".0.4", {ce_id for ce_id, _ in self.sent_to(right)})
        self.assertEqual([("undo", wrong, "ana.ruiz@plan.example", right)],
                         self.rows(f"select action, member_id, by, detail->>'to' from decision_history where identity_id = {identity} and action = 'undo'"))

    def test_a_link_is_undone_to_nobody(self):
        wrong = self.member()
        mrn, identity = self.identity()
        self.known(identity, wrong, "same", "ben")
        link = self.link(mrn, wrong)
        self.assertEqual({"linked": 0, "moved": 1, "closed": 0, "forgotten": 0}, self.undo(identity, wrong).json)
        self.assertEqual(("", "2", "f", "undone"), self.link_of(link))
        self.assertEqual({wrong: "not-same"}, self.states(identity))
        self.assertEqual((1, 1), (self.replans(wrong), self.redecides(identity)))
        self.assert_problem(self.undo(identity, wrong), 409, "no-link")

    def test_an_undo_can_be_undone(self):
        one, two = self.member(), self.member()
        mrn, identity = self.identity()
        link = self.link(mrn, one)
        self.assertEqual([200, 200], [self.undo(identity, one, two).status, self.undo(identity, two, one).status])
        self.assertEqual((one, "3"), self.link_of(link)[:2])
        self.assertEqual({one: "same", two: "not-same"}, self.states(identity))

    def test_what_was_undone_too_long_ago_stays_with_nobody_and_the_answer_says_why(self):
        wrong, right = self.member(), self.member()
        mrn, identity = self.identity()
        self.known(identity, wrong, "not-same", "ben")
        forgotten, kept = self.link(mrn, "", own=False, version=2), self.link(mrn, "", own=False, version=2)
        self.rows(f"update event_link set event = null where event_id = '\\x{forgotten}'")
        other_mrn, other = self.identity()
        self.known(other, wrong, "not-same", "ben")
        self.rows(f"update event_link set event = null where event_id = '\\x{self.link(other_mrn, '', own=False)}'")
        problem = self.assert_problem(self.undo(other, wrong, right), 409, "no-link")
        self.assertIn("the time for undoing that is over", problem["detail"])
        told = self.database.ctl("review", "undo", "--member", wrong, "--identity", other, "--to", wrong, "--note", "x", check=False)
        self.assertEqual(1, told.returncode)
        self.assertIn("the time for undoing that is over", told.stderr)
        self.assertEqual({"linked": 1, "moved": 1, "closed": 1, "forgotten": 1}, self.decide(self.item(mrn, [right]), "same", right).json)
        self.assertEqual((("", "2"), (right, "3")), (self.link_of(forgotten)[:2], self.link_of(kept)[:2]))
        self.assertEqual({kept + ".0.3"}, {ce_id for ce_id, _ in self.sent_to(right)} & {one + ".0.3" for one in (kept, forgotten)})

    def test_who_was_ruled_out_comes_back_or_another_does(self):
        for back in (True, False):
            wrong, right = self.member(), self.member()
            mrn, identity = self.identity()
            link = self.link(mrn, wrong)
            self.assertEqual([200, 200], [self.undo(identity, wrong).status, self.undo(identity, wrong, wrong if back else right).status])
            to = wrong if back else right
            self.assertEqual((to, "3", "f", "decision"), self.link_of(link))
            self.assertEqual({wrong: "same"} if back else {wrong: "not-same", right: "same"}, self.states(identity))
            self.assertEqual([link + ".0.3"], [ce_id for ce_id, _ in self.sent_to(to)])
            self.assertEqual([("undo", wrong, None), ("undo", wrong, to)], [(action, member, to or None) for action, member, to in self.rows(
                f"select action, member_id, detail->>'to' from decision_history where identity_id = {identity} order by id")])

    def test_who_was_ruled_out_before_anything_was_linked_comes_back(self):
        member = self.member()
        mrn, identity = self.identity()
        self.assertEqual(200, self.decide(self.item(mrn, [member]), "not-same", member).status)
        self.assertIn("done", self.database.ctl("review", "undo", "--member", member, "--identity", identity, "--to", member, "--note", "x").stdout)
        self.assertEqual(({member: "same"}, "t"), (self.states(identity), self.rows(f"select look_back from identity where identity_id = {identity}")[0][0]))

    def test_what_was_set_apart_comes_back(self):
        member = self.member()
        mrn, identity = self.identity()
        self.known(identity, member)
        own, item = self.link(mrn, member), self.item(mrn, [member], reason="identity-contradicted")
        self.assert_problem(self.undo(identity, member, member), 409, "no-link")
        self.assertEqual(200, self.decide(item, "not-same", member).status)
        self.assertEqual({"linked": 0, "moved": 1, "closed": 0, "forgotten": 0}, self.undo(identity, member, member).json)
        self.assertEqual(((member, "1"), (member, "2")), (self.link_of(own)[:2], self.link_of(item)[:2]))

    def test_what_cannot_be_undone_is_refused(self):
        member, stranger = self.member(), self.member()
        mrn, identity = self.identity()
        self.link(mrn, member)
        self.assert_problem(self.undo(identity, stranger), 409, "no-link")
        self.assert_problem(self.undo(1234567, member), 409, "no-link")
        self.assert_problem(self.undo(identity, member, "nobody"), 422, "invalid")
        for body in ({"identity_id": identity, "member_id": member, "note": "x"}, {"identity_id": "12x", "member_id": member, "note": "x"},
                     {"identity_id": "99999999999999999999", "member_id": member, "note": "x"}, {"identity_id": str(identity), "note": "x"},
                     {"identity_id": str(identity), "member_id": member}, ):
            self.assert_problem(self.api.call("POST", "/v1/links/undo", body), 422, "invalid")

    def test_nobody_undoes_without_signing_in(self):
        self.assert_problem(self.api.call("POST", "/v1/links/undo", {}, headers={}), 401, "sign-in")
        self.assert_problem(self.api.call("GET", "/v1/reviews", headers={}), 401, "sign-in")

    def test_personal_data_is_in_no_log(self):
        for word in ("Delgado", "Rosa", "Orange Coast", "7145550142"):
            self.assertNotIn(word, "\n".join(self.api.log))


class Terminal(Seeded):
    def ctl(self, *words, check=True):
        return self.database.ctl("review", *words, check=check)

    def test_list_and_show_print_a_page_or_json(self):
        member = self.member()
        item = self.item(self.identity()[0], [member])
        self.assertIn(item, self.ctl("list").stdout)
        self.assertIn(item, {json.loads(line)["id"] for line in self.ctl("list", "--json").stdout.splitlines()})
        self.assertEqual(member, json.loads(self.ctl("show", item, "--json").stdout)["candidates"][0]["member_id"])
        page = self.ctl("show", item).stdout
        for words in ("near", "Rosa Delgado", f"Candidate 1: member {member}, score 9.5", "ECM from 2026-01-01: served", "91234567A"):
            self.assertIn(words, page)
        self.assertIn("no such item", self.ctl("show", "0" * 32 + ".0", check=False).stderr)

    def test_the_only_candidate_needs_no_naming_and_the_user_is_recorded(self):
        member = self.member()
        mrn, identity = self.identity()
        item = self.item(mrn, [member])
        self.assertEqual("done: 1 events linked, 0 moved, 1 items closed\n", self.ctl("decide", item, "same", "--seen", "1", "--note", "Sure.").stdout)
        user = self.rows(f"select by, detail->>'note' from decision_history where identity_id = {identity}")
        self.assertEqual("Sure.", user[0][1])
        self.assertNotEqual("", user[0][0])
        again = self.ctl("decide", item, "same", "--member", member, check=False)
        self.assertEqual((1, f"handoffctl review decide: {user[0][0]} has decided it already: same\n"), (again.returncode, again.stderr))

    def test_whoever_names_nobody_tells_what_they_saw(self):
        seen, now = self.member(), self.member()
        item = self.item(self.identity()[0], [seen])
        self.assertEqual(2, self.ctl("decide", item, "same", check=False).returncode)
        self.rows(f"update review set candidates = '{{{now}}}', version = default where event_id = '\\x{item[:32]}'")
        told = self.ctl("decide", item, "same", "--seen", "1", check=False)
        self.assertEqual((1, True), (told.returncode, "look at it again" in told.stderr))
        self.assertTrue(self.there(item))

    def test_a_wrong_use_is_refused(self):
        one, two = self.member(), self.member()
        mrn, identity = self.identity()
        item = self.item(mrn, [one, two])
        for words in (("decide", item, "same"), ("decide", item, "perhaps"), ("decide", "x", "same"), ("decide", item),
                      ("undo", "--member", one, "--note", "x", "--to-nobody"), ("undo", "--member", one, "--note", "x", "--identity", str(identity)),
                      ("undo", "--member", one, "--note", "x", "--identity", "abc", "--to-nobody"), ("links",), ("links", "--mrn", mrn)):
            self.assertEqual(2, self.ctl(*words, check=False).returncode, words)
        self.assertIn("version 1 now", self.ctl("decide", item, "same", "--member", one, "--seen", 7, check=False).stderr)
        self.assertTrue(self.there(item))

    def test_undo_by_facility_and_mrn_and_links(self):
        wrong, right = self.member(), self.member()
        mrn, identity = self.identity()
        link = self.link(mrn, wrong)
        self.assertIn(f"1 events linked to {wrong}", self.ctl("links", "--member", wrong).stdout)
        self.assertEqual("done: 0 events linked, 1 moved, 0 items closed\n",
                         self.ctl("undo", "--member", wrong, "--facility", "Orange Coast", "--mrn", mrn, "--to", right, "--note", "Twin.", "--by", "ben").stdout)
        self.assertEqual(right, self.link_of(link)[0])
        (line,) = self.ctl("links", "--facility", "Orange Coast", "--mrn", mrn, "--json").stdout.splitlines()
        self.assertEqual({(wrong, "not-same", "ben"), (right, "same", "ben")}, {(m["member_id"], m["state"], m["by"]) for m in json.loads(line)["members"]})


class Real(api_support.Case):
    """With matcher, relay and transitions: two members of whom everything is the same."""

    @classmethod
    def setUpClass(cls):
        cls.database = Database().begin_at_topic_ends()
        cls.api = Api(cls.database.url)
        cls.services = [Service(cls.database, f"handoff-{name}") for name in ("matcher", "relay", "transitions")]
        for service in cls.services:
            service.wait_ready()

    @classmethod
    def tearDownClass(cls):
        cls.api.stop()
        for service in cls.services:
            service.close()
        cls.database.drop()

    def setUp(self):
        number = os.urandom(4)
        self.surname = "Q" + number.hex().translate(str.maketrans("0123456789", "ghijklmnop"))
        self.mrn, self.given = "R" + number.hex(), "Rosalind"
        self.born = f"{1930 + number[0] % 60}{1 + number[1] % 12:02}{1 + number[2] % 28:02}"
        self.phone, self.street = f"71455{number[2]:03}{number[3] % 100:02}", f"{number[0] * number[3] + 1} {self.surname} Street"
        self.one, self.two = self.mrn + "a", self.mrn + "b"
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("member_id,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from\n")
            for member in (self.one, self.two):
                file.write(f"{member},{self.surname},Rosalind,{self.born},F,{self.phone},{self.street},Anaheim,CA,92801,ECM,2026-01-01\n")
            file.flush()
            self.database.ctl("roster", "import", file.name)

    def tell(self, trigger, hour, named=True):
        at = f"202611200{hour}0000"
        end = "|" * 17 + "01" + "|" * 9 + at if trigger == "A03" else ""
        person = f"|{self.surname}^{self.given}^^^^^L||{self.born}|F|||{self.street}^^Anaheim^CA^92801||{self.phone}" if named else ""
        produce("adt.inbound", f"STANNE\x1f{self.mrn}",
                (f"MSH|^~\\&|EPIC|STANNE|PLAN|PLAN|{at}||ADT^{trigger}|{self.mrn}{hour}|P|2.5.1\rEVN|{trigger}|{at}||||{at}\rPID|1||{self.mrn}^^^STANNE^MR|{person}\r"
                 f"PV1|1|I|3N^301^1|||||||MED||||7|||||V{self.mrn}{end}|||||||||||||||||||||||||{at}\r").encode(),
                [("ce_source", "st-anne"), ("ce_id", os.urandom(16).hex()), ("ce_type", "org.hl7.v2.adt"), ("content-type", "application/hl7-v2+er7")])

    def items(self, state="review"):
        return [r for r in self.api.get(f"/v1/reviews?limit=200&state={state}").json["reviews"] if r["mrn"] == self.mrn]

    def linked(self):
        rows = self.database.rows("select member_id, count(*) from event_link join identity using (identity_id) where mrn = '%s' group by 1 order by 1" % self.mrn)
        return {member: int(n) for member, n in rows}

    def tasks(self, member):
        return set(self.database.rows(f"select status, case when status = 'withdrawn' then why else '' end from task where member_id = '{member}'"))

    def balanced(self):
        legs = dict(self.database.rows("select stage, sum(n) from leg group by stage"))
        waiting = self.database.value("select (select count(*) from outbox) + (select count(*) from replan) + (select count(*) from redecide)")
        return waiting == "0" and legs["linked"] == legs["applied"] == legs["written:adt.matched"] == legs["published:adt.matched"] == legs["handled:adt.matched"]

    def in_review(self):
        self.tell("A01", 8)
        self.tell("A03", 9, named=False)
        wait_until(lambda: self.items() and self.items("held") or len(self.items()) == 2, f"both messages wait: {self.items()}, {self.items('held')}")
        return self.items()[0]

    def decide(self, item, decision, member):
        return self.api.call("POST", f"/v1/reviews/{item['id']}/decision", {"decision": decision, "member_id": member, "version": item["version"]})

    def test_same_makes_the_tasks_and_what_comes_later_follows(self):
        item = self.in_review()
        self.assertEqual({self.one, self.two}, {c["member_id"] for c in self.api.get("/v1/reviews/" + item["id"]).json["candidates"]})
        answer = self.decide(item, "same", self.one)
        self.assertEqual({"linked": 2, "moved": 0, "closed": 2, "forgotten": 0}, answer.json)
        wait_until(lambda: ("open", "") in self.tasks(self.one), "tasks of the member")
        self.tell("A08", 9, named=False)
        wait_until(lambda: self.linked() == {self.one: 3}, f"the later message follows: {self.linked()}")
        wait_until(self.balanced, "links made = events applied")
        self.assertEqual([], self.items() + self.items("held"))

    def enrol_another(self):
        """A member who has nothing in common with the two; what is told from now on is about them."""
        other = self.mrn + "c"
        self.surname, self.given, self.born = self.surname[::-1].capitalize(), "Bartholomew", "19490517"
        self.phone, self.street = "559555" + self.phone[-4:], f"{int(self.mrn[1:5], 16) + 1} {self.surname} Court"
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("member_id,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from\n"
                       f"{other},{self.surname},{self.given},{self.born},F,{self.phone},{self.street},Anaheim,CA,92801,ECM,2026-01-01\n")
            file.flush()
            self.database.ctl("roster", "import", file.name)
        return other

    def redecided(self):
        wait_until(lambda: self.database.value("select count(*) from redecide") == "0", "the matcher has decided again")

    def test_same_on_what_names_another_member_ends_it(self):
        self.assertEqual(200, self.decide(self.in_review(), "same", self.one).status)
        self.redecided()
        other = self.enrol_another()
        self.tell("A08", 9)
        (item,) = wait_until(self.items, "it waits for a person")
        self.assertEqual("contradicts-decision", item["reason"])
        answer = self.decide(item, "same", self.one)
        self.assertEqual({"linked": 1, "moved": 0, "closed": 1, "forgotten": 0}, answer.json)
        self.redecided()
        self.assertEqual(([], {self.one: 3}), (self.items(), self.linked()))
        self.assertEqual("0", self.database.value(f"select count(*) from outbox where key = convert_to('{other}', 'UTF8')"))
        wait_until(self.balanced, "links made = events applied")

    def test_not_same_leaves_the_rest_to_the_matcher(self):
        item = self.in_review()
        self.assertEqual(200, self.decide(item, "not-same", self.one).status)
        wait_until(lambda: self.linked() == {self.two: 2}, f"the other one is left: {self.linked()}, {self.items()}")
        wait_until(lambda: ("open", "") in self.tasks(self.two), "tasks of the other one")
        wait_until(self.balanced, "links made = events applied")
        self.assertEqual([], self.items() + self.items("held"))

    def test_a_stranger_under_a_number_that_was_decided_waits_for_a_person(self):
        self.assertEqual(200, self.decide(self.in_review(), "same", self.one).status)
        self.redecided()
        self.given, self.born, self.surname = "Wilhelmina", "19910228", "Abernathy"
        for word in ("same", "not-same"):
            self.tell("A08", 9 if word == "same" else 8)
            (item,) = wait_until(self.items, "it waits for a person")
            self.assertEqual("contradicts-decision", item["reason"])
            self.assertEqual(200, self.decide(item, word, self.one).status)
            self.redecided()
            self.assertEqual([], self.items())
        self.assertEqual({"": 1, self.one: 3}, self.linked())
        wait_until(self.balanced, "links made = events applied")

    def test_not_same_on_somebody_elses_message_leaves_the_members_own(self):
        member = self.enrol_another()
        self.tell("A01", 8)
        wait_until(lambda: ("open", "") in self.tasks(member), "tasks of the member")
        self.given, self.born = "Wilhelmina", "19910228"
        self.tell("A08", 9)
        (item,) = wait_until(self.items, "it waits for a person")
        self.assertEqual("identity-contradicted", item["reason"])
        self.assertEqual(200, self.decide(item, "not-same", member).status)
        self.redecided()
        self.tell("A08", 9)
        self.tell("A03", 9, named=False)
        wait_until(lambda: self.linked() == {"": 1, member: 2}, f"the member's own stay theirs: {self.linked()}")
        self.assertEqual([], self.items() + self.items("held"))
        self.assertNotIn("withdrawn", {status for status, _ in self.tasks(member)})
        undo = {"identity_id": item["identity_id"], "member_id": member, "to_member_id": member, "note": "She was renamed."}
        self.assertEqual(1, self.api.call("POST", "/v1/links/undo", undo).json["moved"])
        self.redecided()
        wait_until(self.balanced, "links made = events applied")
        self.assertEqual(({member: 3}, []), (self.linked(), self.items()))

    def test_who_saw_an_item_before_it_was_made_anew_is_told(self):
        self.given = "Rosa"
        self.tell("A01", 8)
        (seen,) = wait_until(self.items, "it waits for a person")
        self.assertEqual(200, self.decide(seen, "same", self.one).status)
        self.redecided()
        undo = {"identity_id": seen["identity_id"], "member_id": self.one, "note": "Not her."}
        self.assertEqual(200, self.api.call("POST", "/v1/links/undo", undo).status)
        (anew,) = wait_until(self.items, "it waits again")
        self.assertEqual(seen["id"], anew["id"])
        self.assert_problem(self.decide(seen, "same", self.one), 409, "review-changed")
        self.assertEqual({"": 1}, self.linked())

    def test_a_message_about_nobody_who_is_left_goes(self):
        self.given = "Rosa"
        self.tell("A01", 8)
        for _ in (self.one, self.two):
            (item,) = wait_until(self.items, "it waits for a person")
            self.assertEqual(200, self.decide(item, "not-same", self.api.get("/v1/reviews/" + item["id"]).json["candidates"][0]["member_id"]).status)
            wait_until(lambda: self.database.value("select count(*) from redecide") == "0", "the matcher has decided again")
        self.assertEqual(([], [], {}), (self.items(), self.items("held"), self.linked()))
        self.assertEqual("0", self.database.value(f"select count(*) from review where mrn = '{self.mrn}'"))

    def test_an_undo_moves_the_stay_and_both_members_tasks(self):
        self.decide(self.in_review(), "same", self.one)
        wait_until(lambda: ("open", "") in self.tasks(self.one), "tasks of the member")
        (identity,) = self.api.call("POST", "/v1/links/search", {"member_id": self.one}).json["identities"]
        undo = {"identity_id": identity["identity_id"], "member_id": self.one, "to_member_id": self.two, "note": "It was the other one."}
        self.assertEqual({"linked": 0, "moved": 2, "closed": 0, "forgotten": 0}, self.api.call("POST", "/v1/links/undo", undo).json)
        gone = {("withdrawn", "What called for it was found to be about another person.")}
        wait_until(lambda: self.tasks(self.one) == gone, f"tasks are withdrawn: {self.tasks(self.one)}")
        wait_until(lambda: ("open", "") in self.tasks(self.two), "and made for the other one")
        wait_until(self.balanced, "links made = events applied")
        undo = {"identity_id": identity["identity_id"], "member_id": self.two, "note": "Neither."}
        self.assertEqual({"linked": 0, "moved": 2, "closed": 0, "forgotten": 0}, self.api.call("POST", "/v1/links/undo", undo).json)
        wait_until(lambda: self.tasks(self.two) == gone, f"tasks are withdrawn: {self.tasks(self.two)}")
        wait_until(self.balanced, "links made = events applied")
        self.assertEqual({"": 2}, self.linked())
        self.assertEqual("0", self.database.value(f"select count(*) from transition where member_id in ('{self.one}', '{self.two}')"))


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
