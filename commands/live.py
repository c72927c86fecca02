"""The live service's commands: serve, watch, rehearse, doctor, audit, backup, restore, keys."""

# What loads NumPy or a server is imported inside the commands, so that `forecast --help` answers at once.
# ruff: noqa: PLC0415

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import SEED
from forecast.errors import Defect, ForecastError, StoreAway

if TYPE_CHECKING:
    from forecast.config import Configuration
    from forecast.journal.access import Key
    from forecast.journal.store import Store

__all__ = ["add_commands"]

ContestsOption = Annotated[
    list[str] | None,
    typer.Option("--contest", metavar="NAME|PATH", help="Contest to serve; more than one may be given."),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Read this instead of forecast.toml.")
]
DataOption = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Folder of the database and files.")]
DatabaseOption = Annotated[str | None, typer.Option("--database", metavar="URL", help="sqlite:///… or postgresql://….")]
HostOption = Annotated[str | None, typer.Option("--host", help="Address listened at.")]
PortOption = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port listened at; 0 for any.")]
EmptyOption = Annotated[bool, typer.Option("--empty", help="Begin without the contests' own news.")]
OutArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Where it goes.")]

keys_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Keys to the service: add, list, revoke.")
audit_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The audit log: check, export.")


def warn_of_nothing(settings: Configuration) -> None:
    """Say on standard error that the configuration names no contest; those taken on before are served all the same."""
    if not settings.contests:
        typer.echo("No contests are configured. Name some with --contest or in forecast.toml.", err=True)


def serve(
    contest: ContestsOption = None,
    host: HostOption = None,
    port: PortOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    empty: EmptyOption = False,
) -> None:
    """Runs the live service: news in, forecasts out, pages and API, until Ctrl-C or SIGTERM."""
    from forecast.service.logs import configure_logs
    from forecast.web.serving import run_server
    from models.engines import engine_named

    settings = configure(contest, config, empty, data=data, database=database, host=host, port=port)
    configure_logs(settings.log)
    warn_of_nothing(settings)
    store = open_data(settings)
    store_place = "PostgreSQL" if settings.database.startswith("postgresql") else str(settings.data.absolute())
    typer.echo(f"Data: {store_place}")
    try:
        run_server(store, settings, engine_named, lambda address: welcome(store, address))
    finally:
        store.close()


def watch(
    contest: ContestsOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    empty: EmptyOption = False,
) -> None:
    """Runs the service without pages: feeds in, drop folder and webhooks out, until Ctrl-C or SIGTERM."""
    from forecast.service.headless import run_headless
    from forecast.service.logs import configure_logs
    from models.engines import engine_named

    settings = configure(contest, config, empty, data=data, database=database)
    configure_logs(settings.log)
    warn_of_nothing(settings)
    store = open_data(settings)
    try:
        run_headless(store, settings, engine_named)
    finally:
        store.close()


def rehearse(
    contest: Annotated[str, typer.Option("--contest", metavar="NAME|PATH", help="Whose past night is played.")],
    speed: Annotated[float, typer.Option("--speed", min=0.001, help="How many times as fast as it was.")] = 120.0,
    pause: Annotated[float | None, typer.Option("--pause", min=0, help="Seconds between items instead.")] = None,
    url: Annotated[str, typer.Option("--url", help="Of the running service.")] = "http://127.0.0.1:8000",
    key: Annotated[str, typer.Option("--key", envvar="FORECAST_KEY", help="An admin's key to it.")] = "",
) -> None:
    """Plays a past night into a running service as a test contest, plainly marked as one."""
    import secrets
    import time

    import httpx2

    from forecast.service.rehearsal import plan_rehearsal, play

    rehearsal = plan_rehearsal(contest, speed=speed, pause=pause)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    typer.echo(f"{rehearsal.id}: {len(rehearsal.items)} items in {sum(rehearsal.waits):.0f} seconds")
    with httpx2.Client(base_url=url, headers=headers) as client:
        for played in play(rehearsal, client, run=secrets.token_hex(4), wait=time.sleep):
            typer.echo(f"{played.number} of {played.of}: {played.item.area} {played.item.kind}: {played.said}")


def doctor(
    contest: ContestsOption = None,
    data: DataOption = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    time_from: Annotated[str, typer.Option("--time-from", metavar="URL", help="Whose clock to compare with.")] = "",
) -> None:
    """Says whether the service can run here tonight, and what to mend where it cannot."""
    from forecast.service.doctor import examine
    from models.engines import engine_named

    settings = configure(contest, config, False, data=data, database=database)
    sick = 0
    for finding in examine(settings, engine_named, time_from=time_from):
        sick += bool(finding.mend)
        typer.echo(f"{'MEND' if finding.mend else 'OK':4}  {finding.what}: {finding.said}")
        for line in finding.mend.splitlines():
            typer.echo(f"      {line}")
    if sick:
        raise typer.Exit(1)


@audit_app.command("check")
def audit_check(data: DataOption = None, config: ConfigOption = None, database: DatabaseOption = None) -> None:
    """Checks that nobody has touched the journal: its chain, and the digests of documents."""
    store = open_data(configure(None, config, False, data=data, database=database), made=True)
    defects = store.check()
    entries = store.last_sequence()
    store.close()
    if defects:
        raise ForecastError(defects)
    typer.echo(f"{entries} entries, as they were put there.")


