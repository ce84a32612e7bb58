"""What the words of a template say to the gate: a text that speaks of a suit, presses for a day or threatens a report carries
the tag by which the gate decides whether it may leave now. Pure; English and Spanish.

The words are looked for where a reader would find them; a tag may stand without them, never the words without their tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contacts.enums import Channel


@dataclass(frozen=True, slots=True)
class Speech:
    """What a text may speak of: one of ``tags`` allows it. ``not_meant`` is taken out before the words are looked for."""

    about: str
    tags: tuple[str, ...]
    words: re.Pattern[str]
    law: str
    not_meant: re.Pattern[str] | None = None


def _any(words: str) -> re.Pattern[str]:
    """One pattern a line."""
    patterns = "|".join(line.strip() for line in words.splitlines() if line.strip())
    return re.compile(rf"(?<!\w)(?:{patterns})(?!\w)", re.IGNORECASE)


SUIT = Speech(
    "speaks of a suit",
    ("suit_threat", "may_invoke", "will_invoke"),
    _any(
        r"""
        law ?suits?
        sue|sued|suing|file suit
        litigat(?:e|ion)
        (?:go|take you) to court
        legal (?:action|proceedings?|steps|remedies|measures)
        court (?:action|proceedings?)
        judgment against
        garnish(?:ment|ed)?
        levy|seize|process server
        referr?(?:ed|al)? (?:it |this |the account |your account )?to (?:an |our )?attorneys?
        demanda judicial
        acci(?:ó|o)n(?:es)? legal(?:es)?
        tribunal(?:es)?
        embarg(?:o|ar)
        """
    ),
    "12 CFR 1006.26(b), 1006.38(b)",
    # what a state has us say of a debt that is too old is no threat
    _any(
        r"""
        we (?:will not|cannot|can not|may not|do not intend to) sue(?: you)?(?: for it)?
        no (?:le )?demandaremos
        how long you can be sued(?: on a debt)?
        """
    ),
)
DEADLINE = Speech(
    "sets a day to pay",
    ("payment_deadline",),
    _any(
        r"""
        pay(?:ment)?[^.;\n]{0,40}\b(?:within|in) \d+ (?:business |calendar )?days?
        (?:pay|remit|send)(?: (?:us|it|this|the (?:full |whole )?(?:amount|balance)))? (?:by|before|until) (?!check|card|phone|mail|wire)\S+
        pay(?:ment)?[^.;\n]{0,20}\b(?:immediately|at once|today|now|without delay)
        (?:due|owed)[^.;\n]{0,20}\b(?:immediately|at once|without delay)
        must be (?:paid|received) (?:by|before|within)
        no later than|deadline|time is running out
        final (?:notice|demand|warning)
        last (?:chance|notice|opportunity)
        pag(?:ue|ar)[^.;\n]{0,40}\b(?:antes del?|dentro de \d+ d(?:í|i)as|inmediatamente)
        (?:ú|u)ltimo aviso
        """
    ),
    "12 CFR 1006.38(b)",
)
REPORT = Speech(
    "threatens a report to a credit bureau",
    ("furnishing_threat",),
    _any(
        r"""
        (?:report(?:ed|ing)?|furnish(?:ed|ing)?|inform)[^.;\n]{0,60}\bcredit (?:bureaus?|reporting agenc(?:y|ies)|agenc(?:y|ies))
        credit (?:score|report|rating|history)[^.;\n]{0,40}\b(?:suffer|damage[ds]?|hurt|harm(?:ed)?|affect(?:ed)?|lower(?:ed)?)
        (?:damage|hurt|harm|affect|ruin)[^.;\n]{0,30}\bcredit (?:score|report|rating|history)
        (?:informar|reportar)[^.;\n]{0,40}\b(?:bur(?:ó|o)|agencias?) de cr(?:é|e)dito
        """
    ),
    "12 CFR 1006.30(a), 1006.38(b)",
    _any(
        r"""
        we will not report it to any credit reporting agency
        may (?:continue to )?report it to the credit reporting agencies as unpaid for as long as the law permits this reporting
        """
    ),
)
SPEECHES = (SUIT, DEADLINE, REPORT)
AMOUNTS = frozenset({"balance", "principal", "promise_amount"})


def untagged(subject: str, body: str, tags: Sequence[str]) -> Iterable[str]:
    """What the text says without the tag that lets the gate judge it, with the words and the remedy."""
    for speech in SPEECHES:
        if not any(tag in tags for tag in speech.tags) and (found := _spoken(speech, subject, body)):
            yield (
                f"“{found}” {speech.about}: give the template the tag {' or '.join(speech.tags)}, so that the gate decides "
                f"when it may leave, or take the words out ({speech.law})."
            )


def _spoken(speech: Speech, *texts: str) -> str:
    for text in texts:
        plain = speech.not_meant.sub(" ", text) if speech.not_meant else text
        if match := speech.words.search(plain):
            return " ".join(match[0].split())[:60]
    return ""


def told_outside(channel: str, subject_fields: frozenset[str], subject: str) -> Iterable[str]:
    """What may not be read without opening the message: an amount in the subject of an e-mail (comment 42(a)(1)-2, 1006.6(d))."""
    if channel != Channel.EMAIL:
        return
    if subject_fields & AMOUNTS or re.search(r"\$\s*\d", subject):
        yield "The subject of an e-mail tells no amount; take it out of the subject (12 CFR 1006.42(a))."
    if re.search(
        r"(?<!\w)(?:debts?|collect(?:ion|or|ing)s?|delinquent|past[- ]due|deuda|cobr(?:o|anza))(?!\w)",
        subject,
        re.IGNORECASE,
    ):
        yield "The subject of an e-mail does not tell others of a debt; say what it is about by creditor and reference (12 CFR 1006.6(d))."


def unidentified(tags: Sequence[str], channel: str, subject_fields: frozenset[str]) -> Iterable[str]:
    """A validation notice by e-mail names the creditor and one thing more by which the consumer knows the debt (comment 42(a)(1)-2)."""
    if channel != Channel.EMAIL or "validation" not in tags:
        return
    if not subject_fields & {"current_creditor", "client_name"}:
        yield "The subject of a validation notice names the creditor: {{ current_creditor }} (12 CFR 1006.42(a))."
    if not subject_fields & {"client_reference", "account_ref", "original_creditor", "merchant_brand"}:
        yield "The subject of a validation notice tells one thing more, such as {{ client_reference }} (12 CFR 1006.42(a))."
