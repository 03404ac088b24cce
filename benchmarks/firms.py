"""Placing firms on segments: quality against labels and plain TF-IDF, speed, memory.

*Yongkang sample*: 255 firms of the built-in case, labelled by hand. *Listed firms*: 120
A-share companies, drawn at random, with a long English description (FinanceDatabase) and
a list of products in Chinese, labelled by hand with the same 220 segments; half of them
make nothing on the chain. Figures are those of the half of the labels that nothing was
fitted or chosen on; `benchmarks/labels/README.md` tells how they were made. *Top-1*: the
first segment is a labelled one; *top-3*: one of the first three is; both over firms with a
label. *Precision, recall*: of the placements kept at the least confidence (default 0.35;
for TF-IDF the likeness that is best on the other half); a firm of more than four labels
counts four. *Silent where nothing fits*: firms without a label that are not placed.

*Industries*: the names of an official list serve as segments, and nothing else of them is
known; the description is placed, and the firm's listed industry counts as right. Two
weights for segments without keywords were chosen on the other half of these firms. TF-IDF
is scikit-learn's, over character n-grams, fitted on the descriptions and names together.
"""

from __future__ import annotations

import csv
import gzip
import os
import random
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.measure import measured
from yanlian import job
from yanlian.firms import measures
from yanlian.firms.place import (
    PlaceParams,
    choose,
    confidence,
    firm_texts,
    place_firms,
    place_stream,
)
from yanlian.firms.placer import Placer, build_placer
from yanlian.firms.scores import score_texts
from yanlian.tables import Floats, Table, read_table

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("YANLIAN_DATA_SHARED", ROOT / ".." / "shared" / "data"))
LABELS = Path(__file__).parent / "labels"
PARTS = ("china", "asia", "europe")
TIMES = 1_000_000
BATCH = 10_000
DEEP = 8  # segments looked at when the order is judged
Truth = dict[str, list[str]]


def _csv(name: str) -> Iterator[dict[str, str]]:
    path = SHARED / name
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def has_data() -> bool:
    """Whether the real data lie where they are looked for."""
    names = ("company_registry", "china_chain_graph")
    return all((SHARED / name).is_dir() for name in names)


def registry(parts: Sequence[str] = PARTS) -> list[dict[str, str]]:
    """Return the listed companies with their English description."""
    files = (f"company_registry/companies_{part}.csv.gz" for part in parts)
    return [row for name in files for row in _csv(name)]


def products() -> dict[str, str]:
    """Return the Chinese products of each A-share firm, by falling share of revenue."""
    listed: dict[str, list[tuple[float, int, str]]] = {}
    for row in _csv("china_chain_graph/company_product.csv.gz"):
        mine = listed.setdefault(row["code"], [])
        mine.append((-float(row["weight"] or 0), len(mine), row["product"]))
    return {
        code: "\u3001".join(product for _, _, product in sorted(mine))
        for code, mine in listed.items()
    }


@dataclass(frozen=True)
class Labelled:
    """Firms with the segments a person gave them."""

    name: str
    firms: Table
    truth: Truth


def labels(name: str, key: str, half: str) -> Truth:
    """Return the labelled segments of each firm of a half."""
    with (LABELS / name).open(encoding="utf-8", newline="") as file:
        return {
            row[key]: [part for part in row["segment_ids"].split(";") if part]
            for row in csv.DictReader(file)
            if row["half"] == half
        }


def sample(half: str) -> Labelled:
    """Return the labelled firms of the built-in case."""
    truth = labels("yongkang_firms.csv", "firm_id", half)
    firms = read_table(job.SAMPLE / "firms.csv")
    keep = np.array([firm in truth for firm in firms["firm_id"]])
    return Labelled("Yongkang sample", firms.take(keep), truth)


def listed(half: str) -> Labelled:
    """Return the labelled A-share firms with their description in both languages."""
    truth = labels("listed_firms.csv", "stock_code", half)
    goods = products()
    names = {
        row["code"]: row["full_name"] for row in _csv("china_chain_graph/companies.csv")
    }
    rows = {
        row["symbol"].split(".")[0]: row
        for row in registry(("china",))
        if row["symbol"].endswith((".SS", ".SZ"))
    }
    firms = [
        {
            "firm_id": code,
            "name_en": rows[code]["name"],
            "name_zh": names[code],
            "products_en": rows[code]["summary"],
            "products_zh": goods[code],
        }
        for code in truth
    ]
    return Labelled("listed firms", Table.of("firms", firms), truth)


