"""The gateway against a real broker: every answer right, in order, and nothing acknowledged that is not stored."""
import itertools
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from gateway import BIN, PATIENCE, Gateway, Sender, Topics, message, wait_for  # noqa: E402

CORPORA = ROOT.parent / "shared" / "corpora"
BROKERS = os.environ.get("HANDOFF_TEST_KAFKA_BROKERS", "")
REQUIRED = os.environ.get("HANDOFF_REQUIRE") == "all"
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
SEEN = {}  # what each test needs: the gateway for all that want the usual settings


def setUpModule():
    subprocess.run([BIN / "handoffctl", "topics", "apply", "--kafka-brokers", BROKERS], check=True,
                   stdout=subprocess.DEVNULL)
    SEEN["gateway"] = Gateway(BROKERS, max_message_bytes=200000).wait_ready()


def tearDownModule():
    gateway = SEEN.pop("gateway")
    status = gateway.stop()
    assert status == 0, (status, gateway.noise)


def allow_descriptors(n):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(n, hard)), hard))


def trickle(sender, data):
    """Where the gateway has not closed it yet."""
    try:
        sender.send_raw(data)
    except OSError:
        pass


class GatewayTest(unittest.TestCase):
    def setUp(self):
        self.topics = Topics(BROKERS)

    def gateway(self, **options):
        """One of the test's own."""
        gateway = Gateway(BROKERS, **options).wait_ready()
        self.addCleanup(gateway.close)
        return gateway

    def sender(self, gateway=None):
        sender = Sender((gateway or SEEN["gateway"]).port)
        self.addCleanup(sender.close)
        return sender

    def stored(self, topic="adt.inbound"):
        return self.topics.values(topic)

    def rejected(self):
        return [(headers["ho_reason"], headers["ho_place"], value)
                for _, _, _, headers, value in self.topics.read("adt.rejected")]


def expected(data):
    """The answers that a message is owed by the table of HL7 v2.8.2 ch. 2.9, read without the gateway's code."""
    header = data.lstrip(b"\xef\xbb\xbf").replace(b"\n", b"\r").split(b"\r", 1)[0].split(b"|")
    field = [header[0]] + [f.strip() for f in header[1:]] + [b""] * 20  # field[n] is MSH-n+1
    ours = field[8].split(b"^")[0] == b"ADT" and field[10] in (b"P", b"T", b"D") and field[11][:1] == b"2"
    accept, application = field[14], field[15]
    if not accept and not application:
        codes = ["AA" if ours else "AR"]
    else:
        codes = []
        if accept in (b"AL", b"SU" if ours else b"ER"):
            codes.append("CA" if ours else "CR")
        if ours and application in (b"AL", b"SU"):
            codes.append("AA")
    return codes, ours, field[9]


class CorporaTest(GatewayTest):
    def corpus(self, name):
        folder = CORPORA / name
        if not folder.is_dir():
            self.fail(f"no corpus {name}") if REQUIRED else self.skipTest(f"no corpus {name}")
        return folder

    def check(self, messages):
        sender = self.sender()
        kept = []
        for data in messages:
            codes, ours, control_id = expected(data)
            sender.send(data)
            answers = sender.answers(len(codes))
            self.assertEqual([a.code for a in answers], codes)
            self.assertEqual({a.control_id for a in answers}, {control_id} if codes else set())
            if ours:
                kept.append(data)
        sender.send(message("last"))
        self.assertEqual(sender.answer().control_id, b"last", "an answer too many")
        stored = wait_for(lambda: (s := self.stored()) and len(s) > len(kept) and s, "all are stored")
        self.assertEqual(sorted(stored), sorted([*kept, message("last")]))

    def test_converter_files(self):
        files = sorted(self.corpus("adt-fhir-converter").glob("*.hl7"))
        messages = [f.read_bytes() for f in files]
        self.assertEqual(len(messages), 57)
        self.assertEqual(sum(expected(m)[0] == [] for m in messages), 2)
        self.check(messages)

    def test_simulated_hospital(self):
        data = (self.corpus("adt-simhospital") / "messages.out").read_bytes()
        messages = [b"MSH|" + m for m in data.split(b"\nMSH|")]
        messages[0] = messages[0][4:]
        self.assertEqual(len(messages), 1013)
        self.assertEqual(sum(expected(m)[0] == ["CA"] for m in messages), 401)
        self.assertEqual(sum(expected(m)[0] == ["CR"] for m in messages), 612)
        self.check(messages)


