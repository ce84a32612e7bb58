"""What every channel must offer: take a message and say honestly what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import TracebackType
from typing import Protocol, Self

from contacts.models import Message


class Answer(Enum):
    """TRY_LATER: certainly not delivered, worth another try. UNKNOWN: it may or may not have left."""

    TAKEN = "taken"
    TRY_LATER = "try_later"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Handed:
    answer: Answer
    detail: str = ""
    provider_id: str = ""
    address_is_bad: bool = False
    file_name: str = ""
    pages: int = 0


class Adapter(Protocol):
    """Entered once for many messages. ``repeatable``: handing over twice does no harm, so a lapsed lease is simply retried."""

    repeatable: bool

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def hand_over(self, message: Message, at: datetime) -> Handed: ...
