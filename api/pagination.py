from __future__ import annotations

import re
from typing import Any

from rest_framework import pagination
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

_BAD_CURSOR = {"cursor": ["This is no cursor of ours; follow `next` as it was given."]}


class CursorPagination(pagination.CursorPagination):
    """Newest first by id, a hundred a page; ``page_size`` up to a thousand."""

    ordering = "-id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000

    def decode_cursor(self, request: Request) -> Any:
        try:
            cursor = super().decode_cursor(request)
        except NotFound as error:
            raise ValidationError(_BAD_CURSOR) from error
        if cursor and not re.fullmatch(r"\d{1,18}", cursor.position or "0"):
            raise ValidationError(_BAD_CURSOR)
        return cursor

    def get_page_size(self, request: Request) -> int | None:
        given = request.query_params.get("page_size", "1")
        if not re.fullmatch(r"[1-9]\d{0,3}", given):
            raise ValidationError({"page_size": [f"A number from 1 to {self.max_page_size}."]})
        return super().get_page_size(request)
