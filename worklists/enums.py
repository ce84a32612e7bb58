from django.db import models


class TaskKind(models.TextChoices):
    CALL = "call", "Call"
    CALLBACK = "callback", "Callback"
    PROMISE_BROKEN = "promise_broken", "Broken promise"
    REVIEW = "review", "Review"
    MERGE_FIELD = "merge_field", "Letter could not be written"
    DELIVERY_PROBLEM = "delivery_problem", "Delivery problem"
    COMPLIANCE = "compliance", "Compliance"
    TRANSLATION = "translation", "Notice in Spanish"


class TaskStatus(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"
