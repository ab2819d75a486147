"""What a page of the handbook holds. Pure data."""

from typing import NamedTuple


class Page(NamedTuple):
    """What a fault means, what it does to the workload, and how a person confirms it by hand.

    A step of ``confirm`` that begins with ``$ `` is a command; words in capitals stand for names. ``example`` is what
    an SDK prints, for faults that only a text shows.
    """

    meaning: str
    impact: str
    confirm: tuple[str, ...]
    example: str = ""
