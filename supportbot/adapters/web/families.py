"""The figures of the desk as Prometheus' metrics: names, help, labels.

Labels take few values: severities, states, media. Never a ticket, a person, an address.
https://prometheus.io/docs/practices/naming/ and https://prometheus.io/docs/practices/instrumentation/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from prometheus_client.core import (
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from supportbot.application.figures import (
    ACKNOWLEDGED_WITHIN,
    DeliveryClass,
    DeliveryFigures,
    DeliveryState,
    Figures,
    InboxFigures,
    TimerFigures,
    Totals,
)

# Always shown, so that an alert can tell nothing waiting from nothing known.
_USUAL = tuple(
    DeliveryClass(medium, page)
    for medium in ("github", "mail", "slack")
    for page in (False, True)
    if medium != "github" or not page
)
_DELIVERY_STATES: tuple[DeliveryState, ...] = ("waiting", "retrying", "held", "dead")


def families_of(figures: Figures, totals: Totals) -> Iterator[Metric]:
    """Everything that is read from the database."""
    yield _tickets(figures, totals)
    yield _acknowledged(totals)
    yield from _inbox(figures.inbox)
    yield from _timers(figures.timers)
    yield from _fired(totals)
    yield from _deliveries(figures.deliveries)
    yield _sent(totals)
    yield _parked(figures)
    yield from _planned(totals)


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def info(name: str, text: str, version: str) -> Metric:
    """A thing that only has a version, by the custom of `_info` metrics."""
    family = GaugeMetricFamily(name, text, labels=("version",))
    family.add_metric((version,), 1)
    return family


def connections(connected: Mapping[str, bool]) -> Metric:
    text = "Whether we hear what comes from there (1) or not (0)."
    family = GaugeMetricFamily("supportbot_listener_connected", text, labels=("listener",))
    for name, is_connected in sorted(connected.items()):
        family.add_metric((name,), int(is_connected))
    return family


def _tickets(figures: Figures, totals: Totals) -> Metric:
    text = "Tickets by their present state and severity."
    family = GaugeMetricFamily("supportbot_tickets", text, labels=("state", "severity"))
    closed = {("closed", severity): count for severity, count in totals.closed.items()}
    counts = {**figures.tickets, **closed}
    for severity in sorted({severity for _, severity in counts}):
        for state in ("new", "acknowledged", "waiting", "resolved", "closed"):
            family.add_metric((state, severity), counts.get((state, severity), 0))
    return family


def _acknowledged(totals: Totals) -> Metric:
    text = "From the opening of a ticket to its first acknowledgement."
    name = "supportbot_time_to_acknowledge_seconds"
    family = HistogramMetricFamily(name, text, labels=("severity",))
    bounds = [str(limit.total_seconds()) for limit in ACKNOWLEDGED_WITHIN]
    for severity, acknowledged in sorted(totals.acknowledged.items()):
        buckets, sofar = [], 0
        for bound, count in zip([*bounds, "+Inf"], acknowledged.within, strict=True):
            sofar += count
            buckets.append((bound, float(sofar)))
        family.add_metric((severity,), buckets, acknowledged.total.total_seconds())
    return family


def _inbox(inbox: InboxFigures) -> Iterator[Metric]:
    text = "What has arrived and was not read yet."
    yield gauge("supportbot_inbox_waiting", text, inbox.waiting)
    text = "How long the first of them has been there; 0 when there is none."
    yield gauge("supportbot_inbox_oldest_waiting_seconds", text, _seconds(inbox.oldest))
    text = "What may be noise, and waits for a person to look at it."
    yield gauge("supportbot_inbox_quarantined", text, inbox.quarantined)


def _timers(timers: TimerFigures) -> Iterator[Metric]:
    yield gauge("supportbot_timers_pending", "Timers that have not fired yet.", timers.pending)
    yield gauge("supportbot_timers_overdue", "Timers that should have fired.", timers.overdue)
    text = "How late the most overdue timer is now; 0 when none is."
    yield gauge("supportbot_timers_most_overdue_seconds", text, _seconds(timers.overdue_by))
    if timers.alive_at is not None:
        text = "When the timers were last looked after."
        name = "supportbot_timers_last_alive_timestamp_seconds"
        yield gauge(name, text, timers.alive_at.timestamp())


def _fired(totals: Totals) -> Iterator[Metric]:
    fired = totals.fired
    text = "Timers that were due within the last hour and fired."
    yield gauge("supportbot_timers_fired_last_hour", text, fired.count)
    text = "How late they fired, on average."
    yield gauge("supportbot_timers_last_hour_mean_lateness_seconds", text, _seconds(fired.mean))
    text = "How late the latest of them fired."
    yield gauge("supportbot_timers_last_hour_worst_lateness_seconds", text, _seconds(fired.worst))


def _deliveries(deliveries: Mapping[DeliveryClass, DeliveryFigures]) -> Iterator[Metric]:
    labels = ("medium", "kind")
    text = "What has to go out: not tried yet, failed so far, held until its place is there, dead."
    count = GaugeMetricFamily("supportbot_deliveries", text, labels=(*labels, "state"))
    text = "How long the first that could go out has been waiting; 0 when there is none."
    name = "supportbot_deliveries_oldest_waiting_seconds"
    oldest = GaugeMetricFamily(name, text, labels=labels)
    for of in _shown(deliveries):
        figures = deliveries.get(of, DeliveryFigures())
        for state in _DELIVERY_STATES:
            count.add_metric((*_labels(of), state), figures.count.get(state, 0))
        oldest.add_metric(_labels(of), _seconds(figures.oldest))
    yield count
    yield oldest


def _sent(totals: Totals) -> Metric:
    text = "What went out within the last hour."
    name = "supportbot_deliveries_sent_last_hour"
    family = GaugeMetricFamily(name, text, labels=("medium", "kind"))
    for of in _shown(totals.sent):
        family.add_metric(_labels(of), totals.sent.get(of, 0))
    return family


def _parked(figures: Figures) -> Metric:
    text = "What failed three times and waits for a person."
    family = GaugeMetricFamily("supportbot_parked", text, labels=("what",))
    family.add_metric(("inbox",), figures.inbox.parked)
    family.add_metric(("timer",), figures.timers.parked)
    return family


def _planned(totals: Totals) -> Iterator[Metric]:
    name = "supportbot_events_asked"
    text = "Events asked for in tickets, by what was decided and whether they came late."
    asked = GaugeMetricFamily(name, text, labels=("state", "late"))
    text = "How long before they begin events are asked for, on average."
    notice = GaugeMetricFamily("supportbot_event_mean_notice_seconds", text, labels=("state",))
    text = "How long it takes until what was asked for is tracked as an event, on average."
    lag = GaugeMetricFamily("supportbot_event_mean_lag_seconds", text, labels=("state",))
    for state, events in sorted(totals.events.items()):
        asked.add_metric((state, "yes"), events.late)
        asked.add_metric((state, "no"), events.count - events.late)
        notice.add_metric((state,), _seconds(events.notice))
        lag.add_metric((state,), _seconds(events.lag))
    yield from (asked, notice, lag)
    text = "Temporary changes that are not undone yet."
    yield gauge("supportbot_temporary_changes", text, totals.changes.count)
    text = "Those of them that should be undone by now."
    yield gauge("supportbot_temporary_changes_overdue", text, totals.changes.overdue)


def _shown(known: Mapping[DeliveryClass, object]) -> list[DeliveryClass]:
    return sorted({*_USUAL, *known}, key=_labels)


def _labels(of: DeliveryClass) -> tuple[str, str]:
    return of.medium, "page" if of.page else "other"


def _seconds(length: timedelta) -> float:
    return length.total_seconds()
