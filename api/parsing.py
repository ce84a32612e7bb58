"""JSON in, refused where it holds what no row could keep: a NUL, half a character, a number that is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class CleanJSONParser(JSONParser):
    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            found = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("This JSON is nested too deeply.") from error
        _check(found)
        return found


def _check(found: Any) -> None:
    left = [found]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            left += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            left += item
        elif isinstance(item, str) and ("\x00" in item or not _is_text(item)):
            raise ParseError("A text holds a NUL or half a character.")
        elif isinstance(item, float) and not math.isfinite(item):
            raise ParseError("A number is too large.")


def _is_text(item: str) -> bool:
    try:
        item.encode()
    except UnicodeEncodeError:
        return False
    return True