def views(firms: Table) -> dict[str, Table]:
    """Return the firms described in both languages, and in one only."""
    blank = np.full(len(firms), "", object)
    return {
        "both": firms,
        "English": firms.with_columns(products_zh=blank, name_zh=blank),
        "Chinese": firms.with_columns(products_en=blank, name_en=blank),
    }


@dataclass(frozen=True)
class Ranked:
    """Segments of each firm, best first, with how sure each is."""

    segments: list[list[str]]
    sure: Floats
    score: Floats


def ranked(firms: Table, placer: Placer) -> Ranked:
    """Return our order."""
    found = choose(score_texts(firm_texts(firms), placer), placer, DEEP)
    order = [
        [
            placer.segment_ids[segment] if score > 0 else ""
            for segment, score in zip(row, scores, strict=True)
        ]
        for row, scores in zip(found.segment, found.score, strict=True)
    ]
    return Ranked(order, confidence(found) * (found.score > 0), found.score)


def likeness(documents: Sequence[str], texts: Sequence[str], **how: Any) -> Floats:
    """Return the cosine of plain TF-IDF vectors, shape (texts, documents)."""
    vectorizer = TfidfVectorizer(sublinear_tf=True, **how)
    vectorizer.fit([*documents, *texts])
    made: Floats = (
        vectorizer.transform(texts) @ vectorizer.transform(documents).T
    ).toarray()
    return made


def ranked_plainly(firms: Table, segments: Table) -> Ranked:
    """Return the order of plain TF-IDF on the same words of segments and firms."""
    columns = ("name_en", "name_zh", "keywords_en", "keywords_zh")
    documents = [
        " ".join(cells) for cells in zip(*(segments[c] for c in columns), strict=True)
    ]
    texts = [" ".join(text for text, _ in parts) for parts in firm_texts(firms)]
    score = likeness(documents, texts, analyzer="char_wb", ngram_range=(2, 4))
    order = np.argsort(-score, axis=1, kind="stable")[:, :DEEP]
    top = np.take_along_axis(score, order, axis=1)
    ids = segments["segment_id"]
    return Ranked([[ids[s] for s in row] for row in order], top, top)


def quality(found: Ranked, firms: Table, truth: Truth, least: float) -> dict[str, Any]:
    """Return the figures of one way on one set of firms."""
    first = third = right = made = wanted = known = silent = empty = 0
    most = PlaceParams().max_segments
    for order, sure, firm in zip(
        found.segments, found.sure, firms["firm_id"], strict=True
    ):
        own = truth[firm]
        kept = [s for s, c in zip(order[:most], sure[:most], strict=True) if c >= least]
        made += len(kept)
        right += sum(s in own for s in kept)
        wanted += min(len(own), most)
        if own:
            known += 1
            first += order[0] in own
            third += any(s in own for s in order[:3])
        else:
            empty += 1
            silent += not kept
    return {
        "firms with a label": known,
        "top-1": f"{first / known:.3f}",
        "top-3": f"{third / known:.3f}",
        "placements": made,
        "precision": f"{right / max(made, 1):.3f}",
        "recall": f"{right / max(wanted, 1):.3f}",
        "silent where nothing fits": f"{silent} of {empty}",
    }


def best_least(found: Ranked, firms: Table, truth: Truth) -> float:
    """Return the likeness at which precision and recall are best together."""
    best, least = -1.0, 0.0
    for value in np.unique(found.sure.round(3)):
        figures = quality(found, firms, truth, float(value))
        precision, recall = float(figures["precision"]), float(figures["recall"])
        both = 2 * precision * recall / max(precision + recall, 1e-9)
        if both > best:
            best, least = both, float(value)
    return least


def _labelled_rows() -> list[dict[str, Any]]:
    segments = read_table(job.SAMPLE / "segments.csv")
    placer = build_placer(segments)
    rows = []
    sets = [sample] + ([listed] if has_data() else [])
    for get in sets:
        held, tried = get("calibration"), get("test")
        for view, firms in views(tried.firms).items():
            earlier = views(held.firms)[view]
            plain = ranked_plainly(firms, segments)
            least = best_least(ranked_plainly(earlier, segments), earlier, held.truth)
            for way, found, bound in (
                ("yanlian", ranked(firms, placer), PlaceParams().min_confidence),
                ("plain TF-IDF", plain, least),
            ):
                rows.append(
                    {
                        "test half of": tried.name,
                        "language": view,
                        "way": way,
                        **quality(found, firms, tried.truth, bound),
                    }
                )
    return rows


