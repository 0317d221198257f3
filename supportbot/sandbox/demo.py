"""`supportbot demo`: requests go through the whole desk, told as it happens.

The bot is the real one; Slack, GitHub and the mail relay are local servers that speak their
protocols. The clock jumps from one due row to the next, so that days pass in seconds.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from supportbot import logs
from supportbot.sandbox import demo_mail, demo_slack
from supportbot.sandbox.stage import Stage, open_stage
from supportbot.sandbox.transcript import Transcript

# A Tuesday, in the middle of a morning class in Toronto.
START = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
PLAYBOOKS = Path("playbooks")


def main(*, keep: bool, colour: bool) -> int:
    """Tell the stories on standard output; 0 when they ended as they should.

    `keep` leaves the sandbox running until Ctrl-C. `colour` is used on a terminal only.
    """
    if not PLAYBOOKS.is_dir():
        sys.stderr.write("The demo plays by the example in playbooks/: run it in the checkout.\n")
        return 2
    logs.configure("text", "error")
    with (
        tempfile.TemporaryDirectory(prefix="supportbot-demo-") as folder,
        open_stage(Path(folder), PLAYBOOKS, START) as stage,
    ):
        transcript = Transcript(stage, _write, colour and sys.stdout.isatty())
        demo_slack.tell(stage, transcript)
        demo_mail.tell(stage, transcript)
        if keep:
            _wait_for_ctrl_c(stage)
    return 0


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _wait_for_ctrl_c(stage: Stage) -> None:
    _write(
        f"Slack's Web API: {stage.slack.base_url}  GitHub's: {stage.github.base_url}\n"
        "Both stay until Ctrl-C.\n"
    )
    with suppress(KeyboardInterrupt):
        threading.Event().wait()
