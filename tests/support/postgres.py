"""Questions to PostgreSQL, by a psql that stays: a test that waits asks fifty times a second, and a psql for each question
would take most of a core.
"""
import os
import subprocess
import threading

END = "\x1dend\n"
OPTIONS = "-c client_min_messages=error -c statement_timeout=60s"


class Failure(AssertionError):
    """psql's own words about a statement that failed."""


class Questions:
    """Asks one database, each thread by a psql of its own. `close` it before the server or the database goes."""

    def __init__(self, url):
        self.url = url
        self.of_thread = threading.local()

    def rows(self, sql):
        """What the statements give, as tuples of text; a null is the empty text."""
        text = self._ask(self._psql(), sql)
        return [tuple(row.split("\x1f")) for row in text.split("\0")[:-1]]

    def close(self):
        """This thread's."""
        psql = getattr(self.of_thread, "psql", None)
        if psql:
            psql.communicate()
        self.of_thread.psql = None

    def _psql(self):
        psql = getattr(self.of_thread, "psql", None)
        if not psql:
            psql = self.of_thread.psql = subprocess.Popen(
                ["psql", "-X", "-q", "-A", "-t", "-0", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", self.url], text=True, errors="replace",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "PGOPTIONS": OPTIONS})
        return psql

    def _ask(self, psql, sql):
        text = ""
        try:
            psql.stdin.write(f"{sql}\n;\n\\echo '{END[:-1]}'\n")
            psql.stdin.flush()
        except BrokenPipeError:
            pass  # its last words say why
        while not text.endswith(END):
            line = psql.stdout.readline()
            if not line:
                self.close()
                raise Failure(f"{sql[:200]}: {text}")
            text += line
        return text[:-len(END)]
