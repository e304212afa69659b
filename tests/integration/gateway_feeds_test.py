"""What each feed gets from the gateway: the table of acknowledgements over a socket, and messages in every form."""
import base64
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from gateway import BIN, Broker, Gateway, Sender, Topics, message, set_topic, wait_for  # noqa: E402

BROKERS = os.environ.get("HANDOFF_TEST_KAFKA_BROKERS", "")
REQUIRED = os.environ.get("HANDOFF_REQUIRE") == "all"
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
LIMIT = 6 << 20
SEEN = {}

FEED = """  - name: {name}
    sending_application: "{application}"
    sending_facility: "{facility}"
    facility: "{hospital}"
    setting: hospital
    zone: America/Los_Angeles
    mrn_authority: ""
    member_id_authorities: []
    test_traffic: count
"""
FEEDS = "feeds:\n" + "".join([
    FEED.format(name="refuses", application="A", facility="REFUSES", hospital="Refusing"),
    FEED.format(name="accepts", application="A", facility="ACCEPTS", hospital="Accepting") + "    other_messages: accept\n",
    FEED.format(name="stores", application="A", facility="STORES", hospital="Storing") + "    other_messages: store\n",
    FEED.format(name="closes", application="A", facility="CLOSES", hospital="Closing") + "    broker_away: close\n",
    FEED.format(name="big5", application="A", facility="BIG5", hospital="Big") + "    charset: Big5\n",
    FEED.format(name="others", application="*", facility="*", hospital=""),
])

MODES = ["", "AL", "NE", "ER", "SU"]
# By MSH-15 (down) and MSH-16 (across): the (o)riginal code, the (e)nhanced one, (b)oth, or nothing.
GOOD = ["oo--o", "ebeeb", "-o--o", "-o--o", "ebeeb"]
BAD = ["oo-o-", "eeeee", "-o-o-", "eeeee", "-o-o-"]


def codes(original, enhanced, accept, application):
    signs = GOOD if original == "AA" else BAD
    sign = signs[MODES.index(accept)][MODES.index(application)]
    return {"o": [original], "e": [enhanced], "b": [enhanced, original], "-": []}[sign]


def setUpModule():
    SEEN["folder"] = tempfile.TemporaryDirectory()
    (Path(SEEN["folder"].name) / "feeds.yaml").write_text(FEEDS)
    subprocess.run([BIN / "handoffctl", "topics", "apply", "--kafka-brokers", BROKERS], check=True,
                   stdout=subprocess.DEVNULL)
    SEEN["gateway"] = Gateway(BROKERS, feeds_dir=SEEN["folder"].name, max_message_bytes=LIMIT).wait_ready()


def tearDownModule():
    gateway = SEEN.pop("gateway")
    status = gateway.stop()
    SEEN.pop("folder").cleanup()
    assert status == 0, (status, gateway.noise)


class FeedsTest(unittest.TestCase):
    def setUp(self):
        self.topics = Topics(BROKERS)
        self.gateway = SEEN["gateway"]

    def sender(self, gateway=None):
        sender = Sender((gateway or self.gateway).port)
        self.addCleanup(sender.close)
        return sender

    def counted(self, reason, feed="refuses"):
        return self.gateway.metric(f'handoff_gateway_rejected_total{{feed="{feed}",reason="{reason}"}}')


