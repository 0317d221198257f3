"""Text brought to one form, so that what people mean to be the same compares as the same.

Accents, capitals, typographic quotes and dashes, and the amount of white space go. Then the edges
of words are marked: a phrase is to match whole words, in scripts that have words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

LONGEST_TEXT = 100_000
"""Characters of a text that are looked at; what follows is not searched."""

_EDGE = "\x01"
# White space that nobody writes, and that outlasts everything but the last step of folding.
_BETWEEN = "\x1c"

# Japanese voicing marks tell か from が: they are letters rather than accents.
_KEPT_MARKS = "\u3099\u309a"


class _Lazy(dict[int, str]):
    """What `str.translate` puts for a character, worked out when it is first met."""

    # Not every character there is: a hostile text could fill memory with them.
    MOST = 20_000

    def __init__(self, known: dict[int, str], rule: Callable[[str], str]) -> None:
        super().__init__(known)
        self._rule = rule

    def __missing__(self, code: int) -> str:
        put = self._rule(chr(code))
        if len(self) < self.MOST:
            self[code] = put
        return put


def _without_mark(character: str) -> str:
    is_mark = unicodedata.combining(character) and character not in _KEPT_MARKS
    return "" if is_mark else character


_SAME = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼʹ´`′＇", "'"),  # noqa: RUF001
        **dict.fromkeys("“”„‟«»″＂", '"'),  # noqa: RUF001
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),  # noqa: RUF001
        # Letters that Unicode does not take apart, though many keyboards lack them.
        **dict(zip("øØłŁđĐı", "oOlLdDi", strict=True)),
        **dict(zip("æÆœŒ", ("ae", "AE", "oe", "OE"), strict=True)),
        # Invisible: soft hyphen, zero-width blanks and joiners, marks of direction.
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", ""),
        # Control characters, save those that are white space; so _EDGE never comes from outside.
        **{chr(code): "" for code in (*range(9), *range(14, 28), 127)},
    }
)
_PLAIN = _Lazy(_SAME, _without_mark)


def fold(text: str) -> str:
    """The text without accents, capitals or typography, and with single blanks for white space.

    At most `LONGEST_TEXT` characters go in, and as many come out.
    """
    return " ".join(_plain(text[:LONGEST_TEXT]).split())[:LONGEST_TEXT]


def fold_each(texts: Sequence[str]) -> list[str]:
    """Each of these few short texts folded, all in one go: one by one takes five times as long."""
    plain = _plain(_BETWEEN.join(texts)).replace(_BETWEEN, f" {_EDGE} ")
    folded = [text.strip(" ") for text in " ".join(plain.split()).split(_EDGE)]
    # A stranger may have written the mark that stands between.
    return folded if len(folded) == len(texts) else [fold(text) for text in texts]


def fold_pattern(pattern: str) -> str:
    """A regular expression that finds in a folded text what was meant for the original.

    Only what is not ASCII is folded: everything with a meaning of its own (`\\S`, `[A-Z]`) stays.
    """
    return "".join(c if c.isascii() else _literal(fold(c)) for c in pattern)


def mark_words(folded: str) -> str:
    """The folded text with an edge on either side of each character that is not part of a word.

    Characters of scripts without blanks between words count as words by themselves.
    """
    # A blank is written as one edge. That is never ambiguous: between two characters of words
    # nothing else makes a single one.
    if not folded.isascii():
        return _EDGE + folded.translate(_EDGES) + _EDGE
    # Letter by letter takes five times as long, and most texts are ASCII.
    for character, marked in _ASCII_EDGES:
        if character in folded:
            folded = folded.replace(character, marked)
    return _EDGE + folded.replace(" ", _EDGE) + _EDGE


def mark_phrase(folded: str) -> str:
    """What is within a marked text exactly if this folded phrase occurs there as whole words."""
    marked = mark_words(folded)
    # At an end that is no letter anything may follow: "c++" occurs in "c++11".
    start = 1 if marked.startswith(_EDGE * 2) else 0
    return marked[start:-1] if marked.endswith(_EDGE * 2) else marked[start:]


def mark_stem(folded: str, *, before: bool, after: bool) -> str:
    """A phrase as `mark_phrase` has it, with more letters allowed before it, or after it."""
    marked = mark_phrase(folded)
    marked = marked.removeprefix(_EDGE) if before else marked
    return marked.removesuffix(_EDGE) if after else marked


def _plain(text: str) -> str:
    """Folded, but for the white space."""
    text = text.translate(_PLAIN)
    if not text.isascii():
        # JSON can carry half of a surrogate pair, which is no character.
        text = _without_accents(text.encode("utf-8", "ignore").decode("utf-8"))
    return text.casefold()


def _without_accents(text: str) -> str:
    # Marks go before normalising as well: to sort a long run of them takes quadratic time.
    # Some characters stand for eighteen others; a Korean syllable comes apart into three.
    apart = unicodedata.normalize("NFKD", text)[: 4 * LONGEST_TEXT]
    return unicodedata.normalize("NFC", apart.translate(_PLAIN))


def _literal(folded: str) -> str:
    return "".join(c if c.isalnum() or not c.isascii() else f"\\{c}" for c in folded)


# The first word of the characters' names. Hangul has blanks, but joins endings to words.
_WITHOUT_BLANKS = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "HANGUL"}
    | {"THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"}
)


def _in_word(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character == "_"
    if unicodedata.category(character)[0] not in "LMN":
        return False
    return unicodedata.name(character, "").split(" ")[0] not in _WITHOUT_BLANKS


def _marked(character: str) -> str:
    return character if _in_word(character) else f"{_EDGE}{character}{_EDGE}"


_EDGES = _Lazy({ord(" "): _EDGE}, _marked)
# Of the characters that control, a folded text has none; lines of it may be joined by one.
_ASCII_EDGES = [(c, _marked(c)) for c in ("\n", *map(chr, range(33, 127))) if not _in_word(c)]
