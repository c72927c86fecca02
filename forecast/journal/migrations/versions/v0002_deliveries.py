"""How far each webhook's target has been told of the journal's entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table; whoever was told before is told from the present on."""
    op.create_table(
        "deliveries",
        sa.Column("target", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
