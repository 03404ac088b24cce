"""Names of companies: short, full and English names matched, and pairs of organisations judged.

Data: 2,467 listed firms of China with short, full and English name, and 123 labelled pairs of
organisations, in the folder that `YANLIAN_BENCH_DATA` names. Both are split in two by a hash of the
code or of the pair. Weights and each method's threshold were chosen on one half; the figures are of the
other. The tables were written from general knowledge and the first half, but not blindly: some ninety
firms of both halves and all pairs of organisations had been read before, and forms and cities of those
pairs are in the tables, so the 62 pairs below flatter `compare_names`. A task gives every left name its best right name; right are only pairs with the same
stock code. Many English names share neither sound nor meaning with the Chinese: on the tuning half the
true English name is not among the 60 nearest for 15% of the full names and 32% of the short ones, which
bounds recall. The labels of the organisations count misspellings as matches and, at times, other numbers
of a series (Trust I and Trust II), as the data give them. RapidFuzz and Splink run in an environment of
their own, named by `YANLIAN_BENCH_OTHERS` (its Python), and stand on all pairs without blocking; Splink
has name, romanised name and romanised words to compare, and is fitted by EM without labels.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import measured, peak_mb
from yanlian.identity import compare_names, match_names, parse_name
from yanlian.identity.rules import words
from yanlian.identity.search import syllables

DATA = Path(os.environ.get("YANLIAN_BENCH_DATA", "var/data"))
LABEL = {"short_name": "short", "full_name": "full", "english_name": "English"}
SHAPES = (
    ("short_name", "full_name"),
    ("full_name", "short_name"),
    ("full_name", "english_name"),
    ("english_name", "full_name"),
    ("short_name", "english_name"),
    ("english_name", "short_name"),
)
OURS = "match_names"


def half(key: str) -> str:
    """Return the half a company or a pair belongs to, by a fixed hash."""
    return "test" if hashlib.sha256(key.encode()).digest()[0] % 2 else "tune"


def listed_firms(part: str) -> list[dict[str, str]]:
    path = DATA / "china_company_names" / "names_zh_en.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if half(row["code"]) == part]


def organisation_pairs(part: str) -> list[dict[str, str]]:
    path = DATA / "org_name_pairs" / "pairs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            row
            for row in csv.DictReader(file)
            if half("|".join(sorted((row["name1"], row["name2"])))) == part
        ]


def _ours(left: list[str], right: list[str]) -> tuple[list[int], list[float], float]:
    started = time.perf_counter()
    found = match_names(left, right, most=1, least=0.0)
    best, score = np.full(len(left), -1), np.zeros(len(left))
    best[found.left], score[found.left] = found.right, found.score
    return best.tolist(), score.tolist(), time.perf_counter() - started


def _rates(
    right: np.ndarray, score: np.ndarray, wanted: int, least: float
) -> tuple[float, float, float]:
    kept = score >= least
    hits = int((right & kept).sum())
    precision, recall = hits / max(int(kept.sum()), 1), hits / max(wanted, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _threshold(right: np.ndarray, score: np.ndarray, wanted: int) -> float:
    """Return the threshold with the best F1, the lowest of those."""
    tries = np.unique(np.round(score, 3))
    return float(
        max(tries, key=lambda least: (_rates(right, score, wanted, least)[2], -least))
    )


def _others(
    tasks: dict[str, tuple[list[str], list[str]]], pairs: list[tuple[str, str]]
) -> dict:
    python = os.environ.get("YANLIAN_BENCH_OTHERS")
    if not python:
        return {"tasks": {}, "pairs": {}, "mb": 0}
    done = subprocess.run(
        [python, str(Path(__file__).with_name("names_others.py"))],
        input=json.dumps({"tasks": tasks, "pairs": pairs}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def invented(count: int) -> tuple[list[str], list[str]]:
    """Return full names, and the short or English name of each, from parts of real ones."""
    firms = [parse_name(firm["full_name"]) for firm in listed_firms("tune")]
    rng = random.Random(1)
    places = [f.units[0].text[:2] for f in firms if f.units[0].kind == "region"]
    letters = "".join(f.stem for f in firms)
    trades = [[u.text for u in f.units if u.kind == "word"] for f in firms]
    trades = [trade for trade in trades if trade]
    table = words()
    left, right = [], []
    for at in range(count):
        place, trade = rng.choice(places), rng.choice(trades)
        stem = "".join(rng.choice(letters) for _ in range(rng.choice((2, 2, 3))))
        left.append(
            f"{place}{stem}{''.join(trade)}\u80a1\u4efd\u6709\u9650\u516c\u53f8"
        )
        if at % 2:
            right.append(stem + trade[0])
        else:
            english = " ".join(table.label[min(table.zh[word])] for word in trade)
            said = ("".join(syllables(text)) for text in (place, stem))
            right.append(f"{' '.join(said)} {english} Co., Ltd.".title())
    return left, right


def _scale(count: int) -> tuple[float, float, float, int, float]:
    left, right = invented(count)
    before = peak_mb()
    started = time.perf_counter()
    found = match_names(left, right, most=1, least=0.0)
    seconds = time.perf_counter() - started
    return (
        seconds,
        before,
        peak_mb(),
        len(found),
        float((found.left == found.right).sum() / count),
    )


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure matching of lists, judging of pairs, verdicts, speed and memory."""
    if not (DATA / "china_company_names").is_dir():
        # The data are not part of the project; the last table stays.
        print("names: YANLIAN_BENCH_DATA names no folder with the data; left out.")
        sys.exit(0)
    rows: list[dict[str, object]] = []
    firms = {part: listed_firms(part) for part in ("tune", "test")}
    pairs = {part: organisation_pairs(part) for part in ("tune", "test")}
    tasks = {
        f"{part}|{one}|{two}": (
            [f[one] for f in firms[part]],
            [f[two] for f in firms[part]],
        )
        for part in firms
        for one, two in SHAPES
    }
    asked = [(row["name1"], row["name2"]) for part in pairs for row in pairs[part]]
    answer = _others(tasks, asked)
    for task, (left, right) in tasks.items():
        answer["tasks"].setdefault(task, {})
        answer["tasks"][task] = {OURS: _ours(left, right), **answer["tasks"][task]}
    for one, two in SHAPES:
        for method in answer["tasks"][f"test|{one}|{two}"]:
            seen = {}
            for part in firms:
                best, score, seconds = answer["tasks"][f"{part}|{one}|{two}"][method]
                seen[part] = (
                    np.array(best) == np.arange(len(best)),
                    np.array(score),
                    seconds,
                )
            least = _threshold(*seen["tune"][:2], len(firms["tune"]))
            precision, recall, f1 = _rates(*seen["test"][:2], len(firms["test"]), least)
            rows.append(
                {
                    "from → to": f"{LABEL[one]} → {LABEL[two]}",
                    "method": method,
                    "precision": f"{precision:.3f}",
                    "recall": f"{recall:.3f}",
                    "F1": f"{f1:.3f}",
                    "best candidate right": f"{seen['test'][0].mean():.3f}",
                    "threshold": f"{least:.2f}",
                    "seconds": round(seen["test"][2], 1),
                }
            )
    shown: list[tuple[float, bool]] = []
    for one, two in SHAPES:
        best, score, _ = answer["tasks"][f"test|{one}|{two}"][OURS]
        shown += [
            (s, b == at) for at, (b, s) in enumerate(zip(best, score, strict=True))
        ]
    edges = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01)
    for low, high in itertools.pairwise(edges):
        band = [(s, right) for s, right in shown if low <= s < high]
        if band:
            rows.append(
                {
                    "score of match_names": f"{low:.1f} to {min(high, 1):.1f}",
                    "best candidates": len(band),
                    "mean score": f"{np.mean([s for s, _ in band]):.2f}",
                    "share right": f"{np.mean([right for _, right in band]):.2f}",
                }
            )
    truth = {p: np.array([r["is_match"] == "True" for r in pairs[p]]) for p in pairs}
    size = len(pairs["tune"])
    judged = {
        "compare_names": [compare_names(a, b).score for a, b in asked],
        **answer["pairs"],
        "always yes": [1.0] * len(asked),
    }
    for method, scores in judged.items():
        both = {"tune": np.array(scores[:size]), "test": np.array(scores[size:])}
        least = _threshold(truth["tune"], both["tune"], int(truth["tune"].sum()))
        precision, recall, f1 = _rates(
            truth["test"], both["test"], int(truth["test"].sum()), least
        )
        rows.append(
            {
                "pairs of organisations, method": method,
                "precision": f"{precision:.3f}",
                "recall": f"{recall:.3f}",
                "F1": f"{f1:.3f}",
                "right": f"{((both['test'] >= least) == truth['test']).mean():.3f}",
                "threshold": f"{least:.2f}",
            }
        )
    for one, two in (*SHAPES[::2], ("organisations", "")):
        if two:
            listed = [(firm[one], firm[two], True) for firm in firms["test"]]
            what = f"{LABEL[one]} and {LABEL[two]} of one company"
        else:
            listed = [
                (r["name1"], r["name2"], r["is_match"] == "True") for r in pairs["test"]
            ]
            what = "organisations, matches"
        groups = {what: [t for t in listed if t[2]]}
        if not two:
            groups["organisations, no matches"] = [t for t in listed if not t[2]]
        else:
            shifted = [t[1] for t in listed[1:]] + [listed[0][1]]
            groups[f"{LABEL[one]} and {LABEL[two]} of the next company"] = [
                (t[0], other, False) for t, other in zip(listed, shifted, strict=True)
            ]
        for label, group in groups.items():
            verdicts = [compare_names(a, b).verdict for a, b, _ in group]
            rows.append(
                {
                    "verdicts of compare_names on": label,
                    "pairs": len(group),
                    **{v: verdicts.count(v) for v in ("same", "question", "different")},
                }
            )
    for count in (10_000,) if quick else (10_000, 100_000):
        (seconds, before, peak, _, hit), _, _ = measured(_scale, count)
        rows.append(
            {
                "match_names of invented names": f"{count:,} × {count:,}",
                "seconds": round(seconds),
                "peak MB": round(peak),
                "of it before, MB": round(before),
                "best candidate right": f"{hit:.3f}",
            }
        )
    if answer["mb"]:
        rows.append(
            {"memory of RapidFuzz and Splink together": f"{answer['mb']:.0f} MB"}
        )
    return rows
