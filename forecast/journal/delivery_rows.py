"""How far each webhook's target has been told of the entries: a place in the journal, which only moves on."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from forecast.journal.tables import deliveries

__all__ = ["begin_delivery", "delivered_through", "move_delivery"]


def delivered_through(connection: Connection, target: str) -> int | None:
    """The last entry that a target has been told of; None where nobody knows the target."""
    found: int | None = connection.execute(
        select(deliveries.c.sequence).where(deliveries.c.target == target)
    ).scalar_one_or_none()
    return found


def begin_delivery(connection: Connection, target: str, sequence: int) -> int:
    """The last entry that a target has been told of: the one given where nobody knows the target yet."""
    found = delivered_through(connection, target)
    if found is None:
        connection.execute(insert(deliveries).values(target=target, sequence=sequence))
        return sequence
    return found


def move_delivery(connection: Connection, target: str, sequence: int) -> None:
    """Move a target's place on; one that is further on stays where it is."""
    known = (deliveries.c.target == target) & (deliveries.c.sequence < sequence)
    connection.execute(update(deliveries).where(known).values(sequence=sequence))
