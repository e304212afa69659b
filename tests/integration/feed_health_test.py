"""Feeds as the matcher counts them: the sums are the ledger's, silence is told by handoffctl and in metrics, and what senders
write is bounded."""
import json
import subprocess
import sys
import tempfile
import unittest
import uuid
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from servers import BROKERS, Database, Service, packed, produce, require_servers, wait_until  # noqa: E402

VERDICTS = ("non_member", "matched", "review", "held", "rejected", "test")
LACKS = ("no_visit", "no_birth_date", "no_name", "no_mrn", "no_sex", "no_contact", "no_event_time", "unknown_class",
         "unknown_disposition", "unknown_admit_source")
FIELDS = ("visit-number", "birth-date", "name", "mrn", "sex", "contact", "event-time", "class-code", "disposition-code", "admit-source-code")
SKEW = ("skew_n", "skew_sum", "skew_min", "skew_max", "in_future", "late")
PERSON = "Wetherington^Ignatius||19330712|M|||7 Larkspur Lane^^Fresno^CA^93701||5595550107"
SECRET = ("Wetherington", "Ignatius", "Larkspur", "5595550107")


def message(application, facility, mrn="K1", person=PERSON, processing="P", kind="ADT^A01", recorded="20261120040000", patient_class="I",
            visit="KV1", occurred="20261120033000", admit_source="", disposition="", insured="", control=None):
    return (f"MSH|^~\\&|{application}|{facility}|HANDOFF|PLAN|{recorded}||{kind}|{control or 'Q' + uuid.uuid4().hex[:8]}|{processing}|2.5.1\r"
            f"EVN|A01|{recorded}||||{occurred}\rPID|1||{mrn}^^^STANNE^MR||{person}\r"
            f"PV1|1|{patient_class}|3N^301^1|||||||||||{admit_source}|||||{visit}" + "|" * 17 + f"{disposition}\r{insured}").encode()


MEMBER = "Marchbanks^Ottoline||19410503|F|||9 Quince Court^^Fresno^CA^93701||5595550188"
ROSTER = ("member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from\n"
          "M1,91234567A,Marchbanks,Ottoline,19410503,F,5595550188,9 Quince Court,Fresno,CA,93701,ECM,20260101\n")
CARD = "IN1|1|HMO|1|Plan" + "|" * 32 + "91234567A\r"
# What comes, how often, what of it is missing, its verdict, and the seconds from record to receipt: so that no two sums are the same.
LOTS = (
    (2, {"visit": ""}, ("no_visit",), "non_member", 5),
    (3, {"person": PERSON.replace("19330712", "")}, ("no_birth_date",), "held", 5),
    (4, {"person": PERSON.replace("Wetherington^Ignatius", "")}, ("no_name",), "held", 5),
    (5, {"mrn": ""}, ("no_mrn",), "rejected", None),
    (6, {"person": PERSON.replace("|M|", "||")}, ("no_sex",), "non_member", 5),
    (8, {"person": "Marchbanks^Ottoline||19410503|F", "insured": CARD}, ("no_contact",), "matched", 5),
    (8, {"occurred": ""}, ("no_event_time",), "non_member", 5),
    (9, {"patient_class": "?!"}, ("unknown_class",), "non_member", 5),
    (10, {"kind": "ADT^A03", "disposition": "?!"}, ("unknown_disposition",), "non_member", 5),
    (11, {"admit_source": "?!"}, ("unknown_admit_source",), "non_member", 5),
    (12, {}, (), "non_member", -600),
    (13, {}, (), "non_member", 7200),
    (1, {}, (), "non_member", 172800),
    (15, {"person": MEMBER, "insured": CARD}, (), "matched", 5),
    (16, {"person": MEMBER.replace("Ottoline", "Barnaby"), "insured": CARD}, (), "review", 5),
    (17, {"person": "Wetherington^Ignatius|||M"}, ("no_birth_date", "no_contact"), "held", 5),
    (18, {"processing": "T"}, (), "test", None),
    (14, {"kind": "ORU^R01"}, (), "rejected", None),
)

