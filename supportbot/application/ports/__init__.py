"""What the use cases ask of the outside: a clock, a store, and whoever can send.

Everything in one `write` is one transaction. A port hands out and takes domain values only.
"""

from supportbot.application.ports.accounts import Accounts
from supportbot.application.ports.calendars import (
    CalendarAnswer,
    CalendarFeeds,
    Feed,
    FetchCalendar,
    ReadLeave,
    ReadShifts,
)
from supportbot.application.ports.inbox import (
    Envelope,
    Ignored,
    Inbox,
    InboxRow,
    Quarantined,
    QuarantinedRow,
    Reader,
)
from supportbot.application.ports.load import LoadSource
from supportbot.application.ports.planned import ChangeOfTicket, Planned, RequestOfTicket
from supportbot.application.ports.rota import CoverRequests, Rota
from supportbot.application.ports.store import (
    Clock,
    Conflict,
    PlaybookShelf,
    Role,
    Store,
    UnitOfWork,
)
from supportbot.application.ports.tickets import (
    DecisionRecord,
    Decisions,
    Files,
    KeptFile,
    Marks,
    Places,
    Threaded,
    Threads,
    Tickets,
    Versions,
)
from supportbot.application.ports.work import (
    AskedAgain,
    Chore,
    Chores,
    Deliveries,
    DeliveryRow,
    Parked,
    Sender,
    TimerOutcome,
    Timers,
)

__all__ = [
    "Accounts",
    "AskedAgain",
    "CalendarAnswer",
    "CalendarFeeds",
    "ChangeOfTicket",
    "Chore",
    "Chores",
    "Clock",
    "Conflict",
    "CoverRequests",
    "DecisionRecord",
    "Decisions",
    "Deliveries",
    "DeliveryRow",
    "Envelope",
    "Feed",
    "FetchCalendar",
    "Files",
    "Ignored",
    "Inbox",
    "InboxRow",
    "KeptFile",
    "LoadSource",
    "Marks",
    "Parked",
    "Places",
    "Planned",
    "PlaybookShelf",
    "Quarantined",
    "QuarantinedRow",
    "ReadLeave",
    "ReadShifts",
    "Reader",
    "RequestOfTicket",
    "Role",
    "Rota",
    "Sender",
    "Store",
    "Threaded",
    "Threads",
    "Tickets",
    "TimerOutcome",
    "Timers",
    "UnitOfWork",
    "Versions",
]
