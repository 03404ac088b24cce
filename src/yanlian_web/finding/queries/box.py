"""What the one box finds: records by kind, the chain, the guide, and commands."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from yanlian.text import N_
from yanlian_web.desk.models import KINDS, Agreement, Deal, Meeting, Post, Promise
from yanlian_web.desk.places import place_of
from yanlian_web.finding.commands import commands_of, guide_pages
from yanlian_web.finding.matching import (
    Expr,
    apart,
    entries,
    every,
    exactly,
    nearly,
    of_kinds,
)
from yanlian_web.finding.tokens import LONGEST, fits, near, units_of, words_of
from yanlian_web.offices.models import LogLine, Member, Office
from yanlian_web.studies import queries as studies
from yanlian_web.ui.templatetags.yl import called, dated, name, other

# So many are looked at before each kind is asked for by itself; a search that is told
# apart at all finds fewer.
LOOKED = 400
BY_KIND = 120
# Of a kind, so many may be out of sight before no more are looked for.
DEEPEST = 20_000
# Fewer than these, and typing errors are thought of.
FEW = 3
# In the order in which they are shown.
ORDER = (
    "company", "person", "organisation", "deal", "meeting", "agreement", "promise",
    "gap", "trip",
)  # fmt: skip
LABELS = {
    "company": N_("Companies on file"),
    "person": N_("People"),
    "organisation": N_("Organisations"),
    "deal": N_("Deals and projects"),
    "meeting": N_("Meetings held and planned"),
    "agreement": N_("Agreements on file"),
    "promise": N_("Promises"),
    "gap": N_("Gaps taken up"),
    "trip": N_("Trips"),
}
# Lists on which everything of a kind is found by the same words.
LISTS = {
    "company": "companies",
    "person": "people",
    "organisation": "organisations",
    "deal": "deals",
    "meeting": "meetings",
    "agreement": "agreements",
    "promise": "promises",
}
# Kinds whose pages other offices open too when a record is shared with all.
SHARED = ("person", "organisation", "deal", "meeting", "agreement", "promise", "trip")


@dataclass(frozen=True)
class Hit:
    """One thing that was found.

    Attributes
    ----------
    href, name, other, note : str
    training : bool
    """

    href: str
    name: str
    other: str = ""
    note: str = ""
    training: bool = False


@dataclass
class Group:
    """What was found of one kind."""

    key: str
    label: str
    hits: list[Hit] = field(default_factory=list)
    # A list that shows all of them, where there is one.
    all: str = ""


def found(member: Member, text: str, most: int = 6) -> dict[str, Any]:
    """Return what fits a text, by kind, the likeliest first.

    Parameters
    ----------
    member : Member
        Only what this member may see is found, and nothing else is counted.
    text : str
        In either language, pinyin or first letters; words in any order.
    most : int
        Of each kind.

    Returns
    -------
    dict
        ``groups`` (list of Group) and ``near``: whether only with typing errors
        anything was found.
    """
    words = words_of(text)
    if not words:
        return {"groups": [], "near": False}
    typed = Typed.of("".join(words))
    records = _records(member, exactly(words), words, typed, most)
    steps = commands_of(member, words)
    around = [*_segments(member.office, words), *_study_gaps(member.office, words)]
    pages = guide_pages(words)
    slip = False
    count = sum(len(rows) for rows in records.values())
    if count + len(steps) + len(around) + len(pages) < FEW:
        for expr, forms in ((apart(words), typed), (nearly(words), Typed.near(words))):
            close = _records(member, expr, [], forms, most) if expr else {}
            if not any(close.values()):
                continue
            slip = not count
            typed = forms
            for kind, rows in close.items():
                known = {row.pk for row in records.get(kind, ())}
                records.setdefault(kind, []).extend(
                    row for row in rows if row.pk not in known
                )
            break
    if not slip:
        _related(member, records, most)
    groups = [
        Group(
            kind,
            LABELS[kind],
            _hits(kind, records[kind][:most]),
            f"{reverse(LISTS[kind])}?q=" if kind in LISTS else "",
        )
        # Kinds of which something is called so come before those that only have the
        # words somewhere, as in a city.
        for kind in sorted(
            (kind for kind in ORDER if records.get(kind)),
            key=lambda kind: _nearest(typed, records[kind][0]) > BEGINS,
        )
    ]
    for key, label, hits in (
        ("segment", N_("Chain and gaps"), around[:most]),
        ("command", N_("Commands"), [Hit(c.href, c.label, note=c.note) for c in steps]),
        ("guide", N_("Guide"), [Hit(href, title) for href, title in pages]),
    ):
        if hits:
            groups.append(Group(key, label, hits[:most]))
    # A command that was named in full stands first.
    if steps and steps[0].full:
        groups.sort(key=lambda group: group.key != "command")
    return {"groups": groups, "near": slip}


def _records(
    member: Member, expr: Expr, words: list[str], typed: Typed, most: int
) -> dict[str, list[Any]]:
    """Return the records whose entries fit and that the member may see, in order."""
    found = _together(member, ORDER, expr)
    if found is None:
        # There are many more companies than anything else; one question for all others
        # answers mostly.
        rows = _of_kind(member, "company", expr, words, most)
        found = {"company": rows} | (_together(member, ORDER[1:], expr) or {})
        if len(found) == 1:
            for kind in ORDER[1:]:
                found[kind] = _of_kind(member, kind, expr, words, most)
    return {kind: _in_order(rows, typed) for kind, rows in found.items() if rows}


def _together(
    member: Member, kinds: tuple[str, ...], expr: Expr
) -> dict[str, list[Any]] | None:
    """Return the records of several kinds; None when there are too many for that."""
    own = of_kinds(member.office_id, kinds, SHARED)
    listed = entries(every(own, expr), LOOKED)
    if len(listed) == LOOKED:
        return None
    by_kind: dict[str, list[int]] = {}
    for kind, pk in listed:
        by_kind.setdefault(kind, []).append(pk)
    return {kind: _visible(member, kind, pks) for kind, pks in by_kind.items()}


def _of_kind(
    member: Member, kind: str, expr: Expr, words: list[str], most: int
) -> list[Any]:
    """Return records of one kind among very many.

    Those in work whose name begins with the words come first, then those that begin
    with them, then all others. Without words, as with typing errors, none begin so.
    """
    own = of_kinds(member.office_id, (kind,), SHARED)
    seen: dict[int, Any] = {}
    steps = [every(own, expr)]
    if words:
        steps.insert(0, every(own, exactly(words, first=True)))
    if kind == "company":
        steps.insert(0, every(own, Expr("is", "~work"), expr))
    for step in steps:
        limit = BY_KIND
        while len(seen) < most:
            pks = [pk for _, pk in entries(step, limit)]
            new = [pk for pk in pks if pk not in seen]
            seen |= {row.pk: row for row in _visible(member, kind, new)}
            if len(pks) < limit or limit >= DEEPEST:
                break
            limit *= 8
    return list(seen.values())


def _visible(member: Member, kind: str, pks: Sequence[int]) -> list[Any]:
    """Return the records of some numbers that a member may see."""
    if not pks:
        return []
    model: Any = KINDS[kind]
    rows: list[Any] = []
    # SQLite takes so many numbers in one question.
    for start in range(0, len(pks), 900):
        some = model.objects.filter(pk__in=pks[start : start + 900])
        rows += _named(kind, some.seen_by(member).live())
        if kind in SHARED:
            rows += _named(kind, some.shared_with(member).live())
    return rows


_NAMES: dict[str, tuple[str, ...]] = {
    "deal": ("company",),
    "meeting": ("company", "organisation"),
    "agreement": ("company",),
    "promise": ("company",),
}


def _named(kind: str, rows: QuerySet[Any]) -> list[Any]:
    if kind in _NAMES:
        rows = rows.select_related(*_NAMES[kind])
    if kind == "company":
        # Long texts are not read.
        rows = rows.only(
            "pk", "firm_id", "name_en", "name_zh", "city_en", "city_zh", "tier",
            "owner", "visit_value", "training", "aliases", "former_names",
        )  # fmt: skip
    return list(rows.order_by())


@dataclass(frozen=True)
class Typed:
    """What was typed, or may have been meant.

    Attributes
    ----------
    text : str
    meant : frozenset of str
    sizes : tuple of int
        How long those are.
    """

    text: str
    meant: frozenset[str]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, text: str, *more: str) -> Typed:
        """Return a text and others that may have been meant."""
        meant = frozenset((text, *more))
        return cls(text, meant, tuple({len(word) for word in meant}))

    @classmethod
    def near(cls, words: list[str]) -> Typed:
        """Return what may have been meant by words with a slip in one of them."""
        typed = "".join(words)
        sound = "".join(unit[1] for unit in units_of(typed))
        return cls.of(typed, sound, *near(typed[:LONGEST]))


def _in_order(rows: list[Any], typed: Typed) -> list[Any]:
    """Return records with the likeliest first."""

    def place(row: Any) -> tuple[Any, ...]:
        texts = _texts(row)
        best = _nearest(typed, row)
        work = bool(getattr(row, "tier", "") or getattr(row, "owner_id", None))
        value = getattr(row, "visit_value", 0.0)
        newest = -row.pk if row.kind not in {"company", "person"} else 0
        return (best, not work, -value, newest, min(map(len, texts), default=0))  # fmt: skip

    return sorted(rows, key=place)


def _texts(row: Any) -> list[str]:
    """Return what a record is called, in both languages."""
    texts = (
        str(getattr(row, f"{stem}_{lang}", "") or "")
        for stem in ("name", "title", "text")
        for lang in ("en", "zh")
    )
    return [text for text in texts if text]


def _nearest(typed: Typed, row: Any) -> int:
    """Return how well the best of the names of a record fits; 4 without any."""
    return min((_closeness(typed, text) for text in _texts(row)), default=4)


@functools.lru_cache(maxsize=20_000)
def _forms(text: str) -> tuple[str, ...]:
    units = units_of(text)
    return tuple(dict.fromkeys("".join(unit[k] for unit in units) for k in (0, 1, 2)))


# A name that begins with what was typed, or is that.
BEGINS = 1


def _closeness(typed: Typed, text: str) -> int:
    """Return how well a text fits: 0 is it, 1 begins so, 2 holds it, 3 its words."""
    forms = _forms(text)
    if typed.text in forms:
        return 0
    if any(form[:size] in typed.meant for form in forms for size in typed.sizes):
        return 1
    return 2 if any(typed.text in form for form in forms) else 3


def _related(member: Member, records: dict[str, list[Any]], most: int) -> None:
    """Add what hangs on the companies that were found, the newest first."""
    firms = [row.pk for row in records.get("company", ())[:3]]
    if not firms:
        return
    waits = {"kept_on": None, "broken_on": None, "withdrawn_on": None}
    for model, order, only in (
        (Deal, "-changed_at", {}),
        (Meeting, "-on", {}),
        (Agreement, "-pk", {}),
        (Promise, "due_on", waits),
    ):
        kind = model.kind
        known = {row.pk for row in records.get(kind, ())}
        if len(known) >= most:
            continue
        rows: Any = model.objects.seen_by(member).live().filter(**only)
        rows = rows.filter(company__in=firms).select_related(*_NAMES[kind])
        more = [row for row in rows.order_by(order)[:most] if row.pk not in known]
        records.setdefault(kind, []).extend(more)


def _hits(kind: str, rows: Sequence[Any]) -> list[Hit]:
    posts = _posts(rows) if kind == "person" else {}
    return [
        Hit(
            place_of(row),
            called(row),
            "" if kind == "promise" else _other(row),
            _NOTES[kind](row) if kind in _NOTES else posts.get(row.pk, ""),
            row.training,
        )
        for row in rows
    ]


def _other(row: Any) -> str:
    return other(row, "title" if hasattr(row, "title_en") else "name")


def _posts(people: Iterable[Any]) -> dict[int, str]:
    """Return the post each person holds now; asks once."""
    held = (
        Post.objects.filter(person__in=list(people), until=None)
        .live()
        .select_related("company", "organisation")
        .order_by("since", "pk")
    )
    found = {}
    for post in held:
        place = post.company or post.organisation
        parts = (name(post, "title"), name(place) if place else "")
        found[post.person_id] = " · ".join(part for part in parts if part)
    return found


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


_NOTES: dict[str, Callable[[Any], str]] = {
    "company": lambda r: name(r, "city"),
    "organisation": lambda r: name(r, "city"),
    "deal": lambda r: _joined(r.stage, name(r.company)),
    "meeting": lambda r: _joined(
        r.on.isoformat(), name(r.company or r.organisation) if r.company or r.organisation else ""
    ),
    "agreement": lambda r: _joined(r.number, name(r.company)),
    "promise": lambda r: _joined(dated(r.due_on), name(r.company) if r.company else ""),
    "gap": lambda r: r.get_sort_of_display(),
    "trip": lambda r: r.from_on.isoformat(),
}  # fmt: skip


def _segments(office: Office, words: list[str]) -> list[Hit]:
    """Return the segments of the chain that fit."""
    run_id = studies.latest(office, "gaps")
    cells = studies.chain(office, run_id)["cells"].values() if run_id else ()
    place = reverse("chain")
    return [
        Hit(f"{place}?segment={cell['segment_id']}", name(cell), other(cell), code)
        for cell in cells
        for code in (cell["segment_id"],)
        if fits(words, *_names_of(cell))
    ]


def _study_gaps(office: Office, words: list[str]) -> list[Hit]:
    """Return the gaps of the newest study that fit."""
    run_id = studies.latest(office, "gaps")
    if not run_id:
        return []
    segments = studies.by_key(office, run_id, "segments", "segment_id")
    place = reverse("gaps")
    found = []
    for gap in studies.rows(office, run_id, "gaps"):
        segment, code = segments[gap["segment_id"]], gap["gap_id"]
        if fits(words, code, *_names_of(segment)):
            found.append(
                Hit(f"{place}?gap={code}", name(segment), other(segment), code)
            )
    return found


def _names_of(row: Any) -> Iterator[str]:
    for key in ("segment_id", "name_en", "name_zh", "short_en", "short_zh"):
        yield str(row.get(key) or "")


def recent(member: Member, most: int = 6) -> list[Hit]:
    """Return what the member has changed last, for a box with nothing in it."""
    lines = (
        LogLine.objects.filter(office_id=member.office_id, by=member.user)
        .exclude(subject="")
        .order_by("-pk")
        .values_list("subject", flat=True)[:60]
    )
    refs = [ref.split(":") for ref in dict.fromkeys(lines)]
    wanted = [(k, int(n)) for k, _, n in ((r[0], 0, r[-1]) for r in refs if len(r) == 2) if k in LABELS and n.isdigit()]  # fmt: skip
    by_kind: dict[str, list[int]] = {}
    for kind, pk in wanted[: 3 * most]:
        by_kind.setdefault(kind, []).append(pk)
    hits = {
        (kind, row.pk): hit
        for kind, pks in by_kind.items()
        for rows in [_visible(member, kind, pks)]
        for row, hit in zip(rows, _hits(kind, rows), strict=True)
    }
    return [hits[key] for key in wanted if key in hits][:most]
