"""A local GitHub at the wire: the REST endpoints the bot uses, with GitHub's refusals and moods.

Start a `LocalGitHub`, point PyGithub at its `base_url`, and look at what came of it. It knows
nothing of the rest of the program.
"""

from __future__ import annotations

from supportbot.sandbox.github.apps import AppCredentials
from supportbot.sandbox.github.faults import How
from supportbot.sandbox.github.limits import Limits
from supportbot.sandbox.github.local import LocalGitHub, Logged
from supportbot.sandbox.github.state import Role

__all__ = ["AppCredentials", "How", "Limits", "LocalGitHub", "Logged", "Role"]
