"""The command line.

shell.py      the application, its options, how it prints and ends
verbs.py      the commands: data, rules, forecasts, simulation
decisions.py  the commands that decide
web.py        the commands of the service
mistakes.py   what is wrong, in Spanish
"""

from cauce.cli import decisions, verbs, web
from cauce.cli.shell import app, main

COMMANDS = {**verbs.COMMANDS, **decisions.COMMANDS}

__all__ = ["COMMANDS", "app", "main", "web"]
