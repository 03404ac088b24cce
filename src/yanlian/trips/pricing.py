"""The best way through one day when each visit has a price: exact on a grid of time.

A dynamic program over the visit just made and the slot in which it started. A way may
come back to a company after at least one other visit (no cycle of two), so its value is
never less than that of the best true way, which the bound needs. Times are slots of
``width`` minutes: windows are widened and ways shortened to whole slots, so a coarse
grid is optimistic, and slots of one minute are exact.

Values and the visit they come from are packed into one whole number, so that one
maximum finds both.

References
----------
.. [1] Houck, D. J., Picard, J. C., Queyranne, M., Vemuganti, R. R. (1980). The
   travelling salesman problem as a constrained shortest path problem. *Opsearch*, 17,
   93-109. Cycles of two are kept out by a best and a second-best label.
.. [2] Christofides, N., Mingozzi, A., Toth, P. (1981). State-space relaxation procedures
   for the computation of bounds to routing problems. *Networks*, 11, 145-164.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yanlian.trips.model import Problem

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# Prizes are whole millionths of a point: sums are exact, rounding is upwards.
UNIT = 1_000_000
_DEAD = -(1 << 60)
_NEVER = 1 << 40


@dataclass(frozen=True)
class Grid:
    """One day in slots; morning is half 0, afternoon half 1.

    Attributes
    ----------
    low, high : ndarray, shape (2, sites)
        First and last slot in which a visit may start; ``low > high``: never.
    first : ndarray, shape (2, sites)
        Slot in which it starts at the earliest when it is the first of the day.
    last : ndarray, shape (2, sites)
        Slot in which it starts at the latest when it is the last of the day.
    same, noon : ndarray, shape (sites, sites)
        Slots from the start of one visit to that of the next, within a half and over
        lunch.
    """

    low: Ints
    high: Ints
    first: Ints
    last: Ints
    same: Ints
    noon: Ints

    def mirrored(self) -> Grid:
        """Return the day run backwards."""
        return Grid(
            -self.high[::-1],
            -self.low[::-1],
            -self.last[::-1],
            -self.first[::-1],
            self.same.T,
            self.noon.T,
        )


def day_grid(problem: Problem, day: int, sites: Ints, width: int) -> Grid:
    """Return a day on a grid that is never tighter than the day itself.

    Parameters
    ----------
    problem : Problem
    day : int
    sites : ndarray of int
        Sites on the grid.
    width : int
        Minutes of a slot; 1 is exact.
    """
    frame, lunch = problem.days[day], problem.lunch_on(day)
    low = np.full((2, len(sites)), _NEVER)
    high = np.full((2, len(sites)), -_NEVER)
    for column, site in enumerate(sites):
        for half, window in enumerate(problem.halves[day][site]):
            if window is not None:
                low[half, column], high[half, column] = window
    stay = np.array(
        [problem.sites[i].visit_min + problem.buffer_min for i in sites], np.int64
    )
    step = stay[:, None] + problem.minutes[np.ix_(sites, sites)]
    begin = frame.start_min + problem.minutes[frame.start_node, sites]
    finish = frame.end_min - stay - problem.minutes[sites, frame.end_node]
    # A later start is a larger slot, and the floor of a sum is never less than the sum
    # of the floors: what holds in minutes holds in slots.
    slots = [
        np.floor_divide(part, width)
        for part in (
            low,
            high,
            np.stack([begin, begin + lunch]),
            np.stack([finish - lunch, finish]),
            step,
            step + lunch,
        )
    ]
    for part in slots[4:]:
        np.fill_diagonal(part, _NEVER)
    return Grid(*slots)


class _Block:
    """Cells that are computed together, and where their labels come from."""

    def __init__(self, cells: Ints, target: Ints, begins: Bools, source: Ints) -> None:
        self.cells, self.target, self.source = cells, target, source
        self.begins = begins
        self.copy_to = self.copy_from = np.zeros(0, np.int64)


class DayPricer:
    """The dynamic program of one day, set up once and run for many prizes.

    Parameters
    ----------
    grid : Grid

    Notes
    -----
    The cell of half, site and slot holds the best value of a way that ends with the
    visit, started in this slot or before. Slots are computed in blocks no longer than
    the shortest step, so that all sources of a block are known before it.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.sites = grid.low.shape[1]
        self.bits = int(self.sites + 1).bit_length()
        self.mask = (1 << self.bits) - 1  # also the code of the day's start
        able = grid.low <= grid.high
        self.origin = [
            int(grid.low[h][able[h]].min()) if able[h].any() else 0 for h in (0, 1)
        ]
        self.slots = [
            int(grid.high[h][able[h]].max()) - self.origin[h] + 1 if able[h].any() else 0
            for h in (0, 1)
        ]  # fmt: skip
        self.offset = [0, self.sites * self.slots[0]]
        self.size = self.offset[1] + self.sites * self.slots[1]
        self.able = able
        self.blocks = [b for half in (0, 1) for b in self._blocks(half)]
        self._finish()

    def cell(self, half: int, site: ArrayLike, slot: ArrayLike) -> Ints:
        """Return the cells of sites and slots in a half; later slots are the last."""
        inside = np.minimum(np.asarray(slot) - self.origin[half], self.slots[half] - 1)
        found: Ints = self.offset[half] + np.asarray(site) * self.slots[half] + inside
        return found

    def _blocks(self, half: int) -> list[_Block]:
        grid, able = self.grid, self.able[half]
        if not able.any():
            return []
        step = int(grid.same[np.ix_(able, able)].min())
        if step < 1:
            raise ValueError("a step within one slot; use narrower slots")
        made = []
        top = self.origin[half] + self.slots[half]
        for start in range(self.origin[half], top, step):
            slots = np.arange(start, min(start + step, top))
            open_now = (
                (grid.low[half][:, None] <= slots)
                & (slots <= grid.high[half][:, None])
                & able[:, None]
            )
            site, at = np.nonzero(open_now)
            slot = slots[at]
            if not len(site):
                continue
            block = _Block(
                self.cell(half, site, slot),
                site,
                slot >= grid.first[half][site],
                self._sources(half, site, slot),
            )
            ended = (
                able & (grid.high[half] >= start) & (grid.high[half] < slots[-1] + 1)
            )
            self._hold(block, half, np.flatnonzero(ended))
            made.append(block)
        return made

    def _sources(self, half: int, site: Ints, slot: Ints) -> Ints:
        """Return for each cell the cell of each visit it may follow."""
        parts = []
        for before in range(half + 1):
            if not self.slots[before]:
                continue
            step = self.grid.noon if before < half else self.grid.same
            from_slot = slot - step[:, site]
            good = from_slot >= self.grid.low[before][:, None]
            good &= self.able[before][:, None]
            rows = np.flatnonzero(good.any(axis=1))
            cells = self.cell(before, rows[:, None], from_slot[rows])
            parts.append(np.where(good[rows], cells, self.size))
        stacked = np.concatenate(parts) if parts else np.zeros((0, len(site)))
        return stacked.astype(np.int32 if self.size < 1 << 31 else np.int64)

    def _hold(self, block: _Block, half: int, sites: Ints) -> None:
        """After the last start of a visit its best value holds for all later slots."""
        to, source = [], []
        for site in sites:
            last = int(self.grid.high[half][site])
            later = np.arange(last + 1, self.origin[half] + self.slots[half])
            to.append(self.cell(half, site, later))
            source.append(np.full(len(later), int(self.cell(half, site, last))))
        if to:
            block.copy_to, block.copy_from = np.concatenate(to), np.concatenate(source)

    def _finish(self) -> None:
        """Find the cells in which a way may end the day."""
        grid = self.grid
        cells, sites = [], []
        for half in (0, 1):
            last = np.minimum(grid.last[half], grid.high[half])
            site = np.flatnonzero(self.able[half] & (last >= grid.low[half]))
            cells.append(self.cell(half, site, last[site]))
            sites.append(site)
        self.end_cells = np.concatenate(cells).astype(np.int64)
        self.end_sites = np.concatenate(sites)

    def run(self, prizes: Ints) -> Labels:
        """Return the labels for one set of prizes.

        Parameters
        ----------
        prizes : ndarray of int, shape (sites,)
            Millionths of a point; may be negative.
        """
        size, bits, mask = self.size + 1, self.bits, self.mask
        best = np.full(size, _DEAD, np.int64)
        second = np.full(size, _DEAD, np.int64)
        before = np.full(size, mask, np.int32)
        before_second = np.full(size, mask, np.int32)
        for block in self.blocks:
            start = np.where(block.begins, mask, _DEAD)
            top, other = start, np.full(len(start), _DEAD)
            if len(block.source):
                label = best.take(block.source)
                back = before.take(block.source) == block.target
                label[back] = second.take(block.source[back])
                top = np.maximum(label.max(axis=0), start)
                # The second best comes from another visit than the best.
                np.putmask(label, (label & mask) == (top & mask), _DEAD)
                other = np.maximum(
                    label.max(axis=0), np.where(top == start, _DEAD, start)
                )
            gain = prizes[block.target]
            for value, come, found in (
                (best, before, top),
                (second, before_second, other),
            ):
                value[block.cells] = ((found >> bits) + gain) << bits | block.target
                come[block.cells] = found & mask
                value[block.copy_to] = value[block.copy_from]
                come[block.copy_to] = come[block.copy_from]
        return Labels(self, prizes, best, second, before, before_second)