class FramesTest(GatewayTest):
    def test_five_frames_in_one_write_are_answered_in_order(self):
        sender = self.sender().send(*[message(f"five-{i}", mrn=f"M{i}") for i in range(5)])
        self.assertEqual([(a.code, a.control_id) for a in sender.answers(5)],
                         [("AA", f"five-{i}".encode()) for i in range(5)])

    def test_answers_of_different_kinds_keep_the_order_of_their_messages(self):
        sent = [message("a"), message("b", kind="ORU^R01"), message(""), message("d", accept="NE", application="NE"),
                message("e", accept="AL", application="AL"), message("f", processing="X"), message("g", version="3")]
        sender = self.sender().send(*sent * 20)
        wanted = [("AA", b"a"), ("AR", b"b"), ("AE", b""), ("CA", b"e"), ("AA", b"e"), ("AR", b"f"), ("AR", b"g")]
        self.assertEqual([(a.code, a.control_id) for a in sender.answers(20 * len(wanted))], wanted * 20)

    def test_a_frame_may_be_cut_at_any_byte(self):
        sender = self.sender()
        data = b"\x0b" + message("cut") + b"\x1c\r"
        for at in range(1, len(data)):
            sender.send_raw(data[:at])
            sender.send_raw(data[at:])
        self.assertEqual({(a.code, a.control_id) for a in sender.answers(len(data) - 1)}, {("AA", b"cut")})

    def test_a_frame_may_be_finished_in_another_read(self):
        gateway, sender = SEEN["gateway"], self.sender()
        data = b"\x0b" + message("pause") + b"\x1c\r"

        def received():
            return gateway.metric("handoff_gateway_received_bytes_total")
        for at in (1, 4, 100, len(data) - 3, len(data) - 2):
            before = received()
            sender.send_raw(data[:at])
            wait_for(lambda: received() == before + at, "the first part is read")
            self.assertTrue(sender.is_silent())
            sender.send_raw(data[at:])
            answer = sender.answer()
            self.assertEqual((answer.code, answer.control_id), ("AA", b"pause"), at)
        self.assertEqual(self.stored(), [data[1:-2]] * 5)

    def test_every_answer_has_an_id_of_its_own(self):
        sender = self.sender().send(*[message("same")] * 50)
        self.assertEqual(len({a.own_id for a in sender.answers(50)}), 50)

    def test_line_ends_and_noise_between_frames_do_no_harm(self):
        sender = self.sender().send_raw(b"\r\n\0\x1c\r noise").send(message("n"))
        self.assertEqual(sender.answer().control_id, b"n")

    def test_a_sender_that_ends_its_sending_gets_its_answers(self):
        sender = self.sender().send(*[message(f"half-{i}") for i in range(20)])
        sender.socket.shutdown(1)
        self.assertEqual([a.code for a in sender.answers(20)], ["AA"] * 20)
        self.assertTrue(sender.is_closed())

    def test_a_cut_message_is_neither_stored_nor_answered(self):
        sender = self.sender().send_raw(b"\x0b" + message("cut-off")[:60])
        sender.socket.shutdown(1)
        self.assertTrue(sender.is_closed())
        self.assertEqual(sender.received, b"")
        self.assertEqual(self.stored(), [])

    def test_a_broken_frame_is_kept_and_not_answered(self):
        sender = self.sender().send_raw(b"\x0b" + message("again")[:100]).send(message("again"))
        self.assertEqual(sender.answer().code, "AA")
        self.sender().send(message("x")).answer()
        self.assertTrue(sender.is_silent())
        self.assertEqual(wait_for(self.rejected, "it is kept"), [("broken-frame", "frame", message("again")[:100])])


