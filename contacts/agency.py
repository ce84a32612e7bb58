"""Our own name and address, as letters and e-mails show them. Read from ``settings.AGENCY``."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

DEFAULTS = {
    "name": "Harbor Point Recovery",
    "lines": "400 Example Plaza, Suite 12\nAlbany, NY 12207",
    "phone": "(518) 555-0100",
    "hours": "Monday to Friday, 8 a.m. to 6 p.m. Eastern time",
}


@dataclass(frozen=True)
class Agency:
    name: str
    lines: str
    phone: str
    hours: str

    @property
    def one_line(self) -> str:
        return ", ".join(self.lines.splitlines())


def agency() -> Agency:
    return Agency(**{**DEFAULTS, **getattr(settings, "AGENCY", {})})


def public_url() -> str:
    """Where the debtor reaches us: the start of every link in an e-mail, without a closing slash."""
    return str(getattr(settings, "PUBLIC_URL", "http://localhost:8000")).rstrip("/")
