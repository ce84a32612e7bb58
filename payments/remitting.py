"""The only writer of remittances: everything posted up to a day, once, with our fee; what was taken back later is taken back later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.enums import Remits
from accounts.models import Client
from core.cards import refuse_cards
from core.clock import business_today, business_zone
from core.money import ZERO
from payments.enums import LineKind, Method, RemittanceStatus, Stage
from payments.fees import Case, Rule, commission, rule_for
from payments.models import FeeRule, FeeSchedule, Remittance, RemittanceLine
from payments.trust import earn, remit
from users.models import User


class RemittanceRefused(Exception):
    code = "remittance_refused"


# Payments posted by the end of the day that no remittance has told of, and those taken back by then that none has taken back.
OPEN = """
    SELECT p.id, a.id, p.method, p.effective_on, (p.posted_at AT TIME ZONE %(zone)s)::date,
           (p.reversed_at AT TIME ZONE %(zone)s)::date, p.reversed_at < %(end)s AS taken_back, a.commission_plan,
           a.legal_fee_rate, a.placed_amount, a.placed_on - COALESCE(a.first_delinquency_on, a.due_on, a.placed_on),
           EXISTS (SELECT FROM accounts_statustransition s WHERE s.account_id = a.id AND s.to_status = 'legal' AND s.at <= p.posted_at),
           e.principal, e.interest, e.fees, e.costs, l.commission, l.percent
    FROM payments_payment p JOIN accounts_account a ON a.id = p.account_id
    CROSS JOIN LATERAL (SELECT
        -COALESCE(sum(amount) FILTER (WHERE bucket = 'principal'), 0) AS principal,
        -COALESCE(sum(amount) FILTER (WHERE bucket = 'interest'), 0) AS interest,
        -COALESCE(sum(amount) FILTER (WHERE bucket = 'fees'), 0) AS fees,
        -COALESCE(sum(amount) FILTER (WHERE bucket = 'costs'), 0) AS costs
        FROM accounts_ledgerentry WHERE posting = p.posting) e
    LEFT JOIN payments_remittanceline l ON l.payment_id = p.id AND l.kind <> 'reversal'
    WHERE a.client_id = %(client)s AND p.posted_at < %(end)s
      AND (l.id IS NULL OR (p.reversed_at < %(end)s
           AND NOT EXISTS (SELECT FROM payments_remittanceline r WHERE r.payment_id = p.id AND r.kind = 'reversal')))
    ORDER BY p.posted_at, p.id
"""


@dataclass(slots=True)
class _Totals:
    collected: Decimal = ZERO
    direct: Decimal = ZERO
    commission: Decimal = ZERO

    def add(self, line: RemittanceLine, direct: bool) -> None:
        if direct:
            self.direct += line.amount
        else:
            self.collected += line.amount
        self.commission += line.commission


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be closed. ``fee``: what is kept of the client's money; ``due`` and ``invoiced`` are never below zero."""

    lines: list[RemittanceLine]
    collected: Decimal
    direct: Decimal
    commission: Decimal
    fee: Decimal
    due: Decimal
    invoiced: Decimal


def draft(*, client: Client, through_on: date) -> Draft:
    """Two reads, whatever the number of payments; nothing is written."""
    zone = business_zone()
    end = datetime.combine(through_on + timedelta(days=1), time.min, zone)
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"client": client.pk, "end": end, "zone": str(zone)})
        rows = cursor.fetchall()
    schedules = _schedules(client)
    lines: list[RemittanceLine] = []
    totals = _Totals()
    for row in rows:
        for line, direct in _lines(row, schedules):
            line.number = len(lines) + 1
            lines.append(line)
            totals.add(line, direct)
    return _summed(client, lines, totals)


def _summed(client: Client, lines: list[RemittanceLine], totals: _Totals) -> Draft:
    collected, earned = totals.collected, totals.commission
    if client.remits == Remits.GROSS:
        fee, due = ZERO, max(collected, ZERO)
        invoiced = max(earned, ZERO) + max(-collected, ZERO)
    else:
        fee = min(earned, max(collected, ZERO)) if earned > 0 else earned
        due = max(collected - earned, ZERO)
        invoiced = max(earned - collected, ZERO)
    return Draft(lines, collected, totals.direct, earned, fee, due, invoiced)


def _schedules(client: Client) -> dict[str, list[tuple[date, list[Rule]]]]:
    """By plan, the newest first."""
    rules: dict[int, list[Rule]] = defaultdict(list)
    for row in FeeRule.objects.filter(schedule__client=client).order_by("schedule_id", "position"):
        rules[row.schedule_id].append(Rule(row.percent, row.flat, row.stage, row.age_days, row.placed_amount))
    found: dict[str, list[tuple[date, list[Rule]]]] = defaultdict(list)
    for schedule in FeeSchedule.objects.filter(client=client).order_by("code", "-from_on"):
        found[schedule.code].append((schedule.from_on, rules[schedule.pk]))
    return found


