from django.db import models

from accounts.enums import Remits

__all__ = [
    "AgreementKind",
    "AgreementStatus",
    "AgreementVerb",
    "Book",
    "CorrectionKind",
    "DecisionStatus",
    "Every",
    "LineKind",
    "Method",
    "PaymentStatus",
    "PromiseStatus",
    "RefundStatus",
    "Remits",
    "RemittanceStatus",
    "Stage",
]


class Method(models.TextChoices):
    CHECK = "check", "Check"
    CASH = "cash", "Cash"
    MONEY_ORDER = "money_order", "Money order"
    WIRE = "wire", "Wire or bank transfer"
    CARD = "card", "Card, taken elsewhere"
    CLIENT = "client", "Paid to the client"


class PaymentStatus(models.TextChoices):
    POSTED = "posted", "Posted"
    REVERSED = "reversed", "Reversed"


class PromiseStatus(models.TextChoices):
    OPEN = "open", "Open"
    KEPT = "kept", "Kept"
    PARTLY_KEPT = "partly_kept", "Partly kept"
    BROKEN = "broken", "Broken"
    CANCELLED = "cancelled", "Cancelled"


class AgreementKind(models.TextChoices):
    PLAN = "plan", "Payment plan"
    SETTLEMENT = "settlement", "Settlement"


class AgreementStatus(models.TextChoices):
    PROPOSED = "proposed", "Waits for approval"
    OFFERED = "offered", "Offered"
    ACTIVE = "active", "In force"
    KEPT = "kept", "Kept"
    BROKEN = "broken", "Broken"
    LAPSED = "lapsed", "Lapsed"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REPLACED = "replaced", "Replaced by a new schedule"


class AgreementVerb(models.TextChoices):
    OFFER = "offer", "Offered"
    COUNTER = "counter", "Countered"
    APPROVE = "approve", "Approved"
    DECLINE = "decline", "Declined"
    ACCEPT = "accept", "Accepted"
    WITHDRAW = "withdraw", "Withdrawn"
    LAPSE = "lapse", "Lapsed"
    JUDGE = "judge", "Judged"
    REPLACE = "replace", "Replaced"


class Every(models.TextChoices):
    ONCE = "once", "Once"
    WEEK = "week", "Every week"
    TWO_WEEKS = "two_weeks", "Every two weeks"
    HALF_MONTH = "half_month", "Twice a month"
    MONTH = "month", "Every month"


class CorrectionKind(models.TextChoices):
    WRITE_OFF = "write_off", "Write-off"
    WAIVER = "waiver", "Waiver of fees or interest"
    ADJUSTMENT = "adjustment", "Adjustment"


class DecisionStatus(models.TextChoices):
    WAITING = "waiting", "Waits for approval"
    POSTED = "posted", "Posted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RefundStatus(models.TextChoices):
    WAITING = "waiting", "Waits for approval"
    APPROVED = "approved", "To be paid"
    PAID = "paid", "Paid"
    DECLINED = "declined", "Declined"
    CANCELLED = "cancelled", "Cancelled"


class Book(models.TextChoices):
    BANK = "bank", "Trust bank account"
    CLIENT = "client", "Clients' money"
    AGENCY = "agency", "Fees earned"
    REFUNDS = "refunds", "To be refunded"


class Stage(models.TextChoices):
    LEGAL = "legal", "Legal"
    REGULAR = "regular", "Not legal"


class RemittanceStatus(models.TextChoices):
    CLOSED = "closed", "To be paid"
    PAID = "paid", "Paid"


class LineKind(models.TextChoices):
    PAID_US = "paid_us", "Paid to us"
    DIRECT = "direct", "Paid to the client"
    REVERSAL = "reversal", "Taken back"
