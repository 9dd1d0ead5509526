"""Would the rules let me apply?  Asked of anybody, without a name; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from cauce.policy.programme import Verdict, decide
from cauce.web.domain import filing, rules
from cauce.web.domain.answers import ADULT, Answers, Person, facts


@dataclass(frozen=True)
class Said:
    """What the rules say today: a verdict, and each reason in the reader's language with its citation."""

    verdict: str
    reasons: tuple[tuple[str, str], ...]


def judge(told: Mapping[str, Any], *, child: bool, guardian: bool, family: bool, supporter: bool | None) -> Said:
    """Judge the answers of somebody who says no name, as of today.

    told : fields of `answers.Person`, and `own_flight`, as far as they were asked
    """
    today = filing.today()
    person = {key: value for key, value in told.items() if key != "own_flight"}
    born = today - timedelta(days=366 * (ADULT // 2 if child else 2 * ADULT))
    one = Person(name="-", born=born, relation="self", **person)
    application = facts(
        Answers(people=(one,), together=True, own_flight=told["own_flight"]), 1, today, has_supporter=supporter
    )
    application = replace(
        application, travels_with_eligible_family=family, with_guardian=guardian if child else True, security_clear=True
    )
    decision = decide(application, today, rules.programme())
    return Said(
        Verdict(decision.verdict).value, tuple((rules.said(words), source) for words, source in decision.reasons)
    )
