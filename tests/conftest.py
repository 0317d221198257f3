"""Loads what every test may use; the outside programs they talk to are started in tests/peers/."""

from __future__ import annotations

pytest_plugins = ["tests.peers.wanting", "tests.peers.postgres", "tests.peers.emulate"]
