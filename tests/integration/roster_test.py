"""The roster: files by handoffctl, updates from Kafka, each through the same rules and in one piece."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import x834  # noqa: E402
from servers import BIN, ROOT, Database, Service, packed, produce, require_servers, wait_until  # noqa: E402

HEADER = ("member_id,cin,plan_id,surname,given,middle,suffix,birth_date,sex,phone,address,city,state,zip,language,program,"
          "enrolled_from,enrolled_to,opted_out_on,organisation,team,coordinator,coordinator_email")
ANA = "M1,91234567A,P1,Invented,Ana,,,19700102,F,555-0100,1 Main St,Anaheim,CA,92801,es,ECM,20250101,,,Org,North,Ben Ode,ben@team.example"


class Files(unittest.TestCase):
    def setUp(self):
        self.database = Database()
        self.addCleanup(self.database.drop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "roster.csv"

    def load(self, content, *words):
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.database.ctl("roster", "import", *words, self.path, check=False)

    def good(self, content, *words):
        done = self.load(content, *words)
        self.assertEqual(0, done.returncode, done.stderr)
        return done

    def refused(self, content, *lines):
        """Nothing is changed, and each of the lines is told."""
        before = self.state()
        done = self.load(content)
        self.assertEqual(1, done.returncode)
        for line in lines:
            self.assertIn(f"{self.path}: {line}", done.stderr)
        self.assertEqual(before, self.state())
        return done

    def state(self):
        return self.database.rows("select member_id, surname, given, birth_date, coordinator_email, deleted, seq from member order by 1"), self.enrolments()

    def enrolments(self):
        return self.database.rows("select member_id, program, enrolled_from, enrolled_to, opted_out_on from enrolment order by 1, 2, 3")

    def sequence(self):
        return int(self.database.value("select seq from roster_sequence"))


class Import(Files):
    def test_every_column_arrives(self):
        done = self.good(f"{HEADER}\n{ANA}\n")
        self.assertIn("1 lines, 1 members: 1 new, 0 changed, 0 as before", done.stdout)
        self.assertEqual(ANA.replace("ECM,20250101,,,", "").split(","),
                         list(self.database.rows("select member_id, cin, plan_id, surname, given, middle, suffix, birth_date, sex, phone, address, city,"
                                                 " state, zip, language, organisation, team, coordinator, coordinator_email from member")[0]))
        self.assertEqual([("M1", "ECM", "20250101", "0", "0")], self.enrolments())
        self.assertEqual([("M1",)], self.database.rows("select member_id from member_state"))
        self.assertEqual(1, self.sequence())

    def test_columns_come_in_any_order_and_missing_ones_are_blank(self):
        done = self.good("\ufeffcolour,given,birth_date,member_id\r\nred,Ana,1970-01-02,M1\r\n")
        self.assertEqual(1, done.stderr.count("columns that are not known here are left out: colour"))
        self.assertEqual([("M1", "", "Ana", "19700102", "", "f", "1")], self.state()[0])

    def test_quoted_fields_may_hold_line_ends(self):
        self.good('member_id,address\nM1,"1 Main St\r\nApt ""2"", rear"\nM2,x\n')
        self.assertEqual([('1 Main St  Apt "2", rear',), ("x",)], self.database.rows("select address from member order by member_id"))

    def test_values_are_taken_as_they_are(self):
        self.good("member_id,surname,given,city\nM\\1,back\\slash,José-Núñez,\\N\n")
        self.assertEqual([("M\\1", "back\\slash", "José-Núñez", "\\N")], self.database.rows("select member_id, surname, given, city from member"))

    def test_several_lines_of_a_member_are_its_enrolments(self):
        self.good(f"{HEADER}\n{ANA}\n{ANA.replace('ECM,20250101,', 'HHP,20200101,20211231')}\n{ANA.replace('20250101', '2026-03-01')}\n")
        self.assertEqual([("M1", "ECM", "20250101", "0", "0"), ("M1", "ECM", "20260301", "0", "0"), ("M1", "HHP", "20200101", "20211231", "0")],
                         self.enrolments())

    def test_the_same_file_again_changes_nothing(self):
        self.good(f"{HEADER}\n{ANA}\n")
        before = self.state()
        done = self.good(f"{HEADER}\n{ANA}\n")
        self.assertIn("0 new, 0 changed, 1 as before", done.stdout)
        self.assertEqual((before, 1), (self.state(), self.sequence()))

    def test_only_what_differs_is_written_and_the_rest_stays(self):
        self.good("member_id,given,program,enrolled_from\nM1,Ana,ECM,20250101\nM2,Ben,ECM,20250101\nM3,Cal,,\n")
        self.good("member_id,given,program,enrolled_from\nM1,Ana,ECM,20250101\nM2,Ben,ECM,20260101\n")
        self.assertEqual([("M1", "1"), ("M2", "2"), ("M3", "1")], self.database.rows("select member_id, seq from member order by 1"))
        self.assertEqual([("M1", "ECM", "20250101", "0", "0"), ("M2", "ECM", "20260101", "0", "0")], self.enrolments())

    def test_after_a_large_load_the_planner_knows_how_many_members_there_are(self):
        self.good("member_id,program\n" + "".join(f"M{i:05},ECM\n" for i in range(2000)))
        self.assertEqual("2000", self.database.value("select reltuples from pg_class where oid = 'member'::regclass"))

    def test_members_with_events_are_planned_anew(self):
        self.good("member_id,program\nM1,ECM\nM2,ECM\nM3,ECM\n")
        self.database.rows("insert into member_event (member_id, event_id, subject, link, event, occurred)"
                           " select m, e, 0, 1, '', now() from unnest(array['M1', 'M2']) m, unnest(array['\\x01', '\\x02']::bytea[]) e")
        self.assertEqual("0", self.database.value("select count(*) from replan"))
        done = self.good("member_id,program,opted_out_on\nM1,ECM,20260101\nM2,ECM,\nM3,ECM,20260101\n")
        self.assertIn("1 with events are planned anew", done.stdout)
        self.assertEqual([("M1", "roster")], self.database.rows("select member_id, reason from replan"))

    def test_others_are_woken(self):
        listener = subprocess.Popen(["psql", "-X", "-q", "-d", self.database.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.addCleanup(listener.stdout.close)
        self.addCleanup(listener.communicate)
        listener.stdin.write("listen handoff_roster; listen handoff_replan;\n\\echo listening\n")
        listener.stdin.flush()
        self.assertEqual("listening\n", listener.stdout.readline())
        self.good("member_id\nM1\n")
        listener.stdin.write("\\echo done\n")  # psql shows what has come after each command
        listener.stdin.write("select 1;\n\\echo end\n")
        listener.stdin.flush()
        heard = ""
        while not heard.endswith("end\n"):
            heard += listener.stdout.readline()
        self.assertIn('"handoff_roster"', heard)
        self.assertIn('"handoff_replan"', heard)

    def test_what_conditions_ask_about_arrives_and_plans_anew(self):
        header = "member_id,county,conditions,needs,homeless,risk,pregnant_until,dual"
        self.good(f"{header}\nM1,Orange,Diabetes;smi,food child-care,chronic,high,20270131,yes\nM2,,,,,,,\n")
        facts = "select county, conditions, needs, homeless, risk, pregnant_until, dual from member order by member_id"
        self.assertEqual([("Orange", "{diabetes,smi}", "{food,child-care}", "chronic", "high", "20270131", "t"), ("", "{}", "{}", "", "", "0", "f")],
                         self.database.rows(facts))
        self.database.rows("insert into member_event values ('M1', '\\x01', 0, 1, '', now()), ('M2', '\\x02', 0, 1, '', now())")
        again = self.good(f'{header}\nM1,Orange,"diabetes, smi",food;child-care,chronic,high,2027-01-31,yes\nM2,,,,,,,no\n')
        self.assertIn("0 new, 0 changed, 2 as before", again.stdout)
        self.assertEqual("0", self.database.value("select count(*) from replan"))
        self.assertIn("1 changed", self.good(f"{header}\nM1,Orange,diabetes,,yes,high,,\nM2,,,,,,,\n").stdout)
        self.assertEqual([("M1",)], self.database.rows("select member_id from replan"))
        self.assertEqual([("Orange", "{diabetes}", "{}", "yes", "high", "0", "f")], self.database.rows(facts)[:1])

    def test_several_cins_are_kept_and_another_way_to_part_them_changes_nothing(self):
        self.good("member_id,cin\nM1,91234567A;98765432C\nM2,92234567A\n")
        self.assertEqual([("91234567A 98765432C",), ("92234567A",)], self.database.rows("select cin from member order by member_id"))
        for cins in ("91234567a 98765432C", '"91234567A, 98765432C"', "91234567A;98765432C;91234567A"):
            self.assertIn("0 new, 0 changed, 2 as before", self.good(f"member_id,cin\nM1,{cins}\nM2,92234567A\n").stdout)
        self.assertIn("0 new, 1 changed, 1 as before", self.good("member_id,cin\nM1,98765432C;91234567A\nM2,92234567A\n").stdout)

    # ---- Bad input

    def test_a_bad_date_is_refused_with_line_and_column(self):
        done = self.refused("member_id,birth_date\nM1,19700102\nM2,19701350\n", "line 3: birth_date: is no date (YYYYMMDD or YYYY-MM-DD)")
        self.assertNotIn("19701350", done.stderr)
        self.assertIn("nothing was changed", done.stderr)

    def test_a_wrong_word_is_refused_with_line_and_column(self):
        done = self.refused("member_id,needs,homeless,dual\nM1,food;money,,\nM2,,perhaps,\nM3,,,often\n",
                            "line 2: needs: holds a word that is none of its words", "line 3: homeless: is none of: no yes chronic",
                            "line 4: dual: is none of: no yes")
        self.assertNotIn("money", done.stderr)

    def test_a_wrong_one_of_several_cins_is_refused_with_line_and_column(self):
        done = self.refused("member_id,cin\nM1,91234567A\nM2,92234567A 9876543\n",
                            "line 3: cin: holds several numbers, and one is no CIN (9, seven digits and a letter, or a card's 14 characters): correct it")
        self.assertNotIn("9876543", done.stderr)

    def test_a_duplicate_id_that_contradicts_is_refused(self):
        self.refused("member_id,given\nM1,Ana\nM2,Ben\nM1,Ann\n", "line 4: member_id: duplicate id: says something else about the person than line 2")

    def test_a_duplicate_enrolment_is_refused(self):
        self.refused("member_id,program,enrolled_from,enrolled_to\nM1,ECM,20250101,\nM1,ECM,2025-01-01,20251231\n",
                     "line 3: member_id: duplicate id: the same program and enrolled_from as line 2")

    def test_a_wrong_number_of_columns_is_refused(self):
        self.refused("member_id,given\nM1,Ana\nM2\nM3,Cal,extra\n", "line 3: has 1 columns where the header has 2",
                     "line 4: has 3 columns where the header has 2")

    def test_a_wrong_column_in_the_header_is_told(self):
        self.refused("memberid,given\nM1,Ana\n", "line 1: member_id: is missing in the header")
        self.refused("member_id,given,given\nM1,Ana,Ana\n", "line 1: given: stands twice in the header")

    def test_a_file_in_latin_1_is_refused_with_line_and_column(self):
        done = self.refused("member_id,surname\nM1,Invented\nM2,Núñez\n".encode("latin-1"), "line 3: surname: holds bytes that are not UTF-8; a file in Latin-1")
        self.assertNotIn("ez", done.stderr.split("surname: ")[1].split("bytes")[0])

    def test_an_unclosed_quotation_mark_is_refused(self):
        self.refused('member_id,given\nM1,"Ana\nM2,Ben\n', "line 2: a quotation mark is not closed")

    def test_a_blank_id_is_refused(self):
        self.refused("member_id,given\n ,Ana\n", "line 2: member_id: is blank")

    def test_an_empty_file_is_refused(self):
        done = self.load("")
        self.assertEqual(1, done.returncode)
        self.assertIn("the file is empty", done.stderr)

    def test_a_file_that_is_not_there_is_told(self):
        done = self.database.ctl("roster", "import", "/nowhere/roster.csv", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("/nowhere/roster.csv: No such file or directory", done.stderr)

    def test_many_faults_are_counted_and_not_all_shown(self):
        done = self.load("member_id,birth_date\n" + "".join(f"M{i},never\n" for i in range(200)))
        self.assertEqual(1, done.returncode)
        self.assertEqual(50, done.stderr.count("is no date"))
        self.assertIn("and 150 more", done.stderr)

    def test_faults_name_no_person(self):
        done = self.load("member_id,surname,birth_date,sex,coordinator_email\nM1,Secretname,17th May,female,somebody\nM1,Othername,,,\n")
        for word in ("Secretname", "Othername", "17th", "female", "somebody"):
            self.assertNotIn(word, done.stderr + done.stdout)

    def test_partial_takes_the_good_lines_and_leaves_refused_members_as_they_are(self):
        self.good("member_id,given,program,enrolled_from\nM1,Ana,ECM,20250101\nM1,Ana,HHP,20200101\n")
        done = self.load("member_id,given,program,enrolled_from\nM1,Ana,ECM,20250101\nM1,Ana,HHP,never\nM2,Ben,ECM,20250101\nM3\nM4,Dee,,\nM4,Deb,,\n",
                         "--partial")
        self.assertEqual(1, done.returncode)
        self.assertIn("1 members: 1 new, 0 changed", done.stdout)
        self.assertIn("3 lines were refused; 3 members stay as they were", done.stdout)
        self.assertEqual([("M1", "ECM", "20250101", "0", "0"), ("M1", "HHP", "20200101", "0", "0"), ("M2", "ECM", "20250101", "0", "0")], self.enrolments())
        self.assertEqual([("M1",), ("M2",)], self.database.rows("select member_id from member order by 1"))

    def test_a_database_that_is_away_is_told(self):
        self.path.write_text("member_id\nM1\n")
        done = self.database.ctl("roster", "import", self.path, "--database-url", "postgresql://127.0.0.1:1/none", check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("no connection to PostgreSQL", done.stderr)

    def test_two_imports_at_once_end_in_one_of_them_and_a_sequence_in_commit_order(self):
        paths = []
        for name in ("Ana", "Ben"):
            path = self.path.with_name(f"{name}.csv")
            path.write_text("member_id,given,program,enrolled_from\n" + "".join(f"M{i:05},{name},ECM,20250101\n" for i in range(3000)))
            paths.append(path)
        runs = [subprocess.Popen([BIN / "handoffctl", "roster", "import", path], env=self.database.variables, cwd=ROOT, stdout=subprocess.PIPE) for path in paths]
        for run in runs:
            run.communicate(timeout=60)
        self.assertEqual([0, 0], [run.returncode for run in runs])
        self.assertEqual(2, self.sequence())
        self.assertEqual(("1", "3000", "2"), self.database.rows("select count(distinct given), count(*), min(seq) from member")[0])


class Import834(Files):
    """What an 834 says is put together with what is known, as a whole or not at all."""

    def good_834(self, loops, *words, **header):
        return self.good(x834.text(loops, **header), *words)

    def refused_834(self, text, *lines, words=()):
        before = self.state()
        done = self.load(text, *words)
        self.assertEqual(1, done.returncode)
        for line in lines:
            self.assertIn(f"{self.path}: {line}", done.stderr)
        self.assertEqual(before, self.state())
        return done

    def test_every_column_that_an_834_has_arrives(self):
        done = self.good_834([x834.loop("91234567A", *x834.person(), *x834.coverage("20250101"), _6="C")], "--program", "ECM")
        self.assertIn("1 loops, 1 members: 1 new, 0 changed, 0 as before", done.stdout)
        self.assertEqual([("91234567A", "91234567A", "INVENTED", "ANA", "19700102", "F", "7145550100", "1 MAIN ST", "ANAHEIM", "CA", "92801", "es", "Orange", "t")],
                         self.database.rows("select member_id, cin, surname, given, birth_date, sex, phone, address, city, state, zip, language, county, dual from member"))
        self.assertEqual([("91234567A", "ECM", "20250101", "0", "0")], self.enrolments())

    def test_what_an_834_cannot_say_stays(self):
        facts = ",county,conditions,needs,homeless,risk,pregnant_until,dual"
        self.good(f"{HEADER}{facts}\n{ANA},Orange,diabetes;smi,food,chronic,high,20270131,yes\n")
        kept = ("select organisation, team, coordinator, coordinator_email, conditions, needs, homeless, risk, pregnant_until, dual, cin, sex from member")
        before = self.database.rows(kept)
        self.good_834([x834.loop("M1", "NM1*IL*1*INVENTED*ANNA", maintenance="001")])
        self.assertEqual((before, "ANNA"), (self.database.rows(kept), self.database.value("select given from member")))
        self.assertEqual([("M1", "ECM", "20250101", "0", "0")], self.enrolments())

    def test_a_line_of_csv_and_a_loop_that_say_the_same_are_the_same(self):
        self.good_834([x834.loop("M1", *x834.person(), *x834.coverage("20250101"))], "--program", "ECM")
        csv = ("member_id,surname,given,birth_date,sex,phone,address,city,state,zip,language,county,program,enrolled_from\n"
               "M1,INVENTED,ANA,19700102,F,7145550100,1 MAIN ST,ANAHEIM,CA,92801,es,Orange,ECM,20250101\n")
        self.assertIn("0 new, 0 changed, 1 as before", self.good(csv).stdout)

    def test_the_same_file_again_changes_nothing(self):
        loops = [x834.loop("M1", *x834.person(), *x834.coverage("20250101")), x834.loop("M2", *x834.coverage("20250101", "20260331")),
                 x834.loop("M1", *x834.coverage("20250101", "20260228", "024"), maintenance="001"), x834.loop("M3", maintenance="024"),
                 x834.loop("M2", maintenance="024"), x834.loop("M4"), x834.loop("M4", maintenance="024")]
        self.good_834(loops, "--program", "ECM")
        before = self.state()
        self.assertIn("0 new, 0 changed, 3 as before", self.good_834(loops, "--program", "ECM").stdout)
        self.assertEqual(before, self.state())
        self.assertIn("0 new, 1 changed, 2 as before", self.good_834(loops).stdout)  # M4 ends
        self.assertIn("0 new, 0 changed, 3 as before", self.good_834(loops).stdout)

    def test_an_older_file_undoes_nothing_unasked(self):
        monday, tuesday = [x834.loop("M1", *x834.coverage("20250101"))], [x834.loop("M1", *x834.coverage("20250101", "20260331", "024"), maintenance="001")]
        program = ("--program", "ECM")
        for loops, date in ((monday, "20260401"), (tuesday, "20260402"), (tuesday, "20260402")):
            self.good_834(loops, *program, date=date)
        older = x834.text(monday, date="20260401")
        done = self.refused_834(older, words=program)
        self.assertIn("the file is of 20260401, and one of 20260402 was imported before, which it could undo; where that is right, import it with --older", done.stderr)
        self.assertEqual([("M1", "ECM", "20250101", "20260331", "0")], self.enrolments())
        self.good(older, "--program", "CS")
        self.good(older.replace("PLANINVENTED ", "OTHERINVENTED"), *program)
        self.good(older, *program, "--older")
        self.refused_834(older, words=program)

    def test_loops_of_one_member_count_in_their_order(self):
        self.good_834([x834.loop("M1", *x834.person(given="ANA"), *x834.coverage("20250101")), x834.loop("M2"),
                       x834.loop("M1", *x834.coverage("", "20260331", "024"), maintenance="001"), x834.loop("M1", "NM1*IL*1*INVENTED*ANNA", maintenance="001")],
                      "--program", "ECM")
        self.assertEqual([("ANNA",)], self.database.rows("select given from member where member_id = 'M1'"))
        self.assertEqual([("M1", "ECM", "20250101", "20260331", "0")], self.enrolments())

    def test_an_end_takes_nobody_away_who_was_enrolled(self):
        self.good("member_id,team,program,enrolled_from\nM1,North,ECM,20250101\nM1,North,CS,20260601\nM2,North,,\n")
        done = self.good_834([x834.loop("M1", "DTP*357*D8*20260331", maintenance="024"), x834.loop("M2", "DTP*357*D8*20260331", maintenance="024"),
                              x834.loop("M3", maintenance="024")])
        self.assertIn(f"{self.path}: segment 13: INS-03: ends a member whom the roster never had", done.stderr)
        self.assertIn("1 ends of members whom the roster never had", done.stdout)
        self.assertEqual([("M1", "f", "North"), ("M2", "t", "North")], self.database.rows("select member_id, deleted, team from member order by 1"))
        self.assertEqual([("M1", "ECM", "20250101", "20260331", "0")], self.enrolments())
        self.good_834([x834.loop("M2", maintenance="025")])
        self.assertEqual([("M2", "f", "North")], self.database.rows("select member_id, deleted, team from member where member_id = 'M2'"))

    def test_an_end_in_the_future_of_who_has_no_enrolment_is_told(self):
        self.good("member_id\nM1\n")
        done = self.good_834([x834.loop("M1", "DTP*357*D8*20260430", maintenance="024")])
        self.assertIn("1 members without an enrolment end after the file's date", done.stdout)
        self.assertEqual("f", self.database.value("select deleted from member"))

    def test_an_audit_is_compared_only(self):
        self.good("member_id,given\nM1,Ana\nM2,Ben\n")
        before = self.state()
        done = self.load(x834.text([x834.loop("M1", "NM1*IL*1*INVENTED*ANA", maintenance="030"), x834.loop("M3", maintenance="030")], action="4"))
        self.assertEqual((1, ""), (done.returncode, done.stderr))
        self.assertIn("2 members: 1 new, 1 changed", done.stdout)
        self.assertIn("compared only, nothing was changed", done.stdout)
        self.assertEqual(before, self.state())
        self.assertIn("0 new, 0 changed", self.good_834([x834.loop("M1", maintenance="030")], action="4").stdout)  # and ends with 0

    def roster_of(self, n):
        self.good("member_id,program,enrolled_from\n" + "".join(f"M{i:03},{'ECM,20250101' if i % 2 else ','}\n" for i in range(n)))

    def test_a_full_file_ends_whom_it_does_not_name(self):
        self.roster_of(100)
        done = self.good_834([x834.loop(f"M{i:03}", maintenance="030") for i in range(4, 101)], "--full", "--cin-ref", "")
        self.assertIn("101 members: 1 new, 4 changed, 96 as before", done.stdout)
        self.assertIn("4 members that the file does not name end with its date", done.stdout)
        self.assertEqual([("M001", "20260401"), ("M003", "20260401")], self.database.rows("select member_id, enrolled_to from enrolment where enrolled_to > 0 order by 1"))
        self.assertEqual([("M000",), ("M002",)], self.database.rows("select member_id from member where deleted order by 1"))

    def test_a_full_file_that_would_end_more_than_five_in_a_hundred_is_refused_unless_allowed(self):
        self.roster_of(100)
        text = x834.text([x834.loop(f"M{i:03}", maintenance="030") for i in range(6, 100)])
        done = self.refused_834(text, words=("--full", "--cin-ref", ""))
        self.assertIn("it would end 6 of 100 members, more than 5 %; where that is right, import it with --allow-ending 6", done.stderr)
        self.refused_834(text, words=("--full", "--cin-ref", "", "--allow-ending", "5"))
        self.assertIn("6 members that the file does not name end", self.good(text, "--full", "--cin-ref", "", "--allow-ending", "6").stdout)

    def test_a_full_file_of_a_program_ends_that_programs_enrolments_alone(self):
        self.good("member_id,program,enrolled_from\nM1,ECM,20250101\nM1,CS,20250101\nM2,CS,20250101\nM3,,\nM4,ECM,20250101\n")
        self.good_834([x834.loop("M4", *x834.coverage("20250101", maintenance="030"), maintenance="030")], "--full", "--program", "ECM", "--allow-ending", "1")
        self.assertEqual([("M1", "CS", "20250101", "0", "0"), ("M1", "ECM", "20250101", "20260401", "0"), ("M2", "CS", "20250101", "0", "0"),
                          ("M4", "ECM", "20250101", "0", "0")], self.enrolments())
        self.assertEqual("0", self.database.value("select count(*) from member where deleted"))

    def test_more_members_than_one_reading_takes_are_each_put_together(self):
        self.good("member_id,team\n" + "".join(f"M{i:05},T{i}\n" for i in range(12000)))
        done = self.good_834([x834.loop(f"M{i:05}", *x834.person(given=f"N{i}")) for i in range(12001)])
        self.assertIn("12001 members: 1 new, 12000 changed", done.stdout)
        self.assertEqual("12000", self.database.value("select count(*) from member where team = 'T' || substr(member_id, 2)::int and given = 'N' || substr(member_id, 2)::int"))

    # ---- Bad input

    def test_a_wrong_count_or_a_file_that_stops_half_way_changes_nothing(self):
        self.good("member_id\nM1\n")
        text = x834.text([x834.loop("M1", *x834.person()), x834.loop("M2", *x834.person())])
        for words in ((), ("--partial",)):
            self.refused_834(text.replace("SE*", "SE*1"), "segment 23: SE-01: is not the number of segments that are there", words=words)
            self.refused_834(text.replace("IEA*1*000000007", "IEA*1*000000008"), "segment 25: IEA-02: is not the control number of its ISA-13", words=words)
            self.refused_834(text[:text.index("SE*")], "segment 22: is the last one, and IEA is missing: the file stops half-way", words=words)
            self.refused_834(text[:text.index("M2") + 1], "segment 16: has no end: the file stops half-way", words=words)

    def test_a_refused_loop_stops_all_unless_partial(self):
        self.good("member_id,given\nM1,Ana\nM2,Ben\n")
        text = x834.text([x834.loop("M1", "NM1*IL*1*SECRET*ANNA", "DMG*D8*17TH MAY"), x834.loop("M2", "NM1*IL*1*INVENTED*BENNY", maintenance="001"),
                          x834.loop("M1", maintenance="001"), x834.loop("M3", maintenance="099")])
        lines = ("segment 10: DMG-02: is no date", "segment 16: INS-03: is none of 001, 021, 024, 025, 030")
        done = self.refused_834(text, *lines)
        self.assertIn("nothing was changed: correct the loops (INS), or import the others with --partial", done.stderr)
        self.assertNotIn("SECRET", done.stderr)
        self.assertNotIn("17TH", done.stderr)
        done = self.load(text, "--partial")
        self.assertEqual(1, done.returncode)
        self.assertIn("2 loops were refused; 2 members stay as they were", done.stdout)
        self.assertEqual([("M1", "Ana"), ("M2", "BENNY")], self.database.rows("select member_id, given from member order by 1"))

    def test_a_full_file_with_a_number_that_cannot_be_read_ends_nobody(self):
        self.roster_of(100)
        text = x834.text([x834.loop("", maintenance="030"), *(x834.loop(f"M{i:03}", maintenance="030") for i in range(1, 100))])
        done = self.refused_834(text, "segment 7: REF: with the member's number is missing", words=("--full", "--partial"))
        self.assertIn("every member's number must be read", done.stderr)

    def test_a_number_that_is_no_members_own_makes_nobody_of_many(self):
        loops = [x834.loop(f"M{i:03}", "REF*1L*GROUP7", *x834.person(given=f"N{i}")) for i in range(501)]
        done = self.refused_834(x834.text(loops), words=("--member-ref", "1L"))
        self.assertIn("more than 500 loops (INS) have one number", done.stderr)
        self.assertIn("500 loops, 1 members: 1 new", self.good_834(loops[:500], "--member-ref", "1L").stdout)

    def test_a_number_that_is_not_the_rosters_makes_nobody_twice(self):
        self.good("member_id,cin\n" + "".join(f"M{i:03},9{i:07}A\n" for i in range(11)))
        loops = [x834.loop(f"9{i:07}A", f"REF*23*M{i:03}") for i in range(11)]
        done = self.refused_834(x834.text(loops))
        self.assertIn("11 of 11 members are new and have the CIN of another: say with --member-ref which reference is the roster's member_id", done.stderr)
        self.assertIn("0 new, 0 changed, 11 as before", self.good_834(loops, "--member-ref", "23").stdout)
        self.assertIn("10 new members have the CIN of another", self.good_834(loops[:10]).stdout)

    def test_a_full_file_of_nobody_ends_nobody(self):
        self.good("member_id,program,enrolled_from\nM1,ECM,20250101\n")
        done = self.refused_834(x834.text([]), words=("--full", "--allow-ending", "1"))
        self.assertIn("the file names nobody", done.stderr)

    def test_full_is_for_an_834_alone(self):
        done = self.refused_834("member_id\nM1\n", words=("--full",))
        self.assertIn("the file is no 834, and --full is for those alone", done.stderr)

    def test_it_is_told_from_csv_by_its_first_bytes_and_read_from_a_pipe(self):
        text = x834.text([x834.loop("M1")], end="~\r\n")
        done = subprocess.run([BIN / "handoffctl", "roster", "import", "-"], input="\ufeff\n" + text, env=self.database.variables, cwd=ROOT, capture_output=True,
                              text=True, timeout=60)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual("1", self.database.value("select count(*) from member"))


class Updates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = Database().begin_at_topic_ends()
        cls.service = Service(cls.database, "handoff-roster").wait_ready()

    @classmethod
    def tearDownClass(cls):
        status = cls.service.stop()
        text = cls.service.text()
        cls.service.close()
        cls.database.drop()
        assert status == 0, text

    @staticmethod
    def member(member_id, *, given="Ana", enrolments=(), **fields):
        return packed([(1, member_id), (5, given), (8, fields.get("birth_date", 19700102)), (20, fields.get("email", "")),
                       (16, [packed(list(enumerate(e, 1))) for e in enrolments])])

    def send(self, member, deleted=False, key="M"):
        produce("roster.updates", key, packed([(1, member), (2, deleted)]))

    def wait_for(self, sql, wanted):
        wait_until(lambda: self.database.rows(sql) == wanted, f"{sql}: {wanted}")

    def test_an_update_replaces_what_was_known(self):
        self.send(self.member("U1", enrolments=[("ECM", 20250101), ("HHP", 20200101, 20211231)]))
        self.wait_for("select program, enrolled_from, enrolled_to from enrolment where member_id = 'U1' order by 1",
                      [("ECM", "20250101", "0"), ("HHP", "20200101", "20211231")])
        self.send(self.member("U1", given="Anna", enrolments=[("ECM", 20250101, 0, 20260301)]))
        self.wait_for("select given, program, opted_out_on from member join enrolment using (member_id) where member_id = 'U1'",
                      [("Anna", "ECM", "20260301")])

    def test_the_last_word_about_a_member_counts(self):
        for given in ("One", "Two", "Three"):
            self.send(self.member("U2", given=given), key="U2")
        self.wait_for("select given from member where member_id = 'U2'", [("Three",)])

    def test_a_removed_member_has_no_enrolment_and_is_planned_anew(self):
        self.send(self.member("U3", enrolments=[("ECM", 20250101)]))
        self.wait_for("select program from enrolment where member_id = 'U3'", [("ECM",)])
        self.database.rows("insert into member_event (member_id, event_id, subject, link, event, occurred) values ('U3', 'e', 0, 1, '', now())")
        self.send(packed([(1, "U3")]), deleted=True)
        self.wait_for("select deleted, given, (select count(*) from enrolment where member_id = 'U3'),"
                      " (select count(*) from replan where member_id = 'U3') from member where member_id = 'U3'", [("t", "Ana", "0", "1")])
        self.send(self.member("U3", enrolments=[("ECM", 20250101)]))
        self.wait_for("select deleted, program from member join enrolment using (member_id) where member_id = 'U3'", [("f", "ECM")])

    def test_what_conditions_ask_about_comes_by_an_update_too(self):
        self.send(packed([(1, "U11"), (21, "Orange"), (22, ["smi", "sud"]), (23, ["food"]), (24, "no"), (25, "low"), (26, 20270131), (27, True)]), key="U11")
        self.wait_for("select county, conditions, needs, homeless, risk, pregnant_until, dual from member where member_id = 'U11'",
                      [("Orange", "{smi,sud}", "{food}", "no", "low", "20270131", "t")])

    def test_several_cins_of_an_update_are_kept(self):
        self.send(packed([(1, "U10"), (2, "91234567A;98765432C")]), key="U10")
        self.wait_for("select cin from member where member_id = 'U10'", [("91234567A 98765432C",)])

    def test_a_bad_update_is_put_aside_and_nothing_else_is_lost(self):
        before = self.service.metric("handoff_roster_updates_rejected_total")
        bad = [b"\xff\xff\xff", packed([(2, True)]), packed([(1, self.member(""))]), packed([(1, self.member("U4", birth_date=19701350))]),
               packed([(1, self.member("U4", email="nobody"))]), packed([(1, self.member("U4", enrolments=[("ECM", 20250101), ("ECM", 20250101)]))])]
        for value in bad:
            produce("roster.updates", "U4", value, [("traceparent", "\udcff")])  # a byte that is no text
        self.send(self.member("U4", given="Good"), key="U4")
        self.wait_for("select given from member where member_id = 'U4'", [("Good",)])
        aside = self.database.rows("select encode(payload, 'hex'), headers[1:3], ce_type from outbox where topic = 'adt.rejected' order by id")
        self.assertEqual([value.hex() for value in bad], [payload for payload, _, _ in aside])
        self.assertEqual({("{ho_reason,roster-update,ho_place}", "org.handoff.roster.rejected")}, {row[1:] for row in aside})
        self.assertEqual(str(len(bad)), self.database.value("select sum(n) from leg where stage = 'written:adt.rejected'"))
        self.assertEqual(before + len(bad), self.service.metric("handoff_roster_updates_rejected_total"))
        self.assertNotIn("nobody", self.service.text())

    def test_a_number_with_a_line_end_in_it_stops_nobody(self):
        no_team = b"\x1a\x00"  # an empty care team: there is none
        produce("roster.updates", "U12", packed([(1, self.member("U12\n13", given="Odd"))]) + no_team)
        self.send(self.member("U14", given="Good"), key="U12")
        self.wait_for("select member_id, given from member where member_id in ('U12 13', 'U14') order by 1", [("U12 13", "Odd"), ("U14", "Good")])

    def test_an_equal_update_changes_nothing(self):
        self.send(self.member("U5"))
        self.wait_for("select given from member where member_id = 'U5'", [("Ana",)])
        seq = self.database.value("select seq from member where member_id = 'U5'")
        self.send(self.member("U5"), key="U5")
        self.send(self.member("U6"), key="U5")
        self.wait_for("select given from member where member_id = 'U6'", [("Ana",)])
        self.assertEqual(seq, self.database.value("select seq from member where member_id = 'U5'"))

    def test_a_file_and_an_update_that_say_the_same_are_the_same(self):
        self.send(self.member("U7", enrolments=[("ECM", 20250101)]))
        self.wait_for("select given from member where member_id = 'U7'", [("Ana",)])
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("member_id,given,birth_date,program,enrolled_from\nU7,Ana,1970-01-02,ECM,20250101\n")
            file.flush()
            self.assertIn("0 new, 0 changed, 1 as before", self.database.ctl("roster", "import", file.name).stdout)

    def test_killed_and_started_again_it_goes_on(self):
        self.send(self.member("U8"))
        self.wait_for("select given from member where member_id = 'U8'", [("Ana",)])
        self.service.kill()
        for given in ("One", "Two", "Three"):  # and all that waited, in one batch, ends in the last word
            self.send(self.member("U9", given=given, enrolments=[("ECM", 20250101)]))
        self.service.start()
        self.service.wait_ready()
        self.wait_for("select given from member where member_id = 'U9'", [("Three",)])


if __name__ == "__main__":
    require_servers()
    unittest.main(verbosity=2)
