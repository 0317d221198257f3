"""Three workers on one Postgres share the work, whoever of them dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes.conftest import FreshDatabase
from tests.processes.storm import HOMES, open_storm
from tests.processes.storm_aftermath import faults

SEEDS = (1,)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_three_workers_killed_and_started_at_random_lose_and_double_nothing(
    tmp_path: Path, fresh_postgres: FreshDatabase, seed: int
) -> None:
    with open_storm(tmp_path, fresh_postgres(tmp_path), seed) as storm:
        try:
            storm.rage()
            storm.calm_down()
            wrong = faults(storm)
            left = storm.leave()
        except (AssertionError, LookupError, TimeoutError) as broken:
            wrong, left = [f"broke off: {broken!r}"], []
        told = "\n".join(
            [f"seed {seed}, logs in {tmp_path}", *wrong, "what happened:", *storm.happened]
        )
        assert not wrong, told
        assert left == [0] * len(HOMES), told
