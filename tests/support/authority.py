"""Certificates of invented organisations, made by openssl in a folder of the test's own."""
import subprocess
from datetime import datetime, timedelta, timezone


class Authority:
    """Signs certificates; `path` is its own."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.path, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        run("req", "-x509", *NEW_KEY, "-subj", f"/O=Invented/CN={name}", "-days", "30", "-keyout", self.key, "-out", self.path)

    def issue(self, name, names="", common_name=None, days=(-1, 30)):
        """Certificate and key of `name`; `names` as in subjectAltName; `days`: valid from and until, from now."""
        request, certificate, key = (self.folder / f"{name}.{kind}" for kind in ("csr", "pem", "key"))
        run("req", *NEW_KEY, "-subj", f"/O=Invented/CN={common_name or name}", "-keyout", key, "-out", request)
        self._sign(request, certificate, names, days)
        return certificate, key

    # `openssl x509` of Debian 12 knows no day to begin on, so `openssl ca` does it, with a database of one use.
    def _sign(self, request, certificate, names, days):
        database = certificate.with_suffix(".database")
        database.write_text("")
        config = certificate.with_suffix(".config")
        config.write_text(f"[ca]\ndefault_ca=a\n[a]\ndatabase={database}\nnew_certs_dir={self.folder}\nrand_serial=yes\ndefault_md=sha256\n"
                          f"policy=p\n[p]\ncommonName=supplied\norganizationName=optional\n[e]\nkeyUsage=digitalSignature\n"
                          + (f"subjectAltName={names}\n" if names else ""))
        begin, end = (f"{datetime.now(timezone.utc) + timedelta(days=d):%Y%m%d%H%M%SZ}" for d in days)
        run("ca", "-batch", "-notext", "-config", config, "-extensions", "e", "-cert", self.path, "-keyfile", self.key,
            "-startdate", begin, "-enddate", end, "-in", request, "-out", certificate)


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def run(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    if done.returncode:
        raise AssertionError(f"openssl {words[0]}: {done.stderr}")
