"""The roles of the database: the service works as `app`, and each role is refused what is not its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cauce.terms import SMALL_CELL
from tests.web import cluster

POSTGRESQL = os.environ.get("CAUCE_TEST_DATABASE") == "postgresql"
JOURNEY = """
import django; django.setup()
from django.test import Client
from cauce.policy.programme import State
from cauce.web import service
from cauce.web.domain import arrivals, audit, caps, carriers, erasures, grants, pauses, reissues, retention, watch
from cauce.web.models import Authorisation, Case, Window
from tests.web import factory

assert not grants.owns()
service.prepare()  # nothing is left to be made
browser = Client(headers={"host": "localhost"})
assert browser.post("/apply").status_code == 200
two = factory.staff("supervisor"), factory.staff("supervisor")
port, officer = factory.staff("port"), factory.staff("officer")
papers = factory.authorised({}, {})  # filed, supported, confirmed, held under the cap, issued
case = papers[0].member.case
new = reissues.reissue(papers[0], officer, case.version, "lost")
assert carriers.check(carriers.code(new)) == "valid"
pauses.second(pauses.propose("file", "a reason", two[0]), two[1])
window = Window.objects.get(pool__startswith="programme:")
caps.approve(caps.propose(window, window.cap - 1, "a notice", two[0]), two[1])
for paper in (new, papers[1]):
    arrivals.arrive(Authorisation.objects.get(pk=paper.pk), port, port="MIA", flight="AA123")
