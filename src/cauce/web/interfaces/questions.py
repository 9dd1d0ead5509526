"""The pages of an application: a few questions each, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import filing, rules
from cauce.web.domain.answers import ADULT, MOST_CROSSINGS, MOST_PERSONS
from cauce.web.interfaces.fields import DayField, MailField, WordField, told_field

ONE_DAY = later("Day, month and year, like 27 3 1990.")


def countries(*, blank: Any = None) -> list[tuple[str, Any]]:
    """Countries by code, as the border names them, in the order of the reader's alphabet; all others last."""
    named = [(code, rules.said_country(code)) for code in rules.border().countries if code != rules.OTHER]
    found = sorted(named, key=lambda pair: pair[1])
    other = (rules.OTHER, rules.said_country(rules.OTHER))
    return [("", blank if blank is not None else _("Choose")), *found, other]


def _placed(words: Any) -> str:
    places = [rules.said_country(code, within=True) for code in rules.barring_places()]
    told = {"country": rules.said_country(rules.destination(), within=True), "places": get_text_list(places, _("or"))}
    return str(words) % told


placed = lazy(_placed, str)
"""A question with the names of the country that people come to, and of those into which a crossing bars."""


class Page(forms.Form):
    """One page; `title` is its heading, and its answers are kept as JSON."""

    title: Any = ""
    use_required_attribute = False

    def __init__(self, *args: Any, **options: Any) -> None:
        self.persons = options.pop("persons", 1)
        self.position = options.pop("position", 1)
        super().__init__(*args, **options)

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """Fields that stand together, with their legend; one group without a legend by itself."""
        yield "", self.visible_fields()

    def kept(self) -> dict[str, Any]:
        """The answers as JSON."""
        return {name: v.isoformat() if isinstance(v, date) else v for name, v in self.cleaned_data.items()}

    @classmethod
    def shown(cls, kept: dict[str, Any]) -> dict[str, Any]:
        """What a page shows again of what was kept."""
        return dict(kept)


class GroupPage(Page):
    """How many, and whether they go together."""

    title = later("Who applies")
    persons = forms.TypedChoiceField(
        label=later("How many people apply, with you?"), coerce=int,
        choices=[(n, str(n)) for n in range(1, MOST_PERSONS + 1)],
        help_text=later("Family or others who travel together, children too."),
    )  # fmt: skip
    together = forms.TypedChoiceField(
        label=later("If some of you are accepted and others are not"),
        choices=[("yes", later("All of us together or nobody")), ("no", later("Whoever can goes"))],
        coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        help_text=later("You may change this later, until the decision. A child never goes without its guardian."),
    )  # fmt: skip

    @classmethod
    def shown(cls, kept: dict[str, Any]) -> dict[str, Any]:
        return {**kept, "together": "yes" if kept.get("together") else "no"} if kept else {}


