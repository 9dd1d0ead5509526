"""Filing an application: once, however often the form is sent; what was filed stays as it was filed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cauce.policy.programme import Application, State, move
from cauce.web.domain import audit, clock, drafts, outbox, pauses, rules, statements, supporters, vault
from cauce.web.domain.answers import Answers, Contact, Person, facts, whole
from cauce.web.domain.faults import Refused, Stale
from cauce.web.domain.references import read, reference
from cauce.web.models import Case, Draft, Member

APPLICANT = "applicant"


def today() -> date:
    """The date where the law counts its days."""
    return clock.today(str(rules.book().law))


def replayed(draft: str, form_key: str) -> Case | None:
    """The case that this very form has filed before."""
    return Case.objects.filter(idempotency=_idempotency(draft, form_key)).first()


def file(draft: Draft, version: int, form_key: str, link: Callable[[str], str], *, known: Case | None = None) -> Case:
    """File a draft; it takes its place in the line.  The same form sent again gives the same case.

    link  : address of a supporter's page from its token
    known : a case that the sender has proved to be theirs

    Raises
    ------
    Stale
        The draft was changed or filed since the page was shown.
    Refused
        Answers are missing, filing stands still, or somebody of them has an application pending.
    """
    told = drafts.told(draft)
    _open_for_filing()
    answers = whole(told, today())
    contact = Contact(**told.get("contact", {}))
    with transaction.atomic():
        if draft.version != version or not statements.drop(draft, version):
            again = replayed(str(draft.pk), form_key)
            if again is not None:
                return again
            raise Stale(_("this draft was changed or sent since you opened this page"), mend=_("look at it again"))
        now = clock.now()
        case = Case(
            pk=draft.pk, reference=reference(), programme=rules.programme().id, together=answers.together,
            language=draft.language, key=draft.key, resume_index=draft.code_index,
            idempotency=_idempotency(str(draft.pk), form_key), filed_at=now, moved_at=now,
        )  # fmt: skip
        enter(case, answers, contact, known=known)
        if contact.address:
            outbox.write("filed", contact.address, case.key, case.language, case=case)
        asked = told["supporter"]
        if asked.get("email"):
            supporters.ask(case, asked["email"], asked.get("called", ""), link, APPLICANT)
    return case


def enter(case: Case, answers: Answers, contact: Contact, *, known: Case | None = None) -> None:
    """Put a case in the line with its people: saved as it stands there, within the transaction of what made it.

    Raises
    ------
    Refused
        Somebody of them has an application pending.
    """
    case.state, case.persons = move(State.DRAFT, State.SUBMITTED, State.QUEUED).value, len(answers.here)
    first = contact.email or contact.phone
    case.contact_index = vault.index("contact", first) if first else ""
    case.contact = vault.seal(case.key, f"case.contact.{case.pk}", contact.model_dump(mode="json"))
    seal_answers(case, answers)
    statements.add(case)
    for n, person in answers.here.items():
        enrol(case, n, person, known=known)
    audit.begin(
        case.reference, APPLICANT, "filed", before=State.DRAFT.value, after=case.state, persons=case.persons,
        digest=case.snapshot_digest,
    )  # fmt: skip


def seal_answers(case: Case, filed: Answers) -> None:
    """Seal the answers of a case that is about to be saved, and keep their digest.

    It is a digest of the digests of the people, each salted, so that it holds when one of them is taken out.
    """
    document = filed.model_dump(mode="json")
    salts = [secrets.token_hex(16) for _person in filed.people]
    marks = [vault.digest_for(case.key, told) for told in zip(salts, document["people"], strict=True)]
    case.snapshot = _sealed(case, {"answers": document, "salts": salts, "marks": marks})
    case.snapshot_digest = vault.digest_for(case.key, [{**document, "people": marks}])


def take_out(case: Case, positions: Iterable[int]) -> bytes:
    """The sealed answers of a case without what some of its people told: of them a mark stays, which tells nothing.

    The digest, by which decisions name the answers on which they were made, is that of before.
    """
    kept = _snapshot(case)
    for position in positions:
        kept["answers"]["people"][position - 1], kept["salts"][position - 1] = None, ""
    return _sealed(case, kept)


def _sealed(case: Case, kept: dict[str, Any]) -> bytes:
    return vault.seal(case.key, f"case.snapshot.{case.pk}", kept)


def _snapshot(case: Case) -> dict[str, Any]:
    kept: dict[str, Any] = vault.unseal(case.key, f"case.snapshot.{case.pk}", case.snapshot)
    return kept


def enrol(case: Case, position: int, person: Person, *, known: Case | None = None) -> Member:
    """Add a person to a case, within a transaction that a refusal undoes; nobody is live in two.

    Raises
    ------
    Refused
        Somebody with this passport has an application pending.
    """
    identity = passport_index(person.passport_country, person.passport_number)
    member = Member(
        case=case, key=vault.new_key(), position=position, nationality=person.nationality,
        child=person.is_child(today()), identity_index=identity,
    )  # fmt: skip
    identification = {"name": person.name, "born": person.born.isoformat(), "passport": person.passport_number}
    member.told = vault.seal(member.key, f"member.told.{member.pk}", identification)
    mend = _(
        "see where it stands with its reference and resume code; if you did not send it, the page Help says who takes"
        " you out"
    )
    if known and identity and known.members.filter(identity_index=identity, live=True).exists():
        cause = _("your application %(reference)s with this passport is already pending")
        raise Refused(cause % {"reference": known.reference}, mend=mend)
    if not statements.add_once(member):
        raise Refused(_("an application with this passport is already pending"), mend=mend)
    return member


def passport_index(country: str, number: str) -> str | None:
    """Keyed hash of a passport; None without one."""
    plain = "".join(symbol for symbol in number if symbol.isalnum())
    return vault.index("passport", f"{country}{plain}") if plain else None


def answers(case: Case) -> Answers:
    """What was filed.

    Raises
    ------
    NotFound
        The case is erased.
    """
    return Answers.model_validate(_snapshot(case)["answers"])


def identification(member: Member) -> dict[str, str]:
    """A person's `name`, date `born`, and `passport` number."""
    told: dict[str, str] = vault.unseal(member.key, f"member.told.{member.pk}", member.told)
    return told


def application(case: Case, member: Member, day: date | None = None) -> Application:
    """The facts of one person for the rules, on a day (today if not given); vetting is open."""
    attested = case.supports.filter(state="attested").exists()
    return facts(answers(case), member.position, today() if day is None else day, has_supporter=attested or None)


def _open_for_filing() -> None:
    pauses.require_open("file")
    if not rules.in_force():
        raise Refused(_("the programme is not open on this day"), mend=_("your draft is kept; try again later"))


def _idempotency(draft: str, form_key: str) -> str:
    return vault.index("filing", f"{draft}:{form_key}")


def by_code(typed: str) -> Case | None:
    """The case whose draft had a resume code."""
    code = read(typed)
    return None if code is None else Case.objects.filter(resume_index=vault.index("resume", code)).first()
