"""Exactly once: whatever is killed, and whoever does it at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from decimal import Decimal as D

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Account
from accounts.services import verify_ledger
from payments.models import Payment
from payments.trust import balances, verify_trust
from tests.factories import make_account, make_user

KILLS = 200
PAYMENTS = 240


@pytest.mark.django_db(transaction=True)
def test_posters_killed_two_hundred_times_post_and_take_back_each_payment_once() -> None:
    accounts = [make_account(principal="1000.00") for _ in range(12)]
    refs = [accounts[number % 12].ref for number in range(PAYMENTS)]
    user = make_user("poster")
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.payments.killed_posters", connection.settings_dict["NAME"], str(user.pk), "7", str(KILLS),
            *refs,
        ],
        cwd=settings.BASE_DIR,
        timeout=300,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Counter(Payment.objects.values_list("reference", flat=True)) == {
        f"n{number}": 1 for number in range(PAYMENTS)
    }
    assert Counter(Payment.objects.values_list("status", flat=True)) == {
        "posted": PAYMENTS * 2 // 3,
        "reversed": PAYMENTS // 3,
    }
    assert set(Account.objects.values_list("balance", flat=True)) == {D("1000.00"), D("940.00")}
    assert (verify_ledger(), verify_trust()) == ([], [])
    assert balances()["bank"] == D("3.00") * (PAYMENTS * 2 // 3)
