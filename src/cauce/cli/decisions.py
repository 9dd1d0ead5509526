"""The commands of decisions: plan, place, compare, negotiate, evaluate."""

from __future__ import annotations

from collections.abc import Callable

COMMANDS: dict[str, Callable[..., None]] = {}
"""Every verb of `api` that decides, and its command."""
