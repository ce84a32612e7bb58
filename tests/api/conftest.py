from __future__ import annotations

import pytest

from tests.factories import AT


@pytest.fixture(autouse=True)
def eleven_in_new_york(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API's clock stands at 11:00 on Tuesday 7 April 2026 in New York."""
    monkeypatch.setattr("api.base.now", lambda: AT)
    monkeypatch.setattr("api.views.compliance.now", lambda: AT)
