"""Messages for the tests, put together line by line."""

from __future__ import annotations

from supportbot.adapters.mail.reading import read_mail
from supportbot.adapters.mail.values import ParsedMail


def mail(*headers: str | bytes, body: str | bytes = "Hello\r\n") -> bytes:
    """A message with these headers; a From of its own unless one is given."""
    lines = [line.encode() if isinstance(line, str) else line for line in headers]
    if not any(line.lower().startswith(b"from:") for line in lines):
        lines.insert(0, b"From: Mara Lindqvist <mara@northfield.example>")
    content = body.encode() if isinstance(body, str) else body
    return b"\r\n".join([*lines, b"", content])


def read(*headers: str | bytes, body: str | bytes = "Hello\r\n") -> ParsedMail:
    return read_mail(mail(*headers, body=body))


def multipart(kind: str, *parts: str, boundary: str = "b1") -> bytes:
    """A message of these parts, each with its own headers."""
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"'
    return mail(head, body=f"{body}--{boundary}--\r\n")
