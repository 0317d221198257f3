"""Mail: raw messages, quarantine, files, and a reporter's other tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()


def upgrade() -> None:
    for name in ("sender", "subject"):
        op.add_column("inbox", sa.Column(name, sa.Text()))
    op.add_column("inbox", sa.Column("raw", sa.LargeBinary()))
    for name in ("same_name", "released"):
        op.add_column(
            "inbox", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
    _partial_index("ix_inbox_quarantined", "inbox", ["id"], "state IN ('quarantined')")
    _partial_index("ix_inbox_ticket", "inbox", ["ticket"], "ticket IS NOT NULL")
    op.add_column("tickets", sa.Column("reporter", sa.Text()))
    still_open = "state IN ('new', 'acknowledged', 'waiting')"
    _partial_index("ix_tickets_reporter", "tickets", ["reporter", "opened_at"], still_open)
    op.create_index("ix_tickets_state_severity", "tickets", ["state", "severity"])
    op.add_column("deliveries", sa.Column("wanted_at", TIME))
    _files()
    _acknowledgements()


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_files_ticket"),
    )
    op.create_index("ix_files_ticket", "files", ["ticket"])
    op.create_index("ix_files_sha256", "files", ["sha256"])


def _acknowledgements() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column(
            "ticket",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("took", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name="pk_acknowledgements"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_acknowledgements_ticket"),
    )
    # Of older tickets only the present severity is known.
    op.execute(
        "INSERT INTO acknowledgements (ticket, severity, took)"
        " SELECT tickets.number, tickets.severity, MIN(events.at) - tickets.opened_at"
        " FROM tickets JOIN events ON events.ticket = tickets.number"
        " WHERE events.kind = 'Acknowledged'"
        " GROUP BY tickets.number, tickets.severity, tickets.opened_at"
    )


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
