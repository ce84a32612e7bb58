"""A plugin for mutation testing: answers of another mutant are not kept."""

from __future__ import annotations

from compliance import case, gate, hours


def pytest_runtest_setup() -> None:
    for cached in (case.zone, case.first_instant, hours.next_inside, gate._rules):
        cached.cache_clear()
