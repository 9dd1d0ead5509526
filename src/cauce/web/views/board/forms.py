"""The forms of the board: explicit fields; what they cannot know, the verbs refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from cauce.web.domain import custody, departures, replies, shelters
from cauce.web.domain.faults import NotFound, Refused
from cauce.web.interfaces import stages
from cauce.web.interfaces.fields import DayField, WordField
from cauce.web.models import ShelterAsk, Site

Choices = list[tuple[str, Any]]


def listed(names: dict[str, Any], empty: Any = None) -> Choices:
    """Choices of a list, with one for everything if it is named."""
    return ([("", empty)] if empty is not None else []) + list(names.items())


def moment(day: date, at: time, zone: str) -> datetime:
    """An instant from a day and an hour at a site.

    Raises
    ------
    ValidationError
        The clocks skip that hour.
    """
    local = datetime.combine(day, at, tzinfo=ZoneInfo(zone))
    if datetime.fromtimestamp(local.timestamp(), ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise forms.ValidationError(_("This hour does not exist: the clocks were put forward."))
    return local


def attempt(form: forms.Form, work: Callable[[dict[str, Any]], Any]) -> bool:
    """Do what a form asks for; what a verb refuses is the form's own fault."""
    if not form.is_valid():
        return False
    try:
        work(form.cleaned_data)
    except NotFound:
        raise
    except Refused as fault:
        form.add_error(None, str(fault))
        return False
    return True


