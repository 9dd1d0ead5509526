"""Looking after the service: keys, audit, retention, the restore drill."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from cauce.web import service
from cauce.web.domain import audit, caps, clock, references, retention, vault, watch
from cauce.web.domain.faults import NotFound, Refused, Stale
from cauce.web.keyring import Keyring, database, lag, operator
from cauce.web.models import Draft, Event, PersonKey
from tests.web.conftest import Travel


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
def test_that_keys_can_be_changed_without_sealing_anew(settings: object) -> None:
    key = vault.new_key()
    sealed, ring = vault.seal(key, "x", "Ana"), settings.KEYRING  # type: ignore[attr-defined]
    both = {**ring.wrapping, 2: b"2" * 32}
    settings.KEYRING = Keyring(ring.secret, both, ring.index, ring.signing)  # type: ignore[attr-defined]
    assert vault.rewrap() == 1
    settings.KEYRING = Keyring(ring.secret, {2: both[2]}, ring.index, ring.signing)  # type: ignore[attr-defined]
    assert vault.unseal(PersonKey.objects.get(pk=key.pk), "x", sealed) == "Ana"
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
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
            cursor.execute(sql)
            cursor.execute("SET LOCAL session_replication_role = 'origin'")
        else:
            cursor.execute("INSERT INTO web_purgepermit (given_at) VALUES ('2022-12-01')")
            cursor.execute(sql)
            cursor.execute("DELETE FROM web_purgepermit")


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
    purge = retention.propose("ana")
    assert purge.counts["draft"] == 1
    with pytest.raises(Refused, match="two people"):
        retention.release(purge, "ana")
    assert retention.release(purge, "berta")["draft"] == 1
    with pytest.raises(Stale):
        retention.release(purge, "carla")
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
