"""Prints what happens on a stage, as it happens: who wrote what where, at the story's own time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from textwrap import wrap

from supportbot.adapters.mail.reading import read_mail
from supportbot.sandbox.slack.model import Message
from supportbot.sandbox.stage import REPOSITORY, TEAM_CHANNEL, Stage

_WIDTH = 96
_MARGIN = 24
_COLOURS = {
    "reporter": "36",
    "team": "35",
    "page": "31;1",
    "issue": "33",
    "mail": "32",
    "act": "34;1",
    "story": "2",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened at `at` (aware UTC), in a colour of `_COLOURS`."""

    at: datetime
    where: str
    text: str
    colour: str


@dataclass(slots=True)
class Transcript:
    """Call `catch_up` after every step of the story: it prints what is new since."""

    stage: Stage
    write: Callable[[str], None]
    colour: bool
    _shown: set[str] = field(default_factory=set)

    def heading(self, text: str) -> None:
        self.write("\n" + self._painted(text, "story") + "\n")

    def acted(self, who: str, what: str) -> None:
        """Somebody pressed a button: no message shows that."""
        self._print(Line(self.stage.clock.now(), who, what, "act"))

    def catch_up(self) -> None:
        new = [*self._messages(), *self._issues(), *self._mails()]
        for line in sorted(new, key=attrgetter("at")):
            self._print(line)

    def _print(self, line: Line) -> None:
        stamp = f"{line.at:%a %H:%M:%S}  "
        first, *rest = [
            part
            for paragraph in line.text.splitlines()
            for part in wrap(paragraph, _WIDTH - _MARGIN) or [""]
        ] or [""]
        self.write(f"{stamp}{self._painted(line.where, line.colour)}\n")
        for part in (first, *rest):
            self.write(f"{' ' * len(stamp)}{part}\n")

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour else text

    def _new(self, key: str) -> bool:
        if key in self._shown:
            return False
        self._shown.add(key)
        return True

    def _messages(self) -> Iterator[Line]:
        slack = self.stage.slack
        names = {human.id: human.user.real_name for human in self.stage.people.values()}
        for channel in ("#northfield-support", TEAM_CHANNEL):
            for root in slack.messages(channel):
                for message in slack.thread(channel, root.ts):
                    if self._new(f"{channel}{message.ts}"):
                        yield self._message(channel, message, names)
        for human in self.stage.people.values():
            for message in slack.dms(human):
                if self._new(f"{human.id}{message.ts}"):
                    where = f"supportbot pages {human.user.real_name}"
                    yield Line(_moment(message.ts), where, _plain(message.text, names), "page")

    def _message(self, channel: str, message: Message, names: dict[str, str]) -> Line:
        speaker = names.get(message.user, "supportbot")
        where = f"{speaker} in {channel}{', in the thread' if message.is_reply else ''}"
        colour = "team" if channel == TEAM_CHANNEL else "reporter"
        return Line(_moment(message.ts), where, _plain(message.text, names), colour)

    def mailed(self, who: str, subject: str, text: str) -> None:
        """Somebody wrote a mail."""
        self._print(Line(self.stage.clock.now(), f"{who}, by mail: {subject}", text, "mail"))

    def _mails(self) -> Iterator[Line]:
        for mail in self.stage.relay.mails:
            read = read_mail(mail.raw)
            if self._new(f"mail {read.message_id}"):
                where = f"supportbot, by mail to {', '.join(mail.recipients)}: {read.subject}"
                yield Line(mail.at, where, read.text.strip(), "mail")

    def _issues(self) -> Iterator[Line]:
        for issue in self.stage.github.issues(REPOSITORY):
            where = f"GitHub issue {REPOSITORY}#{issue.number}"
            if self._new(where):
                labels = ", ".join(label.name for label in issue.labels)
                yield Line(issue.created_at, where, f"{issue.title}\nlabels: {labels}", "issue")
            for comment in issue.comments:
                if self._new(f"{where}{comment.id}"):
                    text = comment.body.partition("<!--")[0].strip()
                    yield Line(comment.created_at, f"{where}, comment", text, "issue")
            if issue.closed_at is not None and self._new(f"{where}closed"):
                yield Line(issue.closed_at, where, "closed as completed", "issue")


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)


def _plain(text: str, names: dict[str, str]) -> str:
    """Slack's markup as a person sees it."""
    for user, name in names.items():
        text = text.replace(f"<@{user}>", f"@{name}")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
