"""The `when` of a rule: what is looked for in a message, joined by all, any and not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from supportbot.adapters.playbook_files import words
from supportbot.adapters.playbook_files.condition_forms import (
    ConditionForm,
    PhrasesForm,
    TimeForm,
    look_back,
)
from supportbot.adapters.playbook_files.hours import windows_of
from supportbot.adapters.playbook_files.matcher import PatternBook, PatternRefused
from supportbot.adapters.playbook_files.people import SENDER_KINDS
from supportbot.adapters.playbook_files.place import At, NameSet
from supportbot.domain.on_call.calendar_period import CalendarPeriod
from supportbot.domain.triage import rule
from supportbot.domain.triage.rule import (
    All,
    AnyOf,
    Condition,
    During,
    Header,
    Is,
    Not,
    Recurs,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The names that conditions may use; `hubs` are ids such as `northfield/prod`."""

    people: NameSet
    communities: NameSet
    hubs: NameSet
    clusters: NameSet


@dataclass(frozen=True, slots=True)
class Conditions:
    """Links conditions, and enters what they look for into the book of patterns.

    `problems` are the known ones, None where no condition may ask for them. `looks_back` collects
    how far back conditions ask for other tickets; it is empty where none does.
    """

    facts: Facts
    book: PatternBook
    periods: Mapping[str, CalendarPeriod] = field(default_factory=dict)
    problems: NameSet | None = None
    looks_back: list[timedelta] = field(default_factory=list)

    def link(self, form: ConditionForm, at: At) -> Condition:
        """The condition of a mapping: all of its keys."""
        parts = [
            *self._texts(form, at),
            *self._facts(form, at),
            *_said(form),
            *self._beside(form, at),
            *self._known(form, at),
            *self._joined(form, at),
        ]
        if form.time is not None:
            parts.append(self._during(form.time, at.to("time")))
        if not form.model_fields_set:
            at.fault("this condition is empty", "say what it looks for, or delete it")
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _texts(self, form: ConditionForm, at: At) -> Iterator[Condition]:
        fields: tuple[rule.Field, ...] = ("text", "subject", "body")
        for part in fields:
            phrases: PhrasesForm | None = getattr(form, part)
            if phrases:
                yield from self._phrases(part, phrases, at.to(part))

    def _phrases(self, field: rule.Field, form: PhrasesForm, at: At) -> Iterator[Condition]:
        if not form.model_fields_set:
            at.fault("nothing is looked for here", "write any_of, all_of or matches")
        if form.any_of:
            yield self._text(field, form.any_of, self.book.phrase, at.to("any_of"))
        for number, phrase in enumerate(form.all_of or ()):
            yield self._text(field, [phrase], self.book.phrase, at.to("all_of"), number)
        if form.matches:
            found = self._text(field, form.matches, self.book.regex, at.to("matches"))
            shown = tuple(f"/{pattern}/" for pattern in found.shown)
            yield rule.Text(field, shown, found.numbers)

    def _text(
        self,
        field: rule.Field,
        wanted: list[str],
        number_of: Callable[[rule.Field, str], int],
        at: At,
        first: int = 0,
    ) -> rule.Text:
        numbers = {}
        for place, pattern in enumerate(wanted, start=first):
            try:
                numbers[pattern] = number_of(field, pattern)
            except PatternRefused as error:
                at.to(place).fault(f"this cannot be looked for: {error}", error.mend)
        return rule.Text(field, tuple(numbers), tuple(numbers.values()))

    def _facts(self, form: ConditionForm, at: At) -> Iterator[Condition]:
        if form.source:
            yield Is("source", frozenset(form.source))
        if form.channel:
            yield Is("channel", frozenset(form.channel))
        if form.sender:
            yield self._sender(form.sender, at.to("sender"))
        if form.community:
            at.to("community").all_known("community", form.community, self.facts.communities)
            yield Is("community", frozenset(form.community))
        if form.hub:
            hubs = (self._hub(hub, at.to("hub", place)) for place, hub in enumerate(form.hub))
            yield Is("hub", frozenset(hubs))
        if form.cluster:
            at.to("cluster").all_known("cluster", form.cluster, self.facts.clusters)
            yield Is("cluster", frozenset(form.cluster))

    def _sender(self, wanted: Iterable[str], at: At) -> Condition:
        """Kinds of sender, people, mail domains and addresses, told apart by how they look."""
        found: dict[str, set[str]] = {}
        for place, sender in enumerate(wanted):
            if sender in SENDER_KINDS:
                # Representatives and the team are people we know, too.
                kinds = {"known", "representative", "team"} if sender == "known" else {sender}
                found.setdefault("sender_kind", set()).update(kinds)
            elif "@" in sender.removeprefix("@"):
                found.setdefault("mail", set()).add(sender.casefold())
            elif "." in sender:
                domain = sender.casefold().removeprefix("@")
                found.setdefault("mail_domain", set()).add(domain)
            else:
                known = NameSet(self.facts.people.names | set(SENDER_KINDS))
                if self.facts.people.complete:
                    at.to(place).knows("sender", sender, known)
                found.setdefault("person", set()).add(sender)
        parts = tuple(Is(fact, frozenset(values)) for fact, values in found.items())
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def _hub(self, wanted: str, at: At) -> str:
        if "/" in wanted:
            at.knows("hub", wanted, self.facts.hubs)
            return wanted
        same = sorted(hub for hub in self.facts.hubs if hub.endswith(f"/{wanted}"))
        if len(same) > 1:
            at.fault(f"{len(same)} hubs are called {wanted}", "write one of " + ", ".join(same))
        if not same:
            at.knows("hub", wanted, self.facts.hubs)
        return same[0] if same else wanted

    def _beside(self, form: ConditionForm, at: At) -> Iterator[Condition]:
        """What is asked of the tickets that there are already."""
        if form.open_incident:
            self.looks_back.append(timedelta(0))
            yield Is("open_incident", frozenset(form.open_incident))
        if form.recurrence:
            wanted = form.recurrence
            place = at.to("recurrence", "within")
            within = place.attempt(lambda: look_back(wanted.within)) or timedelta(0)
            self.looks_back.append(within)
            yield Recurs(wanted.times, within, wanted.within, wanted.symptom)

    def _known(self, form: ConditionForm, at: At) -> Iterator[Condition]:
        """Yes, no, or the names of known problems."""
        wanted, at = form.known_problem, at.to("known_problem")
        if not wanted:
            return
        if self.problems is None:
            mend = "say by its words what the problem looks like"
            at.fault("a known problem cannot ask for known problems", mend)
        elif len(wanted) == 1 and wanted[0].casefold() in ("yes", "no", "true", "false"):
            yield Is("is_known", frozenset({words.yes_no(wanted[0])}))
        else:
            at.all_known("known problem", wanted, self.problems)
            yield Is("known_problem", frozenset(wanted))

    def _during(self, form: TimeForm, at: At) -> Condition:
        if not (form.hours or form.from_ or form.to or form.period):
            at.fault("no time is said here", "write hours, from, to or period")
        start, end = (_instant(moment, form.time_zone) for moment in (form.from_, form.to))
        if start and end and start >= end:
            at.to("to").fault("it ends before it begins", "check from and to")
        if form.period is not None:
            at.to("period").knows("period", form.period, NameSet(frozenset(self.periods)))
        windows = windows_of(form.hours or (), form.time_zone, at.to("hours"))
        return During(_shown(form), windows, start, end, self.periods.get(form.period or ""))

    def _joined(self, form: ConditionForm, at: At) -> Iterator[Condition]:
        if form.all_ is not None:
            yield All(self._each(form.all_, at.to("all")))
        if form.any_ is not None:
            yield AnyOf(self._each(form.any_, at.to("any")))
        if form.not_ is not None:
            yield Not(self.link(form.not_, at.to("not")))

    def _each(self, forms: list[ConditionForm], at: At) -> tuple[Condition, ...]:
        if not forms:
            at.fault("this list is empty", "write conditions into it, or delete the key")
        return tuple(self.link(form, at.to(number)) for number, form in enumerate(forms))


