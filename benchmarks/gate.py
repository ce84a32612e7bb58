"""The gate without a database: decisions per second of one core, and questions per second through ``explain_contact``.

    python -m benchmarks.gate [--questions 2000] [--rounds 5]

Every question carries 50 touches of the last 40 days, every fourth a consent and every fourth a window that is
inconvenient; more than half are refused and need the search for the next lawful instant. Each is decided once. Prints one
JSON object; ``json_loads_per_s`` is the same run's yardstick for a noisy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

HOME = Path(__file__).resolve().parent.parent

from compliance.gate import decide
from compliance.policy import policy_on
from compliance.questions import answer_dict, read_question

TOUCHES = 50
OUTCOMES = (
    "no_answer",
    "no_answer",
    "no_answer",
    "voicemail",
    "limited_content_message",
    "busy",
    "conversation",
)
NOON = datetime(2026, 4, 7, 16, 0, tzinfo=UTC)


def question(rnd: random.Random) -> dict[str, Any]:
    at = NOON + timedelta(seconds=rnd.randrange(-400, 400) * 60 + rnd.randrange(60))
    zones = ["America/New_York", "America/Los_Angeles"] if rnd.random() < 0.3 else ["America/New_York"]
    return {
        "request": {
            "person": "P1", "debt": "D1", "discussed_debts": ["D1"], "channel": "call", "address": "+12125550123",
            "place": "home", "at": at.isoformat(), "purpose": "collection", "template_tags": [],
        },
        "facts": {
            "zones": zones, "residence_states": [rnd.choice(["NY", "MA", "CA"])], "cities": ["New York"],
            "history": [touch(rnd, at) for _ in range(TOUCHES)],
            "consents": [{"kind": "call", "debts": ["D1"], "given_at": (at - timedelta(days=5)).isoformat()}][: rnd.random() < 0.25],
            "inconvenient": [{"weekdays": [1, 3], "start": "15:00", "end": "17:00", "from": "2026-01-01"}][: rnd.random() < 0.25],
            "validation": {"D1": {"sent_on": "2026-03-20", "period_ends_on": "2026-04-27"}},
        },
    }  # fmt: skip


def touch(rnd: random.Random, at: datetime) -> dict[str, Any]:
    kind = rnd.choice(["call", "call", "call", "text", "email", "letter"])
    return {
        "kind": kind, "direction": "out" if rnd.random() < 0.9 else "in",
        "at": (at - timedelta(minutes=rnd.randrange(10, 40 * 1440))).isoformat(),
        "debts": [rnd.choice(["D1", "D2", "D3"])], "address": "+12125550123",
        "outcome": rnd.choice(OUTCOMES) if kind == "call" else None,
    }  # fmt: skip


def per_second(work: Callable[[Any], Any], items: Sequence[Any]) -> float:
    began = time.process_time()
    for item in items:
        work(item)
    return len(items) / (time.process_time() - began)


def one_round(lines: Sequence[str]) -> dict[str, float]:
    """Rates of one core, by processor time: neighbours on the machine do not count."""
    policy = policy_on(NOON.date())
    questions = [json.loads(line) for line in lines]
    cases = [read_question(data) for data in questions]

    def whole(line: str) -> str:
        request, facts = read_question(json.loads(line))
        return json.dumps(answer_dict(decide(request, facts, policy)))

    rates = {
        "decisions_per_s": per_second(lambda case: decide(case[0], case[1], policy), cases),
        "json_loads_per_s": per_second(json.loads, lines),
        "read_per_s": per_second(read_question, questions),
        "line_to_line_per_s": per_second(whole, lines),
    }
    allowed = sum(decide(request, facts, policy).allowed for request, facts in cases)
    return {**rates, "allowed_share": allowed / len(cases)}


def streamed(lines: Sequence[str]) -> float:
    """Questions per second through the command, by the clock, its start left out: answers come back line by line."""
    command = [sys.executable, str(HOME / "manage.py"), "explain_contact"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HOME) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lines[0].encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        began = time.perf_counter()
        asking = threading.Thread(target=_ask, args=(process.stdin, "\n".join(lines).encode()))
        asking.start()
        answers = process.stdout.read()
        seconds = time.perf_counter() - began
        asking.join()
    assert len(answers.splitlines()) == len(lines)
    return len(lines) / seconds


def _ask(stdin: IO[bytes], questions: bytes) -> None:
    stdin.write(questions)
    stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rounds = []
    for number in range(options.rounds):
        rnd = random.Random(number)
        lines = [json.dumps(question(rnd)) for _ in range(options.questions)]
        bare = [json.dumps({**q, "facts": {**q["facts"], "history": []}}) for q in map(json.loads, lines)]
        rounds.append(
            one_round(lines)
            | {"streamed_per_s": streamed(lines), "streamed_without_history_per_s": streamed(bare)}
        )
    report = {
        "benchmark": "gate", "questions": options.questions, "rounds": options.rounds, "touches": TOUCHES,
        "median": {name: round(statistics.median(r[name] for r in rounds), 2) for name in rounds[0]},
        "best": {name: round(max(r[name] for r in rounds), 2) for name in rounds[0]},
        "python": platform.python_version(), "cpus": os.cpu_count(),
    }  # fmt: skip
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
