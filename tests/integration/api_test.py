"""Tasks through the api, on a real PostgreSQL: lists, the search, claim, release, complete, races."""
import datetime
import hashlib
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api import BEARER, PEOPLE, TOKEN, Api, Case, Database, require_parts, until


# ---- Reading tasks.


class Reading(Case):
    ANA = hashlib.sha256(b"ana.ruiz@plan.example").hexdigest()[:16]

    def keys(self, query):
        return [task["key"] for task in API.get("/v1/tasks?" + query).json["tasks"]]

    def test_a_coordinators_tasks_come_by_due_time(self):
        answer = API.get(f"/v1/tasks?coordinator={self.ANA}")
        self.assert_described(answer, "/v1/tasks")
        tasks = answer.json["tasks"]
        self.assertEqual([t["due"] for t in tasks], sorted(t["due"] for t in tasks))
        self.assertEqual({"open", "claimed"}, {t["status"] for t in tasks})
        self.assertEqual({"Ana Ruiz"}, {t["coordinator"]["name"] for t in tasks})
        self.assertEqual(7, len(tasks))
        first = tasks[0]
        self.assertEqual({"id": "M1001", "name": "Rosa Delgado", "birth_date": "1951-03-04", "phone": "(714) 555-0142", "language": "es"}, first["member"])
        self.assertEqual(("inpatient", "home", "Saint Agnes Medical Center"), tuple(first["transition"][k] for k in ("from", "to", "facility")))
        self.assertTrue(first["overdue"])
        self.assertIn("reached-member", first["outcomes"])

    def test_who_stands_in_finds_the_tasks_on_the_days_away(self):
        backup = hashlib.sha256(b"ben@standin.example").hexdigest()[:16]
        day = datetime.datetime.now(ZoneInfo("America/Los_Angeles")).date()
        yesterday, today, tomorrow = (int((day + datetime.timedelta(days=d)).strftime("%Y%m%d")) for d in (-1, 0, 1))
        self.addCleanup(DATABASE.sql, "delete from staff")
        DATABASE.sql("insert into staff values ('ben@standin.example', 'Ben Stand-In', '', '', 0, 0, '')")
        for away_from, away_to, away in ((0, 0, False), (today, today, True), (yesterday, 0, True), (tomorrow, 0, False), (yesterday, yesterday, False)):
            DATABASE.sql("insert into staff values ('ana.ruiz@plan.example', 'Ana Ruiz', '', 'Ben@standin.example', %d, %d, '')"
                             " on conflict (email) do update set away_from = excluded.away_from, away_to = excluded.away_to" % (away_from, away_to))
            own = API.get(f"/v1/tasks?coordinator={self.ANA}")
            self.assert_described(own, "/v1/tasks")
            self.assertEqual([{"id": backup, "name": "Ben Stand-In"} if away else None] * 7, [t["backup"] for t in own.json["tasks"]])
            found = self.keys(f"coordinator={backup}")
            self.assertEqual([t["key"] for t in own.json["tasks"]] if away else [], found, (away_from, away_to))

    def test_what_a_part2_programme_tells_is_withheld_and_said_so(self):
        task = API.get(f"/v1/tasks?coordinator={self.ANA}").json["tasks"][0]
        self.assertIsNone(task["transition"]["withheld"])
        of_task = f"member_id = '{task['member']['id']}' and transition_id = (select change from task_plan where key = decode('{task['key']}', 'hex'))"
        self.addCleanup(DATABASE.sql, f"update transition set withheld = false where {of_task}")
        DATABASE.sql(f"update transition set withheld = true where {of_task}")
        answer = API.get(f"/v1/tasks/{task['key']}")
        self.assert_described(answer, "/v1/tasks/{key}")
        self.assertEqual((None, None, "part2", "home"), tuple(answer.json["transition"][k] for k in ("facility", "disposition", "withheld", "to")))

    def test_members_without_a_coordinator_stand_under_none(self):
        self.assertEqual(["M9001"], [t["member"]["id"] for t in API.get("/v1/tasks?coordinator=none").json["tasks"]])

    def test_statuses_are_told_apart(self):
        self.assertEqual({"done"}, {t["status"] for t in API.get("/v1/tasks?status=done").json["tasks"]})
        self.assertEqual({"claimed"}, {t["status"] for t in API.get("/v1/tasks?status=claimed").json["tasks"]})
        both = {t["status"] for t in API.get(f"/v1/tasks?status=withdrawn,claimed&coordinator={self.ANA}").json["tasks"]}
        self.assertEqual({"withdrawn", "claimed"}, both)

    def test_attention_is_for_what_somebody_holds_though_its_cause_is_gone(self):
        tasks = API.get(f"/v1/tasks?attention=true&coordinator={self.ANA}").json["tasks"]
        self.assertEqual([("M1005", "withdrawn", True)], [(t["member"]["id"], t["status"], t["flagged"]) for t in tasks])
        self.assertEqual("Ana Ruiz", tasks[0]["assignee"]["name"])
        self.assertIsNone(tasks[0]["transition"]["to"])

    def test_pages_follow_each_other_without_gap_or_repeat(self):
        whole = self.keys("limit=200&status=open,claimed,done,withdrawn,superseded")
        self.assertEqual(200, len(whole))
        found, after = [], ""
        while len(found) < len(whole):
            page = API.get(f"/v1/tasks?limit=37&status=open,claimed,done,withdrawn,superseded{after}").json
            found += [t["key"] for t in page["tasks"]]
            after = f"&after={page['next']}"
        self.assertEqual(whole, found[:200])
        self.assertEqual(len(found), len(set(found)))
        self.assertIsNone(API.get(f"/v1/tasks?coordinator={self.ANA}").json["next"])

    def test_a_wrong_question_is_refused(self):
        for query in ("status=opne", "status=open,,done", "limit=0", "limit=201", "limit=ten", "limit=", "after=xyz", "after=" + "g" * 48, "after=" + "f" * 48, "status=",
                      "coordinator=ana.ruiz%40plan.example", "coordinator=ABCDEF0123456789", "attention=maybe", "updated_since=yesterday"):
            self.assert_problem(API.get("/v1/tasks?" + query), 422, "invalid")

    def test_updated_since_leaves_out_what_nobody_worked_on(self):
        self.assertEqual([], self.keys("status=done&updated_since=2100-01-01T00:00:00Z"))
        self.assertIn("M1006", [t["member"]["id"] for t in API.get("/v1/tasks?status=done&updated_since=2020-01-01T00:00:00Z").json["tasks"]])

    def test_the_search_takes_the_members_id_in_the_body(self):
        answer = API.call("POST", "/v1/tasks/search", {"member": "M1005"})
        self.assert_described(answer, "/v1/tasks/search", "post")
        self.assertEqual({("withdrawn", True), ("withdrawn", False)}, {(t["status"], t["flagged"]) for t in answer.json["tasks"]})
        self.assertEqual([], API.call("POST", "/v1/tasks/search", {"member": "nobody"}).json["tasks"])
        one = API.call("POST", "/v1/tasks/search", {"member": "M1001", "status": ["open"], "limit": 1}).json
        two = API.call("POST", "/v1/tasks/search", {"member": "M1001", "status": ["open"], "limit": 1, "after": one["next"]}).json
        self.assertEqual((1, 1, None), (len(one["tasks"]), len(two["tasks"]), two["next"]))
        self.assertNotEqual(one["tasks"], two["tasks"])
        for body in ({}, {"member": ""}, {"member": 5}, {"member": "M1001", "status": "open"}, {"member": "M1001", "status": [1]},
                     {"member": "M1001", "limit": "5"}, {"member": "M1001", "limit": 0}, {"member": "M1001", "after": "x"}, {"member": "M", "name": "x"}):
            self.assert_problem(API.call("POST", "/v1/tasks/search", body), 422, "invalid")

    def test_one_task_comes_with_its_version_and_history(self):
        key = API.call("POST", "/v1/tasks/search", {"member": "M1006", "status": ["done"]}).json["tasks"][0]["key"]
        answer = API.get("/v1/tasks/" + key)
        self.assert_described(answer, "/v1/tasks/{key}")
        self.assertEqual('"1"', answer.headers["etag"])
        self.assertEqual([("completed", "Ana Ruiz", "told-team", "Care plan sent by secure mail.")],
                         [(h["action"], h["by"]["name"], h["outcome"], h["note"]) for h in answer.json["history"]])

    def test_coordinators_have_opaque_ids_and_counts(self):
        answer = API.get("/v1/coordinators")
        self.assert_described(answer, "/v1/coordinators")
        by_id = {c["id"]: c for c in answer.json["coordinators"]}
        self.assertEqual(("Ana Ruiz", "Santa Ana", "Harbor Community Care", 7), tuple(by_id[self.ANA][k] for k in ("name", "team", "organisation", "open")))
        self.assertGreaterEqual(by_id[self.ANA]["overdue"], 1)
        self.assertEqual(1, by_id["none"]["open"])
        self.assertIn("Carol Nakamura", [c["name"] for c in by_id.values()])
        self.assertNotIn("@", answer.text)

    def test_the_counts_are_those_of_the_lists(self):
        DATABASE.sql("select sample.member('C0001', 'Cora', 'Counted', 19800101, '', 'English', 'Carol Nakamura')")
        first, _ = (DATABASE.sql(f"select sample.task('C0001', '{event}', 'contact-after-ed', now() - interval '1 hour')") for event in ("one", "two"))
        API.change(first, "complete", 0, {"outcome": "reached-member"})

        def counted():
            lists = {c["id"]: API.get(f"/v1/tasks?limit=200&coordinator={c['id']}").json["tasks"] for c in API.get("/v1/coordinators").json["coordinators"]}
            return [(c["name"], c["open"], c["overdue"]) for c in API.get("/v1/coordinators").json["coordinators"]
                    if (c["open"], c["overdue"]) != (len(lists[c["id"]]), sum(t["overdue"] for t in lists[c["id"]]))] == []

        until("the counts to be those of the lists", counted)
        self.assertIn(("Carol Nakamura", 1, 1), [(c["name"], c["open"], c["overdue"]) for c in API.get("/v1/coordinators").json["coordinators"]])


