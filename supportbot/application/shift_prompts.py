"""Whoever comes on call is asked the day before, and can say ok, or look for cover in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from supportbot.application.chores import Job
from supportbot.application.context import Context
from supportbot.application.in_force import in_force
from supportbot.application.ports import Chore, UnitOfWork
from supportbot.domain.notices.delivery import NewDelivery, plain_post
from supportbot.domain.on_call.shift_prompt import ShiftPrompt, shift_prompts
from supportbot.domain.on_call.wall_clock import spoken
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket.commands import name_of

CHORE = "shift-prompts"
_AHEAD = timedelta(days=3)
_LOOK_AGAIN = timedelta(days=1)
_OK = "shift.ok."


def ask(context: Context, chore: Chore, now: datetime) -> Job:
    """Ask whoever is to be asked by now, and tell of those who did not answer. Again when somebody
    else is to be asked, or such a shift begins."""

    def job(uow: UnitOfWork) -> datetime:
        playbooks = in_force(context, uow)
        if not playbooks.ask_before_shift:
            return now + _LOOK_AGAIN
        prompts = _around(playbooks, now)
        asked = (_question(p, playbooks) for p in prompts if p.at <= now < p.since)
        silent = _silent(uow, (p for p in prompts if p.since <= now))
        uow.deliveries.add([*asked, *(_unanswered(context, p, playbooks) for p in silent)], now)
        times = (at for p in prompts for at in (p.at, p.since) if at > now)
        return min(times, default=now + _LOOK_AGAIN)

    return job


def _around(playbooks: Playbooks, now: datetime) -> Sequence[ShiftPrompt]:
    zones = {key: person.zone for key, person in playbooks.people.items()}
    return [
        prompt
        for rotation in playbooks.rotations.values()
        for prompt in shift_prompts(rotation, zones, now - _LOOK_AGAIN, now + _AHEAD)
    ]


def _silent(uow: UnitOfWork, begun: Iterable[ShiftPrompt]) -> list[ShiftPrompt]:
    """Those who were asked, and did not say ok before their shift began."""
    return [
        prompt
        for prompt in begun
        if uow.deliveries.newest_key(_key(prompt)) and uow.marks.get(_OK + prompt.name) is None
    ]


def answered(context: Context, name: str) -> None:
    """Somebody said ok to the prompt of this name."""
    now = context.clock.now()
    context.store.write(lambda uow: uow.marks.put(_OK + name, now))


def _key(prompt: ShiftPrompt) -> str:
    return f"shift.ask.{prompt.name}"


def _question(prompt: ShiftPrompt, playbooks: Playbooks) -> NewDelivery:
    person = playbooks.people[prompt.person]
    since, until = spoken(prompt.since, person.zone), spoken(prompt.until, person.zone)
    return NewDelivery(
        key=_key(prompt),
        kind="slack.shift",
        ticket=None,
        target={"person": person.key, "user": person.slack or "", "mail": person.mail or ""},
        payload={
            "text": f"You are on call in {prompt.rotation} from {since} to {until}. Is that fine?",
            "name": prompt.name,
            "rotation": prompt.rotation,
            "since": prompt.since.isoformat(),
            "until": prompt.until.isoformat(),
        },
    )


def _unanswered(context: Context, prompt: ShiftPrompt, playbooks: Playbooks) -> NewDelivery:
    name = name_of(prompt.person, playbooks)
    text = f"{name} is on call in {prompt.rotation} from now on, and has not said ok to it."
    return plain_post(f"shift.silent.{prompt.name}", context.desk.team_channel, text)
