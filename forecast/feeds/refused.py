"""Items of a feed that were refused: said until they are put right, and offered again when they may have been.

What is refused for what it says itself stays refused. What is refused for what is known (a total, a declaration that is
not there yet) may be right once that has changed. Nothing old is offered after something newer has taken its place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from forecast.declaration import Declaration, Kind
from forecast.errors import Defect
from forecast.journal.item_json import write_item

__all__ = ["PASSING", "Refusals", "Refused", "item_keys", "overtakes"]

PASSING = {Kind.WITHDRAWN, Kind.CHECKED}  # of what stood when they were given, and of nothing that comes later


def item_keys(feed: str, items: Iterable[Declaration]) -> Iterator[str]:
    """An idempotency key for each item: the same whenever it is read again, from whichever line.

    Of items that are alike in everything the second has a key of its own, and so on: a figure corrected back and forth
    is three items, not two.
    """
    seen: Counter[str] = Counter()
    for item in items:
        digest = sha256(json.dumps(write_item(item), sort_keys=True).encode()).hexdigest()[:32]
        seen[digest] += 1
        yield f"{feed}:{digest}" + (f":{seen[digest]}" if seen[digest] > 1 else "")


@dataclass(frozen=True, slots=True)
class Refused:
    """An item, and why it was refused last."""

    item: Declaration
    defects: tuple[Defect, ...]


@dataclass(slots=True)
class Refusals:
    """Refused items by their keys, in the order in which the feed gave them."""

    kept: dict[str, Refused] = field(default_factory=dict)

    @property
    def hopeful(self) -> Mapping[str, Declaration]:
        """Those that may be right one day, which what is `PASSING` may not."""
        return {key: each.item for key, each in self.kept.items() if each.item.kind not in PASSING}

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Why they were refused."""
        return tuple(defect for each in self.kept.values() for defect in each.defects)

    def refuse(self, key: str, item: Declaration, defects: tuple[Defect, ...]) -> bool:
        """Keep an item as refused; whether it was not before."""
        new = key not in self.kept
        if new:
            self.come(item)
        self.kept[key] = Refused(item, defects)
        return new

    def say(self, key: str, defects: tuple[Defect, ...]) -> None:
        """Say why an item would be refused now."""
        self.kept[key] = replace(self.kept[key], defects=defects)

    def come(self, item: Declaration) -> None:
        """Let go of what an item that the feed gives now says anew, whatever comes of it."""
        self.drop([key for key, each in self.kept.items() if _says_anew(item, each.item)])

    def take(self, key: str, item: Declaration) -> None:
        """Let go of an item that was taken, and of those given before it that it has overtaken."""
        for earlier, each in list(self.kept.items()):
            if earlier == key:
                del self.kept[key]
                return
            if overtakes(item, each.item):
                del self.kept[earlier]

    def drop(self, keys: Collection[str]) -> set[str]:
        """Let go of items; which of them were kept."""
        return {key for key in keys if self.kept.pop(key, None) is not None}


def _says_anew(later: Declaration, earlier: Declaration) -> bool:
    return overtakes(later, earlier) and later.kind in {earlier.kind, Kind.WITHDRAWN}


def overtakes(later: Declaration, earlier: Declaration) -> bool:
    """Whether what an item says is said of the same votes (or papers, where it gives no votes) by a later one."""
    if later.area != earlier.area:
        return False
    if Kind.WITHDRAWN in {later.kind, earlier.kind}:
        return True
    figures = {**later.votes, "ballots": later.ballots, "rejected": later.rejected, "valid": later.valid}
    papers = {"ballots": earlier.ballots, "rejected": earlier.rejected, "valid": earlier.valid}
    said = earlier.votes or {name for name, number in papers.items() if number is not None}
    return any(figures.get(name) is not None for name in said)
