"""Left out, and why: what the trip would be worth with each company that is not in it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

from yanlian.text import N_, Say, say
from yanlian.trips.bound import relax
from yanlian.trips.candidates import left_row
from yanlian.trips.case import Case
from yanlian.trips.model import Plan, Problem, plan_value, schedule_day
from yanlian.trips.search import Search
from yanlian.trips.solve import Solved

# A plan with more changes is told only when it is better by more than a twentieth of a
# point: nobody rearranges two days for less.
WORTH_TELLING = 0.05
# For so many companies, the most valuable first, ways are chosen anew with the visit
# forced in; and where the bound then leaves room for more than this share of the value,
# the whole trip is solved anew, for so many companies at 100 candidates.
CHOSEN_ANEW = 100
ROOM = 0.02
SOLVED_ANEW = 6


def why_left(case: Case, solved: Solved) -> tuple[list[dict[str, Any]], Plan]:
    """Return a row for each candidate not visited, and the best plan met.

    Parameters
    ----------
    case : Case
    solved : Solved
        The plan, and the ways among which others can be chosen.

    Returns
    -------
    list of dict
        Rows of ``left_out``. The change of value is that of a plan that keeps all rules
        and visits the company; a plan with a smaller loss may exist where the bound
        leaves room for it.
    tuple of tuple of int
        The plan, or a better one met when it was not proven to be the best.
    """
    problem = case.problem
    search = Search(problem)
    visited = set(itertools.chain(*solved.plan))
    added = search.fitting(solved.plan)
    alone = {
        index: _alone(problem, index)
        for index in range(len(case.found))
        if index not in visited
    }
    asked = [i for i, out in alone.items() if out is None and i not in added]
    plans = _WithSite(search, solved).best(asked) if asked else {}
    made = []
    best, best_value = solved.plan, solved.value + WORTH_TELLING
    for index, out in alone.items():
        candidate = case.found[index]
        if out is not None:
            made.append(left_row(candidate, *out))
            continue
        if index in added:
            delta = plan_value(problem, [*visited, index]) - solved.value
            made.append(left_row(candidate, *_no_gain(case, visited, index), delta))
            continue
        plan = plans.get(index)
        if plan is None:
            proven = solved.relaxed.with_site[index] < 0
            text = say(
                N_("No room is left for it beside the visits that must be.")
                if proven
                else N_("No plan was found that has room for it.")
            )
            made.append(left_row(candidate, "no_time", text))
            continue
        value = plan_value(problem, list(itertools.chain(*plan)))
        if value > best_value:
            best, best_value = plan, value
        made.append(_changed(case, solved, plan, index))
    return made, best


def _alone(problem: Problem, index: int) -> tuple[str, Say] | None:
    """Return why a site could not be visited even by itself, or None."""
    days = range(len(problem.days))
    if not any(problem.windows(problem.sites[index], day) for day in days):
        return "closed", say(N_("The host cannot be met in its hours on any day."))
    if not any(schedule_day(problem, day, [index]) for day in days):
        return "no_time", say(N_("Too far to be visited within one day."))
    return None


def _no_gain(case: Case, visited: set[int], index: int) -> tuple[str, Say]:
    """Return that a site would fit and add nothing."""
    site = case.problem.sites[index]
    same = [i for i in sorted(visited) if case.problem.sites[i].group == site.group]
    if site.value <= 0 or not same:
        return "no_gain", say(N_("Would fit, but a visit has no value."))
    text = N_("Would fit, but adds nothing: its gap is already served by %(names)s.")
    return "no_gain", say(text, names=_names(case, same))


class _WithSite:
    """Finds the best plans that visit given sites.

    The exchange for one visit is the plan that is easiest to tell; another has to be
    better by more than is worth telling. None is looked for where the bound says that
    none can be.
    """

    def __init__(self, search: Search, solved: Solved) -> None:
        self.search, self.solved = search, solved
        self.swaps = search.exchanged(solved.plan)
        solved.relaxed.enrich(search)
        for site, (_, out) in self.swaps.items():
            solved.relaxed.columns.add_plan(search.exchange(solved.plan, out, site))
        self.plans: dict[int, Plan] = {}

    def best(self, sites: Sequence[int]) -> dict[int, Plan]:
        """Return the best plan found with each site; absent when there is none."""
        columns = self.solved.relaxed.columns
        ways = columns.around(self.solved.plan)
        for site in sites:
            if site in self.swaps:
                out = self.swaps[site][1]
                self.plans[site] = self.search.exchange(self.solved.plan, out, site)
        open_sites = [site for site in sites if self._room(site) > WORTH_TELLING]
        for site in open_sites[:CHOSEN_ANEW]:
            found = columns.plan(must=[site], among=ways(site))
            if found is not None:
                self._take(site, self.search.improve(found.plan, kept=[site]))
        limit = ROOM * self.solved.value
        count = SOLVED_ANEW * 100 // max(len(self.search.problem.sites), 100)
        # Where the plan itself is not proven, no more can be said of others.
        proven = self.solved.bound - self.solved.value <= WORTH_TELLING
        anew = [
            site
            for site in sites
            if self._room(site) > limit and (proven or site not in self.plans)
        ]
        for site in anew[:count]:
            forced = _forced(self.search.problem, site)
            if forced is not None:
                self._take(site, forced)
        self._share(sites)
        return self.plans

    def _share(self, sites: Sequence[int]) -> None:
        """Try each site in the place that another has in its own plan."""
        frames = {
            tuple(tuple(i for i in way if i != site) for way in plan)
            for site, plan in self.plans.items()
        }
        for frame in sorted(frames):
            fits = self.search.fitting(frame)
            for site in sites:
                if site in fits and self._room(site) > WORTH_TELLING:
                    self._take(site, self.search.insert(frame, site))

    def _room(self, site: int) -> float:
        """Return how much better a plan with a site the bound allows."""
        reached = self._value(self.plans[site]) if site in self.plans else 0.0
        return float(self.solved.relaxed.with_site[site]) - reached

    def _take(self, site: int, plan: Plan) -> None:
        known = self.plans.get(site)
        if known is None or self._value(plan) > self._value(known) + WORTH_TELLING:
            self.plans[site] = plan

    def _value(self, plan: Plan) -> float:
        return plan_value(self.search.problem, list(itertools.chain(*plan)))


def _forced(problem: Problem, index: int) -> Plan | None:
    """Return a plan of the trip on which a site must be visited."""
    sites = list(problem.sites)
    sites[index] = dataclasses.replace(sites[index], must=True)
    problem = dataclasses.replace(problem, sites=tuple(sites))
    return relax(problem, search=Search(problem)).plan


def _changed(case: Case, solved: Solved, plan: Plan, index: int) -> dict[str, Any]:
    """Return the row that says who gives way, who comes in, and at what price."""
    problem = case.problem
    old, new = set(itertools.chain(*solved.plan)), set(itertools.chain(*plan))
    out, also = sorted(old - new), sorted(new - old - {index})
    delta = plan_value(problem, sorted(new)) - solved.value
    # A tie can come out a hair above by the order of additions.
    delta = min(round(delta, 3), 0.0)
    values: dict[str, Any] = {"names": _names(case, out), "delta": f"{-delta:.1f}"}
    if also:
        values["others"] = _names(case, also)
    even = -delta < WORTH_TELLING
    if not out:
        text = say(N_("Fits when other visits move, and adds nothing."))
    elif also and even:
        message = N_(
            "Fits only in place of %(names)s and together with %(others)s; the trip would "
            "be worth the same."
        )
        text = say(message, **values)
    elif also:
        message = N_(
            "Fits only in place of %(names)s and together with %(others)s; the trip would "
            "be worth %(delta)s points less."
        )
        text = say(message, **values)
    elif even:
        message = N_(
            "Fits only in place of %(names)s; the trip would be worth the same."
        )
        text = say(message, **values)
    else:
        message = N_(
            "Fits only in place of %(names)s; the trip would be worth %(delta)s points "
            "less."
        )
        text = say(message, **values)
    firms = [problem.sites[i].firm_id for i in out]
    return left_row(case.found[index], "swap" if out else "no_gain", text, delta, firms)


def _names(case: Case, sites: Sequence[int]) -> Say:
    return Say(
        ", ".join(case.found[i].name.en for i in sites),
        "\u3001".join(case.found[i].name.zh for i in sites),
    )
