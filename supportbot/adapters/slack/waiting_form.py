"""The form behind Wait…: for whom, and when somebody is to be chased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from supportbot.adapters.slack import blocks as b
from supportbot.adapters.slack import names
from supportbot.adapters.slack.form_parts import entered, modal
from supportbot.application.queries import TicketView
from supportbot.domain.on_call.working_time import Delay
from supportbot.domain.ticket.waiting import Wait

_USUAL = "usual"
_DAYS = (1, 2, 5, 10)


def form(view: TicketView) -> b.Block:
    parties = [b.option("the reporter", "reporter"), b.option("a third party", "third party")]
    chases = [b.option("as usual", _USUAL), *(b.option(_days(days), str(days)) for days in _DAYS)]
    blocks = [
        b.section(
            "You have it. What is promised to the reporter stays due, unless you wait for them."
        ),
        b.select_input(names.FIELD_PARTY, "For whom?", parties, "reporter"),
        b.text_input(
            names.FIELD_WHO,
            "Who is the third party?",
            required=False,
            hint="Such as the cloud provider, or university IT, and their case number.",
            long=False,
        ),
        b.select_input(names.FIELD_CHASE, "Chase after", chases, _USUAL),
    ]
    return modal(view, names.WAIT, "Wait", blocks, submit="Wait")


def command(seen: names.Seen, by: str, values: Mapping[str, Any]) -> Wait:
    """What the form asks for. Raises ValueError for a chase that it does not offer."""
    third = entered(values, names.FIELD_PARTY) == "third party"
    chase = entered(values, names.FIELD_CHASE) or _USUAL
    return Wait(
        by=by,
        seen=seen.version,
        party="third party" if third else "reporter",
        who=entered(values, names.FIELD_WHO),
        chase=None if chase == _USUAL else Delay(timedelta(days=int(chase)), "working"),
    )


def _days(days: int) -> str:
    return f"{days} working day{'' if days == 1 else 's'}"
