"""Installs the peers, and runs each over the same contacts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.campaign import ROOT, SENDER, SUBJECT
from tests.benchmarks.peers.letter import PeerLetter, as_json, signatories
from tests.benchmarks.servers import POSTFIX_SOURCE
from tests.benchmarks.watching import run
from tests.support.sinks import POSTFIX_SINK

PLACE = ROOT / "build" / "bench"  # outside of the project's environment: the lock knows nothing of the peers
_MAILMERGE = PLACE / "mailmerge" / "bin" / "mailmerge"
_NODEMAILER = PLACE / "node_modules" / "nodemailer"
_MESSAGE = """\
TO: {{{{ email }}}}
FROM: Coalition <{sender}>
SUBJECT: {subject}
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_boundary"

{{% set signatories = {names} %}}
--=_boundary
Content-Type: text/plain; charset=utf-8

{text}
--=_boundary
Content-Type: text/html; charset=utf-8

{html}
--=_boundary--
"""


def install() -> None:
    """Fetch the peers that are not there yet, from npm and PyPI."""
    PLACE.mkdir(parents=True, exist_ok=True)
    if not _NODEMAILER.exists() and shutil.which("npm"):
        (PLACE / "package.json").write_text('{"private": true}\n')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "nodemailer"], cwd=PLACE, check=True)
    if not _MAILMERGE.exists():
        venv.create(PLACE / "mailmerge", with_pip=True, clear=True)
        pip = [str(PLACE / "mailmerge" / "bin" / "python"), "-m", "pip", "install", "--quiet", "mailmerge"]
        subprocess.run(pip, check=True)


def missing(peer: str) -> str:
    """What a peer lacks on this machine, in words; empty where it can run."""
    if not POSTFIX_SINK.exists() or not POSTFIX_SOURCE.exists():
        return "Postfix's smtp-sink and smtp-source are not installed"
    if peer == "nodemailer" and not (shutil.which("node") and _NODEMAILER.exists()):
        return "node and npm, or build/bench with nodemailer in it, are missing; make bench installs it"
    if peer == "mailmerge" and not _MAILMERGE.exists():
        return "mailmerge is not installed in build/bench; make bench does it"
    return ""


def versions() -> dict[str, str]:
    """Of each peer that is installed."""
    found = {"postfix": _said(["postconf", "-h", "mail_version"])}
    if _NODEMAILER.exists():
        found["nodemailer"] = str(json.loads((_NODEMAILER / "package.json").read_text())["version"])
        found["node"] = _said(["node", "--version"])
    if _MAILMERGE.exists():
        found["mailmerge"] = _said([str(_MAILMERGE), "--version"]).rpartition(" ")[2]
    return found


def _said(arguments: Sequence[str]) -> str:
    try:
        return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def send_with_smtp_source(port: int, letters: int, size: int) -> float:
    """The C load generator: blank messages of this size over 20 connections; seconds."""
    arguments = ["-d", "-s", "20", "-m", str(letters), "-l", str(size), "-f", SENDER, "-t", "person@host.example"]
    return run([str(POSTFIX_SOURCE), *arguments, f"127.0.0.1:{port}"], cwd=ROOT).seconds


def send_with_aiosmtplib(folder: Path, port: int, connections: int, letter: PeerLetter) -> float:
    """All contacts of the folder; seconds."""
    (folder / "letter.json").write_text(as_json(letter))
    arguments = [str(folder / "contacts.csv"), str(folder / "letter.json"), str(port), str(connections)]
    return run([sys.executable, "-m", "tests.benchmarks.peers.aiosmtplib_many", *arguments], cwd=ROOT).seconds


def send_with_nodemailer(folder: Path, port: int, connections: int, letter: PeerLetter) -> float:
    """All contacts of the folder; seconds."""
    script = PLACE / "nodemailer_many.mjs"
    shutil.copyfile(Path(__file__).with_name(script.name), script)
    parts = f"export const text = {letter.text.literal()};\nexport const html = {letter.html.literal()};\n"
    (PLACE / "letter.mjs").write_text(parts)
    (folder / "signatories.json").write_text(json.dumps(signatories()))
    arguments = [str(folder / "contacts.csv"), str(folder / "signatories.json"), str(port), str(connections)]
    return run(["node", str(script), *arguments, SENDER, SUBJECT], cwd=PLACE).seconds


def send_with_mailmerge(folder: Path, port: int, letter: PeerLetter) -> float:
    """All contacts of the folder, one after the other, as it does; seconds."""
    work = folder / "mailmerge"
    work.mkdir(exist_ok=True)
    shutil.copyfile(folder / "contacts.csv", work / "mailmerge_database.csv")
    message = _MESSAGE.format(
        sender=SENDER,
        subject=SUBJECT,
        names=json.dumps(signatories()),
        text=letter.text.jinja(),
        html=letter.html.jinja(),
    )
    (work / "mailmerge_template.txt").write_text(message)
    server = f"[smtp_server]\nhost = 127.0.0.1\nport = {port}\nsecurity = Never\n"
    (work / "mailmerge_server.conf").write_text(server)
    return run([str(_MAILMERGE), "--no-dry-run", "--no-limit"], cwd=work).seconds
