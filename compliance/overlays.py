"""What a state or a city asks beyond the federal law, as rows of the policy, each with its days, citation and confidence.

Every row whose place the facts indicate is applied, so the strictest decides (regulation 2.3; 15 USC 1692n). Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from compliance.tables import Table

LIMITED_CHANNELS = frozenset({"call", "text", "email", "letter", "in_person"})
ELECTRONIC = frozenset({"text", "email"})
PLACES = frozenset({"home", "work", "other"})
EXEMPT = frozenset({"required_notice", "response"})
WINDOW_KINDS = ("rolling_days", "calendar_week")
COUNTS = ("connected", "attempts", "communications")
PER = ("debt", "person")
CONFIDENCE = ("unstated", "found", "medium", "low")
LAST_DAY = date.max - timedelta(days=1)
"""Of what has no end."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily window in local seconds of the day, start included and end excluded, on some weekdays (0 is Monday)."""

    weekdays: frozenset[int]
    start: int
    end: int

    def common(self, other: Hours) -> Hours:
        """What lies in both; empty, its end before its start, when nothing does."""
        return Hours(self.weekdays & other.weekdays, max(self.start, other.start), min(self.end, other.end))


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One row of a state, or of the city whose names ``cities`` has; in force from ``valid_from`` to ``valid_to``, both included.

    The names are in lower case, bare and with their state (``brooklyn`` and ``brooklyn, ny``): a bare one is taken at its word.
    """

    place: str
    cities: frozenset[str]
    citation: str
    confidence: str
    valid_from: date
    valid_to: date

    def is_in_force(self, on: date) -> bool:
        return self.valid_from <= on <= self.valid_to

    @property
    def over_on(self) -> date:
        """The first day on which it is no longer in force."""
        return self.valid_to + timedelta(days=1)


Row = TypeVar("Row", bound=Overlay)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLimit(Overlay):
    """At most ``limit`` contacts through ``channels`` in ``window_days`` calendar days, or in a week that begins on Monday.

    ``counts``: ``attempts`` every act; ``connected`` without busy and not in service; ``communications`` only what said something
    or was left. ``places``: only contacts there. ``exempt``: purposes that the row leaves free.
    """

    channels: frozenset[str]
    limit: int
    window_days: int
    is_week: bool
    counts: str
    per_person: bool
    places: frozenset[str]
    exempt: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateHours(Overlay):
    """Hours that hold besides the federal ones, at ``places`` only where they are named."""

    hours: Hours
    places: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicConsent(Overlay):
    """Nothing through ``channels`` without direct consent, but ``requests`` messages that ask for it in ``request_days`` (0: none).

    ``personal``: never to an employer's address.
    """

    channels: frozenset[str]
    requests: int
    request_days: int
    personal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionNotice(Overlay):
    """No act to collect debts of these ``kinds`` before a notice of its own went out and ``days`` have passed."""

    kinds: frozenset[str]
    days: int


@dataclass(frozen=True, slots=True)
class Overlays:
    """The rows of one policy, or those of them that one contact calls for."""

    limits: tuple[StateLimit, ...] = ()
    hours: tuple[StateHours, ...] = ()
    consents: tuple[ElectronicConsent, ...] = ()
    notices: tuple[ActionNotice, ...] = ()
    cities: Mapping[str, frozenset[str]] = field(default_factory=dict)
    of: Callable[..., Overlays] = field(init=False, repr=False, compare=False)
    """``_of``, remembered: the same few places are asked about again and again."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", lru_cache(maxsize=4_096)(self._of))

    def _of(
        self,
        residence: tuple[str, ...],
        indicated: tuple[str, ...],
        cities: tuple[str, ...],
        channel: str,
        place: str | None,
    ) -> Overlays:
        """Those that speak of such a contact in the states and cities that the facts name, whatever their days."""
        states = {*residence, *indicated}
        named = {city.strip().casefold() for city in cities}

        def there(rows: tuple[Row, ...]) -> Iterator[Row]:
            return (r for r in rows if (not named.isdisjoint(r.cities) if r.cities else r.place in states))

        return Overlays(
            tuple(
                r for r in there(self.limits) if channel in r.channels and (not r.places or place in r.places)
            ),
            tuple(r for r in there(self.hours) if not r.places or place in r.places),
            tuple(r for r in there(self.consents) if channel in r.channels),
            tuple(there(self.notices)),
        )


PLACED = ("state", "city", "citation", "confidence", "valid_from", "valid_to")
Cities = dict[str, frozenset[str]]


def city_names(table: Table) -> frozenset[str]:
    """Every name under which the post knows a city, bare and with its state. Raises PolicyError."""
    table.only("state", "names")
    state = table.get("state", str).casefold()
    names = [name.casefold() for name in table.strings("names")]
    return frozenset([*names, *(f"{name}, {state}" for name in names)])


def _placed(table: Table, cities: Cities) -> dict[str, Any]:
    city = table.one_of("city", tuple(cities)) if "city" in table.data else ""
    if city and "state" in table.data:
        raise table.fail("state", "is not said of a city's row")
    return {
        "place": city or table.get("state", str),
        "cities": cities.get(city, frozenset()),
        "citation": table.get("citation", str),
        "confidence": table.one_of("confidence", CONFIDENCE),
        "valid_from": table.day("valid_from") or date.min,
        "valid_to": table.day("valid_to") or LAST_DAY,
    }


def state_limit(table: Table, cities: Cities) -> StateLimit:
    """Raises PolicyError."""
    table.only(
        *PLACED, "channels", "limit", "window_days", "window_kind", "counts", "per", "places", "exempt"
    )
    is_week = table.one_of("window_kind", WINDOW_KINDS) == "calendar_week"
    if is_week and "window_days" in table.data:
        raise table.fail("window_days", "is not said of a calendar week")
    channels = table.some_of("channels", LIMITED_CHANNELS)
    if not channels:
        raise table.fail("channels", "is missing")
    return StateLimit(
        channels=channels,
        limit=table.positive("limit"),
        window_days=7 if is_week else table.positive("window_days"),
        is_week=is_week,
        counts=table.one_of("counts", COUNTS),
        per_person=table.one_of("per", PER) == "person",
        places=table.some_of("places", PLACES),
        exempt=table.some_of("exempt", EXEMPT),
        **_placed(table, cities),
    )


def state_hours(table: Table, cities: Cities) -> StateHours:
    """Raises PolicyError."""
    table.only(*PLACED, "start", "end", "places")
    start, end = table.time("start"), table.time("end")
    if start >= end:
        raise table.fail("end", "must be later than start")
    return StateHours(
        hours=Hours(frozenset(range(7)), start, end),
        places=table.some_of("places", PLACES),
        **_placed(table, cities),
    )


def electronic_consent(table: Table, cities: Cities) -> ElectronicConsent:
    """Raises PolicyError."""
    table.only(*PLACED, "channels", "requests", "request_days", "personal")
    may_ask = "requests" in table.data
    return ElectronicConsent(
        channels=table.some_of("channels", ELECTRONIC) or ELECTRONIC,
        requests=table.positive("requests") if may_ask else 0,
        request_days=table.positive("request_days") if may_ask else 0,
        personal=table.get("personal", bool) if "personal" in table.data else False,
        **_placed(table, cities),
    )


def action_notice(table: Table, cities: Cities) -> ActionNotice:
    """Raises PolicyError."""
    table.only(*PLACED, "kinds", "days")
    return ActionNotice(
        kinds=frozenset(table.strings("kinds")), days=table.positive("days"), **_placed(table, cities)
    )
