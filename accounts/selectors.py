"""Reads of accounts: who may see which, what was owed when, and search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

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


def search_accounts(user: User, text: str, limit: int = 20) -> list[Account]:
    """Accounts by reference (ours or the client's), or by their debtor's name, number, e-mail or last four; best first."""
    text = " ".join(text.split())
    if len(text) < 2:
        return []
    visible = visible_accounts(user).select_related("debtor", "client")
    exact = visible.filter(Q(ref=text.upper()) | Q(client_reference=text))
    if re.fullmatch(r"[Aa]?-?\d{5,8}", text):
        digits = re.sub(r"\D", "", text)
        exact = visible.filter(Q(ref=f"A-{digits.zfill(8)}") | Q(client_reference=text))
    found = list(exact[:limit])
    ids = search(text, limit=limit)
    if ids:
        rank = Case(
            *(When(debtor_id=pk, then=Value(place)) for place, pk in enumerate(ids)),
            output_field=IntegerField(),
        )
        seen = {account.pk for account in found}
        owned = (
            visible.filter(debtor_id__in=ids)
            .annotate(rank=rank)
            .order_by("rank", "-balance")[: limit + len(found)]
        )
        found += [account for account in owned if account.pk not in seen]
    return found[:limit]
