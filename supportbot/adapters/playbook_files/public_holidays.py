"""Public holidays by country and region, as the library `holidays` knows them.

It is loaded when somebody's holidays are asked for: most of it is countries that nobody is in.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from supportbot.adapters.playbook_files.faults import Unreadable, did_you_mean, quoted

YEARS = range(2024, 2041)
"""For which holidays are known: the same at any time of loading."""


@lru_cache(maxsize=256)
def holidays_of(country: str, region: str | None) -> frozenset[date]:
    """Its public holidays in YEARS. Raises Unreadable for a place that is not known."""
    import holidays

    known = holidays.list_supported_countries()
    country = country.upper()
    if country not in known:
        mend = did_you_mean(country, known) or "write its two letters: DE"
        raise Unreadable(f"no public holidays are known of {quoted(country)}", mend)
    regions = {name.upper(): name for name in known[country]}
    if region is not None and region.upper() not in regions:
        mend = did_you_mean(region, known[country]) or "leave the region out"
        raise Unreadable(f"{country} has no region {quoted(region)}", mend)
    subdivision = regions[region.upper()] if region else None
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=YEARS))
