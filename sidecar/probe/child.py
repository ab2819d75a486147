"""A process of its own for one diagnosis: started, read with bounds, ended when it takes too long. Judges nothing.

What it prints is kept in memory as bytes, within `LIMIT`; standard error is kept only to say, in our own program's
sentences, why there was no answer.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, NamedTuple

LIMIT = 4 << 20
"""Bytes of standard output that are read: a report has about 50 KiB."""
_NOISE_LIMIT = 1 << 14  # bytes of standard error that are kept
_PIECE = 1 << 16
_LAST_WAIT_SECONDS = 1.0  # for a process that was killed, or has closed its output


class Spoken(NamedTuple):
    """What a process that has ended said: its exit code (negative: the signal that ended it), its output, its noise.

    ``cut``: it was ended for printing more than `LIMIT`.
    """

    code: int
    out: bytes
    noise: bytes
    cut: bool


class Child:
    """A process that was started. Its output is read by `read`, which never waits; `end` ends it at any time."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], told: bytes) -> None:
        """Start it; ``told`` is its standard input. Raises OSError where it cannot be started."""
        with _holding(told) as file:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                env=dict(environ),
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=0,  # a terminal's Ctrl-C ends it by way of us alone
            )
        self._kept = {self._stream(self._process.stdout): bytearray(), self._stream(self._process.stderr): bytearray()}
        self._out, self._noise = self._kept.values()
        self._cut = False

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> int:
        if stream is None:
            raise AssertionError
        os.set_blocking(stream.fileno(), False)
        return stream.fileno()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What to wait on for more; none where all was said."""
        return tuple(self._kept)

    def read(self) -> bool:
        """Read what is there; return whether it has said all that it will."""
        for descriptor, kept in list(self._kept.items()):
            if _drained(descriptor, kept, LIMIT if kept is self._out else _NOISE_LIMIT):
                del self._kept[descriptor]
        if len(self._out) > LIMIT and not self._cut:
            self._cut = True
            self.kill()
        return not self._kept

    def kill(self) -> None:
        """End it at once; it has nothing to tidy up."""
        with suppress(OSError):
            self._process.send_signal(signal.SIGKILL)

    def end(self) -> Spoken:
        """Return what it said. A process that has not ended by then is killed."""
        try:
            code = self._process.wait(_LAST_WAIT_SECONDS if not self._kept else 0)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._outlived()
        self._close()
        return Spoken(code, bytes(self._out[:LIMIT]), bytes(self._noise), self._cut)

    def _outlived(self) -> int:
        """Return the code of a process that was killed; the kernel may not let go of one that waits for a device."""
        try:
            return self._process.wait(_LAST_WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL

    def _close(self) -> None:
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def _holding(told: bytes) -> IO[bytes]:
    """Return a file that holds the bytes; an empty one where the system makes none: what is told is only a memory."""
    try:
        file = open(os.memfd_create("told"), "w+b")  # noqa: PTH123, SIM115 - returned; a pipe would have to be fed
    except (OSError, AttributeError):
        return open(os.devnull, "rb")  # noqa: PTH123 - as above
    file.write(told)
    file.seek(0)
    return file


def _drained(descriptor: int, kept: bytearray, limit: int) -> bool:
    """Read what is there, keep no more than a piece beyond ``limit``; return whether nothing more will come."""
    try:
        while piece := os.read(descriptor, _PIECE):
            if len(kept) > limit:
                return False  # more of it may wait: so that one that never stops cannot keep us here
            kept += piece
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