def _lines(
    row: tuple[Any, ...], schedules: dict[str, list[tuple[date, list[Rule]]]]
) -> Iterable[tuple[RemittanceLine, bool]]:
    (pk, account, method, effective_on, posted_on, reversed_on, taken_back, plan, legal_rate, placed, age, was_legal,
     principal, interest, fees, costs, told, percent) = row  # fmt: skip
    split = {"principal": principal, "interest": interest, "fees": fees, "costs": costs}
    amount, direct = principal + interest + fees + costs, method == Method.CLIENT
    common = {"payment_id": pk, "account_id": account, "effective_on": effective_on}
    if told is None:
        stage = Stage.LEGAL if was_legal else Stage.REGULAR
        rule = rule_for(Case(stage, age, placed, legal_rate), _rules(schedules, plan, effective_on))
        told, percent = commission(amount, rule), rule.percent if rule else ZERO
        kind = LineKind.DIRECT if direct else LineKind.PAID_US
        yield (
            RemittanceLine(
                kind=kind,
                posted_on=posted_on,
                amount=amount,
                percent=percent,
                commission=told,
                **split,
                **common,
            ),
            direct,
        )
    if taken_back:
        back = {name: -value for name, value in split.items()}
        yield (
            RemittanceLine(
                kind=LineKind.REVERSAL,
                posted_on=reversed_on,
                amount=-amount,
                percent=percent,
                commission=-told,
                **back,
                **common,
            ),
            direct,
        )


def _rules(schedules: dict[str, list[tuple[date, list[Rule]]]], plan: str, on: date) -> list[Rule]:
    """Of the plan that the account names, else the standard one, as it stood on the payment's day."""
    dated = schedules.get(plan) or schedules.get("") or []
    return next((rules for from_on, rules in dated if from_on <= on), [])


def last_month_end(today: date) -> date:
    return today.replace(day=1) - timedelta(days=1)


def visible_remittances(user: User) -> QuerySet[Remittance]:
    """Every client's with the right to see every portfolio; else those of one's own clients."""
    found = Remittance.objects.select_related("client", "closed_by", "paid_by")
    if user.has_perm("accounts.view_all_portfolios"):
        return found
    return found.filter(client__members=user)


@transaction.atomic
def close_remittance(*, client: Client, through_on: date, by: User | None, at: datetime) -> Remittance:
    """Everything up to the end of ``through_on``, a day that is over. Raises RemittanceRefused: nothing to tell, or closed already."""
    locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if through_on >= business_today(at):
        raise RemittanceRefused("Close it up to a day that is over.")
    newest = Remittance.objects.filter(client=locked).order_by("-through_on").first()
    if newest is not None and newest.through_on >= through_on:
        raise RemittanceRefused(
            f"{newest.number} is closed; the next one ends after {newest.through_on:%d %b %Y}."
        )
    found = draft(client=locked, through_on=through_on)
    if not found.lines:
        raise RemittanceRefused("Nothing was posted since the last remittance.")
    remittance = Remittance.objects.create(
        client=locked, through_on=through_on, remits=locked.remits, collected=found.collected, direct=found.direct,
        commission=found.commission, due=found.due, invoiced=found.invoiced, lines_count=len(found.lines), closed_at=at,
        closed_by=by,
    )  # fmt: skip
    for line in found.lines:
        line.remittance = remittance
    RemittanceLine.objects.bulk_create(found.lines, batch_size=5000)
    if found.fee:
        earn(remittance=remittance, amount=found.fee, by=by, at=at)
    return remittance


@transaction.atomic
def pay_remittance(
    *, remittance: Remittance, paid_on: date, reference: str, by: User, at: datetime
) -> Remittance:
    """Records by which transfer the client was paid, once, and by somebody else than who closed it."""
    locked = Remittance.objects.select_for_update(of=("self",)).select_related("client").get(pk=remittance.pk)
    if locked.status == RemittanceStatus.PAID:
        raise RemittanceRefused(f"{locked.number} was paid on {locked.paid_on:%d %b %Y}.")
    if locked.closed_by_id == by.pk:
        raise RemittanceRefused("Whoever closed it does not pay it; a colleague does.")
    if paid_on > business_today(at):
        raise RemittanceRefused("The day lies in the future; record what was paid.")
    if not reference.strip():
        raise RemittanceRefused("Give the number of the transfer.")
    refuse_cards(RemittanceRefused, reference)
    locked.status, locked.paid_on, locked.paid_by = RemittanceStatus.PAID, paid_on, by
    locked.reference = reference.strip()[:80]
    locked.save(update_fields=["status", "paid_on", "paid_by", "reference"])
    if locked.due:
        remit(remittance=locked, by=by, at=at)
    return locked
