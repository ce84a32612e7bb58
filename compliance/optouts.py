"""What an opt-out takes back besides: consent to the medium, and the ground on which an address was used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction

from compliance.enums import Channel, HoldKind, Medium, RecordSource
from compliance.models import AddressBasis, Consent, Hold, OptOut
from compliance.services import place_hold
from debtors.models import Debtor
from users.models import User

GROUNDS: dict[str, tuple[str, ...]] = {
    Medium.EMAIL: ("EMAIL_",),
    Medium.TEXT: ("SMS_",),
    Medium.ALL: ("EMAIL_", "SMS_"),
}


@transaction.atomic
def revoke_for(*, opt_out: OptOut, same: Callable[[str], bool], at: datetime) -> int:
    """The same instant the opt-out was received (47 CFR 64.1200(a)(10)). ``same``: whether it speaks of an address. How many ended."""
    consents = [
        consent
        for consent in Consent.objects.select_for_update().filter(
            debtor_id=opt_out.debtor_id, revoked_at__isnull=True, given_at__lte=opt_out.at
        )
        if _covers(opt_out, consent) and (not consent.address or same(consent.address))
    ]
    for consent in consents:
        consent.revoked_at = opt_out.at
        consent.save(update_fields=["revoked_at"])
    return len(consents) + _end_grounds(opt_out, same, at)


@transaction.atomic
def stop_at_work(*, debtor: Debtor, note: str, on: date, by: User | None, at: datetime) -> Hold:
    """“I can't take personal calls at work” suffices (comment 6(b)(3)-1). Saying it twice changes nothing."""
    locked = Debtor.objects.select_for_update().get(pk=debtor.pk)
    standing = Hold.objects.filter(
        debtor=locked, account=None, kind=HoldKind.EMPLOYER_PROHIBITED, until_on__isnull=True
    )
    return standing.first() or place_hold(
        debtor=locked, account=None, kind=HoldKind.EMPLOYER_PROHIBITED, from_on=on,
        source=RecordSource.CONSUMER_CALL, note=note, by=by, at=at,
    )  # fmt: skip


def _covers(opt_out: OptOut, consent: Consent) -> bool:
    """Texts stopped at a number take back consent to be dialed there by machine too; a promise to be called back stands."""
    if opt_out.medium in (consent.channel, Medium.ALL):
        return True
    return opt_out.medium == Medium.TEXT and consent.channel == Channel.CALL and bool(consent.address)


def _end_grounds(opt_out: OptOut, same: Callable[[str], bool], at: datetime) -> int:
    grounds = [
        ground
        for ground in AddressBasis.objects.select_for_update().filter(
            debtor_id=opt_out.debtor_id, withdrawn_at__isnull=True
        )
        if ground.basis.startswith(GROUNDS.get(opt_out.medium, ("none",))) and same(ground.address)
    ]
    for ground in grounds:
        ground.withdrawn_at = at
        ground.save(update_fields=["withdrawn_at"])
    return len(grounds)
