"""The look-back: seconds a million messages with 1 and with 1,000 new members, and for known identities alone; beside it
the bare consumption of the same topic."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from environment import Environment, wait_until

IDENTITIES = 1000
MARK = f"""insert into identity (identity_id, facility, mrn, cluster, look_back)
    select n, 'Invented Hospital', 'X' || n, n, true from generate_series(1, {IDENTITIES}) n;
    notify handoff_lookback"""


def runs(environment):
    """What the log says about each run: members, identities, messages, found, seconds."""
    pattern = r"looked back.*?members\W+(\d+).*?identities\W+(\d+).*?messages\W+(\d+).*?found\W+(\d+).*?seconds\W+([\d.]+)"
    return [tuple(map(float, run)) for run in re.findall(pattern, environment.log("lookback"))]


def used(environment):
    """Seconds of processor time that the service has taken, and its largest memory in MiB."""
    process = Path(f"/proc/{environment.pid('lookback')}")
    ticks = sum(map(int, (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]))
    kib = int(re.search(r"VmHWM:\s+(\d+)", (process / "status").read_text())[1])
    return ticks / os.sysconf("SC_CLK_TCK"), kib / 1024


def measure(environment, name, begin):
    """Begins something to look for and prints what the run took."""
    before, (cpu, _) = len(runs(environment)), used(environment)
    begin()
    _, _, messages, found, seconds = wait_until(lambda: runs(environment)[before:], f"the run {name}", 900)[0]
    rate, (cpu_after, mib) = messages / seconds, used(environment)
    print(f"lookback_{name} {seconds * 1e6 / messages:.2f} seconds a million messages")
    print(f"lookback_{name}_cpu {(cpu_after - cpu) * 1e6 / messages:.2f} processor seconds a million messages")
    print(f"lookback_{name}_found {found:.0f} messages")
    print(f"lookback_{name}_memory {mib:.0f} MiB at most so far", flush=True)
    return rate


def consume(environment):
    bench = os.environ["HANDOFF_BIN_DIR"] + "/handoff-bench-consume"
    done = subprocess.run([bench, environment.variables["HANDOFF_KAFKA_BROKERS"], "adt.inbound"], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[1])


def part_of_roster(folder, first, last):
    """A file with those members of the roster; a member may have several lines."""
    lines = (folder / "roster.csv").read_text().splitlines(keepends=True)
    members = list(dict.fromkeys(line.split(",")[0] for line in lines[1:]))
    wanted = set(members[first:last])
    path = folder / f"part-{first}.csv"
    path.write_text("".join([lines[0]] + [line for line in lines[1:] if line.split(",")[0] in wanted]))
    return path


def main():
    messages = int(os.environ.get("HANDOFF_BENCH_MESSAGES", "1000000"))
    environment = Environment("bench").fresh()
    try:
        with tempfile.TemporaryDirectory(prefix="handoff-bench-") as name:
            folder = Path(name)
            environment.ctl("simulate", "--seed", 5, "--messages", messages, "--member-share", 0.05, "--out", folder)
            environment.ctl("roster", "import", part_of_roster(folder, 1001, None))
            environment.ctl("send", "--kafka", folder / "messages.hl7")
            environment.settle(900)
            environment.dev("stop", "matcher")  # what is found waits meanwhile, so that the reading alone is measured
            bare = consume(environment)
            rates = {
                f"{IDENTITIES}_identities": measure(environment, f"{IDENTITIES}_identities", lambda: environment.rows(MARK)),
                "1_member": measure(environment, "1_member", lambda: environment.ctl("roster", "import", part_of_roster(folder, 0, 1))),
                "1000_members": measure(environment, "1000_members", lambda: environment.ctl("roster", "import", part_of_roster(folder, 1, 1001))),
            }
        print(f"lookback_bare_consume {1e6 / bare:.2f} seconds a million messages")
        for name, rate in rates.items():
            print(f"lookback_{name}_of_bare_consume {rate / bare:.3f} ratio", flush=True)
    finally:
        environment.close()


if __name__ == "__main__":
    main()
