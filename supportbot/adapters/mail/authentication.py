"""Whether a sender's address is theirs, by what the desk's own relay found out (RFC 8601).

SPF, DKIM and DMARC are checked by whoever took the mail from outside, who writes the results on
top of it. Results of others, further down, may be anybody's invention.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_LONGEST = 4_000
# Which domain each method has checked.
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
    domain = sender.rpartition("@")[2].casefold()
    newest = _without_comments(results[0][:_LONGEST]) if results else ""
    server, *found = (part.strip() for part in newest.split(";"))
    if server.partition(" ")[0].casefold() != relay.casefold() or not domain:
        return False
    return any(_proves(result, domain) for result in found)


def _proves(result: str, domain: str) -> bool:
    """Whether it is a pass whose domain is the sender's, or a domain above or below it."""
    words = dict(_pairs(result))
    method = next((name for name in _PROPERTIES if words.get(name) == "pass"), None)
    if method is None:
        return False
    values = [words[name] for name in _PROPERTIES[method] if name in words]
    if not values:
        # DMARC is about the From domain, whether it is said again or not.
        return method == "dmarc"
    return any(_aligned(value.rpartition("@")[2], domain) for value in values)


def _pairs(result: str) -> Iterator[tuple[str, str]]:
    for word in result.split():
        name, equals, value = word.partition("=")
        if equals:
            yield name.casefold(), value.strip('"').casefold()


def _aligned(proved: str, domain: str) -> bool:
    """Relaxed alignment (RFC 7489 3.1), without the list of public suffixes: no domain of one
    label proves anything."""
    if "." not in proved or "." not in domain:
        return False
    return proved == domain or domain.endswith(f".{proved}") or proved.endswith(f".{domain}")


def _without_comments(text: str) -> str:
    """Comments stand in brackets, and may be nested (RFC 5322 3.2.2)."""
    kept, depth = [], 0
    for character in text:
        if character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(character)
    return "".join(kept)
