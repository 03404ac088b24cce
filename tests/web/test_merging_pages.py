"""The pages of merging: the queue, two side by side, a merge and its way back."""

import re

import pytest
from django.urls import reverse
from django.utils import translation


@pytest.fixture
def add(members):
    from yanlian_web.desk.actions.records import record_add

    def made(**values):
        return record_add(
            by=members["bo"], kind="company", values=values, training=True
        )

    return made


def found(member):
    from yanlian_web.merging.models import Suspect

    return {
        (row.first.name_en, row.second.name_en): row.why
        for row in Suspect.objects.filter(office=member.office, training=True)
    }


def search(member):
    from yanlian_web.merging.actions import pairs_search

    pairs_search(by=member)
    return found(member)


CODE = "91330000720082446H"


def test_the_search_finds_what_is_alike(things, twin, add, members):
    add(name_en="Sunrise Motors Co., Ltd.", aliases="Chaoyang")
    add(name_en="Chaoyang", name_zh="朝阳电机")
    add(name_en="Wholly Different Foods", name_zh="万象食品股份有限公司")
    pairs = search(members["bo"])
    assert pairs == {
        ("Haiyue Cell", "Haiyue Cells"): "like",
        ("Sunrise Motors Co., Ltd.", "Chaoyang"): "name",
    }


def test_one_code_of_two_companies_is_found(things, twin, members):
    from yanlian_web.desk.models import Company

    # No form lets this in; an older database or another program may hold it.
    Company.objects.filter(pk__in=(twin.pk, things["company"].pk)).update(
        credit_code=CODE
    )
    assert search(members["bo"]) == {("Haiyue Cell", "Haiyue Cells"): "code"}


def test_real_and_training_are_no_pair(things, members):
    from yanlian_web.desk.actions.records import record_add
    from yanlian_web.merging.models import Suspect

    real = record_add(
        by=members["bo"], kind="company",
        values={"name_en": "Haiyue Cell", "name_zh": "海岳电芯"},
    )  # fmt: skip
    search(members["bo"])
    assert not Suspect.objects.filter(second=real).exists()


def test_only_what_was_changed_is_searched_in_a_large_office(
    things, twin, add, members, monkeypatch
):
    from yanlian_web.desk.models import Company
    from yanlian_web.merging import seeking

    search(members["bo"])
    monkeypatch.setattr(seeking, "WHOLE", 1)
    Company.objects.update(made_at="2026-01-01T00:00Z", changed_at="2026-01-01T00:00Z")
    monkeypatch.setattr(Company._meta, "ordering", ("pk",))
    added = add(name_en="Haiyue Cell Ltd", name_zh="海岳电芯公司")
    assert seeking.seek(added.office).only == {added.pk}
    pairs = search(members["bo"])
    assert ("Haiyue Cell", "Haiyue Cells") in pairs
    assert ("Haiyue Cell", "Haiyue Cell Ltd") in pairs


def test_not_the_same_is_remembered(things, twin, members, bo):
    pair = ("Haiyue Cell", "Haiyue Cells")
    assert pair in search(members["bo"])
    sent = {"first": twin.pk, "second": things["company"].pk, "why": "Two plants"}
    assert bo.post(reverse("duplicates-apart"), sent).status_code == 302
    assert pair not in found(members["bo"])
    assert pair not in search(members["bo"])
    again = bo.post(reverse("duplicates-apart"), sent)
    assert again.status_code == 422
    assert "on file already" in again.content.decode()
    from yanlian_web.merging.models import Apart

    page = bo.get(reverse("duplicates"), {"state": "apart"}).content.decode()
    assert "Two plants" in page
    apart = Apart.objects.get()
    assert bo.post(reverse("duplicates-together", args=[apart.pk])).status_code == 302
    assert found(members["bo"])[pair] == "like"
    assert pair in search(members["bo"])


def test_not_the_same_holds_through_a_merge(things, twin, add, members, merge):
    from yanlian_web.merging.actions import pair_apart

    third = add(name_en="Haiyue Cell Works", name_zh="海岳电芯厂")
    pair_apart(by=members["bo"], first=third.pk, second=things["company"].pk)
    merge(twin, things["company"])
    assert ("Haiyue Cells", "Haiyue Cell Works") not in search(members["bo"])


def test_a_pair_with_a_hidden_company_is_not_shown(
    things, twin, members, office, client
):
    from tests.people import person
    from yanlian_web.desk.actions.records import record_change

    record_change(
        by=members["bo"], kind="company", pk=twin.pk, version=1,
        values={"visibility": "own"},
    )  # fmt: skip
    search(members["bo"])
    client.force_login(person("dora", office, "officer"))
    page = client.get(reverse("duplicates"))
    assert "Haiyue Cells" not in page.content.decode()
    url = reverse("companies-merge", args=[things["company"].firm_id])
    assert client.get(url, {"with": twin.firm_id}).status_code == 422
    assert (
        client.get(reverse("companies-merge", args=[twin.firm_id])).status_code == 404
    )
    sent = {"first": twin.pk, "second": things["company"].pk}
    assert client.post(reverse("duplicates-apart"), sent).status_code == 404


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_every_page_in_both_languages(things, twin, members, merge, bo, lang):
    bo.cookies["django_language"] = lang
    search(members["bo"])
    firm = things["company"]
    url = reverse("companies-merge", args=[twin.firm_id])
    pages = [
        bo.get(reverse("duplicates")),
        bo.get(url),
        bo.get(url, {"with": firm.firm_id}),
    ]
    made = merge(twin, firm)
    pages += [
        bo.get(reverse("duplicates"), {"state": "merged"}),
        bo.get(reverse("merges-one", args=[made.pk])),
        bo.get(reverse("companies-one", args=[twin.firm_id])),
    ]
    assert {page.status_code for page in pages} == {200}
    with translation.override(lang):
        word = translation.gettext("Duplicates")
    assert word in pages[0].content.decode()
    assert (word == "Duplicates") == (lang == "en")


