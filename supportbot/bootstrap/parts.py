"""What the desk is connected to, each built when it is asked for: Slack, GitHub, mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from supportbot.adapters.file_pruning import OldContents
from supportbot.adapters.files import FileStore
from supportbot.application import in_force, intake, queries
from supportbot.application.context import Context
from supportbot.application.explain import as_text, explain_ticket
from supportbot.application.hearing import Hearing
from supportbot.application.ports import Envelope, Reader, Sender
from supportbot.application.retention import Daily, Keep
from supportbot.application.ticket_actions import answer_of
from supportbot.bootstrap.bot import Listener
from supportbot.bootstrap.slack import SlackListener
from supportbot.domain.notices.delivery import SendTask
from supportbot.domain.ticket.commands import Command
from supportbot.settings import GitHubSettings, Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from slack_sdk import WebClient

    from supportbot.adapters.github.client import GitHubClient
    from supportbot.adapters.mail.addresses import Address
    from supportbot.adapters.mail.mailbox_address import MailboxAddress
    from supportbot.adapters.mail.relay import RelayAddress
    from supportbot.adapters.slack.directory import Directory


# Over HTTP nobody tells us that Slack could not reach us.
_READ_UP_EVERY = timedelta(minutes=30)


@dataclass
class Parts:
    """Builders over the settings; what several need is built once."""

    settings: Settings
    context: Context

    @cached_property
    def slack_client(self) -> WebClient:
        from supportbot.adapters.slack.client import web_client

        slack = self.settings.slack
        return web_client(_secret(slack.bot_token), slack.api_url)

    @cached_property
    def directory(self) -> Directory:
        from supportbot.adapters.slack.directory import Directory

        return Directory(self.slack_client)

    def readers(self) -> dict[str, Reader]:
        """By the source of an envelope."""
        from supportbot.adapters.slack.reader import SlackReader

        return {"slack": SlackReader(self.directory), "mail": mail_reader(self.settings)}

    def senders(self) -> dict[str, Sender]:
        """By the medium of a delivery."""
        from supportbot.adapters.slack.sender import SlackSender

        view = partial(queries.view, self.context)
        senders: dict[str, Sender] = {"slack": SlackSender(self.slack_client, self.directory, view)}
        if self.settings.github.repository is not None:
            from supportbot.adapters.github.sender import GitHubSender

            senders["github"] = GitHubSender(github_client(self.settings.github))
        senders["webhook"] = self._webhooks()
        relay = relay_address(self.settings)
        if relay is not None:
            from supportbot.adapters.mail.sender import MailSender

            senders["mail"] = MailSender(relay, own_address(self.settings))
        return senders

    def _webhooks(self) -> Sender:
        from supportbot.adapters.webhook.sender import Service, WebhookSender

        services = {
            name: Service(_secret(one.url), _secret(one.secret) or None)
            for name, one in self.settings.webhooks.items()
        }
        return WebhookSender(services, self.context.clock.now)

    def listeners(self) -> tuple[dict[str, Listener], Hearing]:
        """Whoever hears the outside, by name, and what looks after what was not heard."""
        slack = self._slack()
        # After that the inbox may have forgotten a message, and would take it for a new one.
        furthest = timedelta(days=self.settings.keep.messages) - timedelta(hours=12)
        anyway = _READ_UP_EVERY if self.settings.slack.transport == "http" else None
        hearing = Hearing(self.context, slack.read_up, lambda: slack.connected, furthest, anyway)
        slack.on_connected = hearing.lost
        listeners: dict[str, Listener] = {"slack": slack}
        mailbox = mailbox_address(self.settings)
        if mailbox is not None:
            from supportbot.adapters.mail.mailbox import Mailbox

            listeners["mailbox"] = Mailbox(mailbox, self._receive_mail)
        return listeners, hearing

    def routes(self, listeners: Mapping[str, Listener]) -> dict[str, WSGIApplication]:
        """What the web server hands on, by path."""
        slack = listeners.get("slack")
        routes = slack.routes() if isinstance(slack, SlackListener) else {}
        return {**routes, **self._feeds()}

    def _feeds(self) -> dict[str, WSGIApplication]:
        secret = _secret(self.settings.http.feed_secret)
        if not secret:
            return {}
        from supportbot.adapters.web.feeds import PATH, Feeds, feed_pages

        known = Feeds(partial(in_force.current, self.context), self.context.clock.now)
        return {PATH: feed_pages(secret, known)}

    def pruning(self) -> Daily:
        """Clears away what is over, once a day."""
        return Daily(self.context, keep(self.settings), contents(self.settings))

    def _receive_mail(self, raw: bytes) -> None:
        from supportbot.adapters.mail.envelope import envelope

        intake.receive(self.context, envelope(raw, self.context.clock.now()))

    def _preview(self, number: int, command: Command) -> str | None:
        """The mail that `command` would send to the reporter, as they will see it."""
        answer = answer_of(self.context, number, command)
        if answer is None or answer.kind != "mail.reply" or relay_address(self.settings) is None:
            return None
        from supportbot.adapters.mail.composing import compose
        from supportbot.adapters.mail.reading import read_mail

        task = SendTask(
            id=0,
            token="",
            key=answer.key,
            kind=answer.kind,
            ticket=number,
            target=answer.target,
            place=answer.target,
            payload=answer.payload,
            attempt=1,
            first_attempt_at=self.context.clock.now(),
        )
        mail = read_mail(compose(task, own_address(self.settings)).raw)
        to = ", ".join(f"{one.name} <{one.email}>".strip() for one in mail.to)
        return f"To: {to}\nSubject: {mail.subject}\n\n{mail.text}"

    def _slack(self) -> SlackListener:
        from supportbot.adapters.slack.app import build_app
        from supportbot.adapters.slack.catch_up import CatchUp

        app = build_app(
            self.slack_client,
            self.context,
            self.directory,
            receive=lambda envelope: self._receive_slack(listener, envelope),
            explain_text=lambda number: as_text(explain_ticket(self.context, number)),
            preview=self._preview,
        )
        team = (self.settings.slack.team_channel,)
        receive = partial(intake.receive, self.context)
        catch_up = CatchUp(self.slack_client, receive, self.context.clock, leave_out=team)
        listener = SlackListener(self.settings.slack, app, catch_up, self.context.clock)
        return listener

    def _receive_slack(self, listener: SlackListener, envelope: Envelope) -> bool:
        try:
            return intake.receive(self.context, envelope)
        except Exception:
            # Slack sends it three times, for six minutes: a database may be away for longer.
            listener.on_connected()
            raise


def keep(settings: Settings) -> Keep:
    """For how long what is over is kept."""
    days = settings.keep
    return Keep(
        messages=timedelta(days=days.messages),
        files=timedelta(days=days.files),
        rows=timedelta(days=days.rows),
    )


def contents(settings: Settings) -> OldContents:
    """What is in the files that came, to be cleared away."""
    return OldContents(FileStore(settings.files))


def mail_reader(settings: Settings) -> Reader:
    """Reads mail into messages, and keeps the files that come with it."""
    from supportbot.adapters.mail.reader import MailReader

    own = parseaddr(settings.mail.address or "")[1]
    return MailReader(own, FileStore(settings.files).keep, settings.mail.trusted_relay or "")


def own_address(settings: Settings) -> Address:
    """The desk's own name and address."""
    from supportbot.adapters.mail.addresses import Address

    name, address = parseaddr(settings.mail.address or "")
    return Address(address, name)


