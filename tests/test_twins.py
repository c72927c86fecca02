"""Compiled twins give NumPy's numbers, and one that differs is never used."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from made_contest import declared
from written_out import AREAS, CONTEST, Array

from forecast.posterior import Posterior
from forecast.tally import Tally, fold
from models.conditional import conditional
from models.twins import LEAST, TWINS, load_twins, twin_of


def same_twice(tally: Tally) -> tuple[Posterior, Posterior]:
    """The posterior by NumPy, and by the compiled twins."""
    TWINS.compiled = {}
    plain = conditional(tally.contest, tally, draws=3_000, seed=3)
    load_twins()
    conditional(tally.contest, tally, draws=3_000, seed=3)  # each twin is held against the plain function first
    return plain, conditional(tally.contest, tally, draws=3_000, seed=3)


@pytest.mark.parametrize(("areas", "moved"), [(0, False), (1, None), (3, True)])
def test_compiled_twins_give_the_same_numbers(areas: int, moved: bool | None) -> None:
    """Whether members are moved or not; after one area that hangs by what is learned before the night."""
    result = np.array([[4_000, 3_000, 2_000, 1_000]] * AREAS) * (1 + np.arange(AREAS)[:, None])
    tally = fold(CONTEST, [declared(CONTEST, a, result[a]) for a in range(areas)])
    plain, compiled = same_twice(tally)
    assert (plain.share == compiled.share).all()
    assert (plain.valid == compiled.valid).all()
    assert plain.diagnostics["moves"] == compiled.diagnostics["moves"]
    assert moved is None or (plain.diagnostics["moves"] > 0) is moved  # type: ignore[operator]


def test_a_twin_that_differs_is_never_used_and_one_that_agrees_is() -> None:
    def plain(values: Array) -> tuple[Array]:
        return (values + 1.0,)

    called: list[str] = []

    def twin(name: str, more: float) -> Callable[[Array], tuple[Array]]:
        def call(values: Array) -> tuple[Array]:
            called.append(name)
            return (values + more,)

        return call

    values = np.zeros(100)
    with_twins = {name: twin_of(name)(plain) for name in ("right", "wrong", "none")}
    TWINS.compiled = {"right": twin("right", 1.0), "wrong": twin("wrong", 1.0 + 1e-15)}
    for _ in range(3):
        assert all((each(values)[0] == 1.0).all() for each in with_twins.values())
    TWINS.compiled = {}
    assert sorted(called) == ["right"] * 3 + ["wrong"]


def test_a_twin_that_agreed_is_not_called_for_a_few_draws() -> None:
    def plain(values: Array) -> tuple[Array]:
        return (values + 1.0,)

    with_twin = twin_of("other")(plain)
    TWINS.compiled = {"other": lambda values: (np.where(len(values) < LEAST, -1.0, values + 1.0),)}
    many, few = np.zeros(LEAST), np.zeros(LEAST - 1)
    assert all((with_twin(each)[0] == 1.0).all() for each in (few, many, many, few))
    TWINS.compiled = {}
