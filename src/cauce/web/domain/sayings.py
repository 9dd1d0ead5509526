"""Sentences of the rules, written out so that the catalogues of all languages hold them.

The rulebook speaks English and Spanish; `rules.said` finds the other languages by these.  A test holds
them to the rules.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as also

REASONS = (
    also("the programme is not open on this day"),
    also("neither the nationality of the programme nor immediate family of somebody who has it"),
    also("already in the country"),
    also("there is no supporter yet"),
    also("no passport valid for travel"),
    also("ordered removed within 5 years"),
    also("not admissible for another reason"),
    also("national, resident or refugee of another country too"),
    also("a child travels with a parent or guardian"),
    also("a person must look at the vetting result"),
    also("vaccination is not attested"),
    also("no flight of their own to an airport inland"),
    also("stopped at sea after the day from which that bars"),
    also("no status that lets them support"),
    also("not enough income"),
    also("whether a border was crossed irregularly"),
    also("crossed a border irregularly after the day from which that bars"),
)
