"""Thin tasks: each makes one call of the domain, again and again until nothing is left, with a fresh clock each time."""

from __future__ import annotations

from celery import shared_task

from contacts.draining import drain, print_all
from core.audit import audit_actor
from core.clock import now


@shared_task(name="contacts.send_due")
def send_due_task() -> dict[str, int]:
    """Safe to run twice, at once or in parts: a message is leased by one worker only."""
    with audit_actor(None, "task:contacts.send_due"):
        return drain(clock=now)


@shared_task(name="contacts.render_letters")
def render_letters_task() -> int:
    """Letters that are due become PDFs, and the PDFs print batches. Returns how many batches."""
    with audit_actor(None, "task:contacts.render_letters"):
        drain(clock=now, channel="letter")
        return len(print_all(clock=now, by=None))
