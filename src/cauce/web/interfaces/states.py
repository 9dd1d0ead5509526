"""The states of an application in plain words: where it stands, and what comes next."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as later

from cauce.web.domain import authorisations, pauses, standing, supporters
from cauce.web.domain.cases import State
from cauce.web.models import Case, Pause

WORDS: dict[str, tuple[Any, Any]] = {
    State.DRAFT: (later("Not sent yet"), later("Answer the questions that are open, then send it.")),
    State.SUBMITTED: (later("It has arrived"), later("It goes into the line by itself.")),
    State.DUPLICATE: (
        later("There is another application of yours"), later("The one that came first stands. Look at that one."),
    ),
    State.QUEUED: (
        later("It waits in the line"),
        later("You need do nothing. See below whether your supporter has answered and whether you confirmed them."),
    ),
    State.SELECTED: (later("It is next"), later("An officer will look at it. You need do nothing.")),
    State.REVIEW: (later("An officer looks at your supporter"), later("You need do nothing.")),
    State.EVIDENCE: (
        later("More papers are asked for"),
        later("Your supporter was written to and sees on their page what is asked for. Tell them to look."),
    ),
    State.CONFIRMED: (
        later("Your supporter is confirmed"), later("Now confirm your own answers and ask to travel, below."),
    ),
    State.NOT_CONFIRMED: (
        later("Your supporter was not confirmed"),
        later("The reasons are below. This is no judgement of you. You may apply again at once."),
    ),
    State.ACCOUNT: (later("Your answers are to be confirmed"), later("Confirm them and ask to travel, below.")),
    State.REQUESTED: (later("You asked to travel"), later("An officer decides. You need do nothing.")),
    State.WAITING: (
        later("It waits for a place"), later("All places are taken now. It is served in its turn when one is free."),
    ),
    State.AUTHORISED: (
        later("You may travel"),
        later("Arrive on the last day on your authorisation at the latest. Buy the ticket only now."),
    ),
    State.EXTENDED: (later("You may travel, for longer"), later("Arrive on the new last day at the latest.")),
    State.DENIED: (
        later("It was denied"),
        later("The reasons are below. You may apply again, and you keep the right to ask for asylum."),
    ),
    State.TRAVELLED: (later("You are on the way"), later("An officer sees you at the airport.")),
    State.REFUSED: (
        later("Entry was refused at the airport"), later("You keep the right to ask for asylum. Ask for legal help."),
    ),
    State.PAROLED: (later("You have arrived"), later("Keep the dates below.")),
    State.REPAROLED: (later("Your stay was prolonged"), later("Keep the dates below.")),
    State.OTHER_STATUS: (later("You have another status now"), later("The dates of that status hold.")),
    State.ENDED: (later("The stay has ended"), later("Ask for legal help if you have no other status.")),
    State.TERMINATED: (
        later("The programme ended your stay early"),
        later("Keep this page as proof that you came lawfully, and ask for legal help."),
    ),
    State.EXPIRED: (later("The authorisation has run out"), later("You may apply again.")),
    State.WITHDRAWN: (later("You took it back"), later("You may apply again at any time.")),
}  # fmt: skip
"""For each state: where it stands, and what comes next."""

_HELD = (
    later("A place is held for you"), later("An officer issues the authorisation. You need do nothing."),
)  # fmt: skip
_REVOKED = (
    later("The authorisation was revoked"),
    later("The reasons are below. You may apply again, and you keep the right to ask for asylum."),
)


def words(case: Case) -> tuple[Any, Any]:
    """Where an application stands, and what comes next; what was revoked did not run out, what is held is there."""
    if case.state in (State.REQUESTED, State.WAITING) and authorisations.held(case) is not None:
        return _HELD
    last = standing.ended_by(case) if case.state == State.EXPIRED else None
    return _REVOKED if last is not None and last.verdict == "revoked" else WORDS[case.state]


ALERTS = {
    "phone": later("the same telephone of the supporter"),
    "address": later("the same address of the supporter"),
    "words": later("the same words of the supporter"),
    "contact": later("the same address for messages"),
}
"""What an application has in common with others, by which a person looks at it."""
LOTS = {
    "lottery": later("Who is next is drawn by lot, so there is no place in a line."),
    "half-and-half": later(
        "Half of those who wait are taken by age and half by lot, so there is no one place in a line."
    ),
}
"""What is said instead of a place where lots decide."""
STEPS = {"file": later("Filing"), "review": later("Review"), "authorise": later("Authorising")}
"""Steps of the programme that may stand still."""


def standing_still() -> list[tuple[Pause, Any, Any]]:
    """What stands still now: the step and the reason in words."""
    return [(pause, STEPS[pause.step], pauses.WHY[pause.why]) for pause in pauses.now()]


_STATUSES = {
    "citizen": later("Citizen"),
    "national": later("National"),
    "permanent-resident": later("Permanent resident"),
    "lawful-nonimmigrant": later("Lawful stay on a visa"),
    "asylee": later("I was given asylum"),
    "refugee": later("Refugee"),
    "parolee": later("On parole"),
    "temporary-protected": later("Temporary protected status"),
    "deferred-action": later("Deferred action"),
    "deferred-departure": later("Deferred enforced departure"),
}


def supporter_statuses() -> list[tuple[str, Any]]:
    """The statuses by which somebody may support, in words; none of them is an answer too."""
    named = [(code, _STATUSES.get(code, code)) for code in supporters.statuses()]
    return [*named, ("", later("None of these, or I do not know"))]
