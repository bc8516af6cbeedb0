"""The exceptions of the project, and the problem: a value for what is wrong in what we were given.

    OutreachError            exit 2 unless it says otherwise
    ├── UsageError           a wrong command line                              exit 2
    ├── SettingsError        a wrong setting                                   exit 2
    ├── ContentError         a problem in the letter or the list, as an exception  exit 3
    ├── UnsafeError          sending now would be unsafe                       exit 3
    ├── RelayError           the relay can't be used
    │   ├── LoginRefused     the account or its password is wrong              exit 4
    │   ├── CertificateError its certificate is not trusted                    exit 2
    │   └── RelayUnreachable no usable connection                              exit 5
    ├── LedgerError          the ledger can't be used                          exit 2
    │   ├── LedgerLocked     another run is sending this campaign
    │   ├── LedgerNewer      written by a later version of outreach
    │   ├── LedgerDamaged    not a ledger, or corrupt
    │   └── LedgerUnwritable disk full, or no right to write                   exit 5
    └── Interrupted          stopped by the user, resumable                    exit 130

Every error holds two lines for the user: what happened and where, and what to do about it. Some hold lines between
these two: what exactly has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class OutreachError(Exception):
    """What happened and where, and what to do about it."""

    exit_code = 2

    def __init__(self, what: str, remedy: str, *, details: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.details = details

    def __reduce__(self) -> tuple[object, ...]:
        """To and from another process, whatever the class asks for when it is made."""
        return _arrived, (type(self), self.args, self.__dict__)


def _arrived(kind: type[OutreachError], arguments: tuple[object, ...], fields: dict[str, object]) -> OutreachError:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    error.__dict__.update(fields)
    return error


class UsageError(OutreachError):
    """The command line asks for something that can't be."""


class SettingsError(OutreachError):
    """A setting is wrong, unknown or missing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the letter or the list, with its place and its remedy."""

    code: str  # stable: E09; see docs/findings.md
    where: str  # "contacts/officials.csv:17", "templates/letter.md:4"; empty where there is no place
    message: str  # what is wrong, one line: no address in column "email"
    hint: str  # what to do, one line
    address: str = ""  # the recipient concerned, where there is one
    level: str = "error"  # error | warning | info
    several: str = ""  # what is said of several rows that have it: lack "salutation"; empty where no row has it

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Problem:
        """One that was kept as its fields by name."""
        return cls(**fields)


class ContentError(OutreachError):
    """A problem in the letter or the list that ends what was under way."""

    exit_code = 3

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.where}: {problem.message}" if problem.where else problem.message, problem.hint)
        self.problem = problem


class UnsafeError(OutreachError):
    """Sending now could reach the wrong people, the wrong way, or somebody twice."""

    exit_code = 3


class RelayError(OutreachError):
    """The relay can't be used."""

    exit_code = 5


class LoginRefused(RelayError):
    """The relay refused the login."""

    exit_code = 4


class CertificateError(RelayError):
    """The relay's certificate is not trusted."""

    exit_code = 2


class RelayUnreachable(RelayError, ConnectionError):
    """No usable connection to the relay."""


class LedgerError(OutreachError):
    """The ledger can't be used."""


class LedgerLocked(LedgerError):
    """Another run is sending this campaign."""


class LedgerNewer(LedgerError):
    """The ledger was written by a later version of outreach."""


class LedgerDamaged(LedgerError):
    """The file is not a ledger, or it is corrupt."""


class LedgerUnwritable(LedgerError):
    """The ledger can't be written: the disk is full, or there is no right to write."""

    exit_code = 5


class Interrupted(OutreachError):
    """The user stopped the run; it can be resumed."""

    exit_code = 130
