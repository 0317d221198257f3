"""What the local relay gets wrong on purpose, and when.

`Faults` is a value that says how often; `FaultPlan` decides each case. A decision depends on the
seed, the kind of fault and how many such cases there were before, never on timing between threads,
so that a run can be repeated.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Literal, Self

Stage = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content"]
"""The client's step that is answered; "content" is the whole mail, after DATA was."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How one step goes wrong.

    `how`: "answer" with `code` and `words`, "hang up" without a word, or "hang" until the client
    gives up. `takes`: at "content", the mail is kept all the same.
    """

    how: Literal["answer", "hang up", "hang"]
    code: int = 0
    words: str = ""
    takes: bool = False


HANG_UP = Failure("hang up")
HANG = Failure("hang")
TAKE_AND_HANG_UP = Failure("hang up", takes=True)
TAKE_AND_HANG = Failure("hang", takes=True)


def answer(code: int, words: str = "as it was told to") -> Failure:
    """An answer with this code, and nothing done."""
    return Failure("answer", code, words)


@dataclass(frozen=True, slots=True)
class Faults:
    """How hostile the relay is. As constructed: not at all. Shares are between 0 and 1."""

    seed: int = 0
    defer: float = 0.0
    """Recipients answered 451."""
    lose: float = 0.0
    """Whole mails after which the relay hangs up, and has kept nothing."""
    take: float = 0.0
    """Whole mails after which the relay hangs up, and has kept them."""
    in_a_row: int = 2
    """Nobody's mail fails more often than this before one of theirs goes through."""

    @classmethod
    def hostile(cls, seed: int) -> Self:
        """Everything at once, as often as a test can bear and still come to an end."""
        return cls(seed=seed, defer=0.2, lose=0.15, take=0.15)


@dataclass(frozen=True, slots=True)
class _Planned:
    stage: Stage
    failure: Failure
    to: str | None
    always: bool


class FaultPlan:
    """Decides case by case. Not thread-safe: the caller holds the relay's lock."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._planned: list[_Planned] = []
        self._cases: Counter[str] = Counter()
        self._row: Counter[str] = Counter()

    def add(self, stage: Stage, failure: Failure, to: str | None, times: int | None) -> None:
        """Let a step fail so often, or from now on (None); `to` narrows it to that recipient."""
        planned = _Planned(stage, failure, to, times is None)
        self._planned.extend([planned] * (1 if times is None else times))

    def calm(self) -> None:
        """Behave from now on."""
        self._planned.clear()
        self._faults = Faults()

    def take(self, stage: Stage, recipient: str) -> Failure | None:
        """What happens at this step; None when it may go well. `recipient` as far as known."""
        for planned in self._planned:
            if planned.stage == stage and planned.to in (None, recipient):
                if not planned.always:
                    self._planned.remove(planned)
                return planned.failure
        return self._rolled(stage, recipient)

    def _rolled(self, stage: Stage, recipient: str) -> Failure | None:
        if stage not in ("rcpt", "content"):
            return None
        failure = self._roll(stage)
        if failure is None or self._row[recipient] >= self._faults.in_a_row:
            if stage == "content":
                self._row[recipient] = 0
            return None
        self._row[recipient] += 1
        return failure

    def _roll(self, stage: Stage) -> Failure | None:
        faults = self._faults
        if stage == "rcpt":
            return answer(451, "try again later") if self._happens("defer", faults.defer) else None
        if self._happens("lose", faults.lose):
            return HANG_UP
        return TAKE_AND_HANG_UP if self._happens("take", faults.take) else None

    def _happens(self, kind: str, share: float) -> bool:
        if share <= 0:
            return False
        self._cases[kind] += 1
        word = f"{self._faults.seed}:{kind}:{self._cases[kind]}".encode()
        return int.from_bytes(hashlib.sha256(word).digest()[:8]) < share * 2**64
