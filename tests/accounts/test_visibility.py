from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.selectors import visible_accounts
from accounts.services import DocumentRefused, add_document, apply_transition
from accounts.statuses import TransitionRefused
from tests.factories import (
    AT,
    make_account,
    make_client,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_a_rep_sees_the_team_and_nobody_elses() -> None:
    ours = make_account()
    other = make_team("Bravo", "bravo")
    make_account(client=make_client("other", team=other), team=other)
    assert list(visible_accounts(make_user("rep"))) == [ours]


def test_an_account_without_team_belongs_to_the_teams_of_its_client() -> None:
    account = make_account(team=None)
    assert list(visible_accounts(make_user("rep"))) == [account]


def test_a_clients_person_sees_that_portfolio_only() -> None:
    mine, _theirs = make_account(client=make_client("mine")), make_account(client=make_client("theirs"))
    person = make_user("client")
    mine.client.members.add(person)
    assert list(visible_accounts(person)) == [mine]


def test_no_team_no_client_no_right_sees_nothing() -> None:
    make_account()
    nobody = make_user(None)
    nobody.team = None
    nobody.save()
    assert list(visible_accounts(nobody)) == []


def test_compliance_sees_every_portfolio() -> None:
    make_account(client=make_client("other", team=make_team("Bravo", "bravo")))
    assert visible_accounts(make_user("compliance")).count() == 1


def test_a_transition_that_may_not_happen_says_so_and_is_not_logged() -> None:
    account = make_account()
    apply_transition(account=account, transition="recall", by=None, at=AT)
    with pytest.raises(TransitionRefused, match="recalled cannot promise"):
        apply_transition(account=account, transition="promise", by=None, at=AT)
    assert list(account.transitions.values_list("from_status", "to_status")) == [("new", "recalled")]


def test_a_document_is_kept_under_the_type_of_its_content() -> None:
    account = make_account()
    document = add_document(
        account=account, upload=SimpleUploadedFile("bill.pdf", b"%PDF-1.7 x"), title="Bill", by=None, at=AT
    )
    assert (document.content_type, document.size, document.file.name[-4:]) == ("application/pdf", 10, ".pdf")
    dressed = SimpleUploadedFile("x.html", b"%PDF-<script>")
    assert add_document(account=account, upload=dressed, title="", by=None, at=AT).file.name.endswith(".pdf")
    for name, content in (
        ("bill.pdf", b"MZ\x90"),
        ("run.exe", b"MZ"),
        ("empty.pdf", b""),
        ("x.html", b"<script>"),
    ):
        with pytest.raises(DocumentRefused):
            add_document(account=account, upload=SimpleUploadedFile(name, content), title="", by=None, at=AT)
