"""Names for the numbers in a traced party's rows."""

from __future__ import annotations

from cauce.model.kernel import arrays

TRACE_WORDS = {arrays.ENTERED: "entered", arrays.SERVED: "served", arrays.AT_DOOR: "door", arrays.LEFT: "left"}
