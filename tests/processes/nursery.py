"""What every child is born with: the programs it runs, the playbooks read, the codecs made.

Importing this does all of that, once, in the process that the children are forked from. A bot that
starts by itself spends a tenth of a second on it, and in the stories a bot starts a thousand times.
"""

from __future__ import annotations

import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite.pysqlite  # noqa: F401

import supportbot.adapters.github.login
import supportbot.adapters.github.sender
import supportbot.adapters.mail.mailbox_address
import supportbot.adapters.mail.reader
import supportbot.adapters.mail.sender
import supportbot.adapters.slack.app
import supportbot.adapters.slack.catch_up
import supportbot.adapters.slack.reader
import supportbot.adapters.slack.sender
import supportbot.adapters.slack.signed_http
import supportbot.adapters.slack.socket_mode  # noqa: F401
from supportbot.adapters.db.codec import codec_of
from supportbot.adapters.db.snapshots import event_classes
from supportbot.adapters.playbook_files.shelf import FolderShelf
from supportbot.application.ports import DecisionRecord
from supportbot.domain.policy.playbook import Severity
from tests.processes.child import PLAYBOOKS

# What was made of their words is kept in this process, for whoever reads the same words again.
FolderShelf(PLAYBOOKS)
for cls in (*event_classes().values(), Severity, DecisionRecord):
    codec_of(cls)
