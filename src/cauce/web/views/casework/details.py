"""The details of an act in words, as filters of the audit: `{{ event|details }}`, and who it was: `{{ name|who }}`.

What is kept are names and codes; numbers, references, days and digests are shown as they are.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import pauses
from cauce.web.interfaces import stages, states
from cauce.web.models import Event
from cauce.web.views.casework import cases, erasures, papers, tracing, work

register = template.Library()

NAMES: dict[str, Any] = {  # in the order in which they are shown
    "before": later("state before"), "after": later("state after"),
    "amendment": later("proposal"), "answer": later("answer"),
    "apart": later("left before others of the party"), "answers": later("digest of the answers"),
    "asked": later("asked for"), "at": later("time"),
    "by": later("waits for"), "candidates": later("in the draw"),
    "cap": later("cap"), "changed": later("what changed"), "chosen": later("drawn"), "count": later("how many"),
    "counts": later("counts"), "days": later("days"), "decision": later("decision"),
    "digest": later("digest of the answers"), "draw": later("draw"), "ends": later("first day without force"),
    "families": later("families"), "fault": later("fault"), "fields": later("what was changed"),
    "found": later("whether there is one"),
    "kin": later("has relatives here"), "kind": later("kind"),
    "used": later("counter"), "ledger": later("sum of the ledger"), "held": later("places held"),
    "line": later("digest of the line"), "mandate": later("permission"), "manifest": later("flight or bus"),
    "messages": later("messages"), "missing": later("missing"), "number": later("number of the paper"),
    "order": later("order"),
    "paper": later("number of the paper"), "party": later("party"), "pause": later("pause"),
    "persons": later("people"), "purge": later("proposal"),
    "purpose": later("where to"), "rate": later("share of all"), "reason": later("reason"),
    "recycled": later("places went back to the pool"), "replaces": later("number of the paper before"),
    "restamp": later("proposal"), "role": later("role"),
    "rules": later("digest of the rules"), "scope": later("what they may do"), "seats": later("seats"),
    "second": later("second person"), "seed": later("seed"), "seed_digest": later("digest of the seed"),
    "shelter": later("shelter"), "site": later("site"), "sites": later("sites"), "source": later("notice"),
    "support": later("supporter"), "taken": later("people they take"), "together": later("all or nobody"),
    "was": later("time before"), "way_out": later("way out"), "what": later("what"), "why": later("why"),
    "yes": later("wants to go"),
}  # fmt: skip
_STATES = {state: words for state, (words, _next) in states.WORDS.items()}
VALUES: dict[str, dict[str, Any]] = {
    "before": {**_STATES, **stages.STAGES}, "after": {**_STATES, **stages.STAGES},
    "answer": {answer.value: words for answer, words in papers.ANSWERS.items()},
    "by": stages.BLOCKS, "way_out": stages.WAYS_OUT,
    "changed": {"answers": later("the answers"), "supporter": later("the supporter")},
    "counts": work.CLASSES,
    "fields": {
        "email": later("e-mail"), "phone": later("telephone"), "safe": later("the way that is safe"),
        "language": later("language of our messages"),
    },
    "missing": stages.MISSING,
    "kind": {**states.ALERTS, **stages.BEDS, "family": stages.KINDS["family"]},
    "order": work.ORDERS, "purpose": stages.VEHICLES, "reason": erasures.WHY, "role": work.ROLES,
    "scope": {"see": later("see"), "act": later("act")}, "what": {**stages.TIMES, **stages.STAGES},
    "why": {
        **cases.WHY, **pauses.WHY, **tracing.WHY, **papers.SLIPS, **cases.LOSSES, "works-on-it": later("Works on it"),
    },
}  # fmt: skip
_PLAIN = {True: later("Yes"), False: later("No"), None: "–", "": "–"}
WHO: dict[str, Any] = {
    "applicant": later("The people of the application"), "bearer": later("Whoever has the address of the paper"),
    "carrier": later("A carrier"), "clock": later("The service by itself"),
    "command-line": later("The command line"), "demonstration": later("The demonstration"),
    "supporter": later("The supporter"),
}  # fmt: skip


@register.filter
def details(event: Event) -> list[tuple[str, str]]:
    """Names and values in the reader's language; a code that is no more in use stays one."""
    known = [name for name in NAMES if name in event.details]
    others = sorted(set(event.details) - set(known))
    return [(str(NAMES.get(name, name)), _said(name, event.details[name])) for name in (*known, *others)]


def _said(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_said(name, key)} {number}" for key, number in value.items())
    if isinstance(value, list):
        return ", ".join(_said(name, one) for one in value) or "–"
    if isinstance(value, str) and value in VALUES.get(name, {}):
        return str(VALUES[name][value])
    plain = isinstance(value, bool) or value in (None, "")
    return str(_PLAIN[value] if plain else value)


@register.filter
def who(actor: str) -> str:
    """Who did it: staff and helpers by their names, all others in words."""
    return str(WHO.get(actor, actor))
