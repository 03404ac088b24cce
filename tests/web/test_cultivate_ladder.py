"""Facts for the ladder entered at the desk, and how firms stand on the study's own rules."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from tests.web.cultivating import DAY, codes, fact, firm, texts
from yanlian.ladder import rules, tiers
from yanlian_web.cultivate.actions.ladder import ladder_run
from yanlian_web.cultivate.models import LadderFact, LadderStanding
from yanlian_web.cultivate.queries import ladder
from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.records import record_add, record_archive, record_change
from yanlian_web.desk.models import Company
from yanlian_web.offices.models import LogLine


def standing(company, tier="innovative_sme"):
    return LadderStanding.objects.get(company=company, tier=tier)


def step(member, company, tier):
    page = ladder.company_ladder(member, company, tier)
    return page["tier"]


def state(member, company, rule_id, tier):
    squares = step(member, company, tier)["squares"]
    return next(r for r in squares if r["rule_id"] == rule_id)


def test_every_rule_is_shown_and_unknown_without_facts(members):
    bo = members["bo"]
    page = ladder.company_ladder(bo, firm(bo, "A"), "")
    assert [s["code"] for s in page["rungs"]] == list(tiers())
    shown = {r["rule_id"] for s in page["rungs"] for r in s["squares"]}
    assert shown == {r.code for listed in rules().values() for r in listed}
    assert {s["row"]["passes"] for s in page["rungs"]} == {"unknown"}
    assert page["tier"]["code"] == "innovative_sme"
    grouped = [r["rule_id"] for g in page["groups"] for r in g["rules"]]
    assert sorted(grouped) == sorted(r.code for r in rules()["innovative_sme"])


def test_rules_not_read_in_the_regulation_are_marked(members):
    bo = members["bo"]
    page = ladder.company_ladder(bo, firm(bo, "A"), "srdi_sme")
    marked = {r["rule_id"] for s in page["rungs"] for r in s["squares"] if r["unseen"]}
    assert marked == {r.code for listed in rules().values() for r in listed if not r.seen}  # fmt: skip
    assert marked


def test_a_fact_at_the_desk_settles_a_rule_at_once(members):
    bo = members["bo"]
    company = firm(bo, "A")
    rule = state(bo, company, "I-D2", "innovative_sme")
    assert (rule["state"], rule["enter"]) == ("unknown", "innovation_title")
    fact(bo, company, "innovation_title", answer="yes")
    rule = state(bo, company, "I-D2", "innovative_sme")
    assert rule["state"] == "met"
    assert (rule["when"], rule["sources"]) == (today().year - 1, ["Audit report"])
    assert standing(company).passes == "yes"
    assert (standing(company).bars, standing(company).open) == (0, 0)


def test_a_fact_taken_back_counts_no_more(members):
    bo = members["bo"]
    company = firm(bo, "A")
    made = fact(bo, company, "innovation_title", answer="yes")
    record_change(by=bo, kind="ladder-fact", pk=made.pk, version=None, values={"answer": "no"})  # fmt: skip
    assert standing(company).passes == "unknown"
    record_change(by=bo, kind="ladder-fact", pk=made.pk, version=None, values={"answer": "yes"})  # fmt: skip
    assert standing(company).passes == "yes"
    record_archive(by=bo, kind="ladder-fact", pk=made.pk, version=None, why="Expired")
    assert standing(company).passes == "unknown"


def test_numbers_are_computed_and_points_are_intervals(members):
    bo = members["bo"]
    company = firm(bo, "A")
    before = standing_points(bo, company)
    fact(bo, company, "revenue_cny", 100e6)
    fact(bo, company, "rd_spend_cny", 5e6)
    after = standing_points(bo, company)
    # Five per cent of the revenue: 20 points that were unknown are certain.
    assert after[0] == before[0] + 20
    assert after[1] == before[1]


def standing_points(member, company):
    row = step(member, company, "innovative_sme")["row"]
    return row["points_low"], row["points_high"]


def test_disagreeing_sources_stay_side_by_side(members):
    bo = members["bo"]
    company = firm(bo, "A")
    fact(bo, company, "rd_share", 0.06, source="Report A")
    fact(bo, company, "rd_share", 0.01, source="Report B")
    rule = state(bo, company, "I-2", "innovative_sme")
    assert rule["state"] == "unknown"
    assert {"Report A", "Report B"} <= set(rule["sources"])


def test_facts_of_the_dossier_are_not_entered_twice(members):
    bo = members["bo"]
    company = firm(bo, "A")
    record_add(
        by=bo, kind="fact", training=True,
        values={
            "company": company, "field": "revenue_cny", "value": 100e6,
            "year": today().year - 1, "text_en": "Revenue", "source": "Report",
            "source_on": today(),
        },
    )  # fmt: skip
    fact(bo, company, "rd_spend_cny", 5e6)
    assert state(bo, company, "I-2", "innovative_sme")["state"] == "met"
    record_add(
        by=bo, kind="fact", training=True,
        values={
            "company": company, "field": "recognitions", "text_en": "Innovative SME 2024",
            "text_zh": "2024年创新型中小企业", "source": "Notice", "source_on": today(),
        },
    )  # fmt: skip
    page = ladder.company_ladder(bo, company, "")
    assert page["rungs"][0]["held"]
    assert page["tier"]["code"] == "srdi_sme"


@pytest.mark.parametrize(
    ("measure", "values", "code"),
    [
        ("innovation_title", {}, "ladder.answer"),
        ("innovation_title", {"answer": "yes", "value": 1.0}, "ladder.number"),
        ("rd_share", {"answer": "yes"}, "ladder.number"),
        ("rd_share", {"value": 5.0}, "ladder.range"),
        ("rd_share", {"value": -0.1}, "ladder.range"),
        ("rd_share", {"value": float("nan")}, "desk.field"),
        ("rd_share", {"value": 0.05, "year": 2099}, "ladder.ahead"),
        ("market_share", {"value": 0.1, "source_on": today() + DAY}, "desk.source_on"),
        ("no_such", {"value": 1.0}, "desk.field"),
        ("rd_share", {"value": 0.05, "source": ""}, "desk.field"),
        ("rd_share", {"value": 0.05, "source": "A\u202eB"}, "desk.hidden"),
        ("rd_share", {"value": 0.05, "source_url": "javascript:alert(1)"}, "desk.field"),
    ],
)  # fmt: skip
def test_facts_that_cannot_be(members, measure, values, code):
    bo = members["bo"]
    company = firm(bo, "A")
    with pytest.raises(Refused) as error:
        fact(bo, company, measure, **values)
    assert code in codes(error)
    assert all(texts(error, "zh"))
    assert not LadderFact.objects.exists()
    assert not LadderStanding.objects.filter(company=company).exists()


def test_a_yearly_value_needs_its_year(members):
    bo = members["bo"]
    company = firm(bo, "A")
    values = {"company": company, "measure": "rd_share", "value": 0.05, "source": "R", "source_on": today()}  # fmt: skip
    with pytest.raises(Refused) as error:
        record_add(by=bo, kind="ladder-fact", values=values, training=True)
    assert codes(error) == {"ladder.year"}
    record_add(by=bo, kind="ladder-fact", values={**values, "measure": "ip_class1_items", "value": 2.0}, training=True)  # fmt: skip


def test_the_same_from_one_source_is_entered_once(members):
    bo = members["bo"]
    company = firm(bo, "A")
    fact(bo, company, "rd_share", 0.05)
    with pytest.raises(Refused) as error:
        fact(bo, company, "rd_share", 0.05)
    assert codes(error) == {"ladder.twice"}


def test_all_firms_are_assessed_by_one_action(members, office):
    alice, bo, rita = members["alice"], members["bo"], members["rita"]
    local = (
        Company.objects.filter(office=office, local=True)
        .exclude(status="historical")
        .count()
    )
    assert local > 10
    with pytest.raises(PermissionDenied):
        ladder_run(by=rita)
    before = LogLine.objects.count()
    assert ladder_run(by=bo) == local
    assert LogLine.objects.count() == before + 1
    assert LadderStanding.objects.count() == 3 * local
    assert LadderStanding.objects.filter(next=True).count() <= local
    ladder_run(by=alice)
    assert LadderStanding.objects.count() == 3 * local


def test_the_study_says_the_same_as_the_command(members, office, sample_job):
    """What the pages show of a firm of the tables is what the study itself gives."""
    from yanlian.ladder import LadderParams, assess_ladder

    tables = sample_job[0].tables
    params = LadderParams.of({"as_of": today().isoformat()})
    wanted = assess_ladder(tables, params).tables["ladder"].rows()
    expected = {(r["firm_id"], r["tier"]): r for r in wanted}
    ladder_run(by=members["bo"])
    for found in LadderStanding.objects.select_related("company"):
        row = expected[found.company.firm_id, found.tier]
        assert found.passes == row["passes"]
        assert (found.met, found.unmet, found.unknown) == (row["rules_met"], row["rules_unmet"], row["rules_unknown"])  # fmt: skip
        low = row["points_low"]
        assert found.points_low == (None if low != low else low)


def test_the_nearest_stand_first(members):
    bo = members["bo"]
    bare, some, done = (firm(bo, name) for name in ("A", "B", "C"))
    fact(bo, done, "innovation_title", answer="yes")
    fact(bo, some, "rd_share", 0.06)
    fact(bo, bare, "own_brand", answer="no")
    listed = list(ladder.found(bo, QueryDict()))
    assert [s.company_id for s in listed] == [done.pk, some.pk, bare.pk]
    assert [s.company_id for s in ladder.found(bo, QueryDict("passes=yes"))] == [done.pk]  # fmt: skip
    assert list(ladder.found(bo, QueryDict("tier=little_giant"))) == []
    rows = ladder.rows_of(listed)
    assert rows[1]["points"]["low"] < rows[1]["points"]["high"]
    assert listed[1].near_en
    assert listed[1].near_zh


def test_hidden_firms_are_not_listed(members):
    bo, rita = members["bo"], members["rita"]
    fact(bo, firm(bo, "A", visibility="own"), "rd_share", 0.06)
    assert ladder.found(bo, QueryDict()).count() == 1
    assert ladder.found(rita, QueryDict()).count() == 0


def test_questions_of_the_list_do_not_grow(members, django_assert_num_queries):
    bo = members["bo"]
    fact(bo, firm(bo, "A"), "rd_share", 0.06)
    with django_assert_num_queries(1):
        ladder.rows_of(list(ladder.found(bo, QueryDict())))
    for number in range(5):
        fact(bo, firm(bo, f"B{number}"), "rd_share", 0.06)
    with django_assert_num_queries(1):
        rows = ladder.rows_of(list(ladder.found(bo, QueryDict())))
    assert len(rows) == 6
