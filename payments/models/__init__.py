"""Promised, agreed and paid."""

from payments.models.agreements import LIVE, Agreement, AgreementJudgment, AgreementStep
from payments.models.promises import Promise, PromiseJudgment
from payments.models.receipts import Correction, Payment, Refund
from payments.models.trust import FeeRule, FeeSchedule, Remittance, RemittanceLine, TrustEntry

__all__ = [
    "LIVE",
    "Agreement",
    "AgreementJudgment",
    "AgreementStep",
    "Correction",
    "FeeRule",
    "FeeSchedule",
    "Payment",
    "Promise",
    "PromiseJudgment",
    "Refund",
    "Remittance",
    "RemittanceLine",
    "TrustEntry",
]
