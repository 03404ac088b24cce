"""RapidFuzz and Splink on the tasks of ``benchmarks/names.py``, in an environment of their own.

Reads tasks as JSON from standard input, writes best candidates and scores as JSON. It needs
rapidfuzz, pypinyin, splink, pandas and numpy, and nothing of the project.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time

import numpy as np


def romanised(text):
    import pypinyin

    text = text.lower()
    for form in (
        r"\u80a1\u4efd\u6709\u9650\u516c\u53f8",
        r"\u6709\u9650\u8d23\u4efb\u516c\u53f8",
        r"\u6709\u9650\u516c\u53f8",
    ):
        text = text.replace(form.encode().decode("unicode_escape"), "")
    text = re.sub(r"\b(co|ltd|limited|inc|corp|corporation|company)\b", " ", text)
    if re.search(r"[\u3400-\u9fff]", text):
        text = " ".join(pypinyin.lazy_pinyin(text))
    return " ".join(re.findall("[a-z0-9]+", text))


def fuzzy(left, right, scorer, prepare):
    from rapidfuzz import process

    one, other = ([prepare(text) for text in texts] for texts in (left, right))
    scores = process.cdist(one, other, scorer=scorer, workers=1, dtype=np.float32)
    best = scores.argmax(axis=1)
    return best.tolist(), (scores[np.arange(len(left)), best] / 100).tolist()


def splink(left, right, both=False):
    """Return best right and its probability by a Fellegi-Sunter model fitted by EM."""
    import pandas as pd
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator

    frames = []
    for texts in (left, right):
        roman = [romanised(text) for text in texts]
        frames.append(
            pd.DataFrame(
                {
                    "unique_id": range(len(texts)),
                    "name": [text.lower() for text in texts],
                    "roman": roman,
                    "joined": [text.replace(" ", "") for text in roman],
                    "tokens": [sorted(set(text.split())) for text in roman],
                }
            )
        )
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8, 0.7]),
            cl.JaroWinklerAtThresholds("joined", [0.95, 0.9, 0.85, 0.8, 0.7]),
            cl.ArrayIntersectAtSizes("tokens", [5, 4, 3, 2, 1]),
        ],
        blocking_rules_to_generate_predictions=["1=1"],
        probability_two_random_records_match=1 / len(left),
    )
    db = DuckDBAPI()
    tables = [db.register(frame) for frame in frames]
    linker = Linker(tables, settings, log_level=40)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (
        "substr(l.joined, 1, 4) = substr(r.joined, 1, 4)",
        "l.tokens[1] = r.tokens[1]",
    ):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict()
    frame = found.as_duckdbpyrelation().df()
    scores = np.zeros((len(left), len(right)), np.float32)
    swapped = frame["source_dataset_l"] > frame["source_dataset_r"]
    first = np.where(swapped, frame["unique_id_r"], frame["unique_id_l"])
    second = np.where(swapped, frame["unique_id_l"], frame["unique_id_r"])
    # The weight orders finer than a probability that rounds to 1.
    scores[first, second] = 1 / (1 + np.exp2(-frame["match_weight"] / 4))
    if both:
        return scores
    best = scores.argmax(axis=1)
    return best.tolist(), scores[np.arange(len(left)), best].tolist()


def main():
    from rapidfuzz import fuzz

    asked = json.load(sys.stdin)
    raw = str
    methods = {
        "RapidFuzz ratio": (fuzz.ratio, raw),
        "RapidFuzz token_set_ratio": (fuzz.token_set_ratio, raw),
        "RapidFuzz WRatio": (fuzz.WRatio, raw),
        "pypinyin + RapidFuzz ratio": (fuzz.ratio, romanised),
        "pypinyin + RapidFuzz token_set_ratio": (fuzz.token_set_ratio, romanised),
        "pypinyin + RapidFuzz WRatio": (fuzz.WRatio, romanised),
    }
    answer = {"tasks": {}, "pairs": {}}
    for task, (left, right) in asked["tasks"].items():
        answer["tasks"][task] = {}
        for method, (scorer, prepare) in methods.items():
            started = time.perf_counter()
            best, score = fuzzy(left, right, scorer, prepare)
            seconds = time.perf_counter() - started
            answer["tasks"][task][method] = [best, score, seconds]
        started = time.perf_counter()
        try:
            best, score = splink(left, right)
            answer["tasks"][task]["Splink 5"] = [
                best,
                score,
                time.perf_counter() - started,
            ]
        except ImportError:
            pass
    for method, (scorer, prepare) in methods.items():
        answer["pairs"][method] = [
            scorer(prepare(a), prepare(b)) / 100 for a, b in asked["pairs"]
        ]
    try:
        scores = splink(*zip(*asked["pairs"], strict=True), both=True)
        answer["pairs"]["Splink 5"] = np.diag(scores).tolist()
    except ImportError:
        pass
    answer["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
