"""The mail relay's check for `supportbot doctor`. Sends nothing."""

from __future__ import annotations

from supportbot.adapters.mail.addresses import Address
from supportbot.adapters.mail.deliverable import Undeliverable, deliverable
from supportbot.adapters.mail.errors import RelayFault
from supportbot.adapters.mail.plain import one_line
from supportbot.adapters.mail.relay import Conversation, RelayAddress, connected
from supportbot.adapters.mail.relay_wire import Patience
from supportbot.domain.notices.delivery import SendFailure


def check_relay(relay: RelayAddress, sender: Address, patience: Patience | None = None) -> str:
    """Go as far as one can without a mail: connect, encrypt, log in, name the sender, take it back.

    Returns one line on what was found. Raises RelayFault with what mends it.
    """
    try:
        own = deliverable(sender.email)
    except Undeliverable as error:
        raise RelayFault(f"nobody can answer to {one_line(sender.email, 100)}: {error}") from error
    try:
        with connected(relay, own.rpartition("@")[2], patience) as talk:
            talk.announce(own)
            talk.forget()
            return f"{relay.host}:{relay.port} takes mail from {own} ({_traits(relay, talk)})"
    except SendFailure as failure:
        raise RelayFault(failure.reason) from failure


def _traits(relay: RelayAddress, talk: Conversation) -> str:
    traits = [
        talk.encryption() or "not encrypted",
        f"logged in as {relay.user}" if relay.user else "no login",
    ]
    size = talk.offers("size") or ""
    if size.isascii() and size.isdigit() and int(size[:15]) > 0:
        traits.append(f"up to {int(size[:15]) / 1_000_000:.0f} MB")
    if talk.offers("smtputf8") is not None:
        traits.append("SMTPUTF8")
    return ", ".join(traits)
