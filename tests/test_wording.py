"""What is said on air, and what must never be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.wording import rate_probability, say_chance, say_moment, say_percent, say_points, say_probability

probabilities = st.floats(0.0, 1.0)


@given(probabilities)
def test_nothing_is_certain_before_it_is_decided(probability: float) -> None:
    said = say_percent(probability)
    assert said not in {"0%", "100%"}
    assert say_probability(probability) not in {"decided", "out of reach"}


@given(probabilities)
def test_words_and_the_probability_agree_within_the_width_of_their_step(probability: float) -> None:
    words = say_probability(probability)
    number, of = (float(part) for part in words.split(" ")[-3::2])
    assert abs(number / of - probability) <= 0.05


@given(probabilities, probabilities)
def test_a_larger_probability_is_never_said_as_a_smaller_one(one: float, other: float) -> None:
    small, large = sorted((one, other))

    def value(words: str) -> float:
        number, of = (float(part) for part in words.split(" ")[-3::2])
        return number / of

    assert value(say_probability(small)) <= value(say_probability(large))


def test_what_is_decided_is_said_plainly() -> None:
    assert say_percent(1.0, decided=True) == "100%"
    assert say_probability(0.0, decided=True) == "out of reach"
    assert say_percent(0.7, decided=True) == "70%"


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.67, "about a 2 in 3 chance"),
        (0.5, "about an even chance"),
        (0.999, "more than a 99 in 100 chance"),
        (0.02, "about a 1 in 50 chance"),
    ],
)
def test_a_chance_is_said_as_people_say_it(probability: float, said: str) -> None:
    assert say_chance(probability) == said


@pytest.mark.parametrize(
    ("declared", "counted", "rating"),
    [(1, 0.5, "too early to say"), (2, 0.14, "too early to say"), (2, 0.15, "very likely")],
)
def test_no_rating_before_two_areas_and_fifteen_per_cent(declared: int, counted: float, rating: str) -> None:
    assert rate_probability(0.97, declared=declared, counted=counted) == rating


def test_the_time_is_said_in_the_contests_own_zone() -> None:
    assert say_moment(datetime(2024, 5, 4, 18, 57, tzinfo=UTC), "Europe/London") == "19:57 BST, 4 May 2024"
    assert say_moment(None, "Europe/London") == "time not known"


def test_a_time_that_is_not_the_latest_items_is_said_to_be_before_it() -> None:
    said = say_moment(datetime(2024, 5, 4, 12, 59, tzinfo=UTC), "Europe/London", latest=False)
    assert said == "after 13:59 BST, 4 May 2024 (time of the latest not known)"


def test_points_have_one_decimal_and_a_singular() -> None:
    assert say_points(0.01) == "1.0 point"
    assert say_points(-0.1742, signed=True) == "-17.4 points"
