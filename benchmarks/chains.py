"""Speed on 5,000 segments, 100,000 supplies and 1,000,000 placed firms; how well planted
gaps are found again when part of the firm list is hidden, beside counting buyers; and
where the segments of Yongkang's own later visits and signings stand on its list.
"""

from __future__ import annotations

import numpy as np

from benchmarks.measure import measured
from yanlian import job
from yanlian.chains import GapParams, find_gaps
from yanlian.tables import Table, split_list

SIZES = {"segments": 5_000, "supplies": 100_000, "firms": 1_000_000}


def make_chain(segments: int, supplies: int, seed: int) -> dict[str, Table]:
    """Return a random acyclic chain; suppliers stand before their buyers."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"S{i:05d}" for i in range(segments)], dtype=object)
    a = rng.integers(0, segments, 2 * supplies)
    b = rng.integers(0, segments, 2 * supplies)
    pairs = np.unique(np.column_stack([np.minimum(a, b), np.maximum(a, b)]), axis=0)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    pairs = pairs[rng.permutation(len(pairs))[:supplies]]
    same = dict.fromkeys(
        ("segment_id", "name_en", "name_zh", "short_en", "short_zh"), ids
    )
    themes = np.where(rng.random(segments) < 0.2, "new_energy", "").astype(object)
    codes = rng.choice(["3972", "3453", "3130", "2929", ""], segments).astype(object)
    return {
        "segments": Table(
            "segments",
            {
                **same,
                "kind": np.full(segments, "component", object),
                "stage": np.full(segments, "midstream", object),
                "theme": themes,
                "gbt4754": codes,
            },
        ),
        "supplies": Table(
            "supplies",
            {
                "supplier_id": ids[pairs[:, 0]],
                "buyer_id": ids[pairs[:, 1]],
                "importance": rng.integers(1, 4, len(pairs)).astype(float),
            },
        ),
    }  # fmt: skip


def make_firms(segment_ids: object, firms: int, seed: int) -> dict[str, Table]:
    """Return local firms, each placed on one segment."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"F{i:07d}" for i in range(firms)], dtype=object)
    revenue = 10 ** rng.normal(7.5, 0.8, firms)
    return {
        "firms": Table(
            "firms",
            {
                "firm_id": ids,
                "name_en": ids,
                "region_id": np.full(firms, "home", object),
                "revenue_cny": np.where(rng.random(firms) < 0.4, revenue, np.nan),
            },
        ),
        "placements": Table(
            "placements",
            {
                "firm_id": ids,
                "segment_id": rng.choice(np.asarray(segment_ids, object), firms),
                "rank": np.ones(firms),
                "confidence": rng.uniform(0.35, 0.95, firms),
            },
        ),
    }


def _large(firms: int) -> tuple[int, float]:
    import time

    tables = make_chain(SIZES["segments"], SIZES["supplies"], 1)
    tables |= make_firms(tables["segments"]["segment_id"], firms, 2)
    started = time.perf_counter()
    made = find_gaps(tables, GapParams(region="home"))
    return len(made.tables["gaps"]), time.perf_counter() - started


