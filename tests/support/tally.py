#!/usr/bin/env python3
"""Counts one suite from ctest's JUnit file and shows what its failed tests printed.

usage: tally.py JUNIT_FILE SUITE TOTALS_FILE

Prints one line about the suite and appends "passed failed skipped" to TOTALS_FILE. With
HANDOFF_REQUIRE=all in the environment a skipped test counts as failed. A missing or broken
file is one failure: a suite whose results are lost has not passed.
"""

import os
import sys
import xml.etree.ElementTree as ElementTree

OUTPUT_LINES = 80


def verdict(case, skips_fail):
    status = case.get("status")
    if status == "run":
        return "passed"
    skipped = case.find("skipped")
    # ctest also calls a test skipped whose program was not built; that one has failed.
    wanted = skipped is not None and skipped.get("message", "").startswith("SKIP_")
    if (wanted or status == "disabled") and not skips_fail:
        return "skipped"
    return "failed"


def show_failure(case):
    print(f"--- {case.get('name')} failed ({case.get('status')}, {float(case.get('time', 0)):.1f} s)")
    output = ((case.findtext("system-out") or "").rstrip() or "(it printed nothing)").split("\n")
    if len(output) > OUTPUT_LINES:
        print(f"    ... {len(output) - OUTPUT_LINES} lines before these")
    for line in output[-OUTPUT_LINES:]:
        print(f"    {line}")


def main():
    path, suite, totals = sys.argv[1:4]
    skips_fail = os.environ.get("HANDOFF_REQUIRE") == "all"
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    seconds = 0.0
    try:
        cases = ElementTree.parse(path).getroot().findall("testcase")
    except (OSError, ElementTree.ParseError) as error:
        print(f"--- the results of {suite} cannot be read: {error}")
        cases = []
        counts["failed"] = 1
    for case in cases:
        result = verdict(case, skips_fail)
        counts[result] += 1
        seconds += float(case.get("time", 0))
        if result == "failed":
            show_failure(case)
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    line = f"{suite:<22} {counts['passed']} passed, {counts['failed']} failed{skipped} ({seconds:.1f} s)"
    print(line, flush=True)
    with open(totals, "a", encoding="utf-8") as out:
        out.write(f"{counts['passed']} {counts['failed']} {counts['skipped']} {line}\n")


if __name__ == "__main__":
    main()
