"""Whether a sender's address is theirs, by what the desk's own relay found out (RFC 8601).

SPF, DKIM and DMARC are checked by whoever took the mail from outside, who writes the results on
top of it. Results of others, further down, may be anybody's invention.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_LONGEST = 4_000
# Which domain each method has checked; what it is said by first counts.
_PROPERTIES = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom",),
}


def is_authenticated(results: Sequence[str], relay: str, sender: str) -> bool | None:
    """Whether the domain of `sender` (an address) is proved by the newest of the
    Authentication-Results, if `relay` wrote it, by its authserv-id.

    None without a relay that is trusted: then nothing is known. False when it says nothing.
    """
    if not relay:
        return None
    domain = sender.rpartition("@")[2]
    newest = results[0] if results else ""
    # A name that is cut may be another's, and beyond ASCII letters are folded into others.
    if len(newest) > _LONGEST or not domain or not domain.isascii():
        return False
    server, *found = (part.strip() for part in _plain(newest).split(";"))
    if server.casefold().split()[:1] != [relay.casefold()]:
        return False
    said = [[*_pairs(result)] for result in found]
    if any(pairs[:1] == [("dmarc", "fail")] for pairs in said):
        return False  # the owner of the domain may ask for more than we do
    return any(_proves(pairs, domain.casefold()) for pairs in said)


def _proves(pairs: Sequence[tuple[str, str]], domain: str) -> bool:
    """Whether it is a pass whose domain is the sender's, or a domain above or below it."""
    (method, verdict), *properties = pairs or [("", "")]
    # Without a property nobody knows of whom it is: a mail may name several in From.
    for name in _PROPERTIES.get(method.partition("/")[0], ()) if verdict == "pass" else ():
        values = [value for key, value in properties if key == name]
        if values:
            return all(_aligned(value.rpartition("@")[2], domain) for value in values)
    return False


def _pairs(result: str) -> Iterator[tuple[str, str]]:
    for word in result.split():
        name, _, value = word.partition("=")
        yield name.casefold(), value.casefold()


def _aligned(proved: str, domain: str) -> bool:
    """Relaxed alignment (RFC 7489 3.1), without the list of public suffixes: no domain of one
    label proves anything."""
    if "." not in proved or "." not in domain:
        return False
    return proved == domain or domain.endswith(f".{proved}") or proved.endswith(f".{domain}")


def _plain(text: str) -> str:
    """Without comments, which may be nested, and quotes (RFC 5322 3.2): what is quoted is one word,
    whatever a stranger put into it."""
    kept, depth, quoted, escaped = [], 0, False, False
    for character in text:
        if escaped or (character == "\\" and (quoted or depth)):
            escaped = not escaped
        elif character == '"' and not depth:
            quoted = not quoted
        elif quoted:
            kept.append(character if character.isalnum() or character in ".-@" else "_")
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(character)
    return "".join(kept)
