"""How often a mail makes the disk write: fsync and fdatasync, counted by strace.

The same program is run for one round and for several: what the further ones add is the mails' own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path

from benchmarks import mail_floor, mail_in

_COMMITS = 5
_ROUNDS = 9
_PROGRAM = """
from pathlib import Path
from benchmarks.mail_syncs import work
work({who!r}, Path({folder!r}), {group}, {files}, {rounds})
"""


def can_count() -> bool:
    return shutil.which("strace") is not None


def of_a_mail(who: str, folder: Path, group: int, files: int = 0) -> float:
    """Of `ours` or the `floor`: syncs of a mail with so many files, `group` mails in one commit."""
    counts = []
    for rounds in (1, 1 + _ROUNDS):
        place = folder / f"{who} {group} {files} {rounds}"
        place.mkdir()
        counts.append(_counted(place, who=who, group=group, files=files, rounds=rounds))
    return (counts[1] - counts[0]) / (_ROUNDS * _COMMITS * group)


def work(who: str, folder: Path, group: int, files: int, rounds: int) -> None:
    """What is counted: rounds of a few commits."""
    count = _COMMITS * group
    mails = (
        mail_in.rate(folder, count, group, files)
        if who == "ours"
        else mail_floor.rate(folder, count, group, "fast")
    )
    for _ in islice(mails, rounds):
        pass
    mails.close()


def _counted(folder: Path, **what: object) -> int:
    program = _PROGRAM.format(folder=str(folder), **what)
    found = folder / "strace.txt"
    strace = ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", str(found)]
    root = Path(__file__).parents[1]
    subprocess.run([*strace, sys.executable, "-c", program], cwd=root, check=True)
    rows = re.findall(
        r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) .*(?:fsync|fdatasync)$", found.read_text(), re.MULTILINE
    )
    return sum(map(int, rows))
