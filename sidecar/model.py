"""The words of a diagnosis: faults, verdicts, results, the report.

Pure data: imports nothing of the project and does nothing. No field of these types may ever
hold a token, a signature or a credential.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Severity(StrEnum):
    """How bad a fault is: ``error``, the workload cannot get credentials; ``warning``, today it can."""

    ERROR = "error"
    WARNING = "warning"


class Status(StrEnum):
    """What became of a check in one run."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    CRASH = "crash"


class Fault(NamedTuple):
    """A named answer: what is wrong, and what mends it.

    ``remedy`` and ``commands`` are ``str.format`` templates over the evidence of the `Fail` that
    names the fault. In a command each placeholder stands outside quotes: it is shell-quoted when
    filled in. ``transient`` marks what time can cure (``check --wait`` goes on).
    """

    code: str
    name: str
    severity: Severity
    title: str
    remedy: str
    commands: tuple[str, ...] = ()
    transient: bool = False


class Failed(NamedTuple):
    """Looked for, and the world said no: ``kind`` is one word for the code, ``why`` a clause for people."""

    kind: str
    why: str


class Absent(NamedTuple):
    """Never looked for: something earlier is missing, it was not asked for, or time ran out (``overdue``)."""

    why: str
    overdue: bool = False


class Pass(NamedTuple):
    """The check's question is answered with yes; ``detail`` is a clause for people."""

    detail: str


class Fail(NamedTuple):
    """The check's question is answered with a fault, and what was seen that proves it.

    ``severity`` overrides the fault's own where the circumstances do (FAULTS: 104, 109, 301, 901).
    """

    fault: Fault
    evidence: Mapping[str, str]
    severity: Severity | None = None


class Skip(NamedTuple):
    """The check's question cannot be answered, and why."""

    why: str


Verdict = Pass | Fail | Skip


class Result(NamedTuple):
    """A check's line in the report. ``fault`` and ``severity`` are set for ``warn`` and ``fail`` only."""

    check: str
    question: str
    status: Status
    detail: str
    fault: Fault | None = None
    severity: Severity | None = None
    evidence: Mapping[str, str] = MappingProxyType({})


class RootCause(NamedTuple):
    """The one fault to mend first; ``check`` is the check that found it."""

    fault: Fault
    severity: Severity
    check: str
    evidence: Mapping[str, str]
    also_possible: tuple[str, ...] = ()


class Phases(NamedTuple):
    """Seconds spent in each phase of one request; None where a phase did not happen."""

    resolve: float | None = None
    connect: float | None = None
    tls: float | None = None
    response: float | None = None


class Identity(NamedTuple):
    """Who the pod says it is, and who STS says it is."""

    role_arn: str | None = None
    issuer: str | None = None
    subject: str | None = None
    audience: tuple[str, ...] = ()
    assumed_role_arn: str | None = None


class Measurements(NamedTuple):
    """What was measured on the way. Times are seconds since the epoch, durations seconds."""

    token_issued: float | None = None
    token_expiry: float | None = None
    token_file_modified: float | None = None
    credentials_expiry: float | None = None
    jwks_keys: int | None = None
    issuer_certificate_expiry: float | None = None
    clock_skew_seconds: float | None = None
    sts_code: str | None = None
    issuer: Phases = Phases()
    jwks: Phases = Phases()
    sts: Phases = Phases()


class Report(NamedTuple):
    """One run: the results in the order of the chain of trust, and the one root cause.

    ``overdue`` says that the exchange was not reached within the deadline.
    """

    version: str
    started: datetime
    duration_seconds: float
    healthy: bool
    overdue: bool
    identity: Identity
    root_cause: RootCause | None
    results: tuple[Result, ...]
    measurements: Measurements
