"""Whether IAM is asked, and with what it showed to earlier runs. Judges nothing."""

from typing import TYPE_CHECKING, NamedTuple

from sidecar.config import Config, Iam
from sidecar.facts import Accepted, Refused, Settings, Token
from sidecar.model import Absent, Failed
from sidecar.probe.aside import Aside, overdue, within
from sidecar.probe.exchange import ExchangeReading
from sidecar.probe.iam import IamReading, Subject, read_iam, unread
from sidecar.probe.sdk import Session
from sidecar.probe.settings import AwsReading
from sidecar.probe.world import Budget, World

if TYPE_CHECKING:
    from sidecar.probe.remembered import Memory


class Asking(NamedTuple):
    """With what IAM is asked, and what it showed to earlier runs."""

    world: World
    budget: Budget
    config: Config
    memory: "Memory | None"


def ask_iam(aws: AwsReading, token: Token | Failed | Absent, answer: ExchangeReading, asking: Asking) -> IamReading:
    """Return role and provider as IAM shows them, where that is wanted; what was shown lately is not asked again."""
    unwanted = _unwanted(asking.config.iam, answer)
    if unwanted or aws.session is None or not isinstance(aws.settings, Settings):
        return unread(Absent(unwanted) if unwanted else Absent("the AWS settings cannot be read"))
    role = aws.settings.role_arn
    subject = Subject(role.value if role else "", token.issuer if isinstance(token, Token) else None)
    memory = asking.memory
    known = memory.recall(answer, subject, asking.world.monotonic()) if memory else None
    if known is not None:
        return known
    reading = _asked_iam(aws.settings, aws.session, subject, given=isinstance(answer.sts, Accepted), asking=asking)
    if memory:
        memory.keep(answer, subject, reading, asking.world.monotonic())
    return reading


def _asked_iam(settings: Settings, session: Session, subject: Subject, *, given: bool, asking: Asking) -> IamReading:
    inner = within(asking.budget, asking.config)
    reading = Aside(
        lambda: read_iam(subject, given=given, settings=settings, session=session, world=asking.world, budget=inner)
    )
    return reading.result(asking.budget) or unread(overdue(asking.config))


def _unwanted(iam: Iam, answer: ExchangeReading) -> str | None:
    """Return why IAM is not to be asked."""
    if iam is Iam.OFF:
        return "IAM is not asked (--iam off)"
    if iam is Iam.AUTO and not isinstance(answer.sts, Refused):
        return "IAM is asked only where STS refused the exchange (--iam auto)"
    return None
