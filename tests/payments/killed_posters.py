"""Two posters at once, in processes of their own, killed at any line, again and again; each begins anew with all that was to be done.

python -m tests.payments.killed_posters DATABASE USER SEED KILLS REFERENCE... (one payment of 3.00, and of every third a reversal, for each)
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import django

AT = datetime(2026, 4, 7, 15, 0, tzinfo=UTC)


def work(user_pk: int, refs: list[str], order: random.Random) -> None:
    from accounts.models import Account
    from console.once import once
    from payments.models import Payment
    from payments.services import post_payment, reverse_payment
    from users.models import User

    user = User.objects.get(pk=user_pk)
    numbers = list(range(len(refs)))
    order.shuffle(numbers)
    for number in numbers:
        account = Account.objects.get(ref=refs[number])
        at = AT + timedelta(seconds=number)

        def pay(account: Account = account, number: int = number, at: datetime = at) -> Payment:
            return post_payment(
                account=account, amount=Decimal("3.00"), method="check", effective_on=AT.date(), reference=f"n{number}", by=user, at=at
            )  # fmt: skip

        def back(number: int = number, at: datetime = at) -> Payment:
            payment = Payment.objects.get(reference=f"n{number}")
            return reverse_payment(payment=payment, reason="NSF", by=user, at=at + timedelta(days=1))

        once(user=user, token=f"pay{number}", at=at, do=pay)
        if number % 3 == 0:
            once(user=user, token=f"back{number}", at=at, do=back)


def fork(user_pk: int, refs: list[str], seed: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work(user_pk, refs, random.Random(seed))
        os._exit(0)
    finally:
        os._exit(1)


def main(database: str, user_pk: str, seed: str, kills: str, *refs: str) -> None:
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    rng = random.Random(int(seed))
    killed = 0
    while killed < int(kills):
        pids = [fork(int(user_pk), list(refs), rng.randrange(10**9)) for _ in range(2)]
        time.sleep(rng.uniform(0.005, 0.12))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    last = fork(int(user_pk), list(refs), 0)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(last, 0)[1]))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collections_crm.settings")
    main(*sys.argv[1:])
