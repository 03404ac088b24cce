"""Distances on the globe, and travel times from a stated model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG 1980


def haversine_km(
    lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike
) -> Floats:
    """Great-circle distance.

    Parameters
    ----------
    lat1, lon1, lat2, lon2 : array_like, degree
        WGS-84 coordinates, broadcast against each other; ``nan`` gives ``nan``.

    Returns
    -------
    ndarray, km

    References
    ----------
    .. [1] Sinnott, R. (1984). Virtues of the Haversine. *Sky and Telescope*, 68, 159.

    Examples
    --------
    Yongkang to Shanghai:

    >>> round(float(haversine_km(28.888, 120.047, 31.23, 121.47)))
    294
    """
    p1, p2 = np.radians(np.asarray(lat1, float)), np.radians(np.asarray(lat2, float))
    dp = p2 - p1
    dl = np.radians(np.asarray(lon2, float) - np.asarray(lon1, float))
    a = np.sin(dp / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin(dl / 2) ** 2
    result: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(a, 0, 1)))
    return result


def regions_inside(parents: Mapping[str, str], region: str) -> set[str]:
    """Return a region and all regions inside it.

    Parameters
    ----------
    parents : mapping of str to str
        Parent of each region; empty for one without.
    region : str

    Examples
    --------
    >>> sorted(regions_inside({"jinhua": "zhejiang", "yongkang": "jinhua"}, "jinhua"))
    ['jinhua', 'yongkang']
    """
    found = {region}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


@dataclass(frozen=True)
class TravelModel:
    """How long a way takes when no timetable is given.

    A way by road is the great circle times a detour; below ``city_km`` it goes at city
    speed, beyond at road speed, plus a fixed time to get in and out. From ``rail_km``
    on the faster of road and rail counts.

    Attributes
    ----------
    detour : float
        Road length over great circle. 1.3 is the mean of Chinese intercity roads.
    city_speed_kmh, road_speed_kmh, rail_speed_kmh : float
        Mean speeds, km/h; rail from station to station.
    city_km, rail_km : float
        Limits, km of great circle.
    road_extra_min, rail_extra_min : float
        Fixed times, min; rail: to the station, waiting, from the station.
    same_place_km : float
        Way between two companies known by their city only.
    """

    detour: float = 1.3
    city_speed_kmh: float = 28.0
    road_speed_kmh: float = 75.0
    rail_speed_kmh: float = 190.0
    city_km: float = 15.0
    rail_km: float = 90.0
    road_extra_min: float = 6.0
    rail_extra_min: float = 55.0
    same_place_km: float = 12.0

    def road_km(self, direct_km: ArrayLike) -> Floats:
        """Return the length by road of a great-circle distance, km."""
        direct = np.asarray(direct_km, float)
        near = np.where(direct < 1.0, self.same_place_km / self.detour, direct)
        result: Floats = near * self.detour
        return result

    def duration_min(self, direct_km: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
        """Return minutes, and whether they are by rail.

        Examples
        --------
        >>> minutes, rail = TravelModel().duration_min(np.array([0.0, 80.0, 295.0]))
        >>> minutes.round().tolist(), rail.tolist()
        ([32.0, 115.0, 176.0], [False, False, True])
        """
        direct = np.asarray(direct_km, float)
        road = self.road_km(direct)
        slow = np.minimum(road, self.city_km * self.detour)
        fast = road - slow
        by_road = self.road_extra_min + 60 * (
            slow / self.city_speed_kmh + fast / self.road_speed_kmh
        )
        by_rail = self.rail_extra_min + 60 * road / self.rail_speed_kmh
        rail = (direct >= self.rail_km) & (by_rail < by_road)
        minutes: Floats = np.where(rail, by_rail, by_road)
        return minutes, rail