# What a message says or is, by the names of the facts; an event has its name, or there is none.
_SAID = ("capability", "users_affected", "always")
_YES_OR_NO = (
    *("trouble", "resolved", "later", "question", "exam", "certain", "unclear"),
    *("attachments", "automatic", "authenticated"),
)


def _said(form: ConditionForm) -> Iterator[Condition]:
    for fact in _SAID:
        wanted = getattr(form, fact)
        if wanted is not None:
            yield Is(fact, frozenset([wanted] if isinstance(wanted, str) else wanted))
    for fact in _YES_OR_NO:
        if getattr(form, fact) is not None:
            yield Is(fact, frozenset({getattr(form, fact)}))
    if form.event is not None:
        yield Is("in_event", frozenset({form.event}))
    for name, wanted in (form.header or {}).items():
        yield _header(name, wanted)


def _header(name: str, wanted: list[str]) -> Condition:
    match wanted:
        case ["present" | "absent" as there]:
            return Header(name, absent=there == "absent")
        case _:
            return Header(name, tuple(wanted))


def _instant(moment: datetime | None, zone: str) -> datetime | None:
    return words.instant(moment, zone) if moment else None


def _shown(form: TimeForm) -> str:
    parts = [" or ".join(form.hours)] if form.hours else []
    parts += [f"from {form.from_.isoformat(timespec='minutes')}"] if form.from_ else []
    parts += [form.period] if form.period else []
    parts += [f"to {form.to.isoformat(timespec='minutes')}"] if form.to else []
    return f"{' '.join(parts)} ({form.time_zone})"
