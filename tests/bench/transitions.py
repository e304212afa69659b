"""Matched events a second into PostgreSQL with three tasks each, without Kafka, beside the same rows inserted with nothing
decided: into an empty database, and into one with HANDOFF_BENCH_TASKS tasks and a tenth as many encounters."""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from environment import ROOT, Environment

# Members of their own, with encounters long ended. Indexes and keys are taken off for the time.
FULL = """do $$ declare d text; again text[]; begin
  select array_agg(format('alter table derived.task_plan add constraint %I %s', conname, pg_get_constraintdef(oid))) into again
    from pg_constraint where conrelid = 'derived.task_plan'::regclass and contype = 'p';
  again := again || (select array_agg(pg_get_indexdef(indexrelid)) from pg_index where indrelid = 'derived.task_plan'::regclass and not indisprimary);
  alter table derived.task_plan drop constraint task_plan_pkey;
  for d in select indexrelid::regclass::text from pg_index where indrelid = 'derived.task_plan'::regclass loop execute 'drop index ' || d; end loop;
  insert into derived.task_plan (key, member_id, change, aliases, template, title, role, want, due, reason, protocol, protocol_hash, outcomes, occurred)
  select sha256(int8send(n)) , 'F' || lpad((n / 10)::text, 8, '0'), decode(md5((n / 5)::text), 'hex'), array[decode(md5((n / 5)::text), 'hex')],
    (array['call-the-hospital', 'tell-the-team', 'call-the-member'])[n % 3 + 1], 'Call the member', 'coordinator',
    case when n % 10 = 0 then 'wanted' else 'superseded' end, now() - make_interval(mins => (n % 500000)::int),
    'To the ED at Invented Hospital. The bench needs a sentence here that is about as long as those of the protocols in use.',
    'three-tasks', sha256('x'), array['reached', 'not-reached'], now() - make_interval(mins => (n % 500000)::int)
  from generate_series(1, :tasks) n;
  foreach d in array again loop execute d; end loop;
end $$;
insert into derived.encounter (member_id, encounter_id, facility, visit, setting, state, started, ended, destination, disposition)
  select 'F' || lpad(n::text, 8, '0'), decode(md5((2 * n)::text), 'hex'), 'Invented Hospital', 'V' || n, 'home', 'ended', now(), now(), 'home', '01'
  from generate_series(1, :tasks / 10) n;
vacuum analyze derived.task_plan; vacuum analyze derived.encounter;
"""

# A server that has run for a while has written what it was given, and has its indexes in memory.
WARM = """set enable_seqscan = off; set enable_bitmapscan = off;
select count(key) from derived.task_plan where key >= '';
select count(member_id) from derived.task_plan where member_id >= '';
select count(planned_at) from derived.task_plan where planned_at >= '-infinity';
select count(due) from derived.task_plan where want = 'wanted' and due >= '-infinity';
select count(member_id) from derived.encounter where member_id >= '';
"""

# The same rows once more into the same tables, of members and with keys of their own, with nothing decided. Durable as the
# real ones, 500 members a transaction.
KEYS = {"member_event": "event_id", "encounter": "encounter_id", "episode": "episode_id", "transition": "transition_id", "task_plan": "key"}
ASIDE = """create table bench.{table} as select * from {table} where member_id between '{first}' and '{last}';
update bench.{table} set member_id = 'C' || substr(member_id, 2), {key} = substr(sha256({key}), 1, 16);
create index on bench.{table} (member_id);
vacuum analyze bench.{table};
"""
BARE = """create procedure bench.insert_all() language plpgsql as $$
declare batch text[]; begun timestamptz := clock_timestamp(); seconds float8;
begin
  for batch in select array_agg(member_id) from (
      select member_id, row_number() over (order by member_id) / 500 as batch_no from bench.member_event) m
    group by batch_no order by batch_no
  loop
{inserts}
    commit;
  end loop;
  seconds := extract(epoch from clock_timestamp() - begun);
  raise notice 'insert % events/s, % tasks', round((select count(*) from bench.member_event) / seconds), (select count(*) from bench.task_plan);
end $$;
call bench.insert_all();
drop schema bench cascade;
"""


def bare(first, events):
    """The statements that copy the members' rows aside and insert them once more."""
    members = {"first": f"B{first:08}", "last": f"B{first + events:08}"}
    inserts = "\n".join(f"    insert into {table} select * from bench.{table} where member_id = any (batch);" for table in KEYS)
    return "create schema bench;\n" + "".join(ASIDE.format(table=table, key=key, **members) for table, key in KEYS.items()) + BARE.format(inserts=inserts)


def script(environment, text):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        return environment.script(file.name)


def bench(environment, command, first, members):
    done = subprocess.run([os.environ["HANDOFF_BIN_DIR"] + "/handoff-bench-transitions", command, str(first), str(members)], check=True,
                          stdout=subprocess.PIPE, text=True, cwd=ROOT,
                          env={**environment.variables, "HANDOFF_PROTOCOLS_DIR": "tests/bench/protocols"})
    return [float(word) for word in done.stdout.split()]


def measure(environment, name, first, events):
    bench(environment, "fill", first, events)
    rate = events / bench(environment, "apply", first, events)[0]
    told = script(environment, bare(first, events))
    inserted, tasks = map(int, re.search(r"insert (\d+) events/s, (\d+) tasks", told).groups())
    print(f"transitions_{name} {rate:.0f} events/s")
    print(f"transitions_{name}_tasks_an_event {tasks / events:.2f} count")
    print(f"transitions_{name}_bare_insert {inserted} events/s")
    print(f"transitions_{name}_of_bare_insert {rate / inserted:.3f} ratio", flush=True)
    return rate


def main():
    events = int(os.environ.get("HANDOFF_BENCH_EVENTS", "50000"))
    tasks = int(os.environ.get("HANDOFF_BENCH_TASKS", "10000000"))
    # As on a machine that is PostgreSQL's: a quarter of the memory, and no checkpoint within the measure.
    quarter = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4 >> 20
    os.environ["HANDOFF_DEV_POSTGRES"] = f"-c shared_buffers={quarter}MB -c max_wal_size=16GB -c checkpoint_timeout=30min"
    environment = Environment("bench").fresh("postgres")
    try:
        environment.ctl("migrate")
        empty = measure(environment, "empty", 1, events)
        script(environment, FULL.replace(":tasks", str(tasks)))
        environment.dev("stop", "postgres")
        environment.dev("start", "postgres")
        script(environment, WARM)
        full = measure(environment, "full", 10 * events, events)
        print(f"transitions_full_holds {tasks} tasks")
        print(f"transitions_full_of_empty {full / empty:.3f} ratio")
        print(f"transitions_synchronous_commit {environment.value('show synchronous_commit')} setting", flush=True)
    finally:
        environment.close()


if __name__ == "__main__":
    main()
