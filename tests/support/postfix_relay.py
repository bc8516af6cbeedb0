"""A real Postfix on loopback that takes letters from this machine and hands them all to one other server.

It needs root, as Postfix does, and Debian's package postfix.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.sinks import free_port

_DAEMONS = Path("/usr/lib/postfix/sbin")

_MAIN = """\
compatibility_level = 3.6
daemon_directory = {daemons}
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtp_host_lookup = native
relayhost = [127.0.0.1]:{onwards}
alias_maps =
smtputf8_enable = {smtputf8}
"""

_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def postfix_relay_lacks() -> str:
    """What is missing to run it, for the reason of a skip; empty where nothing is."""
    if os.name != "posix" or os.geteuid() != 0:
        return "Postfix can be run by root only"
    return "" if shutil.which("postfix") else "Postfix is not installed"


@contextmanager
def postfix_relay(onwards: int, *, smtputf8: bool) -> Iterator[int]:
    """Its port, for the block; what it takes goes to the port `onwards` of loopback."""
    with tempfile.TemporaryDirectory(prefix="outreach-postfix-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)  # Postfix works as a user of its own
        for part in ("conf", "queue", "data"):
            (folder / part).mkdir()
        shutil.chown(folder / "data", "postfix")
        settings = _MAIN.format(daemons=_DAEMONS, folder=folder, onwards=onwards, smtputf8="yes" if smtputf8 else "no")
        (folder / "conf" / "main.cf").write_text(settings)
        (folder / "conf" / "master.cf").write_text(_SERVICES.format(port=port))
        _postfix(folder, "start")
        try:
            yield port
        finally:
            _postfix(folder, "stop")


def _postfix(folder: Path, command: str) -> None:
    """It is stopped by the pid that it has written down itself."""
    done = subprocess.run(["postfix", "-c", folder / "conf", command], capture_output=True, text=True, check=False)
    log = folder / "postfix.log"
    assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")
