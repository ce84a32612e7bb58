"""What may happen to an account, as rows without ids. Money in cents; ``rep`` is a number the loader maps to a user."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from compliance.enums import Channel, DisputeReason, HoldKind, Medium
from contacts.enums import CallOutcome, Direction, MessageStatus
from payments.enums import Method, PromiseStatus
from worklists.enums import TaskKind


@dataclass(slots=True)
class Touch:
    """A contact; an outgoing one gets its decision from the loader, a letter or e-mail its message (``status``)."""

    channel: Channel
    direction: Direction
    at: datetime
    address: str
    outcome: CallOutcome | str = ""
    rep: int | None = None
    note: str = ""
    status: MessageStatus | None = None
    balance_cents: int = 0
    is_notice: bool = False


@dataclass(slots=True)
class Remark:
    at: datetime
    text: str
    rep: int


@dataclass(slots=True)
class Pledge:
    """A promise; ``status``, ``paid_cents`` and ``judged_at`` are filled by judging it against the payments."""

    cents: int
    made_at: datetime
    made_on: date
    due_on: date
    how: Method
    rep: int
    status: PromiseStatus = PromiseStatus.OPEN
    paid_cents: int = 0
    judged_at: datetime | None = None
    judged_on: date | None = None


@dataclass(slots=True)
class Receipt:
    cents: int
    effective_on: date
    at: datetime
    method: Method
    reference: str
    posting: str
    reversed_at: datetime | None = None


@dataclass(slots=True)
class Stop:
    """A hold; with ``reason`` it is that of a dispute."""

    kind: HoldKind
    from_on: date
    at: datetime
    rep: int
    note: str
    until_on: date | None = None
    lifted_at: datetime | None = None
    reason: DisputeReason | None = None


@dataclass(slots=True)
class Refusal:
    """An opt-out."""

    medium: Medium
    at: datetime
    rep: int


@dataclass(slots=True)
class Ask:
    """An escalation; ``verdict`` blank while it is open."""

    kind: str
    reason: str
    cents: int
    at: datetime
    due_at: datetime
    rep: int
    verdict: str = ""
    note: str = ""
    decided_at: datetime | None = None


@dataclass(slots=True)
class Todo:
    kind: TaskKind
    reason: str
    priority: int
    due_at: datetime
    created_at: datetime
    queue: str
    rep: int | None = None


@dataclass(slots=True)
class Story:
    touches: list[Touch] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    pledges: list[Pledge] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    todos: list[Todo] = field(default_factory=list)
    email_basis_on: date | None = None
