"""The whole border: nine sectors joined by laterals, each party in the sector that its nationality's shares give."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cauce.border import Border
from cauce.errors import DocumentError
from cauce.model.process import Process, Wider, within
from cauce.model.simulate import Run, simulate
from cauce.policy.scenario import Scenario
from cauce.runs.crowd import Census, Gates, Prepared, prepare
from cauce.runs.study import Study

TINY = Path(__file__).parents[2] / "tiny"
NEWEST_TWELVE = date(2021, 11, 1), date(2022, 10, 1)  # what was out on 1 December 2022


@pytest.fixture(scope="module")
def study() -> Study:
    """Sixty days of the year, so that the test is quick."""
    border = Border.open()
    scenario = Scenario.read(border, "border-2023").with_changes(days=60)
    return Study.make(border, scenario, Census.read(border.root / "scenarios" / scenario.census, border), None)


@pytest.fixture(scope="module")
def ready(study: Study) -> Prepared:
    return study.prepare(study.decided(0, 0), 0, study.crowd(0), study.drawn(0))


@pytest.fixture(scope="module")
def run(study: Study, ready: Prepared) -> Run:
    return simulate(ready.assembled, ready.parties, study.people_key(0))


def test_that_people_are_conserved_over_nine_sectors(study: Study, run: Run):
    assert len(study.layout.process.gates) == 9
    assert run.persons["arrived"] + run.persons["warm"] == run.persons["exited"] + run.persons["inside"]


def test_that_the_sectors_share_out_the_whole_crowd(study: Study, ready: Prepared, run: Run):
    """The first attempts of all sectors are those that would all come to one place without shares."""
    people = study.crowd(0)
    everybody = np.ones(people.key.size, np.bool_)
    nobody = ready.parties._replace(**{f: c[:0] for f, c in ready.parties._asdict().items()})
    one, nine = (
        prepare(ready.assembled, people, everybody, nobody, nobody, gates).parties for gates in (None, study.gates)
    )
    assert np.array_equal(one.key, nine.key) and np.unique(one.station).size == 1
    by_gate = [int(nine.size[nine.station == g].sum()) for g in study.gates.station]
    assert sum(by_gate) == one.size.sum() > 0 and min(by_gate) > 0
    came = [int(ready.parties.size[(ready.parties.station == g) & (ready.parties.held < 0)].sum())
            for g in study.gates.station]  # fmt: skip
    met = [run.counts.entries[g].sum() for g in study.gates.station]
    assert all(m >= c for m, c in zip(met, came, strict=True))  # and the repeats that the kernel makes
    assert run.counts.first.sum() == came[0]


def test_that_shares_are_those_of_the_newest_year():
    """Of the table by hand: every nationality's encounters by sector, November 2021 to October 2022."""
    study = Study.of(Border.open(), "border-2023")
    table = pl.read_csv(
        study.border.reference("sector_encounters.csv"), comment_prefix="#", try_parse_dates=True
    ).filter(pl.col("month").is_between(*NEWEST_TWELVE))
    row = [n for n, _ in study.layout.classes].index("VEN")
    mine = table.filter(pl.col("nationality") == "VEN")
    for number, (sector, _) in enumerate(study.layout.process.gates):
        expected = mine.filter(pl.col("sector") == sector)["encounters"].sum() / mine["encounters"].sum()
        assert study.gates.share[row, number] == pytest.approx(expected)


def test_that_people_come_where_their_shares_say(study: Study):
    """Each party by its own uniform: counts within four standard deviations of the binomial, families as one."""
    people, gates = study.crowd(0), study.gates
    entered = gates.entered(people.corridor, people.key)
    checked = 0
    for corridor in np.unique(people.corridor):
        mine = people.corridor == corridor
        for gate, station in enumerate(gates.station):
            p, n = gates.share[corridor, gate], int(mine.sum())
            if n * p * (1 - p) > 25:  # where the normal law is near
                z = ((entered[mine] == station).sum() - n * p) / (n * p * (1 - p)) ** 0.5
                assert abs(z) < 4, (study.layout.classes[corridor], gate)
                checked += 1
    assert checked > 100
    total = np.array([(entered == s).sum() for s in gates.station])
    p = gates.share[people.corridor]
    z = (total - p.sum(axis=0)) / np.sqrt((p * (1 - p)).sum(axis=0))
    assert (np.abs(z) < 4).all()


