"""A contact made outside this system: on record as it was, with the decision it would have had."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Account
from compliance.models import Decision
from compliance.services import record_opt_out
from contacts.models import Contact
from contacts.services import CallRefused, ContactRefused, log_call
from tests.factories import AT, make_account, make_phone, make_user
from worklists.dispositions import log_outside
from worklists.models import Task

pytestmark = pytest.mark.django_db
EARLIER = AT - timedelta(hours=1)


@pytest.fixture
def account() -> Account:
    account = make_account()
    make_phone(account.debtor)
    return account


def outside(account: Account, **changes: object) -> Contact:
    told = {
        "channel": "call", "address": "+12125550148", "happened_at": EARLIER, "outcome": "conversation",
        "note": "From my own phone", "by": make_user("rep"), "at": AT,
    }  # fmt: skip
    return log_outside(account=account, **{**told, **changes})  # type: ignore[arg-type]


def test_an_allowed_one_is_kept_with_its_decision_and_nobody_is_called(account: Account) -> None:
    contact = outside(account)
    assert (contact.at, contact.outcome, contact.decision.allowed) == (EARLIER, "conversation", True)
    assert (contact.decision.at, contact.decision.made_at) == (EARLIER, AT)
    assert Task.objects.count() == 0
    account.refresh_from_db()
    assert account.last_contact_at == EARLIER


def test_one_that_was_not_allowed_is_kept_too_and_compliance_gets_a_task(account: Account) -> None:
    record_opt_out(debtor=account.debtor, medium="call", by=None, at=AT - timedelta(days=1))
    contact = outside(account)
    assert contact.decision.codes == ["medium_opt_out"]
    task = Task.objects.get()
    assert (task.queue.slug, task.kind, task.key) == ("compliance", "compliance", f"outside:{contact.pk}")
    assert "medium_opt_out" in task.reason


def test_the_next_call_knows_of_it(account: Account) -> None:
    outside(account)
    with pytest.raises(ContactRefused) as refused:
        log_call(
            account=account,
            direction="out",
            address="+12125550148",
            outcome="no_answer",
            note="",
            by=None,
            at=AT,
        )
    assert [reason.code for reason in refused.value.reasons] == ["conversation_cooldown"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"happened_at": AT + timedelta(seconds=1)}, "cannot lie in the future"),
        ({"outcome": ""}, "how the call ended"),
        ({"outcome": "dialing"}, "how the call ended"),
        ({"channel": "email"}, "Only a call has an outcome"),
        ({"channel": "pigeon"}, "by what means"),
        ({"note": " "}, "who made this contact"),
    ],
)
def test_what_says_too_little_is_refused_and_nothing_kept(
    account: Account, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(CallRefused, match=says):
        outside(account, **changes)
    assert (Contact.objects.count(), Decision.objects.count(), Task.objects.count()) == (0, 0, 0)
