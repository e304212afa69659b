"""Known people through every door, by right ways and wrong ones; then whatever came out is searched for them."""
import base64
import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import servers  # noqa: E402
import x834  # noqa: E402
from environment import ROOT, SERVICES, Environment, require_parts, wait_until  # noqa: E402
from gateway import Sender  # noqa: E402
from leaks import Leaks  # noqa: E402

MESSAGE_LIMIT = 64 << 10
TOPICS = ("adt.inbound", "adt.rejected", "adt.matched", "transition.events", "roster.updates")
WHERE_TOPICS_MAY = {"stranger": {"adt.inbound"}, "open": {"adt.inbound"}, "ruled-out": {"adt.inbound"}, "bad": {"adt.inbound", "adt.rejected"},
                    "update": {"roster.updates", "adt.rejected"}, "file": set(), "call": set()}
# Tables that may hold something of each kind; of an identity, its number. Members' may be anywhere.
WHERE_TABLES_MAY = {"stranger": set(), "open": {"handoff.review", "handoff.identity"}, "ruled-out": {"handoff.identity"},
                    "undone": {"handoff.event_link", "handoff.member_event", "handoff.identity"},
                    "bad": set(), "update": set(), "file": set(), "call": set()}
ROSTER = "member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,program,enrolled_from,coordinator,coordinator_email"


