"""What strangers and lists bring, in short: payloads in every field, and spoilt inputs."""

from __future__ import annotations

import pytest

from tests.reliability import fuzz, injection
from tests.reliability.figure import Scale
from tests.reliability.payloads import PAYLOADS

pytestmark = pytest.mark.flow


def test_a_payload_is_refused_or_arrives_as_one_message() -> None:
    """Forty payloads in each field of a list: no header, part, tag, command or recipient more."""
    figure = injection.run(Scale.SHORT)

    assert len(PAYLOADS) == 40
    assert figure.faults == ()


def test_spoilt_inputs_are_read_or_refused_in_words() -> None:
    """Replies, lists, workbooks and letters with a few bytes changed: no crash, and bounded memory."""
    assert fuzz.run(Scale.SHORT).faults == ()
