"""Known values, and where they turn up: as they are, or percent-encoded, in hexadecimal, base64, JSON or a protobuf."""
import base64
import json
import re

PERSON_BIRTH_DATE = 5 << 3  # field 5 of handoff.v1.Person, a varint


def _varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def _base64_cores(raw):
    """What base64 makes of the bytes wherever they stand: at each of three places, without what their neighbours change."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + raw).rstrip(b"=")
        yield text[-(-before * 8 // 6):len(text) - (1 if (before + len(raw)) % 3 else 0)]


def _plain(value):
    """The spellings of a value as bytes: a date with and without dashes, a telephone number with its signs."""
    yield value.encode()
    yield value.encode("latin-1")
    if re.fullmatch(r"(19|20)\d{6}", value):
        yield f"{value[:4]}-{value[4:6]}-{value[6:]}".encode()
        yield f"{value[4:6]}/{value[6:]}/{value[:4]}".encode()
    if re.fullmatch(r"\d{10}", value):
        for form in ("({}) {}-{}", "({}){}-{}", "{}-{}-{}"):
            yield form.format(value[:3], value[3:6], value[6:]).encode()


class Leaks:
    """Looks for values by label: find(b"...") names those that are there."""

    def __init__(self, values):
        self.folded, self.exact = [], []  # whatever the case; as it stands
        for label, value in values.items():
            self._learn(label, value)

    def _learn(self, label, value):
        for raw in dict.fromkeys(_plain(value)):
            self.folded.append((f"{label}, plain", raw.lower()))
            self.folded.append((f"{label}, in hexadecimal", raw.hex().encode()))
            self.folded.append((f"{label}, percent-encoded", b"".join(b"%%%02x" % byte for byte in raw)))
            self.folded.append((f"{label}, percent-encoded where it must", b"".join(bytes([b]) if b < 0x80 else b"%%%02x" % b for b in raw.lower())))
            for core in _base64_cores(raw):
                self.exact.append((f"{label}, in base64", core))
                self.exact.append((f"{label}, in base64 for URLs", core.translate(bytes.maketrans(b"+/", b"-_"))))
        self.folded.append((f"{label}, escaped in JSON", json.dumps(value)[1:-1].encode().lower()))
        if re.fullmatch(r"(19|20)\d{6}", value):
            self.exact.append((f"{label}, in a protobuf", bytes([PERSON_BIRTH_DATE]) + _varint(int(value))))

    def find(self, data):
        """The first way in which each value is there."""
        data = data.encode() if isinstance(data, str) else data
        data = with_decoded(data)
        folded = data.lower()
        found = {}
        for patterns, text in ((self.folded, folded), (self.exact, data)):
            for label, pattern in patterns:
                if pattern in text:
                    found.setdefault(label.split(", ")[0], label)
        return sorted(found.values())


def with_decoded(data):
    """With the bytes of each column that PostgreSQL shows as \\x..., so that what is in them is seen."""
    decoded = [bytes.fromhex(digits.decode()) for digits in re.findall(rb"\\x((?:[0-9a-f]{2})+)", data)]
    return b"\n".join([data, *decoded])