class TableTest(FeedsTest):
    """Each row in each of the twenty-five modes, followed by a message that everybody gets an answer to."""

    def check(self, original, enhanced, topic, reason=None, control_id=None, **words):
        sender, sent = self.sender(), []
        feed = {"A|ACCEPTS": "accepts", "A|STORES": "stores", "A|REFUSES": "refuses"}.get(words["sender"], "others")
        before = self.counted(reason, feed) if reason else 0
        for accept in MODES:
            for application in MODES:
                name = f"m{len(sent)}" if control_id is None else control_id
                data = message(name, accept=accept, application=application, **words)
                wanted = codes(original, enhanced, accept, application)
                sender.send(data, message("mark", sender="A|REFUSES"))
                answers = sender.answers(len(wanted) + 1)
                self.assertEqual([a.code for a in answers], [*wanted, "AA"], (accept, application))
                self.assertEqual(answers[-1].control_id, b"mark")
                sent.append(data)
        kept = {name: [v for _, _, _, headers, v in self.topics.read(name)  # what a matcher has rejected has another type
                       if b"|mark|" not in v and headers["ce_type"] == "org.hl7.v2.adt"]
                for name in ("adt.inbound", "adt.rejected")}
        self.assertEqual({name: sorted(v) for name, v in kept.items()},
                         {name: sorted(sent) if name == topic else [] for name in ("adt.inbound", "adt.rejected")})
        if reason:
            self.assertEqual(self.counted(reason, feed) - before, len(sent))

    def test_what_is_stored(self):
        self.check("AA", "CA", "adt.inbound", sender="A|REFUSES")

    def test_test_traffic(self):
        self.check("AA", "CA", "adt.inbound", sender="A|REFUSES", processing="T")

    def test_adt_that_makes_no_sense(self):
        self.check("AA", "CA", "adt.inbound", sender="A|REFUSES", kind="ADT^Z99", mrn="")

    def test_another_type_is_refused(self):
        self.check("AR", "CR", None, "not-adt", sender="A|REFUSES", kind="ORU^R01")

    def test_another_version_is_refused(self):
        self.check("AR", "CR", None, "unknown-version", sender="A|REFUSES", version="3.0")

    def test_another_processing_id_is_refused(self):
        self.check("AR", "CR", None, "unknown-processing-id", sender="A|REFUSES", processing="Q")

    def test_an_unknown_sender_is_refused_too(self):
        self.check("AR", "CR", None, "not-adt", sender="NOBODY|NOWHERE", kind="ORU^R01")

    def test_another_type_is_accepted_and_forgotten(self):
        self.check("AA", "CA", None, "not-adt", sender="A|ACCEPTS", kind="ORU^R01")

    def test_another_version_is_accepted_and_forgotten(self):
        self.check("AA", "CA", None, "unknown-version", sender="A|ACCEPTS", version="3.0")

    def test_another_processing_id_is_accepted_and_forgotten(self):
        self.check("AA", "CA", None, "unknown-processing-id", sender="A|ACCEPTS", processing="Q")

    def test_another_type_is_stored(self):
        self.check("AA", "CA", "adt.inbound", "not-adt", sender="A|STORES", kind="ORU^R01")

    def test_another_version_is_stored(self):
        self.check("AA", "CA", "adt.inbound", "unknown-version", sender="A|STORES", version="3.0")

    def test_another_processing_id_is_stored(self):
        self.check("AA", "CA", "adt.inbound", "unknown-processing-id", sender="A|STORES", processing="Q")

    def test_without_a_control_id(self):
        for feed in ("REFUSES", "ACCEPTS", "STORES"):
            with self.subTest(feed):
                self.setUp()
                self.check("AE", "CE", "adt.rejected", "no-control-id", sender=f"A|{feed}", control_id="")

    def test_what_is_too_long(self):
        gateway = Gateway(BROKERS, feeds_dir=SEEN["folder"].name, max_message_bytes=2000).wait_ready()
        self.addCleanup(gateway.close)
        self.gateway = gateway
        sender = self.sender()
        for accept in MODES:
            for application in MODES:
                wanted = codes("AE", "CE", accept, application)
                sender.send(message("long", sender="A|STORES", accept=accept, application=application, pad=70000),
                            message("mark"))
                self.assertEqual([a.code for a in sender.answers(len(wanted) + 1)], [*wanted, "AA"])
        rejected = [(h["ho_reason"], h["ho_place"], len(v)) for _, _, _, h, v in self.topics.read("adt.rejected")]
        self.assertEqual(rejected, [("too-long", "frame", 2000)] * 25)
        self.assertEqual((self.counted("too-long", "stores"), self.counted("too-long")), (25, 0))

    def test_what_is_counted_never_names_what_a_sender_wrote(self):
        self.sender().send(message("u", sender="QUIMBY|ZELDA", kind="ORU^R01")).answer()
        page = self.gateway.get("/metrics")[1]
        self.assertNotIn("QUIMBY", page)
        self.assertNotIn("ZELDA", page)
        self.assertEqual(len(re.findall(r'^handoff_gateway_rejected_total\{feed="[a-z0-9]+",reason="[a-z-]+"\}', page, re.M)), 6 * 8)

    def test_what_is_stored_has_no_reason_yet(self):
        self.sender().send(message("o", sender="A|STORES", kind="ORU^R01")).answer()
        (_, _, key, headers, _), = self.topics.read("adt.inbound")
        self.assertEqual((key, headers["ce_source"]), (b"Storing\x1fMRN1", "stores"))
        self.assertNotIn("ho_reason", headers)

    def test_an_error_says_nothing_of_what_the_header_holds(self):
        header = b"|".join(b"QUIMBY%d^ZELDA&19480229" % n for n in range(3, 26))
        for type_, reason in ((b"ORU^R01", b"MSH^1^9"), (b"ADT^A01", b"MSH^1^11")):
            fields = (b"MSH|^~\\&|" + header).split(b"|")
            fields[8], fields[11], fields[14], fields[15] = type_, b"2.5", b"", b""
            answer = self.sender().send(b"|".join(fields) + b"\rPID|1||QUIMBY||QUIMBY^ZELDA\r").answer()
            self.assertEqual((answer.code, answer.error[2]), ("AR", reason))
            for word in (b"QUIMBY", b"ZELDA", b"1948"):
                self.assertNotIn(word, b"|".join(answer.error))


