"""Loads what every test may use; the outside programs they talk to are started in tests/peers/."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = [
    "tests.peers.wanting",
    "tests.peers.postgres",
    "tests.peers.emulate",
    "tests.peers.dovecot",
]

# The same examples on every machine, however slow: a red run is then a change of ours.
settings.register_profile("same everywhere", deadline=None, derandomize=True)
settings.load_profile("same everywhere")
