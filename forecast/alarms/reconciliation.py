"""Do the printed figures add up? Totals against their parts, percentages against votes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from forecast.errors import Defect

__all__ = ["reconcile_percentages", "reconcile_totals"]

Parts = Mapping[str, Mapping[str, int]]


def reconcile_totals(where: str, printed: Mapping[str, int], parts: Parts) -> tuple[Defect, ...]:
    """Printed totals that their printed parts do not add up to.

    Parameters
    ----------
    where
        The source, for messages.
    printed
        Name to the total printed.
    parts
        Label of each part (a round, an area) to its figures by name; a part taken away is negative.

    Returns
    -------
    One defect a total that is wrong. Where one slip would put it right, the remedy names it: two figures of one part
    swapped, or a figure that stands in two places.
    """
    sums = {name: sum(part.get(name, 0) for part in parts.values()) for name in printed}
    wrong = {name: sums[name] - printed[name] for name in printed if sums[name] != printed[name]}
    return tuple(
        Defect(
            where,
            f"the total of {name} is printed as {printed[name]:,}, but its parts add up to {sums[name]:,}.",
            _swap(name, wrong, parts) or _copy(name, off, parts) or f"They differ by {abs(off):,}.",
        )
        for name, off in wrong.items()
    )


def reconcile_percentages(
    where: str, votes: Mapping[str, int], percentages: Mapping[str, float], valid: int | None = None, decimals: int = 1
) -> tuple[Defect, ...]:
    """Printed percentages that are not the printed votes' to rounding.

    Parameters
    ----------
    votes, percentages
        By candidate; a candidate without a percentage is not checked.
    valid
        Valid votes; the sum of ``votes`` where not given.
    decimals
        Decimals to which the percentages were rounded.
    """
    whole = sum(votes.values()) if valid is None else valid
    if whole <= 0:
        return (Defect(where, "there are no valid votes to take percentages of."),) if percentages else ()
    exact = {name: 100 * votes[name] / whole for name in percentages if name in votes}
    tolerance = 0.5 * 10**-decimals + 1e-9  # a half may be rounded either way
    return tuple(
        Defect(
            where,
            f"{name} is printed at {percentages[name]:.{decimals}f} per cent, but {votes[name]:,} of {whole:,} votes "
            f"are {share:.{decimals}f}.",
        )
        for name, share in exact.items()
        if abs(percentages[name] - share) > tolerance
    )


def _swap(name: str, wrong: Mapping[str, int], parts: Parts) -> str:
    """The remedy where swapping two figures of one part puts both totals right."""
    for (first, second), (label, part) in ((pair, part) for pair in combinations(wrong, 2) for part in parts.items()):
        if name in {first, second} and wrong[first] == part.get(first, 0) - part.get(second, 0) == -wrong[second]:
            return f"Swapping {first} and {second} in {label} puts both totals right."
    return ""


def _copy(name: str, off: int, parts: Parts) -> str:
    """The remedy where a figure behind the total also stands in another place."""
    places = [(label, other, figure) for label, part in parts.items() for other, figure in part.items()]
    for label, part in parts.items():
        for elsewhere, other, figure in places:
            if part.get(name) == figure and (label, name) != (elsewhere, other):
                return (
                    f"{label} has {figure:,} for {name}, as {elsewhere} has for {other}: "
                    f"{figure - off:,} would put the total right."
                )
    return ""
