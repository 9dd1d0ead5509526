"""Fields of forms that anybody can fill in: a day as three numbers, yes, no or not known, a name in any script."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

YES_NO = [("yes", later("Yes")), ("no", later("No")), ("unknown", later("I do not know"))]
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that turn the direction of what follows: a name needs none, and they can hide what a page says."""


def version(request: HttpRequest) -> int:
    """The version that a page was shown with; none that any row has, if it is no number."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else -1


class WordField(forms.CharField):
    """Words in any script, on one line unless it has a text area; marks of direction are left out."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        text = "".join(symbol for symbol in text if symbol not in _DIRECTIONS)
        lines = isinstance(self.widget, forms.Textarea)
        for symbol in text:
            if unicodedata.category(symbol) == "Cc" and not (lines and symbol in "\r\n\t"):
                raise forms.ValidationError(_("Some symbols here cannot be used. Write it with letters and numbers."))
        return text if lines else " ".join(text.split())


class MailField(forms.EmailField):
    """An address for mail, as long as one can be (RFC 5321, with its erratum 1690)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=254, **options)


class DayInput(forms.MultiWidget):
    """Day, month and year as numbers."""

    use_fieldset = True

    def __init__(self) -> None:
        number = {"inputmode": "numeric", "autocomplete": "off"}
        widgets = {part: forms.TextInput({**number, "maxlength": size}) for part, size in PARTS}
        super().__init__(widgets)

    def decompress(self, value: date | str | None) -> list[int | None]:
        """The three numbers of a date."""
        if isinstance(value, str):
            value = date.fromisoformat(value)
        return [value.day, value.month, value.year] if value else [None, None, None]

    def id_for_label(self, id_: str) -> str:
        """The first of the three, to which an error's link leads."""
        return f"{id_}_day" if id_ else ""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Three numbers, each with its label."""
        labels = (_("Day"), _("Month"), _("Year"))
        context = self.get_context(name, value, {key: v for key, v in (attrs or {}).items() if key != "required"})
        parts = zip(labels, PARTS, context["widget"]["subwidgets"], strict=True)
        identity = context["widget"]["attrs"].get("id", name)
        return format_html(
            '<div class="date">{}</div>',
            format_html_join(
                "",
                '<div><label for="{0}_{1}">{2}</label><input type="text" inputmode="numeric" autocomplete="off"'
                ' id="{0}_{1}" name="{3}" maxlength="{4}" value="{5}"{6}></div>',
                (
                    (identity, part, label, sub["name"], size, sub["value"] or "", _marks(context["widget"]["attrs"]))
                    for label, (part, size), sub in parts
                ),
            ),
        )


PARTS = (("day", 2), ("month", 2), ("year", 4))


def _marks(attrs: dict[str, Any]) -> SafeString:
    kept = ((key, attrs[key]) for key in ("aria-invalid", "aria-describedby") if key in attrs)
    return format_html_join("", ' {}="{}"', kept)


class DayField(forms.MultiValueField):
    """A date as day, month and year; all of it or nothing."""

    widget = DayInput

    def __init__(self, **options: Any) -> None:
        parts = [forms.IntegerField(min_value=1, max_value=most) for most in (31, 12, 9999)]
        super().__init__(parts, require_all_fields=False, **options)
        for part in parts:
            part.required = False

    def clean(self, value: Any) -> date | None:
        """The date.

        Raises
        ------
        ValidationError
            There is no such day, or it is missing where it must be given.
        """
        given = [str(part or "").strip() for part in (value or [])]
        if not any(given):
            if self.required:
                raise forms.ValidationError(_("Write the day, the month and the year."), code="required")
            return None
        try:
            day, month, year = (int(part) for part in given)
            found = date(year, month, day)
        except (ValueError, OverflowError):
            raise forms.ValidationError(_("This is no date. Write it with numbers, like 27 3 1990.")) from None
        if year < 1900:
            raise forms.ValidationError(_("The year must have four numbers, like 1990."))
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return True


def told_field(label: Any, **options: Any) -> forms.ChoiceField:
    """A question with yes, no and not known."""
    return forms.ChoiceField(label=label, choices=YES_NO, widget=forms.RadioSelect, **options)
