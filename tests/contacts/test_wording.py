"""What the linter of templates refuses: words without their tag, an amount in a subject, more than a voicemail may hear."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from contacts.models import Template
from contacts.standard_templates import ensure_templates
from contacts.templates import lint, voicemail
from contacts.voicemail import limited_content_problems, sounds_like_collecting
from tests.factories import AT

DISCLOSED = "{{ collector_disclosure }}\n{{ opt_out }}\n"
NOTICE = "{{ validation_notice }}\n{{ opt_out }}\n"


@dataclass
class T:
    body: str
    subject: str = "Your account with {{ client_name }}, {{ account_ref }}"
    channel: str = "email"
    tags: list[str] = field(default_factory=list)


def test_t18_an_electronic_template_without_opt_out_is_refused() -> None:
    said = [
        lint(T("{{ collector_disclosure }} Hello", channel=channel, subject="x"))
        for channel in ("email", "text")
    ]
    assert all("{{ opt_out }}" in problem for (problem,) in said)
    assert lint(T("{{ collector_disclosure }} Hello", channel="letter", subject="")) == []


SPOKEN = [
    ("suit_threat", "We may file suit against you."),
    ("suit_threat", "Legal action will follow."),
    ("suit_threat", "We will refer the account to our attorneys."),
    ("suit_threat", "A judgment against you may lead to garnishment of wages."),
    ("suit_threat", "We will sue."),
    ("suit_threat", "Iniciaremos una demanda judicial."),
    ("payment_deadline", "Payment must be received within 10 days."),
    ("payment_deadline", "Pay by {{ today }}."),
    ("payment_deadline", "Please send the full amount before 1 May."),
    ("payment_deadline", "Pay immediately."),
    ("payment_deadline", "This is your FINAL NOTICE."),
    ("payment_deadline", "Pague antes del 1 de mayo."),
    ("furnishing_threat", "We will report this debt to the credit bureaus."),
    ("furnishing_threat", "Your credit score may be damaged."),
]


@pytest.mark.parametrize(("tag", "words"), SPOKEN)
def test_words_that_the_gate_must_judge_carry_their_tag(tag: str, words: str) -> None:
    (problem,) = lint(T(DISCLOSED + words))
    assert f"the tag {tag}" in problem
    assert lint(T(DISCLOSED + words, tags=[tag])) == []


@pytest.mark.parametrize(
    "words",
    [
        "The law limits how long you can be sued on a debt. Because of the age of your debt, we will not sue you for it.",
        "If you do not pay the debt, we may report it to the credit reporting agencies as unpaid for as long as the law permits "
        "this reporting.",
        "You will pay {{ promise_amount }} by {{ promise_date }}.",
        "You may pay by check, by card or by phone.",
        "We have not seen a payment or heard from you.",
        "Write to us by {{ today }} to dispute the debt.",
    ],
)  # fmt: skip
def test_what_is_no_threat_and_no_deadline_needs_no_tag(words: str) -> None:
    assert lint(T(DISCLOSED + words)) == []


def test_a_subject_tells_no_amount_and_no_debt() -> None:
    assert "tells no amount" in lint(T(DISCLOSED, subject="You owe {{ balance }}"))[0]
    assert "tells no amount" in lint(T(DISCLOSED, subject="$ 40 open"))[0]
    assert "tell others of a debt" in lint(T(DISCLOSED, subject="Debt of {{ client_name }}"))[0]


def test_a_validation_notice_by_email_is_known_by_creditor_and_one_thing_more() -> None:
    (problem,) = lint(T(NOTICE, subject="{{ account_ref }}", tags=["validation"]))
    assert "names the creditor" in problem
    (problem,) = lint(T(NOTICE, subject="{{ current_creditor }}", tags=["validation"]))
    assert "one thing more" in problem
    assert lint(T(NOTICE, subject="{{ current_creditor }} {{ merchant_brand }}", tags=["validation"])) == []


# --- the limited-content message (1006.2(j))

PLAIN = "This is Robin Smith calling from ABC Inc. Please contact me or Jim Johnson at 1-800-555-1212."
FULL = (
    "Hi, this is Robin Smith calling from ABC Inc. It is 4:15 p.m. on Wednesday, September 1. Please contact me or any of our "
    "representatives at 1-800-555-1212 today until 6:00 p.m. Eastern time, or any weekday from 8:00 a.m. to 6:00 p.m. Eastern time."
)


def said(text: str, business: str = "ABC Inc.") -> list[str]:
    return limited_content_problems(text, business=business)


@pytest.mark.parametrize("text", [PLAIN, FULL])
def test_t25_both_examples_of_the_bureau_are_accepted(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PLAIN + " It is about your account with First Bank.", "has no place"),
        (PLAIN.replace("Please", "It concerns a debt. Please"), "“It concerns a debt” has no place"),
        (PLAIN.replace("1-800-555-1212", "1-800-555-1212 reference 12345"), "has no place"),
        (
            PLAIN.replace("Jim Johnson", "any of our representatives in the credit card receivables group"),
            "has no place",
        ),
        (PLAIN.replace("Please", "This is an important matter. Please"), "has no place"),
        (PLAIN.replace("Inc.", "Inc. about your debt."), "has no place"),
        (PLAIN.replace("ABC Inc", "First Bank"), "another business than ABC Inc."),
        ("Please contact me at 1-800-555-1212.", "must name who calls"),
        ("This is Robin Smith calling from ABC Inc.", "must ask for a reply"),
        (
            "This is Robin Smith calling from ABC Inc. Please contact us at 1-800-555-1212.",
            "must ask for a reply",
        ),
        ("", "must name who calls"),
    ],
)
def test_t25_anything_more_or_less_is_refused(text: str, says: str) -> None:
    assert any(says in problem for problem in said(text))


def test_t25_a_business_that_says_it_collects_leaves_no_message() -> None:
    assert sounds_like_collecting("Harbor Point Recovery")
    assert not sounds_like_collecting("Harbor Point")
    problems = said(PLAIN.replace("ABC Inc", "Apex Debt Collectors"), "Apex Debt Collectors")
    assert problems == [
        "The name Apex Debt Collectors tells that a debt is collected; no message may be left in it."
    ]
    context = {
        "agent_name": "Robin Smith",
        "agency_phone": "1-800-555-1212",
        "business_name": "Apex Recovery",
    }
    script = (
        "This is {{ agent_name }} calling from {{ business_name }}. Please contact me at {{ agency_phone }}."
    )
    assert voicemail(script, context) == voicemail(script, {**context, "business_name": ""}) == ""
    assert voicemail(script, {**context, "business_name": "ABC Inc"}) == (
        "This is Robin Smith calling from ABC Inc. Please contact me at 1-800-555-1212."
    )


def test_a_voicemail_template_knows_its_own_fields_only() -> None:
    script = (
        "This is {{ agent_name }} calling from {{ business_name }}. Please contact me at {{ agency_phone }}."
    )
    assert lint(T(script, channel="call", subject="")) == []
    assert "There is no field {{ balance }}." in lint(
        T(script + " {{ balance }}", channel="call", subject="")
    )


@pytest.mark.django_db
def test_the_command_names_what_is_in_use_and_may_not_be() -> None:
    ensure_templates(at=AT)
    call_command("lint_templates", stdout=StringIO())
    Template.objects.filter(code="second_notice", channel="email").update(body=DISCLOSED + "We will sue.")
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 of the templates in use"):
        call_command("lint_templates", stdout=out)
    assert "second_notice email v1 (approved): “sue” speaks of a suit" in out.getvalue()
