"""Companies: search in both languages and by pinyin, filters, next and previous."""

import pytest

from yanlian.tables import Table
from yanlian_web.desk.actions import companies_load
from yanlian_web.desk.models import Company
from yanlian_web.offices.models import LogLine


def ids(response):
    return [row["firm_id"] for row in response.context["list"].rows]


@pytest.mark.parametrize(
    "words", ["Wonders", "wonders info", "万达信息", "wanda", "wdxx", "wd xx", "300168"]
)
def test_a_company_is_found_by_name_pinyin_and_code(alice, words):
    assert "X001" in ids(alice.get("/companies/", {"q": words}))


def test_initials_find_chinese_hardware_makers(alice, office):
    table = Table.of("firms", [{"firm_id": "N1", "name_zh": "永康五金厂"}])
    companies_load(office=office, table=table)
    assert ids(alice.get("/companies/", {"q": "yk wj"})) == ["N1"]


def test_filters_narrow_the_list(alice):
    local = alice.get("/companies/", {"where": "local"}).context["total"]
    outside = alice.get("/companies/", {"where": "outside"}).context["total"]
    assert (local, outside) == (40, 215)
    assert alice.get("/companies/", {"short": "yes"}).context["total"] == 20
    assert alice.get("/companies/", {"q": "no such name"}).context["total"] == 0


def test_pages_hold_every_company_once(alice):
    seen = []
    for page in range(1, 7):
        seen += ids(alice.get("/companies/", {"page": page}))
    assert len(seen) == len(set(seen)) == 255


def test_previous_and_next_stay_inside_the_filtered_list(alice):
    first = ids(alice.get("/companies/", {"where": "local"}))
    page = alice.get(f"/companies/{first[1]}/", {"where": "local"}).context
    assert (page["before"], page["after"]) == (first[0], first[2])
    assert (page["at"], page["total"]) == (2, 40)


def test_a_record_shows_sources_heads_and_questions(alice):
    text = alice.get("/companies/X002/").content.decode()
    assert (
        "Built China&#x27;s first commercial heavy-truck battery swap project" in text
    )
    assert "GCL Energy Technology" in text
    assert "Not on file" in text


def test_markup_in_a_name_is_shown_as_text(alice, office):
    table = Table.of(
        "firms", [{"firm_id": "N1", "name_en": "<script>alert(1)</script>"}]
    )
    companies_load(office=office, table=table)
    page = alice.get("/companies/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_loading_the_same_table_again_changes_nothing(office, sample_job):
    workspace, _ = sample_job
    before = list(Company.objects.values_list("id", flat=True))
    lines = LogLine.objects.count()
    companies_load(office=office, table=workspace.tables["firms"])
    assert list(Company.objects.values_list("id", flat=True)) == before
    assert LogLine.objects.count() == lines
