"""handoffctl match try: what it prints, and a defined answer in bounded time for whatever the files hold. No server."""
import json
import re
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("HANDOFF_BIN_DIR", ROOT / "build" / "dev" / "bin"))
ROSTER = ("member_id,cin,plan_id,surname,given,middle,suffix,birth_date,sex,phone,address,city,state,zip,language\n"
          "M1,91234567A,P100001,Quintero,Marisol,Elena,,19710423,F,714-555-0182,1841 Sycamore Grove Ave,Santa Ana,CA,92701,es\n"
          "M2,92234567C,P100002,Okafor,Grace,,,19700101,F,510-555-0143,77 Lake Rd,Oakland,CA,94601,en\n"
          "M3,93234567D,P100003,Tran,Minh Chau,,,19551104,M,408-555-0167,912 Alder Ct,San Jose,CA,95112,vi\n")
COLUMNS = ("query_id", "feed", "surname", "given", "middle", "suffix", "birth_date", "sex", "phone", "address", "city", "state", "zip",
           "language", "ins_id")
MARISOL = {"query_id": "Q1", "surname": "Quintero", "given": "Marisol", "birth_date": "19710423", "sex": "F", "phone": "714-555-0182",
           "address": "1841 Sycamore Grove Ave", "city": "Santa Ana", "state": "CA", "zip": "92701"}


def line(**fields):
    return ",".join('"' + fields.get(column, "").replace('"', '""') + '"' for column in COLUMNS) + "\n"


def queries(*lines):
    return ",".join(COLUMNS) + "\n" + "".join(lines)


