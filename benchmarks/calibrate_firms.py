"""``python -m benchmarks.calibrate_firms``: write ``src/yanlian/firms/calibration.json``.

Fits the confidence of placements (Platt scaling with four features) on the calibration
half of the hand-labelled firms: the Yongkang sample and the listed firms, each described in
both languages, in English only and in Chinese only. Every segment that anything speaks for
counts, up to eight a description: right where a person gave it to the firm. For segments
without keywords it is fitted on one half of the industry tasks. The test halves are not
read. The same labels and code give the same file.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.firms import (
    DEEP,
    SHARED,
    has_data,
    industries,
    listed,
    sample,
    views,
)
from yanlian import job
from yanlian.firms import measures, place
from yanlian.firms.placer import build_placer
from yanlian.firms.scores import score_texts
from yanlian.tables import Floats, read_table

TARGET = Path(place.__file__).parent / "calibration.json"
MOST = 1_400  # firms of an industry task
NAMES = [
    "1",
    "score",
    "share of the best score",
    "ln(1 + phrases), at most 4",
    "product of the last two",
]


Fit = tuple[Floats, Floats]


def labelled() -> tuple[Fit, str]:
    """Return features and rightness of placements on the chain with keywords."""
    placer = build_placer(read_table(job.SAMPLE / "segments.csv"))
    features, rights, told = [], [], []
    for held in (sample("calibration"), listed("calibration")):
        told.append(f"{len(held.truth)} of the {held.name}")
        for firms in views(held.firms).values():
            scores = score_texts(place.firm_texts(firms), placer)
            found = place.choose(scores, placer, DEEP)
            spoken = found.score.ravel() > 0
            right = [
                placer.segment_ids[segment] in held.truth[firm]
                for firm, row in zip(firms["firm_id"], found.segment, strict=True)
                for segment in row
            ]
            features.append(found.features[spoken])
            rights.append(np.array(right, float)[spoken])
    text = f"calibration half: {', '.join(told)}, in three views each"
    return (np.concatenate(features), np.concatenate(rights)), text


def names_only() -> tuple[Fit, str]:
    """Return the same where the names of industries are all that is known of them."""
    features, rights, told = [], [], []
    for task in industries(test=False):
        placer = task.placer
        # No task counts more than another.
        texts = [[(text, 1.0)] for text in task.texts[:MOST]]
        found = place.choose(score_texts(texts, placer), placer, DEEP)
        spoken = found.score.ravel() > 0
        right = [
            placer.segment_ids[segment] == own
            for own, row in zip(task.truth, found.segment, strict=False)
            for segment in row
        ]
        features.append(found.features[spoken])
        rights.append(np.array(right, float)[spoken])
        told.append(f"{len(texts)} firms with {task.name}")
    return (np.concatenate(features), np.concatenate(rights)), "; ".join(told)


def main() -> None:
    """Fit and write."""
    if not has_data():
        raise SystemExit(
            f"No company_registry and china_chain_graph in {SHARED}. Set "
            "YANLIAN_DATA_SHARED to the folder that holds them."
        )
    made: dict[str, object] = {"features": NAMES}
    for suffix, fit in (("", labelled), ("_names_only", names_only)):
        (features, right), text = fit()
        coefficients = measures.fit_logistic(features, right)
        sure = measures.logistic(features, coefficients)
        made |= {
            f"coefficients{suffix}": coefficients.round(4).tolist(),
            f"fitted_on{suffix}": text,
            f"segments{suffix}": len(right),
            f"brier_score{suffix}": round(measures.brier_score(sure, right), 4),
        }
    TARGET.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(TARGET.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
