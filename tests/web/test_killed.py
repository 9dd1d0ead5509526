"""The power goes, the database goes, the disk is full: nothing is lost or half done, and it goes on by itself."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.web import cluster

POSTGRESQL = os.environ.get("CAUCE_TEST_DATABASE") == "postgresql"
WRITER = """
import django; django.setup()
from cauce.web.domain import authorisations
from tests.web import factory
officer = factory.staff("officer")
def once():
    case = factory.in_hand(factory.case({}, {}), officer)
    assert authorisations.authorise(case, officer, case.version)
    authorisations.issue(case, officer, case.version)

once()
print("begun", flush=True)  # something was issued, however slow the disk
while True:
    once()
"""
STEPS = """
import django; django.setup()
import os, signal, sys, traceback
from django.db import connection
from cauce.web.domain import authorisations, drafts, filing
from cauce.web.models import Staff
from tests.web import factory, pathway

def draft():
    made, _code = drafts.begin("es")
    people = [{"passport_number": f"{made.pk.hex[:9]}{n}"} for n in range(2)]
    for page, answer in pathway.told(*people, supporter="s@example.org").items():
        drafts.save(made, page, answer, made.version)
    return lambda: filing.file(made, made.version, "key", pathway.link)

def authorise():
    officer = Staff.objects.get(role="officer", user__username="steps")
    case = factory.in_hand(factory.case({}, {}), officer)
    return lambda: authorisations.authorise(case, officer, case.version)

def issue():
    officer = Staff.objects.get(role="officer", user__username="steps")
    case = factory.in_hand(factory.case({}, {}), officer)
    assert authorisations.authorise(case, officer, case.version)
    return lambda: authorisations.issue(case, officer, case.version)

def dies_before(statement):
    left = [statement]
    def count(execute, sql, params, many, context):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)
    return connection.execute_wrapper(count)

def apart(act):  # whether it came to its end in a process of its own, with connections of its own
    child = os.fork()
    if not child:
        try:
            act()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    ended = os.waitpid(child, 0)[1]
    assert ended in (0, signal.SIGKILL), ended
    return ended == 0

def killed(prepare, statement):
    verb = prepare()
    with dies_before(statement):
        verb()

apart(lambda: factory.staff("officer", name="steps"))
for prepare in (draft, authorise, issue):
    statement = 1
    while not apart(lambda: killed(prepare, statement)):
        statement += 1
    print(statement - 1)
"""
LOOK = """
import django; django.setup()
from collections import Counter
from django.db.models import Count
from cauce.web.domain import audit, caps
from cauce.web.models import Authorisation, Case, Decision, Draft, Entry, Event, Hold, Notice
assert audit.verify().sound, audit.verify()
accounts = caps.reconcile()
assert all(account.agrees for account in accounts), accounts

def acts(model, act, name):
    found = Counter(model.objects.filter(act=act).values_list(name, flat=True))
    assert set(found.values()) <= {1}, (act, found.most_common(1))
    return set(found)

cases = Case.objects.annotate(people=Count("members", distinct=True), asked=Count("supports", distinct=True))
assert all(case.people == case.persons == 2 and case.asked == 1 for case in cases)
filed = {case.reference for case in cases}
assert filed == acts(Event, "filed", "subject")
assert not Draft.objects.filter(pk__in=[case.pk for case in cases]).exists()
for kind in ("filed", "supporter-asked"):
    assert filed == set(Notice.objects.filter(kind=kind).values_list("case__reference", flat=True)), kind

holds = {hold.holder: hold for hold in Hold.objects.all()}
assert all(hold.persons == 2 for hold in holds.values())
placed = Decision.objects.filter(verdict="places-held").values_list("case__reference", flat=True)
assert set(holds) == acts(Event, "places-held", "subject") == acts(Entry, "hold", "holder") == set(placed)

papers = Counter(Authorisation.objects.values_list("member__case__reference", flat=True))
final = {case.reference for case in cases if case.state == "authorised"}
assert set(papers.values()) <= {2}, papers
assert final == acts(Event, "authorised", "subject") == acts(Entry, "issue", "holder") == set(papers)
assert final == {name for name, hold in holds.items() if hold.issued}, (len(final), len(holds))
print(len(final))
"""
FULL = """
import django; django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from cauce.web import service
from cauce.web.models import Draft
browser = Client(raise_request_exception=False, headers={"host": "localhost"})
assert browser.post("/apply").status_code == 200
kept, answers = Draft.objects.count(), set()
with connection.cursor() as cursor:
    cursor.execute("PRAGMA page_count"); (pages,) = cursor.fetchone()
    cursor.execute(f"PRAGMA max_page_count = {pages + 4}")
for turn in range(60):
    page = browser.post("/apply")
    answers.add(page.status_code)
    kept += page.status_code == 200
    if page.status_code == 500:
        assert b'class="code">' in page.content and b"Traceback" not in page.content
assert answers == {200, 500}, answers
assert Draft.objects.count() == kept, (Draft.objects.count(), kept)
said = []
service.work(once=True, say=said.append)
with connection.cursor() as cursor:
    cursor.execute("PRAGMA max_page_count = 1000000")
assert browser.post("/apply").status_code == 200
assert Draft.objects.count() == kept + 1
print("well")
"""


LOST = """
import django; django.setup()
import itertools, sys, threading, time
from django.test import Client
from cauce.web import service
from cauce.web.models import Draft