class Try(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_try(self, roster, asked, *words, **variables):
        command = [BIN / "handoffctl", "match", "try", "--roster", self.file("roster.csv", roster), *words,
                   self.file("queries.csv", asked)]
        return subprocess.run([str(word) for word in command], capture_output=True, timeout=60, cwd=ROOT,
                              env={"PATH": os.environ["PATH"], **variables})

    def answers(self, roster, asked, *words, warnings=()):
        """The answers; each of the warnings, and no other, is told."""
        done = self.run_try(roster, asked, *words)
        told = done.stderr.decode()
        self.assertEqual(0, done.returncode, told)
        lines = [line for line in told.splitlines() if ".csv:" in line and not line.split(".csv:")[1].startswith(" ")]
        self.assertEqual(len(warnings), len(lines), told)
        for warning, told_line in zip(warnings, lines):
            self.assertIn(warning, told_line)
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def answer(self, **fields):
        return self.answers(ROSTER, queries(line(**fields)))[0]


class Answers(Try):
    def test_an_answer_has_just_the_promised_fields(self):
        answer = self.answer(**MARISOL)
        self.assertEqual(["query", "verdict", "member", "score", "why"], list(answer))
        self.assertEqual(("Q1", "matched", "M1"), tuple(answer[name] for name in ("query", "verdict", "member")))
        self.assertIsInstance(answer["score"], float)
        self.assertIsInstance(answer["why"], dict)

    def test_nobody_of_ours_has_no_member(self):
        answer = self.answer(query_id="Q1", surname="Haverford", given="Lucian", birth_date="19380917", sex="M")
        self.assertEqual(("non-member", None), (answer["verdict"], answer["member"]))

    def test_a_card_with_the_name_and_date_of_the_member_matches_and_with_anothers_does_not(self):
        known = {"query_id": "Q", "surname": "Okafor", "given": "Grace", "birth_date": "1970-01-01"}
        for number in ("92234567C", "92234567C91024", "P100002"):
            self.assertEqual(("matched", "M2"), tuple(self.answer(**known, ins_id=number)[name] for name in ("verdict", "member")))
        relative = self.answer(query_id="Q", surname="Okafor", given="Samuel", birth_date="20150630", sex="M", ins_id="92234567C")
        self.assertNotEqual("matched", relative["verdict"])

    def test_each_of_a_members_cins_finds_them(self):
        known = {"query_id": "Q", "surname": "Okafor", "given": "Grace", "birth_date": "1970-01-01"}
        for cins in ("92234567C 98234567K", "98234567K;92234567C", '"92234567C,98234567K"'):
            roster = ROSTER.replace("92234567C", cins)
            got = self.answers(roster, queries(*(line(**known, ins_id=number) for number in ("92234567C", "98234567K", "98234567K91024"))))
            self.assertEqual([("matched", "M2")] * 3, [(one["verdict"], one["member"]) for one in got])

    def test_a_cin_of_two_members_is_asked(self):
        roster = ROSTER.replace("92234567C", "98234567K 92234567C") + "M9,92234567C,,Okafor,Grace,,,19700101,F,,,,,,\n"
        answer = self.answers(roster, queries(line(query_id="Q", surname="Okafor", given="Grace", birth_date="19700101", ins_id="92234567C")))[0]
        self.assertEqual("review", answer["verdict"])

    def test_a_review_has_its_best_candidate_as_member(self):
        roster = ROSTER + "M9,,,Quintero,Marisol,Elena,,19710423,F,714-555-0182,1841 Sycamore Grove Ave,Santa Ana,CA,92701,es\n"
        answer = self.answers(roster, queries(line(**MARISOL)))[0]
        self.assertEqual("review", answer["verdict"])
        self.assertIn(answer["member"], ("M1", "M9"))

    def test_what_a_service_would_hold_is_said_and_decided(self):
        answer = self.answer(query_id="Q1")
        self.assertEqual("non-member", answer["verdict"])
        self.assertTrue(answer["why"]["held"])

    def test_the_order_of_the_queries_is_kept(self):
        asked = [dict(MARISOL, query_id=f"Q{i}", given=name) for i, name in enumerate(("Marisol", "Zed", "", "Grace") * 500)]
        got = self.answers(ROSTER, queries(*(line(**one) for one in asked)))
        self.assertEqual([one["query_id"] for one in asked], [one["query"] for one in got])

    def test_the_order_of_the_roster_does_not_matter(self):
        head, *members = ROSTER.splitlines(keepends=True)
        asked = queries(line(**MARISOL), line(query_id="Q2", surname="Okafor", given="Grace", birth_date="19700101"))
        self.assertEqual(self.answers(ROSTER, asked), self.answers(head + "".join(reversed(members)), asked))

    def test_the_explanation_and_the_error_stream_hold_no_value(self):
        done = self.run_try(ROSTER, queries(line(**MARISOL)))
        for value in (b"Quintero", b"Marisol", b"19710423", b"Sycamore", b"5550182", b"91234567A"):
            self.assertNotIn(value, done.stdout)
            self.assertNotIn(value, done.stderr)


class Formats(Try):
    def matched(self, roster, asked, **how):
        got = self.answers(roster, asked, **how)
        self.assertEqual([("matched", "M1")], [(one["verdict"], one["member"]) for one in got])

    def test_columns_stand_in_any_order_and_others_are_ignored(self):
        roster = "favourite,zip,birth_date,given,surname,member_id,phone\nblue,92701,19710423,Marisol,Quintero,M1,7145550182\n"
        self.matched(roster, "zip,phone,birth_date,shoe,given,surname,query_id\n92701,7145550182,19710423,9,Marisol,Quintero,Q1\n")

    def test_dates_are_of_digits_or_iso_on_either_side(self):
        for date in ("1971-04-23", "19710423", "1971-04-23T00:00:00"):
            self.matched(ROSTER, queries(line(**dict(MARISOL, birth_date=date))))
            self.matched(ROSTER.replace("19710423", date), queries(line(**MARISOL)))

    def test_line_ends_a_byte_order_mark_and_quotes_change_nothing(self):
        plain = queries(line(**MARISOL))
        for ends in ("\r\n", "\r"):
            self.matched(ROSTER.replace("\n", ends), plain.replace("\n", ends))
        self.matched(b"\xef\xbb\xbf" + ROSTER.encode(), b"\xef\xbb\xbf" + plain.encode())
        self.matched(ROSTER.rstrip("\n"), plain.rstrip("\n"))
        self.matched(ROSTER, plain.replace("Sycamore Grove", "Sycamore\r\nGrove").replace("Marisol", "\nMarisol"))

    def test_bytes_that_are_not_utf8_are_latin1(self):
        roster = ROSTER.replace("Quintero", "Muñoz")
        asked = queries(line(**dict(MARISOL, surname="Muñoz")))
        self.matched(roster, asked.encode("latin-1"))
        self.matched(roster.encode("latin-1"), asked)

    def test_the_later_line_of_a_member_counts_with_a_warning(self):
        roster = ROSTER + "M1,,,Haverford,Lucian,,,19380917,M,,,,,,\n"
        got = self.answers(roster, queries(line(**MARISOL)), warnings=["roster.csv:5: this member_id stands above already"])
        self.assertEqual("non-member", got[0]["verdict"])

    def test_a_wrong_one_of_several_cins_is_told_and_the_others_count(self):
        roster = ROSTER.replace("91234567A", "98234567K 9123456")
        self.matched(roster, queries(line(query_id="Q1", surname="Quintero", given="Marisol", birth_date="19710423", ins_id="98234567K")),
                     warnings=["roster.csv:2: cin: holds several numbers, and one is no CIN"])

    def test_a_line_without_member_id_is_left_out_with_a_warning(self):
        self.matched(ROSTER + ",,,Quintero,Marisol,,,19710423,F,,,,,,\n", queries(line(**MARISOL)),
                     warnings=["roster.csv:5: member_id is blank; the line is left out"])

    def test_queries_come_from_standard_input_too(self):
        done = subprocess.run([str(BIN / "handoffctl"), "match", "try", "--roster", str(self.file("roster.csv", ROSTER)), "-"], timeout=60,
                              input=queries(line(**MARISOL)).encode(), capture_output=True, env={"PATH": os.environ["PATH"]})
        self.assertEqual("matched", json.loads(done.stdout)["verdict"])

    def test_progress_is_two_lines_where_nobody_looks(self):
        told = self.run_try(ROSTER, queries(line(**MARISOL))).stderr.decode().splitlines()
        self.assertEqual(2, len(told))
        self.assertRegex(told[0], r"roster\.csv: 3 members in \d+\.\d s, \d+ bytes a member$")
        self.assertRegex(told[1], r"queries\.csv: 1 queries in \d+\.\d s: 1 matched, 0 review, 0 non-member$")


class BadInput(Try):
    """Each query gets one answer, and what is around it gets the right one."""

    def between(self, bad, roster=ROSTER, warnings=()):
        """The answer to a bad line between two good ones."""
        good = line(**MARISOL)
        asked = queries(good).encode() + (bad if isinstance(bad, bytes) else bad.encode()) + good.encode()
        got = self.answers(roster, asked, warnings=warnings)
        self.assertEqual(3, len(got))
        self.assertEqual(["matched", "matched"], [got[0]["verdict"], got[2]["verdict"]])
        return got[1]

    def assert_not_matched(self, answer):
        self.assertIn(answer["verdict"], ("review", "non-member"))

    def test_every_field_blank(self):
        self.assertEqual("non-member", self.between(line(query_id="B"))["verdict"])
        self.assertEqual("", self.between(line())["query"])

    def test_a_member_with_every_field_blank_is_nobodys_match(self):
        roster = ROSTER + "M8" + "," * 14 + "\n"
        self.assertEqual("non-member", self.between(line(query_id="B"), roster)["verdict"])

    def test_a_surname_of_4000_letters(self):
        self.assert_not_matched(self.between(line(query_id="B", surname="q" * 4000, given="Marisol", birth_date="19710423")))
        self.assert_not_matched(self.between(line(query_id="B", surname="Q " * 2000, given="é" * 4000, birth_date="19710423")))
        long = ROSTER + f"M8,,,{'w' * 4000},Grace,,,19700101,F,,,,,,\n"
        self.between(line(query_id="B", surname="w" * 4000, given="Grace", birth_date="19700101"), long)

    def test_birth_dates_that_cannot_be(self):
        for date in ("21900101", "19710231", "19714223", "00000000", "99999999", "1971", "April 23", "-9710423", "1971-4-23", "197104230"):
            with self.subTest(date):
                self.assert_not_matched(self.between(line(query_id="B", surname="Haverford", given="Marisol", birth_date=date)))

    def test_placeholders_are_nobody(self):
        for surname, given in (("UNKNOWN", "UNKNOWN"), ("DOE", "JOHN"), ("DOE", "JANE"), ("TEST", "PATIENT"), ("XXX", "XXX")):
            for date in ("", "19000101"):
                member = ROSTER + f"M8,,,{surname},{given},,,{date},F,,,,,,\n"
                with self.subTest(surname + date):
                    answer = self.between(line(query_id="B", surname=surname, given=given, birth_date=date, sex="F"), member)
                    self.assert_not_matched(answer)

    def test_a_baby_without_a_name_is_not_the_mother(self):
        self.assert_not_matched(self.between(line(**dict(MARISOL, query_id="B", given="BABY GIRL", birth_date="20261101"), ins_id="91234567A")))

    def test_any_script_finds_its_member(self):
        for i, (surname, given) in enumerate((("李", "小龙"), ("Иванова", "Анна"), ("محمد", "فاطمة"), ("김", "민수"), ("Պետրոսյան", "Արամ"),
                                              ("Nguyễn", "Thị Hồng"), ("𠮷田", "花"))):
            member = ROSTER + f"S{i},94234567E,,{surname},{given},,,19660606,F,,,,,,\n"
            with self.subTest(surname):
                answer = self.between(line(query_id="B", surname=surname, given=given, birth_date="19660606", sex="F", ins_id="94234567E"),
                                      member)
                self.assertEqual(("matched", f"S{i}"), (answer["verdict"], answer["member"]))

    def test_control_characters_and_nul_bytes_are_blanks(self):
        noisy = line(**dict(MARISOL, query_id="B", surname="\x01Quintero\x07", given="Mari\x7fsol"))
        self.assertEqual("B", self.between(noisy)["query"])
        nul = line(**dict(MARISOL, query_id="B\0B", given="Marisol\0")).encode()
        answer = self.between(nul)
        self.assertEqual(("B B", "matched"), (answer["query"], answer["verdict"]))

    def test_a_query_id_of_any_text_is_answered_as_valid_json(self):
        for text in ('he said "no"', "back\\slash", "ключ", "tab\there"):
            self.assertEqual(text.replace("\t", " "), self.between(line(query_id=text))["query"])

    def test_bytes_of_no_encoding(self):
        self.between(b"B,\xff\xfe\x80,\xc0\xaf,\xed\xa0\x80,,,19710423,,,,,,,,\n")

    def test_a_broken_quote_takes_no_other_line_with_it(self):
        closed_by_the_next = "a quotation mark is not closed; the line is read as far as it can be"
        self.between('B,,"Quintero,Marisol,,,19710423,F,,,,,,,\n', warnings=[closed_by_the_next])
        self.between('B,,Quin"tero,Marisol,,,19710423,F,,,,,,,\n', warnings=["inside a field"])
        self.between('B,,"Quin"tero,Marisol,,,19710423,F,,,,,,,\n', warnings=["after a closing quotation mark"])

    def test_a_broken_quote_in_the_roster_loses_no_other_member(self):
        for place in (1, 3):
            lines = ROSTER.splitlines(keepends=True)
            lines.insert(place, 'M7,,,"Broken,Member,,,19600101,F,,,,,,\n')
            got = self.answers("".join(lines), queries(line(**MARISOL)), warnings=[f"roster.csv:{place + 1}: a quotation mark is not closed"])
            self.assertEqual("matched", got[0]["verdict"])

    def test_many_broken_quotes_are_read_in_bounded_time(self):
        bad = "".join(f'B{i},,"Quintero,Marisol,,,19710423,F,,,,,,,\n' for i in range(5000))
        begun = time.monotonic()
        done = self.run_try(ROSTER, queries(bad + line(**MARISOL)))
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual(5001, len(done.stdout.splitlines()))
        self.assertIn(b"and 4980 more warnings", done.stderr)

    def test_lines_of_the_wrong_length(self):
        self.between("B,,Quintero\n", warnings=["queries.csv:3: 3 fields where the header has 15"])
        self.between("B" + "," * 40 + "\n", warnings=["queries.csv:3: 41 fields where the header has 15"])
        self.between("B" + "," * 400 + "\n", warnings=["too many columns"])

    def test_a_line_of_a_megabyte(self):
        self.assertEqual("B", self.between("B,," + "x" * 1000000 + ",,,,,,,,,,,,\n", warnings=["longer than 64 KiB"])["query"])

    def test_empty_lines_are_no_queries(self):
        self.assertEqual(1, len(self.answers(ROSTER, queries("\n\r\n", line(**MARISOL), "\n\n"))))

    def test_files_with_nothing_but_a_header(self):
        head = ROSTER.splitlines(keepends=True)[0]
        self.assertEqual([], self.answers(ROSTER, queries()))
        self.assertEqual("non-member", self.answers(head, queries(line(**MARISOL)))[0]["verdict"])


class TooCommon(Try):
    """Thousands who look the same: one capped look, and a person is asked."""
    N = 10000

    def review_in_time(self, roster, **fields):
        asked = queries(*(line(query_id=f"Q{i}", **fields) for i in range(200)))
        begun = time.monotonic()
        got = self.answers(roster, asked)
        self.assertLess(time.monotonic() - begun, 30)
        self.assertEqual({"review"}, {one["verdict"] for one in got})
        return got[0]

    def test_10000_of_one_name_and_birth_date(self):
        roster = ROSTER + "".join(f"C{i},,,Garcia,Maria,,,19800101,F,,,,,,\n" for i in range(self.N))
        answer = self.review_in_time(roster, surname="Garcia", given="Maria", birth_date="19800101", sex="F")
        self.assertIn("too-common", json.dumps(answer["why"]))

    def test_10000_of_one_phone(self):
        """The telephone of a shelter says nothing, and hides nobody who has it."""
        roster = ROSTER + "".join(f"C{i},,,Surname{i},Given{i},,,19{i % 90 + 10}0{i % 9 + 1}15,F,213-555-0100,,,,,\n" for i in range(self.N))
        asked = queries(*(line(query_id=f"Q{i}", phone="213-555-0100") for i in range(200)))
        begun = time.monotonic()
        got = self.answers(roster, asked)
        self.assertLess(time.monotonic() - begun, 30)
        self.assertNotIn("matched", {one["verdict"] for one in got})
        known = self.answers(roster.replace("714-555-0182", "213-555-0100"), queries(line(**dict(MARISOL, phone="213-555-0100"))))[0]
        self.assertEqual("M1", known["member"])


class Refusals(Try):
    def refused(self, done, status, words):
        self.assertEqual(status, done.returncode)
        self.assertEqual(b"", done.stdout)
        self.assertIn(words, done.stderr.decode())

    def test_files_that_are_empty_or_have_no_such_column(self):
        good = queries(line(**MARISOL))
        self.refused(self.run_try("", good), 1, "roster.csv:1: the file is empty; its first line must name the columns")
        self.refused(self.run_try(ROSTER, ""), 1, "queries.csv:1: the file is empty; its first line must name the columns")
        self.refused(self.run_try("cin,surname\n", good), 1, "roster.csv:1: member_id is no column; the first line must name the columns")
        self.refused(self.run_try(ROSTER, "id,surname\n1,x\n"), 1, "queries.csv:1: query_id is no column")
        self.refused(self.run_try("member_id,zip,zip\n", good), 1, "roster.csv:1: zip stands twice in the header; remove or rename one")

    def test_a_file_that_is_not_there(self):
        done = subprocess.run([str(BIN / "handoffctl"), "match", "try", "--roster", "nowhere.csv", "nothing.csv"], capture_output=True)
        self.refused(done, 1, "nowhere.csv: cannot be opened (No such file or directory)")

    def test_wrong_usage(self):
        for words in (["x.csv"], ["--roster", "x.csv"], ["--roster", "x.csv", "y.csv", "z.csv"], ["--rooster", "x.csv", "y.csv"]):
            self.assertEqual(2, subprocess.run([str(BIN / "handoffctl"), "match", "try", *words], capture_output=True,
                                               env={"PATH": os.environ["PATH"]}).returncode)

    def test_answers_that_cannot_be_written(self):
        roster, asked = self.file("roster.csv", ROSTER), self.file("queries.csv", queries(line(**MARISOL)))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([str(BIN / "handoffctl"), "match", "try", "--roster", str(roster), str(asked)], stdout=full,
                                  stderr=subprocess.PIPE)
        self.assertEqual(1, done.returncode)
        self.assertIn(b"the answers cannot be written (No space left on device)", done.stderr)


class Weights(Try):
    def built_in(self):
        return subprocess.run([str(BIN / "handoffctl"), "match", "weights"], capture_output=True, check=True, text=True).stdout

    def test_the_built_in_weights_given_as_a_file_change_nothing(self):
        asked = queries(line(**MARISOL), line(query_id="Q2", surname="Okafor", given="Gracie", birth_date="19700110"))
        path = self.file("weights.yaml", self.built_in())
        self.assertEqual(self.answers(ROSTER, asked), self.answers(ROSTER, asked, "--weights", path))

    def test_other_weights_give_another_score(self):
        asked = queries(line(**MARISOL))
        path = self.file("weights.yaml", re.sub(r"equal: \{.*\}", "equal: {m: 0.5, u: 0.5}", self.built_in()))
        self.assertNotEqual(self.answers(ROSTER, asked)[0]["score"], self.answers(ROSTER, asked, "--weights", path)[0]["score"])

    def test_a_missing_level_is_refused_with_its_place(self):
        text = self.built_in()
        at = text.index("\n", text.index("\nsex:") + 1)
        path = self.file("weights.yaml", text[:at + 1] + text[text.index("\n", at + 1) + 1:])
        done = self.run_try(ROSTER, queries(line(**MARISOL)), HANDOFF_WEIGHTS=str(path))
        self.assertEqual((1, b""), (done.returncode, done.stdout))
        self.assertIn(f"{path}:{text[:at].count(chr(10)) + 1}: sex.equal is missing; add it", done.stderr.decode())


class Train(Try):
    def run_train(self, roster, asked, *words):
        command = [BIN / "handoffctl", "match", "train", "--roster", self.file("roster.csv", roster), *words, self.file("queries.csv", asked)]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, cwd=ROOT,
                              env={"PATH": os.environ["PATH"]})

    def test_what_is_printed_is_a_weights_file_that_match_try_takes(self):
        asked = queries(line(**MARISOL), line(query_id="Q2", surname="Okafor", given="Gracie", birth_date="19700101"))
        done = self.run_train(ROSTER, asked)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^  equal: \{m: 0\.\d+, u: \S+\} # [+-]\d+\.\d\d$")
        self.assertRegex(done.stderr, r"(?m)queries\.csv: 2 queries, \d+ pairs of \d+ patterns, \d+ of them one person$")
        path = self.file("learned.yaml", done.stdout)
        self.answers(ROSTER, asked, "--weights", path)
        self.assertEqual(0, self.run_train(ROSTER, asked, "--start", path).returncode)

    def test_no_more_queries_are_read_than_asked_for(self):
        done = self.run_train(ROSTER, queries(*(line(**MARISOL) for _ in range(10))), "--max-queries", "4")
        self.assertIn("queries.csv: 4 queries,", done.stderr)

    def test_queries_that_are_about_nobody_teach_nothing(self):
        done = self.run_train(ROSTER, queries(line(query_id="Q1", surname="Haverford", given="Lucian", birth_date="19380917")))
        self.assertEqual((1, ""), (done.returncode, done.stdout))
        self.assertIn("no query shares a block with a member, so there is nothing to learn from", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
