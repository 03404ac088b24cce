"""Writing a plan as blocks of time: ways, visits, lunch, waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yanlian.tables import Table, join_list
from yanlian.text import N_, Say, say
from yanlian.trips.case import Case
from yanlian.trips.model import Plan, marginal_values, schedule_day


class Timetable:
    """Writes a plan as blocks of time.

    Parameters
    ----------
    case : Case
    """

    def __init__(self, case: Case) -> None:
        self.case, self.problem = case, case.problem
        self.ids, self.names = case.ids, case.names
        self.wished = case.previous()

    def tables(self, plan: Plan) -> tuple[Table, Table]:
        """Return tables ``stops`` and ``trip_days`` of a plan."""
        worth = marginal_values(self.problem, [i for day in plan for i in day])
        stops: list[dict[str, Any]] = []
        days: list[dict[str, Any]] = []
        for number, order in enumerate(plan):
            rows = self._day(number, order, worth)
            stops += rows
            visits = [r for r in rows if r["kind"] == "visit"]
            ways = [r for r in rows if r["kind"] == "travel"]
            start, end = rows[0]["start_min"], rows[-1]["end_min"]
            spent = sum(r["duration_min"] for r in (*visits, *ways))
            frame = self.problem.days[number]
            days.append(
                {
                    "day": number + 1,
                    "date": self.case.dates[number].isoformat(),
                    "start_id": self.ids[frame.start_node],
                    "end_id": self.ids[frame.end_node],
                    "start_min": start,
                    "end_min": end,
                    "visits": len(visits),
                    "visit_min": sum(r["duration_min"] for r in visits),
                    "travel_min": sum(r["duration_min"] for r in ways),
                    "wait_min": end - start - spent - self.problem.lunch_on(number),
                    "distance_km": round(sum(r["distance_km"] for r in ways), 1),
                }
            )
        return Table.of("stops", stops), Table.of("trip_days", days)

    def _day(
        self, number: int, order: Sequence[int], worth: Mapping[int, float]
    ) -> list[dict[str, Any]]:
        problem = self.problem
        frame, lunch = problem.days[number], problem.lunch_on(number)
        wished = {i: at for i, (on, at) in self.wished.items() if on == number and at}
        made = schedule_day(problem, number, order, wished)
        assert made is not None  # the plan fits by its own times
        timed, home = made
        rows: list[dict[str, Any]] = []
        here = frame.start_node
        # Leave as late as the first visit allows: nobody waits at a closed door.
        if timed:
            clock = frame.start_min + timed[0].start_min - timed[0].arrive_min
            lunch_first = not timed[0].morning
        else:
            spare = frame.end_min - home
            clock = max(
                frame.start_min, min(problem.lunch_from, frame.start_min + spare)
            )
            lunch_first = True
        if lunch and lunch_first:
            # Lunch comes on the way to the first visit, and has its band.
            clock = min(clock, problem.lunch_to - lunch)
        text = say(N_("Start in %(place)s"), place=self.names[here])
        self._add(rows, number, "start", clock, clock, text, to=here)
        lunched = not lunch
        for item in timed:
            over_noon = not item.morning and not lunched
            clock = self._way(
                rows, number, here, item.site, clock, over_noon, item.start_min
            )
            lunched = lunched or over_noon
            self._visit(rows, number, item.site, item.start_min, item.end_min, worth)
            here, clock = item.site, item.end_min + problem.buffer_min
        end = self._way(rows, number, here, frame.end_node, clock, not lunched, None)
        text = say(N_("End in %(place)s"), place=self.names[frame.end_node])
        self._add(rows, number, "end", end, end, text, to=frame.end_node)
        return rows

    def _way(
        self,
        rows: list[dict[str, Any]],
        number: int,
        here: int,
        there: int,
        clock: int,
        lunch: bool,
        until: int | None,
    ) -> int:
        """Write a way, with lunch laid into its band, and the waiting after it."""
        problem = self.problem
        left = int(problem.minutes[here, there])
        if not lunch:
            clock = self._leg(rows, number, here, there, clock, left, 1.0)
        else:
            latest = problem.lunch_to - problem.lunch_min
            # Eat on arrival if that lies in the band, else stop on the way.
            at = min(max(clock + left, problem.lunch_from), latest)
            at = max(at, clock)
            before = min(left, at - clock)
            total = max(left, 1)
            clock = self._leg(rows, number, here, there, clock, before, before / total)
            if clock < at:
                self._wait(rows, number, clock, at)
            text = say(N_("Lunch"))
            self._add(rows, number, "lunch", at, at + problem.lunch_min, text)
            clock = at + problem.lunch_min
            rest = left - before
            clock = self._leg(rows, number, here, there, clock, rest, rest / total)
        if until is not None and clock < until:
            self._wait(rows, number, clock, until)
            clock = until
        return clock

    def _leg(
        self,
        rows: list[dict[str, Any]],
        number: int,
        here: int,
        there: int,
        clock: int,
        minutes: int,
        share: float,
    ) -> int:
        if minutes <= 0:
            return clock
        by_rail = bool(self.case.rail[here, there])
        km = round(float(self.problem.km[here, there]) * share, 1)
        message = (
            N_("By rail: %(a)s to %(b)s") if by_rail else N_("By car: %(a)s to %(b)s")
        )
        text = say(message, a=self.names[here], b=self.names[there])
        self._add(
            rows,
            number,
            "travel",
            clock,
            clock + minutes,
            text,
            frm=here,
            to=there,
            distance_km=km,
            mode="rail" if by_rail else "car",
        )
        return clock + minutes

    def _wait(
        self, rows: list[dict[str, Any]], number: int, start: int, end: int
    ) -> None:
        self._add(rows, number, "wait", start, end, say(N_("Spare time")))

    def _visit(
        self,
        rows: list[dict[str, Any]],
        number: int,
        index: int,
        start: int,
        end: int,
        worth: Mapping[int, float],
    ) -> None:
        site, candidate = self.problem.sites[index], self.case.found[index]
        self._add(
            rows,
            number,
            "visit",
            start,
            end,
            candidate.name,
            to=index,
            firm_id=site.firm_id,
            gap_ids=join_list(site.gaps),
            value=round(worth.get(index, 0.0), 3),
            window_start_min=site.open_min,
            window_end_min=site.close_min,
            locked=1.0 if site.firm_id in self.case.wishes.locks else 0.0,
            lat=candidate.lat,
            lon=candidate.lon,
        )

    def _add(
        self,
        rows: list[dict[str, Any]],
        number: int,
        kind: str,
        start: int,
        end: int,
        text: Say,
        *,
        frm: int | None = None,
        to: int | None = None,
        **more: Any,
    ) -> None:
        rows.append(
            {
                "day": number + 1,
                "seq": len(rows) + 1,
                "date": self.case.dates[number].isoformat(),
                "kind": kind,
                "start_min": start,
                "end_min": end,
                "duration_min": end - start,
                "text_en": text.en,
                "text_zh": text.zh,
                "from_id": "" if frm is None else self.ids[frm],
                "to_id": "" if to is None else self.ids[to],
                **more,
            }
        )
