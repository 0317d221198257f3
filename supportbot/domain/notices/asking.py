"""What is said of an approval: to the representatives who are asked, the reporter and the team."""

from __future__ import annotations

from collections.abc import Iterator

from supportbot.domain.notices.delivery import ANSWER, NewDelivery
from supportbot.domain.notices.scene import Scene, joined
from supportbot.domain.policy.playbook import Person
from supportbot.domain.ticket import events as e
from supportbot.domain.ticket.approval import ways_to

LONGEST_WORDS = 3_000
_HOW = (
    "Answer with one word on the first line: approve, or decline.\n"
    "What you write below it is kept with the request."
)


def asked(scene: Scene, *, again: bool = False) -> Iterator[NewDelivery]:
    """The question to the representatives, wherever they can be reached; `again` reminds them."""
    waits = scene.ticket.approval
    community = scene.playbooks.communities.get(scene.ticket.community or "")
    if waits is None or community is None:
        return
    by_mail = scene.desk.sends_mail
    ways = ways_to(waits.approvers, community, scene.playbooks, by_mail=by_mail)
    if not ways:
        return
    if ways.channel:
        people = [scene.mention(key) for key in waits.approvers]
        yield _in_slack(scene, {"channel": ways.channel}, people, again=again)
    for person in ways.direct:
        user = {"user": person.slack or "", "mail": person.mail or ""}
        target = {"person": person.key, **user}
        yield _in_slack(scene, target, [scene.mention(person.key)], again=again)
    for person in ways.mail:
        yield _by_mail(scene, person, again=again)
    names = joined(scene.name(key) for key in waits.approvers)
    said = f"Waits for approval: {names} {'reminded' if again else 'asked'}."
    yield scene.to_team("slack.note", {"text": said}, "asked")


def _in_slack(
    scene: Scene, target: dict[str, str], people: list[dict[str, str | None]], *, again: bool
) -> NewDelivery:
    # What came in private is shown to the representatives alone, not to their channel.
    shows_words = "user" in target or not _came_in_private(scene)
    return NewDelivery(
        key=scene.key(f"approval.{people[0]['person']}"),
        kind="slack.approval",
        ticket=scene.ticket.number,
        target=target,
        payload={"people": people, "again": again, "words": shows_words},
        priority=ANSWER,
        stream=f"approval:{scene.ticket.number}",
    )


def _came_in_private(scene: Scene) -> bool:
    place = scene.ticket.reply_to
    return place is None or place.kind != "slack" or place.address["channel"].startswith("D")


def _by_mail(scene: Scene, person: Person, *, again: bool) -> NewDelivery:
    ticket = scene.ticket
    who = ticket.reporter.name or ticket.reporter.mail or "somebody"
    first = "Nobody has answered yet: " if again else ""
    lines = [
        f"{first}{who} asks for something that one of the representatives approves:",
        f"\n{scene.words[:LONGEST_WORDS] or ticket.title}\n",
        _HOW,
    ]
    return NewDelivery(
        # Whoever is mentioned in the channel may be asked by mail, too.
        key=scene.key(f"approval.mail.{person.key}"),
        kind="mail.approval",
        ticket=ticket.number,
        target={"to": person.mail or "", "name": person.name},
        payload={"subject": f"May they have this? {ticket.title}", "text": "\n".join(lines)},
        priority=ANSWER,
    )


def reporter_told(scene: Scene) -> Iterator[NewDelivery]:
    """Somebody answered: the reporter hears it, with the reason where there is one."""
    match scene.event:
        case e.ApprovalGiven(by=by):
            yield from scene.to_reporter("approved", approvers=scene.name(by))
        case e.ApprovalDeclined(by=by, reason=reason):
            yield from scene.to_reporter("declined", approvers=scene.name(by), answer=reason)


def outcome(scene: Scene) -> str:
    """How the wait ended, in a line for the team and for the representatives."""
    match scene.event:
        case e.ApprovalGiven(by=by):
            return f"{scene.name(by)} approved it."
        case e.ApprovalDeclined(by=by, reason=reason):
            return f"{scene.name(by)} declined it{f': {reason}' if reason else '.'}"
        case e.ApprovalWaived(reason=reason):
            return f"Waits for approval no longer: {reason}."
    return "Waits for approval no longer."


def settled(scene: Scene) -> Iterator[NewDelivery]:
    """The question in the channel says how it ended, and has no buttons any more."""
    community = scene.playbooks.communities.get(scene.ticket.community or "")
    if community and community.slack_channels:
        said = outcome(scene)
        match scene.event:
            case e.ApprovalDeclined(by=by) if _came_in_private(scene):
                said = f"{scene.name(by)} declined it."
        text = f"{scene.ticket.reference}: {said}"
        yield NewDelivery(
            key=scene.key("approval.over"),
            kind="slack.approval_over",
            ticket=scene.ticket.number,
            target={"place": "approval", "channel": community.slack_channels[0]},
            payload={"text": text},
            stream=f"approval:{scene.ticket.number}",
        )
