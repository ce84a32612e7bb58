"""The limited-content message: what may be left on a voicemail without telling anybody of a debt (12 CFR 1006.2(j)). Pure.

It names a business that does not sound like collecting, asks for a reply, and names who to reply to and at what number. Of
more, it may only greet, say when it is, suggest when to reply, and say that any representative will do. Anything else makes it
a communication, and a communication left where others hear it is told to third parties.
"""

from __future__ import annotations

import re

TIME = r"\d{1,2}(?::\d{2})? ?(?:a\.?m\.?|p\.?m\.?)|noon"
ZONE = r"(?:(?:Eastern|Central|Mountain|Pacific|Alaska|Hawaii|local)(?: [Ss]tandard| [Dd]aylight)? [Tt]ime|[ECMP][SD]?T)"
MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
DAY = rf"(?:today|tomorrow|any (?:weekday|day|time)|weekdays|{WEEKDAY}s?(?: (?:through|to) {WEEKDAY}s?)?)"
NAME = r"(?:\{\{ ?agent_name ?\}\}|[A-Z][\w'’-]*\.?(?: [A-Z][\w'’-]*\.?){0,3})"
PHONE = r"(?:\{\{ ?agency_phone ?\}\}|\+?1?[-. ]?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4})"
HOURS = rf"(?:(?:from|between) (?:{TIME}) (?:to|and|until) (?:{TIME})|(?:until|before|after) (?:{TIME}))(?: {ZONE})?"
SUGGESTED = rf"(?: (?:on )?{DAY})?(?: {HOURS})?"
ANYONE = r"any (?:one )?of (?:our|my) (?:representatives|associates)|any (?:representative|associate)"
GREETING = rf"(?:(?:Hi|Hello|Good (?:morning|afternoon|evening))(?:,? (?:{NAME}|\{{\{{ ?salutation ?\}}\}}))?[,.!]? )?"
ASKED = rf"(?:[Pp]lease|[Yy]ou (?:may|can)) (?:(?:contact|reach|call(?: back)?) (?:me|{NAME})|call me back|return my call)"
OF = r"(?:,? (?:calling )?(?:from|of|with)|, I(?:'m| am) (?:calling )?(?:from|with))"
SENTENCES = {
    "name": rf"{GREETING}(?:[Tt]his is|[Mm]y name is) {NAME}{OF} (?P<business>.+)",
    "when": rf"(?:It is|The time is) (?:{TIME})(?: {ZONE})?(?: on)?(?: {WEEKDAY})?,?(?: (?:{MONTH}) \d{{1,2}}(?:, \d{{4}})?)?",
    "reply": rf"{ASKED}(?:,? or (?:{ANYONE}|{NAME}))* at {PHONE}(?:{SUGGESTED})(?:,? (?:or|and){SUGGESTED})*",
    "anyone": rf"You may (?:also )?speak (?:to|with) (?:{ANYONE})",
}  # fmt: skip
COLLECTING = re.compile(
    r"(?<!\w)(?:debts?|collect\w*|recover(?:y|ies)|receivables?|credit|financial|past[- ]due|judgments?|law|legal|attorneys?)(?!\w)",
    re.IGNORECASE,
)
ABBREVIATION = re.compile(r"\b(?:[ap]\.m|Inc|LLC|Co|Corp|Ltd|Mr|Ms|Mrs|Dr|Jr|Sr|St|[A-Z])\.$")


def limited_content_problems(text: str, *, business: str) -> list[str]:
    """Every reason why this is no limited-content message; empty when it is one. ``business``: the name it may give."""
    problems: list[str] = []
    found: dict[str, re.Match[str]] = {}
    for sentence in _sentences(text):
        kind = next((k for k, shape in SENTENCES.items() if re.fullmatch(shape, sentence)), None)
        if kind is None:
            problems.append(
                f"“{sentence}” has no place in a limited-content message: it holds a name, a business, a number, a time and a "
                "request to reply, and nothing else."
            )
        else:
            found[kind] = re.fullmatch(SENTENCES[kind], sentence)  # type: ignore[assignment]
    if "name" not in found:
        problems.append(
            f"It must name who calls and the business: “This is {{{{ agent_name }}}} calling from {business}.”"
        )
    elif not _is_ours(found["name"]["business"], business):
        problems.append(f"It gives another business than {business}: “{found['name']['business']}”.")
    if "reply" not in found:
        problems.append(
            "It must ask for a reply at a number: “Please contact me or any of our representatives at {{ agency_phone }}.”"
        )
    if sounds_like_collecting(business):
        problems.append(f"The name {business} tells that a debt is collected; no message may be left in it.")
    return problems


def sounds_like_collecting(business: str) -> bool:
    """Whether the name indicates that the business collects debts (1006.2(j)(1)(i))."""
    return COLLECTING.search(business) is not None


def _is_ours(said: str, business: str) -> bool:
    said = said.strip().rstrip(".")
    return said == business.strip().rstrip(".") or bool(re.fullmatch(r"\{\{ ?business_name ?\}\}", said))


def _sentences(text: str) -> list[str]:
    """Cut at full stops that end a sentence: not those of abbreviations, nor within a number."""
    sentences, held = [], ""
    for piece in re.split(r"(?<=[.!?])\s+", " ".join(text.split())):
        held = f"{held} {piece}".strip()
        if ABBREVIATION.search(held) and not _goes_on(held):
            continue
        sentences.append(held.rstrip(".!?"))
        held = ""
    return [*sentences, held.rstrip(".!?")] if held else sentences


def _goes_on(held: str) -> bool:
    """An abbreviation that ends its sentence as well: a business's, or a time's."""
    return bool(re.search(r"\b(?:Inc|LLC|Co|Corp|Ltd)\.$", held))
