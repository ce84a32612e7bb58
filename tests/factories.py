"""Plain functions that make rows as tests need them, with sensible values for whatever is not said."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group

from accounts.enums import Bucket
from accounts.models import Account, Client, Placement
from accounts.services import create_placement, place_account
from debtors.models import Address, Debtor, Email, Phone
from escalations.models import Escalation
from escalations.services import raise_escalation
from payments.models import Promise
from payments.services import record_promise
from users.models import Team, User
from users.roles import Role
from users.services import give_role, sync_roles
from worklists.models import Queue, Task
from worklists.services import add_task, ensure_queues

AT = datetime(2026, 4, 7, 15, 0, tzinfo=UTC)
TODAY = date(2026, 4, 7)
PASSWORD = "demo-demo-demo"

_numbers = itertools.count(1)


def make_team(name: str = "Desk one", slug: str = "desk-one") -> Team:
    return Team.objects.get_or_create(slug=slug, defaults={"name": name})[0]


def make_user(
    role: str | None = "rep", *, username: str = "", team: Team | None = None, **fields: Any
) -> User:
    """A user of the role (rep, supervisor, compliance, payment_poster or poster, admin, client), in the default team.

    Role None: somebody who may do nothing.
    """
    if not Group.objects.filter(name=Role.REP).exists():
        sync_roles()
    user = User.objects.create_user(
        username=username or f"{role or 'nobody'}-{next(_numbers)}",
        password=PASSWORD,
        team=team if team is not None or role == "client" else make_team(),
        **fields,
    )
    if role is not None:
        give_role(user=user, role=Role("payment_poster" if role == "poster" else role))
    return user


def make_client(code: str = "lakeside", *, team: Team | None = None, **fields: Any) -> Client:
    client, _ = Client.objects.get_or_create(code=code, defaults={"name": f"{code.title()} Dental", **fields})
    client.teams.add(team or make_team())
    return client


def make_placement(
    client: Client | None = None, *, placed_on: date = date(2026, 1, 5), batch: str = ""
) -> Placement:
    return create_placement(
        client=client or make_client(),
        batch=batch or f"2026-01-{next(_numbers):04d}",
        placed_on=placed_on,
        by=None,
    )


def make_debtor(name: str = "Marisol Whitaker", **fields: Any) -> Debtor:
    return Debtor.objects.create(
        name=name, **{"state": "NY", "zones": ["America/New_York"], "tax_id_last4": "4471", **fields}
    )


def make_account(
    *,
    client: Client | None = None,
    debtor: Debtor | None = None,
    placement: Placement | None = None,
    principal: str | Decimal = "1000.00",
    interest: str | Decimal = "0.00",
    fees: str | Decimal = "0.00",
    costs: str | Decimal = "0.00",
    at: datetime = AT,
    **fields: Any,
) -> Account:
    """An account on the ledger, of a debtor in New York, in the default team's portfolio."""
    return place_account(
        placement=placement or make_placement(client),
        debtor=debtor or make_debtor(),
        fields={
            "client_reference": f"{next(_numbers):08d}",
            "team": make_team(),
            "due_on": date(2025, 12, 1),
            **fields,
        },
        buckets={
            Bucket.PRINCIPAL: Decimal(principal),
            Bucket.INTEREST: Decimal(interest),
            Bucket.FEES: Decimal(fees),
            Bucket.COSTS: Decimal(costs),
        },
        by=None,
        at=at,
    )


def make_phone(debtor: Debtor, number: str = "+12125550148", **fields: Any) -> Phone:
    return Phone.objects.create(
        debtor=debtor, number=number, **{"kind": "mobile", "status": "good", **fields}
    )


def make_address(debtor: Debtor, **fields: Any) -> Address:
    return Address.objects.create(
        debtor=debtor,
        **{
            "line1": "812 E 14th St",
            "city": "New York",
            "state": "NY",
            "zip": "10009",
            "status": "good",
            **fields,
        },
    )


def make_email(debtor: Debtor, address: str = "marisol@example.com", **fields: Any) -> Email:
    return Email.objects.create(debtor=debtor, address=address, **{"status": "good", **fields})


def make_task(
    account: Account, *, queue: Queue | None = None, kind: str = "call", at: datetime = AT, **fields: Any
) -> Task:
    return add_task(
        account=account,
        queue=queue or ensure_queues()["calls"],
        kind=kind,
        reason=fields.pop("reason", "Call about the balance"),
        due_at=fields.pop("due_at", at),
        by=None,
        at=at,
        **fields,
    )


def make_promise(
    account: Account, *, by: User, amount: str = "150.00", due_on: date = TODAY, at: datetime = AT
) -> Promise:
    return record_promise(account=account, amount=Decimal(amount), due_on=due_on, how="check", by=by, at=at)


def make_escalation(account: Account, *, by: User, kind: str = "hardship", at: datetime = AT) -> Escalation:
    return raise_escalation(account=account, kind=kind, reason="Asks for half", amount=None, by=by, at=at)
