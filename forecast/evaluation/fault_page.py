"""The page of faults: what share was caught, by kind and by size, and how often true declarations were held up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from forecast.alarms.fault_density import SHOCKS, Shocks
from forecast.alarms.fault_odds import FAULTS
from forecast.alarms.integrity import RED_CHANCE
from forecast.evaluation.fault_choice import AIMED, TAIL, Choice, choose_on, judge_by_others
from forecast.evaluation.fault_measures import (
    GROUPS,
    NO_FAULT,
    caught,
    false_reds_between,
    find_unmet,
    judge,
    log_odds,
    material_of,
    one_in,
    share_of,
)
from forecast.evaluation.fault_trials import AGAIN, RIVALS, TRUE, Trial
from forecast.evaluation.faults import KINDS, UNFORESEEN

__all__ = ["write_faults"]

CHANCES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # from which an alarm may be red
SIZES = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, np.inf)  # widths of the 95% interval
MOMENTS = ((-1.0, 0.0, "none"), (0.0, 0.25, "up to 25%"), (0.25, 0.6, "25 to 60%"), (0.6, 1.0, "more"))
BANDS = (1e-12, 0.001, 0.002, 0.005, 0.02, 0.1, 0.2, 0.5, 1.0)
BARELY = 1.5  # widths below which a fault is hard to tell


def write_faults(trials: Sequence[Trial], command: str, day: str) -> str:
    """The page, as Markdown."""
    everything, choices = judge_by_others(trials)
    judged, foreseen = _foreseen(everything), _foreseen(trials)
    unforeseen = [each for each in everything if each.kind == UNFORESEEN]
    faults = [each for each in judged if each.kind not in NO_FAULT]
    alone = [each for each in faults if not each.totals]
    parts = [
        _introduction(judged, unforeseen, command, day),
        _CHOICES + _said_of_choices(foreseen, choices),
        _ACCEPTED + _group_table(faults) + "\n\n" + _limits(alone),
        _CURVE + _curve_table(foreseen),
        _CHANCES + _chance_table(foreseen),
        _TRUE + _true_table(judged),
        "## Faults, votes given alone\n\n" + _VOTES_ALONE + _fault_table(alone),
        "## The same, with the totals the count gave\n\n" + _TOTALS + _fault_table([e for e in faults if e.totals]),
        _UNFORESEEN + _fault_table(unforeseen, [UNFORESEEN]),
        "## By size\n\n" + _SIZES + _size_table(alone),
        "## By how far the night had come\n\n" + _moment_table(alone),
    ]
    return "\n\n".join(parts) + "\n"


_ACCEPTED = "## The kinds that are accepted\n\n"
_CHOICES = f"""## What was chosen

Of {len(RIVALS)} kinds of shock, those that make the true declarations of the other days likeliest. Then the chance
above which one in {1 / AIMED:.0f} of these declarations would lie. Where that is so few, single ones would decide if
they were counted: the rate is that of an exponential tail fitted to the log odds of the most suspicious {TAIL:.0%},
{round(TAIL * 2_000):.0f} or so, and of these some are one area at several moments. It is known to a third or so in the
odds.

"""
_CURVE = f"""## Caught against false reds

With the shocks and everything else as shipped, by one threshold for all the nights, these among them. One declaration
in {1 / FAULTS:.0f} is taken to be a fault.

"""
_CHANCES = """## Is the chance of a fault what it says?

Declarations with votes alone by the chance of a fault that they were given, and the share of faults among them if
one in a hundred is one, of every kind and size alike. What is above what was said is a caution too few.

"""
_TRUE = """## True declarations

Of contests of many areas only those furthest out are looked at again, sixteen at most: a rate of false reds there is of
these, not of all that had declared. A red alarm that was false when an area came in stays until somebody has looked.

"""
_VOTES_ALONE = (
    "Without ballots, rejected papers or valid votes no sum can be checked, except with ballots verified before: "
    "what is caught is caught by the forecast alone.\n\n"
)
_TOTALS = (
    "Where the sources give ballots, rejected papers or valid votes they are given with the fault, as they are true of "
    "the area; figures of another area come with that area's own.\n\n"
)
_UNFORESEEN = """## A fault that nobody foresaw

The figures of three candidates, each given for the next. It is none of the kinds that are weighed, and nothing is
chosen by it; it is in no other table. Presidents and referendums have two candidates, and none of it. Votes given
alone.

"""
_SIZES = "Material faults are those of the last three rows.\n\n"


def _introduction(trials: Sequence[Trial], unforeseen: Sequence[Trial], command: str, day: str) -> str:
    nights = len({each.night for each in trials})
    return f"""# Faults put into real nights

Made by `{command}` on {day}. The West Midlands are not among these {nights} nights: nothing here is tuned on them.

