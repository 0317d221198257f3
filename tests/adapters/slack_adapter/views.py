"""Tickets as they are looked at, plain or as extreme as they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from supportbot.application.queries import TicketView
from supportbot.domain.planned.event_request import EventRequest
from supportbot.domain.planned.event_window import EventPlan, Window
from supportbot.domain.planned.temporary_change import TemporaryChange
from supportbot.domain.policy.playbook import Severity
from supportbot.domain.ticket.ticket import Ticket
from supportbot.domain.triage.message import Place, Sender

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
HOSTILE = "<!channel> <@U0000000001> <https://evil.example|bank> & <#C0000000001> :sos: *b*"
TERMS = Severity(key="P1", rank=0, means="several people cannot work", steps=())


def a_ticket(**changes: Any) -> Ticket:
    fields: dict[str, Any] = {
        "number": 42,
        "version": 7,
        "state": "new",
        "source": "slack",
        "reporter": Sender(slack="U0000000009", name="Mara"),
        "reporter_person": "mara",
        "reply_to": Place("slack", {"channel": "C0000000009", "thread": "1.2"}),
        "title": "Nobody can open notebooks",
        "community": "northfield",
        "hub": "northfield/prod",
        "cluster": "north-1",
        "symptom": "start",
        "kind": "request",
        "incident": True,
        "labels": (),
        "terms": TERMS,
        "first_line": "first-line",
        "second_line": "second-line",
        "opened_at": NOW,
        "changed_at": NOW,
        "round_at": NOW,
        "next_word_at": NOW + timedelta(minutes=30),
        "attached_to": None,
        "previous": None,
    }
    return Ticket(**{**fields, **changes})


def a_view(ticket: Ticket | None = None, **changes: Any) -> TicketView:
    fields: dict[str, Any] = {
        "words": "Nobody in the 9am class can open their notebooks",
        "reporter": "Mara Okafor",
        "community": "Northfield University",
        "first_owner": None,
        "second_owner": None,
        "acknowledged_by": None,
        "reached": ("Ines Duarte",),
        "next_step_at": NOW + timedelta(minutes=10),
        "places": {},
        "severities": ("P1", "P2", "P3", "P4"),
    }
    return TicketView(ticket=ticket or a_ticket(), **{**fields, **changes})


# Short, hostile, and longer than any limit of Slack's.
words = st.one_of(
    st.text(max_size=30),
    st.just(HOSTILE),
    st.sampled_from(["x", "&", "<", "é", "\n", "🔥", "a b "]).flatmap(
        lambda one: st.integers(0, 20_000).map(lambda count: one * count)
    ),
)
moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
maybe = st.none() | words

MANY_HUBS = tuple(f"n/h{number}" for number in range(120))
PLAN = EventPlan(
    name="exam",
    community="northfield",
    hub="prod",
    windows=tuple(
        Window(NOW + timedelta(days=day), NOW + timedelta(days=day, hours=3)) for day in range(60)
    ),
    engineers=("ines",),
)
requests = st.builds(
    lambda name, state, people: EventRequest(
        plan=replace(PLAN, name=name, people=people),
        asked_at=NOW,
        tracked_at=NOW,
        late=False,
        state=state,
    ),
    words,
    st.sampled_from(["asked", "accepted", "declined"]),
    st.none() | st.integers(0, 10**6),
)
changes = st.builds(
    lambda text: TemporaryChange(
        number=1, text=text, owner="ines", made_at=NOW, revert_by=NOW + timedelta(days=1)
    ),
    words,
)

tickets = st.builds(
    lambda **fields: a_ticket(**fields),
    request=st.none() | requests,
    changes=st.lists(changes, max_size=3).map(tuple),
    during=maybe,
    ready_mode=st.booleans(),
    number=st.integers(1, 10**9),
    version=st.integers(1, 10**6),
    state=st.sampled_from(["new", "acknowledged", "waiting", "resolved", "closed"]),
    line=st.sampled_from(["first", "second"]),
    title=words,
    hub=maybe,
    terms=st.builds(Severity, key=words, rank=st.integers(0, 9), means=words, steps=st.just(())),
    first_owner=maybe,
    second_owner=maybe,
    next_word_at=st.none() | moments,
    attached_to=st.none() | st.integers(1, 10**9),
    previous=st.none() | st.integers(1, 10**9),
    reply_to=st.none()
    | st.builds(
        lambda kind, channel: Place(kind, {"channel": channel}),
        st.sampled_from(["slack", "mail"]),
        words | st.just("C0000000009") | st.just("D0000000009"),
    ),
)
issues = st.builds(lambda repo, url: {"repo": repo, "number": "1", "url": url}, words, words)
ticket_views = st.builds(
    lambda ticket, issue, **fields: a_view(
        ticket,
        places={"issue": issue, "team": {"link": f"https://s.example/{issue['url']}"}},
        **fields,
    ),
    tickets,
    issues,
    words=words,
    reporter=words,
    community=maybe,
    first_owner=maybe,
    second_owner=maybe,
    acknowledged_by=maybe,
    reached=st.lists(words, max_size=30).map(tuple),
    next_step_at=st.none() | moments,
    severities=st.lists(words.filter(bool), min_size=1, max_size=120).map(tuple),
    hubs=st.sampled_from([(), ("n/prod",), (f"{'a' * 64}/{'b' * 64}",), MANY_HUBS]),
)

people = st.lists(
    st.fixed_dictionaries(
        {"person": words, "name": words, "slack": maybe | st.just("U0000000001")}
    ),
    max_size=40,
)
calls = st.fixed_dictionaries(
    {
        "number": st.integers(1, 10**9),
        "severity": words,
        "means": words,
        "title": words,
        "community": maybe,
        "hub": maybe,
        "symptom": maybe,
        "step": st.integers(1, 99),
        "attempt": st.integers(1, 99),
        "late_minutes": st.integers(0, 10**6),
        "by": maybe,
        "people": people,
        "reasons": st.lists(words, max_size=40),
        "urgent": st.booleans(),
        "reason": words,
        "position": st.integers(0, 99),
        "text": words,
    }
)
