"""Firms computed by hand for each tier, bands at their edges, routes and years."""

import pytest

from tests.yanlian.ladder.firms import (
    GIANT,
    INNOVATIVE,
    NO_DIRECT,
    SRDI,
    file,
    points,
    standing,
    states,
)
from yanlian.ladder.assess import rests_on_unseen


def without(said, *names):
    return {k: v for k, v in said.items() if k.split("@")[0] not in names}


def test_an_innovative_firm_computed_by_hand():
    found = standing("innovative_sme", INNOVATIVE)
    assert points("innovative_sme", INNOVATIVE) == {
        "I-1": (10, 10), "I-2": (15, 15), "I-3": (15, 15), "I-4": (5, 5),
        "I-5": (10, 10), "I-6": (20, 20),
    }  # fmt: skip
    assert found.points == (75, 75)
    assert (found.passes, found.direct) == ("met", "unknown")
    assert not rests_on_unseen(found)


def test_sixty_points_do_not_help_a_firm_weak_in_one_part():
    said = INNOVATIVE | {"rd_spend_cny": 0, "ip_class1_items": 0, "ip_class2_items": 1}
    said |= {"main_revenue_cny@2024": 60_000_000, "liabilities_cny": 0}
    # 5 + 0, 20 + 10, 10 + 20: 65 in all, but 5 of the 20 asked for innovation.
    found = standing("innovative_sme", said | {"rd_body_level": 0})
    assert found.points == (65, 65)
    assert found.passes == "unknown"
    closed = said | {
        "rd_body_level": 0, "innovation_title": 0, "award_national": 0,
        "award_provincial": 0, "equity_cny": 0, "equity_cny@2024": 0,
        "equity_cny@2023": 0,
    }  # fmt: skip
    assert states("innovative_sme", closed)["I-innovation"] == "unmet"
    assert standing("innovative_sme", closed).passes == "unmet"


@pytest.mark.parametrize(
    "said",
    [
        {"award_provincial@2023": 1},
        {"award_national_top3@2024": 1},
        {"innovation_title@2023": 1},
        {"rd_body_level": 3},
        {"equity_cny@2023": 2_000_000, "equity_cny@2025": 3_000_000},
    ],
)
def test_one_direct_condition_is_enough_for_an_innovative_firm(said):
    found = standing("innovative_sme", said)
    assert (found.passes, found.direct) == ("met", "met")
    assert found.points == (5, 100) or "rd_body_level" in said


@pytest.mark.parametrize(
    "said",
    [
        {"award_provincial@2022": 1},
        {"innovation_title@0": 1},
        {"innovation_title@2022": 1},
    ],
)
def test_a_title_that_is_old_or_without_a_year_settles_nothing(said):
    found = standing("innovative_sme", said)
    assert (found.passes, found.direct) == ("unknown", "unknown")
    assert any(one.passed_over for one in found.checked)


def test_an_srdi_firm_computed_by_hand():
    assert {code: low for code, (low, _) in points("srdi_sme", SRDI).items()} == {
        "S-1": 5, "S-2": 8, "S-3": 3, "S-4": 3,
        "S-5": 3, "S-6": 5, "S-7": 6, "S-8": 3,
        "S-9": 10,
        "S-10": 8, "S-11": 4, "S-12": 3, "S-13": 4,
    }  # fmt: skip
    found = standing("srdi_sme", SRDI)
    assert found.points == (65, 65)
    assert (found.must, found.passes) == ("met", "met")
    # All scored items were read in one source only.
    assert rests_on_unseen(found)


def test_without_the_items_of_the_province_the_firm_is_scored_out_of_85():
    found = standing("srdi_sme", SRDI | NO_DIRECT, local_items=False)
    assert found.points == (55, 55)
    assert (found.direct, found.passes) == ("unmet", "unmet")


def test_items_of_the_province_that_nobody_gave_leave_fifteen_points_open():
    found = standing("srdi_sme", without(SRDI, "local_points"))
    assert found.points == (55, 70)
    assert found.passes == "unknown"


def test_the_direct_route_stands_in_for_the_score_but_not_for_the_conditions():
    said = {
        "niche_years": 2, "rd_spend_cny": 12_000_000, "rd_spend_cny@2024": 8_000_000,
        "revenue_cny": 100_000_000,
    }  # fmt: skip
    found = standing("srdi_sme", said)
    assert (found.direct, found.passes) == ("met", "met")
    assert found.points[0] < 60
    assert not rests_on_unseen(found)
    weak = said | {"niche_years": 1}
    assert (standing("srdi_sme", weak).direct, standing("srdi_sme", weak).passes) == (
        "met", "unmet",
    )  # fmt: skip


