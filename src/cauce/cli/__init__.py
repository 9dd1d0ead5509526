"""The command line.

shell.py      the application, its options, how it prints and ends
verbs.py      the commands: data, rules, forecasts, simulation
decisions.py  the commands that decide
"""

from cauce.cli import decisions, verbs
from cauce.cli.shell import app, main

COMMANDS = {**verbs.COMMANDS, **decisions.COMMANDS}

__all__ = ["COMMANDS", "app", "main"]
