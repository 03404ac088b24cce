"""What a column of a file can be: the targets of each kind of import, and their headers."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from yanlian.tables.cells import cell_text, unit_factor
from yanlian.tables.schema import fold_header
from yanlian.text import N_
from yanlian_web.intake.models import COMPANY, PERSON

_LONGEST_HEADER = 120
_UNIT = re.compile(r"^(.+?)[(\[]([^()\[\]]*)[)\]]$")
_YEAR = re.compile(r"^((?:19|20)\d{2})\u5e74?\u5ea6?")
# Columns that are known and left out, with the reason a person is told.
LEFT_OUT = {
    "!contact": N_(
        "Contact data belong to a person. Import them as people: there the purpose and "
        "the legal ground are asked for."
    ),
    "!registry": N_("Known, but the desk has no field for it."),
}


@dataclass(frozen=True)
class Target:
    """Something a column can hold.

    Attributes
    ----------
    key : str
        Name of the field, or its kind and what it is about, as in ``fact:founded``.
    label : str
        English, translated where it is shown.
    sort : str
        How a cell is read: line, text, code, names, url, state, year, money, count,
        mobile, phone, email.
    size : int
        Most characters.
    """

    key: str
    label: str
    sort: str = "line"
    size: int = 300

    @property
    def part(self) -> str:
        """Return the kind of record it belongs to; empty for the record of the row."""
        return self.key.partition(":")[0] if ":" in self.key else ""

    @property
    def about(self) -> str:
        """Return what of that record it is about."""
        return self.key.partition(":")[2]


TARGETS: dict[str, tuple[Target, ...]] = {
    COMPANY: (
        Target("credit_code", N_("Unified social credit code"), "code", 18),
        Target("firm_id", N_("Number in the tables"), "code", 100),
        Target("name_zh", N_("Name (Chinese)")),
        Target("name_en", N_("Name (English)")),
        Target("aliases", N_("Other names"), "names", 1000),
        Target("former_names", N_("Former names"), "names", 1000),
        Target("city_zh", N_("City (Chinese)"), size=100),
        Target("city_en", N_("City (English)"), size=100),
        Target("products_zh", N_("Products (Chinese)"), "text", 10_000),
        Target("products_en", N_("Products (English)"), "text", 10_000),
        Target("website", N_("Website"), "url", 300),
        Target("status", N_("State"), "state", 20),
        Target("team", N_("Team"), size=100),
        Target("note_zh", N_("Note (Chinese)"), "text", 10_000),
        Target("note_en", N_("Note (English)"), "text", 10_000),
        Target("site:seat", N_("Registered address"), size=500),
        Target("site:plant", N_("Address of the plant"), size=500),
        Target("fact:founded", N_("Founded"), "year"),
        Target("fact:capital_cny", N_("Registered capital"), "money"),
        Target("fact:employees", N_("Employees"), "count"),
        Target("fact:revenue_cny", N_("Revenue"), "money"),
        Target("fact:industry", N_("Industry"), "text", 10_000),
        Target("fact:recognitions", N_("Recognitions"), "text", 10_000),
        Target("fact:operation", N_("Operation"), "text", 10_000),
        Target("post:legal", N_("Legal representative"), size=300),
    ),
    PERSON: (
        Target("name_zh", N_("Name (Chinese)")),
        Target("name_en", N_("Name (English)")),
        Target("place", N_("Company or organisation")),
        Target("place_code", N_("Credit code of the company"), "code", 18),
        Target("title_zh", N_("Title (Chinese)"), size=200),
        Target("title_en", N_("Title (English)"), size=200),
        Target("contact:mobile", N_("Mobile"), "mobile"),
        Target("contact:phone", N_("Phone"), "phone"),
        Target("contact:email", N_("E-mail"), "email"),
        Target("contact:wechat", N_("WeChat")),
        Target("languages", N_("Languages"), size=100),
        Target("note_zh", N_("Note (Chinese)"), "text", 10_000),
        Target("note_en", N_("Note (English)"), "text", 10_000),
    ),
}
# By which a row is found on file; the first is taken unless another is chosen.
KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    COMPANY: (
        ("credit_code", N_("Unified social credit code")),
        ("name", N_("Exact name")),
        ("firm_id", N_("Number in the tables")),
    ),
    PERSON: (
        ("place", N_("Name and company")),
        ("mobile", N_("Mobile")),
        ("email", N_("E-mail")),
    ),
}
# Targets of which one at least is needed, by kind.
NEEDED = {
    COMPANY: ("name_zh", "name_en", "credit_code", "firm_id"),
    PERSON: ("name_zh", "name_en"),
}


def target(what: str, key: str) -> Target | None:
    """Return a target by its key."""
    return _by_key(what).get(key)


@functools.cache
def _by_key(what: str) -> dict[str, Target]:
    return {item.key: item for item in TARGETS[what]}


@functools.cache
def known(what: str) -> dict[str, tuple[str, ...]]:
    """Return which targets each known header stands for, the best one first."""
    found: dict[str, tuple[str, ...]] = {}
    path = Path(__file__).parent / "headers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["what"] == what:
                for name in row["names"].split(";"):
                    found.setdefault(
                        fold_header(name), tuple(row["targets"].split("|"))
                    )
    return found


@dataclass(frozen=True)
class Head:
    """What a header says.

    Attributes
    ----------
    targets : tuple of str
        Which targets it may stand for; empty when it is not known.
    factor : Decimal or None
        By what its numbers are multiplied, as in ten thousand yuan.
    year : int or None
        Year it names.
    """

    targets: tuple[str, ...] = ()
    factor: Decimal | None = None
    year: int | None = None


def read_header(what: str, text: object) -> Head:
    """Return what a header says.

    Examples
    --------
    >>> read_header("company", "2024 revenue (million CNY)")
    Head(targets=('fact:revenue_cny',), factor=Decimal('1000000'), year=2024)
    """
    written = cell_text(text)
    folded = fold_header(written) if len(written) <= _LONGEST_HEADER else ""
    if not folded:
        return Head()
    if folded in known(what):
        return Head(known(what)[folded])
    year = _YEAR.match(folded)
    rest = folded[year.end() :] if year else folded
    unit = _UNIT.match(rest)
    stem = unit.group(1) if unit else rest
    targets = known(what).get(rest) or known(what).get(stem) or ()
    factor = None
    if unit and targets and rest not in known(what):
        first = target(what, targets[0])
        if first is not None and first.sort == "money":
            factor = unit_factor("CNY", unit.group(2))
        elif first is not None and first.sort == "count":
            factor = unit_factor("persons", unit.group(2))
    return Head(targets, factor, int(year.group(1)) if year and targets else None)


def score(what: str, cells: Sequence[object]) -> int:
    """Return how many cells of a row are known headers."""
    return sum(bool(read_header(what, cell).targets) for cell in cells[:200])


def suggest(
    what: str, headers: Sequence[str], earlier: dict[str, str] | None = None
) -> list[str]:
    """Return the target of each column; empty for none.

    Parameters
    ----------
    what : str
    headers : sequence of str
    earlier : dict of str to str, optional
        Targets a person chose for the same source before, by header.
    """
    remembered = earlier or {}
    found = [""] * len(headers)
    taken: set[str] = set()
    for column, header in enumerate(headers):
        key = remembered.get(header)
        if key and key not in taken and target(what, key):
            found[column] = key
            taken.add(key)
    for column, header in enumerate(headers):
        if found[column] or header in remembered:
            continue
        for key in read_header(what, header).targets:
            if key not in taken and not key.startswith("!"):
                found[column] = key
                taken.add(key)
                break
    return found


def left_out(what: str, header: str) -> str:
    """Return why a known header is left out; empty when it is not known."""
    targets = read_header(what, header).targets
    return LEFT_OUT.get(targets[0], "") if targets else ""
