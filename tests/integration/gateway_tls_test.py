"""MLLP over TLS: who is served and who is not, which feed a certificate selects, and certificates that change."""
import itertools
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from authority import Authority  # noqa: E402
from gateway import BIN, PATIENCE, Gateway, Sender, Topics, message, wait_for  # noqa: E402

BROKERS = os.environ.get("HANDOFF_TEST_KAFKA_BROKERS", "")
REQUIRED = os.environ.get("HANDOFF_REQUIRE") == "all"
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
LOCAL = "IP:127.0.0.1"
ANNE, MESA = "engine.st-anne.example", "engine.mesa-linda.example"
SEEN = {}


def setUpModule():
    subprocess.run([BIN / "handoffctl", "topics", "apply", "--kafka-brokers", BROKERS], check=True, stdout=subprocess.DEVNULL)
    folder = Path(tempfile.mkdtemp(prefix="handoff-tls-"))
    ours, others = Authority(folder, "ours"), Authority(folder, "others")
    SEEN.update(folder=folder, ours=ours, others=others, server=ours.issue("gateway", LOCAL),
                anne=ours.issue("anne", f"DNS:spare.st-anne.example,DNS:{ANNE}", common_name="unused"),
                mesa=ours.issue("mesa", common_name=MESA), nobody=ours.issue("nobody", "DNS:elsewhere.example"),
                stranger=others.issue("stranger", f"DNS:{ANNE}"), old=ours.issue("old", f"DNS:{ANNE}", days=(-9, -2)),
                feeds=feeds_with_certificates(folder / "feeds"))
    SEEN["gateway"] = secured().wait_ready()


def tearDownModule():
    gateway = SEEN.pop("gateway")
    status = gateway.stop()
    shutil.rmtree(SEEN["folder"])
    assert status == 0, (status, gateway.noise)


def feeds_with_certificates(folder):
    """The sample's feeds, of which two name a certificate."""
    shutil.copytree(ROOT / "deploy" / "feeds", folder)
    path = folder / "sample.yaml"
    text = path.read_text()
    for facility, name in (("STANNE", ANNE), ("MESALINDA", MESA)):
        line = f"    sending_facility: {facility}\n"
        assert line in text
        text = text.replace(line, f"{line}    certificate: {name}\n")
    path.write_text(text)
    return folder


def secured(**options):
    """A gateway with both listeners."""
    certificate, key = SEEN["server"]
    return Gateway(BROKERS, **{"tls_address": "127.0.0.1:0", "tls_certificate": certificate, "tls_key": key,
                               "tls_client_ca": SEEN["ours"].path, "feeds_dir": SEEN["feeds"], **options})


