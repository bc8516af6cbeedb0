"""Real Postfix servers on loopback.

A pair: one that takes letters over TLS from who logs in, and one that keeps them. And one alone that takes letters from
this machine and hands them all to another server.

They need root, as Postfix does, and Debian's package postfix; the pair also sasl2-bin.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.support.sinks import free_port

_DAEMONS = Path("/usr/lib/postfix/sbin")
_SETTLE_SECONDS = 60.0

USER, PASSWORD = "letters", "p w!"

_MAIN = """\
compatibility_level = 3.6
command_directory = /usr/sbin
daemon_directory = {daemons}
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {name}.test
mydestination =
alias_maps =
local_recipient_maps =
"""

_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

_OVER_TLS = """\
mynetworks =
smtputf8_enable = yes
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {folder}/server.pem
"""

_LOGS_IN = """\
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = relay.test
smtpd_relay_restrictions = permit_sasl_authenticated, reject
relayhost = [127.0.0.1]:{onwards}
smtp_tls_security_level = encrypt
"""

_KEEPS = """\
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
"""

_HANDS_ON = """\
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtp_host_lookup = native
relayhost = [127.0.0.1]:{onwards}
smtputf8_enable = {smtputf8}
"""


def postfix_lacks(*more: str) -> str:
    """What is missing to run Postfix, with more programs, for the reason of a skip; empty where nothing is."""
    if os.name != "posix" or os.geteuid() != 0:
        return "Postfix can be run by root only"
    missing = [name for name in ("postfix", *more) if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


@dataclass(frozen=True, slots=True)
class PostfixPair:
    """Letters go in at the port, as USER with PASSWORD after STARTTLS, and come to lie in the mailbox."""

    port: int
    ca_file: Path
    mailbox: Path  # a Maildir, in which line ends are LF
    logs: tuple[Path, Path]

    def messages(self, count: int) -> list[bytes]:
        """So many messages with CRLF, once they have arrived."""
        until = time.monotonic() + _SETTLE_SECONDS
        while len(found := sorted((self.mailbox / "new").glob("*"))) < count:
            said = "\n".join(log.read_text() for log in self.logs if log.exists())
            assert time.monotonic() < until, f"{len(found)} of {count} messages arrived:\n{said}"
            time.sleep(0.05)  # other processes: there is nothing to wait on but time
        return [path.read_bytes().replace(b"\n", b"\r\n") for path in found]


@contextmanager
def postfix_pair(domain: str) -> Iterator[PostfixPair]:
    """The two, for the block; all that is written to the domain goes into one mailbox."""
    with ExitStack() as stack:
        folder = stack.enter_context(_folder())
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        certificate = authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem
        first, last = folder / "first", folder / "last"
        ports = free_port(), free_port()
        for home in (first, last):
            _make_home(home)
            certificate.write_to_path(str(home / "server.pem"))
        _add_user(first)
        (last / "mail").mkdir()
        shutil.chown(last / "mail", "nobody", "nogroup")
        nobody = (last / "mail").stat()
        keeps = _KEEPS.format(folder=last, domain=domain, user=nobody.st_uid, group=nobody.st_gid)
        stack.enter_context(_running(last, ports[1], _OVER_TLS.format(folder=last) + keeps))
        takes = _OVER_TLS.format(folder=first) + _LOGS_IN.format(onwards=ports[1])
        stack.enter_context(_running(first, ports[0], takes))
        yield PostfixPair(
            ports[0], folder / "ca.pem", last / "mail" / "all", (first / "postfix.log", last / "postfix.log")
        )


@contextmanager
def postfix_relay(onwards: int, *, smtputf8: bool) -> Iterator[int]:
    """The port of the one alone, for the block; what it takes goes to the port `onwards` of loopback."""
    with _folder() as folder:
        home, port = folder / "relay", free_port()
        _make_home(home)
        settings = _HANDS_ON.format(onwards=onwards, smtputf8="yes" if smtputf8 else "no")
        with _running(home, port, settings):
            yield port


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="outreach-postfix-") as name:
        Path(name).chmod(0o755)  # Postfix works as users of its own
        yield Path(name)


def _make_home(home: Path) -> None:
    """Where one server keeps all that is its own."""
    for part in ("conf", "queue", "data"):
        (home / part).mkdir(parents=True)
    shutil.chown(home / "data", "postfix")


def _add_user(home: Path) -> None:
    """Who may log in, where Debian's Postfix has Cyrus SASL look for it."""
    users = home / "conf" / "sasl" / "users"
    users.parent.mkdir()
    (home / "conf" / "sasl" / "smtpd.conf").write_text(
        f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {users}\nmech_list: PLAIN LOGIN\n"
    )
    command = ["saslpasswd2", "-p", "-c", "-f", str(users), "-u", "relay.test", USER]
    subprocess.run(command, input=PASSWORD, text=True, check=True)
    shutil.chown(users, group="postfix")


@contextmanager
def _running(home: Path, port: int, settings: str) -> Iterator[None]:
    """One server, stopped in the end by the pid that it has written down."""
    main = _MAIN.format(daemons=_DAEMONS, folder=home, name=home.name)
    (home / "conf" / "main.cf").write_text(main + settings)
    (home / "conf" / "master.cf").write_text(_SERVICES.format(port=port))
    _postfix(home, "start")
    try:
        yield
    finally:
        _postfix(home, "stop")


def _postfix(home: Path, command: str) -> None:
    done = subprocess.run(["postfix", "-c", home / "conf", command], capture_output=True, text=True, check=False)
    log = home / "postfix.log"
    assert done.returncode == 0, done.stderr + (log.read_text() if log.exists() else "")
