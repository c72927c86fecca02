"""A night that pictures are drawn of, and what a picture says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from forecast.bulletin.explain import Reckoning
from forecast.bulletin.summary import Forecast, spread
from forecast.charts.canvas import Spec
from forecast.contests.catalogue import find_contest
from forecast.declaration import read_news
from forecast.moment import news_through
from forecast.night import Night
from models.conditional import conditional

NAMES = ["margin", "course", "swing", "card"]
NOTICE = "A past night, opened where its contest says; --through all shows its end."
LONG = "Dr Alexandrina Featherstonehaugh-Cholmondeley of Wolfeschlegelsteinhausen"


@cache
def night() -> tuple[Forecast, ...]:
    """The West Midlands after 0, 1, ..., 7 declarations, from few draws."""
    contest = find_contest("west-midlands")
    items, _ = read_news(contest.directory / "news.csv", contest)
    made = Night(contest, conditional, draws=1000)
    forecasts: list[Forecast] = []
    before: Reckoning | None = None
    for declared in range(8):
        update = made.update(news_through(contest, items, declared), before=before, notice=NOTICE)
        before = update.reckoning
        forecasts.append(update.forecast)
    return tuple(forecasts)


def layer(spec: Spec, name: str) -> list[Spec]:
    """The rows a named layer draws."""
    rows: list[Spec] = next(part["data"]["values"] for part in spec["layer"] if part.get("name") == name)
    return rows


def said(spec: Spec) -> list[str]:
    """Every text on the picture, each in one line."""
    texts = [part["mark"]["text"] for part in spec["layer"] if "text" in part["mark"]]
    return [" ".join(text) if isinstance(text, list) else text for text in texts]


def lead_of(forecast: Forecast, leads: np.ndarray) -> Forecast:
    """The document with another distribution of the lead, in points."""
    share = spread(leads / 100.0, digits=6)
    return forecast.model_copy(update={"lead": forecast.lead.model_copy(update={"share": share})})


def with_areas(forecast: Forecast, count: int) -> Forecast:
    """The document with many areas made of its own, every third one outstanding."""
    areas, needs = [], []
    for i in range(count):
        area, need = forecast.areas[i % 7], forecast.needs.areas[i % 7]
        named = {"id": f"a{i}", "name": f"{area.name} {i}"}
        areas.append(area.model_copy(update=named))
        swing = None if i % 3 == 0 else (i - count / 2) / 1000
        needs.append(replace(need, id=f"a{i}", name=f"{area.name} {i}", swing=swing))
    moment = forecast.moment.model_copy(update={"areas_total": count})
    changed = {"areas": tuple(areas), "needs": replace(forecast.needs, areas=tuple(needs)), "moment": moment}
    return forecast.model_copy(update=changed)


def size_of_png(drawn: bytes) -> tuple[int, int]:
    assert drawn[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(drawn[16:20]), int.from_bytes(drawn[20:24])


def size(spec: Spec) -> tuple[int, int]:
    """The whole picture's width and height: the plot's and its margins'."""
    around = spec["padding"]
    return spec["width"] + around["left"] + around["right"], spec["height"] + around["top"] + around["bottom"]
