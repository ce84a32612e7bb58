"""What must be provable years later can be neither changed nor deleted nor emptied, by whatever road."""

from datetime import timedelta

import pghistory.models
import pytest
from django.apps import apps
from django.db import Error, connection, transaction

from accounts.models import Account, LedgerEntry, StatusTransition
from compliance.models import Decision
from contacts.models import Contact, MessageEvent
from contacts.services import log_call
from debtors.models import FileView, Reveal
from escalations.models import EscalationLogEntry
from payments.models import Payment, PromiseJudgment
from payments.services import post_payment
from strategies.models import StepRun
from tests.factories import AT, make_account, make_phone, make_user

pytestmark = pytest.mark.django_db

APPEND_ONLY = [
    LedgerEntry, StatusTransition, Decision, MessageEvent, Reveal, FileView, EscalationLogEntry, PromiseJudgment, StepRun,
]  # fmt: skip
EVENTS = [
    model
    for model in apps.get_models()
    if issubclass(model, pghistory.models.Event) and not model._meta.proxy and model._meta.managed
]
NEVER_DELETED = [Account, Contact, Payment]


def refused(sql, *params):
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def triggers_of(model):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [model._meta.db_table],
        )
        return {name.removeprefix("pgtrigger_").rsplit("_", 1)[0] for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("model", [*APPEND_ONLY, *EVENTS], ids=lambda model: model._meta.label)
def test_an_accountable_table_has_both_guards(model):
    assert {"append_only", "never_emptied"} <= triggers_of(model)


@pytest.mark.parametrize("model", NEVER_DELETED, ids=lambda model: model._meta.label)
def test_a_record_is_never_deleted(model):
    assert {"never_deleted", "never_emptied"} <= triggers_of(model)


@pytest.mark.parametrize(
    "table", ["accounts_ledgerentry", "compliance_decision", "contacts_contact", "pghistory_context"]
)
def test_a_table_cannot_be_emptied(table):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL collections.may_be_emptied = 'no'")
    refused(f"TRUNCATE {table} CASCADE")


def called():
    account = make_account()
    make_phone(account.debtor)
    by = make_user("rep")
    return log_call(
        account=account, direction="out", address="+12125550148", outcome="no_answer", note="", by=by, at=AT
    )


def test_a_logged_call_stands_as_it_was():
    contact = called()
    refused("UPDATE contacts_contact SET at = at - interval '9 days' WHERE id = %s", contact.pk)
    refused("UPDATE contacts_contact SET outcome = 'busy' WHERE id = %s", contact.pk)
    refused("DELETE FROM contacts_contact WHERE id = %s", contact.pk)


def test_a_payment_stands_as_it_was_received():
    account = make_account(principal="100")
    payment = post_payment(
        account=account, amount=account.balance / 2, method="check", effective_on=AT.date(), by=None, at=AT
    )
    refused("UPDATE payments_payment SET amount = amount + 1 WHERE id = %s", payment.pk)
    refused("DELETE FROM payments_payment WHERE id = %s", payment.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_payment SET status = 'reversed', reversed_at = %s WHERE id = %s",
            [AT + timedelta(days=1), payment.pk],
        )
    refused("UPDATE payments_payment SET status = 'posted' WHERE id = %s", payment.pk)


def test_balances_move_by_the_ledger_alone():
    account = make_account()
    refused("UPDATE accounts_account SET principal = principal + 1 WHERE id = %s", account.pk)


def test_a_status_changes_by_a_logged_transition_alone():
    account = make_account()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    refused("UPDATE accounts_account SET status = 'closed' WHERE id = %s", account.pk)


def test_what_a_row_was_cannot_be_wiped_away():
    account = make_account()
    Account.objects.filter(pk=account.pk).update(household="H1")
    refused("DELETE FROM accounts_accountevent")
    refused("UPDATE accounts_accountevent SET household = 'H2'")
