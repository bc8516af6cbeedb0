"""The package keeps the rules of docs/architecture.md, and each rule finds a planted breach."""

from __future__ import annotations

import ast

import pytest

from outreach.config.schema import known_settings
from tests.support.source_rules import (
    PACKAGE,
    RULES,
    Rule,
    breaks_chance,
    breaks_docstrings,
    breaks_environment,
    breaks_imports,
    breaks_length,
    breaks_network,
    breaks_sql,
    breaks_terminal,
    breaks_time,
    breaks_wrapping,
    read_tree,
)


@pytest.mark.parametrize("rule", RULES)
def test_package_keeps_the_rule(rule: Rule) -> None:
    """No module of the package breaks the rule."""
    assert rule(read_tree()) == []


def test_sql_files_stand_only_in_the_ledger() -> None:
    """Every .sql file belongs to the ledger."""
    elsewhere = [path for path in PACKAGE.rglob("*.sql") if path.relative_to(PACKAGE).parts[0] != "ledger"]

    assert elsewhere == []


def test_every_setting_is_read_somewhere() -> None:
    """No setting is accepted and then ignored: each is an attribute that some module reads."""
    read = {
        node.attr
        for module, source in read_tree().items()
        if not module.endswith(".options")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }

    assert [name for name, known in known_settings().items() if known.attribute not in read] == []


BREACHES: list[tuple[Rule, str, str]] = [
    (breaks_imports, "outreach.contacts.reader", "from outreach.letter.filters import date"),
    (breaks_imports, "outreach.contacts.reader", "def f():\n    import outreach.smtp.relay"),
    (breaks_imports, "outreach.contacts.reader", "from ..letter import filters"),
    (breaks_imports, "outreach.contacts.reader", "from outreach import letter"),
    (breaks_imports, "outreach.errors", "from outreach.model import State"),
    (breaks_imports, "outreach.composing.composer", "from outreach.contacts.reader import read"),
    (breaks_imports, "outreach.report.summary", "import outreach.sending.run"),
    (breaks_imports, "outreach.config.loading", "from outreach.smtp.relay import SmtpRelay"),
    (breaks_imports, "outreach.config.loading", "from outreach.smtp import relay"),
    (breaks_imports, "outreach.assembly", "from outreach.cli import main"),
    (breaks_imports, "outreach.sink.server", "from outreach.model import Reply"),
    (breaks_imports, "outreach.utils", ""),
    (breaks_sql, "outreach.report.summary", "QUERY = 'SELECT state, count(*) FROM delivery'"),
    (breaks_sql, "outreach.report.summary", "x = f'update delivery set state = {1}'"),
    (breaks_sql, "outreach.report.summary", "x = 'pragma journal_mode'"),
    (breaks_sql, "outreach.report.summary", "import sqlite3"),
    (breaks_network, "outreach.sending.engine", "import socket\nsocket.socket()"),
    (breaks_network, "outreach.sending.engine", "from socket import getaddrinfo"),
    (breaks_network, "outreach.assembly", "from aiosmtplib import SMTP"),
    (breaks_network, "outreach.assembly", "import http.client\nhttp.client.HTTPSConnection('x')"),
    (breaks_network, "outreach.sending.engine", "from asyncio import open_connection as connect\nconnect()"),
    (breaks_network, "outreach.sending.engine", "async def f(loop):\n    await loop.create_connection(x)"),
    (breaks_network, "outreach.preflight.network.spf", "import dns.resolver"),
    (breaks_network, "outreach.contacts.address", "from dns.asyncresolver import resolve"),
    (breaks_terminal, "outreach.sending.engine", "print('sent')"),
    (breaks_terminal, "outreach.assembly", "import sys\nsys.stderr.write('x')"),
    (breaks_terminal, "outreach.report.summary", "from rich.table import Table"),
    (breaks_wrapping, "outreach.cli.send", "def f(console):\n    console.print('sent')"),
    (breaks_wrapping, "outreach.cli.send", "talk().print('sent', soft_wrap=True)"),
    (breaks_environment, "outreach.smtp.relay", "import os\nos.environ['P']"),
    (breaks_environment, "outreach.cli.send", "from os import getenv"),
    (breaks_time, "outreach.sending.engine", "import time\ntime.monotonic()"),
    (breaks_time, "outreach.sending.engine", "import time as t\nf = t.time"),
    (breaks_time, "outreach.ledger.sqlite", "from datetime import datetime\ndatetime.now()"),
    (breaks_time, "outreach.sending.engine", "import asyncio\nasync def f(): await asyncio.sleep(1)"),
    (breaks_time, "outreach.cli.send", "import time\ntime.time()"),
    (breaks_chance, "outreach.ledger.sqlite", "import random\nrandom.random()"),
    (breaks_chance, "outreach.sending.engine", "from random import Random\nchance = Random()"),
    (breaks_chance, "outreach.cli.send", "import secrets\nsecrets.token_hex()"),
    (breaks_length, "outreach.model", "\n" * 401),
    (breaks_docstrings, "outreach.model", "x = 1"),
]


@pytest.mark.parametrize(("rule", "module", "source"), BREACHES)
def test_planted_breach_is_found(rule: Rule, module: str, source: str) -> None:
    """The rule finds one breach in a tree that has one, and names the module."""
    neighbours = {
        "outreach.letter": '"""A."""',
        "outreach.letter.filters": '"""B."""',
        "outreach.smtp.relay": '"""C."""',
    }

    found = rule({**neighbours, module: source})

    assert found
    assert all(place.startswith(module) for place in found)


@pytest.mark.parametrize(
    ("rule", "module", "source"),
    [
        (breaks_imports, "outreach.config.loading", "from outreach.smtp.options import RelayOptions"),
        (breaks_imports, "outreach.sending.run", "from outreach.preflight.check import check"),
        (breaks_imports, "outreach.letter.source", "from outreach.letter import filters\nfrom . import filters"),
        (breaks_imports, "outreach.cli.send", "from outreach import __version__"),
        (
            breaks_sql,
            "outreach.cli.send",
            "remedy = 'Select another file, or both from this folder. Delete it from time to time.'",
        ),
        (breaks_network, "outreach.assembly", "import socket\nsocket.gethostname()"),
        (breaks_time, "outreach.sending.engine", "def f(clock):\n    clock.sleep(clock.now())"),
        (breaks_chance, "outreach.assembly", "import secrets\nledger(random=secrets.token_bytes)"),
        (breaks_chance, "outreach.ledger.sqlite", "import secrets\ndef f(salt=secrets.token_bytes): ..."),
        (breaks_chance, "outreach.sending.engine", "import random\ndef f(chance: random.Random): ..."),
    ],
)
def test_what_is_allowed_passes(rule: Rule, module: str, source: str) -> None:
    """The rule lets pass what it is not about."""
    neighbours = {"outreach.letter": "", "outreach.letter.filters": ""}

    assert rule({**neighbours, module: source}) == []
