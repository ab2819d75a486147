"""``irsa-doctor watch``: a diagnosis on a schedule, each in a process of its own; what it found is served and logged.

This process holds no token and loads no AWS SDK. It has one loop, which never waits for more than `TICK_SECONDS`, and
the server's threads. Nothing from outside makes it do more: SIGHUP is passed over.
"""

import errno
import os
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType

from sidecar import PROGRAM, __version__
from sidecar.commands.runs import DIAGNOSIS, Answer, answer, interpreter, timed_out, unstarted
from sidecar.config import Config, LogFormat, Mechanism
from sidecar.journal import Journal
from sidecar.probe.child import Child
from sidecar.probe.identity import identity
from sidecar.render.log import Event, as_json, as_text, changes, summary
from sidecar.render.metrics import families
from sidecar.schedule import Schedule
from sidecar.serve.http import Server
from sidecar.serve.paths import Surface
from sidecar.values import ListenAddress

DONE, MISUSE = 0, 2
TICK_SECONDS = 1.0
"""How often the token file is looked at."""
GRACE_SECONDS = 10.0
"""How long a child may take beyond its deadline, to start and to print, before it is killed."""
SUMMARY_SECONDS = 3600.0
"""How often the log says that nothing has changed."""
LOG_SECONDS = 1.0
"""How long standard output may take to accept a piece of the log, before that is lost."""
LAST_SECONDS = 1.5
"""From the signal to the end, at the latest: whatever hangs."""
ROUTINE = 0.75
"""The part of a token's life after which its replacement is a rotation as the kubelet makes it (FACTS K5)."""


def run(config: Config, environ: Mapping[str, str], args: Sequence[str]) -> int:
    """Watch until a signal ends it; return 0, or 2 where it cannot listen or was asked wrongly.

    ``args`` and ``environ`` are what it was asked by: its children are asked the same.
    """
    if config.trust_policy == "-" or str(config.trust_policy).startswith(("/dev/", "/proc/")):
        return _refuse("--trust-policy: watch reads it again for each diagnosis: give the name of a file")
    surface = Surface(time.time, time.monotonic, config.interval, families, _page)
    watch = Watch(config, (*interpreter(), "-m", "sidecar", DIAGNOSIS, *args), environ, surface)
    watch.heed_signals()
    try:
        server = Server(config.listen.host, config.listen.port, surface.answer)
    except OSError as error:
        return _refuse(f"--listen: {_shown(config.listen)}: {_reason(error)}")
    with server:
        return watch.run(config.listen._replace(port=server.port))


