"""The trip as numbers: from tables and parameters to a problem, and to its rules."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yanlian.geo import TravelModel, haversine_km
from yanlian.tables import Floats, Table
from yanlian.text import Say
from yanlian.trips.candidates import (
    Candidate,
    Wishes,
    best_destination,
    read_candidates,
    read_dates,
    read_region,
    read_wishes,
)
from yanlian.trips.check import Rules
from yanlian.trips.model import Day, Problem, Site
from yanlian.trips.params import TripParams


@dataclass(frozen=True)
class Case:
    """All that is known of a trip before it is planned.

    Attributes
    ----------
    problem : Problem
        Sites are the candidates, then come home and hotel, one node when they are one.
    found : tuple of Candidate
    dates : tuple of date
    ids, names : tuple
        Codes and names of the nodes of the problem.
    rail : ndarray of bool, shape (nodes, nodes)
        Which ways are by rail.
    wishes : Wishes
    left : list of dict
        Rows of candidates left out before planning.
    destination : str
        Region around which companies are visited.
    """

    problem: Problem
    found: tuple[Candidate, ...]
    dates: tuple[datetime.date, ...]
    ids: tuple[str, ...]
    names: tuple[Say, ...]
    rail: NDArray[np.bool_]
    wishes: Wishes
    left: list[dict[str, Any]]
    destination: str

    def previous(self) -> dict[int, tuple[int, int]]:
        """Return day and start of the sites that the plan before visited."""
        at = {candidate.firm_id: k for k, candidate in enumerate(self.found)}
        return {
            at[firm]: (day, start or 0)
            for firm, (day, start) in self.wishes.previous.items()
            if firm in at
        }


def build_case(tables: Mapping[str, Table], params: TripParams) -> Case:
    """Return the trip as numbers.

    Raises
    ------
    ParamError
        When days, places, locks or wishes cannot be read.
    InfeasibleError
        When a firm that must be visited has no place.
    """
    dates = read_dates(params)
    home = read_region(tables, params.region)
    destination = params.destination or best_destination(tables, home[:2])
    goal = read_region(tables, destination)
    wishes = read_wishes(tables, params, len(dates))
    found, left = read_candidates(tables, params, goal[:2], wishes)
    # A trip around one's own city starts and sleeps in one place.
    places = {params.region: home, destination: goal}
    ids = (*(c.firm_id for c in found), *places)
    names = (*(c.name for c in found), *(place[2] for place in places.values()))
    lat = np.array([*(c.lat for c in found), *(place[0] for place in places.values())])
    lon = np.array([*(c.lon for c in found), *(place[1] for place in places.values())])
    minutes, km, rail = _ways(lat, lon, params)
    _given_ways(tables.get("travel"), ids, minutes, km, rail)
    at_home, at_hotel = len(found), len(ids) - 1
    frames = tuple(
        Day(
            params.day_start_min,
            params.day_end_min,
            at_home if number == 0 else at_hotel,
            at_home if number == len(dates) - 1 else at_hotel,
        )
        for number in range(len(dates))
    )
    problem = Problem(
        _sites(found, tables, params, wishes),
        frames,
        np.rint(minutes).astype(np.int64),
        km,
        params.buffer_min,
        params.lunch_min,
        params.lunch_from,
        params.lunch_to,
        params.keep,
    )
    return Case(
        problem,
        tuple(found),
        tuple(dates),
        ids,
        names,
        rail,
        wishes,
        left,
        destination,
    )


def _sites(
    found: Sequence[Candidate],
    tables: Mapping[str, Table],
    params: TripParams,
    wishes: Wishes,
) -> tuple[Site, ...]:
    """Return the candidates with hours, length, day and start of a visit."""
    top = np.quantile([c.value for c in found], 2 / 3) if found else 0.0
    rows = (
        {row["firm_id"]: row for row in tables["visiting"].rows()}
        if "visiting" in tables
        else {}
    )
    sites = []
    for candidate in found:
        row = rows.get(candidate.firm_id, {})
        given = {k: v for k, v in row.items() if isinstance(v, float) and v == v}
        day, start = wishes.locks.get(candidate.firm_id, (None, None))
        if day is None and "day" in given:
            day = int(given["day"]) - 1
        if start is None and "start_min" in given:
            start = int(given["start_min"])
        length = params.visit_top_min if candidate.value >= top else params.visit_min
        length = int(given.get("visit_min", length))
        opened = int(given.get("open_min", params.open_min))
        closed = int(given.get("close_min", params.close_min))
        if start is not None:
            # An agreed time outranks the usual hours, not hours given for this host.
            opened = opened if "open_min" in given else min(opened, start)
            closed = closed if "close_min" in given else max(closed, start + length)
        sites.append(
            Site(
                firm_id=candidate.firm_id,
                value=candidate.value,
                gaps=candidate.gaps,
                visit_min=length,
                open_min=opened,
                close_min=closed,
                day=day,
                start_min=start,
                must=candidate.firm_id in wishes.must,
            )
        )
    return tuple(sites)


def _ways(
    lat: Floats, lon: Floats, params: TripParams
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return minutes, kilometres and whether by rail, from the distance model."""
    direct = haversine_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    model = TravelModel(
        city_speed_kmh=params.city_speed_kmh,
        road_speed_kmh=params.road_speed_kmh,
        rail_speed_kmh=params.rail_speed_kmh,
        same_place_km=params.same_place_km,
    )
    minutes, rail = model.duration_min(direct)
    km = model.road_km(direct)
    np.fill_diagonal(minutes, 0)
    np.fill_diagonal(km, 0)
    return minutes, km, rail


def _given_ways(
    travel: Table | None, nodes: Sequence[str], minutes: Any, km: Any, rail: Any
) -> None:
    """Put the rows of a given matrix over the times of the model."""
    if travel is None:
        return
    index = {key: i for i, key in enumerate(nodes)}
    for row in travel.rows():
        a, b = index.get(row["from_id"]), index.get(row["to_id"])
        if a is not None and b is not None and a != b:
            minutes[a, b] = row["duration_min"]
            rail[a, b] = row["mode"] == "rail"
            if row["distance_km"] == row["distance_km"]:
                km[a, b] = row["distance_km"]


def rules_of(case: Case, params: TripParams) -> Rules:
    """Return what a timetable of the trip must keep."""
    problem = case.problem
    return Rules(
        days=[(params.day_start_min, params.day_end_min)] * len(case.dates),
        lunch=(params.lunch_min, params.lunch_from, params.lunch_to),
        buffer_min=params.buffer_min,
        ways={
            (a, b): int(problem.minutes[i, j])
            for i, a in enumerate(case.ids)
            for j, b in enumerate(case.ids)
            if i != j
        },
        must=sorted(case.wishes.must),
        must_not=sorted(case.wishes.never),
        fixed={
            site.firm_id: (None if site.day is None else site.day + 1, site.start_min)
            for site in problem.sites
            if site.day is not None or site.start_min is not None
        },
        hosts={
            site.firm_id: (site.open_min, site.close_min, site.visit_min)
            for site in problem.sites
        },
        ends=[(case.ids[f.start_node], case.ids[f.end_node]) for f in problem.days],
    )
