"""The settings of the letter: the section [campaign]."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# Whoever sends these must offer a way out, and say in the letter who they are.
SENT_ON_CONSENT = frozenset({"subscribed", "fundraising", "commercial"})
LINK = "unsubscribe_url"  # what the letter calls its recipient's own link to unsubscribe


@dataclass(frozen=True, slots=True)
class CampaignOptions:
    """Which letter, under which name."""

    name: str
    letter: str = "templates/letter.md"  # relative to the campaign's folder
    default_lang: str = "en"
    date: datetime.date | None = None  # the day the text prints; None: the day it is sealed
    attachments: tuple[str, ...] = ()
    purpose: Literal["advocacy", "press", "subscribed", "fundraising", "commercial"] = "advocacy"
    not_before: datetime.datetime | None = None  # with its offset; no letter leaves earlier
    line_breaks: Literal["keep", "join"] = "keep"
    reason: Mapping[str, str] = field(default_factory=dict)  # why they are written to, by language; "": in any
    ad_label: bool = False  # (광고) in front of the subject