class PersonPage(Page):
    """Who somebody is."""

    title = later("About this person")
    name = WordField(
        label=later("Full name, as in the passport"), max_length=200,
        help_text=later("All names in one line, in any alphabet."),
    )  # fmt: skip
    born = DayField(label=later("Date of birth"), help_text=ONE_DAY)
    nationality = forms.ChoiceField(label=later("Nationality"), choices=countries)
    relation = forms.ChoiceField(
        label=later("What is this person to the first person?"), widget=forms.RadioSelect,
        choices=[
            ("partner", later("Husband, wife or partner")),
            ("child", later("Child under 21 who is not married")), ("other", later("Somebody else")),
        ],
    )  # fmt: skip
    guardian = forms.TypedChoiceField(
        label=later("If under 18: which adult is the parent or legal guardian?"), coerce=int, empty_value=None,
        required=False, help_text=later("A child applies together with a parent or legal guardian."),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.position == 1:
            self.fields["relation"].required = False
            self.fields["relation"].widget = forms.HiddenInput()
        others = [n for n in range(1, self.persons + 1) if n != self.position]
        named = [(n, _("Person %(number)s") % {"number": n}) for n in others]
        self.fields["guardian"].choices = [("", _("Nobody, or not under 18")), *named]
        if not others:
            del self.fields["guardian"]

    def clean_relation(self) -> str:
        """The first person is themselves."""
        return "self" if self.position == 1 else self.cleaned_data["relation"]

    def clean_born(self) -> date:
        """A birth has happened."""
        born: date = self.cleaned_data["born"]
        if born > filing.today():
            raise forms.ValidationError(_("This date is still to come. Write the date of birth."))
        return born

    def clean(self) -> dict[str, Any]:
        """A child names a guardian."""
        said = super().clean() or self.cleaned_data
        born, today = said.get("born"), filing.today()
        if born and (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) < ADULT:
            if "guardian" not in self.fields:
                self.add_error("born", _("A child cannot apply alone. Add the parent or guardian to the application."))
            elif not said.get("guardian"):
                self.add_error("guardian", _("Say which adult is the parent or legal guardian of this child."))
        elif "guardian" in said:
            said["guardian"] = None
        return said


class PassportPage(Page):
    """What somebody travels on."""

    title = later("Passport")
    passport_valid = told_field(later("Is the passport still valid?"))
    passport_number = WordField(
        label=later("Passport number"), max_length=20, required=False,
        help_text=later("Leave it empty if there is no passport yet."),
    )  # fmt: skip
    passport_country = forms.ChoiceField(label=later("Which country gave it?"), required=False, choices=countries)
    passport_expired_on = DayField(label=later("If it has run out: on which day?"), required=False, help_text=ONE_DAY)

    def clean(self) -> dict[str, Any]:
        """A passport has a number and a country."""
        said = super().clean() or self.cleaned_data
        if said.get("passport_valid") == "yes" and not said.get("passport_number"):
            self.add_error("passport_number", _("Write the number of the passport."))
        if said.get("passport_number") and not any(symbol.isalnum() for symbol in said["passport_number"]):
            self.add_error("passport_number", _("Write the number of the passport."))
        if said.get("passport_number") and not said.get("passport_country"):
            self.add_error("passport_country", _("Choose the country that gave the passport."))
        return said


class PlacesPage(Page):
    """Where somebody is, and where else they belong."""

    title = later("Where this person is")
    outside = told_field(placed(later("Is this person outside %(country)s now?")))
    other_nationality = told_field(
        later("Is this person also a citizen, permanent resident or refugee of another country?")
    )
    vaccinated = told_field(later("Does this person have the vaccinations that the programme asks for?"))


class RemovalPage(Page):
    """What may stand in the way."""

    title = later("Earlier orders")
    removed = told_field(placed(later("Was this person ordered removed from %(country)s in the last years?")))
    removed_on = DayField(label=later("If yes: on which day?"), required=False, help_text=ONE_DAY)
    stopped_at_sea = told_field(placed(later("Was this person stopped at sea on the way to %(country)s?")))
    stopped_at_sea_on = DayField(label=later("If yes: on which day?"), required=False, help_text=ONE_DAY)
    other_bar = told_field(
        later("Is there another reason why this person might not be let in, such as an offence?"),
        help_text=later("If you are not sure, choose “I do not know”: a person will look at it."),
    )


MANNERS = [
    ("irregular", later("Without permission")), ("permitted", later("With a visa or permission")),
    ("unknown", later("I do not know")),
]  # fmt: skip


class CrossingsPage(Page):
    """Which borders somebody crossed."""

    title = later("Borders crossed")
    crossed = told_field(
        placed(later("Has this person entered %(places)s without permission?")),
        help_text=later("If you do not know, say so: not knowing is not held against anybody."),
    )
    departed_voluntarily = forms.TypedChoiceField(
        label=later("If yes: did this person then leave by their own decision, once?"), required=False,
        choices=[("yes", later("Yes")), ("no", later("No, or I do not know"))], coerce=lambda value: value == "yes",
        empty_value=False, widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choose = [("", _("No crossing here"))]
        choose += [(code, rules.said_country(code)) for code in (*rules.barring_places(), rules.OTHER)]
        for n in range(1, MOST_CROSSINGS + 1):
            self.fields[f"place_{n}"] = forms.ChoiceField(label=_("Into which country"), choices=choose, required=False)
            self.fields[f"on_{n}"] = DayField(
                label=_("On which day"), required=False, help_text=_("Leave it empty if you do not know.")
            )
            self.fields[f"manner_{n}"] = forms.ChoiceField(
                label=_("In which manner"), choices=MANNERS, required=False, initial="unknown"
            )

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """Each crossing by itself."""
        yield "", [field for field in self.visible_fields() if not field.name[-1].isdigit()]
        for n in range(1, MOST_CROSSINGS + 1):
            legend = _("Crossing %(number)s, if there was one") % {"number": n}
            yield legend, [self[f"{part}_{n}"] for part in ("place", "on", "manner")]

    def clean(self) -> dict[str, Any]:
        """A crossing with a day has a place."""
        said = super().clean() or self.cleaned_data
        for n in range(1, MOST_CROSSINGS + 1):
            if said.get(f"on_{n}") and not said.get(f"place_{n}"):
                self.add_error(f"place_{n}", _("Choose the country of this crossing."))
        return said

    def kept(self) -> dict[str, Any]:
        """Crossings in a list."""
        plain = super().kept()
        rows = [
            {"place": plain[f"place_{n}"], "on": plain[f"on_{n}"], "manner": plain[f"manner_{n}"] or "unknown"}
            for n in range(1, MOST_CROSSINGS + 1)
            if plain.get(f"place_{n}")
        ]
        named = {key: value for key, value in plain.items() if not key[-1].isdigit()}
        return {**named, "crossings": rows if named["crossed"] != "no" else []}

    @classmethod
    def shown(cls, kept: dict[str, Any]) -> dict[str, Any]:
        """Crossings side by side again."""
        rows = kept.get("crossings", [])
        flat = {f"{key}_{n}": value for n, row in enumerate(rows, 1) for key, value in row.items()}
        plain = {key: value for key, value in kept.items() if key != "crossings"}
        if "departed_voluntarily" in plain:
            plain["departed_voluntarily"] = "yes" if plain["departed_voluntarily"] else "no"
        return {**plain, **flat}


class TravelPage(Page):
    """How they would come."""

    title = later("The journey")
    own_flight = told_field(
        placed(later("Will you or your supporter pay the flights to an airport inside %(country)s?")),
        help_text=later("If you are accepted. Do not buy a ticket before."),
    )
    leaves_from = WordField(
        label=later("From which city would you leave?"), max_length=120, required=False,
        help_text=later("You may leave this empty."),
    )  # fmt: skip


class SupporterPage(Page):
    """Who would receive them."""

    title = later("Your supporter")
    email = MailField(
        label=later("E-mail of the person who would receive and support you"), required=False,
        help_text=later("We send them a link of their own. You may leave this empty and add it later."),
    )  # fmt: skip
    called = WordField(
        label=later("By which name does your supporter know you?"), max_length=80, required=False,
        help_text=later("They see this name and how many you are, and nothing else."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """They must know who asks."""
        said = super().clean() or self.cleaned_data
        if said.get("email") and not said.get("called"):
            self.add_error("called", _("Write the name by which your supporter knows you."))
        return said


class ContactPage(Page):
    """How to reach them safely."""

    title = later("How we reach you")
    email = MailField(label=later("Your e-mail"), required=False)
    phone = WordField(label=later("Your telephone, with the country code"), max_length=30, required=False)
    safe = forms.ChoiceField(
        label=later("How is it safe to write to you?"), widget=forms.RadioSelect, initial="any",
        choices=[
            ("any", later("In any way")), ("email", later("Only by e-mail")), ("phone", later("Only by telephone")),
            ("none", later("Do not write to me: I look here myself")),
        ],
        help_text=later("Our messages never say what they are about. If others read them, choose the last."),
    )  # fmt: skip

    def clean_phone(self) -> str:
        """A number that can be dialled."""
        phone: str = self.cleaned_data["phone"]
        plain = all(symbol in "+0123456789 -./()" for symbol in phone)
        if phone and not (plain and 7 <= sum(symbol.isdigit() for symbol in phone) <= 15):
            raise forms.ValidationError(_("Write the telephone with numbers, like +58 412 555 0100."))
        return phone

    def clean(self) -> dict[str, Any]:
        """What they choose must be given."""
        said = super().clean() or self.cleaned_data
        safe = said.get("safe")
        if safe in ("email", "phone") and not said.get(safe) and safe not in self.errors:
            self.add_error(safe, _("Write it, or choose another way to reach you."))
        if safe == "any" and not (said.get("email") or said.get("phone")) and not self.errors:
            self.add_error("email", _("Write an e-mail or a telephone, or choose that nobody writes to you."))
        return said


class PassportForm(Page):
    """By what somebody is known without a code."""

    passport_country = forms.ChoiceField(label=later("Which country gave the passport?"), choices=countries)
    passport_number = WordField(label=later("Passport number"), max_length=20)
    born = DayField(label=later("Date of birth"), help_text=ONE_DAY)


PAGES: dict[str, type[Page]] = {
    "group": GroupPage, "person": PersonPage, "passport": PassportPage, "places": PlacesPage, "removal": RemovalPage,
    "crossings": CrossingsPage, "travel": TravelPage, "supporter": SupporterPage, "contact": ContactPage,
}  # fmt: skip
