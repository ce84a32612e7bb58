"""A JSON object read field by field; what is wrong is named by its path. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

T = TypeVar("T")
FIRST_YEAR, LAST_YEAR = 1900, 2999


class QuestionError(ValueError):
    """The question cannot be read; ``field`` is the path of what is wrong."""

    code = "bad_question"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Reader:
    """One JSON object, read field by field; an unknown key is an error, so no fact is silently ignored."""

    __slots__ = ("data", "where")

    def __init__(self, data: Any, where: str, known: frozenset[str]) -> None:
        if not isinstance(data, dict):
            raise QuestionError(where, "must be an object")
        self.data, self.where = data, where
        if not known.issuperset(data):
            raise self.fail(min(data.keys() - known), "is not a known field")

    def fail(self, key: str, message: str) -> QuestionError:
        return QuestionError(f"{self.where}.{key}" if self.where else key, message)

    def text(self, key: str) -> str:
        value = self.data.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.fail(key, "must be text")
        return value

    def needed_text(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise self.fail(key, "is needed, as text")
        return value

    def one_of(self, key: str, known: frozenset[str]) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or value not in known:
            raise self.fail(key, f"{value!r} is not one of {', '.join(sorted(known))}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.fail(key, "must be a list of texts")
        for item in value:
            if not isinstance(item, str):
                raise self.fail(key, "must be a list of texts")
        return tuple(value)

    def list(self, key: str) -> list[Any]:
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, "must be a list")
        return value

    def parsed(self, key: str, parse: Callable[[str], T], shape: str) -> T | None:
        value = self.data.get(key)
        if value is None:
            return None
        try:
            return parse(value)
        except (ValueError, TypeError) as error:
            raise self.fail(key, f"{value!r} is not {shape}") from error

    def day(self, key: str) -> date | None:
        value = self.parsed(key, date.fromisoformat, "a date like 2026-04-07")
        if value is not None and value.year > LAST_YEAR:
            raise self.fail(key, f"lies after the year {LAST_YEAR}")
        return value

    def last_day(self, key: str) -> date | None:
        """A date beyond all reckoning, such as 9999-12-31, means for ever."""
        value = self.parsed(key, date.fromisoformat, "a date like 2026-04-07")
        return None if value is None or value.year > LAST_YEAR else value

    def clock(self, key: str) -> time | None:
        value = self.parsed(key, time.fromisoformat, "a time like 15:00")
        if value is not None and value.tzinfo is not None:
            raise self.fail(key, "is local to the person and carries no offset")
        return value

    def instant(self, key: str) -> datetime | None:
        """In UTC."""
        value = self.data.get(key)
        if value is None:
            return None
        try:
            at = datetime.fromisoformat(value)
        except (ValueError, TypeError) as error:
            raise self.fail(key, f"{value!r} is not an instant like 2026-04-07T15:00:00-04:00") from error
        if at.tzinfo is None:
            raise self.fail(key, "needs an offset from UTC, like -04:00")
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise self.fail(key, f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
        return at.astimezone(UTC)

    def needed(self, key: str, value: T | None) -> T:
        if value is None:
            raise self.fail(key, "is needed")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.data.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.fail(key, "must be true or false")
        return value

    def objects(self, key: str, known: frozenset[str]) -> Iterator[Reader]:
        for place, item in enumerate(self.list(key)):
            yield Reader(item, f"{self.where}.{key}[{place}]", known)

    def mapping(self, key: str) -> dict[str, Any]:
        value = self.data.get(key) or {}
        if not isinstance(value, dict):
            raise self.fail(key, "must be an object")
        return value