def test_a_small_firm_can_bring_equity_in_place_of_revenue():
    said = {"revenue_cny": 9_000_000, "equity_cny": 15_000_000}
    assert states("srdi_sme", said)["S-M3"] == "unknown"
    said |= {"equity_cny@2024": 5_000_000}
    assert states("srdi_sme", said)["S-M3"] == "met"
    said |= {"equity_cny@2024": 4_999_999}
    assert states("srdi_sme", said)["S-M3"] == "unmet"


def test_a_little_giant_computed_by_hand():
    found = standing("little_giant", GIANT)
    assert {one.state for one in found.checked if one.rule.kind != "direct"} == {"met"}
    assert (found.must, found.direct, found.passes) == ("met", "unknown", "met")
    assert str(found.points[0]) == "nan"
    assert rests_on_unseen(found)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"revenue_cny": 100_000_000, "rd_share": 0.03, "rd_share@2024": 0.03}, "met"),
        ({"revenue_cny": 99_999_999, "rd_share": 0.03, "rd_share@2024": 0.03}, "unmet"),
        ({"revenue_cny": 50_000_000}, "met"),
        # Each of the two years counts, not their mean.
        ({"rd_share": 0.08, "rd_share@2024": 0.05}, "unmet"),
        ({"revenue_cny": 49_999_999}, "unknown"),
        (
            {"revenue_cny": 49_999_999, "equity_cny": 80_000_000,
             "rd_spend_cny": 30_000_000, "rd_staff_share": 0.5},
            "met",
        ),
        # Last year alone is short, two years together are not: the text leaves it open.
        (
            {"revenue_cny": 49_999_999, "equity_cny": 80_000_000, "rd_spend_cny": 2e7,
             "rd_spend_cny@2024": 2e7, "rd_staff_share": 0.5},
            "unknown",
        ),
        (
            {"revenue_cny": 49_999_999, "equity_cny": 80_000_000, "rd_spend_cny": 1e7,
             "rd_spend_cny@2024": 1e7, "rd_staff_share": 0.5},
            "unmet",
        ),
    ],
)  # fmt: skip
def test_research_of_a_little_giant_depends_on_its_size(change, state):
    assert states("little_giant", GIANT | change)["L-4a"] == state


def test_a_little_giant_misses_by_one_condition():
    found = standing("little_giant", GIANT | {"market_share": 0.0999})
    assert (found.must, found.passes) == ("unmet", "unmet")
    (one,) = [o for o in found.checked if o.state == "unmet"]
    assert one.rule.code == "L-3a"
    assert one.distance == pytest.approx(0.0001)
    assert not rests_on_unseen(found)


@pytest.mark.parametrize(
    ("code", "measure", "bands"),
    [
        ("I-2", "rd_share", [(0.0499, 15), (0.05, 20), (0.03, 15), (0.0299, 10),
                             (0.02, 10), (0.0199, 5), (0.01, 5), (0.0099, 0)]),
        ("I-3", "main_growth", [(0.15, 20), (0.1499, 15), (0.1, 15), (0.05, 10),
                                (0.0499, 5), (0.0, 5), (-0.0001, 0)]),
        ("I-4", "debt_share", [(0.55, 10), (0.5501, 5), (0.7499, 5), (0.75, 0)]),
        ("I-6", "main_share", [(0.7, 20), (0.6999, 15), (0.6, 15), (0.55, 10),
                               (0.5499, 5), (0.5, 5), (0.4999, 0)]),
        ("S-1", "main_share", [(0.8, 5), (0.7999, 3), (0.7, 3), (0.6, 1), (0.5999, 0)]),
        ("S-3", "niche_years", [(1.9, 0), (2, 1), (3.9, 1), (4, 2), (9.9, 4), (10, 5),
                                (40, 5)]),
        ("S-5", "digital_level", [(4, 5), (3, 5), (2, 3), (1, 0), (0, 0)]),
        ("S-7", "net_margin", [(0.1, 10), (0.0999, 8), (0.06, 6), (0.04, 4), (0.02, 2),
                               (0.0199, 0), (-3, 0)]),
        ("S-8", "debt_share", [(0.5, 5), (0.5001, 3), (0.6001, 1), (0.7, 0)]),
        ("S-11", "rd_share", [(0.1, 10), (0.08, 8)]),
        ("S-11", "rd_spend_cny", [(5e6, 10), (4.99e6, 8)]),
        ("S-12", "rd_staff_share", [(0.2, 5), (0.1, 3), (0.05, 1), (0.0499, 0)]),
        ("S-13", "rd_body_level", [(4, 10), (3, 8), (2, 4), (1, 2), (0, 0)]),
    ],
)  # fmt: skip
def test_bands_at_their_edges(code, measure, bands):
    tier = "innovative_sme" if code.startswith("I") else "srdi_sme"
    for value, expected in bands:
        low, high = points(tier, {measure: value})[code]
        assert low == expected, value
        # R&D counts by amount or by share: the other one may still bring more.
        assert high == (10 if code == "S-11" else expected), value


