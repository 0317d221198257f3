"""Messages that call people: mentions in the team's thread, direct pages, reminders, notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import names
from supportbot.adapters.slack.rendering import NAME, TEXT, Content, origin
from supportbot.adapters.slack.text import escaped, is_id, joined, mention
from supportbot.application.queries import TicketView
from supportbot.domain.ticket.ticket import reference

Facts = Mapping[str, Any]
_MOST_PEOPLE = 20
_WORDS = 600


def called(facts: Facts) -> Content:
    """A step of the policy, in the team's thread: the people are mentioned and told why they."""
    people, reasons = facts["people"], facts["reasons"]
    urgent = "🚨 " if facts["urgent"] else ""
    who = ", ".join(filter(None, [mentions(people), *map(_group, facts.get("groups", ()))]))
    lines = [f"{urgent}{who}: {_headline(facts, 150)}"]
    lines += [
        f"• {escaped(person['name'], 100)}: {escaped(reason, NAME)}"
        for person, reason in list(zip(people, reasons, strict=False))[:_MOST_PEOPLE]
    ]
    lines.append(_step(facts))
    shown = "\n".join(line for line in lines if line)
    return Content(shown, (b.section(shown),))


def page(facts: Facts, view: TicketView | None) -> Content:
    """A direct message that should get someone out of bed, or let them stay there."""
    headline = _headline(facts, TEXT - 200)
    known = (facts["community"], facts["hub"], facts["symptom"])
    about = " · ".join(escaped(each, NAME) for each in known if each)
    lines = [
        f"*{escaped(facts['means'], 500)}*",
        about,
        f"You are called because: {escaped(facts['reason'], 500)}",
        _step(facts),
    ]
    blocks = [
        b.header(f"🚨 {_headline_words(facts)}"),
        b.section("\n".join(line for line in lines if line)),
    ]
    if view is not None:
        words = [b.quote(view.words, _WORDS)] if view.words.strip() else []
        blocks += [*words, b.context(origin(view)), _page_buttons(view)]
    return Content(f"🚨 {headline}", tuple(blocks))


def copy(facts: Facts) -> Content:
    """What those are called for whom somebody shadows: to read, and not to act on."""
    who = escaped(joined(facts["called"]), NAME)
    shown = f"👤 You shadow: {_headline(facts, 300)}\nCalled: {who}. {_step(facts)}"
    return Content(shown, (b.section(shown),))


def reminder(facts: Facts) -> Content:
    """A clock that ran out, in the team's thread."""
    who = f"{mentions(facts['people'])}: " if facts["people"] else ""
    shown = f"⏰ {who}{escaped(facts['text'], 1_000)}"
    return Content(shown, (b.section(shown),))


def notice(facts: Facts) -> Content:
    """News of a ticket for a channel that only wants to know."""
    known = (facts["community"], facts["hub"], facts["symptom"])
    about = " · ".join(escaped(each, NAME) for each in known if each)
    lines = [_headline(facts, 300), escaped(facts["means"], 500), about, _step(facts)]
    shown = "\n".join(line for line in lines if line)
    return Content(shown, (b.section(shown),))


def _headline(facts: Facts, limit: int) -> str:
    return escaped(_headline_words(facts), limit)


def _headline_words(facts: Facts) -> str:
    return f"{facts['severity']} {reference(facts['number'])}: {facts['title']}"


def mentions(people: Sequence[Mapping[str, str | None]]) -> str:
    """The people, called by name: `<@U1>, <@U2> and 3 more`."""
    shown = [mention(p["slack"], p["name"] or "someone") for p in people[:_MOST_PEOPLE]]
    more = len(people) - len(shown)
    return joined([*shown, *([f"{more} more"] if more else [])])


def _group(group: Mapping[str, str]) -> str:
    """The members of a user group, called by its name [docs.slack.dev, formatting text]."""
    if is_id(group["id"], "S"):
        return f"<!subteam^{group['id']}>"
    return escaped(f"@{group['handle']}", NAME)


def _step(facts: Facts) -> str:
    """Which step of the policy this is, and what was unusual about it."""
    if "step" not in facts:
        return ""
    parts = ["The last resort" if facts.get("last_resort") else f"Step {facts['step']}"]
    if facts["attempt"] > 1:
        parts.append(f"try {facts['attempt']}")
    if facts["late_minutes"]:
        parts.append(f"{facts['late_minutes']} min late: supportbot was away")
    if facts["by"]:
        parts.append(f"asked for by {escaped(facts['by'], 100)}")
    return ", ".join(parts) + "."


def _page_buttons(view: TicketView) -> b.Block:
    ticket = view.ticket
    seen = names.Seen(ticket.number, ticket.version).as_value()
    elements = [
        b.button(names.LABELS[names.ACKNOWLEDGE], names.ACKNOWLEDGE, seen, "primary"),
        *([] if ticket.drill else [b.button(names.LABELS[names.WHY], names.WHY, seen)]),
    ]
    url = view.places.get("team", {}).get("link", "")
    if url.startswith("https://") and len(url) <= 3000:
        elements.append(b.link_button("Open in the team’s channel", names.OPEN, url))
    return b.actions("page-buttons", elements)
