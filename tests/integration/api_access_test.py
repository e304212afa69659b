"""Who may use the api, the form of its answers, the page's files, wrong settings."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from api import BEARER, BIN, ROOT, SPEC, TOKEN, Api, Case, Database, require_parts, until


# ---- Who may.


class Access(Case):
    PROTECTED = [("GET", "/v1/session"), ("DELETE", "/v1/session"), ("GET", "/v1/tasks"), ("POST", "/v1/tasks/search"),
                 ("GET", "/v1/tasks/" + "0" * 32), ("POST", f"/v1/tasks/{'0' * 32}/claim"), ("POST", f"/v1/tasks/{'0' * 32}/release"),
                 ("POST", f"/v1/tasks/{'0' * 32}/complete"), ("GET", "/v1/reviews"), ("GET", f"/v1/reviews/{'0' * 32}.0"),
                 ("POST", f"/v1/reviews/{'0' * 32}.0/decision"), ("POST", "/v1/links/search"), ("POST", "/v1/links/undo"), ("GET", "/v1/coordinators"), ("GET", "/v1/flow"), ("GET", "/v1/measures"), ("GET", "/v1/stream")]

    def test_nothing_is_told_without_a_token(self):
        for method, path in self.PROTECTED:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic " + TOKEN}, {"Authorization": ""},
                            {"Authorization": "Bearer " + TOKEN + "x"}, {"Cookie": "handoff_session=" + "0" * 64}):
                answer = API.call(method, path, headers=headers)
                self.assert_problem(answer, 401, "sign-in")
                self.assertIn("Bearer", answer.headers["www-authenticate"])

    def test_the_list_of_protected_paths_is_whole(self):
        described = {(method.upper(), path.replace("{key}", "0" * 32).replace("{id}", "0" * 32 + ".0")) for path, methods in SPEC["paths"].items() for method in methods}
        self.assertEqual(described, set(self.PROTECTED) | {("GET", "/v1/openapi.json"), ("POST", "/v1/session")})

    def test_a_session_is_a_strict_cookie_for_twelve_hours(self):
        answer = API.call("POST", "/v1/session")
        self.assertEqual(201, answer.status)
        self.assert_described(answer, "/v1/session", "post")
        cookie = answer.headers["set-cookie"]
        self.assertRegex(cookie, r"^handoff_session=[0-9a-f]{64}; ")
        for part in ("Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict"):
            self.assertIn("; " + part, cookie)
        self.assertNotIn("Secure", cookie)
        other = API.call("POST", "/v1/session", headers={**BEARER, "Host": "handoff.example"})
        self.assertIn("; Secure", other.headers["set-cookie"])
        self.assertNotEqual(cookie, other.headers["set-cookie"])

    def test_a_session_reads_and_ends(self):
        cookie = API.sign_in()
        shown = API.get("/v1/session", cookie)
        self.assert_described(shown, "/v1/session")
        self.assertEqual("America/Los_Angeles", shown.json["zone"])
        self.assertEqual(200, API.get("/v1/tasks", cookie).status)
        self.assertEqual(204, API.call("DELETE", "/v1/session", headers={**cookie, "Origin": API.origin}).status)
        self.assert_problem(API.get("/v1/tasks", cookie), 401, "sign-in")

    def test_a_write_by_cookie_needs_the_origin_of_this_site(self):
        cookie, key = API.sign_in(), DATABASE.new_task()
        for origin in (None, "null", "http://evil.example", f"http://127.0.0.1:{API.port + 1}", "http://127.0.0.1", f"ftp://127.0.0.1:{API.port}"):
            headers = {**cookie, "If-Match": '"0"', **({"Origin": origin} if origin else {})}
            self.assert_problem(API.call("POST", f"/v1/tasks/{key}/claim", headers=headers), 403, "foreign-origin")
            self.assert_problem(API.call("POST", "/v1/tasks/search", {"member": "M1001"}, headers), 403, "foreign-origin")
            self.assert_problem(API.call("DELETE", "/v1/session", headers=headers), 403, "foreign-origin")
        headers = {**cookie, "If-Match": '"0"', "Origin": API.origin}
        self.assertEqual(200, API.call("POST", f"/v1/tasks/{key}/claim", headers=headers).status)

    def test_without_the_setting_no_session_opens_by_itself(self):
        self.assert_problem(API.call("POST", "/v1/session", headers={}), 401, "sign-in")

    def test_open_on_loopback_holds_for_this_machine_and_this_site_only(self):
        api = Api(DATABASE.url, open_on_loopback=True)
        try:
            for host in ("localhost", "127.0.0.1", "[::1]", "LOCALHOST"):
                for origin in (None, f"http://{host}:{api.port}"):
                    headers = {"Host": f"{host}:{api.port}", **({"Origin": origin} if origin else {})}
                    self.assertEqual(201, api.call("POST", "/v1/session", headers=headers).status, headers)
            for headers in ({"Host": "handoff.example"}, {"Host": "localhost.evil.example"}, {"Host": "127.0.0.1.evil.example"}, {"Host": ""},
                            {"Origin": "http://evil.example"}, {"Origin": "null"}, {"X-Forwarded-For": "192.0.2.1"},
                            {"Forwarded": "for=192.0.2.1"}, {"Authorization": "Bearer wrong"}):
                answer = api.call("POST", "/v1/session", headers=headers)
                self.assertIn(answer.status, (400, 401), headers)
                self.assertNotIn("set-cookie", answer.headers)
            self.assert_problem(api.get("/v1/tasks", {}), 401, "sign-in")
        finally:
            api.stop()

    def test_open_on_loopback_does_not_hold_for_another_machine(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))
                own = probe.getsockname()[0]
            except OSError:
                self.skipTest("this machine has no address but loopback")
        api = Api(DATABASE.url, open_on_loopback=True, address="0.0.0.0:0")
        try:
            answer = api.call("POST", "/v1/session", headers={"Host": "localhost"}, host=own)
            self.assert_problem(answer, 401, "sign-in")
        finally:
            api.stop()


# ---- The form of answers.


class Form(Case):
    def test_the_description_is_the_file(self):
        answer = API.get("/v1/openapi.json", {})
        self.assertEqual(200, answer.status)
        self.assertEqual((ROOT / "services/api/openapi.json").read_text(), answer.text)
        self.assertEqual("3.1.0", answer.json["openapi"])

    def test_what_is_not_there_is_a_problem(self):
        for path in ("/v1/", "/v1/nothing", "/v1/tasks/" + "z" * 32, "/v1/tasks/" + "0" * 32, "/v1/tasks/abc", "/v1/tasks//claim", "/v1/tasks/a/b/c"):
            self.assert_problem(API.get(path), 404, "not-found")
        for method, path, allowed in (("DELETE", "/v1/tasks", "GET"), ("PUT", "/v1/session", "POST, GET, DELETE"), ("GET", f"/v1/tasks/{'0' * 32}/claim", "POST"),
                                      ("GET", "/v1/tasks/search", "POST")):
            answer = API.call(method, path)
            self.assert_problem(answer, 405, "method")
            self.assertEqual(allowed, answer.headers["allow"])

    def test_every_answer_has_the_guarding_headers(self):
        for answer in (API.get("/v1/tasks"), API.get("/v1/tasks", {}), API.get("/v1/nothing"), API.call("POST", "/v1/session")):
            self.assertEqual("nosniff", answer.headers["x-content-type-options"])
            self.assertEqual("no-referrer", answer.headers["referrer-policy"])
            self.assertEqual("no-store", answer.headers["cache-control"])
            self.assertEqual("default-src 'none'; frame-ancestors 'none'", answer.headers["content-security-policy"])
            self.assertEqual("same-origin", answer.headers["cross-origin-resource-policy"])

    def test_a_body_must_be_a_json_object_of_known_members(self):
        key = DATABASE.new_task()
        for body, status, name in (("{", 400, "unreadable"), ("[]", 400, "unreadable"), ("1", 400, "unreadable"),
                                   ('{"coordinator":"a","coordinator":"b"}', 400, "unreadable"), (b'{"coordinator":"\xff"}', 400, "unreadable"),
                                   ('{"coordinator":"\\u0000"}', 400, "unreadable"), ('{"koordinator":"a"}', 422, "invalid"),
                                   ('{"coordinator":5}', 422, "invalid"), ('{"coordinator":"0123456789abcdef"}', 422, "invalid"),
                                   ('{"coordinator":"0123456789abcdef0"}', 422, "invalid")):
            self.assert_problem(API.change(key, "claim", 0, body), status, name)
        self.assert_problem(API.change(key, "claim", 0, "{}", Content_Type="text/plain"), 415, "media-type")
        self.assert_problem(API.change(key, "claim", 0, "{}", Content_Type="application/jsonx"), 415, "media-type")
        self.assertEqual(413, API.change(key, "claim", 0, " " * (1 << 20) + "{}").status)
        self.assertEqual(200, API.change(key, "claim", 0, "{}", Content_Type="application/json; charset=utf-8").status)


# ---- The page's files.


class Files(Case):
    @classmethod
    def setUpClass(cls):
        cls.outer = tempfile.mkdtemp(prefix="handoff-web-")
        cls.web = Path(cls.outer, "web")
        Path(cls.web, "assets").mkdir(parents=True)
        Path(cls.outer, "secret.txt").write_text("outside")
        Path(cls.web, "index.html").write_text("<!doctype html><title>page</title>")
        Path(cls.web, "assets", "app-1a2b.js").write_text("let a")
        Path(cls.web, "assets", "app-1a2b.css").write_text("a{}")
        Path(cls.web, "icon.svg").write_text("<svg/>")
        Path(cls.web, ".hidden").write_text("hidden")
        Path(cls.web, "link.txt").symlink_to("../secret.txt")
        Path(cls.web, "folder").symlink_to("..")
        cls.api = Api(DATABASE.url, web_dir=str(cls.web))

    @classmethod
    def tearDownClass(cls):
        cls.api.stop()
        shutil.rmtree(cls.outer)

    def test_files_have_their_type_and_guarding_headers(self):
        for path, kind, caching in (("/", "text/html; charset=utf-8", "no-cache"), ("/index.html", "text/html; charset=utf-8", "no-cache"),
                                    ("/icon.svg", "image/svg+xml", "no-cache"),
                                    ("/assets/app-1a2b.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
                                    ("/assets/app-1a2b.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable")):
            answer = self.api.get(path, {})
            self.assertEqual((200, kind, caching), (answer.status, answer.headers["content-type"], answer.headers["cache-control"]))
            self.assertEqual("nosniff", answer.headers["x-content-type-options"])
            self.assertEqual("no-referrer", answer.headers["referrer-policy"])
            policy = answer.headers["content-security-policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertNotIn("unsafe", policy)

    def test_an_unchanged_file_is_not_sent_again(self):
        first = self.api.get("/", {})
        again = self.api.get("/", {"If-None-Match": first.headers["etag"]})
        self.assertEqual((304, "", first.headers["etag"]), (again.status, again.text, again.headers["etag"]))
        self.assertEqual(200, self.api.get("/", {"If-None-Match": '"other"'}).status)

    def test_nothing_outside_the_folder_can_be_had(self):
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/..%2fsecret.txt",
                     "/assets/..%2f..%2fsecret.txt", "//etc/passwd", "/etc/passwd", "/link.txt", "/folder/secret.txt", "/.hidden", "/assets",
                     "/assets/", "/index.html/", "/index.html%00.js", "/..\\secret.txt", "/%5c..%5csecret.txt", "/%252e%252e/secret.txt"):
            answer = self.api.get(path, {})
            self.assertIn(answer.status, (400, 404), path)
            self.assertNotIn("outside", answer.text)
            self.assertNotIn("hidden", answer.text)

    def test_pages_are_only_read(self):
        for method in ("POST", "PUT", "DELETE"):
            answer = self.api.call(method, "/", headers={})
            self.assert_problem(answer, 405, "method")
            self.assertEqual("GET", answer.headers["allow"])
        self.assertEqual("", self.api.call("HEAD", "/", headers={}).text)

    def test_without_a_page_the_api_serves_and_says_so(self):
        self.assert_problem(API.get("/", {}), 404, "not-found")
        api = Api(DATABASE.url, web_dir=str(self.web / "assets"))
        try:
            self.assertIn("no index.html", "\n".join(api.log))
            self.assertEqual(200, api.get("/v1/tasks").status)
        finally:
            api.stop()


# ---- Wrong settings.


class Settings(Case):
    def refused(self, *flags, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
        result = subprocess.run([str(BIN / "handoff-api"), *flags], env={**environment, **variables}, capture_output=True, text=True, timeout=20)
        self.assertNotEqual(0, result.returncode)
        return result.stderr

    def test_a_wrong_setting_ends_the_program_with_its_word(self):
        with tempfile.NamedTemporaryFile("w") as short:
            short.write("short\n")
            short.flush()
            url = {"HANDOFF_DATABASE_URL": DATABASE.url}
            self.assertIn("api-token-file", self.refused(**url))
            self.assertIn("No such file", self.refused("--api-token-file", "/nowhere/token", **url))
            self.assertIn("needs 16", self.refused("--api-token-file", short.name, **url))
            good = {**url, "HANDOFF_API_TOKEN_FILE": str(Path(API.folder, "token"))}
            self.assertIn("Mars/Olympus", self.refused("--zone", "Mars/Olympus", **good))
            self.assertIn("address", self.refused("--api-address", "nowhere", **good))
            self.assertIn(str(API.port), self.refused("--api-address", f"127.0.0.1:{API.port}", **good))


def setUpModule():
    global DATABASE, API
    DATABASE = Database()
    API = Api(DATABASE.url)
    until("the database", lambda: API.get("/v1/tasks").status == 200)


def tearDownModule():
    API.stop()
    DATABASE.drop()


if __name__ == "__main__":
    require_parts()
    unittest.main(verbosity=2)
