from django.db import models


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
