"""From adt.inbound to committed tasks, messages a second, at 5 % and at 100 % members; beside it the ceilings: librdkafka
alone on the same topic, and the same rows inserted with nothing decided."""
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from environment import Environment, wait_until

STAGES = ("matcher", "relay", "transitions", "notifier")


def done(environment):
    """Messages decided, less those about members that wait for their tasks."""
    return int(environment.value(
        "select (select coalesce(sum(next_offset - start_offset), 0) from kafka_offset where consumer = 'matcher')"
        " - (select coalesce(sum(n), 0) from leg where stage = 'linked')"
        " + (select coalesce(sum(n), 0) from leg where stage = 'applied')"))


def measure(environment, messages):
    """The matcher comes last, so that the others are there when the work begins."""
    for service in ("notifier", "transitions", "relay"):
        environment.dev("start", service)
    starting = environment.start_dev("start", "matcher")
    before = wait_until(lambda: done(environment), "the first messages", 120)
    begun = time.monotonic()
    wait_until(lambda: done(environment) == messages, "the end of the work", 600)
    rate = (messages - before) / (time.monotonic() - begun)
    starting.communicate()
    return rate


def run(share, messages):
    environment = Environment("bench").fresh()
    name = f"pipeline_{round(share * 100)}_percent"
    try:
        with tempfile.TemporaryDirectory(prefix="handoff-bench-") as folder:
            environment.ctl("simulate", "--seed", 3, "--messages", messages, "--member-share", share, "--out", folder)
            environment.ctl("roster", "import", f"{folder}/roster.csv")
            for service in STAGES:
                environment.dev("stop", service)
            environment.ctl("send", "--kafka", f"{folder}/messages.hl7")
            rate = measure(environment, messages)
        ceiling = float(subprocess.run([os.environ["HANDOFF_BIN_DIR"] + "/handoff-bench-consume",
                                        environment.variables["HANDOFF_KAFKA_BROKERS"], "adt.inbound"],
                                       check=True, capture_output=True, text=True).stdout.split()[1])
        print(f"{name} {rate:.0f} messages/s")
        print(f"{name}_bare_consume {ceiling:.0f} messages/s")
        print(f"{name}_of_bare_consume {rate / ceiling:.3f} ratio")
        if share == 1.0:
            inserted = environment.script("tests/bench/insert.sql")
            bare = float(re.search(r"insert (\d+)", inserted).group(1))
            print(f"{name}_bare_insert {bare:.0f} events/s")
            print(f"{name}_of_bare_insert {rate / bare:.3f} ratio")
        print(f"{name}_synchronous_commit {environment.value('show synchronous_commit')} setting", flush=True)
    finally:
        environment.close()


if __name__ == "__main__":
    run(0.05, int(os.environ.get("HANDOFF_BENCH_MESSAGES", "1000000")))
    run(1.0, int(os.environ.get("HANDOFF_BENCH_MEMBER_MESSAGES", "100000")))