def test_that_a_party_comes_to_its_sector_under_every_policy(study: Study):
    people = study.crowd(0)
    few = np.arange(0, people.key.size, 7)
    alone = study.gates.entered(people.corridor[few], people.key[few])
    assert np.array_equal(alone, study.gates.entered(people.corridor, people.key)[few])


def test_that_no_place_holds_more_than_its_capacity(study: Study, ready: Prepared, run: Run):
    capacity = ready.assembled.network.site_capacity
    checked = 0
    for name, held, most in zip(study.layout.sites, run.counts.sites, capacity, strict=True):
        if name == "cpc" or name.startswith("custody-"):
            assert held.sum(axis=1).max() <= most
            checked += held.sum(axis=1).max() > most / 2
    assert checked > 4, "no place came near its capacity, so the test shows little"


def test_that_the_nine_are_joined(study: Study, run: Run):
    """The tables lead from each of the nine to another and to each from another, and people are moved."""
    routes = [r for r in study.border.routes if r["station"].startswith("lateral-")]
    sectors = {sector for sector, _ in study.layout.process.gates}

    def sector_of(station: str) -> str:
        return next((s for s in sectors if station.endswith(s)), "el-paso")

    joined = {(sector_of(r["station"]), sector_of(r["to"])) for r in routes}
    assert {a for a, _ in joined} == sectors == {b for _, b in joined}
    moved = run.counts.boarded[run.counts.boarded > 0].sum()
    assert moved > 0


def test_that_border_wide_outcomes_are_the_sum_of_sectors(study: Study, run: Run):
    row = {o.id: run.daily[n] for n, o in enumerate(study.outcomes)}
    for kind in ("encounters", "custody"):
        parts = [v for k, v in row.items() if k == kind or (k.startswith(f"{kind}_") and k != f"{kind}_border")]
        assert len(parts) == 9
        assert np.array_equal(np.sum(parts, axis=0), row[f"{kind}_border"])
    assert (row["children_over_72h"] <= row["over_72h"]).all()


def test_that_the_eight_are_said_to_be_uncalibrated(study: Study):
    notes = study.layout.process.doubtful
    assert "not calibrated" in notes[0].en and "No están calibrados" in notes[0].es


def test_that_nothing_known_later_changes_who_comes_where(tmp_path: Path):
    """The poisoned future: garbage in every month that was not out on the scenario's day."""
    honest = Border.open()
    root = tmp_path / "poisoned"
    shutil.copytree(honest.root, root)
    path = root / "reference" / "sector_encounters.csv"
    lines = path.read_text().splitlines()
    poisoned = [f"{x.rpartition(',')[0]},987654" if "2022-11" <= x[:7] <= "2023-12" else x for x in lines]
    assert sum(a != b for a, b in zip(lines, poisoned, strict=True)) > 100
    path.write_text("\n".join(poisoned) + "\n")
    one, two = (Study.of(border, "border-2023").gates for border in (honest, Border.open(root)))
    assert np.array_equal(one.share, two.share)


# --- documents that extend another, on the invented border


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


EXTENSION = """\
id: wide
extends: network.yaml
encounter: {near: encounter, far: encounter-far}
template:
  for: sector
  in: {far: {en: Far, es: Lejos}}
  stations:
    - {id: "encounter-{sector}", kind: delay, new_attempt: true, to: "out-{sector}"}
    - {id: "out-{sector}", kind: exit}
  outcomes:
    - {id: "met_{sector}", name: {en: "Met, {name}", es: "Hallados, {name}"}, unit: person,
       kind: flow, group: sectors, entries: ["encounter-{sector}"]}
"""


def _wide(root: Path, text: str) -> Process:
    (root / "wide.yaml").write_text(text)
    return Process.read(within(Border.open(root), "wide.yaml"))


def test_that_an_extension_that_adds_nothing_changes_no_number(tiny: Path):
    (tiny / "wide.yaml").write_text("id: wide\nextends: network.yaml\n")
    scenario = tiny / "scenarios" / "wide.yaml"
    text = (tiny / "scenarios" / "spring.yaml").read_text()
    scenario.write_text(text.replace("id: spring", "id: wide\nnetwork: wide.yaml"))
    border = Border.open(tiny)
    assert np.array_equal(Study.of(border, "wide").simulate(0), Study.of(border, "spring").simulate(0))


