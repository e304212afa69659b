"""The api's numbers of operations, its live hints, and PostgreSQL going away and coming back."""
import http.client
import socket
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api import PEOPLE, Answer, Api, Case, Database, Proxy, Stream, require_parts, until


# ---- Operations.


class Flow(Case):
    def flow_when(self, ask):
        return until("the flow to tell", lambda: ask(API.get("/v1/flow").json) and API.get("/v1/flow")).json

    def test_the_sum_of_the_verdicts_is_what_was_read(self):
        answer = API.get("/v1/flow")
        self.assert_described(answer, "/v1/flow")
        messages = answer.json["messages"]
        self.assertTrue(messages["balanced"])
        self.assertEqual(messages["read"], sum(messages["verdicts"].values()))
        self.assertEqual(6, len(messages["partitions"]))
        for partition in messages["partitions"]:
            self.assertEqual(partition["next_offset"] - partition["start_offset"], sum(partition["verdicts"].values()))
        for word in PEOPLE + ("@", "X1", "Orange Coast"):
            self.assertNotIn(word, answer.text)

    def test_a_partition_out_of_balance_is_told(self):
        try:
            DATABASE.sql("update ledger set non_member = non_member - 5 where partition = 3")
            messages = self.flow_when(lambda flow: not flow["messages"]["balanced"])["messages"]
            self.assertEqual([3], [p["partition"] for p in messages["partitions"] if not p["balanced"]])
            self.assertEqual(5, messages["read"] - messages["accounted"])
        finally:
            DATABASE.sql("update ledger set non_member = non_member + 5 where partition = 3")
        self.flow_when(lambda flow: flow["messages"]["balanced"])

    def test_a_ledger_without_offsets_is_out_of_balance(self):
        try:
            DATABASE.sql("insert into ledger (topic, partition, matched) values ('adt.inbound', 77, 1)")
            self.flow_when(lambda flow: not flow["messages"]["balanced"])
        finally:
            DATABASE.sql("delete from ledger where partition = 77")
        self.flow_when(lambda flow: flow["messages"]["balanced"])

    def test_legs_agree_or_tell_the_difference(self):
        self.assertTrue(API.get("/v1/flow").json["legs"]["agree"])
        try:
            DATABASE.sql("update leg set n = n + 4 where stage = 'written:adt.rejected'")
            legs = self.flow_when(lambda flow: not flow["legs"]["agree"])["legs"]
            self.assertEqual([("written:adt.rejected", "published:adt.rejected", 46, 42)],
                             [(p["from"], p["to"], p["from_count"], p["to_count"]) for p in legs["pairs"] if not p["agree"]])
        finally:
            DATABASE.sql("update leg set n = n - 4 where stage = 'written:adt.rejected'")
        self.flow_when(lambda flow: flow["legs"]["agree"])

    def test_what_waits_has_a_number_and_an_age(self):
        flow = API.get("/v1/flow").json
        self.assertEqual(21, flow["reviews"]["waiting"])
        self.assertEqual(21, sum(flow["reviews"]["reasons"].values()))
        self.assertAlmostEqual(21 * 95 * 60, flow["reviews"]["oldest_seconds"], delta=600)
        self.assertEqual((0, None), (flow["outbox"]["waiting"], flow["outbox"]["oldest_seconds"]))
        try:
            DATABASE.sql("insert into outbox (topic, key, ce_id, ce_type, ce_time, payload) values ('adt.matched', 'k', 'i', 't', now() - interval '90 seconds', '')")
            outbox = self.flow_when(lambda now: now["outbox"]["waiting"] == 1)["outbox"]
            self.assertEqual({"adt.matched": 1}, outbox["topics"])
            self.assertGreater(outbox["oldest_seconds"], 89)
        finally:
            DATABASE.sql("delete from outbox")

    def test_feeds_are_told_with_what_needs_somebody_first(self):
        answer = API.get("/v1/flow")
        self.assert_described(answer, "/v1/flow")
        feeds = answer.json["feeds"]
        found = {feed["name"]: feed for feed in feeds["feeds"]}
        self.assertEqual(("mesa-linda", "harbor-pines"), tuple(feed["name"] for feed in feeds["feeds"])[:2])
        self.assertEqual({"mesa-linda": "silent", "harbor-pines": "steady", "st-anne": "steady", "quail-ridge": "learning", "default": "steady",
                          "bluff-point": "never"}, {name: feed["state"] for name, feed in found.items() if feed["last_message"] or name == "bluff-point"})
        self.assertRegex(found["mesa-linda"]["notes"][0], r"^silent since .*: \d+ messages were to be expected$")
        self.assertRegex(" ".join(found["harbor-pines"]["notes"]), r"^no birth date: \d+ % of the last day's messages, \d\.\d % of those before$")
        self.assertTrue(found["harbor-pines"]["lacks"]["birth-date"]["moved"])
        self.assertEqual([], found["st-anne"]["notes"])
        self.assertEqual([("NEWAPP", "NEWFAC")], [(s["sending_application"], s["sending_facility"]) for s in feeds["unknown_senders"]])

    def test_deliveries_latency_and_the_last_hour(self):
        flow = API.get("/v1/flow").json
        self.assertEqual({"sent": 604, "pending": 3, "ambiguous": 1, "failed": 0, "not-wanted": 4}, flow["deliveries"])
        latency = flow["latency"]
        self.assertGreater(latency["tasks"], 0)
        self.assertTrue(7 <= latency["p50_ms"] <= latency["p99_ms"] <= latency["most_ms"] <= 17.7, latency)
        self.assertEqual(60, len(flow["minutes"]))
        self.assertGreater(sum(m["linked"] for m in flow["minutes"]), 1000)

    def test_the_admin_port_tells_readiness_and_counts(self):
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            port = reserved.getsockname()[1]
        api = Api(DATABASE.url, "--admin-address", f"127.0.0.1:{port}")
        try:
            def admin(path):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", path)
                answer = Answer(connection.getresponse())
                connection.close()
                return answer

            until("readiness", lambda: admin("/readyz").status == 200)
            api.get("/v1/tasks")
            self.assertRegex(admin("/metrics").text, r'handoff_api_requests_total\{status="200"\} 1\b')
        finally:
            api.stop()


