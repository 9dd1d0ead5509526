"""Looking after the service: keys, audit, retention, the restore drill."""

from __future__ import annotations

import json
import os
import socketserver
import subprocess
import sys
import threading
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from cauce.errors import RequestError
from cauce.policy.programme import State
from cauce.web import demonstration, service
from cauce.web.domain import (
    audit,
    authorisations,
    caps,
    clock,
    outbox,
    references,
    retention,
    rules,
    vault,
    watch,
)
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.interfaces.mail import send
from cauce.web.keyring import Keyring, Operator, beside, database, lag, mail, operator
from cauce.web.models import Case, Checkpoint, Draft, Event, Hold, Notice, PersonKey
from tests.web import factory
from tests.web.conftest import Travel, unguarded

_KEY = b64encode(b"k" * 32).decode()


@pytest.mark.django_db
def test_that_what_is_sealed_opens_in_its_own_place_only() -> None:
    key, other = vault.new_key(), vault.new_key()
    sealed = vault.seal(key, "case.snapshot.1", {"name": "Ana"})
    assert b"Ana" not in sealed
    assert vault.unseal(key, "case.snapshot.1", sealed) == {"name": "Ana"}
    for wrong_key, place in ((key, "case.snapshot.2"), (other, "case.snapshot.1")):
        with pytest.raises(NotFound):
            vault.unseal(wrong_key, place, sealed)


@pytest.mark.django_db
def test_that_a_destroyed_key_erases_what_was_told() -> None:
    key = vault.new_key()
    sealed = vault.seal(key, "x", "Ana")
    vault.destroy(key)
    with pytest.raises(NotFound, match="erased"):
        vault.unseal(PersonKey.objects.get(pk=key.pk), "x", sealed)


@pytest.mark.django_db
def test_that_keys_can_be_changed_to_the_end_without_sealing_anew(settings: Any) -> None:
    key, member = vault.new_key(), factory.staff("officer")
    sealed, ring = vault.seal(key, "x", "Ana"), settings.KEYRING
    both = {**ring.wrapping, 2: b"2" * 32}
    settings.KEYRING = Keyring(ring.secret, both, ring.index, ring.signing)
    assert service.rotate_keys() == (1, 1)
    settings.KEYRING = Keyring(ring.secret, {2: both[2]}, ring.index, ring.signing)  # the old one is gone
    assert vault.unseal(PersonKey.objects.get(pk=key.pk), "x", sealed) == "Ana"
    assert demonstration.code(member.user.username).isdigit()
    assert vault.rewrap() == 0


@pytest.mark.parametrize("typed", ["lower", "spaces", "look-alikes"])
def test_that_a_reference_is_read_however_it_is_typed(typed: str) -> None:
    proper = references.reference()
    forms = {
        "lower": proper.lower(),
        "spaces": proper.replace("-", " "),
        "look-alikes": proper.replace("0", "O").replace("1", "l"),
    }
    assert references.read(forms[typed]) == proper


def test_that_one_wrong_symbol_of_a_reference_is_always_noticed() -> None:
    proper = references.reference()
    for place, symbol in enumerate(proper):
        if symbol != "-":
            for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
                if other != symbol:
                    assert references.read(proper[:place] + other + proper[place + 1 :]) is None


@pytest.mark.django_db
def test_that_the_audit_notices_a_line_changed_or_missing() -> None:
    with transaction.atomic():
        for act in ("filed", "claimed", "decided"):
            audit.record("case-1", "ana", act, state="queued")
        audit.record("case-2", "ana", "filed")
    assert audit.verify().sound
    _touch("UPDATE web_event SET actor = 'berta' WHERE act = 'claimed'")
    assert audit.verify().broken == (("case-1", 2, "it was changed"),)
    _touch("DELETE FROM web_event WHERE act = 'claimed'")
    assert audit.verify().broken == (("case-1", 3, "line 2 is missing"),)


