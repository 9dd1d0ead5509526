"""The verbs.  One short function each, no logic; what is heavy is imported when a verb is used.

run, outlook            simulate
forecast                who would come, as of a day
response_show           how arrivals answer policy
backtest                what the forecasts are worth
morning, morning_template   the page at six from what was reported
validate, calibrate     what the simulator is worth on the record, and its free numbers
rules, explain          why
rules_export            the rulebook as a data set to cite
stations                how loaded each step is, beside queueing theory
negotiate               which deals both sides prefer, and what each condition is worth
scenarios, show         what there is, what came out
plan                    vehicles, crews and beds for the next days
place                   families to hosts: the fixed benchmark
apply                   the capped programme, in memory
compare                 scenarios on common random numbers
evaluate                did it work, by how much, for how long
data_list, data_check, data_build   official files
data_fetch, data_revisions   fetch one and keep each issue; what one issue revised of another
doctor                  is this machine ready, and does it compute what others compute
"""

from cauce.api.decisions import compare, evaluate, negotiate, place, plan
from cauce.api.records import data_build, data_check, data_fetch, data_list, data_revisions
from cauce.api.verbs import (
    apply,
    backtest,
    calibrate,
    doctor,
    explain,
    forecast,
    morning,
    morning_template,
    outlook,
    response_show,
    rules,
    rules_export,
    run,
    scenarios,
    show,
    stations,
    validate,
)

__all__ = [
    "apply",
    "backtest",
    "calibrate",
    "compare",
    "data_build",
    "data_check",
    "data_fetch",
    "data_list",
    "data_revisions",
    "doctor",
    "evaluate",
    "explain",
    "forecast",
    "morning",
    "morning_template",
    "negotiate",
    "outlook",
    "place",
    "plan",
    "response_show",
    "rules",
    "rules_export",
    "run",
    "scenarios",
    "show",
    "stations",
    "validate",
]
