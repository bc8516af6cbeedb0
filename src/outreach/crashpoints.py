"""Named points at which a test may end the process, to see what is lost then; where no test asks, nothing happens.

A point is two lines where it stands, and costs a few nanoseconds: `if crashpoints.hook: crashpoints.hook(…)`.
A test sets the hook in a process of its own; nothing else does, and no setting or environment can.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class CrashPoint(StrEnum):
    """Where a run may die, in the order in which it comes by."""

    MIGRATING = "migrating"  # a step of the schema is made, and not committed
    PLANNING = "planning"  # the whole plan is made, and not committed
    PLANNED = "planned"  # the plan is durable; nothing says so beside the settings
    SEALING = "sealing"  # the first half of the seal file is written
    SEALED = "sealed"  # all of it is written, and does not have its name yet
    SLICE_TAKEN = "slice-taken"  # a slice is this run's
    INTENDING = "intending"  # an intent is made, and not committed
    INTENDED = "intended"  # an intent is durable, and no byte of the body has left
    IN_BODY = "in-body"  # a part of the body has left, and surely not the dot
    AFTER_DOT = "after-dot"  # the dot is written, and its reply is not read
    ANSWERED = "answered"  # the reply is read, and not recorded
    RESULTING = "resulting"  # a result is made, and not committed


hook: Callable[[CrashPoint], None] | None = None