class FormsTest(FeedsTest):
    def check(self, *frames, key=b"Refusing\x1fMRN1", between=b"\x1c\r"):
        self.sender_ = self.sender()
        self.sender_.send_raw(b"".join(b"\x0b" + f + between for f in frames) + b"\x1c\r")
        self.assertEqual([a.code for a in self.sender_.answers(len(frames))], ["AA"] * len(frames))
        records = self.topics.read("adt.inbound")
        self.assertEqual(sorted(r[4] for r in records), sorted(frames))
        self.assertEqual({r[2] for r in records}, {key})

    def test_segments_end_as_they_like(self):
        plain = message("e", sender="A|REFUSES")
        self.check(plain, plain.replace(b"\r", b"\n"), plain.replace(b"\r", b"\r\n"), plain.replace(b"\r", b"\n\n"),
                   plain[:-1], b"\xef\xbb\xbf" + plain)

    def test_what_stands_between_frames_is_passed_over(self):
        for between in (b"\x1c", b"\x1c\r\n", b"\x1c\r\r\n \n", b"\x1c\r junk between the frames ", b"\x1c\n"):
            with self.subTest(between):
                self.setUp()
                self.check(*[message(f"b{i}", sender="A|REFUSES") for i in range(5)], between=between)

    def test_an_answer_does_not_wait_for_the_carriage_return(self):
        sender = self.sender()
        for i in range(3):
            sender.send_raw(b"\x0b" + message(f"w{i}") + b"\x1c")
            self.assertEqual(sender.answer().control_id, b"w%d" % i)

    def test_delimiters_are_the_senders(self):
        data = message("d", sender="A|REFUSES", kind="ADT^A01^ADT_A01").translate(bytes.maketrans(b"|^~\\&", b"#*!?%"))
        sender = self.sender().send(data)
        answer = sender.answer()
        self.assertEqual((answer.code, answer.control_id), ("AA", b"d"))
        self.assertTrue(answer.message.startswith(b"MSH#*!?%#HANDOFF#PLAN#A#REFUSES#"), answer.message)
        self.assertEqual([(r[2], r[4]) for r in self.topics.read("adt.inbound")], [(b"Refusing\x1fMRN1", data)])

    def test_a_person_behind_the_visit(self):
        segments = message("p", sender="A|REFUSES").split(b"\r")
        self.check(b"\r".join([*segments[:2], segments[3], segments[2], b""]))

    def test_bytes_that_look_like_delimiters(self):
        data = message("c", sender="A|BIG5").replace(b"||MRN1^^^", b"||\xa5|1^^^").replace(b"ALDER", b"\xa5^\xb3\\")
        self.check(data, key="Big\x1f四1".encode())

    def test_large_messages(self):
        for size in (100_000, 5_000_000):
            with self.subTest(size):
                self.setUp()
                self.check(message("l", sender="A|REFUSES", pad=size))

    def test_over_the_limit_the_rest_is_skipped_and_not_kept(self):
        sender = self.sender()
        sender.send_raw(b"\x0b" + message("huge", sender="A|REFUSES")[:-1] + b"NTE|1||")
        block = b"x" * (1 << 20)
        for _ in range(40):
            sender.send_raw(block)
            self.assertLess(self.gateway.metric("handoff_gateway_buffer_bytes"), 2 * LIMIT + (1 << 20))
        # The answer does not wait for the end; what is kept is no more than a beginning.
        answer = sender.answer()
        self.assertEqual((answer.code, answer.control_id), ("AE", b"huge"))
        wait_for(lambda: self.gateway.metric("handoff_gateway_buffer_bytes") < 1 << 20, "the buffer is given back")
        sender.send_raw(block)
        sender.send_raw(b"\r\x1c\r").send(message("after", sender="A|REFUSES"))
        self.assertEqual(sender.answer().control_id, b"after")
        self.assertEqual([len(r[4]) for r in self.topics.read("adt.rejected")], [65536])


