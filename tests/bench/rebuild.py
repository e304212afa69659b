"""A rebuild of HANDOFF_BENCH_MEMBERS members with four events each (a year of a plan of a million is four million): members
a second and minutes, into an empty shadow and again over what stands, the latter with each number of workers of
HANDOFF_BENCH_WORKERS ("1 2"), and how many of the derived tables have the same rows then; beside it the bare reading of the
same events."""
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from environment import ROOT, Environment

MILLION = 1_000_000
TABLES = ("encounter", "episode", "transition", "measure", "task_plan", "notice_plan")


def bench(environment, command, members):
    done = subprocess.run([os.environ["HANDOFF_BIN_DIR"] + "/handoff-bench-transitions", command, "1", str(members)], check=True,
                          stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment.variables)
    return [float(word) for word in done.stdout.split()]


def rebuild(environment, name, members, workers):
    begun = time.monotonic()
    subprocess.run([os.environ["HANDOFF_BIN_DIR"] + "/handoffctl", "rebuild", "--workers", str(workers)], check=True, env=environment.variables,
                   cwd=ROOT, capture_output=True)
    seconds = time.monotonic() - begun
    print(f"rebuild_{name} {members / seconds:.0f} members/s")
    print(f"rebuild_{name}_took {seconds / 60:.2f} minutes")
    if members != MILLION:
        print(f"rebuild_{name}_extrapolated_to_a_million {MILLION / members * seconds / 60:.1f} minutes", flush=True)
    return members / seconds


def rows_of(environment):
    return [environment.value(f"select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from {table} t")
            for table in TABLES]


def prepare(environment, members):
    begun = time.monotonic()
    environment.ctl("migrate")
    bench(environment, "keep", members)
    environment.rows("vacuum analyze member_event")
    environment.rows("vacuum analyze event_link")
    print(f"rebuild_prepared_in {(time.monotonic() - begun) / 60:.2f} minutes", flush=True)


def main():
    members = int(os.environ.get("HANDOFF_BENCH_MEMBERS", "100000"))
    workers = [int(word) for word in os.environ.get("HANDOFF_BENCH_WORKERS", "1 2").split()]
    environment = Environment("bench").fresh("postgres")
    try:
        prepare(environment, members)
        seconds, events = bench(environment, "read", members)
        print(f"rebuild_members {members} count")
        print(f"rebuild_events_a_member {events / members:.2f} count")
        rates = {"first": rebuild(environment, "first", members, workers[-1])}
        print(f"rebuild_tasks_a_member {int(environment.value('select count(*) from task_plan')) / members:.2f} count")
        first = rows_of(environment)
        for n in workers:
            rates[f"again_by_{n}"] = rebuild(environment, f"again_by_{n}", members, n)
            same = sum(a == b for a, b in zip(first, rows_of(environment)))
            print(f"rebuild_again_by_{n}_same_rows {same} of {len(TABLES)} tables", flush=True)
        print(f"rebuild_bare_read {members / seconds:.0f} members/s")
        for name, rate in rates.items():
            print(f"rebuild_{name}_of_bare_read {rate * seconds / members:.3f} ratio")
    finally:
        environment.close()


if __name__ == "__main__":
    main()
