"""Running the service: start it, look after it, check it, and prove that a backup can be restored.

The command line calls these; each sets Django up first.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import Error as DatabaseFault
from django.db import InterfaceError, OperationalError, connection

from cauce.errors import CauceError, RequestError
from cauce.web.keyring import beside, secured

SETTINGS = "cauce.web.settings"


def start() -> None:
    """Set Django up, once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if not apps.ready:
        django.setup()


NO_RIGHT = "42501"
"""What PostgreSQL answers to a role without the right (SQLSTATE, insufficient_privilege)."""


@contextmanager
def _asked() -> Iterator[None]:
    """What the database refuses, in one sentence."""
    try:
        yield
    except DatabaseFault as error:
        said = str(error).splitlines()[0]
        away = isinstance(error, OperationalError | InterfaceError) and "no such table" not in said
        if getattr(error.__cause__, "sqlstate", None) == NO_RIGHT:
            cause = f"the role of DATABASE_URL may not do this: {said}"
            mend = "let the owner of the tables run `cauce web roles --apply`, and start again"
        elif away:
            cause, mend = f"the database does not answer: {said}", "start it, or correct DATABASE_URL"
        else:
            cause, mend = (
                f"the database has not what is asked for: {said}",
                "start the service once",
            )
        raise RequestError(cause, mend=mend) from None


def prepare() -> None:
    """Bring the tables up to date and gather the style sheets."""
    _migrate()
    call_command("collectstatic", verbosity=0, interactive=False)


def _migrate() -> None:
    start()
    with _asked():
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)


def roles(*, apply: bool) -> list[str]:
    """What gives each role of the database its rights; `apply` brings the tables up to date first and says it.

    Raises
    ------
    RequestError
        The database has no roles, or its tables are not made yet.
    """
    start()
    from cauce.web.domain import grants

    if connection.vendor != "postgresql":
        raise RequestError(f"{connection.vendor} has no roles", mend="set DATABASE_URL to that of PostgreSQL's owner")
    if apply:
        _migrate()
    with _asked():
        if not connection.introspection.table_names():
            raise RequestError("the tables are not made yet", mend="run it with --apply")
        if apply:
            grants.put_in_force()
        return grants.statements()


def check() -> tuple[Any, ...]:
    """Whether all is well: tables, caps, audit, checkpoints, outbox, retention, keys; a `Finding` each."""
    start()
    from cauce.web.domain import watch

    with _asked():
        return watch.look()


def audit_verify() -> Any:
    """Go through every chain and checkpoint of the audit; an `audit.Verdict`."""
    start()
    from cauce.web.domain import audit

    with _asked():
        return audit.verify()


def work(*, once: bool = False, every_seconds: float = 5.0, say: Callable[[str], None] = print) -> None:
    """Look after the service until told to stop: send what is due, end what ran out, serve the line, sign the audit."""
    start()
    last: dict[str, float] = {}
    while True:
        done, faults = _round(last)
        if done:
            say(", ".join(f"{what} {number}" for what, number in done.items()))
        for fault in faults:
            say(fault)
        if once:
            return
        time.sleep(every_seconds)


SELDOM = {"sums": 60.0, "purge": 3600.0}
"""Seconds between two turns of a job that need not come in every round."""


def _round(last: dict[str, float]) -> tuple[dict[str, int], list[str]]:
    """One round of the work: how much of each was done, and what could not be, which keeps nothing else waiting.

    last : when each job had its turn, brought up to date
    """
    done: dict[str, int] = {}
    faults: dict[str, None] = {}  # each is said once, in its order
    for what, job in _jobs().items():
        now = time.monotonic()
        if what in SELDOM and now - last.get(what, -SELDOM[what]) < SELDOM[what]:
            continue
        last[what] = now
        try:
            done.update({name: number for name, number in job().items() if number})
        except (OperationalError, InterfaceError) as error:
            faults[f"the database does not answer ({str(error).splitlines()[0]}); trying again"] = None
            connection.close()
        except (DatabaseFault, CauceError) as error:
            faults[f"{what}: {str(error).splitlines()[0]}"] = None
    return done, list(faults)


