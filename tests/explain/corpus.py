"""The corpus: what SDKs and tools print, each text with the right verdict. Invented accounts, hosts and names."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("corpus.jsonl")


@dataclass(frozen=True, slots=True)
class Text:
    """A text, who prints it, and the fault's name that is right, None where nothing is about credentials for AWS.

    ``missed``: what is said of it although it is not right; nobody hides what does not work.
    """

    sdk: str
    text: str
    verdict: str | None
    missed: str | None = None


def texts() -> list[Text]:
    """Return the whole corpus."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [Text(**json.loads(line)) for line in lines]


@dataclass(slots=True)
class Score:
    """How often a cause was right, was said, and was both."""

    right: int = 0
    said: int = 0
    hit: int = 0

    @property
    def precision(self) -> float:
        """Of what was said, the part that was right; 1 where nothing was said."""
        return self.hit / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        """Of what was right, the part that was said; 1 where there was nothing."""
        return self.hit / self.right if self.right else 1.0


def scores(pairs: list[tuple[str | None, str | None]]) -> dict[str, Score]:
    """Return the score of each cause, from pairs of what is right and what was said."""
    right, said = Counter(one for one, _ in pairs if one), Counter(other for _, other in pairs if other)
    hit = Counter(one for one, other in pairs if one and one == other)
    return {name: Score(right[name], said[name], hit[name]) for name in sorted({*right, *said})}
