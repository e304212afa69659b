"""A rebuild, on real servers: the same rows again, whatever ends it and whatever is done meanwhile; nobody is told of it."""
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api import Api  # noqa: E402
from servers import BIN, ROOT, Database, Service, Session, require_servers, wait_until  # noqa: E402

TABLES = ("encounter", "episode", "transition", "measure", "task_plan", "notice_plan")
# Whatever hangs on the tables, by name: columns, constraints, indexes, and the view over them.
SHAPE = """select table_name, column_name, data_type, column_default, is_nullable from information_schema.columns where table_schema = 'derived'
  union all select conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '' from pg_constraint
    where connamespace = 'derived'::regnamespace
  union all select tablename, indexname, indexdef, '', '' from pg_indexes where schemaname = 'derived'
  union all select 'task', pg_get_viewdef('handoff.task'), '', '', '' order by 1, 2, 3"""
BATCH = 250
# Notices that are wanted and were not told. Of a task's reminders that come at once only the last is.
NOT_TOLD = """select encode(p.plan_key, 'hex'), p.name from notice_plan p where p.wanted and not exists (
  select from notice_plan q join notice n using (key) where q.member_id = p.member_id and q.change = p.change and q.task = p.task
    and (q.plan_key = p.plan_key or p.task <> ''))"""


