"""Who may be visited: candidates by value, people's wishes, and who is out from the start."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yanlian.errors import Finding, InfeasibleError, ParamError
from yanlian.geo import haversine_km
from yanlian.tables import Table, join_list
from yanlian.text import N_, Say, say
from yanlian.trips.params import TripParams

# Companies this near to a region's coordinates count as lying in it.
CITY_KM = 30.0

# A day counted from 0, and a start in minutes after midnight or any.
Appointment = tuple[int, int | None]


@dataclass(frozen=True)
class Candidate:
    """A company that may enter the plan.

    Attributes
    ----------
    firm_id : str
    name : Say
    value : float
        Value of a visit, points; 0 when no score speaks for it.
    gaps : tuple of str
        Gaps it could fill, the best first.
    lat, lon : float, degree
    direct_km : float
        Great circle to the destination.
    """

    firm_id: str
    name: Say
    value: float
    gaps: tuple[str, ...]
    lat: float
    lon: float
    direct_km: float


@dataclass(frozen=True)
class Wishes:
    """What people have decided; parameters stand over the table ``visiting``.

    Attributes
    ----------
    must, never : frozenset of str
        Firms that have to, or may not, be visited.
    locks : dict of str to (int, int or None)
        Day and start of visits fixed by a person.
    previous : dict of str to (int, int or None)
        Day and start of the visits of the plan before.
    """

    must: frozenset[str]
    never: frozenset[str]
    locks: dict[str, Appointment]
    previous: dict[str, Appointment]


def read_dates(params: TripParams) -> list[datetime.date]:
    """Return the days of the trip.

    Raises
    ------
    ParamError
        When there is none, or one cannot be read.
    """
    found, wrong = [], []
    for text in params.dates:
        try:
            found.append(datetime.date.fromisoformat(text))
        except ValueError:
            wrong.append(text)
    if wrong or not found:
        message = say(
            N_("Found %(value)s. Expected one date per day, such as 2026-12-07."),
            value=", ".join(wrong) or "\u2013",
        )
        raise ParamError(
            N_("The days of the trip cannot be read."),
            findings=(Finding("dates", message, code="param.dates"),),
        )
    return found


def read_region(tables: Mapping[str, Table], key: str) -> tuple[float, float, Say]:
    """Return place and names of a region.

    Raises
    ------
    ParamError
        When the region is not in the table or has no coordinates.
    """
    regions = tables.get("regions")
    for row in regions.rows() if regions is not None else ():
        if row["region_id"] == key and row["lat"] == row["lat"]:
            return row["lat"], row["lon"], Say(row["name_en"], row["name_zh"])
    raise ParamError(
        N_(
            "Region %(region)s has no coordinates in table regions. Add them, or choose "
            "another region."
        ),
        region=key or "\u2013",
    )


def read_wishes(tables: Mapping[str, Table], params: TripParams, days: int) -> Wishes:
    """Return what people have decided about single firms.

    Raises
    ------
    ParamError
        When a lock cannot be read, a firm that must be visited is not on file, or one is
        both demanded and excluded.
    """
    locks = _appointments("locks", params.locks, days)
    previous = _appointments("previous", params.previous, days, strict=False)
    asked = {*params.must, *locks}
    findings = [
        Finding("must", say(text, firm=firm), code=code)
        for text, code, firms in (
            (
                N_(
                    "Found %(firm)s, which must and must not be visited. Take it out of "
                    "one of the two."
                ),
                "param.both",
                asked & {*params.must_not},
            ),
            (
                N_(
                    "Found %(firm)s, which is not in table firms. Add it there, or correct "
                    "the code."
                ),
                "param.firm",
                asked - {*tables["firms"]["firm_id"].tolist()},
            ),
        )
        for firm in sorted(firms)
    ]
    if findings:
        raise ParamError(
            N_("%(count)s parameters are outside their range. Correct each one."),
            findings=tuple(findings),
            count=len(findings),
        )
    must, never = set(asked), {*params.must_not}
    if "visiting" in tables:
        visiting = tables["visiting"]
        known = {*tables["firms"]["firm_id"].tolist()}
        for firm, wish in zip(visiting["firm_id"], visiting["wish"], strict=True):
            # The parameters are a later word than the table.
            if wish == "must" and firm not in never and firm in known:
                must.add(firm)
            elif wish == "must_not" and firm not in must:
                never.add(firm)
    return Wishes(frozenset(must), frozenset(never), locks, previous)


def _appointments(
    name: str, texts: Sequence[str], days: int, *, strict: bool = True
) -> dict[str, Appointment]:
    """Read ``firm@day`` and ``firm@day@HH:MM``; days of a longer trip are no error."""
    found: dict[str, Appointment] = {}
    findings = []
    for text in texts:
        parts = text.split("@")
        try:
            day = int(parts[1]) - 1
            start = None
            if len(parts) > 2:
                hours, minutes = parts[2].split(":")
                start = int(hours) * 60 + int(minutes)
            if not 0 <= day < days:
                if not strict:
                    continue
                raise ValueError(text)
        except (IndexError, ValueError):
            message = say(
                N_(
                    "Found %(value)s. Expected firm@day or firm@day@HH:MM with a day from 1 "
                    "to %(days)s."
                ),
                value=text,
                days=days,
            )
            findings.append(Finding(name, message, code="param.locks"))
            continue
        found[parts[0]] = (day, start)
    if findings:
        raise ParamError(
            N_("%(count)s locked visits cannot be read."),
            findings=tuple(findings),
            count=len(findings),
        )
    return found


def left_row(
    candidate: Candidate,
    reason: str,
    text: Say,
    delta: float = float("nan"),
    instead: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a row of table ``left_out``."""
    return {
        "firm_id": candidate.firm_id,
        "gap_ids": join_list(candidate.gaps),
        # No score is not a value of zero.
        "value": candidate.value if candidate.gaps else float("nan"),
        "reason": reason,
        "reason_en": text.en,
        "reason_zh": text.zh,
        "delta_value": delta,
        "instead_of": join_list(instead),
    }


