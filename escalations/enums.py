from django.db import models


class EscalationKind(models.TextChoices):
    SUPERVISOR_CALL = "supervisor_call", "Wants a supervisor"
    COMPLAINT = "complaint", "Complaint"
    DISPUTE_REVIEW = "dispute_review", "Dispute review"
    SETTLEMENT = "settlement", "Settlement above authority"
    PLAN = "plan", "Plan above authority"
    CORRECTION = "correction", "Write-off or adjustment"
    HARDSHIP = "hardship", "Hardship"
    LEGAL_REVIEW = "legal_review", "Legal review"
    STRATEGY = "strategy", "Raised by the strategy"
    OTHER = "other", "Other"


class EscalationStatus(models.TextChoices):
    OPEN = "open", "Open"
    TAKEN = "taken", "Taken over"
    RETURNED = "returned", "Returned to the rep"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class DecisionVerb(models.TextChoices):
    APPROVE = "approve", "Approve"
    DECLINE = "decline", "Decline"
    RETURN = "return", "Return with a question"
    TAKE_OVER = "take_over", "Take over"
