"""What is owed, and the ledger it stands in."""

from accounts.models.accounts import (
    OPEN_STATUSES,
    Account,
    AccountParty,
    Client,
    ClientMember,
    ClientTeam,
    Document,
    NextRef,
    Placement,
    StatusTransition,
)
from accounts.models.amounts import money, percent
from accounts.models.ledger import Accrual, InterestLimit, InterestTerm, Judgment, LedgerEntry

__all__ = [
    "OPEN_STATUSES",
    "Account",
    "AccountParty",
    "Accrual",
    "Client",
    "ClientMember",
    "ClientTeam",
    "Document",
    "InterestLimit",
    "InterestTerm",
    "Judgment",
    "LedgerEntry",
    "NextRef",
    "Placement",
    "StatusTransition",
    "money",
    "percent",
]
