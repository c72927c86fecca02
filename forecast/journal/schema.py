"""The database's tables made, or brought up to what this version needs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from forecast.errors import Defect, ForecastError
from forecast.journal.database import Database

__all__ = ["LATEST", "migrate"]

LATEST = "0002"  # the last file of migrations/versions
MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(database: Database) -> None:
    """Bring the tables up to this version, where they are not.

    Raises
    ------
    ForecastError
        Where a later version has been at them.
    StoreAway
        Where the database cannot be reached.
    """
    with database.reading() as connection:
        if revision(connection) == LATEST:
            return
    with database.writing() as connection:
        found = revision(connection)
        if found is not None and found > LATEST:
            what = f"was made by a later version of this software (tables {found}, here {LATEST})."
            raise ForecastError(Defect(f"database {database.name}", what, "Update the software."))
        if found != LATEST:
            _upgrade(connection)


def revision(connection: Connection) -> str | None:
    """Which migration the tables are at; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - needed once in a database's life
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
