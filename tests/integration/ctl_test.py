"""handoffctl against real servers: migrations, topics, sending, tasks and the ledger."""
import json
import os
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from servers import BIN, BROKERS, READERS, ROOT, Database, require_servers, wait_until  # noqa: E402

KEY = "00112233445566778899aabbccddeeff"


def adt(control_id, sending="TESTAPP", trigger="A01"):
    return (f"MSH|^~\\&|{sending}|TESTFAC|HANDOFF|PLAN|20260401120000||ADT^{trigger}|{control_id}|P|2.5.1\r"
            f"EVN|{trigger}|20260401120000\rPID|1||MRN{control_id}^^^TESTFAC^MR||Invented^Person||19700101|F\r"
            "PV1|1|I|||||||||||||||||V1\r").encode()


class Files(unittest.TestCase):
    """With a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class Migrate(Files):
    def setUp(self):
        super().setUp()
        self.database = Database(migrated=False)
        self.addCleanup(self.database.drop)

    def migrate(self, *words):
        return self.database.ctl("migrate", "--sql-dir", self.folder, *words, check=False)

    def test_two_at_once_apply_each_file_once(self):
        runs = [subprocess.Popen([BIN / "handoffctl", "migrate"], env=self.database.variables, cwd=ROOT, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(4)]
        texts = [run.communicate(timeout=60)[0] for run in runs]
        self.assertEqual([0] * 4, [run.returncode for run in runs], texts)
        self.assertEqual(1, sum(text.count("applied 001_core.sql") for text in texts), texts)
        self.assertEqual("0", self.database.value("select count(*) from handoff.member"))

    def test_files_go_in_order_and_are_recorded(self):
        self.file("002_second.sql", "insert into public.steps values (2);")
        self.file("001_first.sql", "create table public.steps (n int); insert into public.steps values (1);")
        self.file("notes.txt", "no migration")
        self.assertEqual(1, self.migrate("--status").returncode)
        self.assertEqual(0, self.migrate().returncode)
        self.assertEqual([("1",), ("2",)], self.database.rows("select n from public.steps order by n"))
        self.assertEqual([("1", "001_first.sql", "32"), ("2", "002_second.sql", "32")],
                         self.database.rows("select version, name, length(sha256) from public.handoff_migration order by version"))
        again = self.migrate()
        self.assertEqual((0, "nothing to do: all 2 migrations are applied\n"), (again.returncode, again.stdout))
        self.assertEqual(0, self.migrate("--status").returncode)

    def test_a_database_with_data_becomes_a_newer_one(self):
        newest = sorted((ROOT / "deploy" / "sql").glob("*.sql"))
        for path in newest[:2]:
            self.file(path.name, path.read_bytes())
        self.assertEqual(0, self.migrate().returncode)
        self.database.rows(
            "insert into roster_sequence values (default, 1) on conflict do nothing;"
            "insert into member (member_id, seq, hash) values ('M1', 1, ''), ('M2', 1, '');"
            "insert into member_state (member_id, messages) values ('M1', 3), ('M2', 0);"
            "insert into member_event values ('M1', '\\x01', 0, 1, '', now());"
            "insert into transition values ('M1', '\\x02', '\\x03', '\\x04', 'home', 'ed', now(), '', '', '');"
            "insert into encounter values ('M1', '\\x04', '', '', 'ed', 'open', now(), null, '', '', '\\x03');"
            "insert into task_plan values ('\\x05', 'M1', '\\x02', array['\\x02'::bytea], 'call', 'Call', 'coordinator', 'wanted',"
            "  now(), '', 'ecm', '', '{}', now());"
            "insert into notice_plan values ('\\x06', 'M1', '\\x02', 'news', true, '\\x07')")
        for path in newest[2:]:
            self.file(path.name, path.read_bytes())
        self.assertEqual(0, self.migrate().returncode)
        self.assertEqual([("3", "0", "")], self.database.rows("select messages, plans, wake_at from member_state where member_id = 'M1'"))
        self.assertEqual([("change-of-setting", "{}")], self.database.rows("select kind, flags from transition"))
        self.assertEqual([("", "", "{}", "open")], self.database.rows("select purpose, measure, serves, status from task"))
        self.assertEqual([("M1",)], self.database.rows("select member_id from replan"), "whoever has events is planned anew")

    def test_a_failing_file_leaves_nothing_of_itself(self):
        self.file("001_first.sql", "create table public.good (n int);")
        self.file("002_bad.sql", "create table public.half (n int); select no_such_function();")
        failed = self.migrate()
        self.assertEqual(1, failed.returncode)
        self.assertIn("002_bad.sql: ", failed.stderr)
        self.assertEqual([("t", "f")], self.database.rows("select to_regclass('public.half') is null, to_regclass('public.good') is null"))
        self.file("002_bad.sql", "create table public.half (n int);")
        self.assertEqual(0, self.migrate().returncode)

    def test_a_changed_file_is_refused(self):
        self.file("001_first.sql", "create table public.one (n int);")
        self.assertEqual(0, self.migrate().returncode)
        self.file("001_first.sql", "create table public.one (n bigint);")
        self.file("002_next.sql", "create table public.two (n int);")
        refused = self.migrate()
        self.assertEqual(1, refused.returncode)
        self.assertIn("001_first.sql is not what was applied", refused.stderr)
        self.assertIn("new migration", refused.stderr)
        self.assertEqual("t", self.database.value("select to_regclass('public.two') is null"))
        status = self.migrate("--status")
        self.assertEqual(1, status.returncode)
        self.assertIn("CHANGED", status.stdout)

    def test_numbers_are_given_once_and_upwards(self):
        self.file("002_two.sql", "select 1;")
        self.file("002_also.sql", "select 1;")
        self.assertIn("the same number", self.migrate().stderr)
        (self.folder / "002_also.sql").unlink()
        self.assertEqual(0, self.migrate().returncode)
        self.file("001_late.sql", "select 1;")
        late = self.migrate()
        self.assertEqual(1, late.returncode)
        self.assertIn("001_late.sql comes before", late.stderr)

    def test_a_missing_or_empty_folder_is_told(self):
        self.assertIn("holds no file like 001_name.sql", self.migrate().stderr)
        gone = self.database.ctl("migrate", "--sql-dir", self.folder / "nowhere", check=False)
        self.assertEqual(1, gone.returncode)
        self.assertIn("nowhere: No such file or directory", gone.stderr)


class Usage(unittest.TestCase):
    def ctl(self, *words, **variables):
        return subprocess.run([BIN / "handoffctl", *words], capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"], **variables})

    def test_every_command_has_its_help(self):
        listed = self.ctl("--help").stdout
        for words in (["migrate"], ["topics", "apply"], ["topics", "list"], ["roster", "import"], ["send"], ["tasks"], ["ledger"],
                      ["rejected", "list"], ["rejected", "show"], ["rejected", "replay"], ["summary"], ["simulate"]):
            self.assertIn("  " + " ".join(words) + " ", listed)
            told = self.ctl(*words, "--help")
            self.assertEqual(0, told.returncode, words)
            self.assertIn("Usage: handoffctl " + " ".join(words), told.stdout)

    def test_wrong_usage_ends_with_2(self):
        for words in ([], ["nonsense"], ["topics"], ["roster", "export"], ["tasks", "extra"], ["tasks", "--nonsense"], ["ledger", "--wait", "x"],
                      ["send"], ["roster", "import"], ["tasks", "--status", "lost"], ["migrate"]):
            variables = {} if words == ["migrate"] else {"HANDOFF_DATABASE_URL": "postgresql://127.0.0.1:1/none"}
            told = self.ctl(*words, **variables)
            self.assertEqual(2, told.returncode, (words, told.stderr))
            self.assertNotEqual("", told.stderr)

    def test_an_unknown_zone_is_wrong_usage(self):
        told = self.ctl("tasks", "--zone", "Mars/Olympus", HANDOFF_DATABASE_URL="postgresql://127.0.0.1:1/none")
        self.assertEqual(2, told.returncode)
        self.assertIn("Mars/Olympus", told.stderr)

    def test_a_database_that_is_away_is_told_without_its_password(self):
        away = self.ctl("tasks", HANDOFF_DATABASE_URL="postgresql://user:opensesame@127.0.0.1:1/none")
        self.assertEqual(1, away.returncode)
        self.assertIn("no connection to PostgreSQL", away.stderr)
        self.assertNotIn("opensesame", away.stderr)

    def test_a_broker_that_is_away_is_told(self):
        away = self.ctl("topics", "apply", "--kafka-brokers", "127.0.0.1:1")
        self.assertEqual(1, away.returncode)
        self.assertIn("handoffctl topics apply: ", away.stderr)


class Tasks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.database.rows(
            "insert into member (member_id, coordinator, coordinator_email, seq, hash) values ('M1', 'Ana Ruiz', 'ana@team.example', 1, ''),"
            " ('M2', 'Ben Ode', 'ben@team.example', 1, '');"
            "insert into task_plan (key, member_id, change, aliases, template, title, role, want, due, reason, protocol, protocol_hash,"
            f" outcomes, occurred) values (decode('{KEY}', 'hex'), 'M1', '\\x01', '{{\"\\\\x01\"}}', 'contact', 'Contact the member',"
            " 'coordinator', 'wanted', '2026-04-03T00:00:00Z', 'Discharged \"home\" on April 1', 'ecm', '', '{}', '2026-04-01T00:00:00Z'),"
            " ('\\x02', 'M2', '\\x02', '{\"\\\\x02\"}', 'contact', 'Contact the member', 'coordinator', 'superseded',"
            " '2026-04-02T00:00:00Z', 'A newer one', 'ecm', '', '{}', '2026-04-01T00:00:00Z')")

    @classmethod
    def tearDownClass(cls):
        cls.database.drop()

    def tasks(self, *words):
        return [json.loads(line) for line in self.database.ctl("tasks", "--json", *words).stdout.splitlines()]

    def test_json_has_exactly_the_promised_fields(self):
        self.assertEqual([{"key": KEY, "member": "M1", "template": "contact", "status": "open", "flagged": False,
                           "due": "2026-04-03T00:00:00Z", "why": "Discharged \"home\" on April 1"}], self.tasks("--member", "M1"))

    def test_they_come_by_due_time_and_are_chosen_by_member_coordinator_and_status(self):
        self.assertEqual(["M2", "M1"], [task["member"] for task in self.tasks()])
        self.assertEqual(["M1"], [task["member"] for task in self.tasks("--coordinator", "ANA@team.example")])
        self.assertEqual(["M2"], [task["member"] for task in self.tasks("--status", "superseded")])
        self.assertEqual([], self.tasks("--member", "M3"))

    def test_the_table_shows_times_in_the_zone(self):
        shown = self.database.ctl("tasks", "--member", "M1").stdout
        self.assertIn("2026-04-02 17:00", shown)
        self.assertIn("1 task, times in America/Los_Angeles", shown)
        self.assertIn("2026-04-03 02:00", self.database.ctl("tasks", "--zone", "Europe/Berlin").stdout)

    def test_the_summary_names_no_member(self):
        self.database.rows("update member set surname = 'Invented', given = 'Person'")
        self.database.begin_at_topic_ends()
        shown = self.database.ctl("summary").stdout
        self.assertIn("Contact the member", shown)
        self.assertIn("Ana Ruiz 1", shown)
        self.assertIn("member M1", shown)
        self.assertNotIn("Invented", shown)


class Ledger(unittest.TestCase):
    def setUp(self):
        self.database = Database()
        self.addCleanup(self.database.drop)
        self.database.begin_at_topic_ends()

    def ledger(self, *words):
        done = self.database.ctl("ledger", "--json", *words, check=False)
        return done.returncode, json.loads(done.stdout)

    def assert_missing(self, words):
        status, ledger = self.ledger()
        self.assertEqual(1, status)
        self.assertFalse(ledger["balanced"])
        self.assertEqual(1, len(ledger["missing"]), ledger["missing"])
        self.assertIn(words, ledger["missing"][0])

    def test_nothing_is_missing_where_all_is_read_and_equal(self):
        self.database.rows("insert into leg values ('linked', 0, 5), ('linked', 1, 2), ('applied', 3, 7), ('written:adt.matched', 0, 7),"
                           " ('published:adt.matched', 9, 7), ('handled:adt.matched', 1, 7)")
        status, ledger = self.ledger()
        self.assertEqual((0, True, []), (status, ledger["balanced"], ledger["missing"]))
        self.assertEqual(7, ledger["legs"]["linked"])
        self.assertEqual(6, len(ledger["partitions"]))

    def test_verdicts_must_sum_to_the_offsets_read(self):
        self.database.rows("update kafka_offset set start_offset = start_offset - 10 where topic = 'adt.inbound' and partition = 2")
        self.database.rows("insert into ledger (topic, partition, non_member, matched, review, held, rejected, test, gap, lost)"
                           " values ('adt.inbound', 2, 1, 1, 1, 1, 1, 1, 1, 2)")
        self.assert_missing("adt.inbound/2: the verdicts sum to 9, but 10 offsets were decided")
        self.database.rows("update ledger set gap = 2")
        self.assertEqual(0, self.ledger()[0])

    def test_every_leg_must_agree(self):
        for stages, words in ((("linked",), "linked is 1, but applied is 0"), (("applied",), "linked is 0, but applied is 1"),
                              (("written:adt.rejected",), "written:adt.rejected is 1, but published:adt.rejected is 0"),
                              (("published:adt.rejected",), "written:adt.rejected is 0, but published:adt.rejected is 1"),
                              (("written:adt.matched", "published:adt.matched"), "published:adt.matched is 1, but handled:adt.matched is 0"),
                              (("handled:transition.events",), "published:transition.events is 0, but handled:transition.events is 1")):
            self.database.rows("truncate leg; " + "".join(f"insert into leg values ('{stage}', 0, 1);" for stage in stages))
            with self.subTest(stages):
                self.assert_missing(words)

    def test_nothing_may_be_unread(self):
        for topic, consumer in READERS.items():
            self.database.rows("update kafka_offset set next_offset = next_offset - 1, start_offset = start_offset - 1"
                               f" where consumer = '{consumer}' and partition = 0")
            with self.subTest(topic):
                self.assert_missing(f"1 messages on {topic} are not read yet: is handoff-{consumer} running?")
                self.assertEqual(1, self.ledger()[1]["unread"][consumer])
            self.database.rows("update kafka_offset set next_offset = next_offset + 1, start_offset = start_offset + 1"
                               f" where consumer = '{consumer}' and partition = 0")
        self.assertEqual(0, self.ledger()[0])

    def test_a_topic_that_ends_before_what_was_read_is_told(self):
        self.database.rows("update kafka_offset set next_offset = next_offset + 3, start_offset = start_offset + 3"
                           " where consumer = 'notifier' and partition = 1")
        self.assert_missing("transition.events ends 3 offsets before what handoff-notifier has read")

    def test_nothing_may_be_unpublished_or_unapplied(self):
        self.database.rows("insert into outbox (topic, key, ce_id, ce_type, payload) values ('adt.matched', 'k', 'i', 't', '')")
        self.assert_missing("1 rows for adt.matched are not published yet")
        self.database.rows("delete from outbox; insert into replan (member_id, reason) values ('M1', 'test')")
        self.assert_missing("1 members are still to be planned anew")

    def test_what_waits_for_a_person_is_no_reason(self):
        self.database.rows("insert into review (event_id, subject, reason, candidates, why, facility, mrn, feed, message, event)"
                           " values ('e', 0, 'near', '{M1}', '{}', 'f', 'm', 'feed', '', '')")
        self.assertEqual(0, self.ledger()[0])

    def test_wait_ends_as_soon_as_all_is_well(self):
        self.database.rows("insert into replan (member_id, reason) values ('M1', 'test')")
        waiting = subprocess.Popen([BIN / "handoffctl", "ledger", "--wait", "60"], env=self.database.variables, stdout=subprocess.PIPE, text=True)
        wait_until(lambda: self.database.value("select count(*) from pg_stat_activity where datname = current_database()"
                                               " and application_name = 'handoffctl ledger'") == "1", "it has asked")
        self.assertIsNone(waiting.poll())
        self.database.rows("delete from replan")
        text = waiting.communicate(timeout=30)[0]
        self.assertEqual(0, waiting.returncode)
        self.assertIn("Balanced", text)

    def test_wait_ends_when_the_time_is_over(self):
        self.database.rows("insert into replan (member_id, reason) values ('M1', 'test')")
        self.assertEqual(1, self.ledger("--wait", "1")[0])


class Mllp(socketserver.ThreadingTCPServer):
    """Answers each frame by the code that its control id begins with; "--" closes instead, and so does the first time
    of an id in `close_once`."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.frames, self.close_once = [], set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while True:
                frame = b""
                while not frame.endswith(b"\x1c\r"):
                    byte = self.rfile.read(1)
                    if not byte:
                        return
                    frame += byte
                self.server.frames.append(frame[1:-2])
                control_id = frame.split(b"|")[9]
                if control_id[:2] == b"--":
                    return
                if control_id in self.server.close_once:
                    self.server.close_once.remove(control_id)
                    return
                self.wfile.write(b"\x0bMSH|^~\\&|||||20260401||ACK|1|P|2.5.1\rMSA|" + control_id[:2] + b"|" + control_id + b"\r\x1c\r")


