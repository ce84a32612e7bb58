"""Who owes: people and businesses, their names, addresses, numbers and relations."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from core.fields import EncryptedTextField
from core.history import append_only, audited
from debtors.enums import (
    AddressKind,
    DebtorKind,
    NameKind,
    PhoneKind,
    ReachStatus,
    RelationKind,
    Source,
)


@audited
class Debtor(models.Model):
    """A person or business who owes, or who stands in some relation to one who does.

    ``tax_id`` holds the SSN or EIN (digits only), encrypted; ``tax_id_index`` is its keyed blind index
    (exact search), ``tax_id_last4`` what is shown. ``zones`` are the candidate IANA zones in order, the residence
    zone first (regulation 1.3), kept by ``debtors.services.refresh_zones``; empty means unknown.
    """

    kind = models.CharField(max_length=10, choices=DebtorKind, default=DebtorKind.PERSON)
    name = models.CharField(max_length=200)
    prefix = models.CharField(max_length=20, blank=True, default="", db_default="")
    first_name = models.CharField(max_length=80, blank=True)
    middle_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    suffix = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=8, default="en")
    date_of_birth = models.DateField(null=True, blank=True)
    deceased_on = models.DateField(null=True, blank=True)
    tax_id = EncryptedTextField(blank=True, default="")
    tax_id_index = models.CharField(max_length=64, blank=True, default="")
    tax_id_last4 = models.CharField(max_length=4, blank=True, default="")
    state = models.CharField(max_length=2, blank=True, default="", help_text="state of residence, USPS code")
    zones = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        permissions = [("reveal_ssn", "Can see a full SSN or EIN, giving a reason")]
        indexes = [
            GinIndex(OpClass(Lower("name"), name="gin_trgm_ops"), name="debtor_name_trgm"),
            models.Index(fields=["tax_id_index"], condition=~Q(tax_id_index=""), name="debtor_tax_id_index"),
            models.Index(fields=["tax_id_last4"], condition=~Q(tax_id_last4=""), name="debtor_tax_id_last4"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="debtor_has_name",
                violation_error_message="A debtor needs a name.",
            ),
            models.CheckConstraint(
                condition=Q(tax_id_last4="") | Q(tax_id_last4__regex=r"^[0-9]{4}$"),
                name="debtor_tax_id_last4_digits",
                violation_error_message="The last four of an SSN or EIN are four digits.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_tax_id(self) -> str:
        """The SSN or EIN as screens show it; empty when none is known."""
        if not self.tax_id_last4:
            return ""
        return (
            f"•••-••-{self.tax_id_last4}" if self.kind == DebtorKind.PERSON else f"••-•••{self.tax_id_last4}"
        )


@audited
class DebtorName(models.Model):
    """A further name: former, alias or trading name. The current one stands on the debtor."""

    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="other_names")
    kind = models.CharField(max_length=10, choices=NameKind, default=NameKind.FORMER)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=10, choices=Source, default=Source.CLIENT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [GinIndex(OpClass(Lower("name"), name="gin_trgm_ops"), name="debtorname_name_trgm")]

    def __str__(self) -> str:
        return self.name


@audited
class Address(models.Model):
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="addresses")
    kind = models.CharField(max_length=10, choices=AddressKind, default=AddressKind.HOME)
    line1 = models.CharField(max_length=120)
    line2 = models.CharField(max_length=120, blank=True, default="")
    city = models.CharField(max_length=80)
    state = models.CharField(max_length=2)
    zip = models.CharField(max_length=10)
    country = models.CharField(max_length=2, default="US")
    is_current = models.BooleanField(default=True)
    since_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=ReachStatus, default=ReachStatus.UNKNOWN)
    source = models.CharField(max_length=10, choices=Source, default=Source.CLIENT)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.CheckConstraint(
                condition=Q(zip__regex=r"^[0-9]{5}(-[0-9]{4})?$") | ~Q(country="US"),
                name="address_zip_shape",
                violation_error_message="A US ZIP code is five digits, or ZIP+4.",
            )
        ]

    def __str__(self) -> str:
        return ", ".join(
            part for part in (self.line1, self.line2, f"{self.city}, {self.state} {self.zip}") if part
        )


@audited
class Phone(models.Model):
    """``number`` is E.164. ``consent`` to automated calls is a dated record in ``compliance``, not a flag here."""

    # phone_once_per_debtor begins with it
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="phones", db_index=False)
    number = models.CharField(max_length=16)
    kind = models.CharField(max_length=10, choices=PhoneKind, default=PhoneKind.MOBILE)
    status = models.CharField(max_length=12, choices=ReachStatus, default=ReachStatus.UNKNOWN)
    source = models.CharField(max_length=10, choices=Source, default=Source.CLIENT)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["number"], name="phone_number")]
        constraints = [
            models.UniqueConstraint(
                fields=["debtor", "number"],
                name="phone_once_per_debtor",
                violation_error_message="This debtor already has this number.",
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="phone_number_e164",
                violation_error_message="A phone number is kept as E.164, such as +16025550148.",
            ),
        ]

    def __str__(self) -> str:
        return self.number


@audited
class Email(models.Model):
    # email_once_per_debtor begins with it
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="emails", db_index=False)
    address = models.EmailField()
    status = models.CharField(max_length=12, choices=ReachStatus, default=ReachStatus.UNKNOWN)
    is_employer = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=Source, default=Source.CLIENT)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(Lower("address"), name="email_address_lower")]
        constraints = [
            models.UniqueConstraint(
                "debtor",
                Lower("address"),
                name="email_once_per_debtor",
                violation_error_message="This debtor already has this e-mail address.",
            )
        ]

    def __str__(self) -> str:
        return self.address


@audited
class Relation(models.Model):
    """``other`` is the ``kind`` of ``debtor``: other is the attorney of debtor, the spouse of debtor."""

    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="relations")
    other = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="related_from")
    kind = models.CharField(max_length=10, choices=RelationKind)
    source = models.CharField(max_length=10, choices=Source, default=Source.CLIENT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["debtor", "other", "kind"], name="relation_once"),
            models.CheckConstraint(
                condition=~Q(debtor=F("other")),
                name="relation_not_self",
                violation_error_message="Nobody is related to themselves.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.other} ({self.get_kind_display()})"


class Reveal(models.Model):
    """A full SSN or EIN was shown: who, when, why. Written in the transaction that decrypts."""

    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="reveals")
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="reveal_has_reason",
                violation_error_message="Say why the number is needed.",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d}"


class FileView(models.Model):
    """Somebody opened a debtor's file."""

    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="views")
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["debtor", "-at"], name="fileview_debtor_at")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d %H:%M}"
