"""Fit the weights of identity/weights.json on the tuning half: ``python -m benchmarks.calibrate_names``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.names import listed_firms, organisation_pairs
from yanlian.identity.match import candidates
from yanlian.identity.measures import FEATURES, figures
from yanlian.identity.parse import parse_name

TARGET = Path(__file__).parent.parent / "src/yanlian/identity/weights.json"


def pairs(firms, one, two):
    """Return figures and truth of the candidates of two columns, both directions."""
    for left, right in ((one, two), (two, one)):
        names = [
            [parse_name(firm[column]) for firm in firms] for column in (left, right)
        ]
        rows, cols = candidates(*names)
        known = set(zip(rows.tolist(), cols.tolist(), strict=True))
        known |= {(at, at) for at in range(len(firms))}
        for row, col in sorted(known):
            yield figures(names[0][row], names[1][col]), row == col


def fit(samples, names, c=1.0, weight=None):
    x = np.array([values for values, _ in samples])
    y = np.array([truth for _, truth in samples])
    model = LogisticRegression(C=c, max_iter=5000)
    model.fit(x, y, sample_weight=weight)
    print(
        len(y),
        int(y.sum()),
        "loss",
        round(
            float(
                -np.mean(
                    np.log(model.predict_proba(x)[np.arange(len(y)), y.astype(int)])
                )
            ),
            4,
        ),
    )
    return {
        "start": round(float(model.intercept_[0]), 3),
        "weights": {
            n: round(float(w), 3) for n, w in zip(names, model.coef_[0], strict=True)
        },
    }


def main() -> None:
    """Write the weights."""
    firms = listed_firms("tune")
    found = {}
    samples: dict[str, list] = {kind: [] for kind in FEATURES}
    for one, two in (
        ("short_name", "full_name"),
        ("short_name", "english_name"),
        ("full_name", "english_name"),
    ):
        for (kind, values), truth in pairs(firms, one, two):
            samples[kind].append((values, truth))
    for row in organisation_pairs("tune"):
        kind, values = figures(parse_name(row["name1"]), parse_name(row["name2"]))
        if kind == "en-en":
            samples[kind].append((values, row["is_match"] == "True"))
    for kind, names in FEATURES.items():
        found[kind] = fit(samples[kind], names, c=0.5 if kind == "en-en" else 3.0)
    TARGET.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
