"""The validation notice: nothing missing, nothing blank, and the figures add up (12 CFR 1006.34(c))."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.form import ENGLISH, SENTENCES, fill, plain
from compliance.notice import CHECKLIST, DoesNotAddUp, Incomplete, Notice, is_financial, missing

ROCKVILLE = Notice(
    collector="North South Group",
    collector_address=("P.O. Box 121212", "Pasadena, CA 91111-2222"),
    phone="(800) 123-4567",
    hours="8am to 8pm EST, Monday to Saturday",
    consumer="Person A",
    consumer_address=("2323 Park Street", "Apartment 342", "Bethesda, MD 20815"),
    reference="584-345",
    current_creditor="Bank of Rockville",
    original_creditor="Bank of Rockville",
    account_number="123-456-789",
    debt_type="card",
    merchant_brand="Main Street Department Store",
    itemization_on=date(2017, 1, 2),
    itemization_balance=Decimal("2234.56"),
    interest=Decimal("75.00"),
    fees=Decimal("25.00"),
    payments=Decimal("30.00"),
    credits=Decimal("20.00"),
    balance=Decimal("2284.56"),
    sent_on=date(2020, 7, 13),
    ends_on=date(2020, 8, 28),
    is_financial=True,
    dispute_url="www.example.com/dispute",
)
"""The debt that the model form itself shows."""
MODEL = (
    "North South Group\nP.O. Box 121212\nPasadena, CA 91111-2222",
    "To:\nPerson A\n2323 Park Street\nApartment 342\nBethesda, MD 20815\nReference: 584-345",
    "North South Group is a debt collector. We are trying to collect a debt that you owe to Bank of Rockville. We will use any "
    "information you give us to help collect the debt.",
    "Our information shows:",
    "You had a Main Street Department Store credit card from Bank of Rockville with account number 123-456-789.",
    "As of January 2, 2017, you owed: $2,234.56",
    "Between January 2, 2017 and today:",
    "You were charged this amount in interest: + $75.00",
    "You were charged this amount in fees: + $25.00",
    "You paid or were credited this amount toward the debt: – $50.00",
    "Total amount of the debt now: $2,284.56",
    "How can you dispute the debt?",
    "Call or write to us by August 28, 2020, to dispute all or part of the debt. If you do not, we will assume that our information "
    "is correct.",
    "If you write to us by August 28, 2020, we must stop collection on any amount you dispute until we send you information that "
    "shows you owe the debt. You may use the form below or write to us without the form. You may also include supporting documents. "
    "We accept disputes electronically at www.example.com/dispute.",
    "What else can you do?",
    "Write to ask for the name and address of the original creditor, if different from the current creditor. If you write by "
    "August 28, 2020, we must stop collection until we send you that information. You may use the form below or write to us without "
    "the form.",
    "Go to www.cfpb.gov/debt-collection to learn more about your rights under federal law. For instance, you have the right to stop "
    "or limit how we contact you.",
    "Contact us about your payment options.",
    "Póngase en contacto con nosotros para solicitar una copia de este formulario en español.",
    "Mail this form to:\nNorth South Group\nP.O. Box 121212\nPasadena, CA 91111-2222",
    "Person A\n2323 Park Street\nApartment 342\nBethesda, MD 20815",
    "How do you want to respond?\nCheck all that apply:",
    "I want to dispute the debt because I think:",
    "This is not my debt.",
    "The amount is wrong.",
    "Other (please describe on reverse or attach additional information).",
    "I want you to send me the name and address of the original creditor.",
    "I enclosed this amount:",
    "Make your check payable to North South Group. Include the reference number 584-345.",
    "Quiero este formulario en español.",
)


def in_order(text: str, pieces: tuple[str, ...]) -> None:
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        assert found >= 0, f"not there, or before its place: {piece}"
        at = found + len(piece)


def test_t43_the_form_says_what_the_model_form_says_in_its_order() -> None:
    text = plain(fill(ROCKVILLE, "en"))
    in_order(text, MODEL)
    assert text.count("August 28, 2020") == 3


LESS: dict[str, dict[str, Any]] = {
    "V1": {"collector": ""},
    "V2": {"collector_address": ()},
    "V3": {"consumer": ""},
    "V4": {"original_creditor": ""},
    "V5": {"account_number": ""},
    "V6": {"current_creditor": ""},
    "V7": {"itemization_on": None},
    "V8": {"itemization_balance": None},
    "V9": {"payments": None},
    "V10": {"balance": None},
    "V11": {"ends_on": None},
    "V12": {"ends_on": None},
    "V13": {"ends_on": None},
    "V15": {"dispute_url": "", "is_electronic": True},
    "V18": {"consumer_address": ()},
}


@pytest.mark.parametrize("item", LESS)
def test_t43_a_value_that_is_not_known_stops_the_notice_and_is_named(item: str) -> None:
    with pytest.raises(Incomplete) as refused:
        fill(replace(ROCKVILLE, **LESS[item]), "en")
    (gap,) = [gap for gap in refused.value.gaps if gap.id == item]
    assert set(gap.fields) <= set(LESS[item])
    assert str(gap) in str(refused.value)


@pytest.mark.parametrize("item", [item for item in CHECKLIST if item.says], ids=lambda item: item.id)
def test_t43_a_language_without_one_of_the_sentences_makes_no_notice(item: Any) -> None:
    notice = replace(ROCKVILLE, is_electronic=True)
    for name in item.says:
        assert item.id in [gap.id for gap in missing(notice, ENGLISH.keys() - {name})]
    assert missing(notice, ENGLISH) == ()


def test_t43_everything_that_is_missing_is_told_at_once() -> None:
    bare = replace(ROCKVILLE, itemization_on=None, itemization_balance=None, consumer_address=())
    assert [str(gap) for gap in missing(bare, ENGLISH)] == [
        "V3 consumer_address", "V7 itemization_on", "V8 itemization_balance", "V18 consumer_address",
    ]  # fmt: skip


def test_t43_nothing_since_is_zero_and_not_blank() -> None:
    zero = Decimal("0.00")
    notice = replace(
        ROCKVILLE,
        interest=zero,
        fees=zero,
        payments=zero,
        credits=zero,
        balance=ROCKVILLE.itemization_balance,
    )
    in_order(
        plain(fill(notice, "en")),
        ("interest: + $0.00", "fees: + $0.00", "toward the debt: – $0.00", "now: $2,234.56"),
    )


def test_t44_figures_that_do_not_add_up_are_refused_with_the_figures() -> None:
    with pytest.raises(DoesNotAddUp, match=r"is \$2,284\.56, but \$2,284\.57 is owed now"):
        fill(replace(ROCKVILLE, balance=Decimal("2284.57")), "en")


def test_t44_a_payment_below_zero_is_refused_though_it_adds_up() -> None:
    off = replace(ROCKVILLE, payments=Decimal("-5.00"), credits=Decimal("55.00"))
    with pytest.raises(DoesNotAddUp, match=r"^payments since the itemization date"):
        fill(off, "en")


money = st.decimals("0.00", "99999.99", places=2)


@given(money, money, money, money, money)
def test_t44_what_adds_up_is_printed_to_the_cent(
    then: Decimal, interest: Decimal, fees: Decimal, payments: Decimal, credits_: Decimal
) -> None:
    now = then + interest + fees - payments - credits_
    figures = {"interest": interest, "fees": fees, "payments": payments, "credits": credits_, "balance": now}
    form = fill(replace(ROCKVILLE, itemization_balance=then, **figures), "en")
    first, _, *rows = [
        Decimal(text.replace("$", "").replace(",", "") or 0) for _, _, text in form["shows"]["rows"]
    ]
    total = Decimal(form["shows"]["total"][1].replace("$", "").replace(",", ""))
    assert first + rows[0] + rows[1] - rows[2] == total


def test_v4_and_v14_are_asked_of_financial_products_only() -> None:
    medical = replace(
        ROCKVILLE, is_financial=False, debt_type="medical", original_creditor="", merchant_brand=""
    )
    text = plain(fill(medical, "en"))
    assert "www.cfpb.gov" not in text
    assert "You had a medical account from Bank of Rockville with account number 123-456-789." in text
    assert [is_financial(None, kind) for kind in ("card", "medical")] == [True, False]
    assert [is_financial(told, "card") for told in (True, False)] == [True, False]


def test_t56_the_notice_to_the_estate_names_who_acts_for_it_and_says_you_to_nobody_who_died() -> None:
    text = plain(fill(replace(ROCKVILLE, consumer="Bela Whitaker", estate_of="Ann Whitaker"), "en"))
    in_order(
        text,
        (
            "To:\nBela Whitaker\nfor the estate of Ann Whitaker\n2323 Park Street",
            "a debt that Ann Whitaker owed to Bank of Rockville",
            "Ann Whitaker had a Main Street Department Store credit card",
            "As of January 2, 2017, Ann Whitaker owed:",
            "This amount was paid or credited toward the debt:",
        ),
    )


def test_t55_the_spanish_form_holds_everything_too() -> None:
    text = plain(fill(replace(ROCKVILLE, is_electronic=True), "es"))
    in_order(
        text,
        (
            "North South Group es un cobrador de deudas.",
            "Nuestra información muestra lo siguiente:",
            "Usted tenía una tarjeta de crédito Main Street Department Store de Bank of Rockville",
            "Al 2 de enero de 2017, usted debía: $2,234.56",
            "Cantidad total de la deuda ahora: $2,284.56",
            "¿Cómo puede disputar la deuda?",
            "¿Qué más puede hacer?",
            "www.cfpb.gov/debt-collection",
            "Envíe este formulario a:",
            "¿Cómo desea responder?\nMarque todo lo que corresponda:",
        ),
    )
    assert text.count("28 de agosto de 2020") == 3
    assert "formulario en español" not in text


def test_the_sentences_of_both_languages_ask_for_the_same_values() -> None:
    for name, sentence in SENTENCES["es"].items():
        asked = {piece.split("}")[0] for piece in sentence.split("{")[1:]}
        assert asked == {piece.split("}")[0] for piece in ENGLISH[name].split("{")[1:]}, name
