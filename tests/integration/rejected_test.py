"""Rejected messages through the real services: listed with reason and place, shown, mended, replayed once."""
import json
import re
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from gateway import Gateway, Sender  # noqa: E402
from servers import BROKERS, Database, Service, require_servers, wait_until  # noqa: E402

ROSTER = ("member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from\n"
          "M1,90000001A,Quillfeather,Odalys,19610409,F,5595550101,12 Larkspur Lane,Fresno,CA,93701,ECM,20260101\n")
FEEDS = """feeds:
  - {name: NAME, sending_application: APP, sending_facility: REJFAC, facility: Rejected Test Hospital, setting: hospital,
     zone: America/Los_Angeles, mrn_authority: REJFAC, member_id_authorities: [MEDI-CAL], test_traffic: countCHARSET}
  - {name: default, sending_application: "*", sending_facility: "*", facility: "", setting: hospital,
     zone: America/Los_Angeles, mrn_authority: "", member_id_authorities: [MEDI-CAL], test_traffic: count}
"""
TOO_LONG_BYTES = 8192


def counted(database):
    """(read, matched, rejected) of the messages that the matcher has accounted for."""
    return tuple(map(int, database.rows("select coalesce(sum(non_member + matched + review + held + rejected + test), 0), coalesce(sum(matched), 0),"
                                        " coalesce(sum(rejected), 0) from ledger")[0]))


