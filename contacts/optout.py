"""The signed link by which a person opts an e-mail address out (1006.6(e)): no sign-in, no fee, no further question."""

from __future__ import annotations

from django.core import signing

from contacts.agency import public_url

SALT = "contacts.optout"


class BadLink(Exception):
    """The link is not one of ours, or it was cut."""

    code = "bad_link"


def make_token(debtor_id: int, address: str) -> str:
    """Never expires: an old e-mail must still work."""
    return signing.dumps([debtor_id, address], salt=SALT)


def read_token(token: str) -> tuple[int, str]:
    try:
        debtor_id, address = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadLink("This link is not complete. Please open it again from the e-mail.") from error
    return int(debtor_id), str(address)


def opt_out_url(debtor_id: int, address: str) -> str:
    return f"{public_url()}/p/opt-out/{make_token(debtor_id, address)}/"
