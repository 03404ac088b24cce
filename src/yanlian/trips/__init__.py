"""Trips: which companies to visit, in what order, and when."""

from yanlian.trips.check import check_plan
from yanlian.trips.model import Day, Problem, Site, schedule_day
from yanlian.trips.params import TripParams
from yanlian.trips.plan import plan_trip

__all__ = [
    "Day",
    "Problem",
    "Site",
    "TripParams",
    "check_plan",
    "plan_trip",
    "schedule_day",
]
