"""The notifier: each notice goes out once, to those who are to know, and nothing of it is lost."""
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from partners import SmtpServer, WebhookServer  # noqa: E402
from servers import BIN, ROOT, Database, Service, Session, packed, produce, require_servers, wait_until  # noqa: E402

SECRET = "whsec_aGFuZG9mZiB0ZXN0IHNlY3JldCwgMzIgYnl0ZXMgb2s="
FAST = {"HANDOFF_RETRY_FIRST_MS": "20", "HANDOFF_RETRY_MOST_MS": "50", "HANDOFF_DELIVERY_TIMEOUT_MS": "5000"}


def new_key():
    return os.urandom(16).hex()


def notice(key, member, *, correction_of="", roles=("coordinator",), task=""):
    fields = [(1, bytes.fromhex(key)), (2, member), (3, "discharge-notice")]
    if correction_of:
        return packed(fields + [(11, True), (12, bytes.fromhex(correction_of))])
    return packed(fields + [(4, "Discharged to home"), (5, "inpatient"), (6, "home"), (7, 1764000000000000), (8, "St. Invented Hospital"),
                            (9, "home"), (10, list(roles)), (13, "ecm"), (16, task)])


class NotifierTest(unittest.TestCase):
    """With a mail server, a webhook receiver, a database and a notifier for the whole class."""
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.secret_file = Path(cls.folder.name) / "secret"
        cls.secret_file.write_text(SECRET + "\n")
        cls.smtp, cls.webhook = SmtpServer(), WebhookServer(SECRET)
        cls.database = Database().begin_at_topic_ends()
        cls.service = cls.start(**cls.settings)

    @classmethod
    def variables(cls, **more):
        return {**FAST, "HANDOFF_SMTP_URL": f"smtp://127.0.0.1:{cls.smtp.port}", "HANDOFF_MAIL_FROM": "handoff@plan.example",
                "HANDOFF_PUBLIC_URL": "https://handoff.plan.example/", "HANDOFF_WEBHOOK_URL": cls.webhook.url,
                "HANDOFF_WEBHOOK_SECRET_FILE": str(cls.secret_file), "HANDOFF_WEBHOOK_ALLOW_PRIVATE": "yes", **more}

    @classmethod
    def start(cls, **more):
        return Service(cls.database, "handoff-notifier", **cls.variables(**more)).wait_ready()

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        text = cls.service.text()
        cls.service.close()
        cls.smtp.close()
        cls.webhook.close()
        cls.database.drop()
        cls.folder.cleanup()
        assert status == 0, text

    def member(self):
        """A new member's id and the coordinator's address."""
        name = os.urandom(4).hex()
        self.database.rows(f"insert into member (member_id, surname, given, coordinator, coordinator_email, seq, hash)"
                           f" values ('{name}', 'Secretsurname', 'Secretgiven', 'Ana', '{name}@team.example', 1, '')")
        return name, f"{name}@team.example"

    def rows(self, sql):
        return self.database.rows(sql)

    def plan(self, key, wanted=True):
        self.database.rows("insert into notice_plan (plan_key, member_id, change, name, wanted, key)"
                           f" values (decode('{new_key()}', 'hex'), 'm', '', 'n', {wanted}, decode('{key}', 'hex'))")

    def withheld(self):
        """A mail whose data are with the server, which answers once the event is set: address, key of the notice, event."""
        member, address = self.member()
        answer = threading.Event()
        self.addCleanup(answer.set)
        self.smtp.steps.plan(address, answer.wait)
        key = self.ask(member)
        wait_until(lambda: self.smtp.attempts_to(address), "the data are there")
        return address, key, answer

    def ask(self, member, **more):
        """A planned notice on the topic; its key."""
        key = new_key()
        self.plan(key)
        produce("transition.events", member, notice(key, member, **more))
        return key

    def delivery(self, key, channel="email"):
        rows = self.database.rows("select status, attempts, ambiguous, message_id, last_error from delivery"
                                  f" where notice_key = decode('{key}', 'hex') and channel = '{channel}'")
        return rows[0] if rows else None

    def wait_status(self, key, status, channel="email"):
        wait_until(lambda: (self.delivery(key, channel) or [""])[0] == status, f"{channel} of {key} is {status}: {self.delivery(key, channel)}")
        return self.delivery(key, channel)

    def handled(self):
        return int(self.database.value("select coalesce(sum(n), 0) from leg where stage = 'handled:transition.events'"))


