from django.db import models


class ClientKind(models.TextChoices):
    AGENCY = "agency", "Third-party placement"
    PURCHASED = "purchased", "Purchased debt"
    FIRST_PARTY = "first_party", "First party"


class DebtType(models.TextChoices):
    CARD = "card", "Card"
    LOAN = "loan", "Loan"
    MEDICAL = "medical", "Medical"
    UTILITY = "utility", "Utility"
    TELECOM = "telecom", "Telecom"
    RENT = "rent", "Rent"
    STUDENT = "student", "Student loan"
    AUTO = "auto", "Auto deficiency"
    COMMERCIAL = "commercial", "Commercial"
    OTHER = "other", "Other"


class ItemizationType(models.TextChoices):
    LAST_STATEMENT = "last_statement", "Last statement"
    CHARGE_OFF = "charge_off", "Charge-off"
    LAST_PAYMENT = "last_payment", "Last payment"
    TRANSACTION = "transaction", "Transaction"
    JUDGMENT = "judgment", "Judgment"


class Remits(models.TextChoices):
    NET = "net", "Net: our fee is kept"
    GROSS = "gross", "Gross: our fee is invoiced"


class PlacementStatus(models.TextChoices):
    LOADED = "loaded", "Loaded"
    UNDONE = "undone", "Undone"


class AccountStatus(models.TextChoices):
    NEW = "new", "New"
    ACTIVE = "active", "Active"
    PROMISED = "promised", "Promise to pay"
    DISPUTED = "disputed", "Disputed"
    LEGAL = "legal", "Legal"
    HELD = "held", "On hold"
    PAID = "paid", "Paid in full"
    SETTLED = "settled", "Settled"
    RECALLED = "recalled", "Recalled"
    CLOSED = "closed", "Closed, returned"


class PartyRole(models.TextChoices):
    PRIMARY = "primary", "Primary"
    JOINT = "joint", "Co-debtor"
    GUARANTOR = "guarantor", "Guarantor"
    AUTHORISED_USER = "authorised_user", "Authorised user"


class Bucket(models.TextChoices):
    PRINCIPAL = "principal", "Principal"
    INTEREST = "interest", "Interest"
    FEES = "fees", "Fees"
    COSTS = "costs", "Costs"


class EntryKind(models.TextChoices):
    PLACEMENT = "placement", "Placed"
    PAYMENT = "payment", "Payment"
    REVERSAL = "reversal", "Reversal"
    ADJUSTMENT = "adjustment", "Adjustment"
    INTEREST = "interest", "Interest"
    FEE = "fee", "Fee"
    COST = "cost", "Cost"
    WRITE_OFF = "write_off", "Written off"
    REPLAY = "replay", "Derived anew"


class DayCount(models.TextChoices):
    FIXED_365 = "365", "Actual days over 365"
    ACTUAL = "actual", "Actual days over 365, in leap years over 366"
    FIXED_360 = "360", "Actual days over 360"
    THIRTY_360 = "30/360", "Months of 30 days over 360"
