"""Who did something, as entries name them: ``"editor Eve (key 3)"``; and whether two of them are one person."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["person_of", "same_person"]

WITH_KEY = re.compile(r"\S+ (?P<name>.*) \(key \d+\)", re.DOTALL)


def person_of(actor: str) -> str:
    """A person's name as it tells people apart: keys made out to one name are one person's, however it is written.

    The same key is always the same name; the role, letters' case, spaces and what is not seen make nobody another.
    """
    found = WITH_KEY.fullmatch(actor)
    name = unicodedata.normalize("NFKC", found["name"] if found else actor)
    seen = "".join(each for each in name if unicodedata.category(each) != "Cf")
    return " ".join(seen.casefold().split())


def same_person(one: str, other: str) -> bool:
    """Whether two actors are one person."""
    return person_of(one) == person_of(other)
