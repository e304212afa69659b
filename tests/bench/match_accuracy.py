"""How well matching finds the right person, and never the wrong one: each figure with its number of queries.

FEBRL 1 and 4 are read as a ranking (each query's best candidate, over all thresholds of the score), with and without
the personal number. The hard and the everyday set are invented by `handoffctl simulate people`; there the automatic
links count, what goes to review, and who is lost. Intervals are Wilson's at 95 %.
"""
import argparse
import collections
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FEBRL = ROOT.parent / "shared" / "corpora" / "people-febrl"
CTL = Path(os.environ["HANDOFF_BIN_DIR"]) / "handoffctl"
SIDE = ("surname", "given", "middle", "suffix", "birth_date", "sex", "phone", "address", "city", "state", "zip", "language")
HOUSEHOLD_SETS = ("hard", "everyday")
Z = 1.959964


def say(name, value, unit, digits=6):
    text = f"{value:.{digits}f}" if isinstance(value, float) else str(value)
    print(f"{name} {text} {unit}", flush=True)


def ratio(part, whole):
    return part / whole if whole else 0.0


def wilson(good, n):
    """The interval of a share at 95 %."""
    if not n:
        return 0.0, 1.0
    p, square = good / n, Z * Z
    middle = (p + square / (2 * n)) / (1 + square / n)
    half = Z * math.sqrt(p * (1 - p) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file, skipinitialspace=True)


