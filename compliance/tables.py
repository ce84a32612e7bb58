"""A TOML table of a policy, read field by field: what is wrong is named by its file and field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

DAY_SECONDS = 86_400


class PolicyError(ValueError):
    """A policy file is missing or says something impossible. The sentence names the file and the field."""


def seconds_of_day(text: str) -> int:
    """``"08:00"`` or ``"08:00:30"`` as seconds since local midnight; ``"24:00"`` is the end of the day. Raises ValueError."""
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(
        len(part) == 2 and part.isascii() and part.isdigit() for part in parts
    ):
        raise ValueError(f"{text!r} is not a time like 08:00")
    hours, minutes, seconds = (*(int(part) for part in parts), 0)[:3]
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY_SECONDS:
        raise ValueError(f"{text!r} is not a time of the day")
    return total


class Table:
    """A TOML table that names its file and field when something is wrong."""

    def __init__(self, data: Mapping[str, Any], where: str) -> None:
        self.data, self.where = data, where

    def fail(self, key: str, problem: str) -> PolicyError:
        return PolicyError(f"{self.where}: {key} {problem}")

    def only(self, *keys: str) -> None:
        for key in self.data:
            if key not in keys:
                raise self.fail(key, "is not a known setting")

    def get(self, key: str, kind: type) -> Any:
        if key not in self.data:
            raise self.fail(key, "is missing")
        value = self.data[key]
        if type(value) is not kind:
            raise self.fail(key, f"must be of type {kind.__name__}")
        return value

    def table(self, key: str) -> Table:
        return Table(self.get(key, dict), f"{self.where} [{key}]")

    def rows(self, key: str) -> list[Table]:
        """The tables of an array of tables; none when it is not there."""
        rows = self.get(key, list) if key in self.data else []
        return [Table(row, f"{self.where} [{key}.{number}]") for number, row in enumerate(rows)]

    def positive(self, key: str) -> int:
        value = self.get(key, int)
        if value < 1:
            raise self.fail(key, "must be at least 1")
        return int(value)

    def strings(self, key: str) -> tuple[str, ...]:
        values = self.get(key, list)
        if not values or not all(isinstance(value, str) and value for value in values):
            raise self.fail(key, "must be a list of at least one string")
        return tuple(values)

    def some_of(self, key: str, known: frozenset[str]) -> frozenset[str]:
        """A list of known words; none when it is not there."""
        values = frozenset(self.strings(key)) if key in self.data else frozenset()
        if not values <= known:
            raise self.fail(key, f"may hold only {', '.join(sorted(known))}")
        return values

    def one_of(self, key: str, known: tuple[str, ...]) -> str:
        """A known word; the first of them when it is not there."""
        value = self.get(key, str) if key in self.data else known[0]
        if value not in known:
            raise self.fail(key, f"must be one of {', '.join(known)}")
        return str(value)

    def day(self, key: str) -> date | None:
        return self.get(key, date) if key in self.data else None

    def time(self, key: str) -> int:
        """Seconds since local midnight."""
        text = self.get(key, str)
        try:
            return seconds_of_day(text)
        except ValueError as error:
            raise self.fail(key, str(error)) from error

    def weekdays(self, key: str) -> frozenset[int]:
        days = self.get(key, list)
        if not days or any(type(day) is not int or not 0 <= day <= 6 for day in days):
            raise self.fail(key, "must list days from 0 (Monday) to 6")
        return frozenset(days)