def _jobs() -> dict[str, Callable[[], dict[str, int]]]:
    """What is looked after, by name."""
    from cauce.web.domain import audit, authorisations, caps, outbox, retention, rules, standstill, sums
    from cauce.web.interfaces import mail

    def sign() -> dict[str, int]:
        audit.checkpoint()
        return {}

    return {
        "sums": lambda: {"wrong sums of caps": sums.look()},
        "pauses": lambda: {"told of a pause": standstill.tell()},
        "messages": lambda: dict(zip(("sent", "to be sent again"), outbox.send_due(mail.send), strict=True)),
        "holds": lambda: {"holds run out": caps.expire() + authorisations.lapse()},
        "papers": lambda: {"papers run out": authorisations.expire()},
        "line": lambda: {"served": len(authorisations.serve(rules.programme().id))},
        "purge": lambda: {"proposed to let go": retention.propose_by_itself()},
        "audit": sign,
    }


def pages_command(host: str, port: int, database: str) -> list[str]:
    """The command that serves the pages."""
    # Three threads answer sooner and evener than four (docs/benchmarks.md); SQLite has one writer, more only wait.
    workers, threads = (2, 3) if database == "postgresql" else (1, 8)
    return [
        sys.executable, "-m", "gunicorn", "cauce.web.wsgi:application", "--bind", f"{host}:{port}",
        "--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads), "--keep-alive", "65",
        "--backlog", "4096", "--worker-connections", "4096", "--log-level", "warning", "--no-control-socket",
        "--preload",
    ]  # fmt: skip


