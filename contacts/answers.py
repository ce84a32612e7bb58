"""Answers to disputes on their way: a dispute ends by one that has left, and stands again when it came back (12 CFR 1006.38(d)(2))."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.disputes import end_by_answer, reopen_dispute
from compliance.models import Dispute
from contacts.enums import MessageStatus
from contacts.models import Message

LEFT = frozenset({MessageStatus.HANDED_OVER, MessageStatus.DELIVERED})
BACK = frozenset({MessageStatus.BOUNCED, MessageStatus.RETURNED})


def settle_answers(*, message_ids: Sequence[int], at: datetime) -> None:
    """After messages have left or come back: what they answer is ended by any answer that has left and not come back, else open."""
    answered = Message.objects.filter(pk__in=message_ids, answers__isnull=False).values("answers")
    for dispute in Dispute.objects.filter(pk__in=answered):
        messages = list(dispute.messages.order_by("-pk"))
        left = next((m for m in messages if m.status in LEFT), None)
        if left is not None:
            end_by_answer(
                dispute=dispute,
                sent=f"Answered by {left.get_channel_display().lower()} {left.pk}",
                by=left.queued_by,
                at=at,
            )
        elif any(message.status in BACK for message in messages):
            reopen_dispute(dispute=dispute, reason="The answer came back", at=at)
