"""The keys of ``forecast.toml``, and what each may hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from forecast.errors import did_you_mean

__all__ = ["Configuration", "ContestSettings", "DropSettings", "FeedSettings", "LimitSettings", "WebhookSettings"]

RATE = re.compile(r"[1-9][0-9]{0,6}/(second|minute|hour)")
ENGINES = (
    "auto",
    "conditional",
    "conditional-fine",
    "log-odds",
    "regression",
    "hierarchical",
    "uniform-swing",
    "past-votes",
)
EVENTS = ("forecast", "alarm", "decision", "correction")


def refusal(what: str, remedy: str = "") -> PydanticCustomError:
    """Return an error that carries our own sentences through pydantic."""
    return PydanticCustomError("ours", "{what}", {"what": what, "remedy": remedy})


def slug(text: str) -> str:
    """Refuse an id that could not stand in an address."""
    if text and not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", text):
        raise refusal(f'is "{text}", not small letters, digits, hyphens and dots such as "west-midlands".')
    return text


def rate(text: str) -> str:
    """Refuse what is not a rate."""
    if not RATE.fullmatch(text):
        raise refusal(f'is "{text}", not a rate such as "600/minute".', "Per second, minute or hour.")
    return text


def engine(text: str) -> str:
    """Refuse an engine that nobody knows."""
    if text not in ENGINES:
        raise refusal(
            f'is "{text}", which is no engine.', did_you_mean(text, ENGINES, f"They are {', '.join(ENGINES)}.")
        )
    return text


def web_address(text: str) -> str:
    """Refuse what is not the address of a page."""
    if text and (urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).netloc):
        raise refusal("is no address beginning with http:// or https://.")  # not repeated: it may hold a password
    return text


def event(text: str) -> str:
    """Refuse an event that nobody sends."""
    if text not in EVENTS:
        raise refusal(f'is "{text}", which is no event.', did_you_mean(text, EVENTS, f"They are {', '.join(EVENTS)}."))
    return text


def in_utc(at: datetime) -> datetime:
    """Refuse a time that does not say in which zone it is."""
    if at.tzinfo is None:
        raise refusal(f'is "{at}", which does not say in which time zone.', "Write 2024-05-04T20:00:00+01:00.")
    return at.astimezone(UTC)


def left_out(value: object) -> object:
    """Take what is empty as not said."""
    return None if value == "" else value


type Slug = Annotated[str, AfterValidator(slug)]
type Rate = Annotated[str, AfterValidator(rate)]
type Engine = Annotated[str, AfterValidator(engine)]
type WebAddress = Annotated[str, AfterValidator(web_address)]
type Moment = Annotated[datetime, AfterValidator(in_utc)]
type Event = Annotated[str, AfterValidator(event)]
type Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
type Draws = Annotated[int, Field(ge=1_000, le=200_000)]


class Settings(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FeedSettings(Settings):
    """Where news of a contest comes from by itself."""

    id: Slug = Field("", description="what the feed is called; given from its kind where left out")
    kind: Literal["csv", "json", "folder", "press", "nist"] = Field(description="what it is written in")
    address: WebAddress = Field("", description="where it is fetched from; give this or path")
    path: Path | None = Field(None, description="the file, or the folder watched; give this or address")
    every_seconds: Seconds = Field(10, description="how often an address or file is looked at")
    timeout_seconds: Seconds = Field(10, description="how long an address is waited for")
    map: Path | None = Field(None, description="CSV of the feed's ids and ours, where they differ")
    trusted: bool = Field(False, description="whether its items need no second person where `confirm` asks for one")
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="sent with each request, such as a password"
    )

    @model_validator(mode="after")
    def check_place(self) -> Self:
        """Refuse a feed that is nowhere, or in two places."""
        if bool(self.address) == (self.path is not None):
            raise refusal("needs an address or a path, and not both.")
        if self.kind == "folder" and self.path is None:
            raise refusal("watches a folder, and needs its path.")
        return self


class ContestSettings(Settings):
    """A contest that is served."""

    contest: str = Field(min_length=1, description="its name, or the path to its directory")
    id: Slug = Field("", description="what it is served as; the contest's name where left out")
    engine: Engine = Field("", validate_default=False, description="the service's where left out")
    baseline: str = Field("", description="another baseline of the contest's, by its id")
    draws: Draws | None = Field(None, description="the service's where left out")
    seed: int | None = Field(None, ge=0, description="the service's where left out")
    test: bool = Field(False, description="whether everything shown of it says that it is a test")
    news: Literal["own", "none"] = Field("none", description="`own` begins with the items in the contest's `news.csv`")
    embargo_until: Moment | None = Field(None, description="nothing of it is shown to viewers before this time")
    feeds: tuple[FeedSettings, ...] = Field((), description="list of tables: where its news comes from by itself")


class WebhookSettings(Settings):
    """Somebody who is told of each forecast."""

    url: WebAddress = Field(min_length=1, description="where it is sent")
    secret: SecretStr = Field(description="what it is signed with: `whsec_` and base64")
    contests: tuple[Slug, ...] = Field((), description="ids of contests; all where left out")
    events: tuple[Event, ...] = Field(("forecast",), description="of `forecast`, `alarm`, `decision`, `correction`")


class DropSettings(Settings):
    """A folder that holds each contest's files as they stand."""

    path: Path = Field(description="the folder; each contest gets one in it")
    contests: tuple[Slug, ...] = Field((), description="ids of contests; all where left out")


