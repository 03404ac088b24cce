"""Companies entered at the desk, their group and sites, and how fresh their record is."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from tests.desk import DAY
from yanlian.tables import Table
from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions import companies_load
from yanlian_web.desk.actions.companies import company_checked
from yanlian_web.desk.actions.records import record_add, record_archive, record_change
from yanlian_web.desk.models import Company, Event

SOURCE = {"source": "Annual report", "source_on": DAY(2026, 2, 1)}
CODE, BAD_CODE = "91110000600037341L", "91110000600037341M"


def add(bo, kind, training=True, **values):
    return record_add(
        by=bo, kind=kind, values={"owner": bo, **values}, training=training
    )


def codes(error):
    return {finding.code for finding in error.value.findings}


def test_a_company_entered_at_the_desk_is_found_and_placed(alice, members, office):
    made = add(
        members["bo"], "company", name_zh="永康恒力五金", city_zh="永康", training=False
    )
    assert made.firm_id.startswith("D")
    assert not made.in_tables
    assert made.local
    assert made.region_id == "yongkang"
    rows = alice.get("/companies/", {"q": "ykhl"}).context["list"].rows
    assert [row["firm_id"] for row in rows] == [made.firm_id]
    assert alice.get(f"/companies/{made.firm_id}/").status_code == 200
    assert Event.objects.filter(kind="filed", subject=made.ref).count() == 1


def test_the_credit_code_has_its_check_digit(members):
    with pytest.raises(Refused) as error:
        add(members["bo"], "company", name_en="Firm", credit_code=BAD_CODE)
    assert codes(error) == {"company.code"}
    assert not Company.objects.filter(name_en="Firm").exists()


def test_a_credit_code_belongs_to_one_company(members):
    first = add(members["bo"], "company", name_en="First", credit_code=f" {CODE.lower()}")  # fmt: skip
    assert first.credit_code == CODE
    with pytest.raises(Refused) as error:
        add(members["bo"], "company", name_en="Second", credit_code=CODE)
    assert codes(error) == {"company.code_twice"}
    assert "First" in error.value.findings[0].say.en
    assert first.firm_id in error.value.findings[0].say.en


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("employees", -1),
        ("employees", 10**8),
        ("revenue_cny", -5.0),
        ("revenue_cny", 1e15),
        ("revenue_cny", float("nan")),
    ],
)
def test_absurd_numbers_are_refused(members, name, value):
    with pytest.raises(Refused):
        add(members["bo"], "company", name_en="Firm", **{name: value})


def test_a_company_needs_a_name_and_a_number_of_its_own(members, office):
    with pytest.raises(Refused) as error:
        add(members["bo"], "company", firm_id="X001")
    assert codes(error) == {"company.firm_id", "desk.name"}


@pytest.mark.parametrize("site", ["java script:alert(1)", "javascript:alert(1)", "x"])
def test_a_website_is_an_address(members, site):
    with pytest.raises(Refused) as error:
        add(members["bo"], "company", name_en="Firm", website=site)
    assert codes(error) == {"company.website"}


def test_what_was_set_at_the_desk_outlives_loading(members, office):
    bo = members["bo"]
    table = Table.of("firms", [{"firm_id": "N1", "name_en": "Acme", "stock_code": "600001", "city_en": "Hefei"}])  # fmt: skip
    companies_load(office=office, table=table)
    firm = Company.objects.get(firm_id="N1")
    record_change(
        by=bo, kind="company", pk=firm.pk, version=firm.version,
        values={"credit_code": CODE, "former_names": "Old Acme"},
    )  # fmt: skip
    later = Table.of("firms", [{"firm_id": "N1", "name_en": "Acme Ltd", "stock_code": "600001", "city_en": "Wuhu"}])  # fmt: skip
    companies_load(office=office, table=later)
    firm.refresh_from_db()
    assert (firm.name_en, firm.city_en) == ("Acme Ltd", "Wuhu")
    assert firm.credit_code == CODE
    assert firm.former_names == "Old Acme"
    for word in ("old acme", "600001", CODE.lower()):
        assert word in firm.search


def test_a_change_keeps_the_codes_a_company_is_found_by(alice, members):
    firm = Company.objects.get(firm_id="X001")
    record_change(
        by=members["bo"], kind="company", pk=firm.pk, version=None,
        values={"former_names": "Oldname"},
    )  # fmt: skip
    for word in ("300168", "oldname", "wdxx"):
        rows = alice.get("/companies/", {"q": word}).context["list"].rows
        assert "X001" in [row["firm_id"] for row in rows], word


def test_tier_and_owner_filter_the_list(alice, members):
    bo = members["bo"]
    made = add(bo, "company", name_en="Firm", tier="key")
    for query in ({"tier": "key"}, {"owner": bo.pk}):
        rows = alice.get("/companies/", query).context["list"].rows
        assert [row["firm_id"] for row in rows] == [made.firm_id]
    assert alice.get("/companies/", {"tier": "watch"}).context["total"] == 0


def test_archived_and_hidden_companies_leave_the_list(client, people, members, things):
    boss = members["alice"]
    hidden = record_add(
        by=boss, kind="company", training=True,
        values={"name_en": "Hidden", "visibility": "own", "owner": boss},
    )  # fmt: skip
    record_archive(by=boss, kind="company", pk=things["company"].pk, version=None, why="twice")  # fmt: skip
    client.force_login(people["bo"])
    assert client.get(f"/companies/{hidden.firm_id}/").status_code == 404
    assert client.get("/companies/", {"q": "hidden"}).context["total"] == 0
    assert client.get("/companies/", {"q": "haiyue"}).context["total"] == 0
    page = client.get("/companies/T001/").content.decode()
    assert "twice" in page
    client.force_login(people["alice"])
    assert client.get("/companies/", {"q": "hidden"}).context["total"] == 1


def test_checked_today_counts_as_fresh(alice, members, things):
    firm = things["company"]
    sent = alice.post(f"/do/company-checked/{firm.pk}/", {"next": "/companies/T001/"})
    assert (sent.status_code, sent["Location"]) == (302, "/companies/T001/")
    events = Event.objects.filter(subject=firm.ref, kind="checked")
    assert [(event.on, event.company) for event in events] == [(today(), "T001")]
    assert f"{today()}" in alice.get("/companies/T001/").content.decode()


def test_a_reader_checks_nothing(client, people, members, things):
    client.force_login(people["rita"])
    page = client.get("/companies/T001/").content.decode()
    assert "/do/company-checked/" not in page
    sent = client.post(f"/do/company-checked/{things['company'].pk}/")
    assert sent.status_code == 403
    with pytest.raises(PermissionDenied):
        company_checked(by=members["rita"], pk=things["company"].pk)


@pytest.fixture
def group(members):
    bo = members["bo"]
    return {name: add(bo, "company", name_en=name) for name in ("Top", "Mid", "Low")}


def link(bo, parent, child, **values):
    return add(bo, "company-link", parent=parent, child=child, **{**SOURCE, **values})


def tree(client, firm, as_of):
    rows = client.get(f"/companies/{firm.firm_id}/", {"as_of": as_of}).context["tree"]
    return [(row["depth"], row["company"].name_en) for row in rows]


def test_the_group_is_shown_as_it_was_on_a_day(alice, members, group):
    bo = members["bo"]
    link(bo, group["Top"], group["Mid"], share=0.6, since=DAY(2019, 5, 1), until=DAY(2024, 12, 31))  # fmt: skip
    link(bo, group["Mid"], group["Low"], since=DAY(2023, 3, 1))
    every = [(0, "Top"), (1, "Mid"), (2, "Low")]
    assert tree(alice, group["Mid"], "2024-01-01") == every
    assert tree(alice, group["Low"], "2024-01-01") == every
    assert tree(alice, group["Mid"], "2020-01-01") == every[:2]
    assert tree(alice, group["Mid"], "2025-06-01") == [(0, "Mid"), (1, "Low")]
    assert tree(alice, group["Top"], "2018-01-01") == []
    assert tree(alice, group["Mid"], "no day") == [(0, "Mid"), (1, "Low")]


def test_a_group_has_no_circle(members, group):
    bo = members["bo"]
    link(bo, group["Top"], group["Mid"])
    link(bo, group["Mid"], group["Low"], until=DAY(2024, 12, 31))
    with pytest.raises(Refused) as error:
        link(bo, group["Low"], group["Top"])
    assert codes(error) == {"link.circle"}
    assert link(bo, group["Low"], group["Top"], since=DAY(2025, 1, 1)).pk
    with pytest.raises(Refused) as error:
        link(bo, group["Top"], group["Top"])
    assert codes(error) == {"link.self"}


def test_shares_are_at_most_the_whole(members, group):
    bo = members["bo"]
    link(bo, group["Top"], group["Low"], share=0.7)
    with pytest.raises(Refused) as error:
        link(bo, group["Mid"], group["Low"], share=0.4)
    assert codes(error) == {"link.share"}
    assert "110.0 %" in error.value.findings[0].say.en
    with pytest.raises(Refused):
        link(bo, group["Mid"], group["Low"], share=1.4)
    with pytest.raises(Refused) as error:
        link(bo, group["Top"], group["Low"], share=0.1)
    assert codes(error) == {"link.twice"}


def test_a_site_is_on_file_once_with_whole_coordinates(members, things):
    bo, firm = members["bo"], things["company"]
    add(bo, "site", company=firm, name_en="Plant 1", **SOURCE)
    with pytest.raises(Refused) as error:
        add(bo, "site", company=firm, name_en="Plant 1", lat=30.0, **SOURCE)
    assert codes(error) == {"site.place", "site.twice"}
    with pytest.raises(Refused):
        add(bo, "site", company=firm, name_en="Plant 2", lat=130.0, lon=20.0, **SOURCE)


def test_the_timeline_holds_meetings_promises_stages_and_facts(alice, members, things):
    add(members["bo"], "fact", company=things["company"], field="strategy", text_en="A new line", **SOURCE)  # fmt: skip
    page = alice.get("/companies/T001/")
    kinds = {(row.get("code"), row["kind"]) for row in page.context["timeline"]}
    assert kinds >= {
        ("meeting", "plan"),
        ("promised", "fact"),
        ("due", "plan"),
        ("opened", "fact"),
        (None, "fact"),
    }
    text = page.content.decode()
    for words in ("A new line", "Name 30 mu", "training data", "S0"):
        assert words in text
    only = alice.get("/companies/T001/", {"line": "promises"}).context["timeline"]
    assert {row["group"] for row in only} == {"promises"}


def test_promises_stand_by_urgency_with_their_state(alice, members, things):
    bo = members["bo"]
    soon = today() + datetime.timedelta(days=3)
    add(
        bo, "promise", side="theirs", text_en="Send the plan", company=things["company"],
        made_on=DAY(2026, 3, 2), due_on=soon,
    )  # fmt: skip
    rows = alice.get("/companies/T001/").context["promises"]
    assert [(row["record"].side, row["state"]) for row in rows] == [
        ("ours", "overdue"),
        ("theirs", "soon"),
    ]


def test_buttons_lead_to_prefilled_forms(alice, things):
    firm = things["company"]
    page = alice.get("/companies/T001/").content.decode()
    for kind in ("meeting", "promise", "deal", "fact", "post"):
        assert f"/new/{kind}/?company={firm.pk}&amp;next=" in page
    form = alice.get(f"/new/fact/?company={firm.pk}&next=/companies/T001/")
    assert f"Haiyue Cell #{firm.pk}" in form.content.decode()
    assert 'value="/companies/T001/"' in form.content.decode()
