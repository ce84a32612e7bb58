from __future__ import annotations

from typing import Any

import pytest

from contacts.models import Template
from contacts.standard_templates import ensure_templates
from tests.factories import AT


@pytest.fixture
def templates(db: Any) -> dict[tuple[str, str], Template]:
    return ensure_templates(at=AT)