# ---- Live hints.


class Live(Case):
    def test_a_new_stream_is_told_to_read_both(self):
        stream = Stream(API)
        self.assertEqual((200, "text/event-stream"), (stream.status, stream.response.getheader("content-type")))
        (first, an_id), (second, same_id) = stream.next(), stream.next()
        self.assertEqual((["flow", "tasks"], an_id), (sorted([first, second]), same_id))
        stream.close()

    def test_a_change_of_tasks_is_a_hint_with_a_higher_id(self):
        stream = Stream(API)
        _, first = stream.next("tasks")
        DATABASE.sql("select pg_notify('handoff_task', '')")
        _, second = stream.next("tasks")
        self.assertGreater(int(second), int(first))
        key = DATABASE.new_task()
        API.change(key, "claim", 0)
        _, third = stream.next("tasks")
        self.assertGreater(int(third), int(second))
        stream.close()

    def test_moved_messages_are_a_hint(self):
        stream = Stream(API)
        stream.next("flow")
        DATABASE.sql("update kafka_offset set next_offset = next_offset + 1 where partition = 0; update ledger set test = test + 1 where partition = 0")
        self.assertIsNotNone(stream.next("flow"))
        stream.close()

    def test_who_comes_back_having_missed_nothing_is_told_nothing(self):
        stream = Stream(API)
        _, last = stream.next("tasks")
        stream.close()
        back = Stream(API, last_id=last)
        DATABASE.sql("select pg_notify('handoff_task', '')")
        _, now = back.next()
        self.assertGreater(int(now), int(last))
        back.close()

    def test_who_missed_something_is_told_at_once(self):
        for last in ("1", "nonsense", ""):
            stream = Stream(API, last_id=last or "0")
            self.assertEqual({"tasks", "flow"}, {stream.next()[0], stream.next()[0]})
            stream.close()

    def test_the_end_of_a_session_ends_its_streams(self):
        cookie = API.sign_in()
        stream = Stream(API, cookie)
        stream.next("tasks")
        API.call("DELETE", "/v1/session", headers={**cookie, "Origin": API.origin})
        until("the stream to end", lambda: stream.next() is None)
        stream.close()


# ---- PostgreSQL away.


class Away(Case):
    def test_the_service_starts_answers_and_recovers_without_postgresql(self):
        proxy = Proxy(DATABASE.url)
        api = Api(proxy.url)
        try:
            for path in ("/v1/tasks", "/v1/coordinators", "/v1/flow"):
                answer = api.get(path)
                self.assert_problem(answer, 503, "database-away")
                self.assertRegex(answer.headers["retry-after"], r"^\d+$")
            self.assertEqual(200, api.get("/v1/session").status)
            proxy.up()
            until("tasks", lambda: api.get("/v1/tasks").status == 200)
            stream = Stream(api)
            stream.next("tasks")
            proxy.down()
            self.assert_problem(api.get("/v1/tasks"), 503, "database-away")
            key = DATABASE.new_task()
            self.assert_problem(api.change(key, "claim", 0), 503, "database-away")
            proxy.up()
            until("tasks", lambda: api.get("/v1/tasks").status == 200)
            self.assertEqual("tasks", stream.next("tasks")[0], "after a break everybody reads again")
            self.assertEqual(200, api.change(key, "claim", 0).status)
            stream.close()
        finally:
            api.stop()
            if proxy.open:
                proxy.down()

    def test_it_ends_in_order_with_streams_open(self):
        api = Api(DATABASE.url)
        stream = Stream(api)
        stream.next("tasks")
        api.stop()
        until("the stream to end", lambda: stream.next() is None)
        stream.close()


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
