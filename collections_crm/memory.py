"""How a process that lives long lets Python's cycle collector look at its memory."""

from __future__ import annotations

import gc


def settle() -> None:
    """Call it once everything is imported: what is loaded by now stays, and is not searched for cycles again and again.

    New objects are looked at every 50,000, not every 700: a page makes some ten thousand, a chunk of the nightly pass
    half a million, and hardly any of them is part of a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
