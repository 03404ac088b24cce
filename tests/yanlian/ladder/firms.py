"""Firms written down by hand: what is said of each, as rows of the tables."""

from yanlian.ladder import File, Piece, assess_ladder, assess_tier
from yanlian.tables import Table, measures

YEAR = 2025


def pieces(said, year=YEAR):
    """Values by measure; ``measure@2024`` for another year, a list for two sources."""
    found = []
    for key, value in said.items():
        name, _, when = key.partition("@")
        for number, one in enumerate(value if isinstance(value, list) else [value]):
            source = f"source {number}"
            found.append(Piece(name, float(one), int(when or year), "stated", source))
    return found


def file(said, *, year=YEAR, oldest_years=3):
    return File(pieces(said, year), year, oldest_years)


def standing(tier, said, **options):
    return assess_tier(tier, file(said), **options)


def points(tier, said):
    """Points by rule."""
    return {
        one.rule.code: one.points
        for one in standing(tier, said).checked
        if one.rule.kind == "score"
    }


def states(tier, said):
    """States by rule."""
    return {one.rule.code: one.state for one in standing(tier, said).checked}


def rows(said, firm="F", year=YEAR):
    """The same as rows of ``firm_measures``."""
    return [
        {
            "firm_id": firm,
            "measure": p.measure,
            ("answer" if measures()[p.measure].asks_yes else "value"): p.value,
            "year": p.year or float("nan"),
            "source": p.source,
            "basis": p.basis,
        }
        for p in pieces(said, year)
    ]


def run(said, params, **firm):
    """Carry out the study on one firm."""
    firms = Table.of("firms", [{"firm_id": "F", "name_en": "F", **firm}])
    tables = {"firms": firms}
    if said:
        tables["firm_measures"] = Table.of("firm_measures", rows(said))
    return assess_ladder(tables, params)


# 10 + 15 = 25, 15 + 5 = 20, 10 + 20 = 30: 75 points.
INNOVATIVE = {
    "ip_class1_items": 1,
    "ip_class1_own_items": 0,
    "ip_class1_high_items": 0,
    "rd_spend_cny": 3_200_000,
    "revenue_cny": 80_000_000,
    "main_revenue_cny": 70_000_000,
    "main_revenue_cny@2024": 63_000_000,
    "liabilities_cny": 40_000_000,
    "assets_cny": 70_000_000,
    "strategic_field": 1,
}
# 5 + 8 + 3 + 3 = 19, 3 + 5 + 6 + 3 = 17, 10, 8 + 4 + 3 + 4 = 19: 65 points.
SRDI = {
    "niche_years": 7,
    "main_share": 0.82,
    "main_growth": 0.09,
    "main_growth@2024": 0.07,
    "key_link_result": 0,
    "serves_leader": 1,
    "digital_level": 2,
    "quality_award": 0,
    "quality_certificate": 1,
    "own_brand": 1,
    "standard_role": 0,
    "net_margin": 0.07,
    "debt_share": 0.55,
    "local_points": 10,
    "ip_class1_high_items": 0,
    "ip_class1_own_items": 2,
    "rd_spend_cny": 2_500_000,
    "revenue_cny": 50_000_000,
    "rd_staff_persons": 12,
    "employees_persons": 100,
    "rd_body_level": 2,
}
GIANT = {
    "niche_years": 10,
    "main_share": 0.9,
    "main_growth": 0.06,
    "main_growth@2024": 0.04,
    "information_system": 1,
    "quality_certificate": 1,
    "debt_share": 0.7,
    "market_share": 0.1,
    "own_brand": 1,
    "revenue_cny": 60_000_000,
    "rd_share": 0.06,
    "rd_share@2024": 0.065,
    "rd_body_level": 1,
    "ip_class1_items": 2,
    "ip_in_use": 1,
    "chain_position": 1,
    "product_field": 1,
}
NO_DIRECT = {
    "award_national": 0,
    "award_provincial": 0,
    "contest_top500": 0,
    "rd_spend_cny@2024": 2_000_000,
    "equity_cny": 0,
    "equity_cny@2024": 0,
}
