"""Our own name and address, as letters and e-mails show them. Read from ``settings.AGENCY``."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Agency:
    """``business_name``: what a voicemail may hear, which does not say that we collect debts (12 CFR 1006.2(j)(1)(i)).

    Blank: there is none, and no message is left. ``dispute_url``: where a debt may be disputed in electronic form; blank: nowhere.
    """

    name: str
    lines: str
    phone: str
    hours: str
    business_name: str
    dispute_url: str

    @property
    def one_line(self) -> str:
        return ", ".join(self.lines.splitlines())


def agency() -> Agency:
    return Agency(**settings.AGENCY)


def public_url() -> str:
    """Where the debtor reaches us: the start of every link in an e-mail, without a closing slash."""
    return str(settings.PUBLIC_URL).rstrip("/")
