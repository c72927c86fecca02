"""How the live service is configured: forecast.toml, the environment, and the command line's options."""

from forecast.config.configuration import (
    Configuration,
    ContestSettings,
    DropSettings,
    FeedSettings,
    LimitSettings,
    WebhookSettings,
)
from forecast.config.reading import read_configuration

__all__ = [
    "Configuration",
    "ContestSettings",
    "DropSettings",
    "FeedSettings",
    "LimitSettings",
    "WebhookSettings",
    "read_configuration",
]