Each night is stopped at up to five moments. Each area outstanding with more than 20,000 votes (thirty at most, at
random) is declared next: once as it was, and once with each kind of fault, in figures of the four candidates with most
votes chosen at random. *Caught* is what a hard check refuses, or a red alarm holds up before it is published; amber
alarms are counted apart. An alarm is red where the chance of a fault (`forecast.alarms.fault_odds`) is above a
threshold. For each polling day the true declarations of all the others, later ones among them, say what true figures
are allowed for (local shocks: how often and how large) and what the threshold is; the day is judged by that.

A fault is **material** where it moves a candidate's votes by more than the width of the 95% interval that was forecast
for them just before. Smaller ones leave figures that nobody could tell from true ones by the forecast: two candidates
with nearly the same votes swapped, or a wrong last digit. Both are printed. Figures below zero, which are refused by
themselves, are in the tables and left out here; so are declarations looked at again later.

{_headline(trials, unforeseen)}"""


def _headline(trials: Sequence[Trial], unforeseen: Sequence[Trial]) -> str:
    material, true = material_of(trials), [each for each in trials if each.kind == TRUE]
    alone = [each for each in material if not each.totals]
    every = [each for each in trials if each.kind not in NO_FAULT]
    large = [each for each in every if each.widths >= 1]
    red, (low, high) = sum(each.red for each in true), false_reds_between(true)
    return f"""**Out of sample, each polling day judged by what was chosen on the others. Material faults
caught: {share_of(material)} of {len(material):,}; with votes alone {share_of(alone)} of {len(alone):,}
(accepted: 95%). False reds: {red} of {len(true):,} true declarations,
{one_in(red, len(true))} (accepted: one in 150), with a 95% interval, polling days resampled, from
{one_in(low, 1)} to {one_in(high, 1)}.**

What is shipped stands below. In sample is the rest: how shocks are described and which there are to choose from, how
they and the threshold are learned (the third way that was tried on these nights), that one in {1 / AIMED:.0f} is aimed
at, that all kinds of fault are equally likely, and the tails of figures without a shock.

With figures below zero {share_of(large)} of {len(large):,} are caught, of faults of every size {share_of(every)} of
{len(every):,}; with amber alarms {share_of(material, lambda e: caught(e) or e.amber)} of the material ones. Of a kind
that nobody foresaw {share_of(material_of(unforeseen))} of {len(material_of(unforeseen)):,} are caught.

What is not met:

{_list(find_unmet(trials))}"""


def _said_of_choices(trials: Sequence[Trial], choices: Mapping[str, Choice]) -> str:
    """What was chosen for how many polling days, what all of them together choose, and what is shipped."""
    days = Counter(choices.values())
    rows = ["| shocks | red from a chance of | chosen for polling days |", "|---|---:|---:|"]
    rows += [f"| {_words(choice)} | {choice.chance:.0%} | {count} |" for choice, count in days.most_common()]
    shipped = [judge(each, log_odds(RED_CHANCE)) for each in trials]
    true = [each for each in shipped if each.kind == TRUE]
    red, whole = sum(each.red for each in true), choose_on(trials)
    together = f"""
All days together choose {_words(whole)}, red from {whole.chance:.0%}. Shipped are {_name(SHOCKS)},
red from {RED_CHANCE:.0%}: in sample {share_of(material_of(shipped))} of material faults caught, {red} false reds,
{one_in(red, len(true))}."""
    return "\n".join([*rows, together])


def _words(choice: Choice) -> str:
    return _name(RIVALS[choice.rival])


def _name(shocks: Shocks) -> str:
    return f"{shocks.chance:.0%} of areas, {100 * shocks.typical:.0f} points"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}." for line in lines) or "- nothing."


def _group_table(faults: Sequence[Trial]) -> str:
    rows = ["| | material | caught | with votes alone | caught |", "|---|---:|---:|---:|---:|"]
    for name, kinds in GROUPS.items():
        some = [each for each in material_of(faults) if each.kind in kinds]
        alone = [each for each in some if not each.totals]
        rows.append(f"| {name} | {len(some):,} | {share_of(some)} | {len(alone):,} | {share_of(alone)} |")
    return "\n".join(rows)


def _limits(alone: Sequence[Trial]) -> str:
    """What is missed, and why, in a paragraph."""
    material = material_of(alone)
    missed, barely = [e for e in material if not caught(e)], [e for e in material if e.widths < BARELY]
    swaps = sum(each.kind == "two candidates' votes swapped" for each in missed)
    rest = [each for each in material if each.widths >= BARELY]
    return f"""What limits it is the forecast: a fault that turns an area's votes from one side of what was expected to