class LimitSettings(Settings):
    """How much one key or address may ask for."""

    reads: Rate = Field("1200/minute", description="pages and figures read")
    writes: Rate = Field("120/minute", description="news and decisions")
    what_ifs: Rate = Field("30/minute", description="suppositions reckoned")
    sign_ins: Rate = Field("10/minute", description="attempts to sign in")
    streams: int = Field(2000, ge=1, description="pages listening at once")
    streams_each: int = Field(400, ge=1, description="pages listening at once from one address")


class Configuration(BaseSettings):
    """The live service's configuration."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="FORECAST_", env_nested_delimiter="__", env_ignore_empty=True
    )

    data: Path = Field(Path("night"), description="the folder of the service's database and files")
    database: str = Field(  # may hold a password, which is not to be shown
        "",
        repr=False,
        description="`sqlite:///PATH` or `postgresql://user@host/name`; `night.sqlite` in `data` where left out",
    )
    host: str = Field("127.0.0.1", min_length=1, description="the address listened at; `0.0.0.0` for every one")
    port: int = Field(8000, ge=0, le=65_535, description="the port listened at; 0 for any that is free")
    public: bool = Field(True, description="whether viewers need no key")
    https: bool = Field(False, description="whether people reach it by https, through something before it")
    proxies: tuple[str, ...] = Field(("127.0.0.1",), description="addresses whose word on who asks is believed")
    frame_ancestors: tuple[str, ...] = Field(("'self'",), description="sites that may show overlays in a frame")
    workers: int = Field(
        2,
        ge=1,
        le=64,
        description="processes that reckon forecasts; while contests hang, as many again and one more may start",
    )
    engine: Engine = Field("auto", description="the model that forecasts")
    draws: Annotated[Draws | None, BeforeValidator(left_out)] = Field(
        None,
        description="simulated results for each forecast; where left out 10,000, of more than 100 areas 1,000",
    )
    seed: int = Field(1, ge=0, description="where the random numbers begin; one for the night")
    debounce_seconds: Seconds = Field(0.2, description="how long it waits for further items before it forecasts")
    every_seconds: Seconds = Field(60, description="how often it forecasts without news; 0 for never")
    timeout_seconds: Seconds = Field(120, description="after how long a forecast is given up")
    stale_seconds: Seconds = Field(600, description="the age at which a forecast is marked stale")
    confirm: bool = Field(False, description="whether an item waits for a second person")
    cross_check_minutes: float = Field(
        0, ge=0, le=1440, description="how often the reference engine is held beside the night's; 0 for never"
    )
    log: Literal["json", "console"] = Field("console", description="how it writes what it does")
    limits: LimitSettings = Field(LimitSettings.model_validate({}), description="table: rates")
    contests: tuple[ContestSettings, ...] = Field((), description="list of tables: the contests served")
    webhooks: tuple[WebhookSettings, ...] = Field((), description="list of tables: who is told of each forecast")
    drop: DropSettings | None = Field(None, description="table: a folder that holds the files as they stand")

    @model_validator(mode="after")
    def complete(self) -> Self:
        """Fill in what follows from the rest, and refuse what contradicts it."""
        served = tuple(_complete(each, self) for each in self.contests)
        _refuse_twice("contests", [each.id for each in served])
        for each in served:
            _refuse_twice(f"the feeds of {each.id}", [feed.id for feed in each.feeds])
        known = [each.id for each in served]
        for name in (name for table in (*self.webhooks, self.drop) if table for name in table.contests):
            if name not in known:
                raise refusal(f'name a contest "{name}", which is not served.', did_you_mean(name, known))
        object.__setattr__(self, "contests", served)
        if not self.database:
            object.__setattr__(self, "database", f"sqlite:///{(self.data / 'night.sqlite').absolute()}")
        return self


def _complete(contest: ContestSettings, whole: Configuration) -> ContestSettings:
    """The contest with what the service has where it has none of its own."""
    name = re.sub(r"[^a-z0-9.]+", "-", Path(contest.contest).resolve().name.casefold()).strip("-.")
    counts = Counter(feed.kind for feed in contest.feeds)
    feeds = [
        feed
        if feed.id
        else feed.model_copy(update={"id": feed.kind if counts[feed.kind] == 1 else f"{feed.kind}-{place}"})
        for place, feed in enumerate(contest.feeds, start=1)
    ]
    return contest.model_copy(
        update={
            "id": contest.id or name,
            "engine": contest.engine or whole.engine,
            "draws": contest.draws or whole.draws,
            "seed": whole.seed if contest.seed is None else contest.seed,
            "feeds": feeds,
        }
    )


def _refuse_twice(what: str, ids: Sequence[str]) -> None:
    twice = sorted(each for each, count in Counter(ids).items() if count > 1)
    if twice:
        raise refusal(f'name "{twice[0]}" twice among {what}.', "Give one of the two another id.")
