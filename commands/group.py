"""The group of commands: the one place where what is wrong with what we were given is said."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from forecast.environment import keep_to_one_thread
from forecast.errors import ForecastError

__all__ = ["STYLE", "Commands"]

STYLE: dict[str, Any] = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}


class Commands(TyperGroup):
    """The commands, and the one place where what is wrong with what we were given is said."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the type of the command line library's own is private
        """Run a command; a `ForecastError` is one line for each defect on standard error, and exit code 1."""
        keep_to_one_thread()
        try:
            return super().invoke(ctx)
        except ForecastError as error:
            for defect in error.defects:
                typer.echo(f"forecast: {defect}", err=True)
            raise typer.Exit(1) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # a reader who leaves is not told of it
                raise
            typer.echo(f"forecast: cannot write {error.filename or 'the answer'}: {error.strerror}.", err=True)
            abandon_output()
            raise typer.Exit(1) from error


def abandon_output() -> None:
    """Throw away what could not be written, which Python would otherwise try again, and complain of, as it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
