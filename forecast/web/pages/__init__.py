"""The pages: for whoever looks, for the declaration desk, for editors, for graphics systems. They show the journal."""

from __future__ import annotations

from fastapi import FastAPI

from forecast.web.pages import desk, editing, overlays, running, static_files, viewing
from forecast.web.pages.archive import Archive

__all__ = ["add_pages"]


def add_pages(app: FastAPI) -> None:
    """Add every page to an app whose ``app.state.service`` is the service."""
    app.state.archive = Archive(app.state.service)
    app.state.error_page = running.error_page
    for each in (static_files, running, viewing, desk, editing, overlays):
        app.include_router(each.router)