def context_of(pair=None, versions=(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3), authority="ours"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(SEEN[authority].path)
    context.minimum_version, context.maximum_version = versions
    if pair:
        context.load_cert_chain(*SEEN[pair])
    return context


class TlsTest(unittest.TestCase):
    def setUp(self):
        self.gateway = SEEN["gateway"]
        self.topics = Topics(BROKERS)

    def own_gateway(self, **options):
        gateway = secured(**options).wait_ready()
        self.addCleanup(gateway.close)
        return gateway

    def sender(self, pair="anne", gateway=None, **options):
        sender = Sender((gateway or self.gateway).tls_port, context_of(pair, **options))
        self.addCleanup(sender.close)
        return sender

    def plain(self, gateway=None, port=None):
        sender = Sender(port or (gateway or self.gateway).port)
        self.addCleanup(sender.close)
        return sender

    def failed(self, cause, gateway=None):
        return (gateway or self.gateway).metric(f'handoff_gateway_tls_handshakes_failed_total{{cause="{cause}"}}')

    def assert_counts(self, cause, action):
        before = self.failed(cause)
        action()
        wait_for(lambda: self.failed(cause) == before + 1, f"a handshake failed by {cause}")

    def sources(self):
        return sorted(headers["ce_source"] for _, _, _, headers, _ in self.topics.read("adt.inbound"))


class DoorTest(TlsTest):
    def refused(self, pair, **options):
        """In TLS 1.3 the sender believes that its handshake is over, and learns of the refusal when it reads."""
        try:
            sender = self.sender(pair, **options)
            sender.send(message("refused"))
        except (ssl.SSLError, ConnectionError):
            return
        self.assertTrue(sender.is_closed())

    def test_without_a_certificate_nobody_is_served(self):
        self.assert_counts("no-certificate", lambda: self.refused(None))
        self.assertEqual(self.sources(), [])

    def test_a_certificate_of_another_authority_is_refused(self):
        self.assert_counts("untrusted", lambda: self.refused("stranger"))
        self.assertEqual(self.sources(), [])

    def test_an_expired_certificate_is_refused(self):
        self.assert_counts("expired", lambda: self.refused("old"))
        self.assertEqual(self.sources(), [])

    def test_what_is_not_tls_is_refused(self):
        sender = self.plain(port=self.gateway.tls_port)
        self.assert_counts("not-tls", lambda: sender.send(message("plain")))
        self.assertTrue(sender.is_closed())

    def test_a_sender_of_tls_1_0_is_refused(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_verify_locations(SEEN["ours"].path)
        context.load_cert_chain(*SEEN["anne"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1

        def attempt():
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                Sender(self.gateway.tls_port, context)
        self.assert_counts("version", attempt)

    def test_both_versions_are_served(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            sender = self.sender(versions=(version, version)).send(message("v"))
            self.assertEqual(sender.answer().code, "AA")

    def test_a_silent_peer_is_closed(self):
        gateway = self.own_gateway(tls_handshake_seconds=1)
        silent = self.plain(port=gateway.tls_port)
        half = self.plain(port=gateway.tls_port).send_raw(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a greeting
        served = self.sender(gateway=gateway)
        self.assertTrue(silent.is_closed() and half.is_closed())
        self.assertEqual(self.failed("timeout", gateway), 2)
        self.assertEqual(served.send(message("idle so far")).answer().code, "AA")

    def test_a_peer_that_leaves_is_counted(self):
        self.assert_counts("closed", lambda: self.plain(port=self.gateway.tls_port).close())

    def test_failures_name_peer_and_cause(self):
        gateway = self.own_gateway()
        context = context_of("stranger")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            sender = Sender(gateway.tls_port, context)
            self.addCleanup(sender.close)
            peer = sender.socket.getsockname()
            sender.socket.recv(1)
        line = gateway.logged("TLS handshake failed")
        self.assertEqual((line["peer"], line["cause"]), (f"{peer[0]}:{peer[1]}", "untrusted"))

    def test_by_openssl_s_client(self):
        address = f"127.0.0.1:{self.gateway.tls_port}"
        words = ["openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", SEEN["ours"].path, "-connect", address]
        certificate, key = SEEN["anne"]
        frame = b"\x0b" + message("s_client") + b"\x1c\r"

        def talk(*more):
            with subprocess.Popen([*words, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
                try:
                    client.stdin.write(frame)
                    client.stdin.flush()
                except BrokenPipeError:
                    pass
                answer = client.stdout.read1()  # it ends with the connection, or once the answer is there
                client.kill()
                return answer
        self.assertIn(b"MSA|AA|s_client\r", talk("-cert", certificate, "-key", key))
        self.assertEqual(talk(), b"")

    def test_without_the_plain_listener_only_tls_is_served(self):
        gateway = self.own_gateway(mllp_address="")
        self.assertEqual(gateway.port, 0)
        self.assertEqual(self.sender(gateway=gateway).send(message("t")).answer().code, "AA")


class FeedTest(TlsTest):
    def test_the_certificate_selects_the_feed(self):
        self.assertEqual(self.sender("anne").send(message("1", sender="ANY|WHERE")).answer().code, "AA")
        self.assertEqual(self.sender("mesa").send(message("2", sender="EPIC|STANNE")).answer().code, "AA")
        self.assertEqual(self.sources(), ["mesa-linda", "st-anne"])

    def test_a_certificate_of_no_feed_is_served_by_the_sender_fields(self):
        self.assertEqual(self.sender("nobody").send(message("1", sender="MEDITECH|HPINES")).answer().code, "AA")
        self.assertEqual(self.sender("nobody").send(message("2", sender="NEW|PLACE")).answer().code, "AA")
        self.assertEqual(self.sources(), ["default", "harbor-pines"])

    def test_nobody_else_is_taken_for_the_holder_of_a_certificate(self):
        before = self.gateway.metric('handoff_gateway_rejected_total{feed="st-anne",reason="certificate"}')
        for sender in (self.plain(), self.sender("nobody")):
            sender.send(message("o", sender="EPIC|STANNE"), message("e", sender="EPIC|STANNE", accept="AL"), message("last", sender="NEW|PLACE"))
            answers = sender.answers(3)
            self.assertEqual([a.code for a in answers], ["AR", "CR", "AA"])
            self.assertEqual(answers[0].error[2], b"MSH^1^3")
        self.assertEqual(self.gateway.metric('handoff_gateway_rejected_total{feed="st-anne",reason="certificate"}'), before + 4)
        self.assertEqual(self.sources(), ["default", "default"])
        self.assertEqual(self.topics.values("adt.rejected"), [])


class BytesTest(TlsTest):
    def test_a_frame_may_be_cut_at_any_byte(self):
        sender = self.sender()
        data = b"\x0b" + message("cut") + b"\x1c\r"
        for at in range(1, len(data)):
            sender.send_raw(data[:at])  # each is a record of its own
            sender.send_raw(data[at:])
        self.assertEqual({(a.code, a.control_id) for a in sender.answers(len(data) - 1)}, {("AA", b"cut")})

    def test_records_may_be_cut_at_any_byte(self):
        """The encrypted bytes by a relay that passes them on one by one."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            frame = b"\x0b" + message("trickle") + b"\x1c\r"
            out = ssl.MemoryBIO()
            inward = ssl.MemoryBIO()
            tls = context_of("anne").wrap_bio(inward, out, server_hostname="127.0.0.1")
            raw = self.plain(port=self.gateway.tls_port).socket

            def until_done(action):
                while True:
                    try:
                        return action()
                    except ssl.SSLWantReadError:
                        for byte in out.read():
                            raw.sendall(bytes([byte]))
                        inward.write(raw.recv(65536))
            until_done(tls.do_handshake)
            tls.write(frame)
            self.assertIn(b"MSA|AA|trickle\r", until_done(lambda: tls.read(65536)))

    def test_a_message_of_five_megabytes(self):
        data = message("big", pad=5 << 20)
        self.assertEqual(self.sender().send(data).answer().code, "AA")
        self.assertEqual(self.topics.values("adt.inbound"), [data])

    def test_many_messages_at_once_are_answered_in_order(self):
        sender = self.sender().send(*[message(f"m{i}", pad=2000) for i in range(500)])
        self.assertEqual([(a.code, a.control_id) for a in sender.answers(500)], [("AA", f"m{i}".encode()) for i in range(500)])

    def test_a_sender_that_ends_its_sending_gets_its_answers(self):
        inward, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        raw = self.plain(port=self.gateway.tls_port).socket
        tls = context_of("anne").wrap_bio(inward, out, server_hostname="127.0.0.1")

        def turn():
            raw.sendall(out.read())
            data = raw.recv(65536)
            inward.write(data) if data else inward.write_eof()
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                turn()
        tls.write(b"".join(b"\x0b" + message(f"half-{i}") + b"\x1c\r" for i in range(20)))
        with self.assertRaises(ssl.SSLWantReadError):
            tls.unwrap()  # says the end, and would wait for the gateway's
        received = b""
        while received.count(b"\x1c\r") < 20:
            try:
                received += tls.read(65536)
            except ssl.SSLWantReadError:
                turn()
        self.assertEqual([f"MSA|AA|half-{i}\r".encode() in received for i in range(20)], [True] * 20)

    def test_silence_within_a_record_is_closed_and_an_idle_connection_lives(self):
        gateway = self.own_gateway(silence_seconds=1)
        idle = self.sender(gateway=gateway)
        half = self.sender(gateway=gateway).send(message("whole"))
        self.assertEqual(half.answer().code, "AA")
        os.write(half.socket.fileno(), b"\x17\x03\x03\x01\x00half")  # past the library: a record that does not end
        self.assertTrue(half.is_closed())
        self.assertEqual(gateway.metric('handoff_gateway_connections_closed_total{cause="silence"}'), 1)
        self.assertEqual(idle.send(message("alive")).answer().code, "AA")

    def test_a_record_that_was_changed_on_its_way_ends_the_connection(self):
        sender = self.sender().send(message("good"))
        self.assertEqual(sender.answer().code, "AA")
        os.write(sender.socket.fileno(), b"\x17\x03\x03\x00\x20" + bytes(32))
        self.assertTrue(sender.is_closed())
        self.assertEqual(self.sources(), ["st-anne"])


class ReloadTest(TlsTest):
    def setUp(self):
        super().setUp()
        self.folder = Path(tempfile.mkdtemp(dir=SEEN["folder"]))
        self.paths = self.folder / "own.pem", self.folder / "own.key"
        self.put("server")
        self.gateway = self.own_gateway(tls_certificate=self.paths[0], tls_key=self.paths[1])

    def put(self, pair):
        for source, target in zip(SEEN[pair], self.paths):
            fresh = target.with_suffix(".new")
            shutil.copyfile(source, fresh)
            fresh.rename(target)

    def issue(self, name, days):
        SEEN[name] = SEEN["ours"].issue(name, LOCAL, days=days)
        return name

    def shown(self):
        """The serial number of the certificate that a new connection sees."""
        return self.sender(gateway=self.gateway).socket.getpeercert()["serialNumber"]

    def test_new_files_are_for_new_connections_and_open_ones_live_on(self):
        sender = self.sender(gateway=self.gateway).send(message("before"))
        self.assertEqual(sender.answer().code, "AA")
        days = self.gateway.metric("handoff_gateway_tls_certificate_days")
        self.assertAlmostEqual(days, 30, delta=0.1)
        serial = self.shown()
        self.put(self.issue("longer", (-1, 90)))
        wait_for(lambda: self.shown() != serial, "the new certificate is shown")
        self.assertAlmostEqual(self.gateway.metric("handoff_gateway_tls_certificate_days"), 90, delta=0.1)
        self.assertEqual(sender.send(message("after")).answer().code, "AA")
        self.assertEqual(sender.socket.getpeercert()["serialNumber"], serial)

    def test_a_hangup_signal_loads_them_at_once(self):
        self.gateway.process.send_signal(signal.SIGHUP)
        self.gateway.logged("certificates loaded")
        self.assertEqual(self.sender(gateway=self.gateway).send(message("on")).answer().code, "AA")

    def test_what_cannot_be_used_is_refused_and_the_old_ones_stay(self):
        serial = self.shown()
        cases = [("no certificate", lambda: self.paths[0].write_text("nonsense")), ("no key", lambda: shutil.copyfile(SEEN["anne"][1], self.paths[1])),
                 ("expired", lambda: self.put(self.issue("past", (-9, -2)))), ("no certificate", lambda: self.paths[0].unlink())]
        for words, change in cases:
            with self.subTest(words):
                self.put("server")
                change()
                self.gateway.process.send_signal(signal.SIGHUP)
                while words not in (line := self.gateway.logged("new certificates refused, those in force stay"))["error"]:
                    pass  # of a look between two files
                self.assertIn(str(self.folder), line["error"])
                self.assertEqual(self.shown(), serial)
        self.put("server")
        self.gateway.process.send_signal(signal.SIGHUP)
        self.gateway.logged("certificates loaded")

    def rewrite(self, data, times_ns):
        """So that nothing shows that the file is another one."""
        self.paths[0].write_bytes(data)
        os.utime(self.paths[0], ns=times_ns)

    def test_what_was_refused_is_tried_again_though_no_file_changes(self):
        serial = self.shown()
        certificate, key = SEEN[self.issue("later", (-1, 60))]
        good, facts = certificate.read_bytes(), self.paths[0].stat()
        times_ns = facts.st_atime_ns, facts.st_mtime_ns
        shutil.copyfile(key, self.paths[1])
        self.rewrite(b"x" * len(good), times_ns)
        while "no certificate" not in self.gateway.logged("new certificates refused, those in force stay")["error"]:
            pass  # of a look between the two files
        self.rewrite(good, times_ns)
        wait_for(lambda: self.shown() != serial, "the new certificate is shown")

    def test_another_authority_is_for_new_connections(self):
        authority = self.folder / "clients.pem"
        shutil.copyfile(SEEN["ours"].path, authority)
        gateway = self.own_gateway(tls_client_ca=authority)
        before = self.sender(gateway=gateway)
        shutil.copyfile(SEEN["others"].path, authority)
        gateway.process.send_signal(signal.SIGHUP)
        gateway.logged("certificates loaded")
        self.assertEqual(self.sender("stranger", gateway=gateway).send(message("1")).answer().code, "AA")
        self.assertEqual(before.send(message("2")).answer().code, "AA")


class SettingsTest(unittest.TestCase):
    def run_gateway(self, *words):
        done = subprocess.run([BIN / "handoff-gateway", "--kafka-brokers", BROKERS, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_what_is_missing_or_wrong_is_said_at_the_start(self):
        certificate, key = SEEN["server"]
        files = ["--tls-address", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key, "--tls-client-ca", SEEN["ours"].path]
        self.assertIn("needs --tls-certificate", self.run_gateway("--tls-address", "127.0.0.1:0"))
        self.assertIn("nobody could connect", self.run_gateway("--mllp-address", ""))
        self.assertIn("no/such.pem", self.run_gateway(*files, "--tls-certificate", "no/such.pem"))
        self.assertIn("belongs to the certificate", self.run_gateway(*files, "--tls-key", SEEN["anne"][1]))
        self.assertIn("authorities", self.run_gateway(*files, "--tls-client-ca", key))


class SendTest(TlsTest):
    """handoffctl send."""

    def send(self, *words, address="127.0.0.1"):
        path = SEEN["folder"] / "one.hl7"
        path.write_bytes(message("ctl"))
        return subprocess.run([BIN / "handoffctl", "send", "--mllp-address", f"{address}:{self.gateway.tls_port}", "--patience", "0",
                               *map(str, words), path], capture_output=True, text=True, timeout=PATIENCE)

    def words(self, pair, authority="ours"):
        certificate, key = SEEN[pair]
        return "--tls-ca", SEEN[authority].path, "--tls-certificate", certificate, "--tls-key", key

    def test_it_sends_by_tls(self):
        done = self.send(*self.words("anne"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 AA", done.stdout)
        self.assertEqual(self.sources(), ["st-anne"])

    def test_it_checks_the_gateways_certificate_and_name(self):
        for address, authority in (("127.0.0.1", "others"), ("localhost", "ours")):
            done = self.send(*self.words("anne", authority), address=address)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, "certificate verify failed|self.signed|hostname mismatch|unable to get")
        self.assertEqual(self.sources(), [])

    def serve_once_and_then_as_a_stranger(self, listening):
        """One message is read and never answered; from then on the certificate is another authority's."""
        impostor = SEEN["others"].issue("impostor", LOCAL)
        for pair in itertools.chain([SEEN["server"]], itertools.repeat(impostor)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pair)
            try:
                connection, _ = listening.accept()
                with context.wrap_socket(connection, server_side=True) as one:
                    one.recv(65536)
            except ssl.SSLError:
                continue
            except OSError:
                return

    def test_a_gateway_that_becomes_another_one_ends_it_when_patience_does(self):
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        threading.Thread(target=self.serve_once_and_then_as_a_stranger, args=(listening,), daemon=True).start()
        path = SEEN["folder"] / "three.hl7"
        path.write_bytes(b"".join(message(f"again-{i}") for i in range(3)))
        done = subprocess.run([BIN / "handoffctl", "send", "--mllp-address", f"127.0.0.1:{listening.getsockname()[1]}", "--patience", "1", "--window", "1",
                               "--tls-ca", SEEN["ours"].path, path], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, "no TLS: ")
        self.assertTrue(done.stdout.startswith("0 sent in"), done.stdout)

    def test_who_shows_no_certificate_is_refused(self):
        done = self.send("--tls-ca", SEEN["ours"].path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("1 messages await their answer", done.stderr)
        self.assertEqual(self.sources(), [])

    def test_a_certificate_without_its_key_is_wrong_usage(self):
        self.assertEqual(self.send("--tls-ca", SEEN["ours"].path, "--tls-certificate", SEEN["anne"][0]).returncode, 2)

    def test_a_certificate_without_authorities_is_wrong_usage_and_nothing_leaves_in_plain(self):
        done = self.send(*self.words("anne")[2:])
        self.assertEqual(done.returncode, 2)
        self.assertIn("--tls-ca", done.stderr)
        self.assertEqual(self.sources(), [])


if __name__ == "__main__":
    missing = [] if BROKERS else ["HANDOFF_TEST_KAFKA_BROKERS is not set"]
    missing += [f"{name} is not installed" for name in ("kcat", "openssl") if not shutil.which(name)]
    if missing:
        print(f"{', '.join(missing)}: this test needs a real broker", file=sys.stderr)
        sys.exit(1 if REQUIRED else SKIPPED)
    unittest.main()
