"""Parts of `benchmarks.load` that need the service's settings; each prints what it found as JSON."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from cauce.web import service

service.start()

from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from tests.web import factory, pathway  # noqa: E402

from cauce.terms import Demographic  # noqa: E402
from cauce.web.domain import audit, caps, clock, drafts, vault  # noqa: E402
from cauce.web.domain.faults import SoldOut  # noqa: E402
from cauce.web.models import Case, Draft, Held, Member, PersonKey, Site, Staff, Window  # noqa: E402
from cauce.web.views.casework.cases import LINES, PAGE  # noqa: E402
from cauce.web.views.pathway.frame import remember  # noqa: E402
from cauce.web.wsgi import application  # noqa: E402

THREADS = 4
"""Of each process of `raw`, as of each that serves pages."""


def make() -> dict[str, float]:
    """The tables."""
    service.prepare()
    return {}


CAP = 200
"""Places in a window of `raw`: few enough that its edge is met over and over."""


def raw(seconds: str) -> dict[str, float]:
    """Guarded transactions a second: an event, a hold, a line of the ledger, the counter last.

    All take from one window until it is sold out, and go on with the next; a try that found no place is not counted.
    """
    mine = os.getpid()  # holders of another process are others
    done, left, until = [0] * THREADS, [0] * THREADS, time.monotonic() + float(seconds)

    def work(thread: int) -> None:
        tried = 0
        while time.monotonic() < until:
            window = caps.open_window(f"load:{left[thread]}", CAP)
            subject, tried = f"{mine}-{thread}-{tried}", tried + 1
            with suppress(SoldOut):
                while time.monotonic() < until:
                    with transaction.atomic():
                        audit.record(subject, "load", "taken")
                        done[thread] += caps.take([window], subject, 1, "load")
                    subject, tried = f"{mine}-{thread}-{tried}", tried + 1
                break
            left[thread] += 1
        connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))  # what goes wrong in one of them is not lost
    return {"rate": sum(done) / float(seconds)}


def prepare(count: str) -> dict[str, float]:
    """Drafts that lack only their sending, each open in a browser of its own; a line for each in `prepared-N`."""
    token, home = "A" * 32, Path(settings.HOME)
    files = [(home / f"prepared-{n}").open("w") for n in range(2)]
    batch = time.time_ns() // 10**6 % 10**9
    for first in range(0, int(count), 500):
        with transaction.atomic():
            for n in range(first, min(first + 500, int(count))):
                cookie = _open_draft(f"{batch}{n}")
                sent = {"csrfmiddlewaretoken": token, "form_key": f"{batch}-{n}", "version": "1", "true": "on"}
                address = f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
                names = f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={token}"
                files[n % 2].write(f"{names}\t{address}\t{urlencode(sent)}\n")
    for file in files:
        file.close()
    return {}


def _open_draft(word: str) -> str:
    key, now = vault.new_key(), clock.now()
    draft = Draft(
        code_index=vault.index("load", word), key=key, language="es", saved_at=now, version=1,
        expires_at=now + timedelta(days=60),
    )  # fmt: skip
    draft.answers = drafts._sealed(draft, pathway.told({"passport_number": word}))
    draft.save(force_insert=True)
    browser = HttpRequest()
    browser.session = SessionStore()
    remember(browser, draft=draft)
    browser.session["seen"] = int(time.time())
    browser.session.save()
    return str(browser.session.session_key)


def cost(count: str) -> dict[str, float]:
    """Milliseconds of this process's own CPU, without the database's, for a filing and for a guarded transaction."""
    prepare(count)
    lines, window = (Path(settings.HOME) / "prepared-0").read_text().splitlines(), caps.open_window("cost", 10**6)

    def guarded(number: int) -> None:
        with transaction.atomic():
            audit.record(f"{os.getpid()}-{number}", "load", "taken")
            caps.take([window], f"{os.getpid()}-{number}", 1, "load")

    return {"filing": _cpu_ms(lambda n: _send(lines[n]), len(lines)), "guarded": _cpu_ms(guarded, len(lines))}


def _send(line: str) -> None:
    cookie, address, body = line.split("\t")
    names = {"HTTP_COOKIE": cookie, "HTTP_X_FORWARDED_FOR": address, "HTTP_HOST": "127.0.0.1"}
    asked = RequestFactory().post("/apply/answers", body, "application/x-www-form-urlencoded", **names)
    said: list[str] = []
    application(asked.environ, lambda status, _headers, _fault=None: said.append(status)).close()
    assert said == ["200 OK"], said


def _cpu_ms(work: Callable[[int], None], count: int) -> float:
    warm = count // 5
    for number in range(warm):
        work(number)
    begun = time.process_time()
    for number in range(warm, count):
        work(number)
    return 1000 * (time.process_time() - begun) / (count - warm)


def account() -> dict[str, float]:
    """Windows whose counter is not what their ledger says, and how many applications there are.

    `edges` is how many windows of `raw` are full, `short` how many are not although the next was opened.
    """
    taken = Window.objects.filter(pool__startswith="load:").order_by("pk").values_list("used", flat=True)
    full = [used == CAP for used in taken]
    wrong = sum(not account.agrees for account in caps.reconcile())
    return {"wrong": wrong, "cases": Case.objects.count(), "edges": sum(full), "short": full[:-1].count(False)}


CASES = """
INSERT INTO web_case (id, reference, programme, state, version, persons, together, language, key_id, snapshot,
  snapshot_digest, contact, contact_index, resume_index, idempotency, filed_at, moved_at)