@pytest.mark.django_db
def test_that_a_whole_chain_made_anew_is_noticed_by_its_checkpoint() -> None:
    with transaction.atomic():
        audit.record("case-1", "ana", "filed")
    point = audit.checkpoint()
    assert point is not None and point.events == 1 and audit.checkpoint() is None
    _touch("DELETE FROM web_event")
    (fault,) = audit.verify().broken
    assert fault[0] == "checkpoint"


def _touch(sql: str) -> None:
    """Somebody with the database's own password at work."""
    with unguarded() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_that_an_act_is_not_written_down_outside_its_transaction() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record("case-1", "ana", "filed")


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["update", "delete"])
def test_that_the_database_refuses_to_change_the_audit(act: str) -> None:
    with transaction.atomic():
        audit.record("case-1", "ana", "filed")
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        Event.objects.update(actor="berta") if act == "update" else Event.objects.all().delete()


@pytest.mark.django_db
def test_that_drafts_outlive_their_days_by_nothing_and_two_people_let_them_go(travel: Travel) -> None:
    key = vault.new_key()
    Draft.objects.create(
        code_index="a",
        key=key,
        answers=b"",
        language="es",
        saved_at=clock.now(),
        expires_at=clock.now() + timedelta(60),
    )
    travel.on(days=59)
    assert retention.due()["draft"] == 0
    travel.on(days=1)
    ana, berta = factory.staff("steward"), factory.staff("auditor")
    with pytest.raises(NotFound):
        retention.propose(berta)
    purge = retention.propose(ana)
    assert purge.counts["draft"] == 1
    with pytest.raises(Stale, match="proposed already"):
        retention.propose(factory.staff("steward"))
    with pytest.raises(Refused, match="two people"):
        retention.release(purge, ana)
    with pytest.raises(NotFound):
        retention.release(purge, factory.staff("supervisor"))
    assert retention.release(purge, berta)["draft"] == 1
    with pytest.raises(Stale):
        retention.release(purge, berta)
    assert retention.propose(ana).pk != purge.pk  # what was released leaves room for the next
    assert not Draft.objects.exists()
    assert PersonKey.objects.get(pk=key.pk).wrapped is None


def test_that_every_row_of_the_retention_table_has_its_verbs_and_its_basis() -> None:
    rows = retention.table()
    assert {row.name for row in rows} == set(retention._DUE) == set(retention._ACT)
    assert all(row.days > 0 and row.basis for row in rows)


@pytest.mark.django_db(transaction=True)
def test_that_a_backup_restores_to_something_as_sound() -> None:
    window = caps.open_window("programme:x", 10)
    caps.take([window], "a", 3, "ana")
    with transaction.atomic():
        audit.record("case-1", "ana", "filed")
    vault.new_key()
    drill = service.restore_drill()
    assert drill.passed, drill
    assert drill.events == (1, 1)
    assert {finding["what"] for finding in drill.findings} == set(service.SOUND)


@pytest.mark.django_db
def test_that_a_counter_that_left_its_ledger_is_said(travel: Travel) -> None:
    window = caps.open_window("programme:x", 10)
    caps.take([window], "a", 3, "ana")
    assert {finding.what: finding.well for finding in watch.look()}["caps"]
    type(window).objects.filter(pk=window.pk).update(used=4)
    found = {finding.what: finding for finding in watch.look()}
    assert not found["caps"].well and "counter 4, ledger 3" in found["caps"].said


@pytest.mark.parametrize(
    ("address", "sslmode"),
    [
        ("postgresql://u:w@db.example.org/cauce", "verify-full"),
        ("postgresql://u:w@10.0.0.7:5432/cauce?sslrootcert=/etc/ca.pem", "verify-full"),
        ("postgresql://u:w@/cauce?host=db.example.org", "verify-full"),
        ("postgresql://u:w@db.example.org/cauce?sslmode=require", "require"),
        ("postgresql://u:w@localhost/cauce", None),
        ("postgresql://u:w@127.0.0.1/cauce", None),
        ("postgresql://u:w@/cauce?host=/run/postgresql", None),
        ("postgresql:///cauce", None),
    ],
)
def test_that_a_database_on_another_machine_is_asked_over_tls(address: str, sslmode: str | None) -> None:
    assert database(address, settings.HOME)["OPTIONS"].get("sslmode") == sslmode


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:a%40b%2Fc@db.example.org:5433/cauce?sslmode=verify-ca&sslrootcert=/etc/ca.pem",
        "postgresql://u:w@db.example.org/cauce?sslmode=disable",
        "postgresql://cauce@/postgres?host=/run/postgresql",
    ],
)
def test_that_a_copy_is_found_on_the_same_server_in_the_same_way(address: str) -> None:
    place = database(address, settings.HOME)
    assert database(beside(place, "copy"), settings.HOME) == {**place, "NAME": "copy"}