class Mail(NotifierTest):
    def test_a_mail_holds_the_link_and_nothing_private(self):
        member, address = self.member()
        key = self.ask(member)
        self.wait_status(key, "sent")
        mail = self.smtp.to(address)[0]
        self.assertEqual("handoff@plan.example", mail.sender)
        self.assertEqual("A care transition needs you", mail.message["Subject"])
        self.assertEqual(f"<{key}.{hashlib.sha256(address.encode()).hexdigest()[:16]}@handoff.invalid>", mail.id)
        self.assertIn(b"https://handoff.plan.example/", mail.data)
        for word in (b"Secret", member.encode() + b" ", b"St. Invented", b"Discharged", b"inpatient", b"home"):
            self.assertNotIn(word, mail.data)

    def test_a_repeated_notice_makes_one_mail_and_is_counted_once(self):
        member, address = self.member()
        before = self.handled()
        key = new_key()
        self.plan(key)
        for _ in range(3):
            produce("transition.events", member, notice(key, member))
        last = self.ask(member)
        self.wait_status(last, "sent")
        self.assertEqual(2, len(self.smtp.to(address)))
        self.assertEqual(before + 2, self.handled())

    def test_a_passing_refusal_is_tried_again_under_the_same_id(self):
        member, address = self.member()
        self.smtp.steps.plan(address, "451 later", ("rcpt", "450 busy"))
        key = self.ask(member)
        status, attempts, ambiguous, message_id, error = self.wait_status(key, "sent")
        self.assertEqual(("3", "0", ""), (attempts, ambiguous, error))
        self.assertEqual({message_id}, {mail.id for mail in self.smtp.attempts_to(address)})
        self.assertEqual(1, len(self.smtp.to(address)))

    def test_a_refusal_for_good_ends_it(self):
        for step in ("554 never", ("rcpt", "550 unknown")):
            member, address = self.member()
            self.smtp.steps.plan(address, step)
            status = self.wait_status(self.ask(member), "failed")
            self.assertEqual(("1", "0"), status[1:3])
            self.assertIn("answered 55", status[4])
            self.assertEqual([], self.smtp.to(address))

    def test_a_server_that_closes_after_the_data_leaves_an_ambiguous_attempt_that_is_repeated(self):
        member, address = self.member()
        self.smtp.steps.plan(address, "close")
        key = self.ask(member)
        status = self.wait_status(key, "sent")
        self.assertEqual(("2", "1"), status[1:3])
        attempts = self.smtp.attempts_to(address)
        self.assertEqual(2, len(attempts))
        self.assertEqual(attempts[0].id, attempts[1].id)

    def test_attempts_have_a_limit(self):
        member, address = self.member()
        self.smtp.steps.plan(address, *["450 busy"] * 50)
        self.assertEqual("4", self.wait_status(self.ask(member), "failed")[1])
        self.assertEqual(4, len(self.smtp.attempts_to(address)))

    settings = {"HANDOFF_DELIVERY_ATTEMPTS": "4"}

    def test_what_is_not_wanted_any_more_is_not_sent(self):
        member, address = self.member()
        gone, never = new_key(), new_key()
        self.plan(gone, wanted=False)
        for key in (gone, never):  # never: another message took its place in the plan
            produce("transition.events", member, notice(key, member))
        self.wait_status(gone, "not-wanted")
        self.wait_status(never, "not-wanted")
        self.assertEqual([], self.smtp.attempts_to(address))

    def test_a_notice_that_is_wanted_again_while_it_would_be_put_aside_goes_out(self):
        member, address = self.member()
        key = new_key()
        self.plan(key, wanted=False)
        self.rows(f"insert into member_state (member_id) values ('{member}')")
        planner = Session(self.database)
        self.addCleanup(planner.close)
        planner.run(f"begin; select from member_state where member_id = '{member}' for update;"
                    f" update notice_plan set wanted = true where key = decode('{key}', 'hex')")
        produce("transition.events", member, notice(key, member))
        seen = ("select d.status <> 'pending' or d.next_attempt_at > n.handled_at from delivery d join notice n on n.key = d.notice_key"
                f" where n.key = decode('{key}', 'hex') and d.channel = 'email'")
        wait_until(lambda: self.rows(seen) == [("t",)], "the notifier has looked at it")
        self.assertEqual("pending", self.delivery(key)[0], "the plan is about to count on it")
        planner.run("commit")
        self.wait_status(key, "sent")
        self.assertEqual(1, len(self.smtp.attempts_to(address)))

    def test_what_was_cut_off_and_is_put_aside_may_have_been_sent(self):
        member, address = self.member()
        self.smtp.steps.plan(address, "hang")
        key = self.ask(member)
        wait_until(lambda: self.smtp.attempts_to(address), "the attempt is under way")
        self.service.kill()
        self.unwanted_and_due(key)
        self.service.start()
        self.assertEqual(("1", "1"), self.wait_status(key, "not-wanted")[1:3])
        correction = new_key()
        produce("transition.events", member, notice(correction, member, correction_of=key))
        self.wait_status(correction, "sent")
        self.service.wait_ready()

    def test_what_another_has_put_aside_and_turns_out_to_be_sent_is_sent(self):
        other = self.start(HANDOFF_INSTANCE="other")
        self.addCleanup(other.close)
        member, address = self.member()
        key = new_key()

        def put_aside():
            self.unwanted_and_due(key)
            self.wait_status(key, "not-wanted")

        self.smtp.steps.plan(address, put_aside)
        self.plan(key)
        produce("transition.events", member, notice(key, member))
        self.assertEqual(("1", "1"), self.wait_status(key, "sent")[1:3])

    def unwanted_and_due(self, key):
        """As when the plan has changed, and the lease of an attempt is over."""
        self.rows(f"update notice_plan set wanted = false, paused = true where key = decode('{key}', 'hex')")
        self.rows(f"update delivery set next_attempt_at = now() where notice_key = decode('{key}', 'hex') and status = 'pending'")

    # ---- Reminders.

    def remind(self, member, want="wanted", work=""):
        """A planned reminder of a task, on the topic; its key. The plan does not know of the work."""
        key, change, other = new_key(), new_key(), new_key()
        task = f"'{member}', decode('{change}', 'hex'), 'contact'"
        self.rows("insert into task_plan (key, member_id, change, template, aliases, title, role, want, due, reason, protocol, protocol_hash, outcomes, occurred)"
                  f" values (decode('{new_key()}', 'hex'), {task}, array[decode('{other}', 'hex'), decode('{change}', 'hex')], 'Contact', 'coordinator',"
                  f" '{want}', now(), '', 'p', '', '{{reached}}', now())")
        if work:
            self.rows("insert into task_work (member_id, change, template, status, outcome, occurred, updated_by)"
                      f" values ('{member}', decode('{other}', 'hex'), 'contact', '{work}', '', now(), 'ana')")
        self.rows("insert into notice_plan (plan_key, member_id, change, task, name, wanted, key, due)"
                  f" values (decode('{new_key()}', 'hex'), {task}, 'contact/due-soon', true, decode('{key}', 'hex'), now())")
        produce("transition.events", member, notice(key, member, task="contact"))
        return key

    def test_a_reminder_of_a_task_that_is_to_be_done_is_sent(self):
        for work in ("", "open", "claimed"):
            member, address = self.member()
            self.wait_status(self.remind(member, work=work), "sent")
            self.assertEqual(1, len(self.smtp.to(address)), work)

    def test_a_reminder_of_a_task_that_is_done_is_not_sent_though_the_plan_does_not_know(self):
        member, address = self.member()
        self.assertEqual("no longer wanted", self.wait_status(self.remind(member, work="done"), "not-wanted")[4])
        self.assertEqual([], self.smtp.attempts_to(address))

    def test_a_reminder_of_a_task_that_is_gone_is_not_sent(self):
        for want in ("withdrawn", "superseded"):
            member, address = self.member()
            self.wait_status(self.remind(member, want=want), "not-wanted")
            self.assertEqual([], self.smtp.attempts_to(address), want)

    def test_a_correction_follows_to_those_who_were_told(self):
        member, address = self.member()
        first = self.ask(member)
        self.wait_status(first, "sent")
        self.database.rows(f"update notice_plan set wanted = false where key = decode('{first}', 'hex')")
        self.database.rows(f"update member set coordinator_email = 'someone.else@team.example' where member_id = '{member}'")
        second = new_key()
        produce("transition.events", member, notice(second, member, correction_of=first))
        self.wait_status(second, "sent")
        self.wait_status(second, "sent", "webhook")
        self.assertEqual(["A care transition needs you", "A care transition notice no longer holds"],
                         [mail.message["Subject"] for mail in self.smtp.to(address)])
        call = self.webhook.about(second)[0].json
        self.assertEqual((True, first), (call["correction"], call["corrects"]))

    def test_what_was_never_sent_needs_no_correction(self):
        member, address = self.member()
        first, second = new_key(), new_key()
        self.plan(first, wanted=False)
        produce("transition.events", member, notice(first, member))
        produce("transition.events", member, notice(second, member, correction_of=first))
        self.wait_status(first, "not-wanted")
        self.wait_status(second, "not-wanted")
        self.assertEqual([], self.smtp.attempts_to(address))

    def test_a_member_without_coordinator_is_counted_and_others_go_on(self):
        name = os.urandom(4).hex()
        before = self.handled()
        key = self.ask(name)
        self.wait_status(key, "sent", "webhook")
        self.assertIsNone(self.delivery(key))
        self.assertEqual(before + 1, self.handled())

    def test_a_role_that_nobody_has_makes_no_mail(self):
        member, address = self.member()
        key = self.ask(member, roles=("pharmacist",))
        self.wait_status(key, "sent", "webhook")
        self.assertIsNone(self.delivery(key))

    def test_a_message_that_is_no_notice_is_counted_and_passed_over(self):
        before = self.service.metric("handoff_notices_unreadable_total")
        member, _ = self.member()
        produce("transition.events", member, b"\xff\xff")
        self.wait_status(self.ask(member), "sent")
        self.assertEqual(before + 1, self.service.metric("handoff_notices_unreadable_total"))

    def test_an_outcome_outlives_a_lost_database_connection(self):
        member, address = self.member()
        self.smtp.steps.plan(address, lambda: self.database.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'handoff-notifier sender'"))
        self.assertEqual(("1", "0"), self.wait_status(self.ask(member), "sent")[1:3])
        self.assertEqual(1, len(self.smtp.attempts_to(address)))

    def test_killed_in_an_attempt_it_is_ambiguous_and_repeated_under_the_same_id(self):
        member, address = self.member()
        self.smtp.steps.plan(address, "hang")
        key = self.ask(member)
        wait_until(lambda: self.smtp.attempts_to(address), "the attempt is under way")
        self.service.kill()
        self.assertEqual(("pending", "1", "0"), self.delivery(key)[:3])
        self.database.rows(f"update delivery set next_attempt_at = now() where notice_key = decode('{key}', 'hex') and status = 'pending'")
        self.service.start()
        self.assertEqual(("2", "1"), self.wait_status(key, "sent")[1:3])
        self.assertEqual(1, len({mail.id for mail in self.smtp.attempts_to(address)}))
        self.service.wait_ready()

    def test_the_metrics_tell_outcomes_and_the_oldest(self):
        member, address = self.member()
        sent, retried = ('handoff_deliveries_total{channel="email",outcome="%s"}' % outcome for outcome in ("sent", "retried"))
        before = self.service.metric(sent), self.service.metric(retried)
        self.smtp.steps.plan(address, "450 busy")
        self.wait_status(self.ask(member), "sent")
        self.assertEqual((before[0] + 1, before[1] + 1), (self.service.metric(sent), self.service.metric(retried)))
        self.assertIn("handoff_delivery_oldest_seconds", self.service.get("/metrics")[1])

    def test_logs_name_no_person_and_no_address(self):
        member, address = self.member()
        self.smtp.steps.plan(address, "450 no <%s> here" % address, ("rcpt", "550 unknown " + address))
        self.wait_status(self.ask(member), "failed")
        self.assertNotIn(member, self.service.text())
        self.assertNotIn("Secret", self.service.text())


class Webhook(NotifierTest):
    settings = {"HANDOFF_SMTP_URL": ""}

    def test_a_call_is_signed_and_complete(self):
        member, _ = self.member()
        key = self.ask(member)
        self.wait_status(key, "sent", "webhook")
        call = self.webhook.about(key)[0]
        self.assertTrue(self.webhook.signature_holds(call))
        self.assertEqual(f"{key}.webhook", call.id)
        self.assertEqual("application/json", call.headers["content-type"])
        self.assertEqual({"key": key, "name": "discharge-notice", "title": "Discharged to home", "member_id": member, "from": "inpatient", "to": "home",
                          "occurred": "2025-11-24T16:00:00Z", "facility": "St. Invented Hospital", "correction": False}, call.json)
        self.assertIsNone(self.delivery(key), "no mail server, no mail")

    def test_a_failing_call_is_repeated_under_the_same_id(self):
        member, _ = self.member()
        key = new_key()
        self.webhook.steps.plan(key, 500, 404, "close")
        self.plan(key)
        produce("transition.events", member, notice(key, member))
        self.assertEqual(("4", "1"), self.wait_status(key, "sent", "webhook")[1:3])
        self.assertEqual([f"{key}.webhook"] * 4, [call.id for call in self.webhook.about(key)])

    def test_gone_means_never_again(self):
        member, _ = self.member()
        key = new_key()
        self.webhook.steps.plan(key, 410)
        self.plan(key)
        produce("transition.events", member, notice(key, member))
        self.assertEqual("1", self.wait_status(key, "failed", "webhook")[1])

    def test_a_redirect_is_not_followed(self):
        member, _ = self.member()
        key = new_key()
        self.webhook.steps.plan(key, ("redirect", f"http://127.0.0.1:{self.webhook.port}/elsewhere"))
        self.plan(key)
        produce("transition.events", member, notice(key, member))
        self.assertEqual("2", self.wait_status(key, "sent", "webhook")[1])
        self.assertEqual(2, len(self.webhook.about(key)))


class Fenced(NotifierTest):
    """Without leave to call private addresses."""

    @classmethod
    def setUpClass(cls):
        cls.settings = {"HANDOFF_WEBHOOK_ALLOW_PRIVATE": "no", "HANDOFF_DELIVERY_ATTEMPTS": "2", "HANDOFF_SMTP_URL": "",
                        "HANDOFF_WEBHOOK_URL": "https://localhost:1/hook"}
        super().setUpClass()

    def test_a_private_address_is_never_called(self):
        member, _ = self.member()
        status = self.wait_status(self.ask(member), "failed", "webhook")
        self.assertEqual("calls to private addresses are not allowed", status[4])


class Impatient(NotifierTest):
    settings = {"HANDOFF_DELIVERY_TIMEOUT_MS": "1000", "HANDOFF_MAIL_ANSWER_MS": "1000"}

    def test_no_answer_in_time_after_the_data_is_ambiguous_and_repeated(self):
        member, address = self.member()
        self.smtp.steps.plan(address, "hang")
        self.assertEqual(("2", "1"), self.wait_status(self.ask(member), "sent")[1:3])
        self.assertEqual(1, len({mail.id for mail in self.smtp.attempts_to(address)}))


    def test_a_server_that_does_not_answer_a_farewell_keeps_nobody(self):
        other = self.start(HANDOFF_INSTANCE="other")
        self.addCleanup(other.close)
        self.smtp.silent_at_quit = True
        member, _ = self.member()
        self.wait_status(self.ask(member), "sent")
        begun = time.monotonic()
        self.assertEqual(0, other.stop())
        self.assertEqual(0, self.service.stop())
        self.assertLess(time.monotonic() - begun, 20)
        type(self).service = self.start(**self.settings)


class Slow(NotifierTest):
    settings = {"HANDOFF_DELIVERY_TIMEOUT_MS": "600000"}

    def test_a_server_that_withholds_its_answer_keeps_nobody_waiting(self):
        slow_address, key, answer = self.withheld()
        other, _ = self.member()
        other_key = self.ask(other)
        for channel in ("email", "webhook"):
            self.wait_status(other_key, "sent", channel)
        self.assertEqual(200, self.service.get("/readyz")[0])
        self.assertEqual(("pending", "1", "0"), self.delivery(key)[:3])
        answer.set()
        self.assertEqual(("1", "0"), self.wait_status(key, "sent")[1:3])
        self.assertEqual(1, len(self.smtp.attempts_to(slow_address)))

    def test_a_refusal_of_the_sender_is_no_end_for_the_mail(self):
        member, address = self.member()
        self.smtp.refuses_senders = True
        self.addCleanup(setattr, self.smtp, "refuses_senders", False)
        key = self.ask(member)
        wait_until(lambda: int((self.delivery(key) or (0, 0))[1]) >= 2, "it was tried twice")
        self.smtp.refuses_senders = False
        self.wait_status(key, "sent")


class Patient(NotifierTest):
    settings = {"HANDOFF_DELIVERY_TIMEOUT_MS": "1000"}

    def test_a_mail_server_may_take_longer_over_its_answer_than_an_attempt_and_its_lease_last(self):
        address, key, answer = self.withheld()
        lease = f"select extract(epoch from next_attempt_at) from delivery where notice_key = decode('{key}', 'hex') and channel = 'email'"
        first = self.rows(lease)
        wait_until(lambda: self.rows(lease) > first, "the lease is renewed")
        self.assertEqual(("pending", "1", "0"), self.delivery(key)[:3])
        answer.set()
        self.assertEqual(("1", "0"), self.wait_status(key, "sent")[1:3])
        self.assertEqual(1, len(self.smtp.attempts_to(address)))


class OneByOne(NotifierTest):
    settings = {"HANDOFF_DELIVERY_TIMEOUT_MS": "600000", "HANDOFF_DELIVERIES_AT_ONCE": "1"}

    def test_calls_do_not_wait_for_mails_that_take_every_place(self):
        _, key, answer = self.withheld()
        other, _ = self.member()
        self.wait_status(key, "sent", "webhook")
        other_key = self.ask(other)
        self.wait_status(other_key, "sent", "webhook")
        self.assertEqual(["pending", "pending"], [self.delivery(k)[0] for k in (key, other_key)])
        answer.set()
        self.wait_status(other_key, "sent")


class Several(NotifierTest):
    settings = {"HANDOFF_DELIVERIES_AT_ONCE": "3"}

    def test_two_notifiers_share_the_work_and_send_each_once(self):
        other = self.start(HANDOFF_INSTANCE="other", HANDOFF_DELIVERIES_AT_ONCE="3")
        self.addCleanup(other.close)
        member, address = self.member()
        keys = [new_key() for _ in range(120)]
        self.database.rows("with k as (select decode(k, 'hex') as key from unnest(string_to_array('%s', ',')) k),"
                           " p as (insert into notice_plan (plan_key, member_id, change, name, wanted, key) select key, 'm', '', 'n', true, key from k),"
                           " n as (insert into notice (key, member_id, name, body) select key, 'm', 'n', decode('%s', 'hex') from k returning key)"
                           " insert into delivery (notice_key, channel, recipient, message_id) select key, 'email', '%s', '<' || encode(key, 'hex') || '@x>' from n"
                           % (",".join(keys), notice(new_key(), member).hex(), address))
        wait_until(lambda: self.database.value("select count(*) from delivery where status <> 'sent'") == "0", "all are sent", 60)
        self.assertEqual(sorted(f"<{key}@x>" for key in keys), sorted(mail.id for mail in self.smtp.attempts_to(address)))
        sent = [service.metric('handoff_deliveries_total{channel="email",outcome="sent"}') for service in (self.service, other)]
        self.assertEqual(len(keys), sum(sent))
        self.assertEqual(0, other.stop())


class Secured(NotifierTest):
    """STARTTLS and a user, with a certificate that only the given file trusts."""

    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.TemporaryDirectory()
        certificate = Path(cls.keys.name) / "server.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", certificate, "-out", Path(cls.keys.name) / "ca.pem"],
                       check=True, capture_output=True)
        certificate.write_bytes(certificate.read_bytes() + (Path(cls.keys.name) / "ca.pem").read_bytes())
        password = Path(cls.keys.name) / "password"
        password.write_text("correct horse\n")
        cls.secured = SmtpServer(certificate, {"sender": "correct horse"}, one_mail=True)
        cls.settings = {"HANDOFF_SMTP_URL": f"smtp://localhost:{cls.secured.port}", "HANDOFF_SMTP_TLS": "required", "HANDOFF_SMTP_USER": "sender",
                        "HANDOFF_SMTP_PASSWORD_FILE": str(password), "HANDOFF_TLS_CA_FILE": str(Path(cls.keys.name) / "ca.pem"),
                        "HANDOFF_WEBHOOK_URL": ""}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.secured.close()
        cls.keys.cleanup()

    def test_mail_goes_through_tls_under_the_user(self):
        member, address = self.member()
        self.wait_status(self.ask(member), "sent")
        mail = self.secured.to(address)[0]
        self.assertEqual((True, "sender"), (mail.tls, mail.user))

    def test_a_wrong_password_is_no_end_for_the_mail(self):
        member, address = self.member()
        self.secured.users["sender"] = "another"
        key = self.ask(member)
        wait_until(lambda: int((self.delivery(key) or (0, 0))[1]) >= 2, "it was tried twice")
        self.secured.users["sender"] = "correct horse"
        self.wait_status(key, "sent")

    def test_without_tls_nothing_is_sent_where_it_is_required(self):
        member, address = self.member()
        context, self.secured.context = self.secured.context, None
        key = self.ask(member)
        wait_until(lambda: int((self.delivery(key) or (0, 0))[1]) >= 2, "it was tried twice")
        self.assertEqual([], self.secured.attempts_to(address))
        self.secured.context = context
        self.wait_status(key, "sent")