class Send(Files):
    def setUp(self):
        super().setUp()
        self.server = Mllp()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def send(self, *words, **variables):
        return subprocess.run([BIN / "handoffctl", "send", *map(str, words)], capture_output=True, text=True, timeout=60, cwd=ROOT,
                              env={"PATH": os.environ["PATH"], "HANDOFF_KAFKA_BROKERS": BROKERS,
                                   "HANDOFF_MLLP_ADDRESS": f"127.0.0.1:{self.server.server_address[1]}", **variables})

    def test_messages_arrive_as_they_are_and_in_order(self):
        messages = [adt(f"AA{i}") for i in range(20)]
        one = self.file("one.hl7", messages[0])
        many = self.file("many.hl7", b"\n".join(messages[1:10]) + b"\n")
        framed = self.file("framed.hl7", b"".join(b"\x0b" + message + b"\x1c\r" for message in messages[10:]))
        for window in (1, 7):
            self.server.frames.clear()
            done = self.send(one, many, "--window", window, framed)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual(messages, self.server.frames)
            self.assertIn("20 sent in", done.stdout)
            self.assertIn(", 20 AA", done.stdout)

    def test_one_answer_that_is_not_positive_makes_the_exit_status_1(self):
        for code in ("AE", "AR", "CE", "CR"):
            path = self.file("mixed.hl7", adt("AA1") + adt(f"{code}2") + adt("AA3"))
            done = self.send(path)
            self.assertEqual(1, done.returncode)
            self.assertEqual(3, len(self.server.frames))
            self.assertIn("2 AA", done.stdout)
            self.assertIn(f"1 {code}", done.stdout)
            self.server.frames.clear()

    def test_a_message_that_never_gets_an_answer_is_told_when_patience_ends(self):
        for patience in (0, 1):
            self.server.frames.clear()
            done = self.send(self.file("cut.hl7", adt("AA1") + adt("--2") + adt("AA3")), "--patience", patience)
            self.assertEqual(1, done.returncode)
            self.assertIn("handoffctl send: ", done.stderr)
            self.assertIn("1 sent in", done.stdout)
            self.assertEqual(1, self.server.frames.count(adt("AA1")))
            self.assertEqual(patience > 0, self.server.frames.count(adt("--2")) > 1)

    def test_a_lost_connection_is_opened_again_and_the_rest_sent(self):
        self.server.close_once = {b"AA2"}
        done = self.send(self.file("some.hl7", adt("AA1") + adt("AA2") + adt("AA3")), "--window", 1)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual([adt("AA1"), adt("AA2"), adt("AA2"), adt("AA3")], self.server.frames)
        self.assertRegex(done.stdout, r"^3 sent in .*, 3 AA$")

    def test_nobody_listening_is_told(self):
        done = self.send(self.file("one.hl7", adt("AA1")), "--mllp-address", "127.0.0.1:1")
        self.assertEqual(1, done.returncode)
        self.assertIn("127.0.0.1:1", done.stderr)

    def test_nothing_is_sent_where_one_file_is_wrong(self):
        good = self.file("good.hl7", adt("AA1"))
        for content, words in ((None, "No such file"), (b"", "the file is empty"), (b"member_id,cin\n", "no line begins with MSH")):
            path = self.folder / "bad.hl7"
            if content is not None:
                path.write_bytes(content)
            done = self.send(good, path)
            self.assertEqual(1, done.returncode)
            self.assertIn(f"{path}: ", done.stderr)
            self.assertIn(words, done.stderr)
        self.assertEqual([], self.server.frames)

    def test_folders_go_by_name_with_all_that_is_below(self):
        messages = [adt(f"AA{i}") for i in range(4)]
        for folder in ("in/b/deep", "empty"):
            (self.folder / folder).mkdir(parents=True)
        for name, message in zip(("in/a.hl7", "in/b/1.hl7", "in/b/deep/x.hl7", "in/c.hl7"), messages):
            self.file(name, message)
        self.file("in/.hidden", "no message")
        (self.folder / "in" / "round").symlink_to(self.folder / "in")
        done = self.send(self.folder / "in")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(messages, self.server.frames)
        self.assertIn("no file is in the folder", self.send(self.folder / "empty").stderr)

    def test_standard_input_is_sent_once(self):
        with self.file("one.hl7", adt("AA1")).open("rb") as file:
            done = subprocess.run([BIN / "handoffctl", "send", "-", "--mllp-address", f"127.0.0.1:{self.server.server_address[1]}"],
                                  stdin=file, capture_output=True, text=True, timeout=60, env={"PATH": os.environ["PATH"]})
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual([adt("AA1")], self.server.frames)

    def test_a_batch_is_sent_message_by_message_and_its_counts_hold(self):
        messages = [adt("AA1"), adt("AA2"), adt("AA3")]
        batch = (b"FHS|^~\\&|LAB\rBHS|^~\\&|LAB\r" + b"".join(messages[:2]) + b"BTS|2\rBHS|^~\\&|LAB\r" + messages[2] + b"BTS|1\rFTS|2\r")
        done = self.send(self.file("batch.hl7", batch))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(messages, self.server.frames)
        for wrong, words in ((batch.replace(b"BTS|2", b"BTS|3"), "line 11: BTS-1 says 3 messages, but there are 2"),
                             (batch.replace(b"FTS|2", b"FTS|9"), "FTS-1 says 9 batches, but there are 2"),
                             (batch[:-len(b"FTS|2\r")], "the FHS of line 1 has no FTS")):
            self.server.frames.clear()
            path = self.file("wrong.hl7", wrong)
            done = self.send(self.file("good.hl7", adt("AA9")), path)
            self.assertEqual(1, done.returncode)
            self.assertIn(f"{path}: ", done.stderr)
            self.assertIn(words, done.stderr)
            self.assertEqual([], self.server.frames, "nothing is sent where one is wrong")
            self.assertEqual(0, self.send("--force", path).returncode)
            self.assertEqual(messages, self.server.frames)

    def test_a_refusal_is_told_with_file_and_number(self):
        first, second = self.file("a.hl7", adt("AA1") + adt("AE2")), self.file("b.hl7", adt("CR3") + adt("AA4") + adt("AR5"))
        for window in (1, 10):
            self.server.close_once = {b"AA4"}
            done = self.send(first, second, "--window", window)
            self.assertEqual(1, done.returncode)
            self.assertEqual([f"{first}: message 2: refused with AE", f"{second}: message 1: refused with CR",
                              f"{second}: message 3: refused with AR"], done.stderr.splitlines())
            self.assertRegex(done.stdout, r"^5 sent in [0-9.]+ s, 2 AA, 1 AE, 1 AR, 1 CR$")

    def test_a_refusal_that_nobody_had_to_wait_for_is_told_of_its_own_message(self):
        only_errors = adt("CE2").replace(b"|2.5.1\r", b"|2.5.1|||ER\r")
        path = self.file("errors.hl7", adt("AA1") + only_errors + adt("AA3"))
        for words in (["--window", 10], ["--window", 1], ["--rate", 4]):  # by the rate its refusal comes when nothing else is on its way
            done = self.send(path, *words)
            self.assertEqual(1, done.returncode, words)
            self.assertEqual([f"{path}: message 2: refused with CE"], done.stderr.splitlines(), words)
            self.assertRegex(done.stdout, r"^3 sent in [0-9.]+ s, 2 AA, 1 CE$")

    def test_the_rate_is_kept(self):
        done = self.send(self.file("some.hl7", b"".join(adt(f"AA{i}") for i in range(21))), "--rate", "40")
        self.assertEqual(0, done.returncode)
        self.assertGreaterEqual(float(done.stdout.split(" sent in ")[1].split(" s")[0]), 0.5)

    def test_kafka_gets_key_identity_and_bytes(self):
        subprocess.run([BIN / "handoffctl", "topics", "apply"], env={"HANDOFF_KAFKA_BROKERS": BROKERS}, check=True, stdout=subprocess.DEVNULL)
        control_id = f"AA{os.urandom(8).hex()}"
        message = adt(control_id)
        done = self.send("--kafka", "--feeds-dir", ROOT / "deploy" / "feeds", self.file("one.hl7", message))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("1 taken by Kafka", done.stdout)
        listed = subprocess.run(["kcat", "-C", "-b", BROKERS, "-t", "adt.inbound", "-e", "-q", "-f", "%k\x1d%h\x1d%s\x1e"],
                                capture_output=True, check=True, timeout=60).stdout
        key, headers, value = next(record.split(b"\x1d") for record in listed.split(b"\x1e") if control_id.encode() in record)
        self.assertEqual(message, value)
        self.assertIn(b"\x1fMRN" + control_id.encode(), key)
        for header in (b"ce_specversion=1.0", b"ce_type=org.hl7.v2.adt", b"content-type=application/hl7-v2+er7"):
            self.assertIn(header, headers.split(b","))
        self.assertRegex(headers, rb"ce_id=[0-9a-f]{32},")

    def test_kafka_gets_the_feed_that_a_gateway_would_choose(self):
        subprocess.run([BIN / "handoffctl", "topics", "apply"], env={"HANDOFF_KAFKA_BROKERS": BROKERS}, check=True, stdout=subprocess.DEVNULL)
        control_id = f"AA{os.urandom(8).hex()}"
        message = adt(control_id).replace(b"TESTAPP|TESTFAC", b" EPIC &1.2.840~SPARE|STANNE&1.2.840&ISO^x")
        self.assertEqual(0, self.send("--kafka", "--feeds-dir", ROOT / "deploy" / "feeds", self.file("one.hl7", message)).returncode)
        listed = subprocess.run(["kcat", "-C", "-b", BROKERS, "-t", "adt.inbound", "-e", "-q", "-f", "%k\x1d%h\x1d%s\x1e"],
                                capture_output=True, check=True, timeout=60).stdout
        key, headers, _ = next(record.split(b"\x1d") for record in listed.split(b"\x1e") if control_id.encode() in record)
        self.assertIn(b"ce_source=st-anne", headers.split(b","))
        self.assertTrue(key.startswith(b"St. Anne Hospital\x1f"), key)

    def test_what_is_no_hl7_does_not_go_to_kafka(self):
        done = self.send("--kafka", "--feeds-dir", ROOT / "deploy" / "feeds", self.file("bad.hl7", b"\x0bnothing\x1c\r"))
        self.assertEqual(1, done.returncode)
        self.assertIn("message 1: ", done.stderr)


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