@pytest.mark.django_db
def test_that_events_nobody_signs_are_said(travel: Travel) -> None:
    with transaction.atomic():
        audit.record("case-1", "ana", "filed")
    travel.on(minutes=11)
    assert not {finding.what: finding.well for finding in watch.look()}["checkpoints"]
    audit.checkpoint()
    assert {finding.what: finding.well for finding in watch.look()}["checkpoints"]


def test_that_mistakes_in_the_environment_are_one_sentence(tmp_path: object) -> None:
    home = settings.HOME
    with pytest.raises(Exception, match="needs CAUCE_SECRET"):
        Keyring.of({}, home, demonstration=False)
    with pytest.raises(Exception, match="32 bytes in base64"):
        Keyring.of({"CAUCE_KEYS": "1:short"}, home, demonstration=True)
    with pytest.raises(Exception, match="no address of PostgreSQL"):
        database("mysql://x/y", home)
    with pytest.raises(Exception, match="does not say who operates"):
        operator("nowhere")
    with pytest.raises(Exception, match="true time"):
        lag("2022-12-12", home / "elsewhere", demonstration=False)
    with pytest.raises(Exception, match="no date"):
        lag("yesterday", home / "elsewhere", demonstration=True)
    there = Operator("Somebody", "post@example.org")
    with pytest.raises(RequestError, match="needs a server") as missing:
        mail(None, None, there)
    assert "CAUCE_MAIL" in missing.value.mend
    for wrong in ("post.example.org", "http://post.example.org", "smtp://", "smtp://host:many", "smtp://host/folder"):
        with pytest.raises(RequestError, match="no address of a mail server"):
            mail(wrong, None, there)
    with pytest.raises(RequestError, match="cannot send") as nobody:
        mail("smtp://host", None, Operator("Somebody", "Main Street 1"))
    assert "CAUCE_MAIL_FROM" in nobody.value.mend


@pytest.mark.parametrize("words", ["code ana", "audit-verify", "restore-drill", "rotate-keys", "lane --out lane"])
def test_that_a_command_before_the_service_began_is_one_sentence(words: str, tmp_path: Path) -> None:
    home = {**os.environ, "CAUCE_HOME": str(tmp_path / "home"), "DATABASE_URL": ""}
    home.pop("DJANGO_SETTINGS_MODULE", None)
    told = subprocess.run(
        [sys.executable, "-m", "cauce", "web", *words.split()], env=home, cwd=tmp_path, capture_output=True, text=True
    )
    assert told.returncode == 2 and "start the service once" in told.stderr, told.stderr
    assert "Traceback" not in told.stderr and told.stderr.count("\n") == 1


class _Post(socketserver.StreamRequestHandler):
    """A mail server that keeps what it is given."""

    def handle(self) -> None:
        taken: list[str] = self.server.taken  # type: ignore[attr-defined]
        self.wfile.write(b"220 here\r\n")
        inside = False
        for line in self.rfile:
            taken.append(line.decode().rstrip())
            if inside:
                inside = line != b".\r\n"
                if inside:
                    continue
            inside = line.upper().startswith(b"DATA")
            self.wfile.write(b"354 go on\r\n" if inside else b"250 good\r\n")
            if line.upper().startswith(b"QUIT"):
                return


