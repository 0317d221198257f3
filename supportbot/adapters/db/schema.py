"""The tables. `migrations/` makes them; a test holds that both say the same.

Instants are integers, values of the domain are JSON text (see `columns`, `codec`). The conditions
of partial indexes stand here as literals, because a planner uses such an index only for a query
that repeats its condition literally.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    select,
    text,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import literal_column

from supportbot.adapters.db.columns import Id, OutsideText, UTCTime

HEAD = "0006"
"""The newest migration. Known here, so that a start that finds it done need not load Alembic."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def written(value: str) -> ColumnElement[str]:
    """A constant that stands in the statement itself."""
    return literal_column(f"'{value}'", Text)


def is_in(column: Column[str], *values: str) -> ColumnElement[bool]:
    """`column IN ('a', 'b')` with the values written out."""
    return column.in_([written(value) for value in values])


tickets = Table(
    "tickets",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("community", Text),
    Column("hub", Text),
    Column("symptom", Text),
    # 1 or 0, as in `inbox`.
    Column("incident", Integer, nullable=False, server_default=text("0")),
    Column("known_problem", Text),
    Column("first_owner", Text),
    Column("second_owner", Text),
    Column("attached_to", BigInteger),
    Column("reporter", OutsideText),
    Column("opened_at", UTCTime, nullable=False),
    Column("changed_at", UTCTime, nullable=False),
    Column("terms", Text, nullable=False),
    Column("data", Text, nullable=False),
    # 1 or 0: it only tries whether people can be reached, and no figure counts it.
    Column("drill", Integer, nullable=False, server_default=text("0")),
)

