"""Processes of their own for tests: born in milliseconds, where a fresh Python takes a second.

They are forked from one that has a single thread and has imported everything: the test's own
process has threads, which do not survive a fork.
"""

from __future__ import annotations

import multiprocessing

# There is one such server in a process, so what any test's children need is listed here.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    ["tests.processes.nursery", "tests.adapters.db.claimers", "alembic.command"]
)