class Settings(unittest.TestCase):
    def run_with(self, **variables):
        return subprocess.run([BIN / "handoff-notifier"], capture_output=True, text=True, timeout=60, cwd=ROOT,
                              env={"PATH": os.environ["PATH"], "HANDOFF_DATABASE_URL": "postgresql://127.0.0.1:1/none", **variables})

    def test_settings_that_do_not_fit_end_it_with_2(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("not a secret")
            file.flush()
            for variables, words in (
                    ({"HANDOFF_SMTP_URL": "mail.example:25"}, "smtp-url is not like"),
                    ({"HANDOFF_SMTP_URL": "smtp://user:opensesame@mail.example"}, "carries a password"),
                    ({"HANDOFF_SMTP_URL": "smtp://mail.example", "HANDOFF_SMTP_USER": "u"}, "in the clear"),
                    ({"HANDOFF_SMTP_URL": "smtps://mail.example", "HANDOFF_SMTP_USER": "u", "HANDOFF_SMTP_PASSWORD_FILE": "/nowhere"}, "smtp-password-file: "),
                    ({"HANDOFF_SMTP_URL": "smtp://mail.example", "HANDOFF_SMTP_TLS": "maybe"}, "none of none, required"),
                    ({"HANDOFF_SMTP_URL": "smtp://mail.example", "HANDOFF_MAIL_FROM": "nobody"}, "mail-from is no e-mail address"),
                    ({"HANDOFF_WEBHOOK_URL": "http://partner.example/"}, "webhook-url is not like https"),
                    ({"HANDOFF_WEBHOOK_URL": "https://partner.example/"}, "needs webhook-secret-file"),
                    ({"HANDOFF_WEBHOOK_URL": "https://partner.example/", "HANDOFF_WEBHOOK_SECRET_FILE": file.name}, "holds no secret"),
                    ({"HANDOFF_DELIVERY_ATTEMPTS": "0"}, "whole number from 1"),
            ):
                with self.subTest(variables):
                    done = self.run_with(**variables)
                    self.assertEqual(2, done.returncode, done.stderr)
                    self.assertIn(words, done.stderr)
                    self.assertNotIn("opensesame", done.stderr)
                    self.assertNotIn("not a secret", done.stderr)


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
