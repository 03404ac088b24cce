"""Facts with their sources, and disagreements until a person decides."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desk import DAY
from yanlian_web.desk import statements
from yanlian_web.desk.acting import Refused
from yanlian_web.desk.actions.facts import fact_decide, fact_undecide
from yanlian_web.desk.actions.records import (
    record_add,
    record_archive,
    record_change,
    record_restore,
)
from yanlian_web.desk.models import Company, Decision, Fact
from yanlian_web.desk.statements import differ, disagreements
from yanlian_web.offices.models import LogLine

SOURCE = {"source": "Annual report", "source_on": DAY(2026, 2, 1), "basis": "reported"}


@pytest.fixture
def fact(members, things):
    def add(**values):
        first = {"company": things["company"], "owner": members["bo"], **SOURCE}
        return record_add(
            by=members["bo"], kind="fact", values={**first, **values}, training=True
        )

    return add


def codes(error):
    return {finding.code for finding in error.value.findings}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"field": "revenue_cny", "value": 1e9}, {"fact.year"}),
        ({"field": "output", "value": 5.0}, {"fact.unit", "fact.year"}),
        ({"field": "revenue_cny", "value": 1e9, "year": 2024, "unit": "USD"}, {"fact.unit"}),
        ({"field": "revenue_cny", "value": -1.0, "year": 2024}, {"fact.range"}),
        ({"field": "revenue_cny", "value": 1e15, "year": 2024}, {"fact.range"}),
        ({"field": "employees", "value": 1e9, "year": 2024}, {"fact.range"}),
        ({"field": "share", "value": 130.0, "year": 2024}, {"fact.range"}),
        ({"field": "founded", "value": 2999.0}, {"fact.range"}),
        ({"field": "strategy", "value": 3.0, "text_en": "x"}, {"fact.number"}),
        ({"field": "strategy", "unit": "t", "text_en": "x"}, {"fact.value"}),
        ({"field": "employees", "value": 10.0, "year": 2150}, {"fact.year"}),
    ],
)  # fmt: skip
def test_a_number_needs_unit_and_year_and_sense(fact, values, found):
    with pytest.raises(Refused) as error:
        fact(**values)
    assert codes(error) == found
    assert not Fact.objects.exists()


def test_not_a_number_is_refused(fact):
    with pytest.raises(Refused):
        fact(field="revenue_cny", value=float("nan"), year=2024)


def test_a_number_alone_is_said_in_both_languages(fact):
    made = fact(field="revenue_cny", value=1.56e9, year=2025)
    assert (made.text_en, made.text_zh) == (
        "Revenue of 2025: CNY 1.56 bn.",
        "2025 年营业收入：15.6 亿元。",
    )
    assert made.unit == "CNY"


def test_a_fact_needs_words_source_and_date(fact):
    with pytest.raises(Refused) as error:
        fact(field="strategy", source="", source_on=None)
    assert {f.where for f in error.value.findings} == {"text_en", "source", "source_on"}


def test_what_a_draft_says_is_not_on_the_record(alice, fact, things):
    made = fact(field="strategy", text_en="A new line", meeting=things["meeting"])
    assert made.draft
    assert "A new line" not in alice.get("/companies/T001/").content.decode()
    Fact.objects.filter(pk=made.pk).update(draft=False)
    page = alice.get("/companies/T001/").content.decode()
    assert "A new line" in page
    assert f"/meetings/{things['meeting'].pk}/" in page


def test_a_fact_belongs_to_the_company_of_its_meeting(fact, members, things):
    other = record_add(
        by=members["bo"], kind="company", values={"name_en": "Other"}, training=True
    )
    with pytest.raises(Refused) as error:
        fact(field="strategy", text_en="x", meeting=things["meeting"], company=other)
    assert codes(error) == {"fact.meeting"}


def test_numbers_that_agree_after_rounding_do_not_disagree():
    assert not differ("revenue_cny", [1.0e9, 1.009e9])
    assert differ("revenue_cny", [1.0e9, 1.02e9])
    assert differ("founded", [1996.0, 1997.0])
    assert not differ("revenue_cny", [0.0, 0.0])


def of_firm(office, firm_id):
    return disagreements(office).by_firm.get(firm_id, [])


def test_the_tables_disagree_with_each_other_and_with_the_desk(office, members):
    assert [(d.field, d.year) for d in of_firm(office, "X178")] == [
        ("revenue_cny", 2020)
    ]
    assert not of_firm(office, "X002")
    row = Company.objects.exclude(revenue_year=None).exclude(revenue_cny=None).first()
    record_add(
        by=members["bo"], kind="fact",
        values={
            "company": row, "field": "revenue_cny", "value": row.revenue_cny * 2,
            "year": row.revenue_year, **SOURCE,
        },
    )  # fmt: skip
    found = of_firm(office, row.firm_id)
    assert [(d.field, d.year) for d in found] == [("revenue_cny", row.revenue_year)]


@pytest.fixture
def two(fact):
    return (
        fact(field="revenue_cny", value=1.82e9, year=2025, source="Visit"),
        fact(field="revenue_cny", value=1.56e9, year=2025),
    )


def decide(by, things, taken, **more):
    given = {"field": "revenue_cny", "year": 2025, "why": "Audited", **more}
    return fact_decide(by=by, company_pk=things["company"].pk, taken=taken, **given)


def test_two_sources_stand_side_by_side_until_one_is_taken(alice, members, things, two):
    rows = alice.get("/conflicts/", {"firm": "T001"}).context["rows"]
    assert [row["shown"] for row in rows[0]["rows"]] == ["CNY 1.82 bn", "CNY 1.56 bn"]
    page = alice.get("/companies/T001/").content.decode()
    assert "sources disagree" in page
    lines = LogLine.objects.count()
    decision = decide(members["bo"], things, f"fact:{two[1].pk}")
    assert LogLine.objects.count() == lines + 1
    assert decision.training
    assert not alice.get("/conflicts/", {"firm": "T001"}).context["rows"]
    row = alice.get("/conflicts/", {"firm": "T001", "state": "decided"}).context["rows"][0]  # fmt: skip
    assert [r["taken"] for r in row["rows"]] == [True, False]
    known = {f["label"]: f for f in alice.get("/companies/T001/").context["known"]}
    assert known["Revenue"]["text"] == "CNY 1.56 bn (2025)"
    assert known["Revenue"]["also"] == ["CNY 1.82 bn"]
    assert "Audited" in alice.get("/companies/T001/").content.decode()


def test_a_new_statement_opens_it_again(alice, members, things, two, fact):
    decide(members["bo"], things, f"fact:{two[1].pk}")
    fact(field="revenue_cny", value=1.9e9, year=2025, source="Press")
    row = alice.get("/conflicts/", {"firm": "T001"}).context["rows"][0]
    assert row["reopened"]
    assert "open again" in alice.get("/conflicts/").content.decode()
    again = decide(members["bo"], things, f"fact:{two[0].pk}", why="Newer")
    assert [d.pk for d in Decision.objects.filter(archived_on=None)] == [again.pk]


def test_a_changed_number_opens_it_again(alice, members, things, two):
    decide(members["bo"], things, f"fact:{two[1].pk}")
    record_change(
        by=members["bo"], kind="fact", pk=two[0].pk, version=None,
        values={"value": 1.7e9},
    )  # fmt: skip
    assert alice.get("/conflicts/", {"firm": "T001"}).context["rows"][0]["reopened"]


def test_a_decision_is_taken_back_with_a_reason(alice, members, things, two):
    decision = decide(members["bo"], things, f"fact:{two[1].pk}")
    with pytest.raises(Refused):
        fact_undecide(by=members["bo"], pk=decision.pk, why=" ")
    fact_undecide(by=members["bo"], pk=decision.pk, why="Wrong year")
    assert not alice.get("/conflicts/", {"firm": "T001"}).context["rows"][0]["settled"]
    decide(members["bo"], things, f"fact:{two[0].pk}")
    with pytest.raises(Refused) as error:
        record_restore(by=members["bo"], kind="decision", pk=decision.pk)
    assert codes(error) == {"decision.twice"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"why": " "}, "decision.why"),
        ({"taken": "fact:999999"}, "decision.taken"),
        ({"year": 2019}, "decision.none"),
        ({"field": "employees"}, "decision.none"),
        ({"why": "x" * 2001}, "decision.long"),
    ],
)
def test_a_decision_names_a_statement_and_a_reason(members, things, two, values, code):
    given = {"taken": f"fact:{two[1].pk}", **values}
    with pytest.raises(Refused) as error:
        decide(members["bo"], things, **given)
    assert codes(error) == {code}
    assert not Decision.objects.exists()


def test_the_page_decides_and_says_what_is_missing(alice, things, two):
    url = f"/conflicts/decide/{things['company'].pk}/"
    sent = {"field": "revenue_cny", "year": "2025", "taken": "", "why": ""}
    refused = alice.post(url, sent)
    assert refused.status_code == 422
    assert "Choose one of the statements." in refused.content.decode()
    assert "Say why." in refused.content.decode()
    sent |= {"taken": f"fact:{two[0].pk}", "why": "Seen", "next": "//evil.example/"}
    assert alice.post(url, sent)["Location"] == "/conflicts/"
    assert Decision.objects.get().why == "Seen"


def test_a_reader_decides_nothing(client, people, things, two):
    client.force_login(people["rita"])
    assert 'name="taken"' not in client.get("/conflicts/").content.decode()
    url = f"/conflicts/decide/{things['company'].pk}/"
    assert client.post(url, {"field": "revenue_cny"}).status_code == 403


def test_the_queue_asks_as_often_for_twenty_as_for_one(alice, fact):
    def asked():
        alice.get("/conflicts/")
        with CaptureQueriesContext(connection) as found:
            alice.get("/conflicts/")
        return len(found)

    def disagree(year):
        fact(field="revenue_cny", value=1.0e9, year=year)
        fact(field="revenue_cny", value=2.0e9, year=year)

    disagree(1990)
    before = asked()
    for year in range(1991, 2011):
        disagree(year)
    assert asked() == before


def test_hidden_companies_do_not_show_in_the_queue(
    client, people, members, two, things
):
    boss = members["alice"]
    record_change(
        by=boss, kind="company", pk=things["company"].pk, version=None,
        values={"visibility": "own", "owner": boss},
    )  # fmt: skip
    Company.objects.filter(pk=things["company"].pk).update(made_by=boss)
    client.force_login(people["bo"])
    assert not client.get("/conflicts/", {"firm": "T001"}).context["rows"]
    client.force_login(people["alice"])
    assert client.get("/conflicts/", {"firm": "T001"}).context["rows"]


def test_only_what_was_changed_is_reckoned_anew(office, members, fact, things):
    every = disagreements(office)
    assert disagreements(office) is every
    fact(field="employees", value=100.0, year=2024)
    late = fact(field="employees", value=150.0, year=2024)
    assert [d.year for d in of_firm(office, "T001")] == [2024]
    assert len(disagreements(office).all) == len(every.all) + 1
    record_archive(by=members["bo"], kind="fact", pk=late.pk, version=None, why="twice")
    assert not of_firm(office, "T001")
    statements.forget()
    assert disagreements(office).all == every.all
