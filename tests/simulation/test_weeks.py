"""Simulated weeks of the whole desk, each of another seed, keep every law.

`SIMULATED_SEEDS` says how many; a fiftieth of them is lived on Postgres, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.home import Homes
from tests.simulation.judging import judged, lived
from tests.simulation.telling import week

SEEDS = int(os.environ.get("SIMULATED_SEEDS", "100"))
_FAILED = (Path(__file__).parent / "seeds_that_failed.txt").read_text().splitlines()
FAILED = [int(line.split()[0]) for line in _FAILED if line and not line.startswith("#")]


@pytest.mark.parametrize("seed", sorted({*range(SEEDS), *FAILED}))
def test_a_week_keeps_every_law(seed: int, homes: Homes) -> None:
    story = judged(week(seed), homes)
    assert not story, f"\nThe week of seed {seed} breaks a law. {story}"


@pytest.mark.parametrize("seed", range(SEEDS // 50))
def test_a_week_on_postgres_keeps_every_law(seed: int, homes_on_postgres: Homes) -> None:
    story = judged(week(seed), homes_on_postgres)
    assert not story, f"\nThe week of seed {seed} breaks a law. {story}"


def test_a_seed_tells_the_same_week_again_and_it_goes_the_same_way(homes: Homes) -> None:
    assert lived(week(7), homes) == lived(week(7), homes)


def test_a_seed_tells_the_same_week_to_every_process() -> None:
    told = [_told_to_a_process(hash_seed) for hash_seed in ("1", "2")]
    assert told == [repr(week(7)) + "\n"] * 2


def _told_to_a_process(hash_seed: str) -> str:
    code = "from tests.simulation.telling import week; print(repr(week(7)))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
