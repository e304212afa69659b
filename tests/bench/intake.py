"""Messages a second through handoff-matcher, at 5 % members and a roster of 100,000, and what its process spends of the
processor: so many messages a second it could do on a core of its own. Beside it the bare consumption of the same topic.

The members of the messages are filled up with those of `simulate people`, whose telephones are as many as real ones are:
the numbers for fiction, which the messages have, are too few for so many members."""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from environment import Environment, wait_until

MESSAGES = int(os.environ.get("HANDOFF_BENCH_MESSAGES", "1000000"))
MEMBERS = int(os.environ.get("HANDOFF_BENCH_MEMBERS", "100000"))
OTHERS = ("notifier", "transitions", "relay", "lookback")


def decided(environment):
    return int(environment.value("select coalesce(sum(next_offset - start_offset), 0) from kafka_offset where consumer = 'matcher'"))


def cpu_s(pid):
    """Seconds of the processor that the process has spent."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(environment):
    """Messages a second and seconds of the processor a message, from the first commit to the last."""
    starting = environment.start_dev("start", "matcher")
    before = wait_until(lambda: decided(environment), "the first messages", 120)
    begun, pid = time.monotonic(), environment.pid("matcher")
    spent = cpu_s(pid)
    wait_until(lambda: decided(environment) == MESSAGES, "the end of the work", 600, every=0.5)  # asking costs processor time
    messages, seconds, spent = MESSAGES - before, time.monotonic() - begun, cpu_s(pid) - spent
    starting.communicate()
    return messages / seconds, spent / messages


def main():
    environment = Environment("bench").fresh()
    try:
        for service in ("matcher", *OTHERS):
            environment.dev("stop", service, check=False)
        with tempfile.TemporaryDirectory(prefix="handoff-bench-") as folder:
            environment.ctl("simulate", "--seed", 7, "--messages", MESSAGES, "--member-share", 0.05, "--out", folder)
            environment.ctl("roster", "import", f"{folder}/roster.csv")
            others = MEMBERS - int(environment.value("select count(*) from member"))
            environment.ctl("simulate", "people", "--mix", "everyday", "--seed", 7, "--members", others, "--queries", 1, "--out", f"{folder}/people")
            environment.ctl("roster", "import", f"{folder}/people/roster.csv")
            environment.ctl("send", "--kafka", f"{folder}/messages.hl7")
        rate, cpu_a_message = measure(environment)
        bench = os.environ["HANDOFF_BIN_DIR"] + "/handoff-bench-consume"
        done = subprocess.run([bench, environment.variables["HANDOFF_KAFKA_BROKERS"], "adt.inbound"], check=True, capture_output=True, text=True)
        ceiling = float(done.stdout.split()[1])
        print(f"intake_messages {MESSAGES} count")
        print(f"intake_roster {MEMBERS} members")
        print(f"intake {rate:.0f} messages/s")
        print(f"intake_cpu {cpu_a_message * 1e6:.2f} seconds a million messages")
        print(f"intake_a_core {1 / cpu_a_message:.0f} messages/s")
        print(f"intake_bare_consume {ceiling:.0f} messages/s")
        print(f"intake_of_bare_consume {rate / ceiling:.3f} ratio")
        print(f"intake_synchronous_commit {environment.value('show synchronous_commit')} setting", flush=True)
    finally:
        environment.close()


if __name__ == "__main__":
    main()
