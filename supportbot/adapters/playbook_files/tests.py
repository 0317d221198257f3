"""tests/*.yaml: messages, and the decision expected of each; beside them mails as they came."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from supportbot.adapters.playbook_files import source, words
from supportbot.adapters.playbook_files.case_forms import (
    CaseForm,
    CasesFile,
    EarlierForm,
    MessageForm,
)
from supportbot.adapters.playbook_files.faults import (
    Fault,
    PlaybookFaults,
    Unreadable,
    did_you_mean,
    quoted,
)
from supportbot.adapters.playbook_files.filling import fill_in
from supportbot.adapters.playbook_files.place import At, Faults, NameSet
from supportbot.adapters.playbook_files.source import PlaybookFiles
from supportbot.adapters.playbook_files.tree import Document, Entries, read
from supportbot.application.expectations import NONE, Case
from supportbot.domain.policy.playbook import Playbooks
from supportbot.domain.triage.background import NOTHING, Background, Earlier
from supportbot.domain.triage.facts import CAPABILITIES
from supportbot.domain.triage.message import InboundMessage, Sender
from supportbot.domain.triage.rule import Where

TESTS = "tests"
LARGEST_MAIL = 1024 * 1024
_LONGEST_NAME = 70
_ADDRESS = re.compile(r"(?:([^<>@]*)<)?([^\s<>@,]+@[^\s<>@,]+?)>?")
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,20}")
_ANSWERS = {
    "incident": ("yes", "no", "ask"),
    "github_issue": ("yes", "no", "on_open", "on_second_line", "never"),
    "needs_approval": ("yes", "no"),
}


def read_cases(folder: Path, playbooks: Playbooks, keys: Collection[str]) -> tuple[Case, ...]:
    """The tests in the folder of these playbooks, file by file; `keys` can be expected.

    Raises PlaybookFaults with all that is wrong in them. No folder of tests holds none.
    """
    tests = folder / TESTS
    if not tests.is_dir():
        return ()
    if not tests.resolve().is_relative_to(folder.resolve()):
        mend = "put the folder itself here"
        raise PlaybookFaults([Fault(TESTS, 1, 1, "a link that leads out of the folder", mend)])
    faults, linking = Faults(), _Linking(tests, playbooks, keys)
    cases = [
        case
        for name, text in _files(tests).files.items()
        if name.endswith((".yaml", ".yml"))
        for case in linking.cases(f"{TESTS}/{name}", text, faults)
    ]
    if faults.found:
        raise PlaybookFaults(faults.found)
    return tuple(cases)


def _files(tests: Path) -> PlaybookFiles:
    try:
        return source.read_folder(tests)
    except PlaybookFaults as error:
        named = (replace(fault, file=f"{TESTS}/{fault.file}") for fault in error.faults)
        raise PlaybookFaults(named) from None


@dataclass(frozen=True, slots=True)
class _Linking:
    """Holds the names in tests against the playbooks."""

    folder: Path
    playbooks: Playbooks
    keys: Collection[str]

    def cases(self, file: str, text: str, faults: Faults) -> Iterator[Case]:
        document = read(file, text)
        if not isinstance(document, Document):
            faults.add(document)
            return
        # Forms are mappings, and a file of tests is a list: it is given a key to stand under.
        root = document.root
        under = Entries(root.mark, {"tests": root.mark}, {"tests": root})
        filled = fill_in(CasesFile, At(replace(document, root=under), faults))
        if filled:
            places = ((form, filled.at.to("tests", n)) for n, form in filled.form.tests.items())
            yield from filter(None, (self._case(form, at) for form, at in places))

    def _case(self, form: CaseForm, at: At) -> Case | None:
        self._check_expected(form.expect, at.to("expect"))
        moment = self._moment(form, at)
        where = Where(at.document.file, at.line)
        if form.message.mail is not None:
            raw = at.to("message").attempt(lambda: self._mail(form.message, where.file))
            earlier = self._earlier(form, moment, at)
            return Case(_name(form), where, raw, moment, _expect(form), earlier) if raw else None
        if form.message.text is None:
            at.to("message").fault("the key 'text' is missing", "add `text: Nobody can log in`")
            return None
        if moment is None:
            return None
        message = self._message(form.message, where, moment, at.to("message"))
        earlier = self._earlier(form, moment, at)
        return Case(_name(form), where, message, moment, _expect(form), earlier)

    def _moment(self, form: CaseForm, at: At) -> datetime | None:
        if form.at is None:
            if form.message.mail is None:
                at.fault("the key 'at' is missing", "add `at: 2026-11-24T14:05Z`")
            return None
        if form.at.tzinfo is None:
            mend = "add Z for UTC, or an offset such as +01:00"
            at.to("at").fault("this does not say in which zone", mend)
        return words.instant(form.at, "UTC")

    def _message(self, form: MessageForm, where: Where, moment: datetime, at: At) -> InboundMessage:
        by_mail = form.source == "mail" or (form.source is None and self._looks_like_mail(form))
        return InboundMessage(
            source="mail" if by_mail else "slack",
            key=f"test:{where.file}:{where.line}",
            sender=self._sender(form.from_, by_mail=by_mail, at=at.to("from")),
            text=form.text or "",
            at=moment,
            channel=form.channel,
            subject=form.subject,
            authenticated=form.authenticated,
            headers=form.header,
        )

    def _earlier(self, form: CaseForm, moment: datetime | None, at: At) -> Background:
        if moment is None:
            if form.earlier:
                mend = "add `at: 2026-11-24T14:05Z`: what was earlier counts from there"
                at.to("earlier").fault("the key 'at' is missing", mend)
            return NOTHING
        each = (
            self._ticket(number, one, moment, at.to("earlier", number))
            for number, one in enumerate(form.earlier)
        )
        return Background(tuple(ticket for ticket in each if ticket))

    def _ticket(self, number: int, form: EarlierForm, moment: datetime, at: At) -> Earlier | None:
        known = {hub.id: hub.id for hub in self.playbooks.hubs().values()}
        # The short name of a hub will do where only one has it.
        short = [hub for hub in known if hub.endswith(f"/{form.hub}")]
        hub = short[0] if len(short) == 1 else form.hub
        at.to("hub").knows("hub", hub, NameSet(frozenset(known)))
        before = at.to("before").attempt(lambda: words.elapsed(form.before))
        if before is None:
            return None
        return Earlier(number + 1, hub, form.symptom, moment - before, form.open_incident)

    def _looks_like_mail(self, form: MessageForm) -> bool:
        """Unless it is said: a subject, headers and an address are a mail's, so is who has no
        Slack."""
        if form.subject is not None or form.header or form.authenticated is not None:
            return True
        person = self.playbooks.people.get(form.from_ or "")
        by_address = "@" in (form.from_ or "") or (person is not None and person.slack is None)
        return by_address and form.channel is None

    def _sender(self, said: str | None, *, by_mail: bool, at: At) -> Sender:
        if said is None:
            return Sender()
        person = self.playbooks.people.get(said)
        if person is not None:
            # What the source vouches for; a person's key, only where there is no such address.
            vouched = person.mail if by_mail else person.slack
            key = None if vouched else person.key
            name = person.name
            return Sender(None if by_mail else vouched, vouched if by_mail else None, name, key)
        if found := _ADDRESS.fullmatch(said):
            return Sender(mail=found[2], name=(found[1] or "").strip(' "') or None)
        if _SLACK_ID.fullmatch(said):
            return Sender(slack=said)
        at.knows("person", said, NameSet(frozenset(self.playbooks.people)))
        return Sender()

    def _mail(self, form: MessageForm, file: str) -> bytes:
        """The mail beside the file that names it."""
        if form.model_fields_set != {"mail"}:
            raise Unreadable("a mail says all of its message", "leave the other keys out")
        name = PurePosixPath(file).relative_to(TESTS).parent / (form.mail or "")
        if name.suffix.casefold() != ".eml":
            mend = "write `{text: …}`, or the name of a file that ends in .eml"
            raise Unreadable(f"{quoted(str(form.mail))} is no message", mend)
        return self._content(self.folder / name, str(form.mail))

    def _content(self, path: Path, shown: str) -> bytes:
        try:
            real = path.resolve(strict=True)
            # A link or a name like ../x could lead anywhere; a pipe would keep us waiting.
            if not real.is_relative_to(self.folder.resolve()) or not real.is_file():
                raise Unreadable(f"{quoted(shown)} is no file in the folder of the tests")
            with real.open("rb") as opened:
                content = opened.read(LARGEST_MAIL + 1)
        except OSError as error:
            near = did_you_mean(shown, [mail.name for mail in self.folder.rglob("*.eml")])
            raise Unreadable(f"{quoted(shown)}: {error.strerror or error}", near) from error
        if len(content) > LARGEST_MAIL:
            raise Unreadable(f"{quoted(shown)} is larger than {LARGEST_MAIL // 1024} KiB")
        return content

    def _check_expected(self, expect: Mapping[str, list[str]], at: At) -> None:
        if not expect:
            at.fault("nothing is expected", "add `severity: P1`, for example")
        for key, wanted in expect.items():
            if key not in self.keys:
                mend = did_you_mean(key, self.keys, every="possible here are")
                at.to(key).fault_in_key(f"unknown key {quoted(key)}", mend)
            elif possible := self._possible(key):
                at.to(key).all_known(key, wanted, NameSet(frozenset(possible)))

    def _possible(self, key: str) -> Collection[str]:
        """What can stand under this key; nothing where anything can."""
        playbooks = self.playbooks
        match key:
            case "severity":
                return playbooks.severities
            case "community":
                return {*playbooks.communities, NONE}
            case "hub":
                hubs = playbooks.hubs().values()
                return {NONE, *(hub.id for hub in hubs), *(hub.key for hub in hubs)}
            case "symptom" | "capability":
                named = {rule.then.symptom for rule in playbooks.rules if rule.then.symptom}
                return {NONE, *CAPABILITIES, *named}
            case "rule":
                return {rule.name for rule in playbooks.rules}
            case "reply":
                return {*playbooks.replies, NONE}
            case "first_line" | "second_line":
                return {*playbooks.people, NONE}
            case _:
                return _ANSWERS.get(key, ())


def _expect(form: CaseForm) -> dict[str, tuple[str, ...]]:
    return {key: tuple(wanted) for key, wanted in form.expect.items()}


def _name(form: CaseForm) -> str:
    """What the test is called, else how its message begins."""
    said = form.name or form.message.subject or form.message.text or form.message.mail or ""
    line = said.strip().splitlines()[0]
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1].rstrip() + "…"
