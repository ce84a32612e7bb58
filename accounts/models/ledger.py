"""The ledger, append-only by trigger, and interest: by what right it runs, what limits it, how far it has been accrued.

An account's four balances are kept by a statement trigger in the transaction of the entries, and by nothing else.
"""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.enums import Bucket, DayCount, EntryKind
from accounts.models.accounts import Account
from accounts.models.amounts import money, percent
from core.history import append_only, audited

KEEP_BALANCES = """
    UPDATE accounts_account a SET
        principal = a.principal + s.principal, interest = a.interest + s.interest,
        fees = a.fees + s.fees, costs = a.costs + s.costs
    FROM (SELECT account_id,
                 COALESCE(SUM(amount) FILTER (WHERE bucket = 'principal'), 0) AS principal,
                 COALESCE(SUM(amount) FILTER (WHERE bucket = 'interest'), 0) AS interest,
                 COALESCE(SUM(amount) FILTER (WHERE bucket = 'fees'), 0) AS fees,
                 COALESCE(SUM(amount) FILTER (WHERE bucket = 'costs'), 0) AS costs
          FROM new_entries GROUP BY account_id) s
    WHERE a.id = s.account_id;
    RETURN NULL;
"""


class LedgerEntry(models.Model):
    """One amount in one bucket. Positive raises what is owed, negative lowers it.

    Entries of one act share ``posting``. ``effective_on`` is the day the money counts from, ``posted_at`` when we wrote it.
    A correction is an entry of kind reversal that names, in ``reverses``, the entry it takes back.
    """

    # account: entry_account_effective begins with it; by: nobody looks entries up by it
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    posting = models.UUIDField()
    kind = models.CharField(max_length=10, choices=EntryKind)
    bucket = models.CharField(max_length=10, choices=Bucket)
    amount = money()
    effective_on = models.DateField()
    posted_at = models.DateTimeField()
    by = models.ForeignKey(
        "users.User", on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    authority = models.CharField(
        max_length=200,
        blank=True,
        default="",
        help_text="agreement clause or statute, where the law asks one",
    )
    memo = models.CharField(max_length=200, blank=True, default="")
    order = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="of a payment: the buckets as it pays them",
    )
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, related_name="reversed_by", null=True)

    class Meta:
        verbose_name_plural = "ledger entries"
        indexes = [
            models.Index(
                fields=["account", "effective_on"],
                include=["bucket", "amount"],
                name="entry_account_effective",
            ),
            models.Index(fields=["posting"], name="entry_posting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="entry_not_zero",
                violation_error_message="An entry is never zero.",
            ),
            models.CheckConstraint(condition=Q(bucket__in=Bucket.values), name="entry_bucket_known"),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False)
                | (~Q(kind="reversal") & Q(reverses__isnull=True)),
                name="entry_reversal_names_entry",
                violation_error_message="A reversal names the entry that it reverses, and only a reversal does.",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["fee", "interest"]) | ~Q(authority=""),
                name="entry_fee_has_authority",
                violation_error_message="A fee or interest needs the agreement clause or statute that allows it (12 CFR 1006.22(b)).",
            ),
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="keep_balances",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_entries"),
                func=KEEP_BALANCES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effective_on} {self.bucket} {self.amount}"


class Days(Func):
    """The days between two dates; an end that is null is open."""

    function = "daterange"
    output_field = DateRangeField()


def _one_at_a_time(name: str, bounds: str, message: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=name,
        expressions=[
            ("account", RangeOperators.EQUAL),
            (Days("from_on", "until_on", Value(bounds)), RangeOperators.OVERLAPS),
        ],
        violation_error_message=message,
    )


@audited
class InterestTerm(models.Model):
    """A rate and by what right it runs: percent a year, from the day after ``from_on`` to ``until_on``, which counts."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="interest_terms", db_index=False
    )
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    authority = models.CharField(max_length=200, help_text="agreement clause, statute or order")
    basis = models.CharField(
        max_length=6, choices=DayCount, default=DayCount.FIXED_365, db_default=DayCount.FIXED_365
    )
    compounds = models.BooleanField(
        default=False, db_default=False, help_text="each year, on the day it began"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gt=0, rate__lte=100),
                name="term_rate",
                violation_error_message="A rate lies above 0 and up to 100 percent a year.",
            ),
            models.CheckConstraint(
                condition=~Q(authority=""),
                name="term_has_authority",
                violation_error_message="Interest needs the agreement clause, statute or order that allows it (12 CFR 1006.22(b)).",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("from_on")),
                name="term_ends_after_it_begins",
                violation_error_message="A rate ends after it begins.",
            ),
            _one_at_a_time("term_once_a_day", "(]", "Another rate runs on some of these days."),
        ]

    def __str__(self) -> str:
        return f"{self.rate.normalize():f} % from {self.from_on}"


@audited
class InterestLimit(models.Model):
    """At most ``most`` percent a year on these days, first and last included: 0 waives or suspends it; what exceeds it is forgiven."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="interest_limits")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    most = models.DecimalField(max_digits=7, decimal_places=4)
    reason = models.CharField(max_length=200)
    cause = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="the record that brings it and ends it",
    )
    recorded_by = models.ForeignKey("users.User", on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "cause"],
                condition=~Q(cause=""),
                name="limit_once_a_cause",
                violation_error_message="This limits the interest of the account already.",
            ),
            models.CheckConstraint(
                condition=Q(most__gte=0, most__lte=100),
                name="limit_rate",
                violation_error_message="A limit lies between 0 and 100 percent a year.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="limit_has_reason",
                violation_error_message="Say why interest is limited.",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="limit_ends_after_it_begins",
                violation_error_message="A limit ends on the day it begins or later.",
            ),
        ]

    def __str__(self) -> str:
        return f"at most {self.most.normalize():f} % from {self.from_on}"


class Accrual(models.Model):
    """How far an account's interest has been posted, since when, and what rounding left over: dollars, to ten places."""

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="accrual"
    )
    since = models.DateField()
    through = models.DateField()
    carry = models.DecimalField(max_digits=12, decimal_places=10, default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(through__gte=F("since")), name="accrual_through_after_since"),
            models.CheckConstraint(
                condition=Q(carry__gte="-0.005", carry__lt="0.005"), name="accrual_carry_below_a_cent"
            ),
        ]

    def __str__(self) -> str:
        return f"through {self.through}"


@audited
class Judgment(models.Model):
    """What a court awarded on a debt; a renewal is a further one. ``rate``: percent a year, null where the law sets it."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="judgments")
    court = models.CharField(max_length=120, blank=True, default="")
    case_number = models.CharField(max_length=60, blank=True, default="")
    entered_on = models.DateField()
    amount = money()
    rate = percent()

    class Meta:
        ordering = ["-entered_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="judgment_amount_positive",
                violation_error_message="A judgment is above zero.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entered_on} {self.court} {self.case_number}".strip()