class RefusalsTest(GatewayTest):
    def test_a_message_over_the_limit_gets_ae_and_the_connection_lives_on(self):
        sender = self.sender().send(message("long", pad=300000), message("next"))
        long, following = sender.answers(2)
        self.assertEqual((long.code, long.control_id), ("AE", b"long"))
        self.assertEqual((following.code, following.control_id), ("AA", b"next"))
        self.assertEqual(self.rejected(), [("too-long", "frame", message("long", pad=300000)[:65536])])
        self.assertEqual(self.stored(), [message("next")])

    def test_a_message_of_the_limit_is_taken(self):
        data = message("limit", pad=200000 - len(message("limit")) - 8)
        self.assertEqual(len(data), 200000)
        self.assertEqual(self.sender().send(data).answer().code, "AA")
        self.assertEqual(self.stored(), [data])

    def test_other_types_versions_and_processing_ids_get_ar_and_are_not_stored(self):
        sender = self.sender().send(message("1", kind="ORU^R01"), message("2", version="3.0"), message("3", processing="Q"))
        answers = sender.answers(3)
        self.assertEqual([a.code for a in answers], ["AR"] * 3)
        self.assertEqual([a.error[2] for a in answers], [b"MSH^1^9", b"MSH^1^12", b"MSH^1^11"])
        self.assertEqual(self.stored() + self.stored("adt.rejected"), [])

    def test_without_a_control_id_it_gets_ae_with_an_empty_msa_2(self):
        answer = self.sender().send(message("")).answer()
        self.assertEqual((answer.code, answer.control_id), ("AE", b""))
        self.assertEqual(self.rejected(), [("no-control-id", "MSH-10", message(""))])

    def test_what_is_no_hl7_gets_ae_and_is_kept(self):
        sender = self.sender().send(b"hello", b"")
        self.assertEqual([(a.code, a.control_id) for a in sender.answers(2)], [("AE", b"")] * 2)
        self.assertEqual(self.rejected(), [("no-msh", "MSH", b"hello")])

    def test_impossible_dates_and_missing_patients_are_safe_with_us(self):
        odd = message("odd").replace(b"20261122103000", b"20269922103000").replace(b"PID|", b"PIX|")
        self.assertEqual(self.sender().send(odd).answer().code, "AA")
        self.assertEqual(self.stored(), [odd])

    def test_errors_never_quote_the_message(self):
        answer = self.sender().send(message("q", kind="ORU^R01").replace(b"ALDER", b"SECRETNAME")).answer()
        self.assertNotIn(b"SECRET", answer.message)


class ModesTest(GatewayTest):
    CASES = [  # accept, application, ours, codes
        ("AL", "NE", True, ["CA"]), ("AL", "", True, ["CA"]), ("AL", "AL", True, ["CA", "AA"]), ("SU", "", True, ["CA"]),
        ("ER", "", True, []), ("NE", "NE", True, []), ("NE", "AL", True, ["AA"]), ("", "AL", True, ["AA"]),
        ("AL", "", False, ["CR"]), ("ER", "", False, ["CR"]), ("SU", "", False, []), ("NE", "NE", False, []),
    ]

    def test_each_mode_gets_what_it_asks_for(self):
        sender = self.sender()
        for accept, application, ours, codes in self.CASES:
            with self.subTest(accept=accept, application=application, ours=ours):
                sender.send(message("m", kind="ADT^A01" if ours else "ORU^R01", accept=accept, application=application))
                sender.send(message("mark"))
                answers = sender.answers(len(codes) + 1)
                self.assertEqual([a.code for a in answers], codes + ["AA"])
                self.assertEqual(answers[-1].control_id, b"mark")