def test_growth_is_computed_exactly_from_two_years():
    said = {"main_revenue_cny": 115, "main_revenue_cny@2024": 100}
    assert points("innovative_sme", said)["I-3"] == (20, 20)


def test_quality_adds_three_points_each_up_to_five():
    one = {"own_brand": 1}
    assert points("srdi_sme", one)["S-6"] == (3, 5)
    assert points("srdi_sme", one | {"standard_role": 1})["S-6"] == (5, 5)
    none = dict.fromkeys(
        ("quality_award", "quality_certificate", "own_brand", "standard_role"), 0
    )
    assert points("srdi_sme", none)["S-6"] == (0, 0)


def test_what_is_part_of_a_measure_bounds_it():
    assert states("little_giant", {"ip_class1_high_items": 2})["L-4c"] == "met"
    assert points("innovative_sme", {"ip_class1_items": 0})["I-1"] == (0, 5)
    assert states("little_giant", {"quality_certificate": 1})["L-2b"] == "met"
    assert states("little_giant", {"contest_top500": 0})["L-D2"] == "unmet"


def test_the_latest_year_that_is_not_later_counts():
    said = {"rd_share@2026": 0.9, "rd_share@2024": 0.02, "rd_share@2023": 0.5}
    assert points("innovative_sme", said)["I-2"] == (10, 10)
    known = file(said).known("rd_share", "last")
    assert (known.value, known.year) == (0.02, 2024)
    assert [p.year for p in known.passed_over] == [2026, 2023]


def test_a_figure_too_old_or_without_a_year_is_shown_but_does_not_count():
    for said in ({"rd_share@2021": 0.06}, {"rd_share@0": 0.06}):
        assert points("innovative_sme", said)["I-2"] == (0, 20)
        assert file(said).known("rd_share", "last").passed_over
    old = {"rd_share@2021": 0.06}
    assert file(old, oldest_years=4).known("rd_share", "last").value == 0.06


def test_means_and_each_of_two_years_take_the_latest_two_that_are_whole():
    said = {"main_growth@2025": 0.5, "main_growth@2023": 0.04, "main_growth@2022": 0.06}
    known = file(said).known("main_growth", "mean2")
    assert (known.value, known.year) == (0.05, 2023)
    assert states("little_giant", said)["L-1c"] == "met"


def test_one_year_below_settles_what_is_asked_of_each_year():
    said = {"revenue_cny": 2e8, "rd_share": 0.02, "equity_cny": 0, "equity_cny@2024": 0}
    assert states("little_giant", said)["L-4a"] == "unmet"


def test_years_in_the_niche_follow_from_the_year_it_began_give_or_take_one():
    assert states("little_giant", {"niche_since_year": 2022})["L-1a"] == "met"
    assert states("little_giant", {"niche_since_year": 2023})["L-1a"] == "unknown"
    assert states("little_giant", {"niche_since_year": 2024})["L-1a"] == "unmet"


def test_the_founding_bounds_the_years_in_the_niche_and_proves_none():
    assert states("little_giant", {"founded_year@1996": 1996})["L-1a"] == "unknown"
    assert states("little_giant", {"founded_year@2025": 2025})["L-1a"] == "unmet"
    # Sources that differ both count: the earlier founding leaves more room.
    both = {"founded_year@2025": 2025, "founded_year@2010": 2010}
    assert states("little_giant", both)["L-1a"] == "unknown"


def test_sources_that_differ_across_a_threshold_leave_it_unknown():
    said = {"rd_share": [0.028, 0.032]}
    assert points("innovative_sme", said)["I-2"] == (10, 15)
    assert states("srdi_sme", {"niche_years": [3, 8]})["S-M1"] == "met"
    assert states("srdi_sme", {"revenue_cny": [9e6, 2e7], "equity_cny": 0,
                               "equity_cny@2024": 0})["S-M3"] == "unknown"  # fmt: skip


def test_sources_that_differ_on_the_same_side_settle_it():
    assert states("srdi_sme", {"revenue_cny": [2e7, 3e7]})["S-M3"] == "met"
