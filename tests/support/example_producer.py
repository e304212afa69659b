#!/usr/bin/python3
"""An example for whoever has a feed on Kafka already: puts ADT events as protobuf, or HL7 messages as they are, on
adt.inbound. What each part is for: proto/README.md.

    example_producer.py --brokers HOST:PORT < events.jsonl     one AdtEvent a line, in protobuf's JSON form
    example_producer.py --brokers HOST:PORT --hl7 FILE...      one HL7 v2 message a file

It ends with 0 only when Kafka has everything. Debian: python3-confluent-kafka python3-protobuf protobuf-compiler.
"""
import argparse
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from confluent_kafka import Producer
from google.protobuf import json_format

PROTO = Path(__file__).resolve().parents[2] / "proto"


def generated_messages():
    """The Python classes of event.proto, as protoc makes them; a build would do this once."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--proto_path={PROTO}", f"--python_out={folder}", "handoff/v1/event.proto"], check=True)
        sys.path.insert(0, folder)
        from handoff.v1 import event_pb2
        return event_pb2


class AdtProducer:
    def __init__(self, brokers, source):
        # acks=all: what Kafka has confirmed is not lost. murmur2_random: a key's partition is that of the gateway's records.
        self.producer = Producer({"bootstrap.servers": brokers, "acks": "all", "enable.idempotence": True,
                                  "partitioner": "murmur2_random", "compression.type": "zstd", "client.id": "example-producer"})
        self.source, self.delivered, self.errors = source, 0, []

    def send_event(self, event):
        self._send(f"{event.facility}\x1f{event.mrn}", event.SerializeToString(), "application/protobuf")

    def send_hl7(self, message, patient):
        """`patient`: any text that is the same for all messages about the same patient."""
        self._send(patient, message, "application/hl7-v2+er7")

    def _send(self, key, value, content_type):
        headers = {"content-type": content_type, "ce_specversion": "1.0", "ce_type": "org.hl7.v2.adt", "ce_source": self.source,
                   "ce_time": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")}
        while True:
            try:
                self.producer.produce("adt.inbound", value=value, key=key, headers=headers, on_delivery=self._on_delivery)
                self.producer.poll(0)
                return
            except BufferError:  # as many as it keeps wait for their confirmation
                self.producer.poll(1)

    def _on_delivery(self, error, _record):
        if error:
            self.errors.append(str(error))
        else:
            self.delivered += 1

    def finish(self):
        """Waits for every report; what was not confirmed can be sent again: the same bytes are the same event."""
        left = self.producer.flush(60)
        return left == 0 and not self.errors


def patient_of(message):
    """PID-3's first number."""
    pid = next((segment for segment in message.split(b"\r") if segment.startswith(b"PID")), b"")
    fields = pid.split(message[3:4])
    return fields[3].split(message[4:5])[0].decode(errors="replace") if len(fields) > 3 else ""


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    options.add_argument("--brokers", required=True)
    options.add_argument("--source", default="example", help="name of the feed")
    options.add_argument("--hl7", nargs="+", metavar="FILE", default=[])
    given = options.parse_args()
    producer = AdtProducer(given.brokers, given.source)
    for path in given.hl7:
        message = Path(path).read_bytes()
        producer.send_hl7(message, patient_of(message))
    if not given.hl7:
        messages = generated_messages()
        for line in sys.stdin:
            producer.send_event(json_format.Parse(line, messages.AdtEvent()))
    done = producer.finish()
    print(f"{producer.delivered} delivered")
    return 0 if done else f"not delivered: {'; '.join(producer.errors[:3]) or 'no report in time'}"


if __name__ == "__main__":
    sys.exit(main())
