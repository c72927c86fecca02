"""Draws given the news, by the members they are made with: the arithmetic of `models.pathwise`, in NumPy.

Some draws at a time, as many as the processor's cache holds. Compiled, the same is `models.draw_kernels`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.small_matrices import multiply, solve_lower, solve_upper
from models.twins import twin_of

__all__ = ["Draws", "Members", "News", "condition_draws"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]

PART = 1_000  # draws at a time


class Members(NamedTuple):
    """What draws are made with, by member.

    Parameters
    ----------
    across, within
        (area, area, member) A, in the order of areas, and (candidate, candidate, member) W.
    slopes, entrants, size
        SDs of slopes (candidate, member), of entrants' shares (area, entrant, member) and of areas' swings (1, member).
    moves, means
        (entrant, candidate, member) as in `Law`, and (area asked for, candidate, member) mean shares.
    factor, missed
        (row, row, member) factor of the observations' covariance, and (row, member) what they are above their means.
    """

    across: Array
    within: Array
    slopes: Array
    entrants: Array
    size: Array
    moves: Array
    means: Array
    factor: Array
    missed: Array


class Draws(NamedTuple):
    """What draws are made of: as in `Path`, what blurs the observations (row, draw), and the normals of `Shift`."""

    along: Array
    slopes: Array
    entrants: Array
    blur: Array
    common: Array


class News(NamedTuple):
    """What is alike in all draws.

    Parameters
    ----------
    order, places, place
        The areas that matter, those heard of first; the places in this order of those asked for, and of each row's.
    sees, upto
        (row, candidate) what is observed, and candidates up to the last of whom anything is.
    own, others, mean
        As in `Leaning`, in the order of areas.
    strength, group
        As in `Shift`, of the areas asked for.
    """

    order: Places
    places: Places
    place: Places
    sees: Array
    upto: int
    own: Array
    others: Array
    mean: Array
    strength: Array
    group: Places


@twin_of("condition_draws")
def condition_draws(index: Places, members: Members, draws: Draws, news: News) -> tuple[Array]:
    """(area asked for, candidate, draw) shares given the news, alone in a tuple; ``index`` is each draw's member."""
    shares = np.empty((len(news.places), len(news.mean), len(index)))
    for start in range(0, len(index), PART):
        part = slice(start, start + PART)
        shares[..., part] = _condition_part(index[part], members, Draws(*(each[..., part] for each in draws)), news)
    return (shares,)


def _condition_part(index: Places, members: Members, draws: Draws, news: News) -> Array:
    of = Members(*(each.take(index, axis=-1) for each in members))
    moved = Draws(
        draws.along[news.order], draws.slopes * of.slopes, draws.entrants[news.order] * of.entrants, *draws[3:]
    )
    if len(news.place):
        heard = np.arange(news.place.max() + 1)
        prior = deviate(of, multiply(of.across, moved.along[:, : news.upto], heard), moved, news, heard)
        gain = solve_upper(of.factor, solve_lower(of.factor, of.missed - see(news, prior) - draws.blur))
        move(of, pull_areas(news, gain), moved, news)
    swings = multiply(of.across, moved.along, news.places)
    shift = news.strength[:, None, None] * (draws.common[0] + 0.5 * draws.common[1:][news.group])
    swings += shift * of.size
    shares = deviate(of, swings, moved, news, news.places)
    shares += of.means
    return shares


def deviate(of: Members, swings: Array, moved: Draws, news: News, places: Places) -> Array:
    """(area, candidate, draw) what swings, slopes and entrants add to the mean shares of areas at some places.

    Of as many candidates, the first, as swings are given.
    """
    upto = swings.shape[1]
    shares = news.own[places, :upto, None] * moved.slopes[:upto]
    common = np.einsum("ic,cm->im", news.others[places], moved.slopes)
    shares -= news.mean[:upto, None] * common[:, None]
    for d in range(upto):
        shares[:, d] += np.einsum("cm,icm->im", of.within[d, : d + 1], swings[:, : d + 1])
    for row, moves in enumerate(of.moves):
        shares += moved.entrants[places, row][:, None] * moves[:upto]
    return shares


def see(news: News, shares: Array) -> Array:
    """(row, draw) what the observations see of shares (area, candidate, draw) of the areas they are of."""
    found = np.zeros((len(news.place), shares.shape[2]))
    for row, candidate in np.argwhere(news.sees):
        found[row] += news.sees[row, candidate] * shares[news.place[row], candidate]
    return found


def pull_areas(news: News, gain: Array) -> Array:
    """(area, candidate, draw) P: the gains by the areas and candidates seen."""
    pull = np.zeros((news.place.max() + 1, news.upto, gain.shape[1]))
    for row, candidate in np.argwhere(news.sees):
        pull[news.place[row], candidate] += news.sees[row, candidate] * gain[row]
    return pull


def move(of: Members, pull: Array, moved: Draws, news: News) -> None:
    """Move prior draws, in place, to draws given the news: swings by A'PW, and slopes and entrants alike."""
    across, within, (heard, upto) = of.across, of.within, pull.shape[:2]
    pulled = np.stack([np.einsum("cm,icm->im", within[d:upto, d], pull[:, d:]) for d in range(upto)], axis=1)
    for b in range(heard):
        moved.along[b, :upto] += np.einsum("am,acm->cm", across[b:heard, b], pulled[b:])
    common = np.einsum("c,icm->im", news.mean[:upto], pull)
    felt = np.einsum("ic,im->cm", -news.others[:heard], common)
    felt[:upto] += np.einsum("ic,icm->cm", news.own[:heard, :upto], pull)
    moved.slopes[...] += of.slopes**2 * felt
    for row, moves in enumerate(of.moves):
        sds = of.entrants[:heard, row]
        moved.entrants[:heard, row] += sds**2 * np.einsum("icm,cm->im", pull, moves[:upto])
