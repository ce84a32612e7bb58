"""What each rule says: its code, its place in the law, until when it stands and the sentence a rep reads, word for word."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from compliance.case import CoDebtorStay, DebtFacts, DialConsent, Hold, Inconvenient, OptOut, Validation
from compliance.gate import AddressBasis, Request
from tests.compliance.making import BASES, MAIL, NUMBER, answer, ask, call, on

DAY = "2026-04-07"


def held(kind: str, until: date | None = None) -> tuple[Hold, ...]:
    return (Hold(kind, "D", date(2026, 1, 1), until),)


SAID: list[tuple[Request, dict[str, Any], tuple[str, str, str | None, str]]] = [
    (
        ask(on(DAY, "07:59")),
        {},
        ("outside_hours", "12 CFR 1006.6(b)(1)(i)", "2026-04-07T08:00:00-04:00",
         "It is outside the hours of contact in a place where this person may be."),
    ),
    (
        ask(on(DAY)),
        {"zones": ("America/New_York", "Pacific/Guam")},
        ("location_zone_conflict", "12 CFR 1006.6(b)(1)(i), comment 2", None,
         "No hour is convenient in every place this person may be; find out where they are."),
    ),
    (
        ask(on(DAY)),
        {"inconvenient": (Inconvenient(frozenset({1}), None, None, None, None, None),)},
        ("inconvenient_time", "12 CFR 1006.6(b)(1)(i)", "2026-04-08T00:00:00-04:00",
         "This person told us that this time is inconvenient."),
    ),
    (
        ask(on(DAY), place="home"),
        {"inconvenient": (Inconvenient(frozenset(), None, None, "home", None, date(2026, 5, 1)),)},
        ("inconvenient_place", "12 CFR 1006.6(b)(1)(ii)", "2026-05-01T00:00:00-04:00",
         "This person asked not to be contacted at home."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("attorney")},
        ("attorney_represented", "12 CFR 1006.6(b)(2)", None,
         "An attorney represents this person in this debt; contact the attorney."),
    ),
    (
        ask(on(DAY), place="work"),
        {"holds": held("employer_prohibited")},
        ("employer_prohibited", "12 CFR 1006.6(b)(3)", None,
         "The employer does not allow such contact at work."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("cease")},
        ("cease_communication", "12 CFR 1006.6(c)", None,
         "This person asked in writing that we stop; only the three notices of the law may follow."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("refused_to_pay")},
        ("refused_to_pay", "12 CFR 1006.6(c)(1)", None,
         "This person refused in writing to pay; only the three notices of the law may follow."),
    ),
    (
        ask(on(DAY), recipient="third_party"),
        {},
        ("third_party_not_allowed", "12 CFR 1006.6(d)(1)", None,
         "Only the consumer and those who act for them may be told of a debt."),
    ),
    (
        ask(on(DAY), purpose="location", address=""),
        {},
        ("third_party_not_allowed", "12 CFR 1006.10(c)", None,
         "This third party was asked already; once is all, unless they ask for it or were mistaken."),
    ),
    (
        ask(on(DAY)),
        {"history": tuple(call(f"2026-04-0{n}") for n in range(1, 8))},
        ("call_frequency", "12 CFR 1006.14(b)(2)(i)(A)", "2026-04-08T00:00:00-04:00",
         "7 calls about this debt in 7 days have been made."),
    ),
    (
        ask(on(DAY, "20:00")),
        {"history": (call("2026-04-07", "conversation"),)},
        ("conversation_cooldown", "12 CFR 1006.14(b)(2)(i)(B)", "2026-04-14T00:00:00-04:00",
         "You spoke with this person about this debt within the last 7 days."),
    ),
    (
        ask(on(DAY)),
        {"residence_states": ("MA",), "history": (call("2026-04-05"), call("2026-04-06"))},
        ("state_frequency", "209 CMR 18.16(1)(d); 940 CMR 7.04(1)(f)", "2026-04-12T00:00:00-04:00",
         "The limit of 2 contacts that MA sets is reached."),
    ),
    (
        ask(on(DAY)),
        {"opt_outs": (OptOut("call", None),)},
        ("medium_opt_out", "12 CFR 1006.14(h)(1)", None,
         "This person asked us for no calls."),
    ),
    (
        ask(on(DAY)),
        {"opt_outs": (OptOut("all", NUMBER),)},
        ("address_opt_out", "12 CFR 1006.14(h)(1)", None,
         "This person asked us not to use this address or number."),
    ),
    (
        ask(on(DAY), "email"),
        {},
        ("no_email_safe_harbor", "12 CFR 1006.6(d)(4)", None,
         "Nothing on file allows e-mail to this address; ask for consent."),
    ),
    (
        ask(on(DAY), "email"),
        {"disclosed": (MAIL,), "address_basis": BASES},
        ("no_email_safe_harbor", "12 CFR 1006.6(d)(3)(ii)", None,
         "Others read what is sent there."),
    ),
    (
        ask(on(DAY), "email", address="ada@ACME.example"),
        {"employer_emails": ("ada@acme.example",),
         "address_basis": (AddressBasis("ada@acme.example", "EMAIL_CREDITOR", date(2026, 1, 1)),)},
        ("employer_email", "12 CFR 1006.22(f)(3)", None,
         "This address is the employer's; ask for another or for consent."),
    ),
    (
        ask(on(DAY), "text"),
        {},
        ("no_sms_safe_harbor", "12 CFR 1006.6(d)(5)", None,
         "Nothing of the last 60 days allows texts to this number; ask for consent."),
    ),
    (
        ask(on(DAY), "text"),
        {"address_basis": (AddressBasis(NUMBER, "SMS_CONSENT", date(2026, 4, 20)),)},
        ("no_sms_safe_harbor", "12 CFR 1006.6(d)(5)", "2026-04-20T00:00:00-04:00",
         "Nothing of the last 60 days allows texts to this number; ask for consent."),
    ),
    (
        ask(on(DAY), "text"),
        {"disclosed": (NUMBER,)},
        ("no_sms_safe_harbor", "12 CFR 1006.6(d)(3)(ii)", None,
         "Others read what is sent there."),
    ),
    (
        ask(on(DAY), "email"),
        {"residence_states": ("DC",), "address_basis": (AddressBasis(MAIL, "EMAIL_CREDITOR", date(2026, 1, 1)),)},
        ("no_email_safe_harbor", "D.C. Code 28-3814", None,
         "DC asks for direct consent before anything electronic is sent."),
    ),
    (
        ask(on(DAY), "text", address=NUMBER),
        {"residence_states": ("DC",), "address_basis": (AddressBasis(NUMBER, "SMS_CONSUMER_TEXTED", date(2026, 4, 1)),)},
        ("no_sms_safe_harbor", "D.C. Code 28-3814", None,
         "DC asks for direct consent before anything electronic is sent."),
    ),
    (
        ask(on(DAY), dial_mode="prerecorded"),
        {},
        ("no_tcpa_consent", "47 CFR 64.1200(a)(1)(iii), (a)(3)(iii)", None,
         "No consent to automated or recorded calls and texts to this number is on file; dial by hand or ask for it."),
    ),
    (
        ask(on(DAY), dial_mode="prerecorded"),
        {"dial_consents": (DialConsent(NUMBER, on("2026-01-02"), on("2026-03-01")),)},
        ("consent_revoked", "47 CFR 64.1200(a)(10)", None,
         "Consent to automated calls and texts was taken back; dial by hand or ask for it anew."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("dispute")},
        ("dispute_hold", "12 CFR 1006.38(d)(2)", None,
         "The debt is disputed; nothing goes out until the dispute is answered."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("original_creditor_request")},
        ("oc_request_hold", "12 CFR 1006.38(c)", None,
         "The original creditor's name was asked for and has not been sent yet."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("validation_pending", date(2026, 4, 9))},
        ("validation_not_sent", "12 CFR 1006.34(a)(1)", "2026-04-09T00:00:00-04:00",
         "The validation notice has not been sent."),
    ),
    (
        ask(on(DAY), "letter", address="", template_tags=frozenset({"payment_deadline"})),
        {"validation": {"D": Validation(date(2026, 3, 20), date(2026, 4, 27))}},
        ("overshadowing", "12 CFR 1006.38(b)", "2026-04-28T00:00:00-04:00",
         "The validation period is still running; no deadline and no threat of suit."),
    ),
    (
        ask(on(DAY), "letter", address="", template_tags=frozenset({"suit_threat"})),
        {},
        ("time_barred_suit", "12 CFR 1006.26(b)", None,
         "Until when this debt may be sued on is not known; nothing may speak of a suit."),
    ),
    (
        ask(on(DAY), "letter", address="", template_tags=frozenset({"suit_threat"})),
        {"residence_states": ("NY",), "debts": {"D": DebtFacts("card", date(2015, 1, 1))}},
        ("time_barred_suit", "12 CFR 1006.26(b)", None,
         "The time to sue on this debt ended on 2018-01-01; nothing may speak of a suit."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("bankruptcy")},
        ("bankruptcy_stay", "11 USC 362(a)(6)", None,
         "A bankruptcy stay forbids every act to collect."),
    ),
    (
        ask(on(DAY)),
        {"co_debtor_stays": (CoDebtorStay("D", date(2026, 1, 1), None, "13"),)},
        ("bankruptcy_stay", "11 USC 1201, 1301", None,
         "The bankruptcy of another who owes this debt stays collection from this person too."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("discharged")},
        ("discharged", "11 USC 524(a)(2)", None,
         "The debt was discharged in bankruptcy."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("deceased")},
        ("deceased_no_estate_rep", "12 CFR 1006.6(a)(4)", None,
         "This person has died; contact only somebody named who acts for the estate."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("scra")},
        ("scra_hold", "50 USC 3901 ff.", None,
         "A servicemember: a supervisor decides how to proceed."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("suppression")},
        ("suppression_global", "house policy", None,
         "This account is suppressed or was recalled by its creditor."),
    ),
    (
        ask(on(DAY)),
        {"holds": held("recalled")},
        ("suppression_global", "house policy", None,
         "This account is suppressed or was recalled by its creditor."),
    ),
    (
        ask(on(DAY)),
        {"undeliverable": (NUMBER,)},
        ("address_undeliverable", "12 CFR 1006.42(a)", None,
         "What was sent to this address came back."),
    ),
    (
        ask(on(DAY)),
        {"licences": (), "residence_states": ("CA", "NY"), "cities": ("Brooklyn, NY",)},
        ("license_missing", "state licence laws", None,
         "No licence of ours is valid in CA, NYC."),
    ),
    (
        ask(on(DAY)),
        {"residence_states": ("NV",), "debts": {"D": DebtFacts("medical", date(2025, 1, 1), notice_on=date(2026, 4, 1))}},
        ("validation_not_sent", "NRS 649.366", "2026-05-31T00:00:00-04:00",
         "NV asks for a notice by letter 60 days before anything else."),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "facts", "said"), SAID, ids=[f"{n}-{said[0]}" for n, (_, _, said) in enumerate(SAID)]
)
def test_each_rule_says_what_it_forbids_until_when_and_by_what_law(
    request_: Request, facts: dict[str, Any], said: tuple[str, str, str | None, str]
) -> None:
    (reason,) = answer(request_, **facts).reasons
    assert (reason.code, reason.rule, reason.until and reason.until.isoformat(), reason.text) == said
