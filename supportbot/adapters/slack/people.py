"""Who pressed: from a Slack user to a person of the playbooks."""

from __future__ import annotations

from supportbot.adapters.slack.directory import Directory
from supportbot.application.ports import PlaybookShelf


class Unknown(Exception):
    """Nobody in the playbooks is this Slack user. The text says so to that user."""


class People:
    """Finds people by their Slack id, which the playbooks must have of everybody on the team.

    An address is used where it is known already; Slack is not asked for it, because a press has to
    be decided before the network is waited for.
    """

    def __init__(self, shelf: PlaybookShelf, directory: Directory) -> None:
        self._shelf = shelf
        self._directory = directory

    def who(self, user: str) -> str:
        """The person's key. Raises Unknown."""
        profile = self._directory.remembered(user)
        found = self._shelf.current.person_of(slack=user, mail=profile.mail if profile else None)
        if found is None:
            raise Unknown(
                "Only people in the playbooks may do this, and you are not in them."
                f" Someone of the team can add you: `slack: {user}` in people.yaml."
            )
        return found.key
