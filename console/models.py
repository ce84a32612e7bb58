"""What the console itself has to remember."""

from __future__ import annotations

from django.db import models


class SentForm(models.Model):
    """A form that was sent and done, by the token it carried: the same one again is not done again."""

    user = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+")
    token = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="form_sent_once")]

    def __str__(self) -> str:
        return self.token
