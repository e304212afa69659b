"""handoffctl explain: what messages lead to, whatever their order, and what is said of those that cannot be read. No server."""
import itertools
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("HANDOFF_BIN_DIR", ROOT / "build" / "dev" / "bin"))
DATA = ROOT / "tests" / "data"
ROSTER = ("member_id,surname,given,birth_date,sex,phone,address,city,state,zip,language,program,enrolled_from\n"
          "M1,Quintero,Marisol,1971-04-23,F,714-555-0182,1841 Sycamore Grove Ave,Santa Ana,CA,92701,es,ECM,2026-01-01\n"
          "M2,Okafor,Grace,1970-01-01,F,510-555-0143,77 Lake Rd,Oakland,CA,94601,en,,\n")
MARISOL = "Quintero^Marisol||19710423|F|||1841 Sycamore Grove Ave^^Santa Ana^CA^92701||714-555-0182"
GRACE = "Okafor^Grace||19700101|F|||77 Lake Rd^^Oakland^CA^94601||510-555-0143"
STRANGER = "Haverford^Lucian||19380917|M"


def message(trigger, recorded, mrn="100", visit="V1", patient_class="I", person=MARISOL, admitted="", discharged="", disposition="",
            merged="", application="EPIC", facility="STANNE"):
    """One message; `recorded` is its EVN-2 and occurred, local time."""
    visit_fields = {2: patient_class, 3: "4W^12^A", 19: visit, 36: disposition, 44: admitted, 45: discharged}
    pv1 = ["PV1", "1"] + [visit_fields.get(i, "") for i in range(2, 46)]
    segments = [f"MSH|^~\\&|{application}|{facility}|HANDOFF|PLAN|{recorded}||ADT^{trigger}|{trigger}{recorded}|P|2.5.1",
                f"EVN||{recorded}", f"PID|1||{mrn}^^^{facility}^MR||{person}"]
    if merged:
        segments.append(f"MRG|{merged}^^^{facility}^MR")
    return "\r".join(segments + ["|".join(pv1)]) + "\r"


STAY = {"admit.hl7": message("A01", "202611161000", admitted="202611161000"),
        "discharge.hl7": message("A03", "202611201100", discharged="202611201100", disposition="01")}


