"""Columns of money and rates."""

from __future__ import annotations

from typing import Any

from django.db import models


def money(**kwargs: Any) -> models.DecimalField[Any, Any]:
    """US dollars, numeric(14,2)."""
    return models.DecimalField(max_digits=14, decimal_places=2, **kwargs)


def percent(**kwargs: Any) -> models.DecimalField[Any, Any]:
    """A percentage, numeric(7,4); null: none is known."""
    return models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True, **kwargs)
