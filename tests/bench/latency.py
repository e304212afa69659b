"""From the last byte of an MLLP frame to the committed task at 200 messages a second, with the setting of the commit."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from environment import Environment

MESSAGES = int(os.environ.get("HANDOFF_BENCH_LATENCY_MESSAGES", "6000"))
HEADER = "member_id,cin,surname,given,birth_date,sex,program,enrolled_from,coordinator,coordinator_email\n"


def write_roster(path):
    with open(path, "w", encoding="utf-8") as roster:
        roster.write(HEADER)
        for i in range(MESSAGES):
            roster.write(f"B{i},9{i:07d}A,BENCH,GRACE,19700101,F,ECM,20260101,Bench,bench@example.org\n")


def main():
    environment = Environment("bench").fresh()
    try:
        with tempfile.TemporaryDirectory(prefix="handoff-bench-") as folder:
            write_roster(f"{folder}/roster.csv")
            environment.ctl("roster", "import", f"{folder}/roster.csv")
        environment.dev("stop", "notifier")  # mails are no part of the figure
        subprocess.run([os.environ["HANDOFF_BIN_DIR"] + "/handoff-bench-latency", environment.variables["HANDOFF_MLLP_ADDRESS"],
                        environment.variables["HANDOFF_DATABASE_URL"], str(MESSAGES), "200"], check=True)
        print(f"latency_synchronous_commit {environment.value('show synchronous_commit')} setting", flush=True)
    finally:
        environment.close()


if __name__ == "__main__":
    main()
