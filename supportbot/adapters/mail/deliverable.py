"""Addresses that mail can be sent to (RFC 5321 4.1.2), with domains as the DNS writes them."""

from __future__ import annotations

_LONGEST = 254  # RFC 5321 4.5.3.1.3: a path of 256 with its brackets
_LONGEST_LOCAL = 64
_ATOM = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"
)
_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
# IDNA 2003, which Python knows, and IDNA 2008, which registries use, disagree about these: mail
# would go to somebody else's domain (RFC 5894 7.2).
_DISPUTED = frozenset("ßẞς\u200c\u200d")


class Undeliverable(ValueError):
    """Nothing can be sent to this; says why, and what mends it."""


def deliverable(email: str) -> str:
    """The address, its domain in lower-case ASCII. Raises Undeliverable.

    A local part beyond ASCII stays as it is: only relays with SMTPUTF8 (RFC 6531) take it.
    """
    local, at, domain = email.rpartition("@")
    if not at or len(email) > _LONGEST:
        raise Undeliverable("it is no mail address")
    if len(local.encode("utf-8", "replace")) > _LONGEST_LOCAL:
        raise Undeliverable("what stands before its @ is too long")
    whole = f"{_local(local)}@{ascii_domain(domain)}"
    if len(whole.encode()) > _LONGEST:
        raise Undeliverable("it is too long")
    return whole


def _local(local: str) -> str:
    named = local[1:-1] if local[:1] == local[-1:] == '"' else local
    atoms = named.split(".")
    if not named or not all(_is_atom(atom) for atom in atoms):
        raise Undeliverable("it has characters that no address may have")
    # Some providers gave out names with dots at the ends or in a row: these stand in quotes.
    return named if all(atoms) else f'"{named}"'


def _is_atom(text: str) -> bool:
    return all(c in _ATOM or (not c.isascii() and c.isprintable()) for c in text)


def ascii_domain(domain: str) -> str:
    """A domain as the DNS has it: `münchen.example` is `xn--mnchen-3ya.example`.

    Raises Undeliverable for what is none, an address literal among them.
    """
    if _DISPUTED & set(domain):
        raise Undeliverable("its domain can be read in two ways: write it in its xn-- form")
    try:
        # The codec takes quadratic time, and no name in the DNS is longer.
        name = domain[:_LONGEST].encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise Undeliverable("its domain cannot be one") from None
    labels = name.split(".")
    if len(name) > 253 or labels[-1].isdigit() or not all(map(_is_label, labels)):
        raise Undeliverable("its domain cannot be one")
    return name


def _is_label(label: str) -> bool:
    fits = 0 < len(label) <= 63 and _HOST.issuperset(label)
    return fits and not (label.startswith("-") or label.endswith("-"))
