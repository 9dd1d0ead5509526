"""`python -m cauce`."""

from cauce.cli import main

main()
