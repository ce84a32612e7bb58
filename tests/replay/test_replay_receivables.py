"""The creditor's feed, through REST alone, on the sample that ships; and its recount on invoices written out by hand."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.services import verify_ledger
from core.clock import now
from tests.factories import make_user

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "replay_receivables.py"

SAMPLE = {
    "placed": 36,
    "fired": {
        "Call about the invoice": {"call_task": 11},
        "Escalate": {"escalation": 6},
        "First notice": {"letter": 18, "email": 8},
        "Second notice": {"email": 5, "letter": 14},
    },
    "tasks": 11,
    "escalations": 6,
    "payments": {"count": 34, "amount": "2326.15"},
    "open_balance": "91.87",
}


def load_script() -> Any:
    spec = importlib.util.spec_from_file_location("replay_receivables", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


replay = load_script()


def invoice(days_late: int | None, **changes: Any) -> Any:
    """Due on 2 March; ``days_late`` None was never settled."""
    settled = None if days_late is None else date(2014, 3, 2 + days_late)
    values = {
        "number": "0000000001", "customer": "0042-ABCDE", "invoiced_on": date(2014, 1, 31), "due_on": date(2014, 3, 2),
        "amount": Decimal("10.00"), "disputed": False, "electronic": False, "settled_on": settled, "late": days_late != 0,
    }  # fmt: skip
    return replay.Invoice(**{**values, **changes})


@pytest.mark.parametrize(
    ("days_late", "fired"),
    [
        (3, {}),
        (4, {"First notice": {"letter": 1}}),
        (10, {"First notice": {"letter": 1}}),
        (11, {"First notice": {"letter": 1}, "Second notice": {"letter": 1}}),
        (20, {"First notice": {"letter": 1}, "Second notice": {"letter": 1}}),
    ],
)
def test_a_step_fires_only_while_the_invoice_is_unpaid_on_its_day(days_late: int, fired: dict) -> None:
    assert replay.recount([invoice(days_late)])["fired"] == fired


def test_an_unsettled_invoice_goes_the_whole_way_and_stays_open() -> None:
    found = replay.recount([invoice(None, electronic=True)])
    assert found["fired"]["Second notice"] == {"email": 1}
    assert (found["tasks"], found["escalations"], found["open_balance"]) == (1, 1, "10.00")


def test_a_disputed_invoice_is_placed_and_paid_but_never_reminded() -> None:
    found = replay.recount([invoice(25, disputed=True)])
    assert found["fired"] == {}
    assert (found["placed"], found["tasks"]) == (1, 0)
    assert found["payments"] == {"count": 1, "amount": "10.00"}


def test_an_invoice_paid_in_time_is_not_placed() -> None:
    assert replay.recount([invoice(0), invoice(1)])["placed"] == 1


def test_leading_zeros_stay() -> None:
    invoices = replay.read_invoices(replay.SAMPLE)
    assert "0005136995" in {each.number for each in invoices}
    assert {len(each.number) for each in invoices} == {10}


def test_the_sample_recounted() -> None:
    assert replay.recount(replay.read_invoices(replay.SAMPLE)) == SAMPLE


def run_script(base_url: str, token: str) -> dict[str, Any]:
    command = [sys.executable, str(SCRIPT), "--base-url", base_url, f"--token={token}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.django_db(transaction=True)
def test_the_system_does_what_the_file_says(live_server: Any) -> None:
    from api.tokens import create_token

    call_command("seed_basics", verbosity=0)
    call_command("seed_basics", verbosity=0)
    token = create_token(user=make_user("admin"), at=now())
    found = run_script(live_server.url, token)
    assert {key: found[key] for key in SAMPLE} == SAMPLE
    assert found["equal"] is True
    assert verify_ledger() == []
    again = run_script(live_server.url, token)
    assert {key: again[key] for key in SAMPLE} == SAMPLE, "the same feed once more changes nothing"
