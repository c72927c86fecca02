"""The mark on everything that a test contest shows: nothing of it can be taken for a real count."""

from __future__ import annotations

from forecast.bulletin.summary import Forecast

__all__ = ["MARK", "mark_test"]

MARK = "TEST"


def mark_test(forecast: Forecast) -> Forecast:
    """The document with every string made for the screen beginning with the mark; no number is touched."""
    moment = forecast.moment
    notice = f"{MARK}: not a real count. {moment.notice}".rstrip()
    candidates = tuple(
        each.model_copy(update={"win_display": _marked(each.win_display), "win_words": _marked(each.win_words)})
        for each in forecast.candidates
    )
    update = {
        "title": _marked(forecast.title),
        "headline": _marked(forecast.headline),
        "candidates": candidates,
        "moment": moment.model_copy(
            update={"notice": notice, "as_of_display": _marked(moment.as_of_display), "latest": _marked(moment.latest)}
        ),
    }
    if forecast.seats is not None:
        hung = _marked(forecast.seats.hung_display)
        update["seats"] = forecast.seats.model_copy(update={"hung_display": hung})
    return forecast.model_copy(update=update)


def _marked(text: str) -> str:
    return f"{MARK} {text}"
