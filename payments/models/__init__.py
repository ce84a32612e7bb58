"""Promised, agreed and paid."""

from payments.models.agreements import LIVE, Agreement, AgreementJudgment, AgreementStep
from payments.models.promises import Promise, PromiseJudgment
from payments.models.receipts import Correction, Payment, Refund

__all__ = [
    "LIVE",
    "Agreement",
    "AgreementJudgment",
    "AgreementStep",
    "Correction",
    "Payment",
    "Promise",
    "PromiseJudgment",
    "Refund",
]
