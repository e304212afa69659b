"""Feeds that are on Kafka already: HL7 and AdtEvent by the example producer lead to tasks, and what is bad is rejected
with its reason, listed, and stops nobody."""
import json
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from servers import BROKERS, ROOT, Database, Service, packed, produce, require_servers, wait_until  # noqa: E402

PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's libraries
HEADER = "member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from,coordinator,coordinator_email\n"
MEMBERS = (("M1", "90000001A", "Quillfeather", "Odalys"), ("M2", "90000002B", "Marchbanks", "Thaddeus"))
FACILITY = "St. Anne Hospital"
ADMITTED, DISCHARGED = 1795171200000000, 1795257600000000  # 20261120 and 21, 12:00 UTC
PROTOBUF, HL7 = "application/protobuf", "application/hl7-v2+er7"


def roster():
    return HEADER + "".join(f"{member},{cin},{surname},{given},1961040{i},F,559555010{i},{i} Larkspur Lane,Fresno,CA,93701,ECM,20260101,"
                            "Ana Ruiz,ana@team.example\n" for i, (member, cin, surname, given) in enumerate(MEMBERS, 1))


def stay():
    """An admission and a discharge home of the first member, as another system says it."""
    person = {"surname": "Quillfeather", "given": "Odalys", "birthDate": 19610401, "sex": "F", "phone": "5595550101", "zip": "93701",
              "address": "1 Larkspur Lane", "insuredIds": ["90000001A"]}
    event = {"feed": "st-anne", "facility": FACILITY, "mrn": "K1", "visit": "KV1", "patientClass": "PATIENT_CLASS_INPATIENT", "person": person}
    return [dict(event, trigger="A01", recorded=str(ADMITTED), admitted=str(ADMITTED)),
            dict(event, trigger="A03", recorded=str(DISCHARGED), discharged=str(DISCHARGED), destination="DESTINATION_HOME", disposition="01")]


def hl7_stay():
    """The same of the second member, as HL7 messages."""
    def message(trigger, at, disposition, discharged):
        return (f"MSH|^~\\&|EPIC|STANNE|HANDOFF|PLAN|{at}||ADT^{trigger}|{trigger}-K2|P|2.5.1\rEVN|{trigger}|{at}\r"
                "PID|1||K2^^^STANNE^MR||Marchbanks^Thaddeus||19610402|F|||2 Larkspur Lane^^Fresno^CA^93701||5595550102\r"
                f"PV1|1|I|3N^301^1||||||||||||||||KV2|||||||||||||||||{disposition}||||||||20261120040000|{discharged}\r"
                "IN1|1|HMO|1|Plan||||||||||||||||||||||||||||||||90000002B\r").encode()
    return [message("A01", "20261120040000", "", ""), message("A03", "20261121040000", "01", "20261121040000")]


def event(**more):
    """A packed AdtEvent of a stranger, by the fields' numbers."""
    person = packed([(1, "Wetherington"), (2, "Ignatius"), (5, 19330712), (6, "M")])
    fields = {3: "st-anne", 4: "A01", 5: FACILITY, 9: ADMITTED, 10: "K9", 30: person, **{int(name[1:]): value for name, value in more.items()}}
    return packed(sorted(fields.items()))


def produce_empty(key, headers, *words):
    """Without a value; with -Z without a key, too, where that is empty."""
    headers = [word for name, text in headers for word in ("-H", f"{name}={text}")]
    subprocess.run(["kcat", "-P", "-b", BROKERS, "-t", "adt.inbound", "-K", "%", *headers, *words], input=f"{key}%\n".encode(), check=True,
                   capture_output=True, timeout=60)


