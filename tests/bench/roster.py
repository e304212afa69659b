"""A roster of HANDOFF_BENCH_MEMBERS (1000000) members, four of five enrolled, by CSV and by 834: rows a second into an empty
database, and of the next day's file, with one of a hundred changed (by 834 as a file of the changes, and as a full one).
Beside it the bare COPY of the same rows into tables with the same keys and indexes."""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import x834
from environment import ROOT, Environment

GIVEN = "ANA BEN CAL DEE EVA FAY GUS HAL IDA JON KIM LEO MAY NED OLA PIA RAY SUE TOM UMA".split()
SYLLABLES = "BA DEN FOR GAR HIL KOR LUN MAR NOR PEL RIN SAL TOR VEN WIL ZAN".split()
HEADER = ("member_id,cin,surname,given,birth_date,sex,phone,address,city,state,zip,language,county,program,enrolled_from,organisation,team,"
          "coordinator,coordinator_email")
DAYS = ("20260401", "20260402")


def member(i, day):
    """Invented, and another telephone on the second day for one of a hundred."""
    surname = SYLLABLES[i % 16] + SYLLABLES[i // 16 % 16] + SYLLABLES[i // 256 % 16]
    line = 200 + i % 100 if day and i % 100 == 0 else 100 + i % 100
    return (f"{90000000 + i}A", surname, GIVEN[i // 7 % 20], f"{1930 + i % 90}{1 + i // 90 % 12:02}{1 + i // 1080 % 28:02}", "FM"[i % 2],
            f"714555{line:04}", f"{1 + i % 9999} MAIN ST", f"{92800 + i % 20}")


def write_csv(path, members, day):
    with open(path, "w") as file:
        file.write(HEADER + "\n")
        for i in range(members):
            number, surname, given, birth, sex, phone, street, code = member(i, day)
            program = "ECM,20250101" if i % 5 else ","
            team = i % 50
            file.write(f"{number},{number},{surname},{given},{birth},{sex},{phone},{street},ANAHEIM,CA,{code},es,Orange,{program},"
                       f"Org {team % 5},Team {team},Coordinator {team},c{team}@team.example\n")


def write_834(path, numbers, day, maintenance):
    n = len(x834.head()) - 2
    with open(path, "w") as file:
        file.write("~\n".join(x834.head(date=DAYS[day])) + "~\n")
        for i in numbers:
            number, surname, given, birth, sex, phone, street, code = member(i, day)
            loop = x834.loop(number, *x834.person(surname, given, birth, sex, phone, street, zip_code=code),
                             *(x834.coverage("20250101", maintenance=maintenance) if i % 5 else []), maintenance=maintenance)
            n += len(loop)
            file.write("~\n".join(loop) + "~\n")
        file.write("~\n".join(x834.tail(n)) + "~\n")


def load(environment, name, path, rows, *words):
    begun = time.monotonic()
    subprocess.run(["handoffctl", "roster", "import", path, *words], check=True, env=environment.variables, cwd=ROOT, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begun
    print(f"roster_{name} {rows / seconds:.0f} rows/s")
    print(f"roster_{name}_took {seconds:.1f} s", flush=True)
    return seconds


def copy(environment, folder):
    """The same members and enrolments by COPY alone."""
    seconds = 0
    for table in ("member", "enrolment"):
        rows = folder / f"{table}.copy"
        url = environment.variables["HANDOFF_DATABASE_URL"]
        subprocess.run(["psql", "-X", "-q", "-d", url, "-c", f"\\copy {table} to '{rows}'", "-c", f"create table bare_{table} (like {table} including all)"],
                       check=True, env=environment.variables)
        begun = time.monotonic()
        subprocess.run(["psql", "-X", "-q", "-d", url, "-c", f"\\copy bare_{table} from '{rows}'"], check=True, env=environment.variables)
        seconds += time.monotonic() - begun
    return seconds


def forget(environment):
    environment.rows("truncate member, member_state, enrolment, replan cascade")


def main():
    members = int(os.environ.get("HANDOFF_BENCH_MEMBERS", "1000000"))
    environment = Environment("bench-roster").fresh("postgres")
    with tempfile.TemporaryDirectory(prefix="handoff-bench-") as temporary:
        folder = Path(temporary)
        try:
            environment.ctl("migrate")
            for day in (0, 1):
                write_csv(folder / f"{day}.csv", members, day)
            write_834(folder / "first.834", range(members), 0, "021")
            write_834(folder / "changes.834", range(0, members, 100), 1, "001")
            write_834(folder / "full.834", range(members), 0, "030")
            print(f"roster_members {members} count")
            first = load(environment, "csv_first", folder / "0.csv", members)
            load(environment, "csv_daily", folder / "1.csv", members)
            bare = copy(environment, folder)
            forget(environment)
            again = load(environment, "834_first", folder / "first.834", members, "--program", "ECM")
            load(environment, "834_changes", folder / "changes.834", members // 100, "--program", "ECM")
            load(environment, "834_full_daily", folder / "full.834", members, "--program", "ECM", "--full", "--older")
            print(f"roster_bare_copy {members / bare:.0f} rows/s")
            print(f"roster_csv_first_of_bare_copy {bare / first:.3f} ratio")
            print(f"roster_834_first_of_bare_copy {bare / again:.3f} ratio")
        finally:
            environment.close()


if __name__ == "__main__":
    main()