def test_that_places_and_people_of_another_document_change_no_luck(tiny: Path):
    """The sector `far` is there and nobody comes to it: the near one's numbers stay."""
    _wide(tiny, EXTENSION)
    text = (tiny / "scenarios" / "spring.yaml").read_text()
    (tiny / "scenarios" / "wide.yaml").write_text(text.replace("id: spring", "id: wide\nnetwork: wide.yaml"))
    border = Border.open(tiny)
    wide, plain = Study.of(border, "wide").simulate(0), Study.of(border, "spring").simulate(0)
    assert np.array_equal(wide[:, : plain.shape[1]], plain)
    assert wide.shape[1] == plain.shape[1] + 1 and not wide[:, -1].any()


def test_that_a_template_fills_in_codes_and_names(tiny: Path):
    process = _wide(tiny, EXTENSION)
    assert process.encounter == "encounter"
    assert process.gates == (("near", "encounter"), ("far", "encounter-far"))
    assert process.station("encounter-far").targets == ("out-far",)
    told = process.outcomes[-1]
    assert (told.id, told.name.en, told.name.es) == ("met_far", "Met, Far", "Hallados, Lejos")


def test_that_what_an_extension_says_again_stands_instead(tiny: Path):
    plain = Process.read(Border.open(tiny))
    process = _wide(tiny, "id: wide\nextends: network.yaml\nstations:\n  - {id: gone, kind: exit, stage: away}\n")
    assert [s.id for s in process.stations] == [s.id for s in plain.stations]
    assert process.station("gone").stage == "away"


@pytest.mark.parametrize(
    ("wrong", "right", "told", "line"),
    [
        ('to: "out-{sector}"}', 'to: "oot-{sector}"}', "leads to 'oot-far', which is not a station", 8),
        ('{id: "out-{sector}", kind: exit}', '{id: "encounter-{sector}", kind: exit}', "stands twice", 8),
        ('kind: delay, new_attempt', 'kind: delai, new_attempt', "delai", 8),
        ('entries: ["encounter-{sector}"]', 'entries: ["encounter-{sektor}"]', "which is not a station", 11),
        ("far: encounter-far}", "far: encounter-fra}", "'encounter-fra' is not a station", 3),
        ("extends: network.yaml", "extends: wide.yaml", "itself extends", 2),
        ("  for: sector", "  over: sector", "'template.over' is not a field here", 5),
        ("in: {far: {en: Far, es: Lejos}}", "in: {}", "template.in", 6),
    ],
)  # fmt: skip
def test_that_mistakes_in_a_template_are_told_with_their_line(tiny: Path, wrong: str, right: str, told: str, line: int):
    assert wrong in EXTENSION
    with pytest.raises(DocumentError) as caught:
        _wide(tiny, EXTENSION.replace(wrong, right))
    assert told in str(caught.value)
    assert f"wide.yaml, line {line}:" in str(caught.value)


def test_that_a_mistake_in_the_extended_document_is_told_there(tiny: Path):
    path = tiny / "network.yaml"
    path.write_text(path.read_text().replace("to: triage}", "to: traige}", 1))
    with pytest.raises(DocumentError, match=r"network\.yaml, line 16: .*'traige'"):
        _wide(tiny, EXTENSION)


def test_that_a_sector_without_a_place_to_enter_is_told(study: Study):
    stray = pl.DataFrame(
        {"month": [date(2022, 10, 1)], "sector": ["atlantis"], "nationality": ["VEN"], "encounters": [5]}
    )
    with pytest.raises(DocumentError, match="'atlantis', where the network has no place to enter"):
        Gates.of(study.layout, stray)


@pytest.mark.parametrize("field", ["network", "encounters", "sectors"])
def test_that_a_scenario_that_names_no_file_is_told(tiny: Path, field: str):
    path = tiny / "scenarios" / "spring.yaml"
    path.write_text(path.read_text() + f"{field}: nothing.csv\n")
    with pytest.raises(DocumentError, match=rf"line \d+: {field} is 'nothing.csv'"):
        Scenario.read(Border.open(tiny), "spring")


def test_that_a_border_is_itself_within_its_first_network():
    border = Border.open(TINY)
    assert within(border, "network.yaml") is border
    assert isinstance(within(border, "other.yaml"), Wider)