class Inbound(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.database = Database().begin_at_topic_ends()
        self.addCleanup(self.database.drop)
        (self.folder / "roster.csv").write_text(roster())
        self.database.ctl("roster", "import", self.folder / "roster.csv")
        self.services = []

    def start(self, *names):
        for name in names:
            self.services.append(Service(self.database, f"handoff-{name}", HANDOFF_INTERVAL_SECONDS="0"))
            self.addCleanup(self.services[-1].close)
        for service in self.services:
            service.wait_ready()

    def example(self, *words, given=""):
        return subprocess.run([PYTHON, ROOT / "tests/support/example_producer.py", "--brokers", BROKERS, "--source", "st-anne", *words],
                              input=given, capture_output=True, text=True, timeout=120)

    def await_verdicts(self, **wanted):
        columns = ("non_member", "matched", "review", "held", "rejected", "test")
        sql = f"select {', '.join(f'coalesce(sum({column}), 0)' for column in columns)} from ledger"
        found = {}

        def reached():
            found.update(zip(columns, map(int, self.database.rows(sql)[0])))
            return sum(found.values()) >= sum(wanted.values())
        wait_until(reached, f"{sum(wanted.values())} messages to be decided")
        self.assertEqual(wanted, {column: n for column, n in found.items() if n})

    def all_is_applied(self):
        """What came of the messages that are decided, for that is written with the verdict."""
        legs = dict(self.database.rows("select stage, sum(n) from leg group by stage"))
        return legs["written:adt.matched"] == legs["published:adt.matched"] == legs["handled:adt.matched"]

    def test_events_and_hl7_of_the_example_producer_lead_to_tasks(self):
        self.start("relay", "matcher", "transitions")
        paths = []
        for i, message in enumerate(hl7_stay()):
            paths.append(self.folder / f"{i}.hl7")
            paths[-1].write_bytes(message)
        events = "".join(json.dumps(one) + "\n" for one in stay())
        for sent in (self.example(given=events), self.example("--hl7", *paths)):
            self.assertEqual((0, "2 delivered\n"), (sent.returncode, sent.stdout), sent.stderr)
        self.await_verdicts(matched=4)
        for member, *_ in MEMBERS:
            wait_until(lambda: self.database.value(f"select count(*) from task where member_id = '{member}' and template like 'contact%'") != "0",
                       f"{member} to be contacted")
        tasks = "select member_id, template, status from task order by 1, 2, 3"
        once = self.database.rows(tasks)
        self.assertEqual([row[1:] for row in once if row[0] == "M1"], [row[1:] for row in once if row[0] == "M2"],
                         "both forms lead to the same")
        self.assertEqual(0, self.example(given=events).returncode)
        self.await_verdicts(matched=6)
        wait_until(self.all_is_applied, "what came of the repeat to be applied")
        self.assertEqual(once, self.database.rows(tasks), "a repeat changes nothing")
        self.assertEqual("4", self.database.value("select count(distinct event_id) from event_link"))

    def test_the_example_tells_what_kafka_did_not_take(self):
        sent = subprocess.run([PYTHON, ROOT / "tests/support/example_producer.py", "--help"], capture_output=True, text=True, timeout=60)
        self.assertEqual(0, sent.returncode, sent.stderr)
        self.assertNotEqual(0, self.example(given="no JSON\n").returncode)

    def test_bad_input_is_rejected_with_its_reason_and_stops_nobody(self):
        self.start("relay", "matcher")
        good, hl7 = event(), hl7_stay()[0]
        cases = [  # value, content-type, reason, place
            (b"\x4d junk \xff\xff", PROTOBUF, "not-protobuf", "AdtEvent"),
            (good[:-1], PROTOBUF, "not-protobuf", "AdtEvent"),
            (hl7, PROTOBUF, "not-protobuf", "AdtEvent"),
            (event(_10=b"K\xff"), PROTOBUF, "not-protobuf", "AdtEvent"),
            (event(_1=b"short"), PROTOBUF, "not-protobuf", "AdtEvent"),
            (b"", PROTOBUF, "no-patient-id", "AdtEvent.mrn"),
            (event(_10=""), PROTOBUF, "no-patient-id", "AdtEvent.mrn"),
            (event(_5=""), PROTOBUF, "incomplete", "AdtEvent.facility, trigger, recorded"),
            (event(_9=0), PROTOBUF, "incomplete", "AdtEvent.facility, trigger, recorded"),
            (event(_4="A99"), PROTOBUF, "unknown-trigger", "AdtEvent.trigger"),
            (event(_2=32), PROTOBUF, "subject", "AdtEvent.subject"),
            (event(_9=2**63 - 1), PROTOBUF, "impossible-date", "AdtEvent.recorded"),
            (event(_8=2**64 - 2**62), PROTOBUF, "impossible-date", "AdtEvent.occurred"),
            (event(_30=packed([(5, 2**32 - 1)])), PROTOBUF, "impossible-date", "AdtEvent.person.birth_date"),
            (good, "application/json", "content-type", "content-type"),
            (b'{"trigger": "A01"}', "application/json", "content-type", "content-type"),
            (good, HL7, "not-hl7", "MSH"),
            (good, "", "not-hl7", "MSH"),
            (b"", "", "not-hl7", "MSH"),
            (hl7[:40], HL7, "not-adt", "MSH-9"),
            (hl7.replace(b"ADT^A01", b"ORU^R01"), HL7, "not-adt", "MSH-9"),
        ]
        name = f"case {uuid.uuid4().hex[:8]}"
        since = self.database.value("select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
        for i, (value, content_type, _, _) in enumerate(cases):
            headers = [("content-type", content_type)] if content_type else []
            if value:
                produce("adt.inbound", f"{name} {i}", value, headers)
            else:
                produce_empty(f"{name} {i}", headers)
        produce_empty("", [], "-Z")
        produce("adt.inbound", name, good, [("content-type", PROTOBUF)])
        produce("adt.inbound", name, hl7, [])  # HL7 needs no header
        produce("adt.inbound", name, hl7, [("content-type", "text/plain")])  # and is known by its beginning
        self.await_verdicts(rejected=len(cases) + 1, matched=2, non_member=1)
        wait_until(lambda: self.database.value("select count(*) from outbox") == "0", "all to be published")
        listed = [json.loads(line) for line in self.database.ctl("rejected", "list", "--json", "--since", since, "--limit", 10000).stdout.splitlines()]
        found = sorted((one["reason"], one["place"], one["bytes"]) for one in listed if one["feed"] in ("st-anne", "default"))
        self.assertEqual(sorted([(reason, place, len(value)) for value, _, reason, place in cases] + [("not-hl7", "MSH", 0)]), found)
        self.assertNotRegex("".join(service.text() for service in self.services), "Marchbanks|Thaddeus|Larkspur")

    def test_an_event_that_was_called_something_else_is_replayed_as_what_it_is(self):
        self.start("relay", "matcher")
        mrn = f"K{uuid.uuid4().hex[:8]}"
        produce("adt.inbound", mrn, event(_10=mrn), [("content-type", "application/x-protobuf")])
        self.await_verdicts(rejected=1)
        origin = wait_until(lambda: [one["origin"] for one in map(json.loads, self.database.ctl(
            "rejected", "list", "--json", "--reason", "content-type", "--since", "5m").stdout.splitlines()) if one["bytes"] == len(event(_10=mrn))],
            "it to be listed")[-1]
        self.assertEqual("1 replayed\n", self.database.ctl("rejected", "replay", origin).stdout)
        self.await_verdicts(rejected=1, non_member=1)


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