def history(feed, until="0 hours", since="8 weeks", an_hour=40):
    """Rows as the matcher writes them, of a feed that sends as much each hour."""
    return ("insert into feed_hour (hour, feed, sender, last_at, " + ", ".join((*VERDICTS, *LACKS)) + ", skew_n, skew_sum, in_future, late)"
            f" select h, '{feed}', 'A|B', least(h + interval '59 minutes', now()), {an_hour}" + ", 0" * (len(VERDICTS) + len(LACKS) - 1) +
            ", 0, 0, 0, 0 from generate_series("
            f"date_trunc('hour', now()) - interval '{since}', date_trunc('hour', now()) - interval '{until}', interval '1 hour') h")


class FeedHealth(unittest.TestCase):
    def setUp(self):
        self.database = Database().begin_at_topic_ends()
        self.addCleanup(self.database.drop)

    def start(self):
        matcher = Service(self.database, "handoff-matcher")
        self.addCleanup(matcher.close)
        return matcher.wait_ready()

    def rows(self, columns, where="true"):
        return self.database.rows(f"select {columns} from feed_hour where {where} order by 1, 2")

    def await_messages(self, n):
        wait_until(lambda: self.database.value(f"select coalesce(sum({' + '.join(VERDICTS)}), 0) from ledger") == str(n), f"{n} messages")

    def test_the_sums_are_the_ledgers(self):
        matcher = self.start()
        future = "20991120040000"
        sent = [message("EPIC", "STANNE"), message("EPIC", "STANNE", person="||||", visit="", occurred=""), message("EPIC", "STANNE", processing="T"),
                message("EPIC", "STANNE", mrn=""), message("CERNER^x", " MESALINDA ", patient_class="?!"), message("CERNER", "MESALINDA", recorded=future),
                message("NEWAPP|", "X")[:9] + b"NEW~APP|CLINIC|HANDOFF|PLAN|20261120040000||ADT^A01|Q|P|2.5.1\rPID|1||K9^^^X^MR\r",
                b"no HL7 at all", message("\xc4\x80P\x07P", "N" * 90), message("EPIC", "STANNE", kind="ORU^R01")]
        for value in sent:
            produce("adt.inbound", "K1", value)
        event = packed([(3, "mesa-linda"), (4, "A01"), (5, "Mesa Linda Medical Center"), (9, 1795171200000000), (10, "K5"), (30, packed([(1, "Wetherington")]))])
        produce("adt.inbound", "K1", event, [("content-type", "application/protobuf")])
        self.await_messages(len(sent) + 1)
        sums = ", ".join(f"sum({verdict})" for verdict in VERDICTS)
        self.assertEqual(self.database.rows(f"select {sums} from ledger"), self.database.rows(f"select {sums} from feed_hour"))
        found = {(feed, sender): counts for feed, sender, *counts in
                 self.database.rows("select feed, sender, sum(messages), sum(rejected), sum(test), sum(no_visit), sum(no_birth_date), sum(no_mrn),"
                                    " sum(no_event_time), sum(unknown_class), sum(in_future) from feed_hour group by 1, 2")}
        self.assertEqual({("st-anne", ""): ["5", "2", "1", "1", "1", "1", "1", "0", "0"],
                          ("mesa-linda", ""): ["3", "0", "0", "1", "1", "0", "1", "1", "1"],
                          ("default", "NEW|CLINIC"): ["1", "0", "0", "1", "1", "0", "1", "0", "0"],
                          ("default", "(no header)"): ["1", "1", "0", "0", "0", "0", "0", "0", "0"],
                          ("default", "(not a code)"): ["1", "0", "0", "0", "0", "0", "0", "0", "0"]}, found)
        self.assertEqual(2, matcher.metric('handoff_feed_messages_total{feed="st-anne",verdict="rejected"}'))
        self.assertEqual(1, matcher.metric('handoff_feed_missing_total{feed="mesa-linda",field="class-code"}'))
        self.assertGreater(matcher.metric('handoff_feed_last_message_timestamp_seconds{feed="st-anne"}'), 1.7e9)
        page = matcher.get("/metrics")[1]
        self.assertNotRegex(page, "NEW|CLINIC|NNN")
        listed = self.database.ctl("feeds")
        self.assertIn('1 messages, 1 in the last day: sending_application: "NEW", sending_facility: "CLINIC"', listed.stdout)
        self.assertIn("nothing came of them in eight weeks: arroyo-regional", listed.stdout)
        for word in SECRET:
            self.assertNotIn(word, page + listed.stdout + matcher.text() + str(self.database.rows("select * from feed_hour")))

    def send_lots(self):
        """Sends all lots; how often each thing is to be counted, and each message's time of record by its control id."""
        expected, records, values = Counter(), {}, []
        now = datetime.now(timezone.utc).replace(microsecond=0)
        for lot, (n, words, lacks, verdict, skew_s) in enumerate(LOTS):
            for i in range(n):
                control, recorded = f"L{lot}N{i}I{uuid.uuid4().hex[:8]}", now - timedelta(seconds=skew_s or 0)
                occurred = (recorded - timedelta(minutes=9)).strftime("%Y%m%d%H%M%S+0000")
                values.append(message("CERNER", "MESALINDA", **{"mrn": f"L{lot}N{i}", "recorded": recorded.strftime("%Y%m%d%H%M%S+0000"), "occurred": occurred,
                                                                 "control": control, **words}))
                expected.update((verdict, *lacks))
                if skew_s is not None:
                    records[control] = int(recorded.timestamp())
        subprocess.run(["kcat", "-P", "-b", BROKERS, "-t", "adt.inbound", "-p", "0"], input=b"".join(value + b"\n" for value in values), check=True, timeout=60)
        return expected, records

    def skews(self, records):
        """Seconds from record to receipt, by the broker's clock."""
        text = subprocess.run(["kcat", "-C", "-e", "-q", "-b", BROKERS, "-t", "adt.inbound", "-f", "%T %s\n", "-o", "-500"], check=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=60).stdout.decode(errors="replace")
        received = {fields[9]: int(fields[0].split()[0]) for fields in (line.split("|") for line in text.split("\n"))
                    if len(fields) > 9 and fields[9] in records}  # others' messages stand there, too, some with line feeds
        return [int((received[control] - 1000 * record) / 1000) for control, record in records.items()]

    def test_each_column_has_its_own_count(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write(ROSTER)
            file.flush()
            self.database.ctl("roster", "import", file.name)
        matcher = self.start()
        expected, records = self.send_lots()
        self.await_messages(sum(lot[0] for lot in LOTS))
        skews = self.skews(records)
        of_the_clock = [skew for skew in skews if abs(skew) <= 86400]
        expected.update(skew_n=len(of_the_clock), skew_sum=sum(of_the_clock), skew_min=min(skews), skew_max=max(skews),
                        in_future=sum(skew < -300 for skew in skews), late=sum(skew > 3600 for skew in skews))
        columns = (*VERDICTS, *LACKS, *SKEW)
        self.assertEqual(len(columns), len({expected[column] for column in columns} - {0}), expected)
        folds = {"skew_min": "min", "skew_max": "max"}
        found = self.database.rows(f"select {', '.join(folds.get(column, 'sum') + f'({column})' for column in columns)} from feed_hour")[0]
        self.assertEqual({column: expected[column] for column in columns}, dict(zip(columns, map(int, found))))
        self.assertEqual([("mesa-linda", str(sum(expected[verdict] for verdict in VERDICTS)))],
                         self.database.rows("select feed, sum(messages) from feed_hour group by 1"))
        self.told_by_metrics(matcher, expected)
        self.told_by_command(expected)

    def told_by_metrics(self, matcher, expected):
        for verdict in VERDICTS:
            name = verdict.replace("_", "-")
            self.assertEqual(expected[verdict], matcher.metric(f'handoff_feed_messages_total{{feed="mesa-linda",verdict="{name}"}}'), verdict)
        for field, column in zip(FIELDS, LACKS):
            self.assertEqual(expected[column], matcher.metric(f'handoff_feed_missing_total{{feed="mesa-linda",field="{field}"}}'), field)
        matcher.stop()
        again = self.start()  # which looks at the feeds at once
        wait_until(lambda: again.metric('handoff_feed_clock_skew_seconds{feed="mesa-linda"}') != 0, "the feeds to be looked at")
        self.assertAlmostEqual(expected["skew_sum"] / expected["skew_n"], again.metric('handoff_feed_clock_skew_seconds{feed="mesa-linda"}'), 2)

    def told_by_command(self, expected):
        feed = json.loads(self.database.ctl("feeds", "mesa-linda", "--json").stdout)
        n = sum(expected[verdict] for verdict in VERDICTS)
        self.assertEqual({verdict.replace("_", "-"): round(expected[verdict] / n, 6) for verdict in VERDICTS},
                         {name: round(share["day"], 6) for name, share in feed["verdicts"].items()})
        read = {field: n - expected["test"] - (0 if field == "mrn" else expected["rejected"]) for field in FIELDS}
        self.assertEqual({field: round(expected[column] / read[field], 6) for field, column in zip(FIELDS, LACKS)},
                         {name: round(share["day"], 6) for name, share in feed["lacks"].items()})
        self.assertEqual({"mean_seconds": round(expected["skew_sum"] / expected["skew_n"], 6), "least_seconds": expected["skew_min"],
                          "most_seconds": expected["skew_max"], "in_future": expected["in_future"], "late": expected["late"]},
                         {name: round(value, 6) for name, value in feed["clock"].items()})

    def test_a_sender_is_named_by_what_looks_like_a_code_and_by_nothing_else(self):
        """A surname alone does; what else people are known by does not."""
        names = {("EPIC", ""): "EPIC|", ("", "ST_ANNE-2.west"): "|ST_ANNE-2.west", ("Wetherington^Ignatius", "X"): "Wetherington|X", ("N" * 40, "X"): f"{'N' * 40}|X"}
        none = [("Wetherington Ignatius", "X"), ("X", "7 Larkspur Lane"), ("19330712", "X"), ("X", "559-555-0107"), ("Wetherington,Ignatius", "X"), ("X", "Núñez"),
                ("N" * 41, "X"), ('NEW"APP', "X")]
        for application, facility in (*names, *none):
            produce("adt.inbound", "K1", message(application, facility))
        event = packed([(3, "Wetherington Ignatius"), (4, "A01"), (5, "Somewhere"), (9, 1795171200000000), (10, "K5"), (30, packed([(1, "Nobody")]))])
        produce("adt.inbound", "K1", event, [("content-type", "application/protobuf")])
        self.start()
        self.await_messages(len(names) + len(none) + 1)
        self.assertEqual({**{sender: "1" for sender in names.values()}, "(not a code)": str(len(none) + 1)},
                         dict(self.database.rows("select sender, messages from feed_hour")))
        self.assertRegex(self.database.ctl("feeds").stdout, rf"\n +{len(none) + 1} messages, {len(none) + 1} in the last day: \(not a code\)\n")

    def test_the_words_of_a_sender_go_after_30_days_and_what_was_counted_stays(self):
        columns = (*VERDICTS, *LACKS, *SKEW)
        for number, (feed, sender) in enumerate((("default", "Wetherington|X"), ("default", "NEW|X"), ("default", "(others)"), ("st-anne", "EPIC|STANNE"), ("st-anne", ""))):
            self.database.rows(f"insert into feed_hour (hour, feed, sender, last_at, {', '.join(columns)})"
                               f" select date_trunc('hour', now()) - a * interval '1 day', '{feed}', '{sender}', now() - a * interval '1 day' + {number} * interval '1 second', " +
                               ", ".join(f"{number} + {i}" for i in range(len(columns))) + " from unnest(array[29, 31, 40]) a")
        counted = ("select hour, feed, max(last_at), " + ", ".join({"skew_min": "min", "skew_max": "max"}.get(column, "sum") + f"({column})" for column in columns) +
                   " from feed_hour group by 1, 2 order by 1, 2")
        before = self.database.rows(counted)
        self.start()
        wait_until(lambda: self.database.value("select count(*) from feed_hour") == "11", "old words to go")
        self.assertEqual(before, self.database.rows(counted))
        self.assertEqual({("(others)",), ("",)}, set(self.database.rows("select distinct sender from feed_hour where hour < now() - interval '30 days'")))
        self.assertEqual("5", self.database.value("select count(*) from feed_hour where hour >= now() - interval '30 days'"))

    def test_of_many_senders_it_is_told_how_many_are_not_listed(self):
        columns = ", ".join((*VERDICTS, *LACKS, "skew_n", "skew_sum", "in_future", "late"))
        for n, hours in ((104, 1), (110, 48)):
            self.database.rows(f"insert into feed_hour (hour, feed, sender, last_at, {columns}) select date_trunc('hour', now()) - interval '{hours} hours', 'default',"
                               " 'APP' || i || '|X', now(), 1" + ", 0" * (len(VERDICTS) + len(LACKS) + 3) + f" from generate_series(1, {n}) i")
        self.assertRegex(self.database.ctl("feeds").stdout, r'sending_facility: "X"\n  and 10 more\n')
        told = json.loads(self.database.ctl("feeds", "--json").stdout)
        self.assertEqual((110, 100), (told["unknown_senders_count"], len(told["unknown_senders"])))
        matcher = self.start()
        wait_until(lambda: matcher.metric("handoff_feed_unknown_senders") == 104, "senders of the last day to be told")
        self.database.rows("delete from feed_hour where sender in (select sender from feed_hour order by sender limit 20)")
        self.assertNotIn("more", self.database.ctl("feeds").stdout)

    def test_what_is_low_and_high_is_told_with_what_is_usual(self):
        self.database.rows(history("st-anne"))
        self.database.rows(history("mesa-linda", until="25 hours"))
        self.database.rows(history("mesa-linda", since="24 hours", an_hour=4))
        self.database.rows(history("harbor-pines", until="25 hours"))
        self.database.rows(history("harbor-pines", since="24 hours", an_hour=400))
        matcher = self.start()
        wait_until(lambda: matcher.metric('handoff_feed_low{feed="mesa-linda"}') == 1, "the feeds to be looked at")
        for feed, low, high, an_hour in (("st-anne", 0, 0, 40), ("mesa-linda", 1, 0, 4), ("harbor-pines", 0, 1, 400)):
            self.assertEqual((low, high), tuple(matcher.metric(f'handoff_feed_{name}{{feed="{feed}"}}') for name in ("low", "high")), feed)
            for hours in (1, 6, 24):
                came = matcher.metric(f'handoff_feed_recent_messages{{feed="{feed}",hours="{hours}"}}')
                self.assertIn(came, (an_hour * (hours + 1), an_hour * hours))  # the latter where an hour has begun meanwhile
                expected = matcher.metric(f'handoff_feed_expected_messages{{feed="{feed}",hours="{hours}"}}')
                self.assertTrue(40 * hours <= expected <= 40 * (hours + 1), expected)
        self.assertEqual(0, matcher.metric('handoff_feed_expected_messages{feed="quail-ridge",hours="24"}'))

    def test_a_batch_that_is_repeated_counts_once(self):
        for i in range(50):
            produce("adt.inbound", f"K{i}", message("EPIC", "STANNE", mrn=f"K{i}"))
        self.database.rows("create function refuse() returns trigger language plpgsql as $$ begin if (select count(*) from refused) < 3 then"
                           " raise exception using errcode = '40001'; end if; return new; end $$")
        self.database.rows("create table refused as select 1 as n")
        self.database.rows("create trigger refuse before insert or update on ledger for each row execute function refuse()")
        matcher = self.start()
        wait_until(lambda: "40001" in matcher.text(), "a batch to be rolled back")
        self.assertEqual("0", self.database.value("select count(*) from feed_hour"))
        self.database.rows("insert into refused values (2), (3)")
        self.await_messages(50)
        self.assertEqual("50", self.database.value("select sum(messages) from feed_hour"))

    def test_who_is_silent_is_told_by_command_and_metric(self):
        for sql in (history("st-anne"), history("mesa-linda", until="3 hours"), history("harbor-pines", since="5 days"),
                    history("default", until="9 days")):
            self.database.rows(sql)
        listed = self.database.ctl("feeds", "--json", check=False)
        states = {feed["name"]: feed["state"] for feed in json.loads(listed.stdout)["feeds"]}
        self.assertEqual(("silent", "steady", "learning", "steady", "never"),
                         tuple(states[name] for name in ("mesa-linda", "st-anne", "harbor-pines", "default", "bluff-point")))
        self.assertEqual(1, listed.returncode)
        self.assertEqual((0, 1), tuple(self.database.ctl("feeds", name, check=False).returncode for name in ("st-anne", "mesa-linda")))
        self.assertRegex(self.database.ctl("feeds", check=False).stdout, r"silent +mesa-linda .*\n +silent since .*: \d+ messages were to be expected\n")
        week = json.loads(self.database.ctl("feeds", "st-anne", "--json").stdout)["week"]
        self.assertEqual((168, {40}), (len(week), {hour["expected"] for hour in week}))
        self.assertEqual(2, self.database.ctl("feeds", "st-nobody", check=False).returncode)
        matcher = self.start()
        wait_until(lambda: matcher.metric('handoff_feed_silent{feed="mesa-linda"}') == 1, "silence to be told")
        self.assertEqual(0, matcher.metric('handoff_feed_silent{feed="st-anne"}'))

    def test_a_sender_who_calls_himself_differently_each_time_fills_nothing(self):
        values = b"".join(message(f"APP{i}", "X", mrn=f"K{i}") + b"\n" for i in range(300))
        subprocess.run(["kcat", "-P", "-b", BROKERS, "-t", "adt.inbound", "-p", "0"], input=values, check=True, timeout=60)
        self.start()
        self.await_messages(300)
        rows = dict(self.database.rows("select sender, sum(messages) from feed_hour group by 1"))
        self.assertEqual(300, sum(map(int, rows.values())))
        self.assertGreaterEqual(int(rows["(others)"]), 1)
        columns = ", ".join((*VERDICTS, *LACKS))
        self.database.rows(f"insert into feed_hour (hour, feed, sender, last_at, {columns}, skew_n, skew_sum, in_future, late)"  # this hour and the next
                           " select date_trunc('hour', now()) + h * interval '1 hour', 'default', 'APP' || i || '|X', now()" +
                           ", 0" * (len(VERDICTS) + len(LACKS) + 4) + " from generate_series(0, 1) h, generate_series(0, 4999) i on conflict do nothing")
        before = int(rows["(others)"])
        produce("adt.inbound", "K1", message("LATER", "X"))
        produce("adt.inbound", "K1", message("APP0", "X"))
        self.await_messages(302)
        rows = dict(self.database.rows("select sender, sum(messages) from feed_hour group by 1"))
        self.assertNotIn("LATER|X", rows)
        self.assertEqual((before + 1, "2"), (int(rows["(others)"]), rows["APP0|X"]))

    def test_what_is_older_than_400_days_goes(self):
        self.database.rows(history("st-anne", since="401 days", until="398 days"))
        self.start()
        wait_until(lambda: self.database.value("select min(hour) > now() - interval '400 days' from feed_hour") == "t", "old rows to go")
        self.assertGreater(int(self.database.value("select count(*) from feed_hour")), 24)


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