@pytest.mark.django_db
def test_that_an_operated_service_sends_its_messages(settings: Any, tmp_path: Path) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), _Post) as server:
        server.taken = []  # type: ignore[attr-defined]
        turning = threading.Thread(target=server.serve_forever, daemon=True)
        turning.start()
        file = tmp_path / "operator"
        file.write_text("name: Somebody\ncontact: post@example.org\n")
        ring = {"CAUCE_SECRET": "s", "CAUCE_KEYS": f"1:{_KEY}", "CAUCE_INDEX_KEY": _KEY, "CAUCE_SIGNING_KEY": _KEY}
        address = f"smtp://127.0.0.1:{server.server_address[1]}"
        given = {**os.environ, **ring, "CAUCE_HOME": str(tmp_path), "CAUCE_OPERATOR": str(file), "CAUCE_MAIL": address}
        asked = "import json, cauce.web.settings as s; print(json.dumps({n: getattr(s, n) for n in dir(s) if n in " + (
            "('EMAIL_BACKEND', 'EMAIL_HOST', 'EMAIL_PORT', 'EMAIL_USE_TLS', 'EMAIL_USE_SSL', 'DEFAULT_FROM_EMAIL')}))"
        )
        said = subprocess.run([sys.executable, "-c", asked], env=given, capture_output=True, check=True, text=True)
        for name, value in json.loads(said.stdout).items():
            setattr(settings, name, value)
        outbox.write("reminder", "ana@example.org", vault.new_key(), "en")
        assert outbox.send_due(send) == (1, 0)
        server.shutdown()
        turning.join()
    assert "rcpt TO:<ana@example.org>" in server.taken  # type: ignore[attr-defined]
    assert "From: post@example.org" in server.taken  # type: ignore[attr-defined]
    without = {name: value for name, value in given.items() if name != "CAUCE_MAIL"}
    refused = subprocess.run([sys.executable, "-c", asked], env=without, capture_output=True, check=False, text=True)
    assert "an operated service needs a server for its messages" in refused.stderr


@pytest.mark.parametrize(("way", "port"), [("smtp", 25), ("starttls", 587), ("smtps", 465)])
def test_that_a_mail_server_is_read_from_its_address(way: str, port: int) -> None:
    there = Operator("Somebody", "post@example.org")
    found = mail(f"{way}://ana%40x:s%2Fw@localhost", "from@example.org", there)
    assert (found.host, found.port, found.way) == ("localhost", port, way)
    assert (found.user, found.word, found.sender) == ("ana@x", "s/w", "from@example.org")
    assert mail(f"{way}://h:99", None, there).port == 99
    assert not mail(f"{way}://h", None, None).host


def test_that_no_password_crosses_a_network_in_the_clear() -> None:
    there = Operator("Somebody", "post@example.org")
    for wrong in ("smtp://ana:word@post.example.org", "smtp://ana@10.0.0.7:587", "smtp://:word@[2001:db8::1]"):
        with pytest.raises(RequestError, match="password in the clear") as refused:
            mail(wrong, None, there)
        assert "word@" not in str(refused.value) and "starttls://" in refused.value.mend
    for host in ("localhost", "127.0.0.1", "127.9.9.9", "[::1]"):
        assert mail(f"smtp://ana:word@{host}", None, there).user == "ana"
    assert mail("smtp://post.example.org", None, there).way == "smtp"  # nothing secret to lose


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hosts", "well", "said"),
    [
        ([], False, "set CAUCE_HOSTS"), (["example.org", "localhost"], False, "localhost"), (["*"], False, "*"),
        (["example.org", "testserver"], False, "testserver"), (["example.org"], True, "example.org"),
    ],
)  # fmt: skip
def test_that_an_operated_service_serves_its_own_names_alone(
    settings: Any, hosts: list[str], well: bool, said: str
) -> None:
    settings.DEMONSTRATION, settings.ALLOWED_HOSTS = False, hosts
    (finding,) = [finding for finding in watch.look() if finding.what == "hosts"]
    assert finding.well is well and said in finding.said


