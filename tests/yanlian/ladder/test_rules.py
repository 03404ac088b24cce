"""The rule tables: sums of the regulation, every measure known, both languages."""

import re

import pytest

from yanlian.ladder.rules import ALWAYS, POINTS, rules, tiers
from yanlian.tables import measures, schema

# Counted in the list of thresholds that the rules were made from.
COUNTS = {
    "innovative_sme": {"least": 4, "direct": 4, "score": 6},
    "srdi_sme": {"must": 3, "least": 1, "direct": 4, "score": 13},
    "little_giant": {"must": 10, "general": 4, "direct": 2},
}
BLOCKS = {
    "innovative_sme": {"innovation": 40, "growth": 30, "specialisation": 30},
    "srdi_sme": {"specialised": 25, "refined": 25, "distinctive": 15, "innovative": 35},
}
ITEMS = {
    "innovative_sme": [20, 20, 20, 10, 10, 20],
    "srdi_sme": [5, 10, 5, 5, 5, 5, 10, 5, 15, 10, 10, 5, 10],
}
EVERY = [rule for listed in rules().values() for rule in listed]


@pytest.mark.parametrize("tier", list(BLOCKS))
def test_points_add_up_as_the_regulation_says(tier):
    scored = [rule for rule in rules()[tier] if rule.kind == "score"]
    assert [rule.max_points for rule in scored] == ITEMS[tier]
    sums = {}
    for rule in scored:
        sums[rule.block] = sums.get(rule.block, 0) + rule.max_points
    assert sums == BLOCKS[tier]
    assert sum(sums.values()) == 100


@pytest.mark.parametrize("tier", list(COUNTS))
def test_every_rule_of_a_tier_is_there(tier):
    found = {}
    for rule in rules()[tier]:
        found[rule.kind] = found.get(rule.kind, 0) + 1
    assert found == COUNTS[tier]


def test_the_best_band_of_an_item_brings_all_of_its_points():
    for rule in EVERY:
        if rule.kind == "score" and rule.add_up == "best":
            assert max(way.points for way in rule.ways) == rule.max_points, rule.code


def test_conditions_speak_of_known_measures_in_their_unit():
    for rule in EVERY:
        for way in rule.ways:
            for condition in way.conditions:
                name = condition.measure
                if name == ALWAYS:
                    continue
                if name.startswith(POINTS):
                    blocks = {r.block for r in rules()[rule.tier]} | {"total"}
                    assert name.removeprefix(POINTS) in blocks
                    continue
                assert measures()[name].unit == condition.unit, (rule.code, name)
                assert condition.operator in {">=", "<=", "<"}
                assert (condition.span == "within3") == (
                    measures()[name].span == "within3"
                )


def test_every_rule_says_whether_its_text_was_seen():
    assert {rule.text_seen for rule in EVERY} == {
        "yes", "one source", "heading only", "no",
    }  # fmt: skip
    unseen = {rule.code for rule in EVERY if not rule.seen}
    assert unseen == {
        *(f"S-{n}" for n in range(1, 14)),
        "L-4b", "L-4c", "L-4d", "L-D1", "L-D2", "L-5", "L-6",
    }  # fmt: skip
    for rule in EVERY:
        assert bool(rule.quote_zh) == (rule.text_seen != "no"), rule.code


def test_every_rule_speaks_both_languages():
    han = re.compile("[\u3400-\u9fff]")
    for rule in EVERY:
        for said in (rule.name, rule.says, rule.source):
            assert said.en, rule.code
            assert not han.search(said.en), rule.code
            assert han.search(said.zh), rule.code
        assert rule.says.en.endswith(".")
        assert rule.says.zh.endswith("。")
    assert len({rule.code for rule in EVERY}) == len(EVERY)
    assert list(tiers()) == ["innovative_sme", "srdi_sme", "little_giant"]


def test_the_table_takes_exactly_the_known_measures():
    column = schema("firm_measures").by_name["measure"]
    assert column.choices == tuple(measures())
    for measure in measures().values():
        assert measure.low < measure.high
        assert not measure.part_of or measure.part_of in measures()
        assert not measure.asks_yes or (measure.low, measure.high) == (0, 1)