# ---- Writing.


class Writing(Case):
    BEN = hashlib.sha256(b"ben.okafor@plan.example").hexdigest()[:16]

    def test_claim_release_complete(self):
        key = DATABASE.new_task()
        claimed = API.change(key, "claim", 0, {"coordinator": self.BEN})
        self.assert_described(claimed, "/v1/tasks/{key}/claim", "post")
        self.assertEqual(("claimed", 1, {"id": self.BEN, "name": "Ben Okafor"}, '"1"'),
                         (*(claimed.json[k] for k in ("status", "version", "assignee")), claimed.headers["etag"]))
        released = API.change(key, "release", 1, {"coordinator": self.BEN})
        self.assertEqual(("open", 2, None), tuple(released.json[k] for k in ("status", "version", "assignee")))
        API.change(key, "claim", 2, {"coordinator": self.BEN})
        done = API.change(key, "complete", 3, {"outcome": "left-message", "note": "Zwölf Uhr.\nSecond line.", "coordinator": Reading.ANA})
        self.assertEqual(("done", 4, "left-message", "Zwölf Uhr.\nSecond line.", "Ben Okafor"),
                         (*(done.json[k] for k in ("status", "version", "outcome", "note")), done.json["assignee"]["name"]))
        history = API.get("/v1/tasks/" + key).json["history"]
        self.assertEqual([("claimed", "Ben Okafor"), ("released", "Ben Okafor"), ("claimed", "Ben Okafor"), ("completed", "Ana Ruiz")],
                         [(h["action"], h["by"]["name"]) for h in history])

    def test_an_open_task_can_be_completed_at_once(self):
        key = DATABASE.new_task()
        done = API.change(key, "complete", 0, {"outcome": "reached-member"}).json
        self.assertEqual(("done", 1, "api"), (done["status"], done["version"], done["assignee"]["name"]))

    def test_a_write_must_name_its_version(self):
        key = DATABASE.new_task()
        for action, body in (("claim", None), ("release", None), ("complete", {"outcome": "reached-member"})):
            self.assert_problem(API.change(key, action, None, body), 428, "version-missing")
            for wrong in ("0", "*", '"x"', 'W/"0"', '"0", "1"', '"-1"', '""', '" 0"', '"99999999999"'):
                self.assert_problem(API.call("POST", f"/v1/tasks/{key}/{action}", body, {**BEARER, "If-Match": wrong}), 400, "unreadable")
        self.assertEqual([""], DATABASE.work(key))

    def test_a_stale_version_is_refused_with_what_is_there_now(self):
        key = DATABASE.new_task()
        API.change(key, "claim", 0, {"coordinator": self.BEN})
        for action, body in (("claim", None), ("release", None), ("complete", {"outcome": "reached-member"})):
            answer = API.change(key, action, 0, body)
            problem = self.assert_problem(answer, 412, "version")
            self.assert_described(answer, "/v1/tasks/{key}/" + action, "post")
            self.assertEqual((1, "claimed", "Ben Okafor"), (problem["version"], problem["task_status"], problem["assignee"]["name"]))
        self.assertEqual(["claimed", "ben.okafor@plan.example", "1"], DATABASE.work(key))

    def test_a_status_that_does_not_allow_it_is_refused(self):
        key = DATABASE.new_task()
        self.assert_problem(API.change(key, "release", 0), 409, "state")
        API.change(key, "claim", 0)
        self.assert_problem(API.change(key, "claim", 1), 409, "state")
        API.change(key, "complete", 1, {"outcome": "reached-member"})
        for action, body in (("claim", None), ("release", None), ("complete", {"outcome": "reached-member"})):
            problem = self.assert_problem(API.change(key, action, 2, body), 409, "state")
            self.assertEqual("done", problem["task_status"])

    def test_what_is_gone_and_was_not_begun_cannot_be_begun(self):
        for want in ("withdrawn", "superseded"):
            key = DATABASE.new_task(want)
            for action, body in (("claim", None), ("release", None), ("complete", {"outcome": "reached-member"})):
                self.assert_problem(API.change(key, action, 0, body), 409, "state")

    def test_what_is_gone_and_was_begun_is_completed_or_released(self):
        for want, flagged in (("withdrawn", True), ("superseded", False)):
            for action, body, status in (("complete", {"outcome": "reached-member"}, "done"), ("release", None, want)):
                key = DATABASE.new_task()
                API.change(key, "claim", 0, {"coordinator": self.BEN})
                DATABASE.sql(f"update task_plan set want = '{want}' where key = decode('{key}', 'hex')")
                self.assertIn(key, [t["key"] for t in API.get(f"/v1/tasks?attention=true&coordinator={self.BEN}").json["tasks"]])
                self.assertEqual(flagged, API.get("/v1/tasks/" + key).json["flagged"])
                answer = API.change(key, action, 1, body)
                self.assertEqual((200, status), (answer.status, answer.json["status"]))
                self.assertNotIn(key, [t["key"] for t in API.get(f"/v1/tasks?attention=true&coordinator={self.BEN}").json["tasks"]])

    def test_an_outcome_must_be_one_of_the_tasks(self):
        key = DATABASE.new_task()
        problem = self.assert_problem(API.change(key, "complete", 0, {"outcome": "forgotten"}), 422, "invalid")
        self.assertIn("reached-member", problem["outcomes"])
        for body in ({}, {"outcome": ""}, {"outcome": None}, {"outcome": 1}, {"outcome": "reached-member", "note": "x" * 4001},
                     {"outcome": "reached-member", "note": "bell \x07"}, {"outcome": "reached-member", "note": ["x"]}):
            self.assert_problem(API.change(key, "complete", 0, body), 422, "invalid")
        self.assertEqual(200, API.change(key, "complete", 0, {"outcome": "reached-member", "note": "x" * 4000}).status)

    def test_work_goes_on_where_it_was_begun_under_any_alias(self):
        key = DATABASE.new_task(late="a later word of the same change")
        DATABASE.sql("insert into task_work (member_id, change, template, status, assignee, occurred, updated_by) select member_id,"
                     f" sample.event('a later word of the same change'), template, 'claimed', 'ben.okafor@plan.example', now(), 'x' from task_plan where key = decode('{key}', 'hex')")
        self.assertEqual("claimed", API.get("/v1/tasks/" + key).json["status"])
        self.assertEqual(200, API.change(key, "complete", 1, {"outcome": "reached-member"}).status)
        self.assertEqual(["done", "ben.okafor@plan.example", "2"], DATABASE.work(key))

    def test_history_follows_a_task_whose_key_changed(self):
        key = DATABASE.new_task()
        API.change(key, "claim", 0)
        DATABASE.sql("update task_plan set change = sample.event('lower'), aliases = aliases || sample.event('lower'),"
                     f" key = sample.key(member_id, sample.event('lower'), template) where key = decode('{key}', 'hex')")
        self.assert_problem(API.get("/v1/tasks/" + key), 404, "not-found")
        member = f"N{DATABASE.members:04}"
        renamed = API.call("POST", "/v1/tasks/search", {"member": member}).json["tasks"][0]
        self.assertEqual("claimed", renamed["status"])
        self.assertEqual(["claimed"], [h["action"] for h in API.get("/v1/tasks/" + renamed["key"]).json["history"]])

    def test_a_repeat_with_the_same_idempotency_key_changes_nothing(self):
        key = DATABASE.new_task()
        first = API.change(key, "claim", 0, {"coordinator": self.BEN}, Idempotency_Key="attempt 1")
        again = API.change(key, "claim", 0, {"coordinator": self.BEN}, Idempotency_Key="attempt 1")
        self.assertEqual((200, None), (first.status, first.headers.get("idempotency-replayed")))
        self.assertEqual((200, "true"), (again.status, again.headers.get("idempotency-replayed")))
        self.assertEqual(first.json, again.json)
        self.assertEqual(1, len(API.get("/v1/tasks/" + key).json["history"]))
        API.change(key, "complete", 1, {"outcome": "reached-member"})
        late = API.change(key, "claim", 0, {"coordinator": self.BEN}, Idempotency_Key="attempt 1")
        self.assertEqual((200, "done"), (late.status, late.json["status"]))

    def test_an_idempotency_key_belongs_to_one_request(self):
        key = DATABASE.new_task()
        API.change(key, "claim", 0, {"coordinator": self.BEN}, Idempotency_Key="attempt 2")
        self.assert_problem(API.change(key, "release", 1, Idempotency_Key="attempt 2"), 422, "key-reused")
        self.assert_problem(API.change(key, "claim", 1, {"coordinator": Reading.ANA}, Idempotency_Key="attempt 2"), 422, "key-reused")
        self.assert_problem(API.change(key, "claim", 1, Idempotency_Key="x" * 256), 400, "unreadable")
        other = DATABASE.new_task()
        self.assertEqual(200, API.change(other, "claim", 0, Idempotency_Key="attempt 2").status)

    def test_of_many_who_claim_at_once_one_wins(self):
        second = Api(DATABASE.url)
        try:
            for _ in range(5):
                key, answers, start = DATABASE.new_task(), [], threading.Barrier(8)

                def claim(api, who):
                    start.wait()
                    answers.append((api.change(key, "claim", 0, {"coordinator": who}), who))

                threads = [threading.Thread(target=claim, args=((API, second)[i % 2], (Reading.ANA, self.BEN)[i % 3 % 2])) for i in range(8)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                winners = [(a, who) for a, who in answers if a.status == 200]
                self.assertEqual(1, len(winners))
                for answer, _ in answers:
                    if answer.status != 200:
                        problem = self.assert_problem(answer, 412, "version")
                        self.assertEqual(winners[0][1], problem["assignee"]["id"])
                self.assertEqual(1, len(API.get("/v1/tasks/" + key).json["history"]))
        finally:
            second.stop()

    def test_a_write_waits_for_the_members_lock_but_not_for_ever(self):
        key = DATABASE.new_task()
        member = f"N{DATABASE.members:04}"
        DATABASE.sql(f"insert into member_state values ('{member}')")
        holder = subprocess.Popen(["psql", "-X", "-q", "-d", DATABASE.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            holder.stdin.write(f"begin; select 'held' from member_state where member_id = '{member}' for update;\n")
            holder.stdin.flush()
            until("the lock to be held", lambda: "held" in holder.stdout.readline())
            begun = time.monotonic()
            answer = API.change(key, "claim", 0)
            self.assertLess(time.monotonic() - begun, 8)
            self.assert_problem(answer, 503, "database-away")
            self.assertIn("retry-after", answer.headers)
        finally:
            holder.stdin.close()
            holder.wait()
            holder.stdout.close()
        self.assertEqual(200, API.change(key, "claim", 0).status)

    def test_the_log_names_nobody(self):
        API.call("POST", "/v1/tasks/search", {"member": "M1001"})
        text = "\n".join(API.log)
        self.assertIn("task changed", text)
        for word in PEOPLE + ("ana.ruiz", "Nadia", TOKEN):
            self.assertNotIn(word, text)


def setUpModule():
    global DATABASE, API
    DATABASE = Database()
    API = Api(DATABASE.url)
    until("the database", lambda: API.get("/v1/tasks").status == 200)


def tearDownModule():
    API.stop()
    DATABASE.drop()


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
