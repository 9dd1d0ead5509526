"""A PostgreSQL of our own, thrown away at the end: by socket only, and also when we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path:
    """Where the server's programs are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    if not found:
        raise SystemExit("this needs PostgreSQL: install Debian's `postgresql`")
    return found[-1].parent


@contextmanager
def start(home: Path, *, durable: bool = False) -> Iterator[str]:
    """Start a cluster in a folder; its address.

    durable : keep every write on the disk, as in operation; tests do without.
    """
    programs, data = binaries(), home / "postgresql"
    data.mkdir()
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        who = pwd.getpwnam("postgres")
        os.chown(data, who.pw_uid, who.pw_gid)
        home.chmod(0o755)
        as_user = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}

    def call(*words: str) -> None:
        command, clean = [str(programs / words[0]), *words[1:]], {**os.environ, "LC_ALL": "C.UTF-8"}
        subprocess.run(command, check=True, env=clean, cwd=data, stdout=subprocess.DEVNULL, **as_user)  # type: ignore[call-overload]

    call("initdb", "--no-sync", "-A", "trust", "-U", "cauce", "-D", str(data / "db"))
    options = f"-h '' -k {data} -c fsync={'on' if durable else 'off'} -c max_connections=200"
    call("pg_ctl", "-w", "-D", str(data / "db"), "-l", str(data / "log"), "-o", options, "start")
    try:
        yield f"postgresql://cauce@/postgres?host={data}"
    finally:
        call("pg_ctl", "-m", "immediate", "-D", str(data / "db"), "stop")
