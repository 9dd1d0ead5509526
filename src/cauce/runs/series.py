"""Persons beside encounters, month by month: who came for the first time, and how often somebody was met."""

from __future__ import annotations

import csv
import io

from cauce.border import Border
from cauce.data import observe
from cauce.model.network import Layout
from cauce.policy.rulebook import Rulebook
from cauce.runs import crowd

COLUMNS = ("month", "nationality", "demographic", "encounters", "persons")
SAYS = "Border Patrol encounters (events) by month, and the persons behind them: attempts that are nobody's second"


def persons_table(border: Border) -> str:
    """The border's published encounters and the new attempts by persons behind them, as CSV.

    One row a month, nationality and demographic, zeros left out: encounters [event], persons [person].  Who tries
    again, and after how long, is the network's as stated.
    """
    history = observe.read_reference(border.reference(border.card.encounters))
    layout = Layout.of(border, Rulebook.read(border), tuple(border.nationalities))
    met, new = crowd.encounters(history, layout), crowd.persons(history, layout)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for number, month in enumerate(sorted(history["month"].unique().to_list())):
        for corridor, (nationality, demographic) in enumerate(layout.classes):
            if met[number, corridor] > 0 or new[number, corridor] > 0:
                counts = (f"{met[number, corridor]:.0f}", f"{new[number, corridor]:.1f}")
                rows.writerow((f"{month:%Y-%m}", nationality, demographic.value, *counts))
    return text.getvalue()
