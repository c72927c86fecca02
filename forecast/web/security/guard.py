"""The guard in front of every route: who asks, how often, and whether it was they who asked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Security

from forecast.web.security.rates import Rates, whose
from forecast.web.security.refusal import Refusal
from forecast.web.security.viewer import SCHEMES, check_form, current_viewer

__all__ = ["guard"]


async def guard(
    request: Request,
    _bearer: Annotated[Any, Security(SCHEMES[0])] = None,
    _header: Annotated[Any, Security(SCHEMES[1])] = None,
    _cookie: Annotated[Any, Security(SCHEMES[2])] = None,
) -> None:
    """Identify, count, and check a session's writes; the schemes are there for the API's description.

    Raises
    ------
    Refusal
        401 for a bad key, 403 for a forged form, 429 for too much.
    """
    rates: Rates = request.app.state.rates
    try:
        viewer = await current_viewer(request)
    except Refusal:
        await rates.count("bad_keys", whose(request, None))
        raise
    await rates.check(request, viewer)
    await check_form(request, viewer)
