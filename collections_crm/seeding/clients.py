"""The fictional creditors of the seeded book, and what a portfolio of each looks like."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from accounts.enums import ClientKind, DebtType, ItemizationType


@dataclass(frozen=True, slots=True)
class Profile:
    """``median`` in dollars, log-normal with ``sigma``; ``lag``: days from delinquency to placement, from and to.

    ``extra``: share of accounts that come with interest or fees on top of principal. ``reference``: the client's style.
    """

    code: str
    name: str
    kind: ClientKind
    debt_type: DebtType
    share: float
    median: float
    sigma: float
    lag: tuple[int, int]
    reference: str
    itemization: ItemizationType
    display_name: str = ""
    brands: tuple[str, ...] = ()
    creditors: tuple[str, ...] = ()
    extra: float = 0.0
    electronic: float = 0.25
    least: int = 40
    most: int = 25_000


A, P = ClientKind.AGENCY, ClientKind.PURCHASED
D, I = DebtType, ItemizationType  # noqa: E741
PROFILES: tuple[Profile, ...] = (
    Profile(
        "harborview-health",
        "Harborview Regional Health",
        A,
        D.MEDICAL,
        0.19,
        640,
        1.1,
        (95, 240),
        "HRH{:09d}",
        I.TRANSACTION,
        "HRH Patient Accounts",
    ),
    Profile(
        "st-brendan",
        "St. Brendan Hospital Group",
        A,
        D.MEDICAL,
        0.12,
        920,
        1.15,
        (120, 300),
        "{:010d}",
        I.TRANSACTION,
        "SBHG Accounts",
    ),
    Profile(
        "bright-harbor-dental",
        "Bright Harbor Dental Partners",
        A,
        D.MEDICAL,
        0.06,
        310,
        0.8,
        (90, 200),
        "D-{:08d}",
        I.TRANSACTION,
        "BHD Partners",
    ),
    Profile(
        "tri-rivers-energy",
        "Tri-Rivers Energy",
        A,
        D.UTILITY,
        0.11,
        265,
        0.7,
        (60, 180),
        "{:011d}",
        I.LAST_STATEMENT,
        extra=0.3,
        electronic=0.45,
        most=6_000,
    ),
    Profile(
        "northline-wireless",
        "Northline Wireless",
        A,
        D.TELECOM,
        0.13,
        410,
        0.75,
        (75, 210),
        "NW{:09d}",
        I.LAST_STATEMENT,
        extra=0.35,
        electronic=0.7,
        most=4_500,
    ),
    Profile(
        "meridian-card",
        "Meridian Card Services",
        A,
        D.CARD,
        0.11,
        2900,
        0.85,
        (185, 215),
        "{:012d}",
        I.CHARGE_OFF,
        brands=("Meridian Rewards", "Hearth & Home Card", "TrailPass Card"),
        extra=0.6,
        electronic=0.5,
    ),
    Profile(
        "copperfield-funding",
        "Copperfield Funding LLC",
        P,
        D.CARD,
        0.11,
        2100,
        0.9,
        (380, 1100),
        "CF-{:09d}",
        I.CHARGE_OFF,
        creditors=("Granite Peak Bank", "First Prairie Bank", "Meridian Card Services"),
        extra=0.5,
    ),
    Profile(
        "oakhaven-living",
        "Oakhaven Living Communities",
        A,
        D.RENT,
        0.04,
        2600,
        0.6,
        (30, 150),
        "OH{:07d}",
        I.LAST_STATEMENT,
        extra=0.4,
        electronic=0.6,
    ),
    Profile(
        "summit-auto",
        "Summit Auto Finance",
        A,
        D.AUTO,
        0.04,
        8200,
        0.55,
        (120, 260),
        "{:09d}",
        I.CHARGE_OFF,
        extra=0.5,
        least=600,
        most=38_000,
    ),
    Profile(
        "keystone-student",
        "Keystone Student Servicing",
        A,
        D.STUDENT,
        0.02,
        11_500,
        0.7,
        (270, 500),
        "KS{:08d}",
        I.LAST_STATEMENT,
        extra=0.8,
        least=500,
        most=90_000,
    ),
    Profile(
        "ironclad-fitness",
        "Ironclad Fitness Clubs",
        A,
        D.OTHER,
        0.04,
        240,
        0.6,
        (60, 160),
        "IF{:07d}",
        I.LAST_STATEMENT,
        electronic=0.8,
        most=2_000,
    ),
    Profile(
        "lakeshore-supply",
        "Lakeshore Industrial Supply",
        A,
        D.COMMERCIAL,
        0.03,
        3400,
        1.2,
        (31, 120),
        "INV-{:08d}",
        I.TRANSACTION,
        electronic=0.65,
        least=100,
        most=140_000,
    ),
)
SHARES = tuple(accumulate(profile.share for profile in PROFILES))
