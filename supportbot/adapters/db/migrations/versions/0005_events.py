"""Events that are asked for in tickets, and temporary changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "event_requests",
        sa.Column("ticket", ID, autoincrement=False, nullable=False),
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("starts", TIME, nullable=False),
        sa.Column("ends", TIME, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name="pk_event_requests"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_event_requests_ticket"),
    )
    op.create_index("ix_event_requests_ends", "event_requests", ["ends"])
    op.create_table(
        "temporary_changes",
        sa.Column("ticket", ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revert_by", TIME, nullable=False),
        sa.Column("reverted_at", TIME),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "number", name="pk_temporary_changes"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_temporary_changes_ticket"),
    )
    condition = sa.text("reverted_at IS NULL")
    op.create_index(
        "ix_temporary_changes_standing",
        "temporary_changes",
        ["revert_by"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