class RecordsTest(GatewayTest):
    def test_a_record_has_key_and_headers(self):
        self.sender().send(message("rec", mrn="KEY1")).answer()
        (_, _, key, headers, value), = self.topics.read("adt.inbound")
        self.assertEqual(key, b"St. Anne Hospital\x1fKEY1")
        self.assertEqual(value, message("rec", mrn="KEY1"))
        self.assertEqual({k: headers[k] for k in ("ce_specversion", "ce_type", "ce_source", "content-type")},
                         {"ce_specversion": "1.0", "ce_type": "org.hl7.v2.adt", "ce_source": "st-anne",
                          "content-type": "application/hl7-v2+er7"})
        self.assertRegex(headers["ce_time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        self.assertRegex(headers["traceparent"], r"^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")

    def test_the_same_bytes_are_the_same_event_and_only_they(self):
        sender = self.sender().send(message("i"), message("i"), message("j"), message("i", sender="UNKNOWN|PLACE"))
        sender.answers(4)
        ids = {}
        for _, _, _, headers, value in self.topics.read("adt.inbound"):
            ids.setdefault(value, set()).add(headers["ce_id"])
        self.assertEqual([len(i) for i in ids.values()], [1, 1, 1])
        self.assertEqual(len(set.union(*ids.values())), 3)

    def test_one_patient_stays_on_one_partition(self):
        sender = self.sender().send(*[message(f"p{i}", mrn=f"P{i % 7}") for i in range(70)])
        sender.answers(70)
        partitions = {}
        for partition, _, key, _, _ in self.topics.read("adt.inbound"):
            partitions.setdefault(key, set()).add(partition)
        self.assertEqual([len(p) for p in partitions.values()], [1] * 7)


class BoundsTest(GatewayTest):
    def test_an_idle_connection_lives_and_silence_in_a_frame_does_not(self):
        gateway = self.gateway(silence_seconds=1)
        idle, silent = self.sender(gateway), self.sender(gateway)
        silent.send_raw(b"\x0b" + message("s")[:50])
        self.assertTrue(silent.is_closed())
        self.assertEqual(gateway.metric('handoff_gateway_connections_closed_total{cause="silence"}'), 1)
        self.assertEqual(idle.send(message("alive")).answer().code, "AA")

    def test_a_frame_that_does_not_end_is_closed(self):
        gateway = self.gateway(frame_seconds=1)
        slow = self.sender(gateway)
        slow.send_raw(b"\x0b")

        def trickle():
            try:
                slow.send_raw(b"x")
                return gateway.metric('handoff_gateway_connections_closed_total{cause="slow-frame"}') == 1
            except OSError:
                return False
        wait_for(trickle, "the slow frame's connection is closed")

    def test_a_thousand_slow_senders_end_by_the_limits_and_hinder_nobody(self):
        allow_descriptors(3000)
        gateway = self.gateway(frame_seconds=4)
        normal = [self.sender(gateway) for _ in range(5)]
        slow = [self.sender(gateway) for _ in range(1000)]
        frame = b"\x0b" + message("slow")
        for n in itertools.count():
            closed = gateway.metric('handoff_gateway_connections_closed_total{cause="slow-frame"}')
            if closed == len(slow):
                break
            self.assertLess(n, len(frame))
            for sender in slow:
                trickle(sender, frame[n:n + 1])
            for i in range(20):
                for sender in normal:
                    sender.send(message(f"{n}-{i}"))
                self.assertEqual([(a.code, a.control_id) for a in (s.answer() for s in normal)], [("AA", f"{n}-{i}".encode())] * 5)
            time.sleep(1)  # the pace of the slow ones, not a wait
        self.assertTrue(all(sender.is_closed() for sender in slow))
        self.assertEqual(gateway.metric("handoff_gateway_connections"), len(normal))

    def test_a_hundred_that_connect_at_once_are_served(self):
        gateway = self.gateway()
        sockets = [socket.socket() for _ in range(100)]
        for one in sockets:
            self.addCleanup(one.close)
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", gateway.port))
        senders = [Sender.over(one) for one in sockets]
        for i, sender in enumerate(senders):
            sender.send(message(f"at-once-{i}"))
        self.assertEqual([(a.code, a.control_id) for a in (s.answer() for s in senders)], [("AA", f"at-once-{i}".encode()) for i in range(100)])

    def test_connections_over_the_limit_are_closed(self):
        gateway = self.gateway(max_connections=2)
        first, second = self.sender(gateway), self.sender(gateway)
        first.send(message("1")).answer()
        second.send(message("2")).answer()
        self.assertTrue(self.sender(gateway).is_closed())
        first.close()
        wait_for(lambda: gateway.metric("handoff_gateway_connections") == 1, "the first is gone")
        self.assertEqual(self.sender(gateway).send(message("3")).answer().code, "AA")

    def test_another_protocol_is_closed(self):
        sender = self.sender(self.gateway())
        try:
            sender.send_raw(b"GET / HTTP/1.1\r\n" * 20000)
        except OSError:
            pass
        self.assertTrue(sender.is_closed())

    def test_when_the_budget_is_spent_reading_stops_and_all_arrive(self):
        gateway = self.gateway(buffer_bytes=1 << 20, max_message_bytes=600000)
        self.sender(gateway).send(message("first")).answer()  # the broker's client takes its time for its first record
        frames = [b"\x0b" + message(f"big-{i}", pad=500000) + b"\x1c\r" for i in range(6)]
        senders = [self.sender(gateway) for _ in frames]
        for sender, frame in zip(senders, frames):
            sender.send_raw(frame[:400000])
        wait_for(lambda: gateway.metric("handoff_gateway_buffer_bytes") >= 1 << 20, "the budget is spent")
        probe = self.sender(gateway).send(message("probe"))
        for _ in range(50):  # turns of the gateway's loop, each of which would have read the probe
            gateway.get("/healthz")
        self.assertTrue(probe.is_silent())
        for sender, frame in zip(senders, frames):
            sender.send_raw(frame[400000:])
        self.assertEqual([(s.answer().code) for s in [*senders, probe]], ["AA"] * 7)
        self.assertLess(gateway.metric("handoff_gateway_buffer_bytes"), 4096)
        self.assertEqual(sorted(self.stored()), sorted([message("first"), message("probe"), *(f[1:-2] for f in frames)]))

    def test_idle_connections_hold_nearly_nothing(self):
        if b"__asan_init" in (BIN / "handoff-gateway").read_bytes():
            self.skipTest("the sanitizer keeps what is freed")
        gateway = self.gateway()
        self.sender(gateway).send(message("warm")).answer()
        before = gateway.metric("process_resident_memory_bytes")
        senders = [self.sender(gateway) for _ in range(500)]
        for sender in senders:  # a buffer left behind would show: each message is longer than one read
            self.assertEqual(sender.send(message("m", pad=100000)).answer().code, "AA")
        self.assertLess(gateway.metric("handoff_gateway_buffer_bytes"), 4096)
        grown = gateway.metric("process_resident_memory_bytes") - before
        self.assertLess(grown / len(senders), 16384)

    def test_a_sender_that_does_not_read_its_answers_is_not_read_from(self):
        gateway = self.gateway(buffer_bytes=64 << 20)
        sender = self.sender(gateway)
        frame = b"\x0b" + message("unread", kind="ORU^R01") + b"\x1c\r"
        sender.socket.settimeout(2)
        try:
            for _ in range(4000):
                sender.send_raw(frame * 100)
        except TimeoutError:
            pass
        else:
            self.fail("everything was read")
        self.assertLess(gateway.metric("handoff_gateway_buffer_bytes"), 8 << 20)
        self.assertEqual(self.sender(gateway).send(message("other")).answer().code, "AA")


class StoppingTest(GatewayTest):
    def test_what_is_on_its_way_is_answered_and_what_is_answered_is_stored(self):
        gateway = self.gateway()
        sender = self.sender(gateway).send(*[message(f"stop-{i}") for i in range(500)])
        first = sender.answer()
        self.assertEqual(gateway.stop(), 0)
        answered = [first]
        while True:
            try:
                answer = sender.answer()
            except ConnectionResetError:
                break
            if not answer:
                break
            answered.append(answer)
        self.assertEqual([a.control_id for a in answered], [f"stop-{i}".encode() for i in range(len(answered))])
        self.assertEqual({a.code for a in answered}, {"AA"})
        stored = set(self.stored())
        self.assertEqual([i for i in range(len(answered)) if message(f"stop-{i}") not in stored], [])

    def test_an_idle_gateway_ends_at_once(self):
        gateway = self.gateway()
        sender = self.sender(gateway).send(message("one"))
        self.assertEqual(sender.answer().code, "AA")
        self.assertEqual(gateway.stop(), 0)
        self.assertTrue(sender.is_closed())
        self.assertNotIn("not drained in time", [line["message"] for line in gateway.log])


class ConfigurationTest(unittest.TestCase):
    def run_gateway(self, *words):
        return subprocess.run([BIN / "handoff-gateway", *words], capture_output=True, text=True, timeout=PATIENCE)

    def test_the_limits_are_those_that_the_design_states(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
        printed = subprocess.run([BIN / "handoff-gateway", "--print-config"], env=environment, capture_output=True, text=True, check=True).stdout
        found = dict(re.findall(r"^(\S+) = (\S*)", printed, re.M))
        stated = {"max-message-bytes": 8 << 20, "max-connections": 4096, "buffer-bytes": 256 << 20, "tls-handshake-seconds": 10,
                  "silence-seconds": 30, "frame-seconds": 300, "delivery-timeout-ms": 10000, "drain-seconds": 15}
        self.assertEqual({name: found.get(name) for name in stated}, {name: str(value) for name, value in stated.items()})

    def test_wrong_values_end_with_status_2_and_the_reason(self):
        result = self.run_gateway("--max-message-bytes", "12")
        self.assertEqual(result.returncode, 2)
        self.assertIn("from 1024 to", result.stderr)

    def test_a_missing_feeds_folder_ends_with_status_1_and_the_reason(self):
        result = self.run_gateway("--feeds-dir", "no/such/folder")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no/such/folder", result.stderr)

    def test_a_taken_port_ends_with_status_1_and_the_reason(self):
        address = f"127.0.0.1:{SEEN['gateway'].port}"
        result = self.run_gateway("--mllp-address", address, "--feeds-dir", str(ROOT / "deploy" / "feeds"))
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"cannot listen on {address}", result.stderr)


if __name__ == "__main__":
    if not BROKERS or not shutil.which("kcat"):
        reason = "HANDOFF_TEST_KAFKA_BROKERS is not set" if not BROKERS else "kcat is not installed"
        print(f"{reason}: this test needs a real broker", file=sys.stderr)
        sys.exit(1 if REQUIRED else SKIPPED)
    unittest.main()
