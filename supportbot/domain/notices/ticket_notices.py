"""Who is told what when something happens to a ticket: deliveries, frozen as they are decided.

A ticket has three conversations: with the reporter, where only answers and receipts go; with the
team, where everything goes; and with the public, in the issue, which gets only fields of the
allow-list. Nothing here carries the reporter's words to the public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from supportbot.domain.notices import asking, template
from supportbot.domain.notices.calling import calling_notices, headline, to_channel
from supportbot.domain.notices.clock_notices import clock_notices
from supportbot.domain.notices.delivery import ANSWER, NewDelivery
from supportbot.domain.notices.issue_text import issue_values
from supportbot.domain.notices.planned_notices import planned_notices, still_standing
from supportbot.domain.notices.scene import Desk, Scene
from supportbot.domain.notices.shift_notices import shift_notices
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.ticket import escalation_events as ee
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket import shift_events as se
from supportbot.domain.ticket.ticket import reference
from supportbot.domain.triage.decision import on_call_for

__all__ = ["Desk", "Scene", "notices"]

# The issue waits this long for the team's thread, to which it links; then it goes without.
_ISSUE_WAITS = timedelta(seconds=5)


def notices(scene: Scene) -> tuple[NewDelivery, ...]:
    """Everything to be sent because of the scene's event."""
    of_clocks = clock_notices(scene, scene.event)
    return tuple(_of(scene, scene.event) if of_clocks is None else of_clocks)


def _of(scene: Scene, event: e.Event) -> Iterable[NewDelivery]:  # noqa: C901 - a line an event
    match event:
        case e.Opened():
            return _opened(scene, event)
        case e.Attached():
            news = f"{reference(event.number)} reports the same fault and pages with this ticket."
            return [scene.note(news), scene.refreshed()]
        case e.Heard():
            return _heard(scene, event)
        case e.Acknowledged():
            return _acknowledged(scene, event)
        case e.Taken():
            return _told(scene, f"{scene.name(event.by)} took it ({event.line} line).")
        case e.LetGo():
            return _told(scene, f"{scene.name(event.by)} let it go: the policy starts again.")
        case e.HandedOver():
            return _handed_over(scene, event)
        case e.Reached() | e.StepPassed() | ee.AcknowledgedToo() | ee.AllHands():
            return calling_notices(scene, event)
        case se.ShiftHandedOver() | se.Kept() | se.ShiftNotTaken():
            return shift_notices(scene, event)
        case e.PolicyRestarted():
            return _told(scene, f"The policy starts again: {event.reason}.")
        case e.PageFailed():
            who = scene.name(event.person)
            return _told(scene, f"The page to {who} did not get through: {event.reason}.")
        case e.Reminded(kind="approval"):
            return asking.asked(scene, again=True)
        case e.Reminded():
            return [_reminder(scene, event.people, _REMINDERS[event.kind])]
        case e.Snoozed():
            until = spoken(event.until, scene.zone_of(event.by))
            return _told(scene, f"{scene.name(event.by)} snoozed it until {until}.")
        case e.Woken():
            why = "Somebody wrote while it rested" if event.early else "It has rested"
            return [_reminder(scene, event.people, f"{why}: please go on."), scene.refreshed()]
        case e.IssueAsked():
            return _issue(scene)
        case e.SeverityChanged():
            return _severity(scene, event)
        case e.ApprovalGiven() | e.ApprovalDeclined() | e.ApprovalWaived():
            return [*_told(scene, asking.outcome(scene)), *asking.reporter_told(scene)]
        case e.Replied():
            return _replied(scene, event)
        case e.Resolved():
            return _resolved(scene, event)
        case e.Reopened():
            why = f": {event.reason}" if event.reason else ""
            who = scene.name(event.by) if event.by else "The reporter"
            reopen = scene.to_issue("github.reopen", {})
            return [*_told(scene, f"{who} reopened it{why}."), *reopen]
        case e.Closed():
            return _told(scene, f"Closed: {event.reason}.")
        case e.Merged():
            return _merged(scene, event)
        case e.Absorbed():
            news = f"{reference(event.number)} was merged into this: its reporter goes on here."
            return _told(scene, news)
    return planned_notices(scene, event)


def _told(scene: Scene, text: str) -> list[NewDelivery]:
    return [scene.note(text), scene.refreshed()]


