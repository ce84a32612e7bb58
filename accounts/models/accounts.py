"""What is owed: clients, placements, accounts, who else owes them, their documents."""

from __future__ import annotations

from decimal import Decimal

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from accounts.enums import (
    AccountStatus,
    Bucket,
    ClientKind,
    DebtType,
    ItemizationType,
    PartyRole,
    PlacementStatus,
    Remits,
)
from accounts.models.amounts import money, percent
from accounts.statuses import OPEN
from core.history import append_only, audited, audited_links, never_deleted

OPEN_STATUSES = sorted(str(status) for status in OPEN)


class NextRef(Func):
    """Our reference, drawn from a sequence by the database so that bulk loads get one too: A-00001234."""

    template = "('A-' || lpad(nextval('account_ref_seq')::text, 8, '0'))"
    output_field = models.CharField()


@audited
class Client(models.Model):
    """The creditor who places accounts with us. ``display_name`` is shown where a sensitive name must be masked."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    display_name = models.CharField(max_length=160, blank=True, default="")
    kind = models.CharField(max_length=12, choices=ClientKind, default=ClientKind.AGENCY)
    debt_type = models.CharField(max_length=12, choices=DebtType, default=DebtType.OTHER)
    is_active = models.BooleanField(default=True)
    teams = models.ManyToManyField(
        "users.Team", blank=True, related_name="clients", help_text="teams that work this client's accounts"
    )
    members = models.ManyToManyField(
        "users.User",
        blank=True,
        related_name="client_portfolios",
        help_text="client's own people: they see this portfolio only",
    )
    payment_order = ArrayField(
        models.CharField(max_length=10, choices=Bucket),
        default=list,
        blank=True,
        help_text="buckets in the order a payment pays them; empty: costs, fees, interest, principal",
    )
    remits = models.CharField(max_length=5, choices=Remits, default=Remits.NET, db_default=Remits.NET)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        permissions = [("manage_client", "Can manage clients")]

    def __str__(self) -> str:
        return self.name


@audited_links
class ClientTeam(Client.teams.through):  # type: ignore[name-defined]
    """Which team began and ceased to work a client's accounts, and when."""

    class Meta:
        proxy = True


@audited_links
class ClientMember(Client.members.through):  # type: ignore[name-defined]
    """Who began and ceased to see a client's portfolio, and when."""

    class Meta:
        proxy = True


