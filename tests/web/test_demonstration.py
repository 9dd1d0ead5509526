"""What a demonstration begins with."""

from __future__ import annotations

import pytest

from cauce.errors import RequestError
from cauce.web import demonstration
from cauce.web.domain import audit, caps
from cauce.web.models import Case, Held, Staff


@pytest.mark.django_db
def test_that_a_demonstration_begins_with_somebody_at_every_step_and_every_sum_agrees() -> None:
    said: list[str] = []
    demonstration.furnish(said.append, "http://localhost:8000")
    assert {"queued", "selected", "travel-requested", "authorised"} <= set(Case.objects.values_list("state", flat=True))
    assert set(Held.INSIDE) == set(Held.objects.values_list("stage", flat=True))
    assert set(Staff.objects.values_list("role", flat=True)) == {role for role, _label in Staff.ROLES}
    assert all(account.agrees for account in caps.reconcile()) and audit.verify().sound
    assert any(line.split()[0] == "officer" for line in said)
    assert len(demonstration.code("officer")) == 6
    before = Case.objects.count()
    demonstration.furnish(said.append, "http://localhost:8000")
    assert Case.objects.count() == before


@pytest.mark.django_db
def test_that_an_operated_service_invents_nobody(settings: object) -> None:
    settings.DEMONSTRATION = False  # type: ignore[attr-defined]
    with pytest.raises(RequestError, match="invents nobody"):
        demonstration.furnish(print, "http://localhost:8000")
    with pytest.raises(RequestError, match="no invented"):
        demonstration.code("officer")