class Explain(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def files(self, contents):
        for name, content in contents.items():
            (self.folder / name).write_bytes(content.encode())
        return list(contents)

    def run_explain(self, names, *words, stdin=b""):
        command = [BIN / "handoffctl", "explain", "--at", "2026-11-21", *words, *names]
        return subprocess.run([str(word) for word in command], input=stdin, capture_output=True, timeout=60, cwd=self.folder,
                              env={"PATH": os.environ["PATH"]})

    def explain(self, contents, *words):
        done = self.run_explain(self.files(contents), "--json", *words)
        self.assertEqual((0, b""), (done.returncode, done.stderr))
        return json.loads(done.stdout)

    def explain_by_roster(self, contents):
        self.files({"roster.csv": ROSTER})
        return self.explain(contents, "--roster", "roster.csv")


class WhatFollows(Explain):
    def test_a_stay_makes_a_way_tasks_and_notices(self):
        whole = self.explain(STAY)
        self.assertEqual(["St. Anne Hospital 100"], [m["member"] for m in whole["members"]])
        member = whole["members"][0]
        self.assertEqual([("home", "inpatient", "2026-11-16T10:00:00-08:00"), ("inpatient", "home", "2026-11-20T11:00:00-08:00")],
                         [(t["from"], t["to"], t["at"]) for t in member["transitions"]])
        due = {t["template"]: (t["state"], t["due"]) for t in member["tasks"]}
        self.assertEqual(("wanted", "2026-11-24T17:00:00-08:00"), due["contact-after-discharge"])
        self.assertEqual("superseded", due["confirm-hospital-has-plan"][0])
        self.assertEqual(["admission", "discharge"], [n["name"] for n in member["notices"]])
        self.assertEqual({"tcm-contact"}, {m["measure"] for m in member["measures"]} & {"tcm-contact"})

    def test_assisted_living_is_called_so_and_followed_up_like_home(self):
        contents = dict(STAY, **{"discharge.hl7": STAY["discharge.hl7"].replace("|01|", "|04|")})
        page = self.run_explain(self.files(contents)).stdout.decode()
        self.assertIn("inpatient care to assisted living", page)
        self.assertIn("Contact the member within two business days of discharge", page)
        self.assertNotIn("Contact the nursing facility", page)

    def test_the_order_of_files_and_repeats_change_nothing(self):
        contents = dict(STAY, **{"merge.hl7": message("A40", "202611181000", merged="99", visit=""),
                                 "more.hl7": message("A01", "202611010900", mrn="99", visit="V0", admitted="202611010900") + "\n" +
                                             message("A01", "202613990900")})
        names = self.files(contents)
        for words in ((), ("--json",)):
            pages = {self.run_explain(order, *words).stdout for order in itertools.permutations(names)}
            self.assertEqual(1, len(pages))
        members = json.loads(self.run_explain(names, "--json").stdout)["members"]
        twice = json.loads(self.run_explain(names + names, "--json").stdout)["members"]
        self.assertEqual(members, twice)

    def test_many_messages_in_a_file_are_as_many_files(self):
        together = self.explain({"both.hl7": STAY["discharge.hl7"] + "\n" + STAY["admit.hl7"]})["members"]
        self.assertEqual(self.explain(STAY)["members"], together)

    def test_standard_input_is_a_file(self):
        done = self.run_explain(["-"], "--json", stdin=(STAY["admit.hl7"] + "\n" + STAY["discharge.hl7"]).encode())
        self.assertEqual(self.explain(STAY)["members"], json.loads(done.stdout)["members"])

    def test_a_merge_makes_one_person_of_two_numbers(self):
        contents = {"a.hl7": STAY["admit.hl7"], "b.hl7": message("A01", "202610010900", mrn="99", visit="V0")}
        self.assertEqual(2, len(self.explain(contents)["members"]))
        contents["merge.hl7"] = message("A40", "202611181000", merged="99", visit="")
        self.assertEqual(["St. Anne Hospital 100"], [m["member"] for m in self.explain(contents)["members"]])

    def test_a_visit_or_number_that_moves_is_the_receivers_with_all_that_came_of_it(self):
        visit = message("A45", "202611201300", mrn="200", person=GRACE, patient_class="", merged="100")
        number = message("A43", "202611201300", visit="", person=GRACE, patient_class="", merged="100")
        arrived_and_left = [("home", "inpatient"), ("inpatient", "home")]

        def ways(answer):
            return {m["member"]: [(t["from"], t["to"]) for t in m["transitions"]] for m in answer["members"]}

        self.assertEqual({"St. Anne Hospital 100": [], "St. Anne Hospital 200": arrived_and_left}, ways(self.explain(dict(STAY, move=visit))))
        self.assertEqual({"M1": [], "M2": arrived_and_left}, ways(self.explain_by_roster(dict(STAY, move=visit))))
        self.assertEqual({"M2": arrived_and_left}, ways(self.explain_by_roster(dict(STAY, move=number))))

    def test_several_protocols_are_taken_together_and_no_name_twice(self):
        protocols = ROOT / "deploy" / "protocols"
        names, words = self.files(STAY), []
        for name in ("hhp-transitional-care", "ecm-transitional-care"):
            words += ["--protocol", protocols / f"{name}.yaml"]
        self.assertEqual(self.run_explain(names, "--json").stdout, self.run_explain(names, "--json", *words).stdout)
        one = json.loads(self.run_explain(names, "--json", *words[:2]).stdout)
        self.assertEqual(["hhp-transitional-care"], [p["name"] for p in one["protocols"]])
        twice = self.run_explain(names, *words, *words[:2])
        self.assertEqual(1, twice.returncode)
        self.assertIn(b'"hhp-transitional-care"', twice.stderr)

    def test_what_comes_after_the_moment_is_not_told(self):
        names = self.files(STAY)
        early = json.loads(self.run_explain(names, "--json", "--at", "2026-11-20T12:00:00-08:00").stdout)["members"][0]
        late = json.loads(self.run_explain(names, "--json", "--at", "2027-01-31").stdout)["members"][0]
        begun = [{t["template"] for t in m["tasks"]} for m in (early, late)]
        self.assertNotIn("close-transition", begun[0])
        self.assertIn("close-transition", begun[1])
        self.assertEqual([], [r for r in early["reminders"] if r["at"] > "2026-11-20T12:00:00-08:00"])


class WhoTheyAreAbout(Explain):
    def test_without_a_roster_the_page_says_who_counts_as_a_member(self):
        page = self.run_explain(self.files(STAY)).stdout.decode()
        self.assertIn("each hospital's patient is taken for a member", page)

    def test_without_a_roster_what_the_messages_tell_of_the_person_decides_conditions(self):
        stay = {name: text.replace("714-555-0182", "") for name, text in STAY.items()}
        templates = [{t["template"] for t in self.explain(contents)["members"][0]["tasks"]} for contents in (STAY, stay)]
        self.assertIn("contact-after-discharge", templates[0])
        self.assertIn("visit-after-discharge-without-phone", templates[1])

    def test_the_roster_tells_who_and_nobody_of_ours_is_only_counted(self):
        whole = self.explain_by_roster(dict(STAY, **{"stranger.hl7": message("A01", "202611161000", mrn="7", person=STRANGER)}))
        self.assertEqual(["M1"], [m["member"] for m in whole["members"]])
        self.assertEqual((2, 1), (whole["messages"]["matched"], whole["messages"]["non-member"]))
        self.assertTrue(whole["members"][0]["tasks"])
        self.assertNotIn("Haverford", json.dumps(whole))

    def test_a_member_who_is_not_enrolled_has_a_way_and_no_tasks(self):
        member = self.explain_by_roster({"a.hl7": message("A01", "202611161000", person=GRACE)})["members"][0]
        self.assertEqual(("M2", 1, []), (member["member"], len(member["transitions"]), member["tasks"]))

    def test_a_sparse_discharge_is_known_by_the_other_messages_of_its_number(self):
        contents = dict(STAY, **{"discharge.hl7": message("A03", "202611201100", person="", disposition="01")})
        self.assertEqual(2, self.explain_by_roster(contents)["messages"]["matched"])

    def test_a_doubt_is_listed_with_the_candidates(self):
        doubt = message("A01", "202611161000", mrn="8", person=MARISOL.replace("19710423", "19820423"))
        whole = self.explain_by_roster({"doubt.hl7": doubt})
        self.assertEqual([("doubt.hl7", 1, "review", ["M1"])],
                         [(w["file"], w["message"], w["verdict"], w["candidates"]) for w in whole["waiting"]])


class WhatCannotBeRead(Explain):
    def test_what_is_refused_is_listed_with_its_place_and_stops_nothing(self):
        bad = message("A01", "202611161000").replace("|ADT^A01|", "|ORU^R01|")
        whole = self.explain(dict(STAY, **{"many.hl7": message("A01", "202613990900") + "\n" + bad, "none.hl7": "nothing here\n"}))
        self.assertEqual([("many.hl7", 1, "MSH-7"), ("many.hl7", 2, "MSH-9"), ("none.hl7", 0, "")],
                         [(r["file"], r["message"], r["place"]) for r in whole["refused"]])
        self.assertEqual(1, len(whole["members"]))

    def test_test_traffic_is_counted_and_leads_to_nothing(self):
        whole = self.explain({"test.hl7": STAY["admit.hl7"].replace("|P|2.5.1", "|T|2.5.1")})
        self.assertEqual((1, []), (whole["messages"]["test"], whole["members"]))

    def test_a_file_that_is_not_there_is_an_error(self):
        done = self.run_explain(["nowhere.hl7"])
        self.assertEqual(1, done.returncode)
        self.assertIn(b"nowhere.hl7", done.stderr)

    def test_a_moment_that_is_none_is_an_error(self):
        done = self.run_explain(self.files(STAY), "--at", "soon")
        self.assertEqual(1, done.returncode)
        self.assertIn(b"--at", done.stderr)


if __name__ == "__main__":
    unittest.main()
