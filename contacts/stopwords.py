"""Whether a text asks us to stop: a word of the law alone, or what a reasonable person takes for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum


class Stop(StrEnum):
    """LIKELY blocks as CLEAR does, and is read by a person."""

    CLEAR = "clear"
    LIKELY = "likely"
    NO = "no"


_NOT_WORDS = re.compile(r"[^\w\s]|_")
_SPACES = re.compile(r"[\s-]+")
_REASONABLE = re.compile(
    r"\b(stop|stopp?all|quit|revoke|unsubscribe|opt(ed|ing)? ?out|remove me|remove my|take me off|lose my number|leave me alone"
    r"|(do not|dont|never|no more|quit|cease) (\w+ )?(call|text|contact|message|email)\w*|cease|alto|basta|pare|paren|cancelar"
    r"|no (me )?(llame|envie|mande|escriba)\w*)\b|^(end|cancel|desist|enough)( please| now| it| this)*$"
)
_CALLS = re.compile(r"\b(call|calls|calling|phone|phoning|llame|llamen|llamar|llamadas)\b")


def asks_to_stop(text: str, words: Collection[str]) -> Stop:
    """``words``: those of the policy, in lower case. Neither case nor punctuation counts (47 CFR 64.1200(a)(10))."""
    said = plain(text)
    if said in words or said.replace("optout", "opt out") in words:
        return Stop.CLEAR
    return Stop.LIKELY if _REASONABLE.search(said) else Stop.NO


def speaks_of_calls(text: str) -> bool:
    """“Stop calling me”, in a text, is about calls as well (comment 14(h)-2)."""
    return _CALLS.search(plain(text)) is not None


def plain(text: str) -> str:
    """Lower case, without punctuation; an apostrophe joins what it stands between, a hyphen parts it."""
    joined = text.casefold().replace("'", "").replace("\u2019", "").replace("-", " ")
    return _SPACES.sub(" ", _NOT_WORDS.sub(" ", joined)).strip()
