"""Parameters of a trip: declared once, checked together."""

from __future__ import annotations

from dataclasses import dataclass

from yanlian.errors import Finding, ParamError
from yanlian.params import Params, param
from yanlian.text import N_, clock, say

_TIMES = N_("Times")
_CHOICE = N_("Choice of companies")
_WAYS = N_("Ways")


@dataclass(frozen=True)
class TripParams(Params):
    """Parameters of a trip."""

    region: str = param(
        "",
        label=N_("Home region"),
        help=N_("Start and end of the trip."),
        kind="region",
    )
    destination: str = param(
        "",
        label=N_("Destination"),
        help=N_(
            "Region around which companies are visited; the hotel is there. Empty: the "
            "region outside home whose companies are worth most."
        ),
        kind="region",
    )
    dates: tuple[str, ...] = param(
        (),
        label=N_("Days"),
        help=N_("One date per day, in order, such as 2026-12-07."),
        kind="dates",
    )
    radius_km: float = param(
        130.0,
        label=N_("Radius"),
        help=N_("Companies farther from the destination are left out."),
        unit="km",
        low=1,
        high=20000,
    )
    day_start_min: int = param(
        7 * 60,
        label=N_("Day begins"),
        help=N_("Local time."),
        unit="min",
        low=0,
        high=1440,
        kind="clock",
        group=_TIMES,
    )
    day_end_min: int = param(
        20 * 60 + 30,
        label=N_("Day ends"),
        help=N_("Local time."),
        unit="min",
        low=0,
        high=1440,
        kind="clock",
        group=_TIMES,
    )
    open_min: int = param(
        9 * 60,
        label=N_("Hosts receive from"),
        help=N_("The visiting table can say otherwise."),
        unit="min",
        low=0,
        high=1440,
        kind="clock",
        group=_TIMES,
    )
    close_min: int = param(
        17 * 60 + 30,
        label=N_("Hosts receive until"),
        help=N_("The visiting table can say otherwise."),
        unit="min",
        low=0,
        high=1440,
        kind="clock",
        group=_TIMES,
    )
    visit_min: int = param(
        75, label=N_("Length of a visit"), unit="min", low=10, high=480, group=_TIMES
    )
    visit_top_min: int = param(
        90,
        label=N_("Length of a weighty visit"),
        help=N_("For the upper third of companies by value."),
        unit="min",
        low=10,
        high=480,
        group=_TIMES,
    )
    buffer_min: int = param(
        15, label=N_("Buffer after a visit"), unit="min", low=0, high=240, group=_TIMES
    )
    lunch_min: int = param(
        60, label=N_("Length of lunch"), unit="min", low=0, high=240, group=_TIMES
    )
    lunch_from: int = param(
        11 * 60 + 30,
        label=N_("Lunch from"),
        unit="min",
        low=0,
        high=1440,
        kind="clock",
        group=_TIMES,
    )
    lunch_to: int = param(
        13 * 60 + 30,
        label=N_("Lunch until"),
        unit="min",
        low=0,
        high=1440,
        kind="clock",
        group=_TIMES,
    )
    must: tuple[str, ...] = param(
        (), label=N_("Must be visited"), kind="firms", group=_CHOICE
    )
    must_not: tuple[str, ...] = param(
        (), label=N_("Must not be visited"), kind="firms", group=_CHOICE
    )
    locks: tuple[str, ...] = param(
        (),
        label=N_("Locked visits"),
        help=N_("Each as firm@day or firm@day@HH:MM, such as X002@1@10:30."),
        group=_CHOICE,
    )
    previous: tuple[str, ...] = param(
        (),
        label=N_("Visits of the plan before"),
        help=N_(
            "Each as firm@day@HH:MM. Of plans of equal value the one that keeps more of "
            "them is chosen, and visits keep their times where the day still fits."
        ),
        group=_CHOICE,
    )
    compare_with: tuple[str, ...] = param(
        (),
        label=N_("Compare with these visits"),
        help=N_("The result says what share of the value a plan of these reaches."),
        kind="firms",
        group=_CHOICE,
    )
    pool: int = param(
        100,
        label=N_("Candidates"),
        help=N_("The best so many companies enter the plan."),
        low=1,
        high=400,
        group=_CHOICE,
    )
    keep: float = param(
        0.7,
        label=N_("Value of the next visit for the same gap"),
        help=N_("0 visits one company per gap, 1 ignores coverage."),
        unit="share",
        low=0,
        high=1,
        group=_CHOICE,
    )
    iterations: int = param(
        600,
        label=N_("Iterations"),
        help=N_("More can find a better plan and takes longer."),
        low=1,
        high=1000000,
        group=_CHOICE,
    )
    city_speed_kmh: float = param(
        28.0, label=N_("Speed in a city"), unit="km/h", low=1, high=200, group=_WAYS
    )
    road_speed_kmh: float = param(
        75.0, label=N_("Speed by road"), unit="km/h", low=1, high=200, group=_WAYS
    )
    rail_speed_kmh: float = param(
        190.0, label=N_("Speed by rail"), unit="km/h", low=1, high=500, group=_WAYS
    )
    same_place_km: float = param(
        12.0,
        label=N_("Way inside one city"),
        help=N_("Between two companies whose city alone is known."),
        unit="km",
        low=0,
        high=100,
        group=_WAYS,
    )

    def __post_init__(self) -> None:
        """Check each field, then those that must fit each other."""
        super().__post_init__()
        findings = []
        for later, earlier in (
            ("day_end_min", "day_start_min"),
            ("close_min", "open_min"),
        ):
            if getattr(self, later) <= getattr(self, earlier):
                text = say(
                    N_("Found %(late)s, not after %(early)s. Expected a later time."),
                    late=clock(getattr(self, later)),
                    early=clock(getattr(self, earlier)),
                )
                findings.append(Finding(later, text, code="param.order"))
        if self.lunch_to - self.lunch_from < self.lunch_min:
            text = say(
                N_(
                    "Found %(early)s to %(late)s for a lunch of %(length)s minutes. "
                    "Expected a band that holds it; widen the band or shorten lunch."
                ),
                early=clock(self.lunch_from),
                late=clock(self.lunch_to),
                length=self.lunch_min,
            )
            findings.append(Finding("lunch_to", text, code="param.order"))
        if findings:
            raise ParamError(
                N_("%(count)s parameters are outside their range. Correct each one."),
                findings=tuple(findings),
                count=len(findings),
            )