def _reliability_rows() -> list[dict[str, Any]]:
    placer = build_placer(read_table(job.SAMPLE / "segments.csv"))
    said: dict[str, list[float]] = {}
    was: dict[str, list[float]] = {}
    for get in [sample] + ([listed] if has_data() else []):
        tried = get("test")
        for firms in views(tried.firms).values():
            found = ranked(firms, placer)
            for order, values, firm in zip(
                found.segments, found.sure, firms["firm_id"], strict=True
            ):
                for segment, value in zip(order, values, strict=True):
                    if segment:
                        said.setdefault(tried.name, []).append(float(value))
                        right = float(segment in tried.truth[firm])
                        was.setdefault(tried.name, []).append(right)
    for task in industries(test=True) if has_data() else ():
        placer = task.placer
        texts = [[(text, 1.0)] for text in task.texts]
        best = choose(score_texts(texts, placer), placer, DEEP)
        said[task.name] = confidence(best).ravel().tolist()
        was[task.name] = [
            float(placer.segment_ids[segment] == own)
            for row, own in zip(best.segment, task.truth, strict=True)
            for segment in row
        ]
    rows = []
    for name in said:
        sure, true = np.array(said[name]), np.array(was[name])
        kept = sure >= PlaceParams().min_confidence
        for part in measures.reliability(sure, true, bins=5):
            rows.append(
                {
                    "reliability, test half of": name,
                    "confidence": f"{part.low:.1f} to {part.high:.1f}",
                    "segments": part.size,
                    "mean confidence": f"{part.said:.2f}",
                    "share right": f"{part.right:.2f}",
                    "Brier score, all": f"{measures.brier_score(sure, true):.3f}",
                    "of the kept": f"{measures.brier_score(sure[kept], true[kept]):.3f}",
                }
            )
    return rows


def _half(text: str) -> bool:
    """Whether a firm is of the half that no weight was chosen on."""
    return zlib.crc32(text.encode()) % 2 == 1


@dataclass(frozen=True)
class Industries:
    """Firms and the industry of each, out of a list of names."""

    name: str
    lang: str
    ids: list[str]
    names: list[str]
    texts: list[str]
    truth: list[str]

    @property
    def placer(self) -> Placer:
        """Return the placer of the names alone."""
        rows = [
            {"segment_id": one, f"name_{self.lang}": name}
            for one, name in zip(self.ids, self.names, strict=True)
        ]
        return build_placer(Table.of("segments", rows))


def industries(test: bool) -> list[Industries]:
    """Return the industry tasks on the half that weights were chosen on, or the other."""
    known = {r["sw_code"]: r for r in _csv("china_chain_graph/sw_industries.csv")}
    goods = products()
    pairs = [
        (goods[row["code"]], row["sw_code"])
        for row in _csv("china_chain_graph/company_industry.csv")
        if row["code"] in goods and row["sw_code"] in known
    ]
    pairs = [pair for pair in pairs if _half(pair[0]) is test]
    made = []
    for level in ("3", "2"):
        ids = [code for code, row in known.items() if row["level"] == level]
        made.append(
            Industries(
                f"products in Chinese, Shenwan level {level} (china_chain_graph)",
                "zh",
                ids,
                # A Roman numeral at the end tells the level, not the industry.
                [known[code]["sw_name"].rstrip("\u2161\u2162IV") for code in ids],
                [text for text, _ in pairs],
                [c if level == "3" else known[c]["parent_code"] for _, c in pairs],
            )
        )
    every = registry()
    held = Counter(row["industry"] for row in every)
    ids = sorted(name for name, count in held.items() if count > 1)
    rows = [r for r in every if r["industry"] in ids and _half(r["summary"]) is test]
    made.append(
        Industries(
            "description in English, industry (company_registry)",
            "en",
            ids,
            ids,
            [row["summary"] for row in rows],
            [row["industry"] for row in rows],
        )
    )
    return made


