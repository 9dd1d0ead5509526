"""The kernel's words for callers above the model: parties, outputs, and what a traced row says."""

from __future__ import annotations

from cauce.model.kernel import arrays
from cauce.model.kernel.arrays import Outputs, Parties

__all__ = ["TRACE_WORDS", "Outputs", "Parties"]

TRACE_WORDS = {arrays.ENTERED: "entered", arrays.SERVED: "served", arrays.AT_DOOR: "door", arrays.LEFT: "left"}
