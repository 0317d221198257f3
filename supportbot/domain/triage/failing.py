"""What fails by one sentence: a phrase that names it, or a thing and a failure that go together.

The net has two meshes. `failing` names the capability; `is_troubled` only says that something is
wrong. Both err to the worse side: a sentence has to say why it is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass

from supportbot.domain.triage.sentence import Capability, Sentence

# A disk this full (in per cent) fails somebody already, or within the hour.
_AS_GOOD_AS_FULL = 95
OURS = ("reach", "log_in", "start", "notebook", "run", "compute", "storage")
_NAMED = ("login_fails", "compute_fails", "storage_fails", "run_fails", "start_fails")
_BROKEN = ("failing", "gone", "sign")
_MAY_FAIL = frozenset({*_NAMED, *_BROKEN, "reach_fails", "storage", "not", "cannot"})
_MAY_TROUBLE = _MAY_FAIL | {*OURS, "trouble", "all"}
LASTS = ("since", "now", "present", "today", "yesterday", "always", "sometimes")


def failing(sentence: Sentence) -> Capability | None:
    """The capability that fails by this sentence, if it says which."""
    if _MAY_FAIL.isdisjoint(sentence.topics) or _supposed(sentence):
        return None
    return _named(sentence) or _combined(sentence)


def _supposed(sentence: Sentence) -> bool:
    """Whether it only says what might be; what lasts, is."""
    return sentence.any("hypothetical") and not sentence.any(*LASTS)


def _named(sentence: Sentence) -> Capability | None:
    """By a phrase that names it: "kernel died", "no space left"."""
    has = sentence.any
    if has("login_fails") and not has("excuse"):
        return "login"
    if has("compute_fails"):
        return "compute"
    if has("storage_fails") or (has("storage") and _full(sentence)):
        return "storage"
    if has("run_fails") and not has("package"):
        return "run"
    if has("start_fails"):
        return "start"
    if has("reach_fails") and not has("log_in", "excuse", "elsewhere"):
        return "start" if has("notebook") and has("open", "start") else "reach"
    return None


def _full(sentence: Sentence) -> bool:
    if sentence.percent is not None:
        return sentence.percent >= _AS_GOOD_AS_FULL
    return sentence.any("full") and not sentence.any("nearly", "wish")


@dataclass(frozen=True, slots=True)
class _Pair:
    """`thing` (and `too`, if that is named) fails: by a strong word, or by "not" beside a verb."""

    capability: Capability
    thing: str
    too: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ("package",)

    def fails(self, sentence: Sentence, *, strong: bool) -> bool:
        has = sentence.any
        if not has(self.thing) or has(*self.unless) or (self.too and not has(*self.too)):
            return False
        return strong or has(*self.verbs)


# The first that fits is it: a kernel that cannot start is a kernel, a full disk that stops a server
# from starting is a disk, and only what is nothing else is the hub.
_PAIRS = (
    _Pair("login", "log_in", verbs=("log_in",), unless=("run",)),
    _Pair("compute", "compute", verbs=("start", "execute", "open"), unless=()),
    _Pair("run", "run", verbs=("start", "execute", "open")),
    _Pair("storage", "storage", verbs=("open",), unless=()),
    _Pair("storage", "work", too=("gone",), unless=()),
    _Pair("start", "start", too=("reach", "notebook"), verbs=("start",)),
    _Pair("start", "notebook", too=("open",), verbs=("open",)),
    _Pair("run", "notebook"),
    _Pair("reach", "reach", verbs=("open",)),
    _Pair("run", "execute", too=("code",)),
    _Pair("start", "start", unless=("package", "more")),
)


def _combined(sentence: Sentence) -> Capability | None:
    """By something that fails, or that one cannot do."""
    has = sentence.any
    if has("excuse", "elsewhere"):
        return None
    wished = has("wish") and not has("look")
    denied = has("not") and not has("no_matter", "wish")
    # "It hangs, could you restart it" is a wish with a failure; "could you shut it down" is none.
    broken = has(*_BROKEN) and (has("cannot", "not") or not wished)
    broken = broken and not has("unbroken")
    strong = broken or has("cannot") or (denied and has("able"))
    if not strong and not denied:
        return None
    fits = (pair.capability for pair in _PAIRS if pair.fails(sentence, strong=strong))
    return next(fits, None)


def is_troubled(sentence: Sentence, *, about_us: bool) -> bool:
    """Whether something fails that has no name. The net is wide: what it catches wakes nobody.

    `about_us` is whether the message is about something of ours, or may be.
    """
    has = sentence.any
    about = about_us or has("several", "all", "it", *OURS)
    if _MAY_TROUBLE.isdisjoint(sentence.topics):
        return False
    if _supposed(sentence) or _explained(sentence):
        return False
    lasts, ours, shared = has(*LASTS), has(*OURS), has("several", "all")
    fails = has("trouble", "reach_fails", *_NAMED) or (about and has("failing", "cannot"))
    fails = fails or (has("sign", "gone") and (ours or shared or about))
    if has("wish") and not has("look"):
        return (lasts and has("all")) or (fails and ours and (lasts or shared))
    if fails:
        return not (has("praise") and has("unbroken"))
    if has("no_matter", "later", "praise") or (has("planned") and not lasts):
        return False
    if about and has("not") and has("open", "able") and not has("tomorrow"):
        return True
    return ours and (has("problem", "not", "all") or (lasts and not sentence.question))


def _explained(sentence: Sentence) -> bool:
    """Whether it speaks of what is not ours, or of what its writer has yet to learn."""
    has = sentence.any
    several = has("several", "all")
    if has("excuse"):
        return not has("all")
    if has("elsewhere"):
        return not has(*OURS)
    return has("package") and not (several and has("cannot", "failing", "trouble", "not"))


# Words by which a sentence may be harmless, whatever fails in it.
_DOUBTS = (
    *("wish", "praise", "excuse", "elsewhere", "planned", "hypothetical"),
    *("past", "unbroken", "quoted"),
)


def is_certain(sentence: Sentence, *, doubted: bool) -> bool:
    """Whether it names what fails, for more than oneself, and says nothing that might excuse it.

    `doubted` is whether the rest of the message might: then it has to last, by its own words.
    """
    has = sentence.any
    if failing(sentence) is None or (has(*_DOUBTS) and not has("look")):
        return False
    shared = is_shared(sentence)
    if has("others") and has("well") and has("self"):
        return False
    if doubted or sentence.question:
        return has(*LASTS) and (shared or not has("self"))
    return shared or not has("self")


def is_shared(sentence: Sentence) -> bool:
    """Whether it speaks of more people than one."""
    return sentence.any("several", "all", "not_only_one") or (sentence.people or 0) > 1
