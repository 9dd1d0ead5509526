"""What is let go when its days are over, and that nothing of it is left."""

from __future__ import annotations

import pytest

from cauce.web.domain import arrivals, clock, filing, releases, retention, vault
from cauce.web.domain.faults import NotFound
from cauce.web.models import Case, Notice, PersonKey, Release
from tests.web import factory
from tests.web.conftest import Travel
from tests.web.custody_fixtures import adult, site, staff
from tests.web.test_leaving import WHOLE


def let_go() -> dict[str, int]:
    """Two stewards let go of what is due."""
    return retention.release(retention.propose(factory.staff("steward")), factory.staff("steward"))


@pytest.mark.django_db
def test_that_who_arrived_is_forgotten_two_years_after(travel: Travel) -> None:
    (paper,) = factory.authorised()
    arrivals.arrive(paper, factory.staff("port"), port="MIA", flight="AA123")
    travel.on(days=729)
    assert retention.due()["case"] == 0
    retention.may_go(Case.objects.get())  # earlier only if somebody asks
    travel.on(days=1)
    assert retention.due()["case"] == 1
    assert let_go()["case"] == 1
    with pytest.raises(NotFound, match="erased"):
        filing.answers(Case.objects.select_related("key").get())
    assert retention.due()["case"] == 0


@pytest.mark.django_db
def test_that_of_a_release_and_its_reminder_only_the_day_is_left(travel: Travel) -> None:
    here = site()
    lead = staff("centre-lead", here)
    held = adult(here, lead, "waiting-exit")
    releases.prepare(lead, held, releases.Package(**{**vars(WHOLE), "reminders": True}))
    releases.confirm(lead, held, held.version)
    key = Notice.objects.get().key_id
    Notice.objects.update(sent_at=clock.now())
    travel.on(days=40)
    let_go()
    release = Release.objects.get()
    assert release.done_at is not None
    assert {name: getattr(release, name) for name in retention.LET_GO} == retention.LET_GO
    assert not Notice.objects.exists()
    with pytest.raises(NotFound, match="erased"):
        vault.opens(PersonKey.objects.get(pk=key))
    assert retention.due()["release"] == 0
