"""The settings of the tests: a home of their own, and PostgreSQL if CAUCE_TEST_DATABASE asks for it.

`make test` runs the tests of the service on both.  The server is our own: socket only, also when we are root.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    if not found:
        raise SystemExit("these tests need PostgreSQL: install Debian's `postgresql`, or start it and set DATABASE_URL")
    return found[-1].parent


def _start(home: Path) -> str:
    """A throw-away cluster; its address."""
    binaries, data = _binaries(), home / "postgresql"
    data.mkdir()
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        who = pwd.getpwnam("postgres")
        os.chown(data, who.pw_uid, who.pw_gid)
        home.chmod(0o755)
        as_user = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}

    def call(*words: str) -> None:
        clean = {**os.environ, "LC_ALL": "C.UTF-8"}
        command = [str(binaries / words[0]), *words[1:]]
        subprocess.run(command, check=True, env=clean, cwd=data, stdout=subprocess.DEVNULL, **as_user)  # type: ignore[call-overload]

    call("initdb", "--no-sync", "-A", "trust", "-U", "cauce", "-D", str(data / "db"))
    options = f"-h '' -k {data} -c fsync=off -c max_connections=200"
    call("pg_ctl", "-w", "-D", str(data / "db"), "-l", str(data / "log"), "-o", options, "start")
    atexit.register(call, "pg_ctl", "-m", "immediate", "-D", str(data / "db"), "stop")
    return f"postgresql://cauce@/postgres?host={data}"


def _prepare() -> None:
    home = Path(tempfile.mkdtemp(prefix="cauce-web-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["CAUCE_HOME"] = str(home)
    for name in ("CAUCE_OPERATOR", "CAUCE_HOSTS"):
        os.environ.pop(name, None)
    leads = "PYTEST_XDIST_WORKER" not in os.environ and any(word.startswith("-n") for word in sys.argv)
    if os.environ.get("CAUCE_TEST_DATABASE") == "postgresql" and not leads:
        os.environ["DATABASE_URL"] = _start(home)
    elif "CAUCE_TEST_DATABASE" not in os.environ:
        os.environ.pop("DATABASE_URL", None)


_prepare()

from cauce.web.settings import *  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