@dataclass(frozen=True)
class Labels:
    """What one run of the program found.

    Attributes
    ----------
    pricer : DayPricer
    prizes : ndarray of int
    best, second : ndarray of int, shape (cells + 1,)
        Value and own site of the best way, and of the best that comes from another
        visit.
    before, before_second : ndarray of int
        Sites they come from.
    """

    pricer: DayPricer
    prizes: Ints
    best: Ints
    second: Ints
    before: NDArray[np.int32]
    before_second: NDArray[np.int32]

    @property
    def value(self) -> int:
        """Return the best value of a whole day, millionths of a point; at least 0."""
        ends = self.best[self.pricer.end_cells]
        return max(int(ends.max() >> self.pricer.bits), 0) if len(ends) else 0

    def ways(self, most: int) -> list[tuple[int, ...]]:
        """Return the best ways, one for each last visit, as tuples of sites."""
        ends = self.best[self.pricer.end_cells] >> self.pricer.bits
        order = np.argsort(-ends, kind="stable")[:most]
        return [
            tuple(self.way(int(self.pricer.end_cells[k]))) for k in order if ends[k] > 0
        ]

    def way(self, cell: int, after: int = -1) -> list[int]:
        """Return the way that leads to a cell and does not come from ``after``."""
        pricer, grid = self.pricer, self.pricer.grid
        bits, mask = pricer.bits, pricer.mask
        made: list[int] = []
        while True:
            half = 1 if cell >= pricer.offset[1] else 0
            site, slot = divmod(cell - pricer.offset[half], max(pricer.slots[half], 1))
            slot = min(slot + pricer.origin[half], int(grid.high[half][site]))
            use_second = int(self.before[cell]) == after
            value = (self.second if use_second else self.best)[cell] >> bits
            source = int((self.before_second if use_second else self.before)[cell])
            made.append(site)
            if source == mask:
                return made[::-1]
            value -= self.prizes[site]
            for earlier in range(half + 1):
                step = grid.noon if earlier < half else grid.same
                at = slot - int(step[source, site])
                if not pricer.able[earlier][source] or at < grid.low[earlier][source]:
                    continue
                tried = int(pricer.cell(earlier, source, at))
                back = int(self.before[tried]) == site
                if (self.second if back else self.best)[tried] >> bits == value:
                    cell, after = tried, site
                    break
            else:
                raise AssertionError("a label without its source")


