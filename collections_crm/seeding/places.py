"""Real ZIP, city, state and area code that belong together, drawn roughly as people are spread."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import NamedTuple

from debtors.zones import ZipRow, zip_table

MILLIONS = {  # residents, 2020 census, rounded
    "CA": 39.5, "TX": 29.1, "FL": 21.5, "NY": 20.2, "PA": 13.0, "IL": 12.8, "OH": 11.8, "GA": 10.7,
    "NC": 10.4, "MI": 10.1, "NJ": 9.3, "VA": 8.6, "WA": 7.7, "AZ": 7.2, "MA": 7.0, "TN": 6.9,
    "IN": 6.8, "MD": 6.2, "MO": 6.2, "WI": 5.9, "CO": 5.8, "MN": 5.7, "SC": 5.1, "AL": 5.0,
    "LA": 4.7, "KY": 4.5, "OR": 4.2, "OK": 4.0, "CT": 3.6, "UT": 3.3, "PR": 3.3, "IA": 3.2,
    "NV": 3.1, "AR": 3.0, "MS": 3.0, "KS": 2.9, "NM": 2.1, "NE": 2.0, "ID": 1.8, "WV": 1.8,
    "HI": 1.5, "NH": 1.4, "ME": 1.4, "RI": 1.1, "MT": 1.1, "DE": 1.0, "SD": 0.9, "ND": 0.8,
    "AK": 0.7, "DC": 0.7, "VT": 0.6, "WY": 0.6, "GU": 0.2, "VI": 0.1,
}  # fmt: skip


class Place(NamedTuple):
    zip: str
    city: str
    state: str
    area_codes: tuple[str, ...]


class Atlas(NamedTuple):
    states: tuple[str, ...]
    state_weights: tuple[float, ...]
    places: dict[str, tuple[Place, ...]]
    place_weights: dict[str, tuple[int, ...]]

    def draw(self, rng: Random) -> Place:
        state = rng.choices(self.states, cum_weights=self.state_weights)[0]
        return rng.choices(self.places[state], cum_weights=self.place_weights[state])[0]


@lru_cache(maxsize=1)
def atlas() -> Atlas:
    """ZIPs where people live and whose area codes are of their own state; a city with many ZIPs is drawn more often."""
    home = _home_states()
    by_state: dict[str, list[Place]] = defaultdict(list)
    for row in zip_table():
        codes = tuple(code for code in row.area_codes if home[code] == row.state)
        if row.kind == "S" and row.active and row.zone and codes and row.state in MILLIONS:
            by_state[row.state].append(Place(row.zip, row.city, row.state, codes))
    states = tuple(sorted(by_state))
    return Atlas(
        states,
        tuple(accumulate(MILLIONS[state] for state in states)),
        {state: tuple(by_state[state]) for state in states},
        {state: _city_weights(by_state[state]) for state in states},
    )


def _home_states() -> dict[str, str]:
    """The state in which most ZIPs of an area code lie: codes leak over state lines in the source."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    row: ZipRow
    for row in zip_table():
        for code in row.area_codes:
            counts[code][row.state] += 1
    return {code: states.most_common(1)[0][0] for code, states in counts.items()}


def _city_weights(places: list[Place]) -> tuple[int, ...]:
    sizes = Counter(place.city for place in places)
    return tuple(accumulate(sizes[place.city] for place in places))