from django.db import connections

class Browser(Client):
    def generic(self, *args, **options):
        connections.close_all()  # as a server does between requests
        return super().generic(*args, **options)

def browser(address="127.0.0.1"):
    return Browser(raise_request_exception=False, headers={"host": "localhost"}, REMOTE_ADDR=address)

answers, stop, before = [], threading.Event(), Draft.objects.count()

def keep_posting(place):
    for n in itertools.count():  # no limit of an address is met
        if stop.is_set():
            return
        answers.append(browser(f"10.{place}.{n >> 8 & 255}.{n & 255}").post("/apply").status_code)

known, stranger = browser(), browser()
assert known.post("/apply").status_code == 200
threads = [threading.Thread(target=keep_posting, args=[place]) for place in range(4)]
for thread in threads: thread.start()
print("up", flush=True); sys.stdin.readline()  # the database is gone
stop.set()
for thread in threads: thread.join()
begun = time.monotonic()
for client in (known, stranger):
    for page in (client.post("/apply"), client.get("/apply/group"), client.get("/status"), client.get("/staff/")):
        assert page.status_code in (500, 302, 303, 404), page.status_code
        if page.status_code == 500:
            assert b'class="code">' in page.content and b"Traceback" not in page.content
assert known.get("/apply/group").status_code == 500
assert time.monotonic() - begun < 60, time.monotonic() - begun
said = []
service.work(once=True, say=said.append)
assert "does not answer" in said[0], said
print("down", flush=True); sys.stdin.readline()  # it is back
begun = time.monotonic()  # the pool asks again after growing pauses
while known.get("/apply/group").status_code != 200:
    assert time.monotonic() - begun < 90
assert stranger.post("/apply").status_code == 200
service.work(once=True, say=said.append)
assert not any('does not answer' in line for line in said[1:]), said
kept, taken = Draft.objects.count() - before, answers.count(200) + 2
assert taken <= kept <= len(answers) + 2, (taken, kept, answers)  # the word that it was kept may be lost
print("well", flush=True)
"""


@dataclass
class Machine:
    """A service of its own, in processes of its own."""

    environment: dict[str, str]
    folder: Path

    def run(self, script: str) -> str:
        """What a script says when it has ended well."""
        done = subprocess.run(
            [sys.executable, "-c", script], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def begin(self, script: str) -> subprocess.Popen[str]:
        """Start a script, and go on once it has begun."""
        running = subprocess.Popen(
            [sys.executable, "-c", script],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        assert running.stdout.readline()
        return running


def _machine(folder: Path, address: str) -> Machine:
    home = folder / "home"
    home.mkdir()
    here = str(Path(__file__).parents[2])
    own = {
        **os.environ, "CAUCE_HOME": str(home), "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "cauce.web.settings",
        "PYTHONPATH": here, "CAUCE_SHOWN_ON": "2022-12-12",
    }  # fmt: skip
    machine = Machine(own, folder)
    machine.run("from cauce.web import service; service.prepare()")
    return machine


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cauce-killed-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def machine(folder: Path) -> Iterator[Machine]:
    """On the database that the tests are run on."""
    if POSTGRESQL:
        with cluster.start(folder, durable=True) as address:
            yield _machine(folder, address)
    else:
        yield _machine(folder, "")


def test_that_processes_killed_in_the_midst_leave_nothing_half_done(machine: Machine) -> None:
    issued = 0
    for turn in range(4):
        writers = [machine.begin(WRITER) for _ in range(2)]
        time.sleep(1.5 + 0.17 * turn)
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        now = int(machine.run(LOOK))
        assert now > issued
        issued = now


def test_that_a_process_killed_before_any_statement_leaves_nothing_half_done(machine: Machine) -> None:
    """Filing, holding places and issuing papers, each killed before its first statement, its second, to its last."""
    statements = [int(line) for line in machine.run(STEPS).split()]
    machine.run(LOOK)
    assert len(statements) == 3 and min(statements) > 10, statements


if not POSTGRESQL:

    def test_that_a_full_disk_is_a_page_with_a_reference_and_nothing_is_lost(machine: Machine) -> None:
        assert "well" in machine.run(FULL)


if POSTGRESQL:

    def test_that_a_database_that_goes_and_comes_back_is_a_page_and_then_all_goes_on(machine: Machine) -> None:
        data = machine.folder / "postgresql" / "db"
        command = shlex.split((data / "postmaster.opts").read_text())
        running = machine.begin(LOST)
        assert running.stdin is not None and running.stdout is not None
        time.sleep(0.5)
        server = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGQUIT)  # PostgreSQL's immediate shutdown
        _until(lambda: not (data / "postmaster.pid").exists())
        running.stdin.write("gone\n")
        running.stdin.flush()
        assert running.stdout.readline() == "down\n"
        owner = data.stat()
        subprocess.Popen(
            command, user=owner.st_uid, group=owner.st_gid, extra_groups=[], cwd=data, stderr=subprocess.DEVNULL
        )
        _until(lambda: "ready" in (data / "postmaster.pid").read_text())
        running.stdin.write("back\n")
        running.stdin.flush()
        assert running.stdout.readline() == "well\n"
        assert running.wait() == 0


def _until(there: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if there():
                return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")