class TopicLimitTest(FeedsTest):
    """A topic that takes less than the gateway (max.message.bytes): what is too long for it is too long."""

    STATED = "10485760"  # as 'handoffctl topics apply' has it
    NARROW = 1_200_000  # more than a batch of several records

    def narrow(self, topic="adt.inbound", limit=NARROW):
        self.addCleanup(set_topic, BROKERS, topic, "max.message.bytes", self.STATED)
        set_topic(BROKERS, topic, "max.message.bytes", str(limit))

    def long(self, control_id="long", bytes_=2_000_000, **words):
        """Of letters that compression makes little of."""
        noise = base64.b64encode(random.Random(7).randbytes(bytes_ * 3 // 4))
        return message(control_id, sender="A|REFUSES", pad=1, **words)[:-2] + noise + b"\r"

    def new_gateway(self):
        self.gateway = Gateway(BROKERS, feeds_dir=SEEN["folder"].name, max_message_bytes=LIMIT).wait_ready()
        self.addCleanup(self.gateway.close)

    def test_in_each_mode_it_is_refused_once_and_its_beginning_is_kept(self):
        self.narrow()
        self.new_gateway()
        sender, before, sent = self.sender(), self.counted("too-long"), []
        for accept in MODES:
            for application in MODES:
                sent.append(self.long(f"m{len(sent)}", accept=accept, application=application))
                wanted = codes("AE", "CE", accept, application)
                sender.send(sent[-1], message("mark"))
                answers = sender.answers(len(wanted) + 1)
                self.assertEqual([a.code for a in answers], [*wanted, "AA"], (accept, application))
                self.assertEqual(answers[-1].control_id, b"mark")
        kept = [(h["ho_reason"], h["ho_place"], h["ce_source"], v) for _, _, _, h, v in self.topics.read("adt.rejected")]
        self.assertEqual(sorted(kept), sorted(("too-long", "frame", "refuses", data[:65536]) for data in sent))
        self.assertEqual(self.topics.values("adt.inbound"), [message("mark")] * len(sent))
        self.assertEqual(self.counted("too-long") - before, len(sent))
        self.assertEqual(self.gateway.metric("handoff_gateway_messages_held"), 0)
        self.assertEqual(self.gateway.metric("handoff_gateway_delivery_failures_total"), 0)
        self.gateway.stop()
        told = [line for line in self.gateway.log if line["message"].startswith("messages refused that their topic does not take")]
        self.assertEqual(sum(int(line["messages"]) for line in told), len(sent))
        self.assertIn("topics apply", told[0]["message"])
        self.assertFalse([line for line in self.gateway.log if "ALDER" in str(line) or "MRN1" in str(line)])

    def test_where_it_might_have_been_too_long_for_its_neighbours_it_is_to_be_sent_again_alone(self):
        self.narrow(limit=20_000)
        self.new_gateway()
        waiting, rounds = {f"n{i}": self.long(f"n{i}", 9_000) for i in range(8)}, 0
        while waiting and rounds < 5:
            sender, rounds = self.sender().send(*waiting.values()), rounds + 1
            answers = sender.answers(len(waiting))
            self.assertLessEqual({a.code for a in answers}, {"AA", "AR"})
            for answer in answers:
                if answer.code == "AA":
                    waiting.pop(answer.control_id.decode())
        self.assertEqual(waiting, {})
        sender = self.sender().send(self.long("silent", 50_000, accept="NE", application="NE"))
        wait_for(lambda: self.counted("too-long") == 1, "what is too long alone is refused for good")
        self.assertEqual(sender.send(message("mark")).answer().control_id, b"mark")

    def test_what_neither_topic_takes_is_answered_all_the_same(self):
        self.narrow()
        self.narrow("adt.rejected", 3000)
        self.new_gateway()
        for wanted in ("AR", "AE"):  # the beginning, too, may have had neighbours the first time
            answer = self.sender().send(self.long()).answer()
            self.assertEqual((answer.code, answer.control_id), (wanted, b"long"))
        self.sender().send(self.long(accept="SU"), message("mark", accept="AL")).answer()
        self.assertEqual(self.topics.values("adt.rejected"), [])

    def test_at_the_start_the_topic_is_told(self):
        self.narrow()
        self.new_gateway()
        self.gateway.stop()
        told = [line for line in self.gateway.log if line["message"].startswith("a topic takes shorter messages")]
        self.assertEqual([(line["topic"], line["max_message_bytes"]) for line in told], [("adt.inbound", self.NARROW)])

    def test_a_number_too_long_for_the_record_is_no_passing_fault(self):
        gateway = Gateway(BROKERS, feeds_dir=SEEN["folder"].name, max_message_bytes=200_000).wait_ready()
        self.addCleanup(gateway.close)
        self.gateway = gateway
        data = message("key", sender="A|REFUSES", mrn="9" * 150_000)
        self.assertEqual(self.sender().send(data).answer().code, "AE")
        self.assertEqual(self.counted("too-long"), 1)
        self.assertEqual([(h["ho_reason"], v) for _, _, _, h, v in self.topics.read("adt.rejected")], [("too-long", data[:65536])])


class AwayTest(unittest.TestCase):
    """With a broker of its own, which is stopped and woken."""

    def setUp(self):
        if not (BIN / "handoff-devbroker").exists():
            self.fail("no handoff-devbroker") if REQUIRED else self.skipTest("no handoff-devbroker")
        self.broker = Broker()
        self.addCleanup(self.broker.close)
        self.gateway = Gateway(self.broker.brokers, feeds_dir=SEEN["folder"].name, delivery_timeout_ms=3000).wait_ready()
        self.addCleanup(self.gateway.close)
        self.assertEqual(self.sender().send(message("first")).answer().code, "AA")
        self.topics = Topics(self.broker.brokers)

    def sender(self):
        sender = Sender(self.gateway.port)
        self.addCleanup(sender.close)
        return sender

    def closed(self):
        return self.gateway.metric('handoff_gateway_connections_closed_total{cause="broker-away"}')

    def test_in_each_mode_a_negative_answer_or_one_when_it_is_stored(self):
        self.broker.pause()
        sent = {}
        for accept in MODES:
            for application in MODES:
                data = message(f"away-{accept}-{application}", sender="A|REFUSES", accept=accept, application=application)
                sent[accept, application] = (self.sender().send(data), data)
        silent = {mode: v for mode, v in sent.items() if not codes("AR", "CE", *mode)}
        for mode, (sender, _) in sent.items():
            if mode not in silent:
                self.assertEqual([a.code for a in sender.answers(1)], codes("AR", "CE", *mode), mode)
        wait_for(lambda: self.gateway.metric("handoff_gateway_messages_held") == len(silent), "the rest are held")
        self.assertTrue(all(sender.is_silent() for sender, _ in silent.values()))
        self.broker.wake()
        for mode, (sender, data) in silent.items():
            wanted = codes("AA", "CA", *mode)
            sender.send(message("mark"))
            self.assertEqual([a.code for a in sender.answers(len(wanted) + 1)], [*wanted, "AA"], mode)
        stored = self.topics.values("adt.inbound")
        self.assertEqual([m for m, (_, data) in silent.items() if data not in stored], [])

    def test_a_feed_that_says_so_is_cut_off_and_nothing_is_lost(self):
        self.broker.pause()
        sender = self.sender().send(message("told", sender="A|CLOSES", kind="ORU^R01"),
                                    message("away", sender="A|CLOSES"),
                                    message("behind", sender="A|CLOSES", kind="ORU^R01"))
        self.assertEqual(sender.answer().control_id, b"told")
        self.assertIsNone(sender.answer())
        self.assertEqual(self.closed(), 1)
        self.broker.wake()

        def attempt():
            answer = self.sender().send(message("away", sender="A|CLOSES")).answer()
            return answer and answer.code == "AA"
        wait_for(attempt, "the broker takes it")
        self.assertIn(message("away", sender="A|CLOSES"), self.topics.values("adt.inbound"))

    def test_a_message_that_may_not_be_refused_is_kept_though_its_feed_closes(self):
        self.broker.pause()
        sender = self.sender().send(message("kept", sender="A|CLOSES", accept="NE", application="NE"))
        wait_for(lambda: self.gateway.metric("handoff_gateway_messages_held") == 1, "it is held")
        self.broker.wake()
        sender.send(message("next", sender="A|CLOSES"))
        self.assertEqual(sender.answer().control_id, b"next")
        self.assertIn(message("kept", sender="A|CLOSES", accept="NE", application="NE"), self.topics.values("adt.inbound"))
        self.assertEqual(self.closed(), 0)


if __name__ == "__main__":
    if not BROKERS or not shutil.which("kcat"):
        reason = "HANDOFF_TEST_KAFKA_BROKERS is not set" if not BROKERS else "kcat is not installed"
        print(f"{reason}: this test needs a real broker", file=sys.stderr)
        sys.exit(1 if REQUIRED else SKIPPED)
    unittest.main()
