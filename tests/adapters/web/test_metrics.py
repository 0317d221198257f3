"""The metrics page, read as Prometheus reads it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from supportbot.adapters.web.metrics import Watched, metrics_page
from supportbot.application.figures import (
    Acknowledged,
    ChangesStanding,
    DeliveryClass,
    DeliveryFigures,
    EventsAsked,
    Figures,
    FiredLately,
    InboxFigures,
    TimerFigures,
    Totals,
)
from tests.adapters.web.serving import PATIENCE, ask, serving

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
PAGE = DeliveryClass("slack", page=True)
REPLY = DeliveryClass("mail", page=False)

FIGURES = Figures(
    at=NOW,
    tickets={("new", "P1"): 2, ("resolved", "P3"): 5},
    inbox=InboxFigures(waiting=3, oldest=90 * SECOND, parked=1, quarantined=7),
    timers=TimerFigures(
        pending=40, overdue=2, overdue_by=12 * SECOND, parked=1, alive_at=NOW - SECOND
    ),
    deliveries={
        PAGE: DeliveryFigures(count={"waiting": 1, "retrying": 2}, oldest=30 * SECOND),
        REPLY: DeliveryFigures(count={"dead": 4}),
    },
)
TOTALS = Totals(
    at=NOW,
    closed={"P1": 100, "P4": 1},
    acknowledged={"P1": Acknowledged((5, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1), 2 * MINUTE)},
    fired=FiredLately(count=9, mean=timedelta(milliseconds=20), worst=3 * SECOND),
    sent={PAGE: 6},
    events={"accepted": EventsAsked(count=5, late=2, notice=26 * 1440 * MINUTE, lag=90 * MINUTE)},
    changes=ChangesStanding(count=3, overdue=1),
)
WATCHED = Watched(
    version="1.2.3",
    playbooks=lambda: "a1b2c3",
    figures=lambda: FIGURES,
    totals=lambda: TOTALS,
    connected=lambda: {"slack": True, "mailbox": False},
)

Value = Callable[..., float | None]


def scraped(watched: Watched = WATCHED, patience: timedelta = MINUTE) -> Mapping[str, Metric]:
    """The families by name, as a scrape at the wire finds them."""
    with serving({"/metrics": metrics_page(watched, patience)}) as server:
        answer = ask(server, "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {family.name: family for family in text_string_to_metric_families(answer.body)}


def value(families: Mapping[str, Metric], name: str, **labels: str) -> float | None:
    """The sample with this name and these labels; None when there is none."""
    found = [
        sample.value
        for family in families.values()
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    assert len(found) < 2
    return found[0] if found else None


def test_tickets_are_shown_by_state_and_severity_with_their_zeros() -> None:
    families = scraped()
    shown = {
        (sample.labels["state"], sample.labels["severity"]): sample.value
        for sample in families["supportbot_tickets"].samples
    }
    assert {key: count for key, count in shown.items() if count} == {
        ("new", "P1"): 2,
        ("resolved", "P3"): 5,
        ("closed", "P1"): 100,
        ("closed", "P4"): 1,
    }
    assert shown["acknowledged", "P1"] == 0


def test_time_to_acknowledge_is_a_histogram_with_growing_buckets() -> None:
    families = scraped()
    name = "supportbot_time_to_acknowledge_seconds"
    assert families[name].type == "histogram"
    buckets = [s for s in families[name].samples if s.name == f"{name}_bucket"]
    assert [(s.labels["le"], s.value) for s in buckets] == [
        ("30.0", 5),
        ("60.0", 8),
        *[(le, 8) for le in ("120.0", "300.0", "600.0", "900.0", "1800.0", "3600.0")],
        *[(le, 8) for le in ("7200.0", "14400.0", "28800.0")],
        ("86400.0", 10),
        ("+Inf", 11),
    ]
    assert value(families, f"{name}_count", severity="P1") == 11
    assert value(families, f"{name}_sum", severity="P1") == 120


def test_what_waits_is_shown_with_its_age() -> None:
    families = scraped()
    assert value(families, "supportbot_inbox_waiting") == 3
    assert value(families, "supportbot_inbox_oldest_waiting_seconds") == 90
    assert value(families, "supportbot_inbox_quarantined") == 7
    assert value(families, "supportbot_parked", what="inbox") == 1
    assert value(families, "supportbot_parked", what="timer") == 1
    assert value(families, "supportbot_timers_pending") == 40
    assert value(families, "supportbot_timers_overdue") == 2
    assert value(families, "supportbot_timers_most_overdue_seconds") == 12
    alive = value(families, "supportbot_timers_last_alive_timestamp_seconds")
    assert alive == (NOW - SECOND).timestamp()


def test_the_last_hour_is_shown() -> None:
    families = scraped()
    assert value(families, "supportbot_timers_fired_last_hour") == 9
    assert value(families, "supportbot_timers_last_hour_mean_lateness_seconds") == 0.02
    assert value(families, "supportbot_timers_last_hour_worst_lateness_seconds") == 3
    name = "supportbot_deliveries_sent_last_hour"
    assert value(families, name, medium="slack", kind="page") == 6
    assert value(families, name, medium="slack", kind="other") == 0


def test_events_are_shown_with_notice_and_lag_apart_and_changes_with_what_is_overdue() -> None:
    families = scraped()
    assert value(families, "supportbot_events_asked", state="accepted", late="yes") == 2
    assert value(families, "supportbot_events_asked", state="accepted", late="no") == 3
    assert value(families, "supportbot_event_mean_notice_seconds", state="accepted") == 26 * 86400
    assert value(families, "supportbot_event_mean_lag_seconds", state="accepted") == 5400
    assert value(families, "supportbot_temporary_changes") == 3
    assert value(families, "supportbot_temporary_changes_overdue") == 1


def test_deliveries_are_shown_by_medium_pages_apart() -> None:
    families = scraped()
    page, reply = (
        {"medium": "slack", "kind": "page"},
        {"medium": "mail", "kind": "other"},
    )
    counts = "supportbot_deliveries"
    assert value(families, counts, **page, state="waiting") == 1
    assert value(families, counts, **page, state="retrying") == 2
    assert value(families, counts, **page, state="dead") == 0
    assert value(families, counts, **reply, state="dead") == 4
    assert value(families, "supportbot_deliveries_oldest_waiting_seconds", **page) == 30
    assert value(families, "supportbot_deliveries_oldest_waiting_seconds", **reply) == 0


def test_a_quiet_desk_shows_zeros_rather_than_nothing() -> None:
    quiet = replace(WATCHED, figures=lambda: Figures(at=NOW), totals=lambda: Totals(at=NOW))
    families = scraped(quiet)
    for medium, kind in (("slack", "page"), ("mail", "page"), ("github", "other")):
        labels = {"medium": medium, "kind": kind}
        assert value(families, "supportbot_deliveries", **labels, state="dead") == 0
    assert value(families, "supportbot_timers_overdue") == 0
    assert value(families, "supportbot_timers_last_alive_timestamp_seconds") is None


def test_version_playbooks_listeners_and_process_are_shown() -> None:
    families = scraped()
    assert value(families, "supportbot_build_info", version="1.2.3") == 1
    assert value(families, "supportbot_playbooks_info", version="a1b2c3") == 1
    assert value(families, "supportbot_listener_connected", listener="slack") == 1
    assert value(families, "supportbot_listener_connected", listener="mailbox") == 0
    assert value(families, "supportbot_figures_up") == 1
    assert (value(families, "process_resident_memory_bytes") or 0) > 1_000_000


def test_labels_come_from_a_short_list() -> None:
    labels = {
        name for family in scraped().values() for sample in family.samples for name in sample.labels
    }
    assert labels == {
        "state", "severity", "le", "medium", "kind", "what", "listener", "version",
            "late",
    }  # fmt: skip


def test_names_and_units_follow_the_conventions() -> None:
    for name, family in scraped().items():
        if not name.startswith("process_"):
            assert re.fullmatch(r"supportbot(_[a-z]+)+", name), name
            assert family.documentation.endswith("."), name
        for word in ("milliseconds", "minutes", "hours", "percent", "kilobytes"):
            assert word not in name
        if family.type == "gauge":
            assert not name.endswith(("_total", "_count", "_sum", "_bucket"))


def test_without_a_database_the_process_is_still_shown() -> None:
    def fails() -> Figures:
        raise OSError("the database is away")

    with capture_logs() as logged:
        families = scraped(replace(WATCHED, figures=fails))

    assert value(families, "supportbot_figures_up") == 0
    assert value(families, "supportbot_listener_connected", listener="slack") == 1
    assert "process_resident_memory_bytes" in families
    assert "supportbot_tickets" not in families
    assert "figures_not_read" in [entry["event"] for entry in logged]


def test_a_database_that_hangs_does_not_hang_the_scrape() -> None:
    back = threading.Event()
    asked: list[int] = []

    def hangs() -> Figures:
        asked.append(1)
        back.wait(PATIENCE)
        return FIGURES

    routes = {"/metrics": metrics_page(replace(WATCHED, figures=hangs), timedelta(milliseconds=20))}
    with serving(routes) as server:
        for _ in range(5):
            assert "supportbot_figures_up 0.0" in ask(server, "/metrics").body
        assert len(asked) == 1
        back.set()
        while "supportbot_figures_up 1.0" not in ask(server, "/metrics").body:
            pass


def test_what_has_been_is_read_once_a_minute_and_what_is_now_every_time() -> None:
    clock = [NOW]
    reads: list[str] = []

    def figures() -> Figures:
        reads.append("figures")
        return replace(FIGURES, at=clock[0])

    def totals() -> Totals:
        reads.append("totals")
        return replace(TOTALS, at=clock[0])

    with serving(
        {"/metrics": metrics_page(replace(WATCHED, figures=figures, totals=totals))}
    ) as server:
        assert reads == []
        for passed in (0, 15, 59, 60, 61):
            clock[0] = NOW + passed * SECOND
            ask(server, "/metrics")
        # The clock was set back: what it read meanwhile is not of today.
        clock[0] = NOW - 10 * MINUTE
        ask(server, "/metrics")

    both, one = ["figures", "totals"], ["figures"]
    assert reads == [*both, *one, *one, *both, *one, *both]