@audited
class Placement(models.Model):
    """A batch of accounts that a client hands over. Control totals are those of the file as loaded."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="placements")
    batch = models.CharField(max_length=60, unique=True)
    placed_on = models.DateField()
    status = models.CharField(max_length=10, choices=PlacementStatus, default=PlacementStatus.LOADED)
    file_name = models.CharField(max_length=255, blank=True, default="")
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    rows = models.PositiveIntegerField(default=0)
    amount = money(default=Decimal("0"))
    loaded_by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-placed_on", "-id"]
        permissions = [("manage_placement", "Can undo, recall and close placements")]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "file_sha256"],
                condition=Q(status="loaded") & ~Q(file_sha256=""),
                name="placement_file_once",
                violation_error_message="This very file has already been loaded for this client.",
            )
        ]

    def __str__(self) -> str:
        return self.batch


@pghistory.track(
    pghistory.UpdateEvent(
        row=pghistory.Old,
        condition=pghistory.AnyChange(
            exclude=[
                "principal",
                "interest",
                "fees",
                "costs",
                "balance",
                "last_payment_on",
                "last_contact_at",
                "updated_at",
            ]
        ),
    ),
    pghistory.DeleteEvent(),
    meta={"triggers": append_only()},
)
class Account(models.Model):
    """One debt. Balances are kept by the ledger's trigger; ``balance`` is their generated sum.

    ``due_on`` is the date from which days past due count: the delinquency date of a consumer debt, the invoice's due date
    of a commercial one. ``frequency_group`` joins student loans that share a call counter (1006.14(b)(4)).
    """

    ref = models.CharField(max_length=16, db_default=NextRef(), editable=False)
    # client: account_client_status begins with it; every index less is paid back by every row of a placement
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="accounts", db_index=False)
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="accounts")
    team = models.ForeignKey(
        "users.Team", on_delete=models.PROTECT, related_name="accounts", null=True, blank=True
    )
    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="accounts")
    client_reference = models.CharField(max_length=60)
    debtor_reference = models.CharField(
        max_length=50,
        blank=True,
        default="",
        db_default="",
        help_text="the client's own number for the debtor",
    )
    prior_reference = models.CharField(max_length=60, blank=True, default="")
    household = models.CharField(max_length=60, blank=True, default="")
    portfolio = models.CharField(
        max_length=60, blank=True, default="", db_default="", help_text="the client's own name of the batch"
    )
    frequency_group = models.CharField(max_length=60, blank=True, default="")
    status = models.CharField(max_length=10, choices=AccountStatus, default=AccountStatus.NEW)
    debt_type = models.CharField(max_length=12, choices=DebtType, default=DebtType.OTHER)
    original_creditor = models.CharField(max_length=160)
    current_creditor = models.CharField(max_length=160)
    merchant_brand = models.CharField(max_length=120, blank=True, default="")

    placed_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    contract_on = models.DateField(null=True, blank=True)
    service_on = models.DateField(null=True, blank=True)
    last_statement_on = models.DateField(null=True, blank=True)
    charge_off_on = models.DateField(null=True, blank=True)
    charge_off_balance = money(null=True, blank=True)
    first_delinquency_on = models.DateField(
        null=True, blank=True, help_text="date of first delinquency; never moves"
    )
    limitation_on = models.DateField(null=True, blank=True, help_text="last day on which suit may be brought")
    recall_on = models.DateField(null=True, blank=True)
    creditor_payment_on = models.DateField(
        null=True, blank=True, help_text="last payment before the placement, as the client says"
    )
    creditor_payment_amount = money(null=True, blank=True)
    is_financial = models.BooleanField(
        null=True,
        blank=True,
        help_text="a consumer financial product or service (1006.34(c)(2)(iii), (c)(3)(iv))",
    )
    prior_agency = models.CharField(max_length=120, blank=True, default="", db_default="")
    is_reported_by_client = models.BooleanField(
        null=True, blank=True, help_text="the client itself reports it to credit bureaus"
    )
    restrictions = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="licence restrictions named by the client",
    )

    itemization_on = models.DateField(null=True, blank=True)
    itemization_type = models.CharField(max_length=15, choices=ItemizationType, blank=True, default="")
    itemization_balance = money(null=True, blank=True)
    interest_since = money(default=Decimal("0"))
    fees_since = money(default=Decimal("0"))
    payments_since = money(default=Decimal("0"))
    credits_since = money(default=Decimal("0"))
    first_notice_on = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="first validation notice; its itemization date stands from then on",
    )
    placed_amount = money()
    interest_rate = percent(help_text="percent a year")
    interest_from = models.DateField(null=True, blank=True)
    interest_authority = models.CharField(max_length=160, blank=True, default="")
    electronic_billing = models.BooleanField(
        default=False, help_text="the creditor bills by e-mail: notices go by e-mail, else by letter"
    )

    commission_plan = models.CharField(max_length=40, blank=True, default="", db_default="")
    legal_fee_rate = percent(help_text="percent of what is collected once it is legal")
    settlement_floor = percent(help_text="percent of the balance below which nothing may be settled")
    plan_minimum = money(null=True, blank=True, help_text="lowest instalment of a payment plan")

    principal = money(default=Decimal("0"), editable=False)
    interest = money(default=Decimal("0"), editable=False)
    fees = money(default=Decimal("0"), editable=False)
    costs = money(default=Decimal("0"), editable=False)
    balance = models.GeneratedField(
        expression=F("principal") + F("interest") + F("fees") + F("costs"),
        output_field=models.DecimalField(max_digits=14, decimal_places=2),
        db_persist=True,
    )
    last_payment_on = models.DateField(null=True, blank=True)
    last_contact_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        permissions = [
            ("view_all_portfolios", "Can see the accounts of every client"),
            ("correct_itemization", "Can correct the itemization of a debt"),
        ]
        constraints = [
            # not unique=True on the column, which would make an index for LIKE as well, that nobody asks
            models.UniqueConstraint(fields=["ref"], name="account_ref"),
            models.UniqueConstraint(
                fields=["client", "client_reference"],
                condition=~Q(status__in=["recalled", "closed"]),
                name="account_once_per_client",
                violation_error_message="This client has already placed an account with this reference.",
            ),
            models.CheckConstraint(
                condition=Q(placed_amount__gt=0),
                name="account_placed_amount_positive",
                violation_error_message="A placed balance is above zero.",
            ),
            models.CheckConstraint(
                condition=Q(itemization_on__isnull=True) | Q(itemization_on__lte=F("placed_on")),
                name="account_itemization_not_future",
                violation_error_message="The itemization date lies after the placement.",
            ),
            models.CheckConstraint(
                condition=Q(first_delinquency_on__isnull=True) | Q(first_delinquency_on__lte=F("placed_on")),
                name="account_dofd_not_after_placement",
                violation_error_message="The date of first delinquency lies after the placement.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=AccountStatus.values),
                name="account_status_known",
                violation_error_message="Unknown account status.",
            ),
        ]
        indexes = [
            models.Index(fields=["client_reference"], name="account_client_reference"),
            models.Index(
                fields=["client", "debtor_reference"],
                condition=~Q(debtor_reference=""),
                name="account_debtor_reference",
            ),
            models.Index(
                fields=["prior_reference"], condition=~Q(prior_reference=""), name="account_prior_reference"
            ),
            models.Index(fields=["client", "status"], name="account_client_status"),
            models.Index(fields=["due_on"], condition=Q(status__in=OPEN_STATUSES), name="account_open_due"),
            models.Index(
                fields=["placed_on"], condition=Q(status__in=OPEN_STATUSES), name="account_open_placed"
            ),
            models.Index(
                fields=["team", "-balance"],
                condition=Q(status__in=OPEN_STATUSES),
                name="account_open_team_balance",
            ),
        ]
        triggers = [
            *never_deleted(),
            pgtrigger.Trigger(
                name="balances_are_the_ledgers",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("principal", "interest", "fees", "costs"),
                condition=pgtrigger.AnyChange("principal", "interest", "fees", "costs"),
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        RAISE EXCEPTION 'Balances follow the ledger: post an entry instead.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="itemization_date_stands",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("itemization_type", "itemization_on"),
                condition=pgtrigger.Q(old__first_notice_on__isnull=False)
                & (
                    pgtrigger.Q(old__itemization_type__df=pgtrigger.F("new__itemization_type"))
                    | pgtrigger.Q(old__itemization_on__df=pgtrigger.F("new__itemization_on"))
                ),
                func="""
                    RAISE EXCEPTION 'The itemization date of a debt stands from its first validation notice on (12 CFR 1006.34(b)(3)).';
                """,
            ),
            pgtrigger.Trigger(
                name="status_is_logged",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.AnyChange("status"),
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT status FROM accounts_account WHERE id = NEW.id) IS DISTINCT FROM
                       (SELECT to_status FROM accounts_statustransition WHERE account_id = NEW.id
                        ORDER BY id DESC LIMIT 1) THEN
                        RAISE EXCEPTION 'A change of status is logged: make a transition instead.';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


@audited
class AccountParty(models.Model):
    """Who else owes: co-debtors, guarantors, authorised users. The primary debtor stands on the account."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="parties")
    debtor = models.ForeignKey("debtors.Debtor", on_delete=models.PROTECT, related_name="party_to")
    role = models.CharField(max_length=16, choices=PartyRole)

    class Meta:
        verbose_name_plural = "account parties"
        constraints = [
            models.UniqueConstraint(fields=["account", "debtor"], name="account_party_once"),
            models.CheckConstraint(condition=~Q(role="primary"), name="account_party_not_primary"),
        ]

    def __str__(self) -> str:
        return f"{self.debtor} ({self.get_role_display()})"


class StatusTransition(models.Model):
    """The log of the status machine, append-only."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="transitions")
    transition = models.CharField(max_length=20)
    from_status = models.CharField(max_length=10, choices=AccountStatus)
    to_status = models.CharField(max_length=10, choices=AccountStatus)
    at = models.DateTimeField()
    by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["account", "-at"], name="transition_account_at")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


@audited
class Document(models.Model):
    """A file that belongs to an account: statement, contract, proof, letter. Type and size are checked on the way in."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="documents")
    title = models.CharField(max_length=160)
    file = models.FileField(upload_to="documents/%Y/%m/")
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    added_at = models.DateTimeField()

    class Meta:
        permissions = [("manage_document", "Can add documents")]

    def __str__(self) -> str:
        return self.title