def serve(host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve the pages and look after them, until Ctrl-C."""
    prepare()
    from django.conf import settings

    from cauce.web import demonstration

    if settings.DEMONSTRATION:
        demonstration.furnish(say, f"http://{host}:{port}")
    pages = pages_command(host, port, connection.vendor)
    connection.close()
    jobs = [sys.executable, "-m", "cauce", "web", "work"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS}
    commands = {"the server of the pages": pages, "the worker": jobs}
    running = {name: subprocess.Popen(command, env=environment) for name, command in commands.items()}
    say(f"http://{host}:{port}/                the pathway")
    say(f"http://{host}:{port}/staff/          casework and the board (staff)")
    say("Ctrl-C stops it; what was told is kept.")
    _watch(running)


def _watch(running: dict[str, subprocess.Popen[bytes]]) -> None:
    """Until one of the processes ends; then none is left.

    Raises
    ------
    RequestError
        One ended by itself: which, and how.
    """
    try:
        while all(process.poll() is None for process in running.values()):
            time.sleep(0.5)
        ended = [f"{name} (with {process.poll()})" for name, process in running.items() if process.poll() is not None]
        mend = "see what it said last; if the port is taken, choose another with --port"
        raise RequestError(f"{' and '.join(ended)} stopped by itself", mend=mend)
    finally:
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        for process in running.values():
            process.wait(timeout=30)


def rotate_keys() -> tuple[int, int]:
    """Wrap people's keys and second factors with the newest of CAUCE_KEYS: how many; the older may go afterwards."""
    start()
    from cauce.web.domain import vault
    from cauce.web.interfaces import devices

    with _asked():
        return vault.rewrap(), devices.rewrap()


def code(name: str) -> str:
    """The sign-in code of the moment of one of a demonstration's staff."""
    start()
    from cauce.web import demonstration

    with _asked():
        return demonstration.code(name)


def steward(name: str) -> str:
    """Make the first steward, who makes all other accounts; the first password, said this one time."""
    prepare()
    from cauce.web.domain import staffing

    _member, password = staffing.first(name)
    return password


def site(code: str, **given: Any) -> str:
    """Make a centre or a shelter of the board, or change one; what is so now.

    given : the fields of `domain.sites.Given`.
    """
    prepare()
    from cauce.web.domain import sites

    with _asked():
        kept, changed = sites.keep(code, sites.Given(**given))
    said = f"{', '.join(changed)} written down" if changed else "nothing was changed"
    return f"{kept.kind} {kept.code} ({kept.name}, {kept.zone}): {said}"


@dataclass(frozen=True)
class Counted:
    """The board as an outlook takes it: a file, the hour it starts, the border, where results belong."""

    file: Path
    start: str
    border: str
    results: Path


def count_board(folder: Path) -> Counted:
    """Write the exact census of the board into a folder, for its owner's eyes alone; that it was taken is kept.

    Raises
    ------
    RequestError
        Nobody is on the board, or it cannot be read.
    """
    start()
    from django.conf import settings

    from cauce.web.domain import census

    with _asked():
        told = census.taken_by_hand()
    if told is None:
        raise RequestError("nobody is on the board", mend="set CAUCE_HOME or DATABASE_URL to those of the service")
    file = folder / "census.csv"
    _write(file, told)
    return Counted(file, census.begins(), settings.BORDER, settings.HOME / "results")


def count_lane(folder: Path) -> Path:
    """Write the pathway's queue into a folder: `lane.csv`, the census, and the scenario; its path."""
    start()
    from cauce.web.domain import census

    folder.mkdir(parents=True, exist_ok=True)
    counted = count_board(folder)
    with _asked():
        _write(folder / "lane.csv", census.lane_by_hand())
    scenario = folder / "lane.yaml"
    scenario.write_text(json.dumps(census.what_if(str(counted.file.absolute())), ensure_ascii=False, indent=1))
    return scenario


def _write(file: Path, text: str) -> None:
    """A file that nobody else on this machine reads, also where an older one was open to all."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Drill:
    """What a restore drill found: the same in the copy as in the original, and sound."""

    bytes: int
    seconds: float
    findings: tuple[dict[str, Any], ...]
    events: tuple[int, int]

    @property
    def passed(self) -> bool:
        return self.events[0] <= self.events[1] and all(finding["well"] for finding in self.findings)


SOUND = ("tables", "caps", "audit", "keys")
"""What must be well in a restored copy; whether its worker runs is no question there."""


def restore_drill() -> Drill:
    """Back up, restore elsewhere, and check the copy with a process that knows the copy alone.

    Raises
    ------
    RequestError
        A program of the database is missing, or the copy cannot be read.
    """
    start()
    from cauce.web.models import Event

    with _asked():
        begun, events = time.monotonic(), Event.objects.count()
    with tempfile.TemporaryDirectory(prefix="cauce-drill-") as folder, _restored(Path(folder)) as (size, environment):
        own = {**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS, **environment}
        looked = subprocess.run(
            [sys.executable, "-m", "cauce", "web", "check", "--json", "-"], env=own,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        try:
            found = json.loads(looked.stdout)
        except ValueError:
            cause = f"the copy cannot be checked: {looked.stderr.strip()[-300:]}"
            raise RequestError(cause, mend="see the message") from None
    kept = tuple(finding for finding in found["findings"] if finding["what"] in SOUND)
    return Drill(size, time.monotonic() - begun, kept, (events, found["events"]))


@contextmanager
def _restored(folder: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """A copy of the database restored from a backup in a folder: its size, and how a process finds it."""
    from django.conf import settings

    for name in ("keys", "shown-on"):
        if (settings.HOME / name).exists():
            shutil.copy(settings.HOME / name, folder / name)
    if connection.vendor == "sqlite":
        copy = folder / "cauce.sqlite3"
        with sqlite3.connect(connection.settings_dict["NAME"]) as original, sqlite3.connect(copy) as target:
            original.backup(target)
        yield copy.stat().st_size, {"CAUCE_HOME": str(folder), "DATABASE_URL": ""}
        return
    place, name = connection.settings_dict, f"cauce_drill_{os.getpid()}"
    login = {
        "PGHOST": place["HOST"], "PGPORT": place["PORT"], "PGUSER": place["USER"], "PGPASSWORD": place["PASSWORD"],
    }  # fmt: skip
    login |= {f"PG{key.upper()}": value for key, value in secured(place).items()}
    environment = {**os.environ, **{key: value for key, value in login.items() if value}}
    backup = folder / "backup.dump"
    _call(["pg_dump", "-Fc", "-f", str(backup), place["NAME"]], environment)
    _call(["createdb", name], environment)
    try:
        _call(["pg_restore", "-d", name, "--no-owner", str(backup)], environment)
        yield backup.stat().st_size, {"CAUCE_HOME": str(folder), "DATABASE_URL": beside(place, name)}
    finally:
        _call(["dropdb", "--force", name], environment)


def _call(command: list[str], environment: dict[str, str]) -> None:
    program = shutil.which(command[0]) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{command[0]}"), reverse=True)), None
    )
    if program is None:
        raise RequestError(f"{command[0]} is not on this machine", mend="install the programs of PostgreSQL")
    done = subprocess.run([program, *command[1:]], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RequestError(f"{command[0]} failed: {done.stderr.strip()[-300:]}", mend="see its message")


def as_json(findings: tuple[Any, ...]) -> dict[str, Any]:
    """Findings for machines, with the number of events, by which a copy is compared."""
    start()
    from cauce.web.models import Event

    return {"findings": [asdict(finding) for finding in findings], "events": Event.objects.count()}
