"""Slack user groups follow the rotations: looked at whenever somebody else comes on call."""

from __future__ import annotations

from datetime import datetime, timedelta

from supportbot.application.chores import Job
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.latest_news import news_key
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.on_call.rotation import first_change
from supportbot.domain.on_call.user_group import Membership, UserGroup, membership
from supportbot.domain.policy.playbook import Playbooks

CHORE = "user-groups"
_LOOK_AGAIN = timedelta(days=1)


def follow(context: Context, chore: Chore, now: datetime) -> Job:
    """Put into each group whoever belongs there now. Again when somebody else comes on."""

    def job(uow: UnitOfWork) -> datetime:
        playbooks = in_force(context, uow)
        for group in playbooks.user_groups.values():
            _follow(context, uow, group, playbooks, now)
        return _next(playbooks, now)

    return job


def _next(playbooks: Playbooks, now: datetime) -> datetime:
    followed = {name for group in playbooks.user_groups.values() for name in group.follows}
    return first_change((playbooks.rotations[name] for name in followed), now, _LOOK_AGAIN)


def _follow(
    context: Context, uow: UnitOfWork, group: UserGroup, playbooks: Playbooks, now: datetime
) -> None:
    members = membership(group, playbooks.rotations, now)
    if members.nobody:  # also where whoever stands in was in it already
        uow.deliveries.add([_stand_in(context, group, members, playbooks, now)], now)
    key = news_key(uow, f"group.{group.id}", " ".join(members.people))
    if key is not None:
        uow.deliveries.add([_update(key, group, members, playbooks)], now)


def _update(key: str, group: UserGroup, members: Membership, playbooks: Playbooks) -> NewDelivery:
    people = [playbooks.people[person] for person in members.people]
    return NewDelivery(
        key=key,
        kind="slack.group",
        ticket=None,
        target={"group": group.id},
        payload={
            "handle": group.handle,
            "people": [{"user": one.slack or "", "mail": one.mail or ""} for one in people],
        },
        stream=f"group:{group.id}",
    )


def _stand_in(
    context: Context,
    group: UserGroup,
    members: Membership,
    playbooks: Playbooks,
    now: datetime,
) -> NewDelivery:
    """A rotation may have nobody every night: what is said of it once a week is still read."""
    year, week, _ = now.isocalendar()
    names = ", ".join(playbooks.people[person].name for person in members.people)
    text = f"Nobody is on call for @{group.handle}: {members.nobody}. In it until then: {names}."
    return plain_post(f"nobody.{group.id}.{year}w{week}", context.desk.team_channel, f"⚠️ {text}")
