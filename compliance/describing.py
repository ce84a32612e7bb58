"""The table of rules as Markdown: what each code says, where it stands in the law, and which tests show it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from compliance.lawtables import Limitation
from compliance.overlays import LAST_DAY, ActionNotice, ElectronicConsent, Overlay, StateHours, StateLimit
from compliance.policy import Policy
from compliance.rules import ENTRIES, Entry, state_of

STATEMENT = re.compile(r"test_[tT](\d+)_")
HEAD = """# The rules of the contact gate

Made by `python manage.py describe_rules > docs/compliance.md`; a test fails when it is out of date. A statement (T-01 to T-87
of the regulation note) stands beside a code when a test of `tests/compliance` or `tests/contacts` that carries its number in
its name also names the code. What is missing is about no contact and not decided here: suits brought, fees, payments, reports
to bureaus, transfers. Statements about templates (T-18, T-25), notices and disputes (T-42 to T-52, T-54, T-55), venue (T-69),
transfers (T-77), deadlines and records (T-79 to T-82) are no questions to the gate.

A licence is asked for as soon as one is on record; a house without any is not asked. Massachusetts lets an oral request to stop
calls at work lapse after ten days (209 CMR 18.16(1)(c)); the federal rule does not, so the stricter stands and no row says less.
"""
NAMES = {"call": "calls", "text": "texts", "email": "e-mails", "letter": "letters", "in_person": "visits"}


def statements_by_code(tests: Iterable[Path]) -> dict[str, list[str]]:
    """From the tests under some folders: code to the statements of those that carry one in their name and name the code."""
    known = {entry.code for entry in ENTRIES}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in (path for folder in tests for path in sorted(folder.rglob("test_*.py"))):
        source = ast.parse(path.read_text(encoding="utf-8"))
        constants = _constants(source)
        for test, number in _statements(source):
            for code in known & _words(test, constants):
                found[code].add(f"T-{number}")
    return {code: sorted(numbers) for code, numbers in found.items()}


def _statements(source: ast.Module) -> Iterator[tuple[ast.FunctionDef, str]]:
    for node in ast.walk(source):
        if isinstance(node, ast.FunctionDef) and (match := STATEMENT.match(node.name)):
            yield node, match[1]


def _constants(source: ast.Module) -> dict[str, str]:
    """Codes that a test module gives a name of its own."""
    found: dict[str, str] = {}
    for node in source.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Tuple)
            and isinstance(node.value, ast.Tuple)
        ):
            pairs = zip(node.targets[0].elts, node.value.elts, strict=False)
            found |= {
                name.id: str(value.value)
                for name, value in pairs
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant)
            }
    return found


def _words(test: ast.AST, constants: dict[str, str]) -> set[str]:
    strings = {
        node.value
        for node in ast.walk(test)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return strings | {constants.get(node.id, "") for node in ast.walk(test) if isinstance(node, ast.Name)}


def described(policies: Iterable[Policy], tests: Iterable[Path]) -> str:
    """The whole page. ``policies``: oldest first; the rows are those of the last."""
    shown = statements_by_code(tests)
    policy = list(policies)[-1]
    laws = policy.overlays
    rows = [*laws.limits, *laws.hours, *laws.consents, *laws.notices]
    codes = [_code_row(entry, shown.get(entry.code, [])) for entry in ENTRIES]
    return "\n".join(
        [
            HEAD,
            *_table("code", "refuses", "law", "tests", "confidence", "state", rows=codes),
            f"\n## States and cities, policy {policy.version}\n",
            *_table(
                "place", "rule", "law", "from", "to", "confidence", rows=[_place_row(row) for row in rows]
            ),
            f"\n## Years to sue, policy {policy.version}\n",
            *_table(
                "state",
                "written",
                "oral",
                "open",
                "a payment renews it",
                "law",
                "confidence",
                rows=[
                    _limitation_row(state, row) for state, row in sorted(policy.tables.limitations.items())
                ],
            ),
            "",
        ]
    )


def _limitation_row(state: str, row: Limitation) -> list[str]:
    renews = "before its end" if row.revives else "no"
    return [state, str(row.written), str(row.oral), str(row.open), renews, row.citation, row.confidence]


def _code_row(entry: Entry, statements: list[str]) -> list[str]:
    yields = (
        " Yields to a reason of the law (comment 14(b)(2)(i)-2), said and kept."
        if entry.is_overridable
        else ""
    )
    return [
        f"`{entry.code}`", entry.sentence + yields, entry.citation, ", ".join(statements) or "–", entry.confidence, state_of(entry),
    ]  # fmt: skip


def _place_row(row: Overlay) -> list[str]:
    first = "" if row.valid_from == date.min else row.valid_from.isoformat()
    last = "" if row.valid_to == LAST_DAY else row.valid_to.isoformat()
    return [row.place, sentence(row), row.citation, first or "–", last or "–", row.confidence]


def sentence(row: Overlay) -> str:
    """What one row of a state or city says."""
    match row:
        case StateLimit():
            what = (
                "contacts"
                if len(row.channels) == len(NAMES)
                else " or ".join(sorted(NAMES[c] for c in row.channels))
            )
            window = "a calendar week" if row.is_week else f"{row.window_days} days"
            whom = "person" if row.per_person else "debt"
            where = f" at {' or '.join(sorted(row.places))}" if row.places else ""
            free = f"; free: {', '.join(sorted(row.exempt)).replace('_', ' ')}" if row.exempt else ""
            return f"At most {row.limit} {what}{where} in {window} for a {whom}, counting {row.counts}{free}."
        case StateHours():
            where = f" at {' or '.join(sorted(row.places))}" if row.places else ""
            return f"From {_clock(row.hours.start)} to {_clock(row.hours.end)}{where}."
        case ElectronicConsent():
            asks = (
                f"; {row.requests} message in {row.request_days} days may ask for it" if row.requests else ""
            )
            what = "Nothing electronic" if len(row.channels) > 1 else f"No {NAMES[min(row.channels)]}"
            where = "; never to an employer's address" if row.personal else ""
            return f"{what} without direct consent{asks}{where}."
        case ActionNotice():
            kinds = " and ".join(sorted(row.kinds))
            return f"Nothing about {kinds} debts before a notice by letter and {row.days} days."
    raise TypeError(type(row).__name__)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def _table(*head: str, rows: Iterable[list[str]]) -> list[str]:
    lines = [list(head), ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
