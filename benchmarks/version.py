"""How long `supportbot --version` takes to answer, beside what Python itself takes."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

RUNS = 30


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds from start to end: the median of the runs."""

    ours: float
    python: float
    module: float


def measure(folder: Path) -> Started:
    """`folder` gets an empty module for `python -m`."""
    (folder / "nothing.py").touch()
    commands = {
        "ours": [str(Path(sys.executable).with_name("supportbot")), "--version"],
        "python": [sys.executable, "-c", "pass"],
        "module": [sys.executable, "-m", "nothing"],
    }
    # In turn, so that all see the same machine; the first of each warms up.
    runs = [
        {name: _took(command, folder) for name, command in commands.items()}
        for _ in range(RUNS + 1)
    ]
    return Started(**{name: median(run[name] for run in runs[1:]) for name in commands})


def _took(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
