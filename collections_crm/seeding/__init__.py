"""A realistic, deterministic, fictional portfolio (interfaces.md, ``seed_portfolio``).

``people``, ``book`` and ``history`` are pure: a seed and a date in, rows out. ``load`` writes them by COPY.
"""