class Log:
    """Standard output, unbuffered, and never waited for long: what it does not take is lost, and nothing else is."""

    def __init__(self, form: LogFormat) -> None:
        """Make a log of this form."""
        self._render = as_json if form is LogFormat.JSON else as_text
        self._open = sys.stdout is not None  # else its descriptor may be somebody else's
        self._torn = False
        self._patience = LOG_SECONDS
        self.written = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Write an event."""
        self.written = time.monotonic()
        text = f"{self._render(event, time.time())}\n".encode(errors="backslashreplace")
        with suppress(OSError):
            self._write(b"\n" + text if self._torn else text)

    def _write(self, text: bytes) -> None:
        """Write what is taken: a pipe that nobody reads would hold up everything, the probes, too. Raises OSError."""
        ready = select.poll()
        ready.register(1, select.POLLOUT)
        rest = text
        while rest and self._open and ready.poll(1000 * self._patience):
            rest = rest[os.write(1, rest[: select.PIPE_BUF]) :]
        self._torn = len(rest) < len(text) if rest else False
        self._patience = 0.0 if rest else LOG_SECONDS


class Watch:
    """The loop: it starts a child when one is due, reads it, and shows what it found."""

    def __init__(self, config: Config, command: Sequence[str], environ: Mapping[str, str], surface: Surface) -> None:
        """Make what `run` runs; ``command`` and ``environ`` are a child's."""
        self._limit = config.deadline + GRACE_SECONDS
        self._command = command
        self._environ = environ
        self._surface = surface
        self._log = Log(config.log_format)
        self._woken, self._waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._schedule = Schedule.beginning(config.interval, time.monotonic())
        self._journal = Journal()
        self._token_file = _token_file(config, environ)
        self._seen = identity(self._token_file)
        self._child: Child | None = None
        self._began = 0.0
        self._handed_on = ""
        self._code: int | None = None

    def run(self, served: ListenAddress) -> int:
        """Watch; return the exit code. ``served`` is where, for the log."""
        where = _shown(served)
        message = f"{PROGRAM} {__version__} serves on {where}"
        self._log(Event("info", "started", message, fields={"address": where, "port": served.port}))
        try:
            while self._code is None:
                self._turn()
        finally:
            if self._child is not None:
                self._child.end()
        return self._code

    # ----------------------------------------------------------------------------------------------------- a turn

    def _turn(self) -> None:
        """Do what is due, then wait for what comes next."""
        self._surface.beat()
        now = time.monotonic()
        if self._child is None:
            self._look(now)
            if now >= self._schedule.due:
                self._begin(now)
        self._wait()
        if self._child is not None:
            self._attend(self._child)
        if time.monotonic() - self._log.written >= SUMMARY_SECONDS:
            self._log(summary(self._journal, time.time()))

    def _wait(self) -> None:
        """Wait for a signal, for the child, or for the next thing that is due."""
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        for descriptor in self._child.descriptors if self._child else ():
            poll.register(descriptor, select.POLLIN)
        due = self._began + self._limit if self._child else self._schedule.due
        poll.poll(1000 * min(TICK_SECONDS, max(0.0, due - time.monotonic())))
        with suppress(BlockingIOError):
            os.read(self._woken, 64)

    def _look(self, now: float) -> None:
        """Look whether the token file is another one than the last child saw."""
        found = identity(self._token_file)
        if found != self._seen:
            self._seen = found
            self._schedule = self._schedule.changed(now, routine=_rotated_in_time(self._journal, time.time()))

    # ---------------------------------------------------------------------------------------------------- a child

    def _begin(self, now: float) -> None:
        self._schedule = self._schedule.begun(now, _chance())
        self._began = now
        self._seen = identity(self._token_file)
        try:
            self._child = Child(self._command, self._environ, self._handed_on.encode())
        except (OSError, MemoryError) as error:
            self._note(unstarted(time.time(), error))

    def _attend(self, child: Child) -> None:
        """Read what the child says; note its answer once it has ended, or its time is over."""
        seconds = time.monotonic() - self._began
        if child.read():
            spoken = child.end()
            self._note(answer(spoken, time.time(), time.monotonic() - self._began))
        elif seconds > self._limit:
            child.end()
            self._note(timed_out(time.time(), seconds, self._limit))

    def _note(self, found: Answer) -> None:
        """Take a run's answer into the journal, show it, log what it changed, and plan the next run."""
        self._child = None
        before, first = self._journal, not self._journal.past
        self._journal = before.after(found.run)
        self._surface.show(self._journal)
        for event in changes(before, self._journal):
            self._log(event)
        report = found.run.report
        healthy = report is not None and report.healthy
        self._schedule = self._schedule.ended(time.monotonic(), healthy=healthy, chance=_chance())
        if report is not None:
            self._handed_on = found.handed_on
            self._follow(found.token_file)
        elif first and found.misuse and self._code is None:
            self._code = _refuse(found.misuse)

    def _follow(self, path: str | None) -> None:
        """Watch the token file that the child read: a profile may name another one than the environment."""
        if path is not None and path != self._token_file:
            self._token_file = path
            self._seen = identity(path)

    # -------------------------------------------------------------------------------------------------- signals

    def heed_signals(self) -> None:
        """Let SIGTERM and SIGINT end the loop, and nothing else touch it."""
        signal.set_wakeup_fd(self._waking, warn_on_full_buffer=False)
        signal.signal(signal.SIGALRM, self._end_now)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._code is None:
            self._code = DONE
            signal.setitimer(signal.ITIMER_REAL, LAST_SECONDS)

    def _end_now(self, _number: int, _frame: FrameType | None) -> None:
        """End although something hangs: a log that nobody reads, a thread, a device."""
        if self._child is not None:
            self._child.kill()
        os._exit(DONE)


def _page(journal: Journal, now: float, interval: float) -> tuple[str, str]:
    """Return the page and its policy; loaded when somebody looks: most of a fleet is never looked at."""
    from sidecar.render.page import POLICY, page

    return page(journal, now, interval), POLICY


def _rotated_in_time(journal: Journal, now: float) -> bool:
    """Whether the token that the last report is about was due to be replaced, and all was well with it."""
    if journal.report is None or not journal.report.healthy:
        return False
    issued, expiry = journal.report.measurements.token_issued, journal.report.measurements.token_expiry
    return issued is not None and expiry is not None and now >= issued + ROUTINE * (expiry - issued)


def _chance() -> float:
    return int.from_bytes(os.urandom(4)) / 2**32


def _token_file(config: Config, environ: Mapping[str, str]) -> str | None:
    """Return the path of the token on which the pod's credentials rest, until the first child tells it."""
    if config.mechanism is Mechanism.POD_IDENTITY:
        return environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    return config.token_file or environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")


def _shown(address: ListenAddress) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


def _reason(error: OSError) -> str:
    # The standard library adds the address to what the system says; where a name is not found the number is no errno.
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)
    return f"{reason}; choose another one" if error.errno == errno.EADDRINUSE else reason


def _refuse(sentence: str) -> int:
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"{PROGRAM}: {sentence}", file=sys.stderr, flush=True)
    return MISUSE