def planted(hidden: float, seed: int) -> tuple[float, float, float]:
    """Return average precision of our score and of counting buyers, and the base rate.

    Half the segments of a chain are made in the region, by one to thirty firms. A
    segment that is not made, and that a made one cannot do without, is a true gap. A
    share of the firms is hidden; what is seen ranks the segments without a firm.
    """
    rng = np.random.default_rng(seed)
    tables = make_chain(300, 1500, seed)
    ids = tables["segments"]["segment_id"]
    made = rng.random(len(ids)) < 0.5
    counts = np.where(made, rng.integers(1, 31, len(ids)), 0)
    owner = np.repeat(np.arange(len(ids)), counts)
    size = rng.lognormal(17, 1.5, len(owner))
    seen = rng.random(len(owner)) >= hidden
    kept, revenue = owner[seen], size[seen]
    keys = np.array([f"F{i}" for i in range(len(kept))], dtype=object)
    firms = {
        "firms": Table(
            "firms",
            {
                "firm_id": keys,
                "name_en": keys,
                "region_id": np.full(len(keys), "home", object),
                "revenue_cny": revenue,
            },
        ),
        "placements": Table(
            "placements",
            {
                "firm_id": keys,
                "segment_id": ids[kept],
                "rank": np.ones(len(keys)),
                "confidence": np.full(len(keys), 0.8),
            },
        ),
    }
    at = {key: i for i, key in enumerate(ids)}
    need = np.zeros(len(ids))
    buyers = np.zeros(len(ids))
    shown = np.bincount(kept, minlength=len(ids)) > 0
    for a, b, level in zip(
        tables["supplies"]["supplier_id"],
        tables["supplies"]["buyer_id"],
        tables["supplies"]["importance"],
        strict=True,
    ):
        need[at[a]] += made[at[b]] * (level == 3) * counts[at[b]]
        buyers[at[a]] += shown[at[b]]
    true = ~made & (need > np.median(need[~made]))
    found = find_gaps(
        {**tables, **firms},
        GapParams(region="home", weight_theme=0, weight_upgrading=0),
    ).tables["gaps"]
    score = np.full(len(ids), -np.inf)
    for row in found.rows():
        if row["kind"] != "strengthen":
            score[at[row["segment_id"]]] = row["score"]
    asked = ~shown
    return (
        average_precision(true[asked], score[asked]),
        average_precision(true[asked], buyers[asked]),
        float(true[asked].mean()),
    )


def average_precision(true: object, score: object) -> float:
    """Return the mean precision at each true item, ties in the given order."""
    order = np.argsort(-np.asarray(score, float), kind="stable")
    hits = np.asarray(true, bool)[order]
    ranks = np.flatnonzero(hits) + 1
    return float((np.arange(1, len(ranks) + 1) / ranks).mean()) if len(ranks) else 0.0


def own_deals() -> dict[str, object]:
    """Return where the segments of Yongkang's own events since 2020 stand on its list.

    Only the events before the list is made are not used by it: the home region's events
    do not enter the score, those of others do.
    """
    workspace = job.open_workspace(job.SAMPLE)
    gaps = job.run_to(workspace, "gaps", keep=False)["gaps"].result.tables["gaps"]
    rank = dict(zip(gaps["segment_id"], gaps["rank"], strict=True))
    named = {
        segment
        for row in workspace.tables["events"].rows()
        if row["region_id"] == "yongkang"
        and row["date"] >= "2020"
        and row["kind"] in {"visit", "signing"}
        for segment in split_list(row["segment_ids"])
    }
    strong = sorted(named - set(rank))
    listed = sorted(rank[s] for s in named if s in rank)
    return {
        "Yongkang's own visits and signings since 2020": f"{len(named)} segments",
        "on the list of gaps, at rank": ", ".join(f"{r:.0f}" for r in listed),
        "of": len(gaps),
        "already strong or adequate here": ", ".join(strong) or "none",
    }


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure speed, recovery of planted gaps, and the city's own choices."""
    rows: list[dict[str, object]] = []
    for firms in (100_000,) if quick else (100_000, SIZES["firms"]):
        (gaps, seconds), _, peak = measured(_large, firms)
        rows.append(
            {
                "segments": SIZES["segments"],
                "supplies": SIZES["supplies"],
                "firms placed": firms,
                "gaps": gaps,
                "find_gaps, s": round(seconds, 2),
                "peak MB with inputs": round(peak),
                "aim": "5 s",
            }
        )
    for hidden in (0.0, 0.5, 0.8, 0.95):
        results = np.array(
            [planted(hidden, seed) for seed in range(5 if quick else 20)]
        )
        ours, counted, base = results.mean(axis=0)
        rows.append(
            {
                "firms hidden": f"{hidden:.0%}",
                "average precision": round(float(ours), 3),
                "counting buyers": round(float(counted), 3),
                "share of true gaps": round(float(base), 3),
            }
        )
    rows.append(own_deals())
    return rows