class HourField(forms.TimeField):
    """An hour of the day, such as 14:30."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 5})

    def __init__(self, **options: Any) -> None:
        hint = options.pop("help_text", later("Hours and minutes, such as 14:30"))
        super().__init__(input_formats=["%H:%M", "%H.%M", "%H%M"], help_text=hint, **options)


class SiteForm(forms.Form):
    """A form about one of somebody's sites."""

    site = forms.ModelChoiceField(Site.objects.none(), to_field_name="code", label=later("Site"), empty_label=None)

    def __init__(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["site"].queryset = request.user.staff.sites.filter(kind="centre").order_by("name")


class FilterForm(forms.Form):
    """What to see of the board."""

    site = forms.ChoiceField(label=later("Site"), required=False)
    stage = forms.ChoiceField(label=later("Stage"), required=False)
    demographic = forms.ChoiceField(label=later("Who"), required=False)
    clock = forms.ChoiceField(label=later("Clock"), required=False)

    def __init__(self, sites: list[Site], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        everything = later("All")
        inside = {k: v for k, v in stages.STAGES.items() if k in ("intake", "medical", "processing", "waiting-exit")}
        self.fields["site"].choices = listed({site.code: site.name for site in sites}, everything)
        self.fields["stage"].choices = listed(inside, everything)
        self.fields["demographic"].choices = listed(stages.KINDS, everything)
        self.fields["clock"].choices = listed(stages.CLOCKS, everything)


class IntakeForm(SiteForm):
    """A party that comes in."""

    demographic = forms.ChoiceField(label=later("Who they are"), choices=listed(stages.KINDS), widget=forms.RadioSelect)
    language = forms.ChoiceField(label=later("Language they read"), choices=settings.LANGUAGES, initial="es")
    first_day = DayField(
        label=later("Day of the first custody, if it was before now"), required=False,
        help_text=later("Wherever it was. The 72 hours run from then, and no transfer starts them again."),
    )  # fmt: skip
    first_hour = HourField(label=later("Hour of the first custody"), required=False)
    kin = WordField(
        label=later("Reference of a relative who is processed apart"), required=False, max_length=30,
    )  # fmt: skip
    sure = forms.BooleanField(
        label=later("If the name was written down before: this is another person"), required=False
    )
    anew = forms.BooleanField(
        label=later("If they left less than 30 days ago: they were free since, and this is a new custody"),
        required=False,
    )  # fmt: skip
    in_doubt = forms.BooleanField(
        label=later("If a child alone is 18 or older by this date of birth: the age is in doubt"), required=False
    )

    def clean(self) -> dict[str, Any]:
        """The first custody as an instant."""
        given = super().clean() or {}
        day, hour = given.get("first_day"), given.get("first_hour")
        given["first_custody_at"] = None
        if (day is None) != (hour is None) and "first_day" not in self.errors and "first_hour" not in self.errors:
            self.add_error("first_hour", _("Write the day and the hour, or neither."))
        elif day is not None and hour is not None and given.get("site"):
            given["first_custody_at"] = moment(day, hour, given["site"].zone)
        return given


class PersonForm(forms.Form):
    """One of a party."""

    name = WordField(label=later("Name, as they say it"), max_length=200)
    born = DayField(label=later("Date of birth"))
    nationality = forms.ChoiceField(label=later("Nationality"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["nationality"].choices = stages.nationalities()


class CorrectForm(PersonForm):
    """Who somebody is, in place of what was written."""

    language = forms.ChoiceField(label=later("Language they read"), choices=settings.LANGUAGES)
    demographic = forms.ChoiceField(
        label=later("Who they are"), choices=listed(stages.KINDS),
        help_text=later("Another kind than before needs a second person."),
    )  # fmt: skip
    reason = forms.ChoiceField(
        label=later("Why they are of another kind"), choices=listed(stages.REASONS, later("They are not")),
        required=False,
    )  # fmt: skip
    in_doubt = forms.BooleanField(
        label=later("If a child alone is 18 or older by this date of birth: the age is in doubt"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class RelateForm(forms.Form):
    """Relatives who are processed apart."""

    reference = WordField(label=later("Reference of a relative who is processed apart"), max_length=30)


class BlockForm(forms.Form):
    """What somebody waits for."""

    by = forms.ChoiceField(label=later("Waits for"), choices=listed(stages.BLOCKS), required=False)
    way_out = forms.ChoiceField(label=later("Way out"), choices=listed(stages.WAYS_OUT), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class TimeForm(forms.Form):
    """Another time than the clock's."""

    what = forms.ChoiceField(label=later("What happened at another time"))
    day = DayField(label=later("Day"))
    hour = HourField(label=later("Hour"))
    reason = forms.ChoiceField(label=later("Why the clock was not used"), choices=listed(stages.REASONS))

    def __init__(self, following: tuple[str, ...], zone: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone = zone
        names = {what: stages.TIMES[what] for what in custody.TIMES}
        names |= {stage: stages.STAGES[stage] for stage in following}
        self.fields["what"].choices = listed(names)

    def clean(self) -> dict[str, Any]:
        """Day and hour as an instant."""
        given = super().clean() or {}
        if given.get("day") and given.get("hour") is not None:
            given["at"] = moment(given["day"], given["hour"], self.zone)
        return given


class HandoverForm(forms.Form):
    """Who is handed over, and to whom."""

    way = forms.ChoiceField(
        label=later("Which way"),
        choices=[(way, stages.STAGES[way]) for way in departures.WAYS],
        widget=forms.RadioSelect,
    )
    receiver = WordField(
        label=later("Agency that receives them"), max_length=120,
        help_text=later("Custody is never nobody's. Name the agency and its office."),
    )  # fmt: skip
    papers_given = forms.BooleanField(label=later("Papers were given back"), required=False)
    medicines_given = forms.BooleanField(label=later("Medicines were given back"), required=False)
    belongings_given = forms.BooleanField(label=later("Belongings were given back"), required=False)
    together = forms.BooleanField(
        label=later("All of the party who wait to leave go with them now, and got the same"),
        required=False,
        initial=True,
    )
    day = DayField(label=later("Day, if it was before now"), required=False)
    hour = HourField(label=later("Hour, if it was before now"), required=False)
    reason = forms.ChoiceField(
        label=later("Why the clock was not used"), choices=listed(stages.REASONS, later("It was now")), required=False
    )
    sure = forms.BooleanField(
        label=later("I am sure, although something is missing or family stays inside"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, zone: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        """When it was as an instant; none if it is now."""
        given = super().clean() or {}
        day, hour = given.get("day"), given.get("hour")
        if (day is None) != (hour is None) and not {"day", "hour"} & set(self.errors):
            self.add_error("hour", _("Write the day and the hour, or neither."))
        given["at"] = None if day is None or hour is None else moment(day, hour, self.zone)
        return given


class UndoForm(forms.Form):
    """Somebody has not left."""

    reason = forms.ChoiceField(label=later("Why it was written down"), choices=listed(stages.REASONS), initial="slip")


class ReleaseForm(forms.Form):
    """What somebody takes along."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    hearing_on = DayField(label=later("Day of the hearing"), required=False)
    court = WordField(label=later("Court"), required=False, max_length=80)
    file_number = WordField(label=later("Number of their file at the court"), required=False, max_length=40)
    check_in_on = DayField(label=later("Day of the check-in"), required=False)
    check_in_place = WordField(label=later("Office of the check-in"), required=False, max_length=120)
    address = WordField(label=later("Address where they go"), required=False, max_length=300)
    phone = WordField(label=later("Phone"), required=False, max_length=40)
    papers_given = forms.BooleanField(label=later("Papers were given back"), required=False)
    medicines_given = forms.BooleanField(label=later("Medicines were given back"), required=False)
    belongings_given = forms.BooleanField(label=later("Belongings were given back"), required=False)
    reminders = forms.BooleanField(
        label=later("They want a reminder by text message before the check-in"), required=False
    )
    shelter = forms.ModelChoiceField(
        Site.objects.none(), to_field_name="code", label=later("Shelter"), required=False, empty_label=later("None")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["shelter"].queryset = Site.objects.filter(kind="shelter").order_by("name")


class ManifestForm(SiteForm):
    """A flight or a bus."""

    number = WordField(label=later("Number"), max_length=40)
    kind = forms.ChoiceField(label=later("What it is"), choices=[(k, stages.VEHICLES[k]) for k in ("bus", "flight")])
    purpose = forms.ChoiceField(
        label=later("Where to"), choices=[(k, stages.VEHICLES[k]) for k in ("lateral", "onward")]
    )
    to = WordField(label=later("Destination"), max_length=80)
    to_site = forms.ModelChoiceField(
        Site.objects.filter(kind="centre").order_by("name"), to_field_name="code", required=False,
        label=later("Centre of this board where it arrives"), empty_label=later("None"),
    )  # fmt: skip
    day = DayField(label=later("Day it leaves"))
    hour = HourField(label=later("Hour it leaves"))
    seats = forms.IntegerField(label=later("Seats"), min_value=1, max_value=1000)

    def clean(self) -> dict[str, Any]:
        """Day and hour as an instant."""
        given = super().clean() or {}
        if given.get("day") and given.get("hour") is not None and given.get("site"):
            given["departs_at"] = moment(given["day"], given["hour"], given["site"].zone)
        return given


class SeatForm(forms.Form):
    """Whose party boards."""

    reference = WordField(label=later("Reference of anybody of the party"), max_length=30)
    sure = forms.BooleanField(label=later("I am sure, although family would not be on it"), required=False)


class ShelterForm(forms.Form):
    """A shelter, of those that are known."""

    shelter = forms.ModelChoiceField(
        Site.objects.none(), to_field_name="code", label=later("Shelter"), empty_label=None
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["shelter"].queryset = Site.objects.filter(kind="shelter").order_by("name")


class AskForm(ShelterForm):
    """Can you take so many?"""

    persons = forms.IntegerField(
        label=later("People to find beds for, beside those who come already"), min_value=1, max_value=replies.MOST
    )
    families = forms.IntegerField(label=later("Families among them"), min_value=0, max_value=5000, initial=0)
    night = DayField(label=later("Night of"))


class HeardForm(forms.Form):
    """What a shelter said by telephone or text."""

    question = forms.ModelChoiceField(
        ShelterAsk.objects.none(), label=later("Question"), required=False,
        empty_label=later("That of the phone below"),
    )  # fmt: skip
    phone = WordField(label=later("Phone from which a text came"), required=False, max_length=120)
    words = WordField(
        label=later("What they said"), max_length=160,
        help_text=later("As it came: yes or no, how many, for whom, until when. Such as SI 50 fam, 20h"),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["question"].queryset = shelters.open_asks()
        self.fields["question"].label_from_instance = lambda ask: f"{ask.site.name}, {ask.night}, {ask.persons}"

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        given = super().clean() or {}
        if "question" in given and bool(given["question"]) == bool(given.get("phone")):
            self.add_error("question", _("Choose the question, or write the phone."))
        return given


class ReachForm(ShelterForm):
    """Where a shelter is asked."""

    contact = WordField(label=later("Phone or e-mail"), max_length=120)
    language = forms.ChoiceField(label=later("Language"), choices=settings.LANGUAGES, initial="es")


class HoldForm(ShelterForm):
    """Beds for a party."""

    kind = forms.ChoiceField(label=later("Beds for"), choices=listed({**stages.BEDS, "family": stages.KINDS["family"]}))


class AnswerForm(forms.Form):
    """A shelter's answer: how many in all, of one kind or more."""

    until = HourField(label=later("Last hour at which they may come, if there is one"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        names = {**stages.BEDS, "family": stages.KINDS["family"]}
        for kind in replies.KINDS:
            self.fields[kind] = forms.IntegerField(
                label=names[kind], min_value=0, max_value=replies.MOST, required=False
            )
        self.order_fields([*replies.KINDS, "until"])

    def clean(self) -> dict[str, Any]:
        """Beds by kind, as an answer; no number at all is none."""
        given = super().clean() or {}
        wanted = [(kind, given[kind]) for kind in replies.KINDS if given.get(kind) is not None]
        if not wanted and not self.errors:
            self.add_error("any", _("Write at least one number; 0 if you can take nobody."))
        elif wanted:
            (kind, taken), *others = [pair for pair in wanted if pair[1]] or wanted[:1]
            given["said"] = replies.Answer(taken, kind, given.get("until"), tuple(others))
        return given


class TurnedForm(forms.Form):
    """People whom a shelter turned away."""

    persons = forms.IntegerField(label=later("How many people did you turn away?"), min_value=1, max_value=5000)
    kind = forms.ChoiceField(
        label=later("Who they were"), choices=listed({**stages.BEDS, "family": stages.KINDS["family"]})
    )
    reason = forms.ChoiceField(label=later("Why"), choices=listed(stages.TURNED), widget=forms.RadioSelect)
