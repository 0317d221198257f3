"""Sends `mail.*` deliveries: one mail, one conversation with the relay, one table of failures.

SMTP cannot be asked whether it took a mail. A try whose last word got lost is therefore made again,
with the same Message-ID, by which mail programs know it for the same; from the second try on the
mail says that it may be a repetition, and so does the receipt.
"""

from __future__ import annotations

from supportbot.adapters.mail.addresses import Address
from supportbot.adapters.mail.composing import compose
from supportbot.adapters.mail.deliverable import deliverable
from supportbot.adapters.mail.relay import RelayAddress, connected
from supportbot.adapters.mail.relay_wire import Patience
from supportbot.domain.notices.delivery import Receipt, SendTask


class MailSender:
    """A `Sender` for the medium `mail`.

    Args:
        relay: where mail goes out.
        sender: our own name and address, from which we write and to which bounces return.
        patience: how long the relay may take.

    Raises:
        Undeliverable: (a ValueError) when nobody could answer to `sender`.
    """

    def __init__(
        self, relay: RelayAddress, sender: Address, patience: Patience | None = None
    ) -> None:
        self._relay = relay
        self._own = Address(deliverable(sender.email), sender.name)
        self._patience = patience or Patience()

    def send(self, task: SendTask) -> Receipt:
        """Do what `task` says. The receipt has `message_id`, without brackets, and
        `maybe_repeated` from the second try on. Raises SendFailure."""
        mail = compose(task, self._own)
        domain = self._own.email.rpartition("@")[2]
        with connected(self._relay, domain, self._patience) as talk:
            talk.deliver(self._own.email, mail.recipient, mail.raw)
        repeated = {"maybe_repeated": "yes"} if task.attempt > 1 else {}
        return Receipt({"message_id": mail.message_id, **repeated})
