"""What servers say, and how: each of these was seen in the wild, or is allowed by RFC 3501."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from supportbot.adapters.mail.imap_login import open_box
from supportbot.adapters.mail.imap_session import Refused, Session
from supportbot.adapters.mail.imap_wire import Bell, Wire
from supportbot.adapters.mail.mailbox_address import MailboxAddress
from tests.adapters.mail.scripted_imap import ScriptedImap


@contextmanager
def session(answers: Mapping[str, bytes] | None = None) -> Iterator[Session]:
    """A session with a server that answers so."""
    with ScriptedImap(answers) as server:
        address = MailboxAddress("127.0.0.1", server.port, "none", "mara", "secret")
        with open_box(address) as box:
            yield Session(box)


@pytest.fixture
def bell() -> Iterator[Bell]:
    bell = Bell()
    yield bell
    bell.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n",
        b"* 1 FETCH (BODY[] {5}\r\nhello UID 5)\r\n",
        b"* 1 FETCH (UID 5 FLAGS (\\Recent) BODY[] {5}\r\nhello)\r\n",
        b'* 1 FETCH (UID 5 BODY[] "hello")\r\n',
        b'* 1 FETCH (BODY[] "hello" UID 5)\r\n',
        b"* 2 FETCH (UID 6 FLAGS (\\Seen))\r\n* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n",
        b"* 2 FETCH (UID 6 BODY[] {5}\r\nother)\r\n* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n",
        b"* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n* 3 EXISTS\r\n",
    ],
)
def test_the_message_is_found_in_the_answer(answer: bytes) -> None:
    with session({"FETCH": answer + b"{tag} OK done\r\n"}) as folder:
        assert folder.fetch(5) == b"hello"


def test_a_quoted_message_loses_its_escapes() -> None:
    quoted = rb'* 1 FETCH (UID 5 BODY[] "say \"hello\" \\ bye")' + b"\r\n{tag} OK done\r\n"
    with session({"FETCH": quoted}) as folder:
        assert folder.fetch(5) == rb'say "hello" \ bye'


def test_a_message_that_is_gone_is_none() -> None:
    with session({"SIZE": b"{tag} OK done\r\n"}) as folder:
        assert folder.fetch(5) is None


@pytest.mark.parametrize(
    "answers",
    [
        {"SIZE": b"{tag} NO [SERVERBUG] broken\r\n"},
        {"FETCH": b"{tag} NO [SERVERBUG] broken\r\n"},
        {"FETCH": b"{tag} BAD what\r\n"},
        {"FETCH": b"{tag} OK done\r\n"},
        {"FETCH": b"* 1 FETCH (UID 5 BODY[] NIL)\r\n{tag} OK done\r\n"},
        {"FETCH": b"* 2 FETCH (UID 6 BODY[] {5}\r\nother)\r\n{tag} OK done\r\n"},
    ],
)
def test_what_the_server_will_not_give_is_refused_and_the_connection_kept(
    answers: dict[str, bytes],
) -> None:
    with session(answers) as folder:
        with pytest.raises(Refused):
            folder.fetch(5)
        assert folder.waiting() == [5]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"* SEARCH\r\n", []),
        (b"", []),
        (b"* SEARCH 30 4 5\r\n", [4, 5, 30]),
        (b"* SEARCH 5\r\n* SEARCH 4 5\r\n", [4, 5]),
        (b"* SEARCH " + b" ".join(b"%d" % n for n in range(1, 300_001)) + b"\r\n", None),
    ],
)
def test_searches(answer: bytes, found: list[int] | None) -> None:
    with session({"SEARCH": answer + b"{tag} OK done\r\n"}) as folder:
        assert folder.waiting() == (found if found is not None else list(range(1, 300_001)))


def test_a_folder_without_a_number_is_dealt_with_all_the_same() -> None:
    with session({"SELECT": b"* 1 EXISTS\r\n{tag} OK [READ-WRITE] done\r\n"}) as folder:
        assert (folder.waiting(), folder.uidvalidity) == ([5], 0)


def test_news_during_a_command_is_news() -> None:
    with session({"STORE": b"* 2 EXISTS\r\n{tag} OK done\r\n"}) as folder:
        news = []
        for step in (folder.waiting, lambda: folder.finish(5), folder.waiting):
            step()
            news.append(folder.has_news)
    assert news == [False, True, False]


@pytest.mark.parametrize(
    "answer",
    [
        b"+ idling\r\n* 2 EXISTS\r\n",
        b"* 2 EXISTS\r\n+ idling\r\n",
        b"+ \r\n* OK still here\r\n* 2 RECENT\r\n",
        b"+ idling\r\n* 1 FETCH (FLAGS ())\r\n",
    ],
)
def test_an_idle_ends_with_news(answer: bytes, bell: Bell) -> None:
    with session({"IDLE": answer}) as folder:
        folder.idle(600.0, bell)
        assert folder.waiting() == [5]


def test_an_idle_ends_when_it_is_time_or_the_bell_rings(bell: Bell) -> None:
    with session() as folder:
        folder.idle(0.0, bell)
        bell.ring()
        folder.idle(600.0, bell)
        assert folder.waiting() == [5]


@pytest.mark.parametrize("answer", [b"{tag} NO not today\r\n", b"{tag} BAD what\r\n"])
def test_an_idle_that_is_refused_is_not_asked_for_again(answer: bytes, bell: Bell) -> None:
    with session({"IDLE": answer}) as folder:
        offered = folder.can_idle
        folder.idle(600.0, bell)
        assert (offered, folder.can_idle) == (True, False)
        assert folder.waiting() == [5]


@pytest.mark.parametrize(
    ("answer", "use"),
    [
        (b"+ idling\r\n* BYE too long\r\n", lambda folder, bell: folder.idle(600.0, bell)),
        (b"* BYE too long\r\n", lambda folder, bell: folder.idle(600.0, bell)),
        (b"* BYE going down\r\n", lambda folder, bell: folder.waiting()),
        (b"* 1 FETCH (UID 5 BODY[] {99999999999}\r\n", lambda folder, bell: folder.fetch(5)),
        (b"+ idling\r\n" + b"x" * 9_000_000, lambda folder, bell: folder.idle(600.0, bell)),
        (b"* OK " + b"x" * 9_000_000, lambda folder, bell: folder.waiting()),
        (b"what?\r\n", lambda folder, bell: folder.waiting()),
    ],
)
def test_what_no_sound_server_says_ends_the_connection(
    answer: bytes, use: Callable[[Session, Bell], object], bell: Bell
) -> None:
    said = dict.fromkeys(("IDLE", "SEARCH", "FETCH"), answer)
    with session(said) as folder, pytest.raises(Wire.abort):
        use(folder, bell)