SELECT gen_random_uuid(), 'L' || n, %s, (%s::text[])[n %% %s + 1], 2, 1, true, 'es', %s, ''::bytea, '', ''::bytea, '',
  'L' || n, 'L' || n, %s::timestamptz - (n || ' seconds')::interval, %s::timestamptz FROM generate_series(1, %s) n
"""
MEMBERS = """
INSERT INTO web_member (id, case_id, key_id, position, nationality, child, told, live)
SELECT gen_random_uuid(), id, key_id, 1, 'VEN', false, ''::bytea, true FROM web_case
WHERE reference LIKE 'L%%' AND NOT EXISTS (SELECT FROM web_member WHERE case_id = web_case.id)
"""
EVENTS = """
INSERT INTO web_event (subject, sequence, at, actor, act, details, previous, digest)
SELECT 'L' || (n / 20), n %% 20 + 1, %s::timestamptz, 'load', 'read', '{}'::jsonb, '', '' FROM generate_series(1, %s) n
"""
INSIDE, READ = 5_000, 200
IN_LINES = sorted({state.value for _title, states in LINES.values() for state in states})


def fill(rows: str) -> dict[str, float]:
    """So many applications, twenty events for each, and a full centre; for PostgreSQL, and not sound as an audit.

    They stand in all the lines of an officer; those who stand in front, whom a page shows, have a sealed passport.
    """
    key, now, count = vault.new_key(), clock.now(), int(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        programme = pathway.filed(key="load")[0].programme
        cursor.execute(CASES, [programme, IN_LINES, len(IN_LINES), key.pk, now, now, count])
        for state in IN_LINES:
            in_front = Case.objects.filter(state=state, reference__startswith="L").order_by("filed_at", "id")[:READ]
            Member.objects.bulk_create(_with_passport(case) for case in in_front)
        cursor.execute(MEMBERS)
        cursor.execute(EVENTS, [now, 20 * count])
    with transaction.atomic():
        site = Site.objects.create(code="load", name="Load", kind="centre", rated=1000, surge=2000)
        keys = PersonKey.objects.bulk_create(
            PersonKey(made_at=now, wrapped=bytes(key.wrapped or b"")) for _ in range(INSIDE)
        )
        Held.objects.bulk_create(
            Held(
                site=site,
                key=keys[n],
                reference=f"L{n}",
                party=f"P{n}",
                demographic=Demographic.SINGLE_ADULT,
                nationality="VEN",
                first_custody_at=now - timedelta(hours=n % 100),
                entered_at=now,
                stage=Held.INSIDE[n % 4],
                stage_since=now,
            )
            for n in range(INSIDE)
        )
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("ANALYZE")
    return {}


def _with_passport(case: Case) -> Member:
    member = Member(case=case, key=vault.new_key(), position=1, nationality="VEN")
    told = {"name": f"Persona {case.reference}", "born": "1990-03-04", "passport": case.reference}
    member.told = vault.seal(member.key, f"member.told.{member.pk}", told)
    return member


def read() -> dict[str, float]:
    """The p95 of pages that staff read, in milliseconds; the board by twenty screens at once."""
    site = Site.objects.get(code="load")
    officer, lead = factory.staff("officer"), factory.staff("centre-lead", sites=[site])
    found = {f"the line {name}": _p95(officer, f"/staff/lines/{name}", 1, holds="…") for name in ("review", "travel")}
    found["the first page of staff"] = _p95(officer, "/staff/", 1)
    found["the first page"] = _p95(None, "/", 1)
    found["board, 20 screens"] = _p95(lead, "/staff/board/live", 20)
    return found


def _p95(member: Staff | None, path: str, screens: int, turns: int = 40, holds: str = "") -> float:
    times: list[float] = []

    def look() -> None:
        client = Client()
        if member is not None:
            factory.sign_in(client, Staff.objects.get(pk=member.pk))
        for _ in range(max(turns // screens, 4)):
            begun = time.perf_counter()
            answer = client.get(path)
            times.append(1000 * (time.perf_counter() - begun))
            assert answer.status_code == 200, (path, answer.status_code)
            if holds:  # so many rows are read, not an empty page
                assert answer.content.decode().count(holds) >= PAGE, (path, answer.content.decode().count(holds))
            if screens > 1:
                time.sleep(3)  # a poll every 15 s by twenty screens is 1.3 a second; this is five times that
        connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(screens)]
    for n, thread in enumerate(threads):
        thread.start()
        time.sleep(0.15 if screens > 1 and n else 0)
    for thread in threads:
        thread.join()
    return sorted(times)[int(0.95 * len(times))]


PARTS: dict[str, Callable[..., dict[str, float]]] = {
    part.__name__: part for part in (make, raw, prepare, cost, account, fill, read)
}

if __name__ == "__main__":
    assert get_user_model() is not None and os.environ["CAUCE_HOME"]
    print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
