"""Sites of an operated service, made at its own machine; and the exact counts that leave the board there."""

from __future__ import annotations

import stat
from datetime import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cauce.cli import app
from cauce.web import service
from cauce.web.domain import census, sites
from cauce.web.domain.faults import Refused
from cauce.web.models import Event, Site
from tests.web.custody_fixtures import adult, family, site, staff

pytestmark = pytest.mark.django_db
WHOLE = sites.Given(name="Casa", kind="shelter", zone="America/Denver", latest_intake=time(22))


def test_that_a_site_is_made_and_changed_by_one_command_and_the_audit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "prepare", lambda: None)
    runner = CliRunner()
    made = "web site north --name North --kind centre --zone America/Denver --rated 150 --surge 200 --public"
    assert runner.invoke(app, made.split()).exit_code == 0
    changed = runner.invoke(
        app, ["web", "site", "north", "--surge", "260", "--rated", "150", "--releases-until", "19:30"]
    )
    assert "surge, releases_until written down" in changed.output
    assert "nothing was changed" in runner.invoke(app, ["web", "site", "north"]).output
    north = Site.objects.get()
    assert (north.name, north.kind, north.rated, north.surge, north.public) == ("North", "centre", 150, 260, True)
    assert (north.releases_until, north.latest_intake) == (time(19, 30), None)
    lines = Event.objects.filter(subject="site:north", act="site-kept").order_by("pk")
    assert [(line.actor, line.details["changed"].get("surge")) for line in lines] == [
        ("command-line", "200"), ("command-line", "260"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "given", "cause"),
    [
        ("new", {"name": None}, "a name, a kind and a zone"), ("new", {"kind": None}, "a name, a kind and a zone"),
        ("new", {"zone": None}, "a name, a kind and a zone"), ("new", {"kind": "jail"}, "centre or a shelter"),
        ("new", {"zone": "Nowhere/Here"}, "no such zone"), ("new", {"zone": "../zone"}, "no such zone"),
        ("no code", {}, "cannot be a code"), ("new", {"name": " "}, "has a name"), ("new", {"rated": -1}, "no places"),
        ("new", {"rated": 20, "surge": 10}, "at least what it is rated"),
        ("new", {"releases_from": time(21)}, "from an hour until a later one"),
        ("casa", {"kind": "centre"}, "stays what it is"),
    ],
)  # fmt: skip
def test_that_a_site_that_cannot_be_is_refused(code: str, given: dict[str, object], cause: str) -> None:
    sites.keep("casa", WHOLE)
    with pytest.raises(Refused, match=cause):
        sites.keep(code, sites.Given(**{**vars(WHOLE), **given}))  # type: ignore[arg-type]
    assert Site.objects.get().kind == "shelter" and Event.objects.filter(act="site-kept").count() == 1


def test_that_who_counts_the_board_by_hand_stands_in_the_audit_and_nobody_else_reads_the_files(tmp_path: Path) -> None:
    here = site()
    lead = staff("centre-lead", here)
    adult(here, lead)
    family(here, lead, 3)
    old = tmp_path / "census.csv"
    old.write_text("of before")
    old.chmod(0o644)
    service.count_lane(tmp_path)
    for name in ("census.csv", "lane.csv"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name
    assert old.read_text() == census.as_csv(census.rows())
    taken = Event.objects.get(act="census-taken")
    assert (taken.actor, taken.details) == ("command-line", {"persons": 4})
    assert Event.objects.get(act="lane-taken").actor == "command-line"
