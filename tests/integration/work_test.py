"""Work and plan meet: what people do while the hospital takes back what it said, and what many messages lead to."""
import os
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api import Api, require_parts  # noqa: E402
from servers import Database, Service, packed, produce, require_servers, wait_until  # noqa: E402

INPATIENT, HOME, NURSING = 2, 1, 4
HOUR = 3600 * 1000000
MEMBERS = 12


class Work(unittest.TestCase):
    """Two planning services and the api on one database; messages come as the matcher writes them."""

    @classmethod
    def setUpClass(cls):
        cls.database = Database().begin_at_topic_ends()
        cls.services = [Service(cls.database, "handoff-transitions", HANDOFF_INSTANCE=name) for name in ("one", "two")]
        for service in cls.services:
            service.wait_ready()
        cls.api = Api(cls.database.url)
        cls.began = time.time_ns() // 1000 - 48 * HOUR
        cls.told = {}

    @classmethod
    def tearDownClass(cls):
        cls.api.stop()
        for service in cls.services:
            service.close()
        cls.database.drop()

    def rows(self, sql):
        return self.database.rows(sql)

    def value(self, sql):
        return self.database.value(sql)

    def new_member(self):
        member = f"M{os.urandom(4).hex()}"
        self.rows(f"insert into member (member_id, risk, seq, hash) values ('{member}', 'low', 1, '');"
                  f" insert into enrolment (member_id, program, enrolled_from) values ('{member}', 'ECM', 20250101);"
                  f" insert into member_state (member_id) values ('{member}')")
        return member

    def tell(self, member, trigger, hour, destination=HOME):
        """A linked event, recorded when it occurred."""
        event_id = os.urandom(16)
        at = self.began + hour * HOUR
        event = packed([(1, event_id), (4, trigger), (5, "GENERAL"), (8, at), (9, at), (10, member), (11, "V1"), (16, INPATIENT),
                        (18, destination if trigger == "A03" else 0)])
        self.rows(f"insert into event_link (event_id, subject, member_id, decision, why)"
                  f" values ('\\x{event_id.hex()}', 0, '{member}', 'exact-identifier', '{{}}')")
        produce("adt.matched", member, packed([(1, event), (2, member), (3, 1)]))
        self.told[member] = self.told.get(member, 0) + 1

    def planned(self, *members):
        for member in members:
            wait_until(lambda: self.value(f"select count(*) from member_event where member_id = '{member}'") == str(self.told[member]),
                       f"{self.told[member]} events of {member}")
        wait_until(lambda: self.value("select count(*) from replan") == "0", "what was done is planned")

    # ---- Work against withdrawals.

    def work_on(self, member, answers, start):
        """Claims and completes all tasks of the member, and notes each change that was accepted."""
        keys = [row[0] for row in self.rows(f"select encode(key, 'hex') from task where member_id = '{member}' order by key")]
        start.wait()
        for key in keys:
            for action, body in (("claim", None), ("complete", "outcome")):
                task = self.api.get(f"/v1/tasks/{key}").json
                if body:
                    body = {"outcome": task["outcomes"][0]}
                answer = self.api.change(key, action, task["version"], body)
                if answer.status == 200:
                    answers.append((member, key, action))

    def take_back(self, members, start):
        start.wait()
        for member in members:
            self.tell(member, "A11", 3)

    def test_nothing_is_lost_where_work_and_withdrawal_meet(self):
        members = [self.new_member() for _ in range(MEMBERS)]
        for member in members:
            self.tell(member, "A01", 1)
        self.planned(*members)
        answers, start = [], threading.Barrier(MEMBERS + 1)
        threads = [threading.Thread(target=self.work_on, args=(member, answers, start)) for member in members]
        threads.append(threading.Thread(target=self.take_back, args=(members, start)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.planned(*members)
        ours = "member_id in ('" + "', '".join(members) + "')"
        self.assertEqual(str(len(answers)), self.value(f"select coalesce(sum(version), 0) from task_work where {ours}"), "each change was written")
        self.assertEqual(str(len(answers)), self.value(f"select count(*) from task_history where key in (select key from task_plan where {ours})"))
        completed = {key for _, key, action in answers if action == "complete"}
        self.assertEqual(completed, {row[0] for row in self.rows(f"select encode(key, 'hex') from task where {ours} and status = 'done'")})
        claimed = {key for _, key, action in answers if action == "claim"} - completed
        self.assertEqual(claimed | completed, {row[0] for row in self.rows(f"select encode(key, 'hex') from task where {ours} and flagged")},
                         "who had begun is told that the hospital took it back")
        self.assertEqual("0", self.value(f"select count(*) from task where {ours} and want <> 'withdrawn'"))

    def test_work_plans_the_member_anew(self):
        member = self.new_member()
        self.tell(member, "A01", 1)
        self.planned(member)
        plans = int(self.value(f"select plans from member_state where member_id = '{member}'"))
        key = self.value(f"select encode(key, 'hex') from task where member_id = '{member}' limit 1")
        self.assertEqual(200, self.api.change(key, "claim", 0).status)
        wait_until(lambda: int(self.value(f"select plans from member_state where member_id = '{member}'")) > plans, "the member is planned anew")

    def tasks(self, member):
        return {row[0]: row[1:] for row in self.rows(f"select template, status, encode(key, 'hex') from task where member_id = '{member}'")}

    def test_who_is_said_to_be_home_from_a_facility_without_a_feed_is_cared_for_as_at_home(self):
        member = self.new_member()
        self.tell(member, "A01", 1)
        self.tell(member, "A03", 30, NURSING)
        self.planned(member)
        before = self.tasks(member)
        self.assertEqual("open", before["contact-facility"][0])
        self.assertNotIn("follow-up-visit-after-nursing-facility", before)
        key = before["contact-facility"][1]
        self.assertIn("went-home", self.api.get(f"/v1/tasks/{key}").json["outcomes"])
        self.assertEqual(200, self.api.change(key, "complete", 0, {"outcome": "went-home"}).status)
        self.planned(member)
        after = self.tasks(member)
        self.assertEqual("done", after["contact-facility"][0])
        self.assertEqual("open", after["follow-up-visit-after-nursing-facility"][0])
        why = self.value(f"select why from task where encode(key, 'hex') = '{after['follow-up-visit-after-nursing-facility'][1]}'")
        self.assertRegex(why, r"^Home from a skilled nursing facility, by a task's outcome on \d{4}-\d\d-\d\d; to be done within 14 days\.")
        transition = self.api.get(f"/v1/tasks/{after['follow-up-visit-after-nursing-facility'][1]}").json["transition"]
        self.assertEqual(("snf", "home", ""), tuple(transition[name] for name in ("from", "to", "facility")))
        self.assertEqual("said-home", self.value(f"select kind from transition where member_id = '{member}' and to_setting = 'home'"))

    # ---- Many messages, few notices.

    def metric(self, name):
        return sum(service.metric(name) for service in self.services)

    def test_many_messages_of_one_stay_make_one_notice_a_transition(self):
        names = ("handoff_transitions_messages_total", "handoff_transitions_encounters_total", "handoff_transitions_transitions_total",
                 'handoff_transitions_notices_total{kind="notice"}', 'handoff_transitions_notices_total{kind="correction"}')
        before = [self.metric(name) for name in names]
        member = self.new_member()
        for hour, trigger in enumerate(("A01", "A08", "A08", "A02", "A08", "A03", "A08", "A03")):
            self.tell(member, trigger, hour)
            self.planned(member)
        self.assertEqual([("admission", "1"), ("discharge", "1")],
                         self.rows(f"select name, count(*) from notice_plan where member_id = '{member}' and task = '' and wanted group by 1 order by 1"))
        sent = self.value(f"select count(*) from outbox where topic = 'transition.events' and key = convert_to('{member}', 'UTF8')")
        self.assertEqual(self.value(f"select count(*) from notice_plan where member_id = '{member}'"), sent, "each was said once")
        self.assertEqual([8, 1, 2, 2, 0], [self.metric(name) - past for name, past in zip(names, before)])


if __name__ == "__main__":
    require_parts()
    require_servers()
    unittest.main(verbosity=2)
