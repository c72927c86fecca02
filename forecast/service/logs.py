"""Structured logs: JSON lines for machines, or readable ones for a console."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO

import structlog

__all__ = ["configure_logs"]

# Without the variables of each frame, where keys and secrets would be.
PLAIN = structlog.dev.RichTracebackFormatter(show_locals=False)
AS_DATA = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


class _Lines(structlog.PrintLogger):
    """Lines to a stream. One that cannot be written, as on a full disk, is lost: whoever logs it has more to do."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)

    def msg(self, message: str) -> None:
        """Write a line."""
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = exception = log = warn = fatal = failure = err = msg


def configure_logs(kind: Literal["json", "console"] = "console", level: int = logging.INFO) -> None:
    """Send logs to standard error; those of libraries too, warnings and worse."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if kind == "json":
        last: list[structlog.typing.Processor] = [
            AS_DATA,
            structlog.processors.JSONRenderer(),
        ]
    else:
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=PLAIN)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
