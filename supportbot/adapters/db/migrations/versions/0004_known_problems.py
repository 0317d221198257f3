"""Which known problem a ticket looks like."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("known_problem", sa.Text()))
    known = sa.text("known_problem IS NOT NULL")
    op.create_index(
        "ix_tickets_known_problem",
        "tickets",
        ["known_problem", "opened_at"],
        sqlite_where=known,
        postgresql_where=known,
    )
