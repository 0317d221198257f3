"""Bytes to text, whatever the message says about its charset, and even when that is wrong."""

from __future__ import annotations

import codecs

# Names that programs write and Python does not know, and names whose superset reads more.
_MEANT = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "8bit": "utf-8",
    "default": "utf-8",
}
# These are no charsets: they run in quadratic time, or read escapes that nobody wrote.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_LONGEST_NAME = 40


def decode_text(raw: bytes, charset: str | None) -> str:
    """The text of `raw`, said to be in `charset` (None, or any nonsense). Never raises."""
    codec = _codec(charset)
    if codec is not None and codec != "utf-8":
        try:
            return _clean(raw.decode(codec))
        except (UnicodeError, ValueError):
            pass
    try:
        return _clean(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return _clean(_nearly(raw, codec))


def _nearly(raw: bytes, codec: str | None) -> str:
    """The reading that loses least: the charset named where it fits mostly, else Western."""
    text = raw.decode(codec or "utf-8", "replace")
    unread = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    if unread * 2 <= beyond_ascii:
        return text
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _codec(charset: str | None) -> str | None:
    """Python's name of a charset, or None where it has none."""
    name = (charset or "").strip("\"' \t\r\n").casefold()
    if not name or len(name) > _LONGEST_NAME or not name.isascii() or not name.isprintable():
        return None
    name = _MEANT.get(name, name)
    for spelling in (
        name,
        name.replace("cp-", "cp"),
        name.replace("windows", "cp").replace("-", ""),
    ):
        try:
            found = codecs.lookup(spelling)
        except (LookupError, ValueError):
            continue
        # CodecInfo tells text from transformations (base64, zlib: a bomb) by this flag alone.
        if (
            getattr(found, "_is_text_encoding", True)
            and found.name.replace("-", "_") not in _REFUSED
        ):
            return found.name
    return None


def _clean(text: str) -> str:
    """Without byte order mark and NUL, and without half characters, which some codecs let pass."""
    text = text.removeprefix("\ufeff").replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
