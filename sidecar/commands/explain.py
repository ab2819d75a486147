"""``irsa-doctor explain``: a fault's code or name to its page, any SDK's log text to the cause and what mends it."""

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress

from sidecar import faults
from sidecar.explain.recogniser import Explanation, Recogniser
from sidecar.model import Fault
from sidecar.render.explain import explanation_json, explanation_text, fault_json
from sidecar.values import hint, nearest, quoted

EXPLAINED, MISUSE, INTERRUPTED = 0, 2, 130
_CHUNK = 1 << 18
_PROGRESS = 8 << 20  # bytes between two words about how far it is
_CODE = re.compile(r"irsa\d+", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][\w-]*")


def run(argument: str | None, *, as_json: bool) -> int:
    """Print the page of a fault, or what a text shows; return 0, or 2 where there is no such fault or text."""
    if argument in {None, "-"}:
        return _explain_input(as_json=as_json, named=argument is not None)
    fault = named(argument or "")
    if fault is not None:
        return _show(fault, as_json=as_json)
    return _explain_file(argument or "", as_json=as_json)


def named(word: str) -> Fault | None:
    """Return the fault of a code, in any case, or of a name."""
    code = word.upper()
    return faults.BY_NAME.get(word) or next((fault for fault in faults.ALL if fault.code == code), None)


def _show(fault: Fault, *, as_json: bool) -> int:
    from sidecar.render.handbook import handbook_text

    print(fault_json(fault) if as_json else handbook_text(fault), flush=True)
    return EXPLAINED


def _explain_file(path: str, *, as_json: bool) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        return _refuse(path, error)
    try:
        return _explain(descriptor, path, as_json=as_json)
    finally:
        os.close(descriptor)


def _explain_input(*, as_json: bool, named: bool) -> int:
    if sys.stdin is None:
        return _give_up("standard input is closed: name a file, a code or a name")
    if not named and sys.stdin.isatty():
        return _give_up("nothing to explain: name a code, a fault or a file, or pipe a log into it")
    return _explain(sys.stdin.fileno(), "standard input", as_json=as_json)


def _explain(descriptor: int, source: str, *, as_json: bool) -> int:
    recogniser, code = Recogniser(), EXPLAINED
    try:
        for chunk in _shown(_chunks(descriptor)):
            recogniser.feed(chunk)
    except KeyboardInterrupt:
        code = INTERRUPTED  # the end of `kubectl logs -f`: what was found is printed
    except OSError as error:
        return _give_up(f"{quoted(source)} cannot be read: {error.strerror}")
    _print(recogniser.finish(), as_json=as_json)
    return code


def _chunks(descriptor: int) -> Iterator[bytes]:
    while chunk := os.read(descriptor, _CHUNK):
        yield chunk


def _shown(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass the chunks on, and say on a terminal how far it is: a long log takes its time."""
    wanted = sys.stderr is not None and sys.stderr.isatty()
    done = said = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        if wanted and done - said >= _PROGRESS:
            said = done
            sys.stderr.write(f"\r{done >> 20} MiB read")
            sys.stderr.flush()
    if said:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _print(found: Explanation, *, as_json: bool) -> None:
    print(explanation_json(found) if as_json else explanation_text(found), flush=True)


def _refuse(word: str, error: OSError | ValueError) -> int:
    """Say why this is no file, and what may have been meant."""
    gone = isinstance(error, ValueError) or error.errno == errno.ENOENT
    if gone and _CODE.fullmatch(word):
        near = nearest(word, (fault.code for fault in faults.ALL))
        return _give_up(f"{quoted(word)} is the code of no fault{hint(near)}")
    if gone and _WORD.fullmatch(word):
        return _give_up(f"{quoted(word)} is neither a fault nor a file{hint(nearest(word, faults.BY_NAME))}")
    why = error.strerror if isinstance(error, OSError) else "not the name of a file"
    return _give_up(f"{quoted(word)} cannot be read: {why}")


def _give_up(why: str) -> int:
    if sys.stderr is not None:
        with suppress(OSError):
            print(f"irsa-doctor: {why}", file=sys.stderr, flush=True)
    return MISUSE