the other leaves figures about as likely as the true ones. With votes alone {len(missed):,} are missed, {swaps:,} being
two candidates' votes swapped; of faults that move less than {BARELY:g} widths {share_of(barely)} of {len(barely):,} are
caught, of the others {share_of(rest)}."""


def _curve_table(trials: Sequence[Trial]) -> str:
    rows = ["| red from a chance of | caught | with votes alone | false reds | |", "|---|---:|---:|---:|---|"]
    for chance in CHANCES:
        judged = [judge(each, log_odds(chance)) for each in trials]
        material, true = material_of(judged), [each for each in judged if each.kind == TRUE]
        alone, red = [each for each in material if not each.totals], sum(each.red for each in true)
        rows.append(f"| {chance:.0%} | {share_of(material)} | {share_of(alone)} | {red} | {one_in(red, len(true))} |")
    return "\n".join(rows)


def _chance_table(trials: Sequence[Trial]) -> str:
    weighed = [each for each in trials if each.kind != AGAIN and np.isfinite(each.odds) and not each.refused]
    true = np.array([each.odds for each in weighed if each.kind == TRUE])
    wrong = np.array([each.odds for each in weighed if each.kind != TRUE and not each.totals])
    rows = ["| chance said | true declarations | faults | faults, of one in a hundred |", "|---|---:|---:|---:|"]
    said: dict[float, str] = {}
    for low, high in pairwise(BANDS):
        least, most = (np.log(chance) - np.log1p(-chance) if chance < 1 else np.inf for chance in (low, high))
        right, spoilt = ((least <= each) & (each < most) for each in (true, wrong))
        fault, sound = FAULTS * spoilt.mean(), (1 - FAULTS) * right.mean()
        found = f"{fault / (fault + sound):.1%}" if fault + sound > 0 else "–"
        said[low] = found
        rows.append(f"| {low:.1%} to {high:.1%} | {right.sum():,} | {spoilt.sum():,} | {found} |")
    return "\n".join(rows) + f"\n\nOf what was said to be a fault with a chance of 20% to 50%, {said[0.2]} were."


def _true_table(trials: Sequence[Trial]) -> str:
    rows = ["| nights | polling days | declarations | false red | | amber alone |", "|---|---:|---:|---:|---|---:|"]
    true = [each for each in trials if each.kind in NO_FAULT]
    for kind, words in ((TRUE, "as it came"), (AGAIN, "looked at again later")):
        for family in sorted({each.family for each in true}):
            some = [each for each in true if each.family == family and each.kind == kind]
            if some:
                red = sum(each.red for each in some)
                amber = sum(each.amber and not each.red for each in some)
                days = len({each.day for each in some})
                rows.append(
                    f"| {family}, {words} | {days} | {len(some):,} | {red} | {one_in(red, len(some))} | {amber} |"
                )
    first = [each for each in true if each.declared == 0]
    rows.append(
        f"| all, before anything else had declared | {len({e.day for e in first})} | {len(first):,} "
        f"| {sum(e.red for e in first)} | {one_in(sum(e.red for e in first), len(first))} "
        f"| {sum(e.amber and not e.red for e in first)} |"
    )
    return "\n".join(rows)


def _foreseen(trials: Sequence[Trial]) -> list[Trial]:
    return [each for each in trials if each.kind != UNFORESEEN]


def _fault_table(faults: Sequence[Trial], kinds: Sequence[str] = (*KINDS, "all")) -> str:
    rows = [
        "| fault | material | refused | caught | amber alone | all sizes | caught |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind in kinds:
        some = [each for each in faults if kind in {"all", each.kind}]
        material = [each for each in some if each.widths >= 1]
        rows.append(
            f"| {kind} | {len(material):,} | {share_of(material, lambda each: each.refused)} | {share_of(material)} "
            f"| {share_of(material, _amber_alone)} | {len(some):,} | {share_of(some)} |"
        )
    return "\n".join(rows)


def _amber_alone(trial: Trial) -> bool:
    return trial.amber and not caught(trial)


def _size_table(faults: Sequence[Trial]) -> str:
    rows = ["| moved, in widths of the 95% interval | faults | caught | amber alone |", "|---|---:|---:|---:|"]
    for low, high in pairwise(SIZES):
        some = [each for each in faults if low <= each.widths < high]
        name = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} or more"
        rows.append(f"| {name} | {len(some):,} | {share_of(some)} | {share_of(some, _amber_alone)} |")
    return "\n".join(rows)


def _moment_table(faults: Sequence[Trial]) -> str:
    rows = ["| areas declared | material | caught | all sizes | caught |", "|---|---:|---:|---:|---:|"]
    for low, high, name in MOMENTS:
        some = [each for each in faults if low < each.declared <= high]
        material = [each for each in some if each.widths >= 1]
        rows.append(f"| {name} | {len(material):,} | {share_of(material)} | {len(some):,} | {share_of(some)} |")
    return "\n".join(rows)
