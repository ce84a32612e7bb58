from django.db import models

from compliance.enums import Channel

__all__ = ["CallOutcome", "Channel", "Direction", "MessageStatus", "TemplateStatus"]


class Direction(models.TextChoices):
    OUT = "out", "Outgoing"
    IN = "in", "Incoming"


class CallOutcome(models.TextChoices):
    """Coded result of a call. DIALING: placed and allowed, result not yet logged; it counts as an unanswered call."""

    DIALING = "dialing", "Dialing"
    NO_ANSWER = "no_answer", "No answer"
    VOICEMAIL = "voicemail", "Voicemail, no message"
    LIMITED_CONTENT_MESSAGE = "limited_content_message", "Limited-content message left"
    BUSY = "busy", "Busy"
    NOT_IN_SERVICE = "not_in_service", "Not in service"
    DROPPED = "dropped", "Answered, dropped"
    CONVERSATION = "conversation", "Spoke with the right party"
    RINGLESS_VOICEMAIL = "ringless_voicemail", "Ringless voicemail"
    WRONG_NUMBER = "wrong_number", "Wrong number"


class MessageStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    LEASED = "leased", "Being sent"
    HANDED_OVER = "handed_over", "Handed over"
    DELIVERED = "delivered", "Delivered"
    BOUNCED = "bounced", "Bounced"
    RETURNED = "returned", "Returned"
    FAILED = "failed", "Failed"
    UNCERTAIN = "uncertain", "Uncertain"
    STOPPED = "stopped", "Stopped by the gate"
    CANCELLED = "cancelled", "Cancelled"


class TemplateStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    RETIRED = "retired", "Retired"
