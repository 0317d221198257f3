"""Run by Alembic: applies the migrations on the connection that `migrate` hands over."""

from __future__ import annotations

from alembic import context

from supportbot.adapters.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
# The transaction is the caller's: all migrations, or none.
context.run_migrations()
