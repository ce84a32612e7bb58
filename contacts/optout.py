"""The signed link by which a person opts an e-mail address out (1006.6(e)): no sign-in, no fee, no further question."""

from __future__ import annotations

from datetime import datetime

from django.core import signing

from compliance import services as compliance
from compliance.enums import Medium, RecordSource
from compliance.models import OptOut
from contacts.agency import public_url
from debtors.models import Debtor

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


def opt_out_by_link(*, token: str, at: datetime) -> OptOut:
    """Blocks the address for every debt of the person, at once. Twice is the same as once. Raises BadLink."""
    debtor_id, address = read_token(token)
    debtor = Debtor.objects.filter(pk=debtor_id).first()
    if debtor is None:
        raise BadLink("This link belongs to no file of ours any more.")
    return compliance.record_opt_out(
        debtor=debtor, medium=Medium.EMAIL, address=address, source=RecordSource.CONSUMER_ONLINE,
        note="opt-out link of an e-mail", by=None, at=at,
    )  # fmt: skip