def through(ahead: Labels, behind: Labels) -> tuple[Ints, Sequence[tuple[int, ...]]]:
    """Return for each site the best value of a day that visits it, and the way.

    Parameters
    ----------
    ahead : Labels
        Of the day.
    behind : Labels
        Of the mirrored day, with the same prizes.

    Returns
    -------
    ndarray of int, shape (sites,)
        Millionths of a point; far below 0 when no day can visit the site.
    sequence of tuple of int
        The way that reaches the value; empty when there is none.
    """
    pricer, mirror = ahead.pricer, behind.pricer
    grid = pricer.grid
    value = np.full(pricer.sites, _DEAD >> pricer.bits)
    ways: list[tuple[int, ...]] = [()] * pricer.sites
    for half in (0, 1):
        for site in np.flatnonzero(pricer.able[half]):
            slots = np.arange(grid.low[half][site], grid.high[half][site] + 1)
            here = pricer.cell(half, site, slots)
            there = mirror.cell(1 - half, site, -slots)
            before, after = ahead.before[here], behind.before[there]
            meet = (before == after) & (before != pricer.mask)
            one = ahead.best[here] >> pricer.bits
            two = behind.best[there] >> pricer.bits
            one_second = ahead.second[here] >> pricer.bits
            two_second = behind.second[there] >> pricer.bits
            later = one_second + two > one + two_second
            total = np.where(
                meet, np.maximum(one_second + two, one + two_second), one + two
            )
            at = int(total.argmax())
            found = int(total[at]) - int(ahead.prizes[site])
            if found <= value[site] or found < _DEAD >> (pricer.bits + 1):
                continue
            value[site] = found
            avoid = int(before[at]) if meet[at] else -1
            lead = ahead.way(int(here[at]), avoid if later[at] else -1)
            tail = behind.way(int(there[at]), -1 if later[at] else avoid)
            ways[site] = (*lead, *tail[-2::-1])
    return value, ways