class Rebuild(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="handoff-rebuild-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.database = Database().begin_at_topic_ends()
        self.addCleanup(self.database.drop)
        self.database.variables["HANDOFF_PROTOCOLS_DIR"] = str(self.protocols())
        self.services = {name: Service(self.database, f"handoff-{name}") for name in ("matcher", "relay", "transitions", "notifier")}
        for service in self.services.values():
            self.addCleanup(service.close)
        # Long ago, so that no reminder and no window's end comes up between two looks.
        self.ctl("simulate", "--seed", 7, "--messages", 8000, "--member-share", "1", "--date", "2026-03-02", "--out", self.folder)
        self.ctl("roster", "import", self.folder / "roster.csv")
        self.messages = re.split(rb"(?=MSH\|)", (self.folder / "messages.hl7").read_bytes())[1:]
        self.send(self.messages[:6000])

    def protocols(self):
        """By which people are told however old it is."""
        folder = self.folder / "protocols"
        shutil.copytree(ROOT / "deploy" / "protocols", folder)
        for path in folder.glob("*.yaml"):
            path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("notices_within:")))
        return folder

    def ctl(self, *words, **more):
        return self.database.ctl(*words, **more)

    def rows(self, sql):
        return self.database.rows(sql)

    def value(self, sql):
        return self.database.value(sql)

    def send(self, messages):
        path = self.folder / "part.hl7"
        path.write_bytes(b"".join(messages))
        self.ctl("send", "--kafka", path)
        self.settle()

    def settle(self):
        self.ctl("ledger", "--wait", 100)
        wait_until(lambda: self.value("select not exists (select from replan) and not exists (select from outbox)"
                                      " and not exists (select from member_state where wake_at <= now())") == "t", "nothing left to plan", 100)

    def derived(self):
        return {name: self.rows(f"select t::text from derived.{name} t order by 1") for name in TABLES}

    def assert_derived(self, expected):
        for name, rows in self.derived().items():
            self.assertEqual(len(expected[name]), len(rows), name)
            self.assertEqual(expected[name], rows, name)

    def told(self):
        return int(self.value("select coalesce(sum(n), 0) from leg where stage = 'written:transition.events'"))

    def start_rebuild(self, *words):
        process = subprocess.Popen([BIN / "handoffctl", "rebuild", *map(str, words)], env=self.database.variables, cwd=ROOT, stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        return process

    def session(self):
        session = Session(self.database)
        self.addCleanup(session.close)
        return session

    def plan_everybody_anew(self):
        self.rows("insert into replan (member_id, reason) select member_id, 'test' from member_state where plans > 0")
        self.settle()

    def start_and_stop_at(self, members, first, second, *words):
        """Starts a rebuild, of which the second batch of members waits at its end. No batch ends before the trigger is
        there that makes it wait."""
        first.run("begin; lock table task_work in access exclusive mode")
        second.run("select pg_advisory_lock(4711)")
        process = self.start_rebuild(*words)
        wait_until(lambda: self.value("select to_regclass('rebuild.progress') is not null") == "t", "the shadow's tables")
        self.rows("create function wait_4711() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(4711); return new; end $$;"
                  " create trigger wait before insert on rebuild.member_state for each row"
                  f" when (new.member_id > '{members[BATCH - 1]}' and new.member_id <= '{members[2 * BATCH - 1]}') execute function wait_4711()")
        first.run("rollback")
        wait_until(lambda: self.value("select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted") == "1", "the second batch")
        return process

    def kill(self, process, second):
        """What was in hand goes with it, even where the server is in the midst of a statement."""
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        wait_until(lambda: "stopped" in self.ctl("rebuild", "--status").stdout, "the server to notice")
        second.run("select pg_advisory_unlock(4711)")
        self.rows("drop trigger wait on rebuild.member_state; drop function wait_4711()")

    def assert_told(self, process, done, members):
        """It says how many are done, how many there are, and how long the others take at the rate that it names."""
        seen = 0
        while True:
            line = process.stderr.readline()
            told = re.fullmatch(r"(\d+) of (\d+) members(?:, (\d+) a second, about (\d+) min (\d\d) s left, then the indexes)?\n", line)
            self.assertTrue(told, line)
            self.assertEqual(members, int(told[2]))
            self.assertLessEqual(seen, int(told[1]))
            seen = int(told[1])
            if seen == done:
                break
        rate, left = int(told[3]), 60 * int(told[4]) + int(told[5])
        self.assertLessEqual((rate - 0.5) * left, members - done)
        self.assertGreaterEqual((rate + 0.5) * (left + 1), members - done)

    def assert_made(self, members):
        """So many are done, each once and whole."""
        self.assertEqual(str(members), self.value("select count(*) from rebuild.member_state"))
        for name in TABLES:
            self.assertEqual(self.rows(f"select t::text from derived.{name} t join rebuild.member_state using (member_id) order by 1"),
                             self.rows(f"select t::text from rebuild.{name} t order by 1"), name)

    # ---- The tests.

    def test_the_same_rows_come_again_and_nobody_is_told(self):
        before, told, shape, view = self.derived(), self.told(), self.rows(SHAPE), self.rows("select t::text from task t order by 1")
        tables = self.rows("select oid from pg_class where relnamespace = 'derived'::regnamespace and relkind = 'r' order by relname")
        states = self.rows("select s::text from member_state s order by 1")
        self.ctl("rebuild")
        self.assert_derived(before)
        self.assertEqual(shape, self.rows(SHAPE))
        self.assertEqual(view, self.rows("select t::text from task t order by 1"))
        self.assertEqual(states, self.rows("select s::text from member_state s order by 1"))
        self.assertEqual([], sorted(set(tables) & set(self.rows("select oid from pg_class where relnamespace = 'derived'::regnamespace"))))
        self.assertEqual([("derived",), ("handoff",)], self.rows("select nspname from pg_namespace where nspname in ('derived', 'handoff', 'rebuild', 'replaced') order by 1"))
        self.assertEqual(told, self.told())
        self.plan_everybody_anew()
        self.assert_derived(before)
        self.assertEqual(told, self.told())

    def test_what_was_lost_or_damaged_is_made_from_the_events(self):
        before, told = self.derived(), self.told()
        self.rows("delete from derived.encounter where member_id > 'M'; update derived.transition set to_setting = 'snf'; delete from derived.measure;"
                  " delete from derived.episode; update derived.task_plan set title = 'x', want = 'wanted', due = now() where want <> 'withdrawn'")
        self.ctl("rebuild")
        self.assert_derived(before)
        self.assertEqual(told, self.told())

    def test_killed_in_the_middle_it_goes_on_and_nothing_done_meanwhile_is_lost(self):
        members = [row[0] for row in self.rows("select member_id from member_state where plans > 0 order by 1")]
        self.assertGreater(len(members), BATCH)
        first, second, outside = self.session(), self.session(), self.session()
        process = self.start_and_stop_at(members, first, second, "--workers", 1)
        self.assertIn(f"running: {BATCH} of {len(members)} members", self.ctl("rebuild", "--status").stdout)
        self.assertIn("another process", self.ctl("rebuild", check=False).stderr)
        self.assert_told(process, BATCH, len(members))
        self.kill(process, second)

        api = Api(self.database.url)
        self.addCleanup(api.stop)
        self.work(api, members)
        self.send(self.messages[6000:7000])
        # A reader is in the way of the swap, so that more is done when all are planned.
        outside.run("begin; select count(*) from task")
        process = self.start_rebuild()
        wait_until(lambda: self.value("select count(*) > 0 and not exists (select from member_state s left join rebuild.member_state d using (member_id)"
                                      " where s.plans > 0 and d.live_plans is distinct from s.plans) from rebuild.member_state") == "t", "all to be planned", 60)
        self.work(api, members)
        self.send(self.messages[7000:])
        before, told = self.derived(), self.told()
        work, view = self.rows("select w::text from task_work w order by 1"), self.rows("select t::text from task t order by 1")
        self.assertEqual(8, len(work))
        self.assertIsNone(process.poll())
        outside.run("commit")
        process.wait(60)
        said = process.stderr.read()
        self.assertEqual(0, process.returncode, said)
        self.assertRegex(said, rf"^goes on with the rebuild under way: {BATCH} of {len(members)} members are done\n")
        last = re.search(r"\n(\d+) of \1 members, now those who changed meanwhile\ndone: ", said)
        self.assertTrue(last, said)
        self.assertLess(len(members), int(last[1]), "with those who came meanwhile")
        self.assert_derived(before)
        self.assertEqual(work, self.rows("select w::text from task_work w order by 1"))
        self.assertEqual(view, self.rows("select t::text from task t order by 1"))
        self.plan_everybody_anew()
        self.assert_derived(before)
        self.assertEqual(told, self.told())
        self.assertEqual([], self.rows(NOT_TOLD))

    def test_several_workers_make_each_batch_once_and_a_kill_or_a_signal_takes_no_other_than_those_in_hand(self):
        members = [row[0] for row in self.rows("select member_id from member_state where plans > 0 order by 1")]
        self.assertGreater(len(members), 2 * BATCH)
        before, told = self.derived(), self.told()
        first, second = self.session(), self.session()
        process = self.start_and_stop_at(members, first, second, "--workers", 3)
        others = len(members) - BATCH
        wait_until(lambda: self.value("select count(*) from rebuild.member_state") == str(others), "all batches but the one")
        self.kill(process, second)
        self.assert_made(others)

        second.run("begin; lock table task_work in access exclusive mode")
        process = self.start_rebuild("--workers", 2)
        wait_until(lambda: self.value("select count(*) from pg_locks join pg_stat_activity using (pid) where relation = 'task_work'::regclass and not granted"
                                      " and application_name = 'handoff-rebuild-worker'") == "1", "the batch that is left")
        process.send_signal(signal.SIGINT)
        self.assertIn("goes on with", process.stderr.readline())
        while "stopping" not in (line := process.stderr.readline()):
            self.assertIn("members", line)
        second.run("rollback")
        process.wait(30)
        self.assertEqual(1, process.returncode)
        self.assertIn("nothing has changed yet", process.stderr.read())
        self.assert_made(len(members))
        self.assert_derived(before)
        shape = self.rows(SHAPE)
        self.ctl("rebuild", "--workers", 4)
        self.assert_derived(before)
        self.assertEqual(shape, self.rows(SHAPE))
        self.assertEqual(told, self.told())

    def work(self, api, members):
        """Two open tasks claimed and two done, of members at both ends; two members opt out."""
        free = self.rows("select encode(key, 'hex'), member_id from task where status = 'open' and updated_at is null order by member_id, key")
        for key, _ in (free[0], free[-1]):
            answer = api.change(key, "claim", 0)
            self.assertEqual(200, answer.status, answer.text)
        for key, _ in (free[1], free[-2]):
            answer = api.change(key, "complete", 0, {"outcome": api.get(f"/v1/tasks/{key}").json["outcomes"][0]})
            self.assertEqual(200, answer.status, answer.text)
        for member in (free[2][1], free[-3][1]):
            self.ctl("roster", "opt-out", "--member", member, "--program", "ECM", "--reason", "said so", "--by", "tester")
        self.settle()

    def test_more_is_done_while_it_runs_than_it_must_wait_for(self):
        """New messages all the while: in the end every row is as the service alone would have made it."""
        for start in range(6000, 8000, 500):
            path = self.folder / f"{start}.hl7"
            path.write_bytes(b"".join(self.messages[start:start + 500]))
            process = self.start_rebuild()
            self.ctl("send", "--kafka", path)
            process.wait(100)
            self.assertEqual(0, process.returncode, process.stderr.read())
        self.settle()
        before, told = self.derived(), self.told()
        self.plan_everybody_anew()
        self.assert_derived(before)
        self.assertEqual(told, self.told())
        self.assertEqual([], self.rows(NOT_TOLD))

    def test_by_newer_protocols_there_are_new_tasks_and_no_notices_of_what_was(self):
        self.services["transitions"].stop()
        protocols = self.folder / "newer"
        shutil.copytree(self.folder / "protocols", protocols)
        path = protocols / "ecm-transitional-care.yaml"
        text = path.read_text().replace("\ntasks:\n", "\ntasks:\n  - key: another-call\n    title: Call once more\n    why: Newer than what happened.\n"
                                        "    role: coordinator\n    on: [discharge]\n    due: 3 business days\n    closes_with: [called]\n\n", 1)
        path.write_text(text.replace("\nnotices:\n", "\nnotices:\n  - key: told-anew\n    title: Came home\n    on: [discharge, ed-discharge]\n"
                                     "    roles: [coordinator]\n\n", 1))
        told = self.told()
        first = self.session()
        first.run("begin; lock table task_work in access exclusive mode")
        process = self.start_rebuild()
        wait_until(lambda: self.value("select to_regclass('rebuild.progress') is not null") == "t", "the shadow's tables")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        first.run("rollback")
        wait_until(lambda: "stopped" in self.ctl("rebuild", "--status").stdout, "the server to notice")
        self.assertIn("other protocols", self.ctl("rebuild", "--protocols-dir", protocols, check=False).stderr)
        for other in ("codes", "calendars"):
            shutil.copytree(ROOT / "deploy" / other, self.folder / other)
            with next(iter(sorted((self.folder / other).glob("*.yaml")))).open("a") as file:
                file.write("# another\n")
            self.assertIn("other protocols", self.ctl("rebuild", f"--{other}-dir", self.folder / other, check=False).stderr)
        self.assertIn("thrown away", self.ctl("rebuild", "--abort").stdout)
        self.assertIn("no rebuild", self.ctl("rebuild", "--abort").stdout)
        self.ctl("rebuild", "--protocols-dir", protocols)
        self.assertNotEqual("0", self.value("select count(*) from task_plan where template = 'another-call' and want = 'wanted'"))
        self.assertNotEqual("0", self.value("select count(*) from notice_plan where name = 'told-anew' and wanted"))
        self.assertEqual(told, self.told())
        after = self.derived()
        self.services["transitions"] = Service(self.database, "handoff-transitions", HANDOFF_PROTOCOLS_DIR=str(protocols))
        self.addCleanup(self.services["transitions"].close)
        self.plan_everybody_anew()
        self.assert_derived(after)
        self.assertEqual(told, self.told())


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