def mailbox_address(settings: Settings) -> MailboxAddress | None:
    """The mailbox that people write to, if there is one."""
    from supportbot.adapters.mail.mailbox_address import MailboxAddress

    imap = settings.mail.imap
    if imap.host is None:
        return None
    return MailboxAddress(
        imap.host,
        imap.port,
        imap.security,
        imap.user,
        _secret(imap.password),
        imap.folder,
        imap.done_folder,
    )


def relay_address(settings: Settings) -> RelayAddress | None:
    """The relay that our mail goes out by, if there is one."""
    from supportbot.adapters.mail.relay import RelayAddress

    smtp = settings.mail.smtp
    if smtp.host is None:
        return None
    password = _secret(smtp.password) or None
    return RelayAddress(smtp.host, smtp.port, smtp.security, smtp.user, password)


def github_client(settings: GitHubSettings) -> GitHubClient:
    """By the App where it is set, else by the token. Raises ValueError for one that cannot work."""
    from supportbot.adapters.github.client import GitHubClient
    from supportbot.adapters.github.login import AppLogin, TokenLogin

    login: TokenLogin | AppLogin
    if settings.app_id is not None and settings.installation_id is not None:
        login = AppLogin(settings.app_id, settings.installation_id, _secret(settings.private_key))
    else:
        login = TokenLogin(_secret(settings.token))
    return GitHubClient(login, base_url=settings.api_url)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""
