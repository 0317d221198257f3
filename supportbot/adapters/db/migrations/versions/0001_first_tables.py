"""The first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out here rather than taken from the code: the code goes on, this stays as it was.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()


def upgrade() -> None:
    _counters()
    _inbox()
    _lanes()
    _marks()
    _playbook_versions()
    _tickets()
    _decisions()
    _deliveries()
    _events()
    _inbox_keys()
    _places()
    _threads()
    _timers()


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ticket", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
    )
    op.create_index("ix_inbox_parked", "inbox", ["id"], **where("state IN ('parked')"))
    op.create_index("ix_inbox_undone", "inbox", ["id"], **where("state IN ('waiting', 'claimed')"))


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("taken", sa.Text(), nullable=False),
        sa.Column("closed_until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lanes"),
    )


def _marks() -> None:
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )


def _playbook_versions() -> None:
    op.create_table(
        "playbook_versions",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("kept_at", TIME, nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_playbook_versions"),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("number", ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("community", sa.Text(), nullable=True),
        sa.Column("hub", sa.Text(), nullable=True),
        sa.Column("symptom", sa.Text(), nullable=True),
        sa.Column("first_owner", sa.Text(), nullable=True),
        sa.Column("second_owner", sa.Text(), nullable=True),
        sa.Column("attached_to", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_tickets"),
    )
    op.create_index(
        "ix_tickets_attached_to", "tickets", ["attached_to"], **where("attached_to IS NOT NULL")
    )
    op.create_index(
        "ix_tickets_similar",
        "tickets",
        ["hub", "symptom", "opened_at"],
        **where("state IN ('new', 'acknowledged', 'waiting')"),
    )
    op.create_index("ix_tickets_state_number", "tickets", ["state", "number"])


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("playbooks", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_decisions_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_ticket", "decisions", ["ticket"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ticket", ID, nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=True),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", TIME, nullable=True),
        sa.Column("external", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_deliveries_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("key", name="uq_deliveries_key"),
    )
    op.create_index("ix_deliveries_dead", "deliveries", ["id"], **where("state IN ('dead')"))
    op.create_index(
        "ix_deliveries_fold",
        "deliveries",
        ["ticket", "kind"],
        **where("fold = 1 AND state IN ('waiting')"),
    )
    op.create_index(
        "ix_deliveries_stream",
        "deliveries",
        ["stream", "id"],
        **where("state IN ('waiting', 'claimed')"),
    )
    op.create_index(
        "ix_deliveries_undone",
        "deliveries",
        ["priority", "due", "id"],
        **where("state IN ('waiting', 'claimed')"),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("ticket", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_events_ticket"),
        sa.PrimaryKeyConstraint("ticket", "seq", name="pk_events"),
    )


def _inbox_keys() -> None:
    op.create_table(
        "inbox_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("inbox", ID, nullable=False),
        sa.ForeignKeyConstraint(["inbox"], ["inbox.id"], name="fk_inbox_keys_inbox"),
        sa.PrimaryKeyConstraint("key", name="pk_inbox_keys"),
    )
    op.create_index("ix_inbox_keys_inbox", "inbox_keys", ["inbox"])


def _places() -> None:
    op.create_table(
        "places",
        sa.Column("ticket", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_places_ticket"),
        sa.PrimaryKeyConstraint("ticket", "name", name="pk_places"),
    )
    op.create_index("ix_places_name_address", "places", ["name", "address"])


def _threads() -> None:
    op.create_table(
        "threads",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_threads_ticket"),
        sa.PrimaryKeyConstraint("key", name="pk_threads"),
    )
    op.create_index("ix_threads_ticket", "threads", ["ticket"])


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_timers_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_timers"),
    )
    op.create_index("ix_timers_due", "timers", ["due", "id"], **where("state IN ('pending')"))
    op.create_index("ix_timers_over", "timers", ["due"], **where("state IN ('done', 'cancelled')"))
    op.create_index("ix_timers_parked", "timers", ["id"], **where("state IN ('parked')"))
    op.create_index(
        "uq_timers_ticket_kind",
        "timers",
        ["ticket", "kind"],
        unique=True,
        **where("state IN ('pending')"),
    )


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
