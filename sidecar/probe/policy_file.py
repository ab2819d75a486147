"""Reads a trust policy's text from a file, a pipe or standard input. Judges nothing of it."""

import os
import stat
import sys

from sidecar.model import Failed

LIMIT = 1 << 20
"""Bytes: a trust policy has 8192 characters at most (FACTS A38), and what prints it adds little."""
_OPENED = ("/dev/", "/proc/")


def read_policy_file(path: str) -> str | Failed:
    """Return the text, ``-`` being standard input; a pipe is read to its end. `Failed.kind` says what it is."""
    name = "standard input" if path == "-" else path
    try:
        data = _data(path, name)
    except OSError as error:
        return Failed("unreadable", f"{name}: {os.strerror(error.errno or 0).lower()}")
    except ValueError:
        return Failed("unreadable", f"{name!r} is no file's name")
    if isinstance(data, Failed):
        return data
    if len(data) > LIMIT:
        return Failed("too-large", f"{name} is larger than {LIMIT >> 20} MiB, which no trust policy is")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return Failed("not-text", f"{name} is not UTF-8 text")


def _data(path: str, name: str) -> bytes | Failed:
    if path == "-":
        return sys.stdin.buffer.read(LIMIT + 1) if sys.stdin is not None else b""
    mode = os.stat(path).st_mode  # noqa: PTH116 - a path such as /dev/fd/63 is opened as it is
    if stat.S_ISDIR(mode):
        return Failed("directory", f"{name} is a directory")
    # A pipe that the shell has opened ends when what writes it does; a FIFO may have nobody to write it.
    if stat.S_ISFIFO(mode) and not path.startswith(_OPENED):
        return Failed("fifo", f"{name} is a FIFO, which may never end: give a file, or - for standard input")
    with open(path, "rb") as file:  # noqa: PTH123 - as above
        return file.read(LIMIT + 1)