def _opened(scene: Scene, event: e.Opened) -> Iterator[NewDelivery]:
    yield NewDelivery(
        key=scene.key("root"),
        kind="slack.root",
        ticket=scene.ticket.number,
        target={"channel": scene.desk.team_channel},
        priority=ANSWER,
        stream=f"team:{scene.ticket.number}",
    )
    if scene.reply:
        yield from scene.to_reporter(scene.reply)
    yield from asking.asked(scene)
    if event.attached_to is not None:
        text = f"Attached to {reference(event.attached_to)}: same hub, same symptom. It pages once."
        yield scene.note(text)
    if event.notes:
        yield _unread(scene, event.notes)
    if event.maybe is not None:
        offer = {"number": event.number, "version": 1, "into": event.maybe}
        yield scene.to_team("slack.offer", offer, "offer")
    if event.previous is not None:
        old = reference(event.previous)
        text = f"Goes on from {old}, which was closed too long ago."
        yield scene.to_team("slack.note", {"text": text}, "previous")
    if scene.tell:
        yield to_channel(scene, scene.tell, "tell")


def _heard(scene: Scene, event: e.Heard) -> Iterator[NewDelivery]:
    yield scene.to_team("slack.heard", {"author": event.author, "text": event.text})
    if event.notes:
        yield _unread(scene, event.notes)


def _unread(scene: Scene, notes: Sequence[str]) -> NewDelivery:
    said = "; ".join(notes)
    raw = f"`supportbot mail raw {scene.ticket.reference}` shows it as it came."
    return scene.to_team(
        "slack.note", {"text": f"Not all of the mail could be read: {said}. {raw}"}, "unread"
    )


def _merged(scene: Scene, event: e.Merged) -> Iterator[NewDelivery]:
    into = reference(event.into)
    yield from _told(scene, f"{scene.name(event.by)} merged it into {into}: it goes on there.")
    yield from scene.to_reporter("merged", merged_into=into)
    yield from scene.to_issue("github.comment", {"body": f"Goes on as {into}."})
    yield from scene.to_issue("github.close", {"reason": "not_planned"})


def _acknowledged(scene: Scene, event: e.Acknowledged) -> Iterator[NewDelivery]:
    yield from _told(scene, f"{scene.name(event.by)} acknowledged it.")
    if not scene.quiet:
        yield from scene.to_reporter("acknowledged")


def _handed_over(scene: Scene, event: e.HandedOver) -> Iterator[NewDelivery]:
    note = f": {event.note}" if event.note else "."
    who = f"{scene.name(event.by)} handed it over" if event.by else "It was handed over"
    yield from _told(scene, f"{who} to second line{note}")
    yield from scene.to_reporter("handed_over")
    yield from scene.to_issue("github.comment", {"body": "Handed over to second line."})


_REMINDERS = {
    "first_answer": "The reporter has had no answer yet, and the time promised is over.",
    "next_update": "The next word to the reporter is due now.",
}


def _reminder(scene: Scene, people: Sequence[str], text: str) -> NewDelivery:
    called = [scene.mention(person) for person in people]
    return scene.to_team(
        "slack.reminder", {**headline(scene), "people": called, "text": text}, "reminder"
    )


def _severity(scene: Scene, event: e.SeverityChanged) -> Iterator[NewDelivery]:
    verb = "raised" if event.raised else "lowered"
    text = f"{scene.name(event.by)} {verb} it to {event.terms.key}: {event.reason}"
    yield from _told(scene, text)
    yield from scene.to_issue("github.comment", {"body": f"Severity is now {event.terms.key}."})


def _replied(scene: Scene, event: e.Replied) -> Iterator[NewDelivery]:
    yield from scene.to_reporter("answer", answer=event.text)
    yield from _told(scene, f"{scene.name(event.by)} answered the reporter:\n{event.text}")


def _resolved(scene: Scene, event: e.Resolved) -> Iterator[NewDelivery]:
    yield from scene.to_reporter("resolved", answer=event.text)
    said = f":\n{event.text}" if event.text else "."
    yield from _told(scene, f"{scene.name(event.by)} resolved it{said}")
    yield from still_standing(scene)
    yield from scene.to_issue("github.comment", {"body": "Resolved."})
    yield from scene.to_issue("github.close", {"reason": "completed"})


def _issue(scene: Scene) -> Iterator[NewDelivery]:
    text = scene.playbooks.issues.get("incident")
    if text is None or scene.desk.repository is None:
        return
    title, body = template.render_issue(text, issue_values(scene))
    yield NewDelivery(
        key=scene.key("issue"),
        kind="github.issue",
        ticket=scene.ticket.number,
        target={"repo": scene.desk.repository},
        payload={
            "title": title,
            "body": body,
            "labels": [scene.ticket.terms.key, *scene.ticket.labels],
            "assignees": _assignees(scene),
        },
        priority=ANSWER,
        stream=f"issue:{scene.ticket.number}",
        due=scene.event.at + _ISSUE_WAITS,
    )


def _assignees(scene: Scene) -> list[str]:
    owners = on_call_for(scene.ticket.second_line, scene.playbooks, scene.event.at)
    people = (scene.playbooks.people.get(owner.person) for owner in owners)
    return [person.github for person in people if person and person.github]
