from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from contacts.standard_templates import standards
from contacts.templates import EmptyField, TemplateRefused, check, lint, render


@dataclass
class T:
    body: str
    subject: str = "About your account"
    channel: str = "email"
    tags: list[str] = field(default_factory=list)


GOOD = "Dear {{ debtor_name }}, {{collector_disclosure}} {{ opt_out }}"


def test_a_good_template_has_no_problems():
    assert lint(T(GOOD)) == []


def test_an_unknown_field_is_named():
    assert lint(T(GOOD + " {{ ssn }}")) == ["There is no field {{ ssn }}."]


def test_an_email_without_opt_out_is_refused():
    with pytest.raises(TemplateRefused, match=r"opt_out.*1006\.6\(e\)"):
        check(T("{{ collector_disclosure }}"))


def test_a_letter_to_a_consumer_discloses():
    assert lint(T("Pay.", channel="letter")) == [
        "Consumers must read {{ mini_miranda }} or {{ collector_disclosure }} (12 CFR 1006.18(e))."
    ]
    assert lint(T("Pay.", channel="letter", tags=["commercial"])) == []


@pytest.mark.parametrize(
    "bad", ["{% include 'x' %}", "{{ balance | safe }}", "{{ a.b }}", "{{ }}", "{{ balance"]
)
def test_anything_but_a_field_is_refused(bad):
    assert lint(T(GOOD + bad)) != []


def test_a_template_cannot_compute():
    with pytest.raises(TemplateRefused, match="There is no field"):
        render(T("{{ __class__ }}"), {})


def test_a_value_is_not_read_as_a_template():
    _, body = render(T("{{ debtor_name }}"), {"debtor_name": "{{ balance }} #panic()"})
    assert body == "{{ balance }} #panic()"


def test_an_empty_field_makes_no_text():
    with pytest.raises(EmptyField, match="due_date") as caught:
        render(T("{{ due_date }}"), {"due_date": ""})
    assert caught.value.fields == ["due_date"]


def test_a_subject_is_one_line():
    subject, _ = render(T("x", subject="{{ debtor_name }}"), {"debtor_name": "A\r\nBcc: evil@example.com"})
    assert subject == "A Bcc: evil@example.com"


def test_every_standard_template_passes():
    assert {s.code: lint(s) for s in standards()} == {
        "voicemail": [], "first_notice": [], "second_notice": [], "payment_reminder": [], "promise_confirmation": [],
        "validation_notice": [], "verification": [], "duplicate_dispute": [], "original_creditor": [],
    }  # fmt: skip
