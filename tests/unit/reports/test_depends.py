"""What a result says it depends on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from invented import invent, named

from cauce.reports.depends import sentences
from cauce.runs.results import Accord, Driver
from cauce.terms import Language

EN, ES = Language.ENGLISH, Language.SPANISH


def test_that_the_binding_condition_is_named_with_the_choices_it_binds_in():
    result = invent(3, 2)
    accord = Accord(named("The deal"), (named("first"), named("second")), ((), (1,), (), (1,), (), (1,)))
    told = sentences(replace(result, accords=(accord,)), EN)
    assert told[0] == "Conditions for “The deal”, in “answer 1.0”: all 2 are met by the end, and it holds."
    assert told[1] == "Conditions for “The deal”, in “answer 1.1”: it does not hold. What binds: second."
    spanish = sentences(replace(result, accords=(accord,)), ES)
    assert spanish[1] == "Condiciones de «The deal (es)», en «answer 1.1 (es)»: no rige. Lo que falta: second (es)."


def test_that_announced_and_realised_returns_warn_past_ten_points():
    result = invent(2)
    index = [o.id for o in result.outcomes].index
    of, announced, realised = index("encounters"), index("expulsions"), index("risky_returns")
    daily = result.daily.copy()
    daily[:, :, of], daily[:, :, announced] = 100.0, 50.0
    daily[0, :, realised], daily[1, :, realised] = 41.0, 39.0
    outcomes = tuple(
        replace(o, realised=("risky_returns", "encounters")) if o.id == "expulsions" else o for o in result.outcomes
    )
    told = sentences(replace(result, outcomes=outcomes, daily=daily), EN)
    assert "50 to 50% announced" in told[0] and "39 to 41% realised" in told[0]
    assert told[1].startswith("With “answer 0.1” announced and realised returns are up to 11 points apart")
    daily[1, :, realised] = 41.0
    assert len(sentences(replace(result, outcomes=outcomes, daily=daily), EN)) == len(told) - 1


def test_that_a_driver_shows_its_range_and_source():
    driver = Driver("encounters", "stay", 0.5, 2.0, "h", "judgement: invented", -0.7)
    (told, *_) = sentences(replace(invent(2), drivers=(driver,)), ES)
    assert (
        told
        == "Encounters (es) sigue sobre todo estos rangos: menos con mayor stay, de 0.5 a 2 h (judgement: invented)."
    )


def test_that_a_result_keeps_them(tmp_path):
    accord = Accord(named("The deal"), (named("first"),), ((), (0,)))
    driver = Driver("encounters", "stay", 0.5, 2.0, "h", "judgement: invented", -0.7)
    result = replace(invent(2, days=3, draws=2), accords=(accord,), drivers=(driver,))
    again = type(result).read(result.write(tmp_path / "kept"))
    assert (again.accords, again.drivers) == (result.accords, result.drivers)
    assert np.array_equal(again.daily, result.daily)
