"""`supportbot run` with a real mailbox and a relay: a mail comes in, its answer goes out."""

from __future__ import annotations

import signal
from pathlib import Path

from supportbot.adapters.mail.reading import read_mail
from supportbot.sandbox.stage import DESK_ADDRESS, TEAM_CHANNEL, Scenery
from tests.peers.dovecot import PASSWORD, MailFolder
from tests.scenarios.stories import OUTAGE
from tests.scenarios.test_mail import written
from tests.scenarios.test_run_http import until
from tests.scenarios.test_run_process import PATIENTLY, command, environment, scenery

__all__ = ["scenery"]


def by_mail(scenery: Scenery, folder: Path, inbox: MailFolder) -> dict[str, str]:
    return environment(scenery, folder) | {
        "SUPPORTBOT_MAIL__ADDRESS": DESK_ADDRESS,
        "SUPPORTBOT_MAIL__IMAP__HOST": inbox.dovecot.host,
        "SUPPORTBOT_MAIL__IMAP__PORT": str(inbox.dovecot.port),
        "SUPPORTBOT_MAIL__IMAP__SECURITY": "none",
        "SUPPORTBOT_MAIL__IMAP__USER": inbox.user,
        "SUPPORTBOT_MAIL__IMAP__PASSWORD": PASSWORD,
        "SUPPORTBOT_MAIL__SMTP__HOST": scenery.relay.host,
        "SUPPORTBOT_MAIL__SMTP__PORT": str(scenery.relay.port),
        "SUPPORTBOT_MAIL__SMTP__SECURITY": "none",
        "SUPPORTBOT_FILES": str(folder / "files"),
    }


def test_a_mail_in_the_mailbox_becomes_a_ticket_and_its_writer_hears_by_mail(
    scenery: Scenery, tmp_path: Path, inbox: MailFolder
) -> None:
    relay, slack = scenery.relay, scenery.slack
    process = command(tmp_path, by_mail(scenery, tmp_path, inbox))
    try:
        slack.wait_until(lambda: slack.connections(), PATIENTLY)
        inbox.append(written("1", OUTAGE))
        receipt = read_mail(relay.wait_until(lambda: relay.mails, PATIENTLY)[0].raw)
        assert receipt.subject == "Re: Login fails [SUP-1]"
        slack.wait_until(lambda: slack.messages(TEAM_CHANNEL), PATIENTLY)
        until(scenery, lambda: inbox.subjects("SEEN") == ["Login fails"])

        inbox.append(written("2", "40 people", f"In-Reply-To: <{receipt.message_id}>"))
        root = slack.messages(TEAM_CHANNEL)[0]
        slack.wait_until(
            lambda: any("40 people" in m.full_text for m in slack.thread(TEAM_CHANNEL, root.ts)),
            PATIENTLY,
        )
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENTLY)
        assert process.returncode == 0, said
        assert PASSWORD not in said
    finally:
        process.kill()
        process.communicate()
