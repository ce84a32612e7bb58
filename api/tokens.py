"""Making access tokens and finding their user."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from api.models import ApiToken
from users.models import User

PREFIX = "crm_"


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def create_token(*, user: User, at: datetime) -> str:
    """The token in clear, the only time it can be had.

    The prefix says whose it is to whoever finds one lying about, and keeps it from beginning with a hyphen,
    which a command line would read as an option.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, digest=digest_of(token), created_at=at)
    return token


def find_token(token: str) -> ApiToken | None:
    standing = ApiToken.objects.select_related("user").filter(revoked_at__isnull=True, user__is_active=True)
    return standing.filter(digest=digest_of(token)).first()
