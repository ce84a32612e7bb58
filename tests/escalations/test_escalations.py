from __future__ import annotations

import pytest
from django.db import IntegrityError

from escalations.models import Escalation
from escalations.selectors import visible_escalations
from escalations.services import (
    EscalationDraft,
    EscalationRefused,
    OwnEscalation,
    answer_return,
    decide,
    raise_escalation,
    raise_escalations,
)
from tests.factories import AT, make_account, make_escalation, make_user

pytestmark = pytest.mark.django_db


def test_a_supervisor_approves_with_a_note_and_every_step_is_logged() -> None:
    rep, boss = make_user("rep"), make_user("supervisor")
    escalation = make_escalation(make_account(), by=rep)
    decide(escalation=escalation, verb="take_over", note="", by=boss, at=AT)
    decided = decide(escalation=escalation, verb="approve", note="Half is fine", by=boss, at=AT)
    assert (decided.status, decided.decided_by, decided.decision_note) == ("approved", boss, "Half is fine")
    assert [*escalation.log.order_by("id").values_list("to_status", flat=True)] == [
        "open",
        "taken",
        "approved",
    ]


def test_nobody_decides_their_own_in_code_or_in_the_database() -> None:
    boss = make_user("supervisor")
    escalation = make_escalation(make_account(), by=boss)
    with pytest.raises(OwnEscalation):
        decide(escalation=escalation, verb="approve", note="me too", by=boss, at=AT)
    with pytest.raises(IntegrityError, match="escalation_not_own"):
        Escalation.objects.filter(pk=escalation.pk).update(decided_by=boss)


def test_a_decision_without_note_twice_or_of_anothers_case_is_refused() -> None:
    rep, one, two = make_user("rep"), make_user("supervisor"), make_user("supervisor")
    escalation = make_escalation(make_account(), by=rep)
    with pytest.raises(EscalationRefused, match="note"):
        decide(escalation=escalation, verb="decline", note=" ", by=one, at=AT)
    decide(escalation=escalation, verb="take_over", note="", by=one, at=AT)
    with pytest.raises(EscalationRefused, match="taken this over"):
        decide(escalation=escalation, verb="approve", note="ok", by=two, at=AT)
    decide(escalation=escalation, verb="decline", note="no", by=one, at=AT)
    with pytest.raises(EscalationRefused, match="declined already"):
        decide(escalation=escalation, verb="approve", note="ok", by=one, at=AT)


def test_a_question_goes_back_to_the_rep_and_the_answer_opens_it_again() -> None:
    rep, boss = make_user("rep"), make_user("supervisor")
    escalation = make_escalation(make_account(), by=rep)
    decide(escalation=escalation, verb="return", note="What is the income?", by=boss, at=AT)
    answered = answer_return(escalation=escalation, note="2,400 a month", by=rep, at=AT)
    assert (answered.status, answered.decided_by) == ("open", None)


def test_the_same_kind_is_raised_once_while_it_is_open() -> None:
    rep, account = make_user("rep"), make_account()
    make_escalation(account, by=rep)
    with pytest.raises(EscalationRefused, match="already has an open"):
        raise_escalation(account=account, kind="hardship", reason="again", by=rep, at=AT)


def test_bulk_raising_by_the_same_key_makes_one() -> None:
    account = make_account()
    drafts = [EscalationDraft("step:1:4", account.pk, "strategy", "30 days past due")]
    assert raise_escalations(items=drafts, at=AT) == ["step:1:4"]
    assert raise_escalations(items=drafts, at=AT) == []
    assert account.escalations.get().log.count() == 1


def test_a_rep_sees_their_own_and_a_supervisor_the_teams() -> None:
    rep, colleague, boss = make_user("rep"), make_user("rep"), make_user("supervisor")
    escalation = make_escalation(make_account(), by=rep)
    assert list(visible_escalations(rep)) == [escalation]
    assert list(visible_escalations(colleague)) == []
    assert list(visible_escalations(boss)) == [escalation]
