"""Fit the weights of identity/weights.json on the tuning half: ``python -m benchmarks.calibrate_names``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.names import listed_firms, organisation_pairs
from yanlian.identity.compare import RIVALS, _weights, odds
from yanlian.identity.match import candidates, contest
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


SHAPES = (
    ("short_name", "full_name"),
    ("short_name", "english_name"),
    ("full_name", "english_name"),
)


def variants(firms):
    """Yield pairs of full names whose truth is certain by the rules of registers.

    The same name in another spelling is one company; another place or trade before the
    same stem is another company, and so is every other company of the list.
    """
    swap = {"zh": {}, "en": {}}
    for firm in firms:
        for column, lang in (("full_name", "zh"), ("english_name", "en")):
            name = parse_name(firm[column])
            for unit in name.units:
                if unit.kind == "region":
                    swap[lang].setdefault(unit.text, len(swap[lang]))
    for column, lang in (("full_name", "zh"), ("english_name", "en")):
        names = [parse_name(firm[column]) for firm in firms]
        regions = list(swap[lang])
        gap = "" if lang == "zh" else " "
        form = "\u6709\u9650\u516c\u53f8" if lang == "zh" else " ltd"
        for at, name in enumerate(names):
            texts = [unit.text for unit in name.units]
            if len(texts) < 2:
                continue
            yield name, parse_name(gap.join(texts) + form), True
            if name.units[0].kind == "region":
                yield name, parse_name(gap.join(texts[1:]) + form), True
                other = regions[(at * 7 + 1) % len(regions)]
                if other != texts[0]:
                    yield name, parse_name(gap.join([other, *texts[1:]]) + form), False
            if lang == "en" and len(name.stem) > 5:
                letter = at % (len(name.stem) - 2) + 1
                typo = name.stem[:letter] + name.stem[letter + 1 :]
                yield (
                    name,
                    parse_name(" ".join(texts).replace(name.stem, typo) + form),
                    True,
                )
        rows, cols = candidates(names, names, 4)
        for row, col in zip(rows.tolist(), cols.tolist(), strict=True):
            if row < col:
                yield names[row], names[col], False


def rivals(firms):
    """Return contests of all shapes and directions, and their truth."""
    found, truth = [], []
    for one, two in SHAPES:
        for left, right in ((one, two), (two, one)):
            names = [[parse_name(firm[c]) for firm in firms] for c in (left, right)]
            rows, cols = candidates(*names, 30)
            value = np.array(
                [
                    odds(names[0][r], names[1][c])
                    for r, c in zip(rows, cols, strict=True)
                ]
            )
            found.append(contest(np.clip(value, -50, 50), rows, cols, *names))
            truth.append(rows == cols)
    return list(zip(np.concatenate(found), np.concatenate(truth), strict=True))


def write(found):
    TARGET.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Write the weights."""
    firms = listed_firms("tune")
    samples: dict[str, list] = {kind: [] for kind in FEATURES}
    for one, two in SHAPES:
        for (kind, values), truth in pairs(firms, one, two):
            samples[kind].append((values, truth))
    for a, b, truth in variants(firms):
        kind, values = figures(a, b)
        samples[kind].append((values, truth))
    weight = {kind: np.ones(len(rows)) for kind, rows in samples.items()}
    hard = organisation_pairs("tune")
    for row in hard:
        kind, values = figures(parse_name(row["name1"]), parse_name(row["name2"]))
        if kind == "en-en":
            samples[kind].append((values, row["is_match"] == "True"))
            weight[kind] = np.append(weight[kind], 20.0)
    found = {
        kind: fit(samples[kind], names, c=3.0, weight=weight[kind])
        for kind, names in FEATURES.items()
    }
    found["rivals"] = {"start": 0, "weights": dict.fromkeys(RIVALS, 0)}
    write(found)
    _weights.cache_clear()
    found["rivals"] = fit(rivals(firms), RIVALS, c=3.0)
    write(found)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
