"""Which file a path leads to, so that a change of it is noticed without reading it. Judges nothing."""

import os

Identity = tuple[int, ...]


def identity(path: str | None) -> Identity:
    """Return device, inode and the time of change, in nanoseconds, of what the path leads to; else why nothing."""
    if path is None:
        return ()
    try:
        found = os.stat(path)  # noqa: PTH116 - pathlib is not loaded for it
    except OSError as error:
        return (error.errno or 0,)
    except ValueError:  # a NUL in the name
        return ()
    return found.st_dev, found.st_ino, found.st_mtime_ns
