"""Tickets beside a message: those of the same hub, and which of them are incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    incident = sa.Column("incident", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("tickets", incident)
    # The text is compact JSON, and in a value of it the quotes would be escaped.
    tickets = sa.table("tickets", sa.column("data", sa.Text()), sa.column("incident"))
    said = tickets.c.data.contains(',"incident":true,')
    op.execute(tickets.update().where(said).values(incident=1))
    failed = sa.text("symptom IS NOT NULL")
    op.create_index(
        "ix_tickets_hub",
        "tickets",
        ["hub", "opened_at"],
        sqlite_where=failed,
        postgresql_where=failed,
    )
