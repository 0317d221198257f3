"""Logging: constant event names with fields, and no secret in either.

Libraries log through the standard library; both end in the same lines on standard error.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

# Tokens of Slack and GitHub, and credentials in addresses, wherever they turn up.
_SECRET = re.compile(
    r"(xox[a-z]-|xapp-|gh[pousr]_|github_pat_)[A-Za-z0-9_-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


def configure(form: Literal["text", "json"], level: str) -> None:
    """Send all logging to standard error, as lines for people or as JSON for programs."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_secrets,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # Where rich is installed the default shows the values of variables: secrets, too.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # These speak of every request at INFO, headers and all at DEBUG.
    for name in ("slack_sdk", "slack_bolt", "github", "urllib3", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET.sub("[secret]", value)
    return event
