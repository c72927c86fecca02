"""Runs the migrations within the transaction of whoever opens the journal, so that they happen whole or not at all."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
