"""Reads of accounts: who may see which, what was owed when, and search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Sum, Value, When

from accounts.enums import Bucket
from accounts.models import Account, AccountParty, Client, LedgerEntry
from debtors.models import Debtor
from debtors.selectors import search
from users.models import User


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What of the book somebody may see: every account, those of their clients (client people), or those of their team.

    An account belongs to the team that stands on it; without one, to the teams of its client.
    """

    everything: bool = False
    own_clients: tuple[int, ...] = ()
    team_id: int | None = None
    team_clients: tuple[int, ...] = ()

    def condition(self) -> Q:
        """On rows that carry ``client_id`` and ``team_id``: accounts, and whatever keeps a copy of the two."""
        if self.everything:
            return Q()
        if self.own_clients:
            return Q(client_id__in=self.own_clients)
        if self.team_id is None:
            return Q(pk__in=[])
        return Q(team_id=self.team_id) | Q(team_id__isnull=True, client_id__in=self.team_clients)


def portfolio_of(user: User) -> Portfolio:
    """One query, kept on ``user`` as their permissions are; a user without team, client or right sees nothing."""
    kept: Portfolio | None = getattr(user, "_portfolio", None)
    if kept is None:
        kept = user._portfolio = _portfolio(user)  # type: ignore[attr-defined]
    return kept


def _portfolio(user: User) -> Portfolio:
    if user.has_perm("accounts.view_all_portfolios"):
        return Portfolio(everything=True)
    if not user.has_perm("accounts.view_account"):
        return Portfolio()
    own = Client.members.through.objects.filter(user=user).values_list(Value("own"), "client_id")
    team = Client.teams.through.objects.filter(team=user.team_id).values_list(Value("team"), "client_id")
    clients: dict[str, list[int]] = {"own": [], "team": []}
    for kind, client_id in own.union(team).order_by("client_id"):
        clients[kind].append(client_id)
    return Portfolio(
        own_clients=tuple(clients["own"]), team_id=user.team_id, team_clients=tuple(clients["team"])
    )


def visible_accounts(user: User) -> QuerySet[Account]:
    """The accounts of the user's portfolio. THE scoping: no list of accounts is made without it."""
    return Account.objects.filter(portfolio_of(user).condition())


def visible_debtors(user: User) -> QuerySet[Debtor]:
    """Whoever owes an account that this user may see, as its debtor or beside them."""
    if user.has_perm("accounts.view_all_portfolios"):
        return Debtor.objects.all()
    mine = visible_accounts(user)
    owes = mine.filter(debtor=OuterRef("pk"))
    owes_too = AccountParty.objects.filter(debtor=OuterRef("pk"), account__in=mine)
    return Debtor.objects.filter(Exists(owes) | Exists(owes_too))


def balance_as_of(account_id: int, on: date) -> dict[str, Decimal]:
    """What was owed at the end of ``on``, by bucket, from the entries effective by then (one index-only scan)."""
    rows = (
        LedgerEntry.objects.filter(account_id=account_id, effective_on__lte=on)
        .values_list("bucket")
        .annotate(total=Sum("amount"))
    )
    totals = dict(rows)
    return {bucket: totals.get(bucket, Decimal("0.00")) for bucket in Bucket.values}


@dataclass(frozen=True, slots=True)
class Since:
    """What came upon an account since its placement, as a validation notice itemizes it; reversals are taken off their own kind."""

    interest: Decimal = Decimal("0.00")
    fees: Decimal = Decimal("0.00")
    payments: Decimal = Decimal("0.00")
    credits: Decimal = Decimal("0.00")


SINCE = """
    SELECT account_id, COALESCE(sum(amount) FILTER (WHERE line = 'interest'), 0.00),
           COALESCE(sum(amount) FILTER (WHERE line = 'fees'), 0.00),
           COALESCE(-sum(amount) FILTER (WHERE line = 'payments'), 0.00),
           COALESCE(-sum(amount) FILTER (WHERE line = 'credits'), 0.00)
    FROM (SELECT e.account_id, e.amount,
                 CASE COALESCE(o.kind, e.kind)
                     WHEN 'payment' THEN 'payments' WHEN 'interest' THEN 'interest'
                     WHEN 'write_off' THEN 'credits'
                     WHEN 'adjustment' THEN CASE WHEN COALESCE(o.amount, e.amount) < 0 THEN 'credits'
                                                 WHEN e.bucket = 'interest' THEN 'interest' ELSE 'fees' END
                     ELSE 'fees' END AS line
          FROM accounts_ledgerentry e LEFT JOIN accounts_ledgerentry o ON o.id = e.reverses_id
          WHERE e.account_id = ANY(%s) AND COALESCE(o.kind, e.kind) <> 'placement') entry
    GROUP BY account_id
"""


def since_placement(account_ids: Sequence[int]) -> dict[int, Since]:
    """By account; nothing of those whose ledger holds their placement only."""
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [list(account_ids)])
        return {pk: Since(*sums) for pk, *sums in cursor.fetchall()}


def search_accounts(user: User, text: str, limit: int = 20) -> list[Account]:
    """Accounts by reference (ours, the client's, an earlier one), or by what is known of whoever owes: name, number, e-mail, SSN.

    Best first, and nothing outside of the user's portfolio.
    """
    text = " ".join(text.split())
    if len(text) < 2:
        return []
    visible = visible_accounts(user).select_related("debtor", "client")
    found = list(visible.filter(_by_reference(text)).order_by("pk")[:limit])
    seen = {account.pk for account in found}
    ids = search(text, limit=limit, only=None if portfolio_of(user).everything else visible_debtors(user))
    if ids and len(found) < limit:
        owed = _owed_by(visible, ids)[: limit + len(found)]
        found += [account for account in owed if account.pk not in seen]
    return found[:limit]


def _by_reference(text: str) -> Q:
    ours = re.fullmatch(r"[Aa]-?(\d{1,8})|(\d{5,8})", text)
    ref = f"A-{(ours[1] or ours[2]).zfill(8)}" if ours else text.upper()
    theirs = {text, text.upper()}
    return Q(ref=ref) | Q(client_reference__in=theirs) | Q(prior_reference__in=theirs)


def _owed_by(visible: QuerySet[Account], ids: Sequence[int]) -> QuerySet[Account]:
    """The accounts of these debtors, in the debtors' order, whether they owe first or beside another."""
    beside = dict(AccountParty.objects.filter(debtor_id__in=ids).values_list("account_id", "debtor_id"))
    place = {pk: number for number, pk in enumerate(ids)}
    rank = Case(
        *(When(debtor_id=pk, then=Value(number)) for pk, number in place.items()),
        *(When(pk=pk, then=Value(place[debtor])) for pk, debtor in beside.items()),
        output_field=IntegerField(),
    )
    owed = visible.filter(Q(debtor_id__in=ids) | Q(pk__in=beside))
    return owed.annotate(rank=rank).order_by("rank", "-balance", "pk")
