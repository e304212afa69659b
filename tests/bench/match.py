"""What a look-up costs among a million members, on one core: strangers (another seed's people), everyday traffic and the
hard set, each at random order; what loading costs, and the memory a member takes."""
import argparse
import os
import subprocess
import tempfile
from pathlib import Path

BIN = Path(os.environ["HANDOFF_BIN_DIR"])


def people(mix, seed, members, queries, folder):
    """The files of a seed, made where they are not there yet."""
    place = folder / f"{mix}-{seed}-{members}-{queries}"
    if not (place / "truth.csv").exists():
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run([str(BIN / "handoffctl"), "simulate", "people", "--mix", mix, "--seed", str(seed), "--members", str(members),
                        "--queries", str(queries), "--out", str(place)], check=True)
    return place


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run match", description=__doc__)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--members", type=int, default=1000000)
    parser.add_argument("--queries", type=int, default=200000)
    parser.add_argument("--dir", type=Path, help="keep the files here, and use those of the same seed and size again")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="handoff-bench-") as temporary:
        folder = (a.dir or Path(temporary)).resolve()
        hard, everyday = (people(mix, a.seed, a.members, a.queries, folder) for mix in ("hard", "everyday"))
        strangers = people("everyday", a.seed + 1, a.members, a.queries, folder)
        subprocess.run([str(BIN / "handoff-bench-match"), str(hard / "roster.csv"), "strangers", str(strangers / "queries.csv"),
                        "everyday", str(everyday / "queries.csv"), "hard", str(hard / "queries.csv")], check=True)


if __name__ == "__main__":
    main()
