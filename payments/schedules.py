"""On which days, and how much: instalments to the cent. Pure."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from core.money import CENT, ZERO, dollars
from payments.enums import Every

MOST = 120


class ScheduleRefused(Exception):
    """``field`` names what is wrong."""

    code = "schedule_refused"

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Instalment:
    due_on: date
    amount: Decimal


def days(first_on: date, every: str, count: int) -> list[date]:
    """``count`` days from ``first_on`` on.

    Every month: on the day of the first, in shorter months on their last. Twice a month: on that day and 15 days beside it;
    from the 15th or from a 30th or 31st on, on the 15th and on the last day of the month.
    """
    if every == Every.ONCE:
        return [first_on][:count]
    if every in (Every.WEEK, Every.TWO_WEEKS):
        step = timedelta(weeks=1 if every == Every.WEEK else 2)
        return [first_on + step * place for place in range(count)]
    if every == Every.MONTH:
        return [_in_month(first_on, place, first_on.day) for place in range(count)]
    early = first_on.day if first_on.day <= 15 else first_on.day - 15
    early, late = (15, 31) if early >= 15 else (early, early + 15)
    found: list[date] = []
    month = 0
    while len(found) < count:
        both = (_in_month(first_on, month, early), _in_month(first_on, month, late))
        found += [first_on] * (not found) + [day for day in both if day > first_on]
        month += 1
    return found[:count]


def _in_month(first_on: date, later: int, day: int) -> date:
    """The day of the month that is ``later`` months after the first, or that month's last."""
    year, month = divmod(first_on.year * 12 + first_on.month - 1 + later, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def months_later(day: date, months: int) -> date:
    return _in_month(day, months, day.day)


def schedule(
    *,
    total: Decimal,
    first_on: date,
    every: str,
    count: int | None = None,
    instalment: Decimal | None = None,
    down: Decimal = ZERO,
    down_on: date | None = None,
) -> tuple[Instalment, ...]:
    """Instalments that add up to ``total`` dollars: ``count`` equal ones, or as many of ``instalment`` dollars as it takes.

    Equal ones are rounded down to the cent and the last brings the rest; of given ones the last is what is left. ``down``
    comes first, on ``down_on``. Raises ScheduleRefused.
    """
    if total <= 0:
        raise ScheduleRefused("amount", "What is to be paid is more than nothing.")
    if not 0 <= down < total:
        raise ScheduleRefused("down", f"A down payment is less than the {dollars(total)} to be paid.")
    if down and (down_on is None or down_on > first_on):
        raise ScheduleRefused("down_on", "The down payment comes before the first instalment.")
    amounts = _amounts(total - down, 1 if every == Every.ONCE else count, instalment)
    if len(amounts) > MOST:
        raise ScheduleRefused(
            "instalment" if count is None else "count",
            f"That takes {len(amounts)} instalments; {MOST} is the most there may be.",
        )
    first = [Instalment(down_on, down)] if down and down_on else []
    dated = zip(days(first_on, every, len(amounts)), amounts, strict=True)
    return (*first, *(Instalment(day, amount) for day, amount in dated))


def _amounts(rest: Decimal, count: int | None, instalment: Decimal | None) -> list[Decimal]:
    if count is not None:
        if not 1 <= count <= MOST:
            raise ScheduleRefused("count", f"There are between 1 and {MOST} instalments.")
        each = (rest / count).quantize(CENT, rounding=ROUND_DOWN)
        if each <= 0:
            raise ScheduleRefused("count", f"{dollars(rest)} cannot be split into {count} instalments.")
        return [each] * (count - 1) + [rest - each * (count - 1)]
    if instalment is None or instalment <= 0:
        raise ScheduleRefused("count", "Say how many instalments, or how much each brings.")
    whole = int(rest // instalment)
    if whole > MOST:
        return [instalment] * whole
    left = rest - instalment * whole
    return [instalment] * whole + ([left] if left else [])