def best_destination(tables: Mapping[str, Table], home: tuple[float, float]) -> str:
    """Return the region outside home around which companies are worth most.

    The value of a region is the sum of the best value of each company within
    ``CITY_KM`` of it; of equal regions the first by its identifier counts.

    Parameters
    ----------
    tables : mapping of str to Table
        ``firms``, ``targets`` and ``regions``.
    home : tuple of float, degree
        Latitude and longitude of the home region.

    Raises
    ------
    ParamError
        When no company with a value lies near a region outside home.
    """
    firms, regions = tables["firms"], tables["regions"]
    best = {
        firm: max((-value for value, _ in listed), default=0.0)
        for firm, listed in _scores(tables["targets"])[0].items()
    }
    values = np.array([best.get(firm, 0.0) for firm in firms["firm_id"].tolist()])
    worth = values > 0
    lat, lon = firms.floats("lat")[worth], firms.floats("lon")[worth]
    sums: dict[str, float] = {}
    for row in sorted(regions.rows(), key=lambda row: str(row["region_id"])):
        at = row["lat"], row["lon"]
        # A region without coordinates is at no distance, so it cannot be chosen.
        if haversine_km(*home, *at) > CITY_KM:
            near = haversine_km(*at, lat, lon) <= CITY_KM
            sums[row["region_id"]] = float(values[worth][near].sum())
    if not any(sums.values()):
        raise ParamError(
            N_("The trip has no destination."),
            findings=(
                Finding(
                    "destination",
                    say(
                        N_(
                            "Found none, and no company with a value lies near a region "
                            "outside home. Choose a destination."
                        )
                    ),
                    code="trip.destination",
                ),
            ),
        )
    return max(sums, key=lambda key: sums[key])


