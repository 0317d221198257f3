"""A thousand old decisions, computed again from their records, are what was decided then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

from supportbot.adapters.mail.envelope import SOURCE, envelope
from supportbot.adapters.playbook_files.running import Reloaded
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application import intake, replay
from supportbot.application.explain import explain_message, matches
from supportbot.application.ports import DecisionRecord, Envelope, UnitOfWork
from supportbot.bootstrap import mail_reader, open_context
from supportbot.domain.on_call.rota_change import RotaChange
from supportbot.domain.policy.in_force import with_changes
from supportbot.sandbox.clock import VirtualClock
from supportbot.settings import Settings

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "tests" / "adapters" / "triage_messages"
# Through a change of the clocks, an exam in ready mode, and the turn of a year.
START = datetime(2026, 10, 20, 7, tzinfo=UTC)
APART = timedelta(hours=2, minutes=11)
COUNT = 1_000
TAKEN, GIVEN_BACK = 300, 450
SENDERS = ("mara@northfield.example", "student@lakeside.example", "x@elsewhere.example")
HUBS = ("", " https://hub.northfield.example", " db201.lakeside.example", " gpu.longwave.example")
PROVED = ("dmarc=pass", "dmarc=fail")


def words() -> Iterator[str]:
    """What people wrote, again and again."""
    lines = [
        line for file in sorted(MESSAGES.glob("*.txt")) for line in file.read_text().splitlines()
    ]
    return cycle(line.partition("|")[2].strip() for line in lines if "|" in line)


def mails(clock: VirtualClock) -> Iterator[Envelope]:
    each = zip(range(COUNT), words(), cycle(SENDERS), cycle(HUBS), cycle(PROVED), strict=False)
    for number, text, sender, hub, proved in each:
        head = f"From: {sender}\r\nMessage-ID: <{number}@a.example>\r\nSubject: {number}"
        results = f"Authentication-Results: mx.openfield.example; {proved}"
        raw = f"{head}\r\n{results}\r\n\r\n{text}{hub}".encode()
        yield envelope(raw, clock.now())
        clock.move_to(clock.now() + APART)


def taken_over(unit: UnitOfWork, at: datetime) -> None:
    """Beatriz, the manager, is on for everybody for three weeks, or thinks better of it."""
    if unit.rota.changes(at):
        unit.rota.withdraw(unit.rota.changes(at)[0].id, "beatriz", at)
        return
    change = RotaChange(
        kind="schedule",
        rotation="first-line",
        start=at,
        end=at + timedelta(weeks=3),
        people=("beatriz",),
        by="beatriz",
        made_at=at,
    )
    unit.rota.add(change)


def owners(record: DecisionRecord) -> list[str]:
    return [owner["person"] for owner in record.owners["first_line"]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    policy = tmp_path / "playbooks"
    shutil.copytree(ROOT / "playbooks", policy)
    return Settings(
        database=f"sqlite:///{tmp_path}/supportbot.db",
        playbooks=policy,
        files=tmp_path / "files",
        mail={"address": "help@openfield.example", "trusted_relay": "mx.openfield.example"},
    )


@pytest.mark.timeout(180)
def test_a_thousand_decisions_are_computed_again_without_a_difference(settings: Settings) -> None:
    clock = VirtualClock(START)
    readers = {SOURCE: mail_reader(settings)}
    with open_context(settings, clock) as context:
        for number, mail in enumerate(mails(clock)):
            if number == COUNT // 2:
                rules = settings.playbooks / "rules" / "05-new.yaml"
                rules.write_text("rules: [{rule: sql, when: {text: sql}, then: {severity: P2}}]\n")
                assert isinstance(context.shelf, FolderShelf)
                assert isinstance(context.shelf.refresh(anyway=True), Reloaded)
            if number in (TAKEN, GIVEN_BACK):
                context.store.write(partial(taken_over, at=clock.now()))
            intake.take(context, [mail], readers)
        decided = replay.past(context, START)
        kept = replay.versions(context, decided)
    assert len(kept) == 2
    assert len(decided) > COUNT * 0.9
    different = [
        number
        for number, record in decided
        if not matches(
            record,
            explain_message(
                record.message,
                with_changes(kept[record.playbooks], record.changes),
                record.at,
                record.background,
            ),
        )
    ]
    assert different == []
    changed = {number for number, record in decided if record.changes}
    alone = {number for number, record in decided if owners(record) == ["beatriz"]}
    assert 100 < len(changed) < 200
    assert alone == changed
