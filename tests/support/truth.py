"""The truth that `handoffctl simulate` writes, and what the services found, in one form."""
import json
import re
from datetime import datetime, timezone
from pathlib import Path

TEMPLATE = 4  # of a wanted task, its column


def _instant(text):
    return int(datetime.fromisoformat(text).astimezone(timezone.utc).timestamp())


def read(path):
    """(summary, transitions) of a truth.jsonl."""
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return records[0], [record for record in records if record["kind"] == "transition"]


def expected(transitions):
    """Transitions that must be found: (member, instant, from, to)."""
    return sorted((t["member"], _instant(t["at"]), t["from"], t["to"]) for t in transitions if t["found"])


def found(environment):
    rows = environment.rows(
        "select member_id, extract(epoch from date_trunc('second', occurred))::bigint, from_setting, to_setting from transition")
    return sorted((member, int(at), source, to) for member, at, source, to in rows)


def difference(want, have, limit=10):
    """Words about what is missing and what is too much; empty where the two are equal."""
    missing, surplus = list(want), list(have)
    for item in have:
        if item in missing:
            missing.remove(item)
    for item in want:
        if item in surplus:
            surplus.remove(item)
    lines = [f"{len(want)} expected, {len(have)} found, {len(missing)} missing, {len(surplus)} too many"]
    lines += [f"missing {item}" for item in missing[:limit]] + [f"surplus {item}" for item in surplus[:limit]]
    return "\n".join(lines) if missing or surplus else ""


def begun_later(before, after):
    """Of two snapshots: the tasks that the second one has and the first one has not, and that the clock may have brought
    between them, for their template says when they begin."""
    starts = set()
    for path in (Path(__file__).resolve().parents[2] / "deploy" / "protocols").glob("*.yaml"):
        for template in re.split(r"\n  - key: ", path.read_text(encoding="utf-8")):
            if re.search(r"\n    starts: ", template):
                starts.add(template.split("\n")[0])
    return [task for task in after["wanted tasks"] if task[TEMPLATE] in starts and task not in before["wanted tasks"]]


def snapshot(environment):
    """Everything that must not depend on order, repeats, batches or crashes."""
    queries = {
        "encounters": "select * from encounter",
        "episodes": "select * from episode",
        "transitions": "select * from transition",
        "wanted tasks": "select key, member_id, change, aliases, template, title, role, want, due, reason, protocol, protocol_hash,"
                        " outcomes, occurred from task_plan where want <> 'withdrawn'",
        # Not the reminders, which follow the clock.
        "wanted notices": "select plan_key, member_id, change, name from notice_plan where wanted and task = ''",
    }
    return {name: sorted(environment.rows(sql)) for name, sql in queries.items()}
