"""The measures of firms: what can be said of one, in which unit and range."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

from yanlian.text import Say


@dataclass(frozen=True)
class Measure:
    """One measure of the table ``firm_measures``.

    Attributes
    ----------
    name : str
    unit : str
        ``CNY``, ``share``, ``persons``, ``items``, ``years``, ``year``, ``level``,
        ``points`` or ``yes_no``.
    low, high : float
        Closed range of the value; 0 and 1 stand for no and yes.
    span : str
        ``year`` (a value for each year), ``lasting`` (holds until something newer is
        said) or ``within3`` (a yes counts for three years).
    part_of : str
        Measure that is at least as large: what is class I of high value is class I.
    label, ask : Say
        Name, and the paper to ask for.
    """

    name: str
    unit: str
    low: float
    high: float
    span: str
    part_of: str
    label: Say
    ask: Say

    @property
    def asks_yes(self) -> bool:
        """Whether the answer is yes or no."""
        return self.unit == "yes_no"


@functools.cache
def measures() -> dict[str, Measure]:
    """Return the measures by name, in order."""
    path = Path(__file__).parent / "measures.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["measure"]: Measure(
                row["measure"],
                row["unit"],
                float(row["low"]),
                float(row["high"]),
                row["span"],
                row["part_of"],
                Say(row["label_en"], row["label_zh"]),
                Say(row["ask_en"], row["ask_zh"]),
            )
            for row in csv.DictReader(file)
        }
