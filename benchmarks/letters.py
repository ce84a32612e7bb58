"""Letters: PDFs per second of one process, and from due step to stored PDF, print batch and manifest. One JSON object.

python -m benchmarks.letters [--messages 10000] [--workers 2]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from datetime import date

from benchmarks import outbox
from contacts.letters import letter, pdf_of

BODY = "\n\n".join(["A paragraph of ordinary length that says what an ordinary paragraph says. " * 3] * 6)


def compile_only(count: int) -> dict[str, float]:
    times = []
    for number in range(count):
        data = letter(
            f"Person {number}\n{number} Oak St\nAlbany, NY 12207",
            f"Reference {number}",
            BODY,
            date(2026, 4, 7),
        )
        started = time.perf_counter()
        pdf_of([data])
        times.append(time.perf_counter() - started)
    return {
        "letters_per_s_one_process": round(count / sum(times)),
        "median_ms": round(statistics.median(times) * 1000, 2),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1] * 1000, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    options, _ = parser.parse_known_args()
    # the workers are forked before this process has compiled anything: the compiler's threads do not survive a fork
    stored = outbox.run(options.messages, options.workers, "letter")
    print(json.dumps({**stored, "compile": compile_only(500)}))