class Rejected(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.feed = f"rejected-{uuid.uuid4().hex[:8]}"  # the topic is shared with other tests, the feed is not
        self.app = f"APP{uuid.uuid4().hex[:8].upper()}"
        self.feeds = self.folder / "feeds"
        self.feeds.mkdir()
        self.set_feed()
        self.database = Database().begin_at_topic_ends()
        self.addCleanup(self.database.drop)
        (self.folder / "roster.csv").write_text(ROSTER)
        self.database.ctl("roster", "import", self.folder / "roster.csv")
        self.services = [self.start("relay"), self.start("matcher")]
        self.gateway = Gateway(BROKERS, feeds_dir=self.feeds, max_message_bytes=TOO_LONG_BYTES)
        self.addCleanup(self.gateway.close)
        for part in (*self.services, self.gateway):
            part.wait_ready()

    def set_feed(self, more=""):
        (self.feeds / "feeds.yaml").write_text(FEEDS.replace("NAME", self.feed).replace("APP", self.app).replace("CHARSET", more))

    def mend_feed(self):
        """The sender's MSH-18 is wrong, and the feed says what it really writes."""
        self.set_feed(", charset: UTF-8")
        self.services.pop().stop()
        self.services.append(self.start("matcher").wait_ready())

    def start(self, name):
        service = Service(self.database, f"handoff-{name}", HANDOFF_FEEDS_DIR=str(self.feeds), HANDOFF_INTERVAL_SECONDS="0")
        self.addCleanup(service.close)
        return service

    def message(self, control_id="1", trigger="A01", more=""):
        """One that names a character set that it cannot be in."""
        return (f"MSH|^~\\&|{self.app}|REJFAC|PLAN|PLAN|20261120083000||ADT^{trigger}|{control_id}|P|2.5.1||||||UNICODE UTF-16\r"
                f"EVN|{trigger}|20261120083000\r"
                "PID|1||R77^^^REJFAC^MR||Quillfeather^Odalys||19610409|F|||12 Larkspur Lane^^Fresno^CA^93701||5595550101\r"
                "PV1|1|I|3N^301^1|||||||MED||||7|||||V1||||||||||||||||||||||||||20261120083000\r"
                f"IN1|1|HMO|1|Plan||||||||||||||||||||||||||||||||90000001A\r{more}").encode()

    def hand_in(self, *messages):
        sender = Sender(self.gateway.port).send(*messages)
        self.addCleanup(sender.close)
        return [answer.code for answer in sender.answers(len(messages))]

    def rejected(self, name, *words, check=True):
        """A command; with the feeds where it takes them."""
        feeds = ("--feeds-dir", self.feeds) if name == "replay" else ()
        return self.database.ctl("rejected", name, *feeds, *words, check=check)

    def listed(self, *words):
        return [json.loads(line) for line in self.rejected("list", "--json", "--limit", 100000, *words).stdout.splitlines()]

    def await_listed(self, n, *words):
        return wait_until(lambda: (lambda got: got if len(got) >= n else None)(self.listed(*words)), f"{n} messages to be listed")

    def await_counted(self, wanted):
        wait_until(lambda: counted(self.database) == wanted, f"{wanted} to be accounted for, not {counted(self.database)}")

    def inbound_headers(self, text):
        """The headers of the latest record of adt.inbound with the text in its headers."""
        out = subprocess.run(["kcat", "-C", "-b", BROKERS, "-t", "adt.inbound", "-e", "-q", "-f", "%h\n"], capture_output=True, check=True, timeout=60)
        return [line for line in out.stdout.decode(errors="replace").splitlines() if text in line]

    def test_what_the_matcher_rejects_is_listed_and_shown_without_its_content(self):
        message = self.message("A-1")
        self.assertEqual(["AA"], self.hand_in(message))
        found = self.await_listed(1, "--feed", self.feed)[0]
        self.assertEqual({"id", "at", "reason", "place", "feed", "origin", "bytes", "replayed"}, set(found))
        self.assertEqual(("charset", "MSH-18", self.feed, len(message), False),
                         tuple(found[name] for name in ("reason", "place", "feed", "bytes", "replayed")))
        self.assertRegex(found["id"], r"^\d+/\d+$")
        self.assertRegex(found["origin"], r"^adt\.inbound/\d+/\d+$")
        for shown in (self.rejected("list", "--feed", self.feed), self.rejected("show", found["id"]), self.rejected("show", found["origin"])):
            self.assertIn("charset at MSH-18" if "show" in shown.args else "charset", shown.stdout)
            self.assertNotRegex(shown.stdout + shown.stderr, "Quillfeather|Odalys|R77|Larkspur")
        self.assertEqual(message.decode(), self.rejected("show", "--bytes", found["id"]).stdout.replace("\n", "\r"))
        self.assertEqual([], self.listed("--feed", self.feed, "--reason", "version"))
        self.assertEqual([], self.listed("--feed", self.feed, "--since", "2199-01-01T00:00:00Z"))
        for since in ("1h", "30000d", "1900-01-01", "1969-12-31T23:59:59.999Z"):
            self.assertEqual([found], self.listed("--feed", self.feed, "--since", since))
        for service in self.services:
            self.assertNotRegex(service.text(), "Quillfeather|Odalys|R77|Larkspur")

    def test_what_the_gateway_rejects_is_listed(self):
        word = uuid.uuid4().hex
        before = len(self.listed("--reason", "no-msh"))
        self.assertEqual(["AE"], self.hand_in(f"PID|1||{word}".encode()))
        found = self.await_listed(before + 1, "--reason", "no-msh")[-1]
        self.assertEqual(("MSH", "default", 39), (found["place"], found["feed"], found["bytes"]))
        self.assertEqual(f"PID|1||{word}", self.rejected("show", "--bytes", found["id"]).stdout)
        left = self.rejected("replay", found["id"], check=False)
        self.assertEqual((1, "0 replayed, 1 left as they are\n"), (left.returncode, left.stdout))
        self.assertIn("it would be rejected again: it is neither HL7 nor an AdtEvent", left.stderr)

    def test_what_was_kept_in_part_is_not_replayed(self):
        self.assertEqual(["AE"], self.hand_in(self.message("L-1", more="NTE|1||" + "x" * TOO_LONG_BYTES + "\r")))
        self.await_listed(1, "--feed", self.feed, "--reason", "too-long")
        left = self.rejected("replay", "--feed", self.feed, "--again", check=False)
        self.assertEqual(1, left.returncode)
        self.assertIn("only its beginning was kept", left.stderr)
        self.assertEqual((0, 0, 0), counted(self.database))

    def test_a_replay_goes_once_and_only_where_it_would_be_read(self):
        message = self.message("R-1")
        self.assertEqual(["AA", "AA"], self.hand_in(message, message))
        self.await_listed(2, "--feed", self.feed)
        self.await_counted((2, 0, 2))
        choice = ("--reason", "charset", "--feed", self.feed)

        left = self.rejected("replay", *choice, check=False)
        self.assertEqual((1, "0 replayed, 1 left as they are\n"), (left.returncode, left.stdout))
        self.assertIn("it would be rejected again: charset at MSH-18", left.stderr)
        self.assertNotRegex(left.stderr, "Quillfeather|Odalys|R77")

        self.mend_feed()
        self.assertEqual("1 replayed\n", self.rejected("replay", *choice).stdout)
        self.await_counted((3, 1, 2))
        self.assertEqual([True, True], [found["replayed"] for found in self.listed("--feed", self.feed)])
        headers = self.inbound_headers(f"ce_source={self.feed}")
        self.assertEqual(1, sum("ho_replay_of=" in line for line in headers))
        self.assertEqual(1, len({re.search("ce_id=(\\w+)", line)[1] for line in headers}), "the same bytes are the same event")

        again = self.rejected("replay", *choice)
        self.assertEqual("0 replayed, 1 replayed before (--again replays them once more)\n", again.stdout)
        self.assertEqual("1 replayed\n", self.rejected("replay", "--again", self.listed("--feed", self.feed)[0]["id"]).stdout)
        self.await_counted((4, 2, 2))
        self.assertEqual("1", self.database.value("select count(*) from event_link where member_id = 'M1'"))

    def test_a_frame_that_lacked_nothing_but_its_end_hides_no_whole_message(self):
        message = self.message("B-1")
        sender = Sender(self.gateway.port).send_raw(b"\x0b" + message).send(message)
        self.addCleanup(sender.close)
        self.assertEqual("AA", sender.answer().code)
        self.assertEqual(["broken-frame", "charset"], sorted(found["reason"] for found in self.await_listed(2, "--feed", self.feed)))
        self.mend_feed()
        self.assertEqual("1 replayed\n", self.rejected("replay", "--feed", self.feed).stdout)
        self.await_counted((2, 1, 1))

    def test_the_same_bytes_of_two_feeds_are_two_messages(self):
        """Certificates select feeds, whatever MSH-3 and 4 say."""
        reason, feeds = f"reason-{uuid.uuid4().hex[:8]}", [f"{self.feed}-{i}" for i in range(2)]
        text = (self.feeds / "feeds.yaml").read_text()
        for i, feed in enumerate(feeds):
            text += (f"  - {{name: {feed}, certificate: {feed}.example, sending_application: {self.app}{i}, sending_facility: REJFAC, facility: Place {i},"
                     " setting: hospital, zone: America/Los_Angeles, mrn_authority: REJFAC, member_id_authorities: [MEDI-CAL], test_traffic: count}\n")
        (self.feeds / "feeds.yaml").write_text(text)
        for feed in feeds:
            subprocess.run(["kcat", "-P", "-b", BROKERS, "-t", "adt.rejected", "-H", f"ce_source={feed}", "-H", "ce_id=1", "-H", f"ho_reason={reason}",
                            "-H", "ho_place=MSH-18", "-D", "\x1e"], input=self.message("T-1").replace(b"UTF-16", b"UTF-8"), check=True, timeout=60)
        self.await_listed(2, "--reason", reason)
        self.assertEqual("1 replayed\n", self.rejected("replay", "--reason", reason, "--feed", feeds[0]).stdout)
        self.assertEqual({feeds[0]: True, feeds[1]: False}, {found["feed"]: found["replayed"] for found in self.listed("--reason", reason)})
        self.assertEqual("1 replayed, 1 replayed before (--again replays them once more)\n", self.rejected("replay", "--reason", reason).stdout)
        self.assertEqual([1, 1], [len(self.inbound_headers(f"ce_source={feed}")) for feed in feeds])

    def test_a_message_can_be_mended_by_hand_and_sent(self):
        self.mend_feed()
        self.assertEqual(["AA"], self.hand_in(self.message("M-1").replace(b"EVN|A01|20261120083000", b"EVN|A01|20261350083000")))
        found = self.await_listed(1, "--feed", self.feed)[0]
        self.assertEqual(("impossible-date", "EVN-2"), (found["reason"], found["place"]))
        mended = self.folder / "mended.hl7"
        mended.write_text(self.rejected("show", "--bytes", found["id"]).stdout.replace("20261350", "20261120"))
        self.database.ctl("send", "--mllp-address", f"127.0.0.1:{self.gateway.port}", mended)
        self.await_counted((2, 1, 1))

    def test_wrong_words_are_told(self):
        for words in (["show"], ["show", "1/1", "1/2"], ["replay"], ["replay", "--since", "1h"], ["replay", "1/1", "--reason", "version"],
                      ["list", "--since", "soon"], ["list", "extra"]):
            self.assertEqual(2, self.rejected(*words, check=False).returncode, words)
        for words in (["show", "99/1"], ["replay", "nonsense"]):
            told = self.rejected(*words, check=False)
            self.assertEqual(1, told.returncode, words)
            self.assertIn("is not in adt.rejected", told.stderr)
        away = self.rejected("list", "--kafka-brokers", "127.0.0.1:1", check=False)
        self.assertEqual(1, away.returncode)


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
