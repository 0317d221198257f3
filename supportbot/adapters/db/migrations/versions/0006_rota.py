"""The desk's own chores; changes of the rota, requests for cover, calendars; drills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "chores",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_chores"),
    )
    op.create_index("ix_chores_due", "chores", ["due"])
    op.create_table(
        "rota_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rotation", sa.Text(), nullable=False),
        sa.Column("starts", TIME, nullable=False),
        sa.Column("ends", TIME, nullable=False),
        sa.Column("away", sa.Text()),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME),
        sa.Column("withdrawn_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_rota_changes"),
    )
    op.create_index("ix_rota_changes_ends", "rota_changes", ["ends"])
    op.create_table(
        "cover_requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("rotation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("starts", TIME, nullable=False),
        sa.Column("ends", TIME, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cover_requests"),
    )
    op.create_index("ix_cover_requests_ends", "cover_requests", ["ends"])
    op.create_table(
        "calendar_feeds",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("fetched_at", TIME),
        sa.Column("error", sa.Text()),
        sa.Column("body", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("url", name="pk_calendar_feeds"),
    )
    op.add_column("tickets", sa.Column("drill", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_tickets_drill",
        "tickets",
        ["number"],
        sqlite_where=sa.text("drill = 1"),
        postgresql_where=sa.text("drill = 1"),
    )