def ways_above(
    ahead: Labels, behind: Labels, value: int, most: int
) -> list[tuple[int, ...]] | None:
    """Return all ways of a day that visit no site twice and reach a value.

    Parameters
    ----------
    ahead : Labels
        Of the day, on slots of one minute.
    behind : Labels
        Of the mirrored day: what a way can still gain, which ends the search early.
    value : int
        Least value, millionths of a point.
    most : int
        Partial ways tried at most.

    Returns
    -------
    list of tuple of int, or None
        None when there are too many.
    """
    pricer, grid, mirror = ahead.pricer, ahead.pricer.grid, behind.pricer
    every = np.arange(pricer.sites)
    ways: list[tuple[int, ...]] = []
    # Way so far, its value, half and slot of its last visit.
    stack: list[tuple[tuple[int, ...], int, int, int]] = [((), 0, 0, 0)]
    tried = 0
    while stack:
        way, gained, half, slot = stack.pop()
        tried += 1
        if tried > most:
            return None
        if way and slot <= grid.last[half][way[-1]] and gained >= value:
            ways.append(way)
        for then in (0, 1) if not way else range(half, 2):
            if not pricer.slots[then]:
                continue
            if way:
                step = grid.same if then == half else grid.noon
                start = np.maximum(slot + step[way[-1]], grid.low[then])
            else:
                start = np.maximum(grid.first[then], grid.low[then])
            good = pricer.able[then] & (start <= grid.high[then])
            good[list(way)] = False
            next_site = every[good]
            at = start[good]
            rest = behind.best[mirror.cell(1 - then, next_site, -at)] >> pricer.bits
            for site, when in zip(
                next_site[gained + rest >= value],
                at[gained + rest >= value],
                strict=True,
            ):
                stack.append(
                    (
                        (*way, int(site)),
                        gained + int(ahead.prizes[site]),
                        then,
                        int(when),
                    )
                )
    return ways