class Person:
    """Number n of as many invented people as are wanted; no value of theirs stands for anything else."""
    SURNAMES = ("Abernest", "Bramwell", "Coltrane", "Dunsmuir", "Ellsworf", "Farquhap", "Gildersl", "Hathersa", "Ickering", "Jessamyn")
    ENDS = ("quist", "vardy", "moffle", "zander", "wickle", "bottam", "fenzig", "loxter")
    GIVEN = ("Zephyr", "Yolant", "Xanthe", "Wilfre", "Ulrich", "Tancre", "Sidonn", "Rosaur", "Quillo", "Perpet")
    TAILS = ("inda", "onzo", "elma", "ubert", "ymene", "oriel", "éline", "andro")

    def __init__(self, n, kind):
        self.n, self.kind = n, kind
        self.surname, self.given = self.SURNAMES[n % 10] + self.ENDS[n // 10], self.GIVEN[(n + 3) % 10] + self.TAILS[n // 10]
        self.birth = f"{1931 + n % 60}{1 + n % 12:02}{1 + n % 28:02}"
        self.phone, self.street = f"559555{1000 + 7 * n}", f"{self.SURNAMES[(n + 5) % 10]}brook{self.ENDS[(n // 10 + 3) % 8]}"
        self.mrn, self.cin, self.member_id = f"Q{7300000 + 37 * n}X", f"9{4200000 + 11 * n}{'ACDEFGHMNTUVWXYZ'[n % 16]}", f"MBR{8800000 + 13 * n}"

    def values(self):
        named = {"surname": self.surname, "given name": self.given, "birth date": self.birth, "telephone": self.phone, "street": self.street,
                 "MRN": self.mrn, "CIN": self.cin}
        return {f"{self.kind} {self.n}: {name}": value for name, value in named.items()}

    def roster_line(self):
        return (f"{self.member_id},{self.cin},{self.surname},{self.given},{self.birth},F,{self.phone},12 {self.street} Way,Fresno,CA,93701,ECM,"
                "20260101,Ana Ode,ana@team.example")

    def pid(self, **other):
        p = {**vars(self), **other}
        return (f"PID|1||{p['mrn']}^^^STANNE^MR||{p['surname']}^{p['given']}||{p['birth']}|F|||12 {p['street']} Way^^Fresno^CA^93701||{p['phone']}")

    def insured(self):
        return "IN1|1|HMO|1|Plan" + "|" * 32 + self.cin


def message(person, trigger="A01", *, msh=None, evn="20261120083000", pid=None, pv1="PV1|1|I|3N^301^1|||||||MED||||7|||||V{n}", more=()):
    """An ADT message of St. Anne about a person; `msh` replaces fields by number."""
    fields = ["MSH", "^~\\&", "EPIC", "STANNE", "PLAN", "PLAN", "20261120083000", "", f"ADT^{trigger}", f"C{person.n}{trigger}", "P", "2.5.1"]
    fields += [""] * 8
    for number, value in (msh or {}).items():
        fields[number - 1] = value
    lines = ["|".join(fields).rstrip("|"), f"EVN|{trigger}|{evn}", pid or person.pid(), *more, pv1.format(n=person.n), person.insured()]
    return "".join(line + "\r" for line in lines).encode("latin-1")


class Cast:
    """Everybody, by what becomes of them; each wrong way has somebody of its own."""

    def __init__(self):
        self.everybody = []
        self.members, self.late = self.some("member", 3), self.one("member")
        self.strangers = self.some("stranger", 12)
        self.twin, self.held, self.cut = self.some("open", 3)
        self.ruled_out, self.undone = self.one("ruled-out"), self.one("undone")

    def one(self, kind):
        self.everybody.append(Person(len(self.everybody) + 3, kind))
        return self.everybody[-1]

    def some(self, kind, n):
        return [self.one(kind) for _ in range(n)]

    def values(self, *kinds):
        return {label: value for person in self.everybody if not kinds or person.kind in kinds for label, value in person.values().items()}


def bad_messages(cast):
    """Messages that cannot be taken or read, each with a person in it, the wrong value being theirs too; by what is wrong."""
    def about(wrong, **settings):
        person = cast.one("bad")
        return wrong, message(person, **{name: value(person) for name, value in settings.items()})
    yield about("no control id", msh=lambda p: {10: ""})
    yield about("a name for a type", msh=lambda p: {9: f"{p.surname}^{p.given}"})
    yield about("a name for a trigger", msh=lambda p: {9: f"ADT^{p.surname}"})
    yield about("no ADT", msh=lambda p: {9: "ORU^R01"})
    yield about("a name for a processing id", msh=lambda p: {11: p.surname})
    yield about("a name for a version", msh=lambda p: {12: p.surname})
    yield about("a name for a character set", msh=lambda p: {18: p.surname, 9: "ADT^A99"})
    yield about("UTF-16", msh=lambda p: {18: "UNICODE UTF-16"})
    yield about("a name for an acknowledgement", msh=lambda p: {15: p.surname, 16: p.given, 9: "ADT^Z99"})
    yield about("a name for a time", evn=lambda p: p.surname)
    yield about("a birth date for a time", evn=lambda p: p.birth[:4] + "99" + p.birth[6:] + p.phone)
    yield about("an impossible time", evn=lambda p: "20261332250000")
    yield about("no number of the patient", pid=lambda p: p.pid(mrn=""))
    yield about("no PID", pid=lambda p: f"ZZZ|{p.surname}|{p.phone}")
    person = cast.one("bad")
    yield "no header", message(person).split(b"\r", 1)[1]
    person = cast.one("bad")
    yield "a name before the header", person.surname.encode() + b"\r" + message(person)
    wrong, whole = about("cut before its PID", evn=lambda p: f"20261120083000|||{p.surname}^{p.given}")
    yield wrong, whole[:whole.index(b"PID")]
    person = cast.one("bad")
    yield "longer than the limit", message(person) + b"NTE|1||" + b"x" * MESSAGE_LIMIT + b"\r"
    person = cast.one("bad")
    yield "a zero byte", message(person).replace(b"|F|", b"|\0|") + b"\0"


def odd_messages(cast):
    """Messages about nobody of ours that can be read, with their values where others belong."""
    for number, value in enumerate(("surname", "street", "phone", "birth")):
        person = cast.one("stranger")
        word = getattr(person, value)
        yield message(person, pv1=f"PV1|1|{word}|{word}^{word}^{word}|{word}||||||{word}||||{word}||||V{number}" + "|" * 17 + f"{word}|{word}" + "|" * 7 + word)
    # Where the sender's name belongs. A surname alone looks like a sender's code: that one is kept, listed by handoffctl feeds
    # and gone after 30 days, as deploy/feeds/README.md says; feed_health_test shows it.
    for msh in (lambda p: {3: f"{p.surname} {p.given}", 4: p.phone}, lambda p: {3: p.birth, 4: f"12 {p.street} Way"}, lambda p: {4: f"{p.surname},{p.given}"}):
        person = cast.one("stranger")
        yield message(person, msh=msh(person))
    person = cast.one("stranger")
    yield message(person, msh={11: "T"})
    person = cast.one("stranger")
    yield message(person, msh={18: "8859/1"}, more=[f"NK1|1|{person.surname}^{person.given}", f"OBX|1|TX|{person.phone}||{person.street}"])


class Privacy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="handoff-privacy-"))
        cls.environment = Environment("privacy")
        cls.environment.variables.update(HANDOFF_LOG_LEVEL="debug", HANDOFF_MAX_MESSAGE_BYTES=str(MESSAGE_LIMIT))
        cls.environment.fresh()
        servers.BROKERS = cls.environment.variables["HANDOFF_KAFKA_BROKERS"]
        cls.cast, cls.said, cls.errors = Cast(), [], {}
        cls.use_files()
        cls.use_mllp()
        cls.use_kafka()
        cls.use_api()
        cls.environment.settle()
        cls.decide()
        cls.enrol(cls.cast.late)  # and now the look-back reads everything once more
        cls.environment.settle()
        cls.use_commands()
        pending = "select count(*) from delivery where status in ('pending', 'ambiguous')"
        wait_until(lambda: cls.environment.value(pending) == "0", "every notice to be sent")

    @classmethod
    def tearDownClass(cls):
        cls.environment.close()
        shutil.rmtree(cls.folder)

    # ---- The doors -------------------------------------------------------------------------------------

    @classmethod
    def ctl(cls, *words, want=None):
        """What a command says; `want` is its exit status."""
        done = cls.environment.ctl(*words, check=False)
        assert want is None or done.returncode == want, (words, done.returncode, done.stdout, done.stderr)
        cls.said.append(f"handoffctl {words[0]} {words[1] if words[1:] else ''}:\n{done.stdout}\n{done.stderr}")
        return done

    @classmethod
    def file(cls, name, content):
        path = cls.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    @classmethod
    def enrol(cls, *people):
        lines = "".join(person.roster_line() + "\n" for person in people)
        cls.ctl("roster", "import", cls.file("roster.csv", f"{ROSTER}\n{lines}"), want=0)

    @classmethod
    def use_files(cls):
        cls.enrol(*cls.cast.members)
        one, two, three, four, five, six, seven, eight = cls.cast.some("file", 8)
        cls.ctl("roster", "import", cls.file("no-header.csv", one.roster_line() + "\n" + one.roster_line() + "\n"), want=1)
        wrong = [two.roster_line().replace(",F,", f",{two.surname},"), two.roster_line().replace(two.birth, two.phone),
                 two.roster_line().replace("20260101", two.cin), f'{two.member_id},"{two.surname}', two.surname + "," * 40,
                 two.roster_line().replace("ana@team.example", two.street)]
        cls.ctl("roster", "import", cls.file("wrong.csv", ROSTER + "\n" + "\n".join(wrong) + "\n"), want=1)
        cls.ctl("roster", "import", cls.file("latin.csv", (ROSTER + "\n" + three.roster_line()).encode("utf-16")), want=1)
        detail = x834.person(four.surname, four.given, four.birth, phone=four.phone, street=four.street)
        whole = x834.text([x834.loop(four.cin, *detail, *x834.coverage("20250101"))])
        cls.ctl("roster", "import", "--program", "ECM", cls.file("cut.834", whole[:len(whole) // 2]), want=1)
        cls.ctl("roster", "import", "--program", "ECM", cls.file("count.834", whole.replace("SE*", "SE*9")), want=1)
        wrong = x834.loop(five.cin, *x834.person(five.surname, five.given, five.phone, five.surname, five.phone, five.street), *x834.coverage(five.street),
                          maintenance=five.surname)
        cls.ctl("roster", "import", "--program", "ECM", cls.file("codes.834", x834.text([wrong])), want=1)
        cls.ctl("match", "try", cls.file("roster.csv", f"{ROSTER}\n{six.roster_line()}\n"), cls.file("query.csv", six.roster_line()))
        nine = cls.cast.one("file")
        for what in ("team", "staff"):
            for number, header in enumerate((f"{nine.surname},{nine.given},{nine.phone}", "member_id,role,name,email", "email,name,role,backup_email,away_from")):
                words = f"{nine.surname},{nine.phone},{nine.birth},{nine.street},{nine.cin}"
                cls.ctl("roster", what, cls.file(f"{what}{number}.csv", f"{header}\n{words}\n{nine.roster_line()}\n"), want=1)
        cls.ctl("send", cls.file("cut.hl7", message(seven).split(b"\r", 1)[1]))
        cls.ctl("explain", cls.file("wrong.hl7", message(eight, evn=eight.surname)))

    @classmethod
    def use_mllp(cls):
        cast, port = cls.cast, int(cls.environment.variables["HANDOFF_MLLP_ADDRESS"].rsplit(":", 1)[1])
        good = [message(person, trigger) for person in cast.members for trigger in ("A01", "A03")]
        a, b, c, d, e, f, g, *rest = cast.strangers
        good += [message(a), message(b, "A08"), message(c, "A03"), message(d, "A40", more=[f"MRG|{e.mrn}^^^STANNE^MR"]),
                 message(f, "A24", more=[g.pid()])] + [message(person, trigger) for person, trigger in zip(rest, ("A31", "A28", "A04", "A05", "A13"))]
        good += odd_messages(cast)
        good += [cls.twin_message(twin, member) for twin, member in zip((cast.twin, cast.ruled_out, cast.undone), cast.members)]
        good += [message(cast.held, "A03", pid=cast.held.pid(birth="", street="", phone="")), message(cast.cut).split(cast.cut.birth.encode())[0]]
        cls.errors = {f"good {i}": cls.answers(port, one)[0] for i, one in enumerate(good)}
        assert all(answer.code in ("AA", "AR") for answer in cls.errors.values()), cls.errors
        for wrong, one in bad_messages(cast):
            cls.errors[wrong] = cls.answers(port, one)[0]
        cls.junk(port)

    @staticmethod
    def twin_message(twin, member):
        """With the member's card, surname and birth date, and a given name of its own."""
        return message(twin, pid=twin.pid(surname=member.surname, birth=member.birth)).replace(twin.cin.encode(), member.cin.encode())

    @staticmethod
    def answers(port, *messages):
        sender = Sender(port)
        got = sender.send(*messages).answers(len(messages))
        sender.close()
        return got

    @classmethod
    def junk(cls, port):
        between, broken, never = cls.cast.one("call"), cls.cast.one("bad"), cls.cast.one("call")
        sender = Sender(port)
        sender.send_raw(message(between)).send_raw(b"\x0b" + message(broken)[:150]).send(message(cls.cast.one("stranger")))
        cls.errors["after junk"] = sender.answer()
        sender.send_raw(b"\x0b" + message(never)[:120]).close()

    @classmethod
    def use_kafka(cls):
        for content_type in ("application/protobuf", "x-application/hl7-v2+er7", "text/plain"):
            person = cls.cast.one("bad")
            servers.produce("adt.inbound", f"{person.mrn}", b"\x0a\x03" + person.pid().encode(), [("content-type", content_type)])
        for payload in (lambda p: b"\xff\xff" + p.roster_line().encode(), lambda p: servers.packed([(1, ""), (4, p.surname), (5, p.given)]),
                        lambda p: servers.packed([(1, p.member_id), (4, p.surname), (9, p.street), (8, p.phone)])):
            person = cls.cast.one("update")
            servers.produce("roster.updates", person.member_id, payload(person))

    @classmethod
    def use_api(cls):
        address = urlsplit(cls.environment.variables["HANDOFF_API_URL"])
        token = Path(cls.environment.variables["HANDOFF_API_TOKEN_FILE"]).read_text().strip()
        p = cls.cast.one("call")
        word = quote(p.surname)
        cls.answers_of_api = [cls.call_api(address, "DELETE", f"/v1/session/{word}", {"Authorization": f"Bearer {p.surname}"}, None)]
        for method, path, body in (
                ("GET", f"/v1/tasks?status={word}", None), ("GET", f"/v1/tasks?coordinator={word}", None), ("GET", f"/v1/tasks?after={word}", None),
                ("GET", f"/v1/tasks?{word}={quote(p.street)}", None), ("GET", f"/v1/tasks/{word}", None), ("GET", f"/v1/{word}?{p.phone}", None),
                ("GET", f"/{p.cin}/../{p.mrn}%2f{word}", None), ("GET", f"/v1/measures?month={p.birth}", None), ("GET", f"/v1/reviews/{p.mrn}.0", None),
                ("POST", f"/v1/tasks/{p.mrn}/claim", {}), ("POST", f"/v1/tasks/{'0' * 32}/complete", {"outcome": p.surname, "note": p.street}),
                ("POST", "/v1/tasks/search", {"member": p.surname, p.given: p.birth}), ("POST", "/v1/tasks/search", f'{{"member": "{p.surname}'),
                ("POST", "/v1/links/search", {"member": p.surname, "mrn": p.mrn}), ("POST", "/v1/links/undo", {"member": p.surname, "note": p.phone}),
                ("POST", f"/v1/reviews/{'0' * 32}.0/decision", {"decision": p.surname, "member": p.given, "note": p.street}),
                ("PUT", f"/v1/reviews/{word}", {"x": p.cin}), (p.surname.upper(), "/v1/tasks", None)):
            headers = {"Authorization": f"Bearer {token}", "If-Match": f'"{p.surname}"', "Idempotency-Key": p.street, "Last-Event-ID": p.phone,
                       "Referer": f"http://{address.netloc}/{word}", "User-Agent": p.surname, "traceparent": p.surname}
            cls.answers_of_api.append(cls.call_api(address, method, path, headers, body))

    @staticmethod
    def call_api(address, method, path, headers, body):
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        connection.request(method, path, body if body is None or isinstance(body, str) else json.dumps(body), {**headers, "Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.status, f"{response.headers}{response.read().decode()}"
        connection.close()
        return answer

    @classmethod
    def decide(cls):
        """One is not who they might be; of another that was said first, and then taken back."""
        ruled_out, undone, (_, second, third) = cls.cast.ruled_out, cls.cast.undone, cls.cast.members
        for person, word, member in ((ruled_out, "not-same", second), (undone, "same", third)):
            item = cls.environment.value(f"select encode(event_id, 'hex') || '.' || subject from review where mrn = '{person.mrn}'")
            cls.environment.ctl("review", "decide", item, word, "--member", member.member_id, "--note", "Asked.")
        cls.environment.settle()
        identity = cls.environment.value(f"select identity_id from identity where mrn = '{undone.mrn}'")
        cls.environment.ctl("review", "undo", "--member", third.member_id, "--identity", identity, "--to-nobody", "--note", "Asked again.")

    @classmethod
    def use_commands(cls):
        for words in (("ledger",), ("summary",), ("topics", "list"), ("measures",), ("rejected", "list"), ("rejected", "list", "--json"),
                      ("rejected", "replay", "--reason", "charset"), ("feeds",), ("migrate",), ("topics", "apply")):
            cls.ctl(*words)
        for line in cls.environment.ctl("rejected", "list", "--json").stdout.splitlines():
            cls.ctl("rejected", "show", json.loads(line)["id"], want=0)

    # ---- What came out ---------------------------------------------------------------------------------

    def nothing_in(self, data, leaks, where):
        self.assertEqual([], leaks.find(data), where)

    @classmethod
    def port(cls, name):
        return dict(line.split("=") for line in (cls.environment.folder / "ports").read_text().split())[name]

    @classmethod
    def get(cls, url):
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read()

    @classmethod
    def topic(cls, name):
        """Every record with its key and headers."""
        return subprocess.run(["kcat", "-C", "-e", "-q", "-b", servers.BROKERS, "-t", name, "-o", "beginning", "-f", "%k %h\n%s\n"], check=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=60).stdout

    def tables(self):
        names = self.environment.rows("select schemaname || '.' || tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")
        self.assertGreater(len(names), 20)
        return {name: self.table(name) for name, in names}

    def table(self, name):
        """All rows with all columns as text; what is bytes in hexadecimal."""
        return "\n".join(row[0] for row in self.environment.rows(f"select to_jsonb(t)::text from {name} t"))

    def everyone(self):
        return Leaks(self.cast.values())

    def test_a_everybody_came_in_where_they_belong(self):
        """So that finding nothing elsewhere says something."""
        found = {topic: set(self.everyone().find(self.topic(topic))) for topic in TOPICS}
        for person in self.cast.strangers + [self.cast.twin, self.cast.ruled_out, self.cast.undone, self.cast.held, self.cast.cut]:
            self.assertIn(f"{person.kind} {person.n}: MRN, plain", found["adt.inbound"])
        self.assertGreater(len({label.split(":")[0] for label in found["adt.rejected"]}), 15)
        self.assertGreater(len(found["roster.updates"]), 3)
        tables = self.tables()
        for person, table in ((self.cast.members[0], "handoff.member"), (self.cast.late, "handoff.member"), (self.cast.members[0], "handoff.member_event"),
                              (self.cast.twin, "handoff.review"), (self.cast.held, "handoff.review"), (self.cast.cut, "handoff.review"),
                              (self.cast.undone, "handoff.event_link")):
            self.assertIn(f"{person.kind} {person.n}: given name, plain", Leaks(person.values()).find(tables[table]), table)
        self.assertEqual("held", self.environment.value(f"select state from review where mrn = '{self.cast.held.mrn}'"))
        self.assertEqual(len(self.cast.members) * 2, int(self.environment.value("select count(*) from event_link where member_id <> ''")))

    def test_b_the_search_finds_what_is_planted(self):
        person = self.cast.strangers[0]
        leaks, name = Leaks(person.values()), person.surname
        for data in (name, name.upper(), f"x%20{quote(name)}", "".join(f"%{byte:02X}" for byte in name.encode()), name.encode().hex(),
                     *(base64.b64encode(b"x" * n + name.encode() + b"yz").decode() for n in range(3)),
                     "\\x" + ("id " + name).encode().hex(), "\\x" + base64.b64encode(name.encode()).hex()):
            self.assertEqual(1, len(leaks.find(data)), data)
        for data in (person.birth, f"{person.birth[:4]}-{person.birth[4:6]}-{person.birth[6:]}", servers.packed([(5, int(person.birth))]),
                     f"({person.phone[:3]}) {person.phone[3:6]}-{person.phone[6:]}", person.mrn.lower(), person.cin, f"\\x{person.street.encode().hex()}"):
            self.assertEqual(1, len(leaks.find(data)), data)
        accented = next(p for p in self.cast.everybody if "é" in p.given)
        for data in (accented.given.encode("latin-1"), json.dumps(accented.given), quote(accented.given), accented.given.encode("latin-1").hex()):
            self.assertTrue(Leaks(accented.values()).find(data), data)
        self.assertEqual([], leaks.find("Nobody of ours was here at 2026-11-20T08:30:00Z."))

    def test_c_the_search_finds_what_is_planted_in_a_table_a_log_and_a_topic(self):
        stranger = self.cast.strangers[1]
        leaks = Leaks(stranger.values())
        self.environment.rows("create table handoff.planted (a text, b bytea)")
        try:
            self.environment.rows(f"insert into handoff.planted values ('{stranger.street}', convert_to('{stranger.surname}', 'UTF8'))")
            self.assertEqual(2, len(leaks.find(self.tables()["handoff.planted"])))
        finally:
            self.environment.rows("drop table handoff.planted")
        planted = self.environment.folder / "log" / "planted.log"
        planted.write_text(f'level=debug message="{stranger.phone}"\n')
        try:
            self.assertEqual(["stranger %d: telephone, plain" % stranger.n], leaks.find(self.logs()["planted.log"]))
        finally:
            planted.unlink()
        self.assertTrue(leaks.find(self.topic("adt.inbound")))

    def logs(self):
        return {path.name: path.read_bytes() for path in sorted((self.environment.folder / "log").iterdir())}

    def test_d_no_log_tells_of_anybody(self):
        logs = self.logs()
        for name in (*(f"{service}.log" for service in SERVICES), "postgres.log", "kafka.log"):
            self.assertIn(name, logs)
        for service in ("gateway", "roster", "notifier"):
            self.assertIn(b"debug", logs[f"{service}.log"].lower())
        for name, data in logs.items():
            self.nothing_in(data, self.everyone(), name)

    def test_e_no_metric_tells_of_anybody(self):
        for service in SERVICES:
            metrics = self.get(f"http://127.0.0.1:{self.port('admin_' + service)}/metrics")
            self.assertIn(b"handoff_", metrics)
            self.nothing_in(metrics, self.everyone(), service)

    def test_f_no_acknowledgement_tells_what_it_found(self):
        self.assertGreater(sum(answer.error is not None for answer in self.errors.values()), 5)
        for wrong, answer in self.errors.items():
            said = b"\r".join(segment for segment in answer.message.split(b"\r") if segment[:3] != b"MSH")  # its MSH repeats the sender's
            self.nothing_in(said, self.everyone(), wrong)

    def test_g_no_command_tells_of_anybody(self):
        self.assertGreater(len(self.said), 30)
        for said in self.said:
            self.nothing_in(said.replace(str(self.folder), ""), self.everyone(), said[:400])

    def test_h_mails_and_webhooks_tell_of_nobody(self):
        mails = json.dumps(self.environment.mails())
        calls = self.get(f"http://127.0.0.1:{self.port('webhook')}/calls")
        self.assertIn("A care transition needs you", mails)
        self.nothing_in(mails, Leaks({**self.cast.values(), **{p.member_id: p.member_id for p in self.cast.members}}), "mails")
        self.assertIn(self.cast.members[0].member_id.encode(), calls)  # which is all that a webhook says of who it is
        self.nothing_in(calls, self.everyone(), "webhooks")

    def test_i_no_table_holds_anything_of_those_who_are_none_of_ours(self):
        for name, rows in self.tables().items():
            for kind, allowed in WHERE_TABLES_MAY.items():
                if name not in allowed:
                    self.nothing_in(rows, Leaks(self.cast.values(kind)), f"{kind} in {name}")
        identities = self.table("handoff.identity")
        self.assertEqual({"MRN"}, {label.split(": ")[1].split(",")[0] for label in Leaks(self.cast.values("open", "ruled-out", "undone")).find(identities)})

    def test_j_no_topic_holds_more_than_it_is_for(self):
        for topic in TOPICS:
            data = self.topic(topic)
            for kind, allowed in WHERE_TOPICS_MAY.items():
                if topic not in allowed:
                    self.nothing_in(data, Leaks(self.cast.values(kind)), f"{kind} in {topic}")

    def test_k_no_refusal_of_the_api_repeats_what_it_refused(self):
        refusals = [answer for status, answer in self.answers_of_api if status >= 400]
        self.assertGreater(len(refusals), 12)
        for answer in refusals:
            self.nothing_in(answer, self.everyone(), answer)

    def test_l_nothing_that_goes_into_urls_tells_of_anybody(self):
        address = urlsplit(self.environment.variables["HANDOFF_API_URL"])
        token = Path(self.environment.variables["HANDOFF_API_TOKEN_FILE"]).read_text().strip()
        named = []
        for path, what, key in (("/v1/tasks?limit=1", "tasks", "key"), ("/v1/reviews?state=review&limit=1", "reviews", "id"),
                                ("/v1/reviews?state=held&limit=1", "reviews", "id")):
            answer = json.loads(self.call_api(address, "GET", path, {"Authorization": f"Bearer {token}"}, None)[1].split("\n\n", 1)[1])
            named += [answer["next"] or "", answer[what][0][key]]
        self.assertGreater(sum(len(one) > 0 for one in named), 4)
        self.nothing_in("\n".join(named), Leaks({**self.cast.values(), **{p.member_id: p.member_id for p in self.cast.everybody}}), named)

    # ---- For how long ----------------------------------------------------------------------------------

    def retention(self, *words):
        """The verdict on each store, and the exit status."""
        done = self.environment.ctl("retention", *words, check=False)
        self.nothing_in(done.stdout + done.stderr, self.everyone(), "handoffctl retention")
        lines = [re.split(r" {2,}", line) for line in done.stdout.split("\n\n")[0].splitlines()[1:]]
        return {line[0]: line[-1] for line in lines}, done.returncode

    def test_m_everything_is_kept_as_stated(self):
        verdicts, status = self.retention()
        self.assertEqual(({"as stated"}, 0), (set(verdicts.values()), status), verdicts)
        self.assertEqual({*TOPICS, "held messages", "events of undone links", "open reviews", "found by the look-back", "rejected, to be published",
                          "senders without a feed", "counts of feeds", "bare links to nobody", "numbers of no member", "decisions about them"}, set(verdicts))
        told = self.environment.ctl("retention").stdout
        for store in ("numbers of no member", "decisions about them"):  # of those who were ruled out
            self.assertRegex(told, rf"(?m)^{store} +2190\.0 d +\d")

    def test_n_what_is_kept_longer_is_told(self):
        for store, change, undo in (
                ("held messages", "update review set made_at = made_at - interval '75 hours' where state = 'held'", "75 hours"),
                ("open reviews", "update review set made_at = made_at - interval '8 days' where state = 'review'", "8 days"),
                ("senders without a feed", "update feed_hour set hour = hour - interval '31 days' where sender = '(not a code)'", "31 days"),
                ("counts of feeds", "update feed_hour set hour = hour - interval '401 days' where sender = ''", "401 days"),
                ("events of undone links", "update event_link set made_at = made_at - interval '31 days' where member_id = ''", "31 days")):
            with self.subTest(store=store):
                self.environment.dev("kill", "matcher")  # which would delete it
                self.environment.rows(change)
                verdicts, status = self.retention()
                self.environment.rows(change.replace(f"- interval '{undo}'", f"+ interval '{undo}'"))
                self.environment.dev("up")
                self.assertEqual(({store}, 1), ({name for name, verdict in verdicts.items() if verdict == "KEPT LONGER"}, status))

    def test_o_each_metric_that_an_alert_names_is_served(self):
        named = set(re.findall(r"\bhandoff_\w+", "".join(re.findall(r"expr: (.*)", (ROOT / "deploy/prometheus/alerts.yml").read_text()))))
        served = b"\n".join(self.get(f"http://127.0.0.1:{self.port('admin_' + service)}/metrics") for service in SERVICES).decode()
        self.assertGreater(len(named), 2)
        self.assertEqual(set(), {name for name in named if f"\n{name}" not in served})
        self.assertRegex(served, r"\nhandoff_topics_wrong 0\b")

    def test_p_when_their_time_is_over_not_even_the_number_of_those_who_were_ruled_out_is_left(self):
        people = (self.cast.ruled_out, self.cast.undone)
        ids = [self.environment.value(f"select identity_id from identity where mrn = '{person.mrn}'") for person in people]
        events = [row[0] for row in self.environment.rows(f"select encode(event_id, 'hex') from decision_history where identity_id in ({', '.join(ids)}) and event_id is not null")]
        self.assertEqual(2, len(set(events)))
        values = Leaks(self.cast.values("ruled-out", "undone"))
        self.assertTrue(values.find(self.table("handoff.identity")))
        self.environment.dev("kill", "matcher")
        for table, column in (("event_link", "made_at"), ("identity_member", "at"), ("decision_history", "at")):
            self.environment.rows(f"update {table} set {column} = {column} - interval '2190 days' where identity_id in ({', '.join(ids)})")
        self.environment.dev("up")
        wait_until(lambda: self.environment.value(f"select count(*) from identity where identity_id in ({', '.join(ids)})") == "0", "their numbers to be forgotten")
        for name, rows in self.tables().items():
            self.nothing_in(rows, values, name)
            for known in ids + (events if name.startswith("handoff.") else []):  # a withdrawn task is called after its event
                self.assertNotIn(known, rows, name)
        self.assertEqual(0, self.retention()[1])


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