def answers(folder, weights):
    """What the engine says of each query, in the queries' order."""
    command = [CTL, "match", "try", "--roster", folder / "roster.csv", "--weights", weights, folder / "queries.csv"]
    with open(folder / "answers.jsonl", "w", encoding="utf-8") as out:
        subprocess.run([str(word) for word in command], stdout=out, check=True)
    with open(folder / "answers.jsonl", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def best_f1(scored, members):
    """The highest F1 of "the best candidate is the one where its score reaches a threshold", and that threshold."""
    best, threshold, linked, right = 0.0, 0.0, 0, 0
    scored.sort(key=lambda item: -item[0])
    for i, (score, is_right) in enumerate(scored):
        linked, right = linked + 1, right + is_right
        if i + 1 < len(scored) and scored[i + 1][0] == score:
            continue
        f1 = 2 * right / (linked + members)
        if f1 > best:
            best, threshold = f1, score
    return best, threshold


# ---- FEBRL -------------------------------------------------------------------------------------------------


def write_febrl(records, path, id_column, number_column, with_number):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow((id_column, number_column, "surname", "given", "birth_date", "address", "city", "state", "zip"))
        for r in records:
            street = f"{r['street_number']} {r['address_1']}".strip()
            out.writerow((r["rec_id"], r["soc_sec_id"] if with_number else "", r["surname"], r["given_name"], r["date_of_birth"],
                          ", ".join(part for part in (street, r["address_2"]) if part), r["suburb"], r["state"], r["postcode"]))


def person_of(record_id):
    return record_id.split("-")[1]


def febrl_sets():
    """Name, originals, duplicates."""
    first = list(rows(FEBRL / "dataset1.csv"))
    yield "febrl1", [r for r in first if r["rec_id"].endswith("-org")], [r for r in first if not r["rec_id"].endswith("-org")]
    yield "febrl4", list(rows(FEBRL / "dataset4a.csv")), list(rows(FEBRL / "dataset4b.csv"))


def rank(name, folder, weights, misses):
    scored, n, found = [], 0, 0
    for answer in answers(folder, weights):
        n += 1
        right = answer["member"] is not None and person_of(answer["member"]) == person_of(answer["query"])
        found += right
        if answer["member"] is not None:
            scored.append((answer["score"], right))
        if not right:
            misses.add(folder, name, answer, f"rec-{person_of(answer['query'])}-org", "ranked wrong")
    f1, threshold = best_f1(scored, n)
    say(f"{name}_queries", n, "count")
    say(f"{name}_best_is_right", ratio(found, n), "ratio")
    say(f"{name}_best_f1", f1, "ratio")
    say(f"{name}_best_f1_threshold", threshold, "bits", 2)


def bench_febrl(chosen, folder, weights, misses):
    if not FEBRL.is_dir():
        for name in ("febrl1", "febrl4"):
            if name in chosen:
                print(f"{name} skipped: {os.path.relpath(FEBRL, ROOT)} is not there", flush=True)
        return
    for name, originals, duplicates in febrl_sets():
        for with_number in (True, False):
            if name not in chosen:
                continue
            full_name = f"{name}_{'with' if with_number else 'without'}_number"
            place = folder / full_name
            place.mkdir(parents=True, exist_ok=True)
            write_febrl(originals, place / "roster.csv", "member_id", "plan_id", with_number)
            write_febrl(duplicates, place / "queries.csv", "query_id", "ins_id", with_number)
            rank(full_name, place, weights, misses)


# ---- Households --------------------------------------------------------------------------------------------


class Tally:
    def __init__(self):
        self.n = self.members = self.links = self.right = self.reviews = self.right_reviews = 0
        self.kinds, self.wrong, self.lost = collections.Counter(), collections.Counter(), collections.Counter()
        self.reviewed = collections.Counter()
        self.scored = []

    def add(self, answer, truth, kind):
        """Returns what is wrong with the answer, "" where nothing is."""
        kinds = kind.split("+")  # a member's are the noises of the message
        self.n += 1
        self.kinds.update(kinds)
        self.members += bool(truth)
        is_best = bool(truth) and answer["member"] == truth
        if answer["member"] is not None:
            self.scored.append((answer["score"], is_best))
        if answer["verdict"] == "matched":
            return self._link(answer["member"] == truth, kinds)
        if answer["verdict"] == "review":
            self.reviews += 1
            self.reviewed.update([] if truth else kinds)
            self.right_reviews += is_best
        if truth and not (answer["verdict"] == "review" and is_best):
            self.lost.update(kinds)
            return "lost"
        return ""

    def _link(self, is_right, kinds):
        self.links += 1
        self.right += is_right
        if is_right:
            return ""
        self.wrong.update(kinds)
        return "wrong link"

    def print(self, name):
        low, high = wilson(self.right, self.links)
        f1, threshold = best_f1(self.scored, self.members)
        say(f"{name}_queries", self.n, "count")
        say(f"{name}_queries_about_members", self.members, "count")
        say(f"{name}_links", self.links, "count")
        say(f"{name}_wrong_links", self.links - self.right, "count")
        say(f"{name}_precision", ratio(self.right, self.links), "ratio")
        say(f"{name}_precision_low", low, "ratio")
        say(f"{name}_precision_high", high, "ratio")
        low, high = wilson(self.right, self.members)
        say(f"{name}_recall", ratio(self.right, self.members), "ratio")
        say(f"{name}_recall_low", low, "ratio")
        say(f"{name}_recall_high", high, "ratio")
        say(f"{name}_review_share", ratio(self.reviews, self.n), "ratio")
        say(f"{name}_recall_with_review", ratio(self.right + self.right_reviews, self.members), "ratio")
        say(f"{name}_best_f1", f1, "ratio")
        say(f"{name}_best_f1_threshold", threshold, "bits", 2)
        for what, counter in (("wrong", self.wrong), ("lost", self.lost), ("strangers_in_review", self.reviewed)):
            for kind, n in sorted(counter.items(), key=lambda item: (-item[1], item[0])):
                say(f"{name}_{what}_{kind}", n, f"of_{self.kinds[kind]}")


def bench_households(mix, arguments, folder, misses):
    place = folder / f"{mix}-{arguments.seed}-{arguments.members}-{arguments.queries}"
    if not (place / "truth.csv").exists():
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run([str(CTL), "simulate", "people", "--mix", mix, "--seed", str(arguments.seed), "--members", str(arguments.members),
                        "--queries", str(arguments.queries), "--out", str(place)], check=True)
    tally = Tally()
    truths = {row["query_id"]: (row["member_id"], row["kind"]) for row in rows(place / "truth.csv")}
    for answer in answers(place, arguments.weights):
        truth, kind = truths.pop(answer["query"])
        wrong = tally.add(answer, truth, kind)
        if wrong:
            misses.add(place, f"{mix} {kind}", answer, truth, wrong)
    if truths:
        sys.exit(f"{len(truths)} queries of the {mix} set have no answer")
    say(f"{mix}_seed", arguments.seed, "seed")
    say(f"{mix}_roster", arguments.members, "members")
    tally.print(mix)


# ---- Side by side ------------------------------------------------------------------------------------------


class Misses:
    """What went wrong, to be read one by one: the query, the member it was taken for, and the true one."""

    def __init__(self, wrong, lost):
        self.paths = {"wrong link": wrong, "ranked wrong": wrong, "lost": lost}
        self.found = []
        for path in {wrong, lost} - {None}:
            Path(path).write_text("", encoding="utf-8")

    def add(self, folder, title, answer, truth, what):
        if self.paths[what]:
            self.found.append((folder, title, answer, truth, what))

    def write(self):
        for folder in sorted({miss[0] for miss in self.found}):
            mine = [miss for miss in self.found if miss[0] == folder]
            wanted = {miss[2]["member"] for miss in mine} | {miss[3] for miss in mine}
            members = {row["member_id"]: row for row in rows(folder / "roster.csv") if row["member_id"] in wanted}
            asked = {miss[2]["query"] for miss in mine}
            queries = {row["query_id"]: row for row in rows(folder / "queries.csv") if row["query_id"] in asked}
            for _, title, answer, truth, what in mine:
                with open(self.paths[what], "a", encoding="utf-8") as out:
                    self._write_one(out, title, answer, truth, what, queries[answer["query"]], members)

    @staticmethod
    def _write_one(out, title, answer, truth, what, query, members):
        best, true = members.get(answer["member"], {}), members.get(truth, {})
        print(f"{title}: {what}, {answer['verdict']}, score {answer['score']}", file=out)
        print(f"  {'':<12}{'query ' + answer['query']:<40}{'best ' + str(answer['member']):<40}true {truth or 'nobody'}", file=out)
        number = f"{best.get('cin', '')} {best.get('plan_id', '')}".strip()
        true_number = f"{true.get('cin', '')} {true.get('plan_id', '')}".strip()
        print(f"  {'number':<12}{query.get('ins_id', ''):<40}{number:<40}{true_number}", file=out)
        for field in SIDE:
            values = [row.get(field) or "" for row in (query, best, true)]
            if any(values):
                print(f"  {field:<12}{values[0]:<40}{values[1]:<40}{values[2]}", file=out)
        print(f"  why         {json.dumps(answer['why'])}\n", file=out)


def read_arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run match-accuracy", description=__doc__)
    parser.add_argument("--sets", default="febrl1,febrl4,hard,everyday", help="with commas (default %(default)s)")
    parser.add_argument("--seed", type=int, default=2026, help="of the invented sets (default 2026; the weights are tuned on others)")
    parser.add_argument("--members", type=int, default=1000000)
    parser.add_argument("--queries", type=int, default=200000)
    parser.add_argument("--weights", default="", help="a weights file; the built-in ones without it")
    parser.add_argument("--dir", type=Path, help="keep the files here, and use those of the same seed and size again")
    parser.add_argument("--wrong", help="write the wrong links side by side into this file")
    parser.add_argument("--lost", help="write the members that are neither linked nor best of a review likewise")
    arguments = parser.parse_args()
    arguments.sets = arguments.sets.split(",")
    if set(arguments.sets) - {"febrl1", "febrl4", *HOUSEHOLD_SETS}:
        parser.error("--sets: there are febrl1, febrl4, hard and everyday")
    return arguments


def main():
    arguments = read_arguments()
    misses = Misses(arguments.wrong, arguments.lost)
    with tempfile.TemporaryDirectory(prefix="handoff-bench-") as temporary:
        folder = (arguments.dir or Path(temporary)).resolve()
        bench_febrl(arguments.sets, folder, arguments.weights, misses)
        for mix in HOUSEHOLD_SETS:
            if mix in arguments.sets:
                bench_households(mix, arguments, folder, misses)
        misses.write()


if __name__ == "__main__":
    main()