events = Table(
    "events",
    metadata,
    Column("ticket", ForeignKey("tickets.number"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UTCTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text),
    Column("data", Text, nullable=False),
)

# How long the first acknowledgement took, and under which severity: never written again, so that
# what is counted from it only grows. A narrow table: the figures read all of it.
acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("ticket", ForeignKey("tickets.number"), primary_key=True, autoincrement=False),
    Column("severity", Text, nullable=False),
    # Microseconds.
    Column("took", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("body", OutsideText, nullable=False),
    Column("received_at", UTCTime, nullable=False),
    Column("state", Text, nullable=False),
    # When it is wanted next: while somebody works on it, the end of their lease.
    Column("due", UTCTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("token", Text),
    Column("error", OutsideText),
    Column("outcome", OutsideText),
    Column("ticket", BigInteger),
    Column("finished_at", UTCTime),
    # As it came, for what is no text.
    Column("raw", LargeBinary),
    # 1 or 0, as are the others of this kind: its sender's name for it was known already.
    Column("same_name", Integer, nullable=False, server_default=text("0")),
    Column("released", Integer, nullable=False, server_default=text("0")),
    Column("sender", OutsideText),
    Column("subject", OutsideText),
)

inbox_keys = Table(
    "inbox_keys",
    metadata,
    Column("key", OutsideText, primary_key=True),
    Column("inbox", ForeignKey("inbox.id"), nullable=False, index=True),
)

threads = Table(
    "threads",
    metadata,
    Column("key", OutsideText, primary_key=True),
    Column("ticket", ForeignKey("tickets.number"), nullable=False, index=True),
)

files = Table(
    "files",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("tickets.number"), nullable=False, index=True),
    Column("message", OutsideText, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("filename", OutsideText, nullable=False),
    Column("content_type", OutsideText, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("added_at", UTCTime, nullable=False),
)

places = Table(
    "places",
    metadata,
    Column("ticket", ForeignKey("tickets.number"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("address", Text, nullable=False),
)

timers = Table(
    "timers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("tickets.number"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("due", UTCTime, nullable=False),
    Column("round", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("error", OutsideText),
    Column("outcome", Text),
    Column("finished_at", UTCTime),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("ticket", ForeignKey("tickets.number")),
    Column("target", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("place", Text),
    Column("priority", Integer, nullable=False),
    Column("stream", Text),
    # 1 or 0: a partial index on a boolean is written differently in each database.
    Column("fold", Integer, nullable=False),
    Column("state", Text, nullable=False),
    # When it is wanted next: while somebody sends it, the end of their lease.
    Column("due", UTCTime, nullable=False),
    Column("token", Text),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("first_attempt_at", UTCTime),
    Column("external", Text),
    Column("error", OutsideText),
    Column("sent_at", UTCTime),
    # Since when it should have gone out, whatever it has been put off to.
    Column("wanted_at", UTCTime),
)

lanes = Table(
    "lanes",
    metadata,
    Column("name", Text, primary_key=True),
    # The instants drawn inside the last window, as a JSON list of microseconds, oldest first.
    Column("taken", Text, nullable=False),
    Column("closed_until", UTCTime, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("tickets.number"), nullable=False, index=True),
    Column("at", UTCTime, nullable=False),
    Column("playbooks", Text, nullable=False),
    Column("data", Text, nullable=False),
)

event_requests = Table(
    "event_requests",
    metadata,
    Column("ticket", ForeignKey("tickets.number"), primary_key=True, autoincrement=False),
    Column("community", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("starts", UTCTime, nullable=False),
    Column("ends", UTCTime, nullable=False, index=True),
    Column("data", Text, nullable=False),
)

temporary_changes = Table(
    "temporary_changes",
    metadata,
    Column("ticket", ForeignKey("tickets.number"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("revert_by", UTCTime, nullable=False),
    Column("reverted_at", UTCTime),
    Column("data", Text, nullable=False),
)

# What the desk has to do at a time for itself, without a ticket.
chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    # While somebody does it, the end of their lease.
    Column("due", UTCTime, nullable=False, index=True),
    Column("token", Text),
    Column("failures", Integer, nullable=False),
    Column("error", OutsideText),
)

# Overrides that people made while the desk runs; never written over, so that one can tell who was
# on call by what was known at any time.
rota_changes = Table(
    "rota_changes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("rotation", Text, nullable=False),
    Column("starts", UTCTime, nullable=False),
    Column("ends", UTCTime, nullable=False, index=True),
    Column("away", Text),
    # Who is on instead, as a JSON list of their keys.
    Column("people", Text, nullable=False),
    Column("reason", OutsideText, nullable=False),
    Column("by", Text, nullable=False),
    Column("made_at", UTCTime, nullable=False),
    Column("withdrawn_at", UTCTime),
    Column("withdrawn_by", Text),
)

cover_requests = Table(
    "cover_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("rotation", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("starts", UTCTime, nullable=False),
    Column("ends", UTCTime, nullable=False, index=True),
    Column("data", Text, nullable=False),
)

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("url", Text, primary_key=True),
    Column("etag", OutsideText),
    Column("fetched_at", UTCTime),
    Column("error", OutsideText),
    Column("body", LargeBinary),
)

playbook_versions = Table(
    "playbook_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("kept_at", UTCTime, nullable=False),
    Column("files", LargeBinary, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", UTCTime, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

IS_DRILL = tickets.c.drill == literal_column("1")
DRILLS = select(tickets.c.number).where(IS_DRILL)
"""For what no figure counts: few, and found by an index of their own."""
TICKET_OPEN = is_in(tickets.c.state, "new", "acknowledged", "waiting")
INBOX_UNDONE = is_in(inbox.c.state, "waiting", "claimed")
TIMER_PENDING = is_in(timers.c.state, "pending")
TIMER_OVER = is_in(timers.c.state, "done", "cancelled")
DELIVERY_UNDONE = is_in(deliveries.c.state, "waiting", "claimed")


def _partial(name: str, *columns: Column[object], where: str, unique: bool = False) -> Index:
    # On Postgres it is the same, by the migrations. To say so here would load its dialect always.
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


Index("ix_tickets_state_number", tickets.c.state, tickets.c.number)
Index("ix_tickets_state_severity", tickets.c.state, tickets.c.severity)
_partial("ix_tickets_drill", tickets.c.number, where="drill = 1")
_partial(
    "ix_tickets_similar",
    tickets.c.hub,
    tickets.c.symptom,
    tickets.c.opened_at,
    where="state IN ('new', 'acknowledged', 'waiting')",
)
_partial(
    "ix_tickets_known_problem",
    tickets.c.known_problem,
    tickets.c.opened_at,
    where="known_problem IS NOT NULL",
)
# Not for the open ones, too: nothing tells SQLite that these are few.
_partial("ix_tickets_hub", tickets.c.hub, tickets.c.opened_at, where="symptom IS NOT NULL")
_partial("ix_tickets_attached_to", tickets.c.attached_to, where="attached_to IS NOT NULL")
_partial(
    "ix_tickets_reporter",
    tickets.c.reporter,
    tickets.c.opened_at,
    where="state IN ('new', 'acknowledged', 'waiting')",
)
_partial(
    "ix_temporary_changes_standing",
    temporary_changes.c.revert_by,
    where="reverted_at IS NULL",
)
_partial("ix_inbox_quarantined", inbox.c.id, where="state IN ('quarantined')")
_partial("ix_inbox_ticket", inbox.c.ticket, where="ticket IS NOT NULL")
_partial("ix_inbox_undone", inbox.c.id, where="state IN ('waiting', 'claimed')")
_partial("ix_inbox_parked", inbox.c.id, where="state IN ('parked')")
Index("ix_places_name_address", places.c.name, places.c.address)
_partial("ix_timers_due", timers.c.due, timers.c.id, where="state IN ('pending')")
_partial(
    "uq_timers_ticket_kind",
    timers.c.ticket,
    timers.c.kind,
    where="state IN ('pending')",
    unique=True,
)
_partial("ix_timers_over", timers.c.due, where="state IN ('done', 'cancelled')")
_partial("ix_timers_parked", timers.c.id, where="state IN ('parked')")
_partial(
    "ix_deliveries_undone",
    deliveries.c.priority,
    deliveries.c.due,
    deliveries.c.id,
    where="state IN ('waiting', 'claimed')",
)
_partial(
    "ix_deliveries_stream",
    deliveries.c.stream,
    deliveries.c.id,
    where="state IN ('waiting', 'claimed')",
)
_partial(
    "ix_deliveries_fold",
    deliveries.c.ticket,
    deliveries.c.kind,
    where="fold = 1 AND state IN ('waiting')",
)
_partial("ix_deliveries_dead", deliveries.c.id, where="state IN ('dead')")