def read_candidates(
    tables: Mapping[str, Table],
    params: TripParams,
    center: tuple[float, float],
    wishes: Wishes,
) -> tuple[list[Candidate], list[dict[str, Any]]]:
    """Return candidates by value, and the rows left out before planning.

    Parameters
    ----------
    tables : mapping of str to Table
        ``firms`` and ``targets``.
    params : TripParams
    center : tuple of float, degree
        Latitude and longitude of the destination.
    wishes : Wishes

    Raises
    ------
    InfeasibleError
        When a firm that must be visited has no coordinates.
    """
    firms = tables["firms"]
    rows_of = {key: i for i, key in enumerate(firms["firm_id"].tolist())}
    scored, missing = _scores(tables["targets"])
    # A person may want, or ask about, a company that no score speaks for.
    for firm in sorted(wishes.must) + [*params.compare_with, *sorted(wishes.never)]:
        scored.setdefault(firm, [])
    for firm in missing:
        scored.setdefault(firm, [])
    direct = haversine_km(*center, firms.floats("lat"), firms.floats("lon"))
    found: list[Candidate] = []
    left: list[dict[str, Any]] = []
    lost: list[Candidate] = []
    for firm, listed in scored.items():
        if firm not in rows_of:
            continue
        at = rows_of[firm]
        listed.sort()
        en, zh = firms["name_en"][at], firms["name_zh"][at]
        candidate = Candidate(
            firm,
            Say(en or zh, zh or en),
            -listed[0][0] if listed else 0.0,
            tuple(gap for _, gap in listed),
            float(firms["lat"][at]),
            float(firms["lon"][at]),
            float(direct[at]),
        )
        if firm in wishes.must:
            (lost if candidate.lat != candidate.lat else found).append(candidate)
            continue
        out = _out(candidate, params, wishes, bool(listed), missing.get(firm))
        if out is None:
            found.append(candidate)
        else:
            left.append(left_row(candidate, *out))
    if lost:
        text = N_(
            "%(name)s has no coordinates in table firms, so no way to it can be "
            "computed. Add them, or drop it."
        )
        raise InfeasibleError(
            N_("Not all companies that must be visited fit into the trip."),
            findings=tuple(
                Finding("must", say(text, name=c.name), code="trip.no_place")
                for c in lost
            ),
        )
    found.sort(key=lambda c: (c.firm_id not in wishes.must, -c.value, c.firm_id))
    most = max(params.pool, len(wishes.must))
    beyond = say(
        N_(
            "Worth less than each of the best %(pool)s candidates within reach, to which "
            "the plan is limited."
        ),
        pool=params.pool,
    )
    left += [left_row(candidate, "pool", beyond) for candidate in found[most:]]
    return found[:most], left


def _scores(
    targets: Table,
) -> tuple[dict[str, list[tuple[float, str]]], dict[str, Say]]:
    """Return gaps and values by firm, and for firms without a value what is missing."""
    scored: dict[str, list[tuple[float, str]]] = {}
    missing: dict[str, Say] = {}
    for row in targets.rows():
        if row["value"] == row["value"]:
            scored.setdefault(row["firm_id"], []).append((-row["value"], row["gap_id"]))
        else:
            text = Say(row["missing_en"], row["missing_zh"])
            missing.setdefault(row["firm_id"], text)
    return scored, missing


def _out(
    candidate: Candidate,
    params: TripParams,
    wishes: Wishes,
    scored: bool,
    missing: Say | None,
) -> tuple[str, Say] | None:
    """Return why a candidate cannot enter the plan at all, or None."""
    if candidate.firm_id in wishes.never:
        return "must_not", say(N_("Must not be visited."))
    if not scored and missing is not None:
        if not (missing.en or missing.zh):
            return "no_score", say(N_("Cannot be scored with the sources on file."))
        return "no_score", say(N_("Cannot be scored: %(missing)s"), missing=missing)
    if not scored:
        return "no_score", say(
            N_("Not ranked for any gap on file, so a visit has no value.")
        )
    if candidate.lat != candidate.lat:
        return "no_place", say(
            N_("No coordinates are on file, so no way can be computed.")
        )
    if candidate.direct_km > params.radius_km:
        return "far", say(
            N_("%(km)s km from the destination, beyond the radius of %(radius)s km."),
            km=f"{candidate.direct_km:.0f}",
            radius=f"{params.radius_km:g}",
        )
    return None