assert Case.objects.get(pk=case.pk).state == State.PAROLED
stewards = factory.staff("steward"), factory.staff("steward")
erasures.agree(erasures.propose(case.reference, "asked", stewards[0]), stewards[1])
retention.release(retention.propose(stewards[0]), stewards[1])
signed_in = factory.sign_in(browser, two[0])
assert signed_in.get("/staff/programme/").status_code == 200
said = []
service.work(once=True, say=said.append)
assert not any(":" in line for line in said), said  # no job was refused anything
service.rotate_keys()
wrong = [finding for finding in watch.look() if not finding.well]
assert not wrong and audit.verify().sound, wrong
print("well")
"""
BOARD = """
import django; django.setup()
from tests.web.pages import World
World()
print("well")
"""


def test_that_sqlite_says_that_it_has_no_roles(tmp_path: Path) -> None:
    done = _cauce(tmp_path, "", "roles")
    assert done.returncode == 2 and "sqlite has no roles" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def _environment(home: Path, address: str) -> dict[str, str]:
    here = str(Path(__file__).parents[2])
    own = {"CAUCE_HOME": str(home), "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "cauce.web.settings"}
    return {**os.environ, **own, "PYTHONPATH": os.pathsep.join((here, f"{here}/src")), "CAUCE_SHOWN_ON": "2022-12-12"}


def _cauce(home: Path, address: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cauce", "web", *words]
    return subprocess.run(command, env=_environment(home, address), capture_output=True, text=True, check=False)


if POSTGRESQL:
    import psycopg
    from psycopg import errors

    USERS = {"app": "serves", "planner": "plans"}

    @pytest.fixture(scope="module")
    def addresses() -> Iterator[tuple[Path, dict[str, str]]]:
        """A database whose owner has granted, and one who signs in for each role."""
        with tempfile.TemporaryDirectory(prefix="cauce-grants-") as name, cluster.start(Path(name)) as owner:
            home = Path(name) / "home"
            for _again in range(2):  # saying it twice is saying it once
                done = _cauce(home, owner, "roles", "--apply")
                assert done.returncode == 0, done.stderr
            with psycopg.connect(owner, autocommit=True) as database:
                for role, user in USERS.items():
                    database.execute(f"CREATE ROLE {user} LOGIN IN ROLE cauce_{role}")
            as_user = {role: owner.replace("//cauce@", f"//{user}@") for role, user in USERS.items()}
            yield home, {"owner": owner, **as_user}

    def asked(address: str, line: str) -> list[Any]:
        with psycopg.connect(address) as database:
            found = database.execute(line)
            return found.fetchall() if found.description else []

    def test_that_the_service_works_as_app(addresses: tuple[Path, dict[str, str]]) -> None:
        home, address = addresses
        for script in (BOARD, JOURNEY):
            done = subprocess.run(
                [sys.executable, "-c", script], env=_environment(home, address["app"]),
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0 and "well" in done.stdout, done.stderr[-3000:]

    ADDED = ("web_event", "web_checkpoint", "web_entry", "web_movement")

    @pytest.mark.parametrize("line", [
        *(f"UPDATE {table} SET id = id" for table in ADDED), *(f"DELETE FROM {table}" for table in ADDED),
        *(f"TRUNCATE {table}" for table in ADDED), "DELETE FROM web_case", "DELETE FROM web_authorisation",
        "DELETE FROM web_personkey", "DELETE FROM web_decision", "DELETE FROM web_window", "TRUNCATE web_hold",
        "ALTER TABLE web_event DISABLE TRIGGER ALL", "DROP TRIGGER web_event_kept ON web_event", "DROP TABLE web_event",
        "SET session_replication_role = 'replica'", "CREATE TABLE mine (n integer)",
        "CREATE OR REPLACE FUNCTION web_added_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "DELETE FROM django_migrations", "SELECT * FROM planning.applications", "SET ROLE cauce",
    ])  # fmt: skip
    def test_that_app_is_refused_what_is_the_owners(addresses: tuple[Path, dict[str, str]], line: str) -> None:
        with pytest.raises(errors.InsufficientPrivilege):
            asked(addresses[1]["app"], line)

    @pytest.mark.parametrize("line", [
        "SELECT count(*) FROM public.web_case", "SELECT told FROM public.web_member", "SELECT * FROM public.web_event",
        "SELECT * FROM public.web_held", "SELECT * FROM public.auth_user",
        "INSERT INTO public.web_tally VALUES (1, 'a', 1, 1)",
        "UPDATE public.web_window SET cap = 1", "CREATE VIEW planning.mine AS SELECT 1",
        "UPDATE planning.caps SET cap = 1",
    ])  # fmt: skip
    def test_that_the_planner_is_refused_every_table(addresses: tuple[Path, dict[str, str]], line: str) -> None:
        with pytest.raises(errors.InsufficientPrivilege):
            asked(addresses[1]["planner"], line)

    def test_that_the_planner_reads_counts_and_no_small_ones(addresses: tuple[Path, dict[str, str]]) -> None:
        address = addresses[1]
        digits = "substr(md5(n::text || random()::text), 1, 20)"
        for state, number in (("planned-few", SMALL_CELL - 1), ("planned-many", SMALL_CELL)):
            asked(
                address["owner"],
                f"""
                WITH key AS (INSERT INTO web_personkey (id, made_at) VALUES (gen_random_uuid(), now()) RETURNING id)
                INSERT INTO web_case (id, reference, programme, state, version, persons, together, language, key_id,
                  snapshot, snapshot_digest, contact, contact_index, resume_index, idempotency, filed_at, moved_at)
                SELECT gen_random_uuid(), {digits}, 'x', '{state}', 0, 1, true, 'es', key.id, '', '', '', '',
                  {digits}, {digits}, now(), now() FROM key, generate_series(1, {number}) n""",
            )
        found = asked(address["planner"], "SELECT state, persons FROM planning.applications WHERE programme = 'x'")
        assert dict(found) == {"planned-few": None, "planned-many": SMALL_CELL}
        for label, number in (("few", SMALL_CELL - 1), ("many", SMALL_CELL)):
            columns = "pool, label, cap, wanted, used, opened_at"
            values = f"'programme:x', '{label}', 50, 50, {number}, now()"
            asked(address["owner"], f"INSERT INTO web_window ({columns}) VALUES ({values})")
        found = asked(address["planner"], "SELECT label, used FROM planning.caps WHERE pool = 'programme:x'")
        assert dict(found) == {"few": None, "many": SMALL_CELL}
        asked(address["planner"], "SELECT * FROM planning.inside")

    def test_that_the_triggers_bind_the_owner_too(addresses: tuple[Path, dict[str, str]]) -> None:
        with pytest.raises(errors.RaiseException, match="only ever added"):
            asked(addresses[1]["owner"], "TRUNCATE web_event")

    def test_that_every_table_with_the_trigger_is_among_those_only_added_to(
        addresses: tuple[Path, dict[str, str]],
    ) -> None:
        from cauce.web.domain import grants

        found = asked(
            addresses[1]["owner"], "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_kept'"
        )
        assert {table for (table,) in found} == grants.ADDED_ONLY == set(ADDED)
        there = {table for (table,) in asked(addresses[1]["owner"], "SELECT tablename FROM pg_tables")}
        assert there >= grants.REMOVED_FROM | grants.READ_ONLY

    def test_that_a_table_not_granted_yet_is_one_sentence(addresses: tuple[Path, dict[str, str]]) -> None:
        home, address = addresses
        asked(address["owner"], "REVOKE SELECT ON web_window FROM cauce_app")
        done = _cauce(home, address["app"], "check")
        assert done.returncode == 2 and "roles --apply" in done.stderr + done.stdout and "Traceback" not in done.stderr
        assert _cauce(home, address["owner"], "roles", "--apply").returncode == 0
        assert "WRONG  tables" not in _cauce(home, address["app"], "check").stdout
        assert "see `cauce web roles`" in _cauce(home, address["owner"], "check").stdout
        assert "see `cauce web roles`" not in _cauce(home, address["app"], "check").stdout
