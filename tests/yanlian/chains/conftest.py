"""A chain of six segments whose results can be computed by hand.

ore → bar → gear → drill; cell → drill; drill → shop. The drill is strong, the gear was
looked for and not found, of the cell nothing is known, the bar has one maker.
"""

import pytest

from yanlian.tables import Table

IDS = ("ore", "bar", "gear", "cell", "drill", "shop")


def segments(**more):
    theme = {"cell": "new_energy"}
    codes = {
        "ore": "0810",
        "bar": "3140",
        "gear": "3453",
        "cell": "3841",
        "drill": "3465",
    }
    return Table.of(
        "segments",
        [
            {"segment_id": s, "name_en": s.title(), "name_zh": s, "short_en": s,
             "short_zh": s[:7], "kind": "component", "stage": "midstream",
             "theme": theme.get(s, ""), "gbt4754": codes.get(s, "")}
            for s in IDS
        ],
    )  # fmt: skip


def supplies(extra=()):
    edges = [("ore", "bar", 3), ("bar", "gear", 3), ("gear", "drill", 3),
             ("cell", "drill", 3), ("drill", "shop", 2), *extra]  # fmt: skip
    return Table.of(
        "supplies",
        [{"supplier_id": a, "buyer_id": b, "importance": w} for a, b, w in edges],
    )


@pytest.fixture
def tables():
    presence = [
        {"region_id": "home", "segment_id": "drill", "level": 4, "survey": "surveyed"},
        {"region_id": "home", "segment_id": "gear", "level": 0, "survey": "surveyed"},
        {"region_id": "far", "segment_id": "cell", "level": 4, "survey": "surveyed"},
    ]
    return {
        "segments": segments(),
        "supplies": supplies(),
        "presence": Table.of("presence", presence),
        "firms": Table.of(
            "firms",
            [{"firm_id": "f1", "name_en": "Bar Works", "region_id": "home",
              "revenue_cny": 1e9}],
        ),
        "placements": Table.of(
            "placements", [{"firm_id": "f1", "segment_id": "bar", "rank": 1, "confidence": 1.0}]
        ),
    }  # fmt: skip