def test_that_names_of_any_machine_are_those_of_a_demonstration(tmp_path: Path) -> None:
    file = tmp_path / "operator"
    file.write_text("name: Somebody\ncontact: post@example.org\n")
    ring = {"CAUCE_SECRET": "s", "CAUCE_KEYS": f"1:{_KEY}", "CAUCE_INDEX_KEY": _KEY, "CAUCE_SIGNING_KEY": _KEY}
    shown = {**os.environ, "CAUCE_HOME": str(tmp_path), "CAUCE_HOSTS": "example.org, example.net"}
    operated = {**shown, **ring, "CAUCE_OPERATOR": str(file), "CAUCE_MAIL": "smtp://localhost"}
    code = "import cauce.web.settings as s; print(*s.ALLOWED_HOSTS)"
    said = [
        subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, check=True, text=True).stdout
        for given in (shown, operated)
    ]
    assert [names.split() for names in said] == [
        ["localhost", "127.0.0.1", "[::1]", "testserver", "example.org", "example.net"],
        ["example.org", "example.net"],
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "damaged", [{"wrapped": None}, {"wrapped": b"\0\1short"}, {"contact": b""}, {"contact": b"x" * 40}]
)
def test_that_a_case_that_cannot_be_read_is_named_and_keeps_no_other_waiting(
    travel: Travel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, damaged: dict[str, bytes | None]
) -> None:
    monkeypatch.setattr(authorisations, "BATCH", 2)
    for _ in range(5):
        factory.authorised({})
    travel.on(days=91)
    lost = Case.objects.order_by("pk")[1]
    for what, now in damaged.items():
        found = PersonKey.objects.filter(pk=lost.key_id) if what == "wrapped" else Case.objects.filter(pk=lost.pk)
        found.update(**{what: now})
    assert authorisations.expire() == 4
    assert [authorisations.expire() for _round in range(3)] == [0, 0, 0]
    assert [case.reference for case in Case.objects.filter(state=State.AUTHORISED.value)] == [lost.reference]
    assert [record.args for record in caplog.records] == [(lost.reference, "NotFound")]
    assert Event.objects.filter(act="ran-out").count() == 4
    assert [event.subject for event in Event.objects.filter(act=authorisations.NOT_ENDED)] == [lost.reference]
    (finding,) = [finding for finding in watch.look() if finding.what == "applications"]
    assert not finding.well and finding.said.startswith("1 could not be ended")


@pytest.mark.django_db
def test_that_one_job_that_fails_keeps_no_other_waiting_and_the_worker_goes_on(
    travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = caps.open_window("beds:casa:any:2022-12-12", 5)
    caps.take([window], "party", 2, "test", expires_at=clock.now())
    with transaction.atomic():
        audit.record("subject", "test", "act")
    outbox.write("reminder", "ana@example.org", vault.new_key(), "en")

    def unread(*_given: object) -> None:
        raise NotFound("there is no such key", mend="give it back")

    def broken() -> None:
        raise DatabaseError("a row is not what it should be\nDETAIL: Ana")

    monkeypatch.setattr(authorisations, "expire", broken)
    monkeypatch.setattr(rules, "programme", unread)
    said: list[str] = []
    service.work(once=True, say=said.append)
    assert said == [
        "sent 1, holds run out 1", "papers: a row is not what it should be",
        "line: there is no such key; give it back.",
    ]  # fmt: skip
    assert not Hold.objects.exists() and Notice.objects.get().sent_at and Checkpoint.objects.exists()


@pytest.mark.parametrize("first", ["the worker", "the server of the pages"])
def test_that_it_is_said_which_process_stopped_and_none_is_left(first: str) -> None:
    def running(name: str) -> subprocess.Popen[bytes]:
        work = "raise SystemExit(3)" if name == first else "import time; time.sleep(60)"
        return subprocess.Popen([sys.executable, "-c", work])

    both = {name: running(name) for name in ("the server of the pages", "the worker")}
    with pytest.raises(RequestError, match=first) as fault:
        service._watch(both)
    assert "(with 3)" in fault.value.cause and fault.value.cause.count("with") == 1
    assert all(process.poll() is not None for process in both.values())
