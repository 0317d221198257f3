"""Reads a scenario from YAML, with every mistake told by its line and the nearest right name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.faults import PlaybookFaults, Unreadable, quoted
from supportbot.adapters.playbook_files.filling import fill_in
from supportbot.adapters.playbook_files.forms import Channel, DelayWords, Form, Text, one_of
from supportbot.adapters.playbook_files.place import At, Faults, NameSet
from supportbot.adapters.playbook_files.tree import Document, read
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.ticket import commands as c
from supportbot.domain.ticket.approving import Approve, Decline
from supportbot.domain.ticket.snoozing import Snooze
from supportbot.domain.ticket.ticket import number_of
from supportbot.domain.ticket.timebox import Extend
from supportbot.domain.ticket.waiting import Wait
from supportbot.sandbox.simulate.scenario import Acted, Down, Scenario, Unreachable, Written
from supportbot.sandbox.simulate.writing import Letter, message_of


def instant(value: object) -> datetime:
    """A day and time that says its offset, in UTC."""
    found = words.moment(value)
    if found.tzinfo is None:
        mend = "add Z for UTC, or an offset such as +01:00"
        raise Unreadable(f"{quoted(words.text(value))} does not say in which zone", mend)
    return found.astimezone(UTC)


def when(value: object) -> datetime | timedelta:
    """An instant, or how long after the start, such as `10 minutes`."""
    said = words.text(value)
    if said[4:5] == "-":
        return instant(value)
    try:
        return words.elapsed(value)
    except Unreadable:
        mend = "write 2026-11-24T14:05Z, or the time since the start, such as 10 minutes"
        raise Unreadable(f"{quoted(said)} is no time", mend) from None


def _ticket(value: object) -> int:
    said = words.text(value)
    number = number_of(said) if len(said) < 12 else None
    if number is None:
        raise Unreadable(f"{quoted(said)} is no ticket", "write its reference, such as SUP-1")
    return number


Instant = Annotated[datetime, PlainValidator(instant)]
When = Annotated[datetime | timedelta, PlainValidator(when)]
TicketName = Annotated[int, PlainValidator(_ticket)]


class MessageForm(Form):
    """Somebody writes; with `ticket` they go on with what they wrote before."""

    from_: Text = Field(alias="from", examples=["mara"])
    text: Text = Field(examples=["Nobody can log in"])
    source: Annotated[Literal["slack", "mail"], one_of("slack", "mail")] | None = None
    channel: Channel | None = None
    subject: Text | None = None
    ticket: TicketName | None = None


class ActForm(Form):
    """A button; without `ticket` the newest ticket's."""

    by: Text = Field(examples=["ines"])
    ticket: TicketName | None = None


class WordsForm(ActForm):
    text: Text | None = None


class AnswerForm(ActForm):
    text: Text = Field(examples=["We are looking at it."])


class NoteForm(ActForm):
    note: Text | None = None


class ReasonForm(ActForm):
    reason: Text | None = None


class SeverityForm(ActForm):
    to: Text = Field(examples=["P1"])
    reason: Text = Field(examples=["the whole class is affected"])


class SnoozeForm(ActForm):
    until: Text = Field(examples=["2026-11-25T09:00", "my hours"])


class WaitForm(ActForm):
    for_: Annotated[Literal["reporter", "third party"], one_of("reporter", "third party")] = Field(
        alias="for", examples=["reporter"]
    )
    who: Text | None = Field(None, examples=["the cloud provider"])
    chase: DelayWords | None = Field(None, examples=["1 working day"])


class SpanForm(Form):
    from_: When = Field(alias="from", examples=["10 minutes"])
    to: When = Field(examples=["2 hours"])


class UnreachableForm(SpanForm):
    person: Text = Field(examples=["ines"])


class EventForm(Form):
    """`at` and one thing that happens then; `unreachable` and `down` have their own times."""

    at: When | None = None
    message: MessageForm | None = None
    acknowledge: ActForm | None = None
    take: ActForm | None = None
    let_go: ActForm | None = None
    hand_over: NoteForm | None = None
    reply: AnswerForm | None = None
    resolve: WordsForm | None = None
    reopen: ReasonForm | None = None
    severity: SeverityForm | None = None
    escalate: ActForm | None = None
    unreachable: UnreachableForm | None = None
    down: SpanForm | None = None
    snooze: SnoozeForm | None = None
    wait: WaitForm | None = None
    extend: ActForm | None = None
    approve: ActForm | None = None
    decline: ReasonForm | None = None


class ScenarioFile(Form):
    start: Instant = Field(examples=["2026-11-24T14:05Z"])
    until: When = Field(examples=["4 hours"])
    events: list[EventForm] = Field(examples=["[{at: 5 minutes, message: {…}}]"])


