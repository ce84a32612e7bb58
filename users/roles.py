"""What each role may do: one table, kept as Django groups."""

from __future__ import annotations

from django.db import models

REP = {
    "accounts.view_account",
    "accounts.manage_document",
    "debtors.view_debtor",
    "debtors.change_debtor",
    "contacts.log_contact",
    "contacts.send_message",
    "compliance.place_hold",
    "compliance.record_consent",
    "compliance.manage_dispute",
    "compliance.view_decision",
    "payments.record_promise",
    "payments.make_agreement",
    "payments.propose_correction",
    "escalations.raise_escalation",
    "worklists.work_queue",
}

SUPERVISOR = REP | {
    "accounts.correct_itemization",
    "accounts.add_interestterm",
    "accounts.add_interestlimit",
    "accounts.change_interestlimit",
    "accounts.manage_placement",
    "debtors.reveal_ssn",
    "contacts.release_message",
    "compliance.lift_hold",
    "compliance.override_gate",
    "payments.reverse_payment",
    "payments.approve_refund",
    "payments.view_refund",
    "escalations.decide_escalation",
    "escalations.view_escalation",
    "worklists.manage_queue",
    "worklists.view_team",
    "strategies.view_strategy",
    "exchange.import_placement",
    "reporting.view_report",
}

COMPLIANCE = {
    "accounts.manage_document",
    "accounts.correct_itemization",
    "accounts.add_interestlimit",
    "accounts.change_interestlimit",
    "accounts.view_account",
    "accounts.view_all_portfolios",
    "debtors.view_debtor",
    "debtors.reveal_ssn",
    "contacts.manage_template",
    "compliance.place_hold",
    "compliance.lift_hold",
    "compliance.record_consent",
    "compliance.manage_dispute",
    "compliance.view_decision",
    "compliance.override_gate",
    "compliance.publish_policy",
    "compliance.view_policypack",
    "compliance.view_licence",
    "escalations.view_escalation",
    "escalations.decide_escalation",
    "worklists.view_team",
    "strategies.view_strategy",
    "reporting.view_report",
    "reporting.view_compliance",
}

PAYMENT_POSTER = {
    "accounts.view_account",
    "accounts.view_all_portfolios",
    "debtors.view_debtor",
    "payments.post_payment",
    "payments.propose_correction",
    "payments.pay_refund",
    "payments.view_refund",
    "payments.reverse_payment",
    "payments.view_remittance",
    "payments.close_remittance",
    "payments.pay_remittance",
}

CLIENT = {"accounts.view_account", "reporting.view_report", "payments.view_remittance"}

# What an administrator changes in the Django admin; each room's admin says which fields, and nothing is ever deleted there.
CONFIGURED = {
    "users.team", "users.user", "users.authority", "accounts.client", "worklists.queue", "contacts.template", "strategies.strategy",
    "strategies.step", "exchange.mapping", "payments.feeschedule",
    "payments.feerule", "django_celery_beat.periodictask", "django_celery_beat.crontabschedule",
    "django_celery_beat.intervalschedule",
}  # fmt: skip
# What they read there: the record and its audit.
READ = {
    "accounts.account", "accounts.accountparty", "accounts.document", "accounts.judgment", "accounts.ledgerentry",
    "accounts.placement", "accounts.interestterm", "accounts.interestlimit", "accounts.accrual",
    "accounts.statustransition", "accounts.clientmember", "accounts.clientteam", "auth.group",
    "users.userrole", "compliance.addressbasis", "compliance.consent",
    "compliance.decision", "compliance.dispute", "compliance.hold", "compliance.inconvenienttime",
    "compliance.licence",
    "compliance.optout", "compliance.representation", "contacts.contact", "contacts.message", "contacts.messageevent", "contacts.note",
    "contacts.printbatch", "debtors.address", "debtors.debtor", "debtors.email", "debtors.fileview",
    "debtors.debtorname", "debtors.phone", "debtors.relation", "debtors.reveal", "escalations.escalation",
    "escalations.escalationlogentry", "exchange.importrun", "exchange.upload", "payments.agreement",
    "payments.agreementjudgment", "payments.agreementstep", "payments.correction", "payments.payment",
    "payments.promise", "payments.promisejudgment", "payments.refund", "payments.remittance", "payments.remittanceline",
    "payments.trustentry", "strategies.enrolment", "strategies.steprun", "worklists.lease",
    "worklists.task",
}  # fmt: skip


def _each(verbs: tuple[str, ...], models: set[str]) -> set[str]:
    return {name.replace(".", f".{verb}_") for name in models for verb in verbs}


ADMIN = REP | SUPERVISOR | COMPLIANCE | PAYMENT_POSTER | _each(("add", "change", "view"), CONFIGURED) | _each(("view",), READ) | {
    "accounts.manage_client",
    "strategies.manage_strategy",
    "strategies.run_strategies",
    "users.manage_user",
    "api.state_instant",
}  # fmt: skip


class Role(models.TextChoices):
    REP = "rep", "Representative"
    SUPERVISOR = "supervisor", "Supervisor"
    COMPLIANCE = "compliance", "Compliance officer"
    PAYMENT_POSTER = "payment_poster", "Payment poster"
    ADMIN = "admin", "Administrator"
    CLIENT = "client", "Client"


PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.REP: frozenset(REP),
    Role.SUPERVISOR: frozenset(SUPERVISOR),
    Role.COMPLIANCE: frozenset(COMPLIANCE),
    Role.PAYMENT_POSTER: frozenset(PAYMENT_POSTER),
    Role.ADMIN: frozenset(ADMIN),
    Role.CLIENT: frozenset(CLIENT),
}

# What a new deployment begins with; an administrator changes them in the admin. Dollars, percent, months.
AUTHORITIES: dict[Role, dict[str, int]] = {
    Role.REP: {"settlement_floor": 80, "forgives_most": 1_000, "plan_months": 12},
    Role.SUPERVISOR: {
        "settlement_floor": 50, "forgives_most": 10_000, "plan_months": 36, "adjusts_most": 500, "refunds_most": 1_000,
    },
    Role.PAYMENT_POSTER: {"refunds_most": 100},
    Role.ADMIN: {
        "settlement_floor": 25, "forgives_most": 100_000, "plan_months": 60, "adjusts_most": 10_000, "refunds_most": 25_000,
    },
}  # fmt: skip

DEMO_LOGINS: dict[str, Role] = {
    "rep": Role.REP,
    "rep2": Role.REP,
    "supervisor": Role.SUPERVISOR,
    "compliance": Role.COMPLIANCE,
    "poster": Role.PAYMENT_POSTER,
    "admin": Role.ADMIN,
    "client": Role.CLIENT,
}