def test_side_by_side_says_what_moves_before_it_is_done(things, twin, bo):
    url = reverse("companies-merge", args=[twin.firm_id])
    page = bo.get(url, {"with": things["company"].firm_id})
    moves = {row["label"]: row["count"] for row in page.context["moves"]}
    assert moves == {"Deals": 1, "Agreements": 1, "Meetings": 1, "Promises": 1, "Needs": 1}  # fmt: skip
    assert re.search(r'name="c-name_zh" value="kept" checked', page.content.decode())


def test_merged_and_taken_apart_by_the_pages(things, twin, bo):
    from yanlian_web.merging.models import Merge

    firm = things["company"]
    url = reverse("companies-merge", args=[twin.firm_id])
    sent = {
        "with": firm.firm_id, "version": twin.version, "other_version": firm.version,
        "c-name_en": "other", "left": "former", "why": "Card",
    }  # fmt: skip
    answer = bo.post(url, sent)
    made = Merge.objects.get()
    assert answer["Location"] == reverse("merges-one", args=[made.pk])
    twin.refresh_from_db()
    assert twin.name_en == "Haiyue Cell"
    # The old address leads to the company that stayed, also for merging.
    old = bo.get(reverse("companies-one", args=[firm.firm_id]))
    assert old["Location"] == reverse("companies-one", args=[twin.firm_id])
    again = bo.get(reverse("companies-merge", args=[firm.firm_id]))
    assert again["Location"] == reverse("companies-merge", args=[twin.firm_id])
    page = bo.get(reverse("merges-one", args=[made.pk]))
    back = {row["label"]: row["count"] for row in page.context["going"]}
    assert back["Promises"] == 1
    done = bo.post(answer["Location"], {"version": made.version, "why": "Two firms"})
    assert done.status_code == 302
    page = bo.get(answer["Location"]).content.decode()
    assert "Everything went back." in page
    assert "Two firms" in page
    assert bo.get(reverse("companies-one", args=[firm.firm_id])).status_code == 200


def test_a_stale_page_is_answered(things, twin, members, bo):
    from yanlian_web.desk.actions.records import record_change
    from yanlian_web.merging.models import Merge

    firm = things["company"]
    sent = {"with": firm.firm_id, "version": 1, "other_version": 1}
    record_change(
        by=members["alice"], kind="company", pk=firm.pk, version=1,
        values={"note_en": "Seen by Alice"},
    )  # fmt: skip
    page = bo.post(reverse("companies-merge", args=[twin.firm_id]), sent)
    assert page.status_code == 409
    assert "alice changed this record" in page.content.decode()
    assert "Seen by Alice" in page.content.decode()
    assert not Merge.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nobody of this name", "Found no record called"),
        ("Haiyue", "Several are called so"),
    ],
)
def test_the_other_company_is_named(things, twin, add, bo, text, said):
    add(name_en="Haiyue Cell Works")
    page = bo.get(reverse("companies-merge", args=[twin.firm_id]), {"with": text})
    assert page.status_code == 422
    assert said in page.content.decode()


def test_what_is_refused_is_said_on_the_page(things, twin, bo):
    url = reverse("companies-merge", args=[twin.firm_id])
    page = bo.post(url, {"with": twin.firm_id, "version": 1, "other_version": 1})
    assert page.status_code == 422
    assert "cannot be merged with itself" in page.content.decode()


@pytest.mark.parametrize("bad", ["", "x", "99999999999999999999", "-1"])
def test_wrong_numbers_are_nothing(things, bo, bad):
    sent = {"first": bad, "second": things["company"].pk}
    assert bo.post(reverse("duplicates-apart"), sent).status_code == 404


def test_markup_is_text(things, twin, members, merge, bo):
    from yanlian_web.desk.actions.records import record_change

    record_change(
        by=members["bo"], kind="company", pk=twin.pk, version=1,
        values={"name_en": "<script>alert(1)</script>"},
    )  # fmt: skip
    made = merge(things["company"], twin, why="<i>x</i>")
    for url in (
        reverse("merges-one", args=[made.pk]),
        reverse("duplicates") + "?state=merged",
        reverse("companies-one", args=[things["company"].firm_id]),
    ):
        page = bo.get(url).content.decode()
        assert "<script>alert(1)" not in page
        assert "<i>x</i>" not in page


def test_the_queue_asks_as_often_for_one_pair_as_for_many(
    things, twin, add, members, rf, django_assert_num_queries
):
    from yanlian_web.merging.queries import queue_page

    query = rf.get("/").GET
    search(members["bo"])
    with django_assert_num_queries(5):
        assert queue_page(members["bo"], query)["total"] >= 1
    for number in range(12):
        add(name_en=f"Haiyue Cell {number}", name_zh="海岳电芯有限公司")
    search(members["bo"])
    with django_assert_num_queries(5):
        assert queue_page(members["bo"], query)["total"] > 12


def test_side_by_side_asks_as_often_for_one_row_as_for_many(things, twin, members):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from yanlian_web.desk.acting import today
    from yanlian_web.desk.actions.records import record_add
    from yanlian_web.merging.queries import beside

    with CaptureQueriesContext(connection) as first:
        beside(members["bo"], twin, things["company"], {})
    for number in range(12):
        record_add(
            by=members["bo"], kind="promise",
            values={
                "side": "ours", "text_en": str(number), "company": things["company"],
                "made_on": today(), "due_on": today(), "owner": members["bo"],
            },
            training=True,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as second:
        beside(members["bo"], twin, things["company"], {})
    assert len(second) == len(first)
