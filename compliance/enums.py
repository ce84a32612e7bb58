from django.db import models


class Channel(models.TextChoices):
    CALL = "call", "Call"
    TEXT = "text", "Text"
    EMAIL = "email", "E-mail"
    LETTER = "letter", "Letter"
    IN_PERSON = "in_person", "In person"


class HoldKind(models.TextChoices):
    ATTORNEY = "attorney", "Attorney"
    CEASE = "cease", "Cease communication"
    REFUSED_TO_PAY = "refused_to_pay", "Refused in writing to pay"
    DISPUTE = "dispute", "Dispute"
    ORIGINAL_CREDITOR_REQUEST = "original_creditor_request", "Original creditor request"
    BANKRUPTCY = "bankruptcy", "Bankruptcy"
    DISCHARGED = "discharged", "Discharged"
    DECEASED = "deceased", "Deceased"
    SCRA = "scra", "Servicemember"
    EMPLOYER_PROHIBITED = "employer_prohibited", "No contact at work"
    VALIDATION_PENDING = "validation_pending", "Validation notice pending"
    SUPPRESSION = "suppression", "Suppressed"
    RECALLED = "recalled", "Recalled"


class Chapter(models.TextChoices):
    """Of the bankruptcy code; the stay of 12 and 13 covers those who owe the debt too."""

    SEVEN = "7", "Chapter 7"
    ELEVEN = "11", "Chapter 11"
    TWELVE = "12", "Chapter 12"
    THIRTEEN = "13", "Chapter 13"


class Medium(models.TextChoices):
    CALL = "call", "Calls"
    TEXT = "text", "Texts"
    EMAIL = "email", "E-mail"
    LETTER = "letter", "Letters"
    ALL = "all", "Everything"


class RecordSource(models.TextChoices):
    CONSUMER_CALL = "consumer_call", "Consumer, by phone"
    CONSUMER_WRITTEN = "consumer_written", "Consumer, in writing"
    CONSUMER_ONLINE = "consumer_online", "Consumer, online"
    CLIENT = "client", "Client file"
    REP = "rep", "Rep"
    COURT = "court", "Court"
    SYSTEM = "system", "System"


class OverrideReason(models.TextChoices):
    """What rebuts the presumption that too many calls harass (comment 14(b)(2)(i)-2)."""

    REQUIRED_BY_LAW = "required_by_law", "A law requires this call"
    ACTIVE_LITIGATION = "active_litigation", "It is about an active lawsuit"
    REQUESTED_INFORMATION = "requested_information", "It brings information they asked for"
    URGENT_BENEFIT = "urgent_benefit", "It is urgent and for their benefit"


class PackStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class Basis(models.TextChoices):
    EMAIL_CONSUMER_USED = "EMAIL_CONSUMER_USED", "Consumer used it with us"
    EMAIL_CONSENT = "EMAIL_CONSENT", "Direct consent"
    EMAIL_CREDITOR = "EMAIL_CREDITOR", "Creditor used it and gave notice"
    EMAIL_PRIOR_COLLECTOR = "EMAIL_PRIOR_COLLECTOR", "Prior collector used it"
    SMS_CONSUMER_TEXTED = "SMS_CONSUMER_TEXTED", "Consumer texted us"
    SMS_CONSENT = "SMS_CONSENT", "Direct consent"


class DisputeReason(models.TextChoices):
    NOT_MINE = "not_mine", "Not mine"
    AMOUNT = "amount", "Amount is wrong"
    PAID = "paid", "Already paid"
    OTHER = "other", "Other"


class DisputeKind(models.TextChoices):
    """What the tear-off of a validation notice may ask: the debt is disputed, or its original creditor is asked for."""

    DISPUTE = "dispute", "Dispute"
    ORIGINAL_CREDITOR = "original_creditor", "Original creditor asked for"


class DisputeMedium(models.TextChoices):
    LETTER = "letter", "Letter"
    EMAIL = "email", "E-mail"
    ONLINE = "online", "Online form"
    TEXT = "text", "Text"
    CALL = "call", "Call"
    IN_PERSON = "in_person", "In person"


class DisputeStatus(models.TextChoices):
    OPEN = "open", "Open"
    VERIFIED = "verified", "Verified"
    ANSWERED = "answered", "Answered"
    WITHDRAWN = "withdrawn", "Withdrawn"
    UPHELD = "upheld", "Upheld"
