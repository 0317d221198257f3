"""Reads the rates of a season from YAML, with every mistake told by its line."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from supportbot.adapters.playbook_files.faults import PlaybookFaults
from supportbot.adapters.playbook_files.filling import fill_in
from supportbot.adapters.playbook_files.forms import (
    Channel,
    Elapsed,
    Form,
    Text,
    Whole,
    YesNo,
    one_of,
)
from supportbot.adapters.playbook_files.place import At, Faults
from supportbot.adapters.playbook_files.tree import Document, read
from supportbot.domain.policy.playbook import Playbooks
from supportbot.sandbox.simulate.scenario_file import Instant, When
from supportbot.sandbox.simulate.season import Answers, Rate, Season
from supportbot.sandbox.simulate.writing import Letter, message_of

_MOST_A_MONTH = 10_000


class RateForm(Form):
    a_month: Whole = Field(examples=["20"])
    from_: Text = Field(alias="from", examples=["mara"])
    text: Text = Field(examples=["Nobody can log in"])
    source: Annotated[Literal["slack", "mail"], one_of("slack", "mail")] | None = None
    channel: Channel | None = None
    subject: Text | None = None


class AnswersForm(Form):
    after: Elapsed = Field(examples=["8 minutes"])
    percent: Whole = Field(examples=["90"])
    only_in_hours: YesNo = False
    resolve_after: Elapsed = Field(examples=["3 hours"])


class SeasonFile(Form):
    start: Instant = Field(examples=["2026-01-05T00:00Z"])
    until: When = Field(examples=["52 weeks"])
    seed: Whole = 1
    tickets: list[RateForm] = Field(examples=["[{a_month: 20, from: mara, text: …}]"])
    answers: AnswersForm = Field(examples=["{after: 8 minutes, percent: 90, …}"])


def read_season(name: str, text: str, playbooks: Playbooks) -> Season:
    """The season of a file called `name`. Raises PlaybookFaults with all that is wrong in it."""
    faults = Faults()
    document = read(name, text)
    if not isinstance(document, Document):
        raise PlaybookFaults([document])
    at = At(document, faults)
    filled = fill_in(SeasonFile, at)
    season = _linked(filled.form, at, playbooks) if filled else None
    if faults.found or season is None:
        raise PlaybookFaults(faults.found)
    return season


def _linked(form: SeasonFile, at: At, playbooks: Playbooks) -> Season:
    until = form.until if isinstance(form.until, datetime) else form.start + form.until
    if until <= form.start:
        at.to("until").fault("the end is not after the start")
    if form.answers.percent > 100:
        at.to("answers", "percent").fault("more than all cannot be answered", "100 at most")
    rates = []
    for number, rate in enumerate(form.tickets):
        place = at.to("tickets", number)
        letter = Letter(rate.from_, rate.text, rate.source, rate.channel, rate.subject)
        place.to("from").attempt(partial(message_of, letter, "?", form.start, playbooks))
        rates.append(Rate(letter, rate.a_month))
    if sum(rate.a_month for rate in rates) > _MOST_A_MONTH:
        at.to("tickets").fault(f"more than {_MOST_A_MONTH:,} tickets a month", "lower the rates")
    said = form.answers
    answers = Answers(said.after, said.percent / 100, said.only_in_hours, said.resolve_after)
    return Season(form.start, until, form.seed, tuple(rates), answers)