_SPANS = ("unreachable", "down")
_COMMANDS: dict[str, Callable[[Any], c.Command]] = {
    "acknowledge": lambda f: c.Acknowledge(by=f.by),
    "take": lambda f: c.Take(by=f.by),
    "let_go": lambda f: c.LetGo(by=f.by),
    "hand_over": lambda f: c.HandOver(by=f.by, note=f.note or ""),
    "reply": lambda f: c.Reply(by=f.by, text=f.text),
    "resolve": lambda f: c.Resolve(by=f.by, text=f.text or ""),
    "reopen": lambda f: c.Reopen(by=f.by, reason=f.reason or ""),
    "severity": lambda f: c.ChangeSeverity(by=f.by, severity=f.to, reason=f.reason),
    "escalate": lambda f: c.EscalateNow(by=f.by),
    "approve": lambda f: Approve(by=f.by),
    "decline": lambda f: Decline(by=f.by, reason=f.reason or ""),
    "snooze": lambda f: Snooze(by=f.by, until=f.until),
    "wait": lambda f: Wait(by=f.by, party=f.for_, who=f.who or "", chase=f.chase),
    "extend": lambda f: Extend(by=f.by),
}
_THINGS = ("message", *_COMMANDS, *_SPANS)


def read_scenario(name: str, text: str, playbooks: Playbooks) -> Scenario:
    """The scenario of a file called `name`. Raises PlaybookFaults with all that is wrong in it."""
    faults = Faults()
    document = read(name, text)
    if not isinstance(document, Document):
        raise PlaybookFaults([document])
    at = At(document, faults)
    filled = fill_in(ScenarioFile, at)
    scenario = _Linking(filled.form, at, playbooks).scenario() if filled else None
    if faults.found or scenario is None:
        raise PlaybookFaults(faults.found)
    return scenario


class _Linking:
    """Turns the form into values; notes names that nobody has and times that are none."""

    def __init__(self, form: ScenarioFile, at: At, playbooks: Playbooks) -> None:
        self._form, self._at, self._playbooks = form, at, playbooks
        self._people = NameSet(frozenset(playbooks.people))
        self._start = form.start
        self._until = self._time(form.until)

    def scenario(self) -> Scenario:
        if self._until <= self._start:
            self._at.to("until").fault("the end is not after the start")
        happenings: list[Written | Acted] = []
        unreachable: list[Unreachable] = []
        down: list[Down] = []
        for number, event in enumerate(self._form.events):
            for found in self._event(number, event):
                if isinstance(found, Unreachable):
                    unreachable.append(found)
                elif isinstance(found, Down):
                    down.append(found)
                else:
                    happenings.append(found)
        happenings.sort(key=lambda happening: happening.at)
        return Scenario(
            self._start, self._until, tuple(happenings), tuple(unreachable), self._apart(down)
        )

    def _event(
        self, number: int, event: EventForm
    ) -> Iterator[Written | Acted | Unreachable | Down]:
        at = self._at.to("events", number)
        said = [thing for thing in _THINGS if getattr(event, thing) is not None]
        if len(said) != 1:
            found = " and ".join(said) or "nothing"
            at.fault(f"one thing happens in an event, here {found}", f"one of {', '.join(_THINGS)}")
            return
        (thing,) = said
        form = getattr(event, thing)
        if thing in _SPANS:
            yield from self._span(form, at.to(thing))
        elif event.at is None:
            at.fault("the key 'at' is missing", "add `at: 10 minutes`, the time since the start")
        else:
            moment = self._within(self._time(event.at), at.to("at"))
            yield from self._happening(thing, form, moment, number, at.to(thing))

    def _happening(
        self, thing: str, form: Any, moment: datetime, number: int, at: At
    ) -> Iterator[Written | Acted]:
        if isinstance(form, MessageForm):
            letter = Letter(
                form.from_, form.text, form.source, form.channel, form.subject, form.ticket
            )
            message = at.to("from").attempt(
                lambda: message_of(letter, f"event {number + 1}", moment, self._playbooks)
            )
            if message is not None:
                yield Written(moment, message)
            return
        at.to("by").knows("person", form.by, self._people)
        if isinstance(form, SeverityForm):
            severities = NameSet(frozenset(self._playbooks.severities))
            at.to("to").knows("severity", form.to, severities)
        yield Acted(moment, _COMMANDS[thing](form), form.ticket)

    def _span(self, form: SpanForm, at: At) -> Iterator[Unreachable | Down]:
        since = self._within(self._time(form.from_), at.to("from"))
        until = self._time(form.to)
        if until <= since:
            at.to("to").fault("this is not after `from`")
        if not isinstance(form, UnreachableForm):
            yield Down(since, min(until, self._until))
        elif at.to("person").knows("person", form.person, self._people):
            yield Unreachable(form.person, since, until)

    def _apart(self, down: list[Down]) -> tuple[Down, ...]:
        """In their order; a process that is down cannot go down."""
        down.sort(key=lambda span: span.since)
        for earlier, later in pairwise(down):
            if later.since < earlier.until:
                self._at.to("events").fault("the process is down twice at the same time")
        return tuple(down)

    def _time(self, said: datetime | timedelta) -> datetime:
        return said if isinstance(said, datetime) else self._start + said

    def _within(self, moment: datetime, at: At) -> datetime:
        if not self._start <= moment <= self._until:
            at.fault("this is not between `start` and `until`")
        return moment
