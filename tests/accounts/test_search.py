"""One box finds an account by whatever the caller has, and never one that the reader may not see."""

from __future__ import annotations

import pytest

from accounts.models import Account, AccountParty
from accounts.selectors import search_accounts
from debtors.models import DebtorName
from debtors.services import set_tax_id
from tests.factories import (
    AT,
    make_account,
    make_client,
    make_debtor,
    make_email,
    make_phone,
    make_team,
    make_user,
)
from users.models import User

pytestmark = pytest.mark.django_db

KINDS = {
    "name": ("marisol whitaker", "Whitaker, Marisol", "  MARISOL   WHITAKER "),
    "misspelt name": ("marisol whittaker", "Marisol Witaker", "whitakr"),
    "part of the name": ("whit", "Maris"),
    "former name": ("Marisol Delgado", "delgaddo"),
    "phone": (
        "(602) 555-0148", "6025550148", "602.555.0148", "602 555 0148", "+1 602-555-0148", "16025550148",
        "tel:+16025550148", "602-555-0148 x12", "602-555-0148 ext. 12",
    ),
    "phone abroad": ("+44 20 7946 0958", "+442079460958"),
    "e-mail": ("marisol@example.com", "MARISOL@Example.COM"),
    "our reference": ("A-00004242", "a-00004242", "A-4242", "a4242", "00004242"),
    "the client's reference": ("LK-79/0770", "lk-79/0770"),
    "an earlier reference": ("OLD-5531", "old-5531"),
    "last four": ("4471", "***-**-4471", "x4471", "xxx-xx-4471"),
    "full SSN": ("412-55-4471", "412554471", "412 55 4471"),
}  # fmt: skip


def marisol(**fields: object) -> Account:
    debtor = make_debtor("Marisol Whitaker")
    set_tax_id(debtor=debtor, number="412-55-4471", by=None, at=AT)
    make_phone(debtor, "+16025550148", status="bad")  # numbers that no longer reach are found too
    make_phone(debtor, "+442079460958")
    make_email(debtor, "marisol@example.com")
    DebtorName.objects.create(debtor=debtor, kind="former", name="Marisol Delgado")
    fields = {"client_reference": "LK-79/0770", "prior_reference": "OLD-5531", "ref": "A-00004242", **fields}
    return make_account(debtor=debtor, **fields)  # type: ignore[arg-type]


def someone_else() -> None:
    debtor = make_debtor("Bob Stone", tax_id_last4="1111")
    make_phone(debtor, "+12125550199")
    make_email(debtor, "bob@example.com")
    make_account(debtor=debtor)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_thing_finds_the_account_and_no_other(kind: str) -> None:
    account = marisol()
    someone_else()
    rep, compliance = make_user("rep"), make_user("compliance")  # one of a team, one who sees the whole book
    for text in KINDS[kind]:
        assert [search_accounts(user, text) for user in (rep, compliance)] == [[account]] * 2, text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_finds_an_account_of_another_team(kind: str) -> None:
    team = make_team("Elsewhere", "elsewhere")
    marisol(team=team, client=make_client("elsewhere", team=team))
    rep, nobody = make_user("rep"), make_user(None)
    found = [search_accounts(user, text) for text in KINDS[kind] for user in (rep, nobody)]
    assert found == [[]] * len(found)


def test_a_business_is_found_by_its_name() -> None:
    account = make_account(debtor=make_debtor("Harborview Plumbing & Heating LLC", kind="business"))
    someone_else()
    rep = make_user("rep")
    for text in ("harborview plumbing", "Harborvew", "plumbng", "Plumbing & Heating"):
        assert search_accounts(rep, text) == [account], text


def test_one_word_of_a_long_name_may_be_misspelt() -> None:
    account = make_account(debtor=make_debtor("Christopher Bartholomew Montgomery"))
    assert search_accounts(make_user("rep"), "montgomry") == [account]


def test_accounts_of_others_do_not_crowd_out_ones_own() -> None:
    team = make_team("Elsewhere", "elsewhere")
    client = make_client("elsewhere", team=team)
    for _ in range(5):
        make_account(debtor=make_debtor("Ann Smith"), team=team, client=client)
    mine = make_account(debtor=make_debtor("Ann Smithson-Carruthers"))
    rep = make_user("rep")
    for text in ("ann smith", "4471"):
        assert search_accounts(rep, text, limit=3) == [mine]


def test_whoever_owes_beside_the_debtor_is_found_too() -> None:
    account, spouse = make_account(), make_debtor("Peter Ostrander", tax_id_last4="2222")
    make_phone(spouse, "+16025550177")
    AccountParty.objects.create(account=account, debtor=spouse, role="co_debtor")
    rep = make_user("rep")
    for text in ("peter ostrander", "602-555-0177", "2222"):
        assert search_accounts(rep, text) == [account]


def test_a_reference_comes_before_a_name_and_the_best_name_first() -> None:
    far, near = make_account(debtor=make_debtor("Mara Whittington")), make_account()
    referred = make_account(debtor=make_debtor("Bob Stone"), client_reference="MARISOL WHITAKER")
    assert search_accounts(make_user("rep"), "marisol whitaker") == [referred, near]
    assert search_accounts(make_user("rep"), "mara whittingtn")[0] == far


@pytest.mark.parametrize("text", ["", " ", "a", "%%", "__", "\\", "'", "@", "0000", "+", "1" * 60])
def test_odd_input_finds_nothing(text: str) -> None:
    make_account()
    user: User = make_user("rep")
    assert search_accounts(user, text) == []
