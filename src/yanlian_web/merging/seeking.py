"""Searching an office's companies for those that may be one."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from yanlian.identity import normal_name, twin_names
from yanlian_web.desk.models import Company
from yanlian_web.merging.models import CODE, LIKE, NAME, Apart, Suspect
from yanlian_web.offices.models import LogLine, Office

BATCH = 2000
# Above this many companies, only those entered or changed since are looked at.
WHOLE = 5000
# A name that more companies bear tells nothing, such as that of a holding's trade mark.
MOST_BEARERS = 8
LEAST = 0.5
SEARCHED = "merging.pairs.searched"
# Changes that do not touch ``changed_at`` of the companies.
LOADED = "desk.companies.loaded"
Pair = tuple[int, int]


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes
    ----------
    pairs : dict
        Why and how surely two companies may be one, by their numbers.
    only : set of int or None
        Companies whose pairs were sought; None for all.
    training : set of int
        Companies that are training data.
    """

    pairs: dict[Pair, tuple[str, float]]
    only: set[int] | None
    training: frozenset[int]


@dataclass(frozen=True)
class _Firm:
    pk: int
    zh: str
    en: str
    names: tuple[str, ...]
    code: str
    training: bool


def _firms(office: Office) -> list[_Firm]:
    columns = (
        "pk", "name_zh", "name_en", "aliases", "former_names", "credit_code",
        "training",
    )  # fmt: skip
    rows = Company.objects.filter(office=office, archived_on=None).order_by("pk")
    return [
        _Firm(
            pk,
            zh,
            en,
            tuple(
                part
                for part in (zh, en, *aliases.split(";"), *former.split(";"))
                if part
            ),
            code,
            training,
        )
        for pk, zh, en, aliases, former, code, training in rows.values_list(*columns)
    ]


def seek(office: Office) -> Found:
    """Return which companies of an office may be one; nothing is stored."""
    firms = _firms(office)
    only = _changed(office) if len(firms) > WHOLE else None
    found: dict[Pair, tuple[str, float]] = {}
    # The surest reason is written last.
    for training in (False, True):
        some = [firm for firm in firms if firm.training == training]
        found |= _alike(some, only)
        found |= _shared([(normal_name(n), f.pk) for f in some for n in f.names], NAME)
        found |= _shared([(f.code, f.pk) for f in some], CODE)
    if only is not None:
        found = {pair: why for pair, why in found.items() if only & set(pair)}
    apart = _apart(office)
    return Found(
        {pair: why for pair, why in found.items() if pair not in apart},
        only,
        frozenset(firm.pk for firm in firms if firm.training),
    )


def _changed(office: Office) -> set[int] | None:
    """Return which companies were entered or changed since the last search."""
    lines = LogLine.objects.filter(office=office, code__in=(SEARCHED, LOADED))
    last = lines.order_by("-pk").first()
    if last is None or last.code != SEARCHED:
        return None
    # Somebody may have changed one while the last search was reckoning.
    since = last.at - datetime.timedelta(minutes=10)
    rows = Company.objects.filter(office=office, archived_on=None)
    rows = rows.filter(Q(changed_at__gte=since) | Q(made_at__gte=since))
    return set(rows.values_list("pk", flat=True))


def _shared(
    keyed: Iterable[tuple[str, int]], why: str
) -> dict[Pair, tuple[str, float]]:
    """Return the pairs that share a code or a name."""
    bearers: dict[str, list[int]] = {}
    for key, pk in keyed:
        if key and pk not in bearers.setdefault(key, []):
            bearers[key].append(pk)
    return {
        pair: (why, 1.0)
        for pks in bearers.values()
        if 1 < len(pks) <= MOST_BEARERS
        for pair in itertools.combinations(sorted(pks), 2)
    }


def _alike(firms: list[_Firm], only: set[int] | None) -> dict[Pair, tuple[str, float]]:
    """Return the pairs whose names are alike.

    Each company is compared by its Chinese name, or by its English one when it has no
    other; and those with English names alone with the English names of all.
    """
    found: dict[Pair, tuple[str, float]] = {}
    listed = [firm for firm in firms if firm.zh or firm.en]
    _twins(listed, [f.zh or f.en for f in listed], only, found)
    english = [firm for firm in firms if firm.en]
    alone = {firm.pk for firm in english if not firm.zh}
    if alone and len(alone) < len(english):
        chosen = alone if only is None else alone & only
        _twins(english, [f.en for f in english], chosen, found)
    return found


def _twins(
    firms: list[_Firm],
    names: list[str],
    only: set[int] | None,
    found: dict[Pair, tuple[str, float]],
) -> None:
    places = (
        None if only is None else [at for at, f in enumerate(firms) if f.pk in only]
    )
    if places == []:
        return
    twins = twin_names(names, only=places, least=LEAST)
    for a, b, score in zip(
        twins.first.tolist(), twins.second.tolist(), twins.score.tolist(), strict=True
    ):
        pair = (firms[a].pk, firms[b].pk)
        key = (min(pair), max(pair))
        if key not in found or found[key][1] < score:
            found[key] = (NAME if score == 1.0 else LIKE, score)


def _apart(office: Office) -> set[Pair]:
    """Return the pairs that are not the same, each also as what it was merged into."""
    into = dict(
        Company.objects.filter(office=office)
        .exclude(merged_into=None)
        .values_list("pk", "merged_into_id")
    )
    rows = Apart.objects.filter(office=office).live()
    found = set()
    for first, second in rows.values_list("first_id", "second_id"):
        pair = (into.get(first, first), into.get(second, second))
        found.add((min(pair), max(pair)))
    return found


def store(office: Office, found: Found) -> int:
    """Write the pairs found in place of those that stood there; return how many stand."""
    old = Suspect.objects.filter(office=office)
    if found.only is not None:
        only = list(found.only)
        for start in range(0, len(only), BATCH):
            some = only[start : start + BATCH]
            old.filter(Q(first__in=some) | Q(second__in=some)).delete()
    else:
        old.delete()
    # What was merged or archived meanwhile, or said not to be the same, is no pair.
    apart = _apart(office)
    live = set(
        Company.objects.filter(office=office, archived_on=None).values_list(
            "pk", flat=True
        )
    )
    Suspect.objects.bulk_create(
        [
            Suspect(
                office=office,
                first_id=first,
                second_id=second,
                why=why,
                score=score,
                training=first in found.training,
            )
            for (first, second), (why, score) in found.pairs.items()
            if first in live and second in live and (first, second) not in apart
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return Suspect.objects.filter(office=office).count()
