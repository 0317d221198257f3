"""What happens when somebody sends a form: decided in one transaction, then acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt import Ack

from supportbot.adapters.slack import forms, names
from supportbot.adapters.slack.people import People, Unknown
from supportbot.adapters.slack.text import cut
from supportbot.application.context import Context
from supportbot.application.ticket_actions import act
from supportbot.domain.ticket.commands import Command, Refused, Reply, Resolve

log = structlog.get_logger()

_FAILED = "That went wrong on our side. Look at the ticket whether it was done, then try again."
_LONGEST_ERROR = 500

# The mail that a command on a ticket would send, as text.
Preview = Callable[[int, Command], str | None]


class Submissions:
    """A refusal keeps the form open, with the reason under the field at fault."""

    def __init__(self, context: Context, people: People, preview: Preview) -> None:
        self._context = context
        self._people = people
        self._preview = preview

    def decide(self, body: dict[str, Any], ack: Ack) -> None:
        """Do what the form asks, then acknowledge: the form closes, or shows why not."""
        view = body["view"]
        if view["callback_id"] == names.WHY:
            ack()
            return
        seen = names.seen_in_metadata(view["private_metadata"])
        user = body["user"]["id"]
        asked = forms.command(view["callback_id"], seen, user, view["state"]["values"])
        mail = None if seen.shown else self._mail(seen.number, asked, user)
        if mail is not None:
            text = forms.text_of(asked)
            shown = forms.preview(view["callback_id"], seen, text, mail)
            ack(response_action="update", view=shown)
            return
        problem = self._do(seen.number, asked, user)
        if problem:
            errors = {forms.field_at_fault(asked): cut(problem, _LONGEST_ERROR)}
            ack(response_action="errors", errors=errors)
        else:
            ack()

    def _mail(self, number: int, asked: Command, user: str) -> str | None:
        """The mail that would go out, to be looked at first; None where none would."""
        if not isinstance(asked, Reply | Resolve):
            return None
        try:
            return self._preview(number, replace(asked, by=self._people.who(user)))
        except Exception:
            # Without a look at it the answer can still be sent.
            log.exception("slack_preview_failed", ticket=number)
            return None

    def _do(self, number: int, asked: Command, user: str) -> str:
        """Why it was not done, or nothing."""
        try:
            by = self._people.who(user)
            asked = replace(asked, by=by)
            done = act(self._context, number, asked)
        except Unknown as unknown:
            return str(unknown)
        except Exception:
            # Unacknowledged, Slack would only speak of trouble connecting.
            log.exception("slack_form_failed", ticket=number, form=type(asked).__name__)
            return _FAILED
        if isinstance(done, Refused):
            return done.reason
        log.info("slack_form_done", ticket=number, form=type(asked).__name__, by=by)
        return ""
