"""Answers gate questions: JSON lines in, decisions out. Reads no database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.gate import decide
from compliance.policy import PolicyError, policy_on
from compliance.questions import answer_dict, read_question
from compliance.reader import QuestionError
from compliance.rules import rule_table


class Command(BaseCommand):
    help = (
        "Read gate questions as JSON lines on stdin, print decisions as JSON lines; --rules lists the rules."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rules", action="store_true", help="list every code: built or missing, with its citation"
        )
        parser.add_argument("--json", action="store_true", help="with --rules: one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rules"]:
            self._rules(options["json"])
            return
        wrong = answer_lines(sys.stdin.buffer, sys.stdout)
        if wrong:
            raise CommandError(
                f"{wrong} question(s) could not be read; each answer names the line and the field."
            )

    def _rules(self, as_json: bool) -> None:
        rows = rule_table()
        if as_json:
            self.stdout.write(json.dumps({"rules": rows}))
            return
        for row in rows:
            self.stdout.write(f"{row['code']:<28} {row['state']:<8} {row['citation']}")


def answer_lines(questions: Iterable[bytes], answers: TextIO) -> int:
    """One answer a line, flushed, in order. Returns how many questions could not be read."""
    wrong = 0
    for number, line in enumerate(questions, start=1):
        if not line.strip():
            continue
        answer = answer_line(line, number)
        wrong += "error" in answer
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    return wrong


def answer_line(line: bytes, number: int) -> dict[str, Any]:
    """The decision, or what is wrong with the line; a line never keeps those after it from being answered."""
    try:
        question = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return _error(number, "", f"is not JSON in UTF-8: {error}")
    try:
        request, facts = read_question(question)
        return answer_dict(decide(request, facts, policy_on(request.at.date())))
    except QuestionError as error:
        return _error(number, error.field, error.message)
    except PolicyError as error:
        return _error(number, "request.at", str(error))


def _error(line: int, field: str, message: str) -> dict[str, Any]:
    return {"error": {"line": line, "field": field, "message": message}}