def _industry_rows() -> list[dict[str, Any]]:
    rows = []
    for task in industries(test=True):
        texts = [[(text, 1.0)] for text in task.texts]
        total = score_texts(texts, task.placer).total
        ways = {"yanlian": np.argsort(-total, axis=1, kind="stable")}
        chinese = task.lang == "zh"
        for low, high in ((1, 3), (2, 4)) if chinese else ((2, 4), (3, 5)):
            score = likeness(
                task.names,
                task.texts,
                analyzer="char" if chinese else "char_wb",
                ngram_range=(low, high),
            )
            way = f"plain TF-IDF, {low} to {high} characters"
            ways[way] = np.argsort(-score, axis=1, kind="stable")
        for way, order in ways.items():
            hit = np.array(
                [
                    [task.ids[at] == own for at in row[:3]]
                    for row, own in zip(order, task.truth, strict=True)
                ]
            )
            rows.append(
                {
                    "industries as segments": task.name,
                    "firms": len(task.texts),
                    "segments": len(task.ids),
                    "way": way,
                    "top-1": f"{hit[:, 0].mean():.3f}",
                    "top-3": f"{hit.any(axis=1).mean():.3f}",
                }
            )
    return rows


def _registry_firms(rows: Sequence[dict[str, str]], first: int = 0) -> Table:
    names = np.array([row["name"] for row in rows], object)
    texts = np.array([row["summary"] for row in rows], object)
    ids = np.array([f"R{first + at:07d}" for at in range(len(rows))], object)
    return Table("firms", {"firm_id": ids, "name_en": names, "products_en": texts})


def perturbed(size: int, batch: int) -> Iterator[Table]:
    """Yield descriptions again and again, each time with other words left out or swapped."""
    rows = registry()
    chance = random.Random(0)
    for start in range(0, size, batch):
        made = []
        for at in range(start, min(start + batch, size)):
            row = rows[at % len(rows)]
            words = row["summary"].split(" ")
            for _ in range(1 + len(words) // 20 if at >= len(rows) else 0):
                here = chance.randrange(len(words))
                there = chance.randrange(len(words))
                words[here], words[there] = words[there], words[here]
                if len(words) > 3:
                    del words[chance.randrange(len(words))]
            made.append({"name": row["name"], "summary": " ".join(words)})
        yield _registry_firms(made, start)


def _place_registry() -> tuple[float, int]:
    firms = _registry_firms(registry())
    segments = read_table(job.SAMPLE / "segments.csv")
    started = time.perf_counter()
    result = place_firms({"segments": segments, "firms": firms})
    return time.perf_counter() - started, len(result.tables["placements"])


def _plain_registry() -> tuple[float, int]:
    firms = _registry_firms(registry())
    segments = read_table(job.SAMPLE / "segments.csv")
    started = time.perf_counter()
    found = ranked_plainly(firms, segments)
    return time.perf_counter() - started, len(found.segments)


def _stream(size: int) -> tuple[float, int]:
    segments = read_table(job.SAMPLE / "segments.csv")
    started = time.perf_counter()
    made = 0
    for part in place_stream(perturbed(size, BATCH), segments):
        made += len(part.placements)
    return time.perf_counter() - started, made


def _at_once(size: int) -> tuple[float, int]:
    segments = read_table(job.SAMPLE / "segments.csv")
    firms = next(perturbed(size, size))
    started = time.perf_counter()
    result = place_firms({"segments": segments, "firms": firms})
    return time.perf_counter() - started, len(result.tables["placements"])


def _speed_rows(quick: bool) -> list[dict[str, Any]]:
    cases: list[tuple[str, str, Any, tuple[int, ...], str]] = [
        ("18,344 descriptions", "yanlian", _place_registry, (), "10 s, 1,000 MB"),
        ("18,344 descriptions", "plain TF-IDF, no reasons", _plain_registry, (), ""),
    ]
    if not quick:
        aim = "300 s, 3,000 MB"
        cases += [
            ("1,000,000 descriptions, streamed", "yanlian", _stream, (TIMES,), aim),
            ("1,000,000 descriptions, one table", "yanlian", _at_once, (TIMES,), aim),
        ]
    rows = []
    for what, way, function, args, aim in cases:
        (seconds, made), _, peak = measured(function, *args)
        rows.append(
            {
                "220 segments": what,
                "way": way,
                "seconds": round(seconds, 1),
                "peak MB": round(peak),
                "placements": made if way == "yanlian" else "",
                "aim": aim,
            }
        )
    return rows


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure all; without the real data only what the repository holds."""
    rows: list[dict[str, object]] = []
    rows += _labelled_rows()
    rows += _reliability_rows()
    if has_data():
        rows += _industry_rows()
        rows += _speed_rows(quick)
    else:
        rows.append(
            {
                "not measured": "listed firms, industries, speed: no company_registry "
                "and china_chain_graph in the folder of YANLIAN_DATA_SHARED"
            }
        )
    return rows