@audit_app.command("export")
def audit_export(
    out: OutArgument, data: DataOption = None, config: ConfigOption = None, database: DatabaseOption = None
) -> None:
    """Writes the audit log, an entry a line as JSON."""
    store = open_data(configure(None, config, False, data=data, database=database), made=True)
    with out.open("w", encoding="utf-8", newline="\n") as file:
        entries = store.export(file)
    store.close()
    typer.echo(f"{entries} entries in {out}")


def backup(
    out: OutArgument, data: DataOption = None, config: ConfigOption = None, database: DatabaseOption = None
) -> None:
    """Writes everything to one file, while the service runs."""
    store = open_data(configure(None, config, False, data=data, database=database), made=True)
    store.backup(out)
    store.close()
    typer.echo(f"Everything is in {out}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `forecast backup` wrote.")],
    data: DataOption = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Fills an empty database from a backup: all of it or nothing."""
    from forecast.journal.backup import restore as restore_backup

    settings = configure(None, config, False, data=data, database=database)
    make_folder(settings.data)
    entries = restore_backup(file, settings.database)
    typer.echo(f"{entries} entries restored from {file}")


@keys_app.command("add")
def keys_add(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    role: Annotated[str, typer.Option(help="viewer, operator, editor or admin.")] = "operator",
    contest: Annotated[
        list[str] | None, typer.Option("--contest", metavar="ID", help="Only for these; all if none.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Good for one sign-in.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Makes a key and shows it, once."""
    store = open_data(configure(None, config, False, data=data, database=database))
    key, secret = store.add_key(name, role, tuple(contest or ()), once=once, actor="command line")
    store.close()
    typer.echo(f"Key {key.id}, {key.role} {key.name}, shown this once: {secret}")


@keys_app.command("list")
def keys_list(data: DataOption = None, config: ConfigOption = None, database: DatabaseOption = None) -> None:
    """Lists every key, revoked ones too."""
    store = open_data(configure(None, config, False, data=data, database=database), made=True)
    keys = store.keys()
    if not keys:
        typer.echo("There are no keys. Make one with: forecast keys add NAME", err=True)
    for key in keys:
        state = "revoked" if key.revoked_at else "spent" if key.once and key.used_at else "good"
        typer.echo(f"{key.id:>3}  {key.role:8}  {state:7}  {key.name}  {' '.join(key.scopes)}".rstrip())
    store.close()


@keys_app.command("revoke")
def keys_revoke(
    key: Annotated[int, typer.Argument(help="Its number.")],
    data: DataOption = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
) -> None:
    """Revokes a key and ends its sessions."""
    store = open_data(configure(None, config, False, data=data, database=database), made=True)
    revoked = store.revoke_key(key, actor="command line")
    store.close()
    typer.echo(f"Key {revoked.id}, {revoked.role} {revoked.name}, is revoked.")


def configure(contests: list[str] | None, config: Path | None, empty: bool, **options: object) -> Configuration:
    """The configuration with what the command line says; contests named there begin with their own news."""
    from forecast.config import read_configuration

    if contests:
        news = "none" if empty else "own"
        options["contests"] = [{"contest": name, "news": news} for name in contests]
        if config is None and not Path("forecast.toml").is_file() and "FORECAST_SEED" not in os.environ:
            options["seed"] = SEED
    settings = read_configuration(config, **options)
    if empty and not contests:
        silent = tuple(each.model_copy(update={"news": "none"}) for each in settings.contests)
        settings = settings.model_copy(update={"contests": silent})
    return settings


def welcome(store: Store, address: str) -> None:
    """Say where it serves, and with which key somebody signs in."""
    try:
        key, secret = add_console_key(store)
        typer.echo(f"One-time key ({key.role}): {secret}")
    except StoreAway as away:
        typer.echo(f"No one-time key: {away}", err=True)
    typer.echo(f"Serving at {address}")


def add_console_key(store: Store) -> tuple[Key, str]:
    """The key that is printed at the start: good for one sign-in, and for a day, for what is printed is often kept."""
    return store.add_key("console", "operator", expires_at=datetime.now(UTC) + timedelta(days=1), once=True)


def open_data(settings: Configuration, *, made: bool = False) -> Store:
    """The store of a configuration; ``made`` where it must be there already."""
    from forecast.journal.store import open_store

    path = Path(settings.database.removeprefix("sqlite:///"))
    if made and settings.database.startswith("sqlite") and not path.exists():
        raise ForecastError(Defect("--data", f"there is no night at {path}.", "Name its folder with --data."))
    if settings.database.startswith("sqlite"):
        make_folder(path.parent)
    return open_store(settings.database)


def make_folder(path: Path) -> None:
    """Make a folder where there is none."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ForecastError(Defect("--data", f"{path} cannot be made: {error.strerror}.")) from error


def add_commands(app: typer.Typer) -> None:
    """Add the live service's commands to the command line."""
    for command in (serve, watch, rehearse, doctor, backup, restore):
        app.command()(command)
    app.add_typer(keys_app, name="keys")
    app.add_typer(audit_app, name="audit")
