from django.db import models


class DebtorKind(models.TextChoices):
    PERSON = "person", "Person"
    BUSINESS = "business", "Business"


class NameKind(models.TextChoices):
    CURRENT = "current", "Current"
    FORMER = "former", "Former"
    ALIAS = "alias", "Alias"
    TRADING = "trading", "Trading as"


class AddressKind(models.TextChoices):
    HOME = "home", "Home"
    WORK = "work", "Work"
    MAILING = "mailing", "Mailing"
    BUSINESS = "business", "Business"


class PhoneKind(models.TextChoices):
    MOBILE = "mobile", "Mobile"
    HOME = "home", "Home"
    WORK = "work", "Work"
    OTHER = "other", "Other"


class ReachStatus(models.TextChoices):
    """Whether an address, number or mailbox may still be believed."""

    UNKNOWN = "unknown", "Not confirmed"
    GOOD = "good", "Good"
    BAD = "bad", "Bad"
    WRONG_PARTY = "wrong_party", "Wrong party"


class Source(models.TextChoices):
    CLIENT = "client", "Client file"
    CONSUMER = "consumer", "Consumer"
    REP = "rep", "Rep"
    SKIPTRACE = "skiptrace", "Skip trace"
    POST = "post", "Returned mail"
    SYSTEM = "system", "System"


class RelationKind(models.TextChoices):
    SPOUSE = "spouse", "Spouse"
    CO_DEBTOR = "co_debtor", "Co-debtor"
    GUARANTOR = "guarantor", "Guarantor"
    ATTORNEY = "attorney", "Attorney"
    PARENT = "parent", "Parent"
    GUARDIAN = "guardian", "Legal guardian"
    EXECUTOR = "executor", "Executor"
    OTHER = "other", "Other"
