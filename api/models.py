"""Access tokens, kept as hashes, and the answers given under an Idempotency-Key."""

from __future__ import annotations

from django.db import models

from core.fields import EncryptedTextField


class ApiToken(models.Model):
    """``digest`` is the SHA-256 of the token; the token itself is shown once and kept nowhere."""

    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("state_instant", "Can state, over the API, that an act happened earlier than now")]

    def __str__(self) -> str:
        return f"Token {self.pk} of {self.user}"


class IdempotencyRecord(models.Model):
    """One POST under a key, with its answer; ``status`` null: not answered yet. Answers may hold an SSN: encrypted."""

    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    path = models.CharField(max_length=300)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    response = EncryptedTextField(blank=True, default="")
    content_type = models.CharField(max_length=60, default="application/json")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return self.key
