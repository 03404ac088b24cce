"""Pages of cultivating: both languages, who may do what, the chapter of a company."""

import pytest
from django.urls import reverse

from tests.web.cultivating import capability, fact, firm, issue, met, need
from yanlian_web.cultivate.models import Match, TouchPlan
from yanlian_web.cultivate.queries import home
from yanlian_web.desk.acting import today
from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.codes import known
from yanlian_web.desk.models import KINDS
from yanlian_web.desk.places import place_of
from yanlian_web.desk.queries.rail import waiting

PAGES = ("cultivate", "cultivate-touches", "cultivate-issues", "cultivate-book", "cultivate-needs", "cultivate-ladder")  # fmt: skip


@pytest.fixture
def filled(members):
    """One of everything, of invented firms."""
    bo = members["bo"]
    local = firm(bo, "Local", tier="key")
    anchor = firm(bo, "Anchor", tier="strategic")
    plan = record_add(
        by=bo, kind="touch-plan", training=True,
        values={"company": local, "since": today().replace(year=today().year - 2)},
    )  # fmt: skip
    met(bo, local, 300)
    return {
        "local": local,
        "anchor": anchor,
        "plan": plan,
        "issue": issue(bo, local),
        "capability": capability(bo, local, segment_id="C25"),
        "need": need(bo, anchor, segment_id="C25"),
        "fact": fact(bo, local, "rd_share", 0.06),
    }


def say_in(client, language, path):
    client.cookies["django_language"] = language
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_empty_and_filled(alice, filled, language):
    paths = [reverse(name) for name in PAGES]
    paths += [
        reverse("cultivate-need", args=[filled["need"].pk]),
        *(reverse("cultivate-ladder-one", args=[filled["local"].pk]) + f"?tier={tier}"
          for tier in ("", "srdi_sme", "little_giant", "<x>")),
        f"/companies/{filled['local'].firm_id}/",
        *(f"/new/{kind}/" for kind in ("touch-plan", "touch-norm", "issue", "capability", "need", "ladder-fact")),
        f"/do/issue-solve/{filled['issue'].pk}/",
        f"/do/need-introduce/{filled['need'].pk}/",
        f"/do/need-close/{filled['need'].pk}/",
    ]  # fmt: skip
    for path in paths:
        text = say_in(alice, language, path)
        assert "None" not in text
    for name in PAGES[1:]:
        assert alice.get(reverse(name) + "?page=9999&export=&q=%00").status_code == 200


@pytest.mark.parametrize("name", PAGES[1:4] + PAGES[5:])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lists_are_files_too(alice, filled, name, form):
    answer = alice.get(reverse(name) + f"?export={form}&show=all")
    assert answer.status_code == 200
    assert form in answer["Content-Disposition"]
    if form == "csv":
        assert "Local" in answer.content.decode("utf-8-sig")


def test_what_is_invented_is_marked(alice, filled):
    marked = '<span class="training">'
    for name in PAGES[1:]:
        text = say_in(alice, "en", reverse(name))
        table = text[text.index("<tbody>") :]
        assert marked in table, name


def test_an_officer_fills_in_and_acts_by_the_forms(client, filled, members):
    client.force_login(members["bo"].user)
    answer = client.post(
        f"/do/need-introduce/{filled['need'].pk}/",
        {"capability": filled["capability"].pk, "how": "Visit", "version": 1},
    )
    assert answer.status_code == 302
    match = Match.objects.get()
    assert answer["Location"] == reverse("cultivate-need", args=[filled["need"].pk])
    wrong = client.post(
        f"/do/match-outcome/{match.pk}/", {"outcome": "ordered", "version": 1}
    )
    assert wrong.status_code == 422
    assert match.state == Match.objects.get().state == "introduced"
    right = client.post(
        f"/do/match-outcome/{match.pk}/",
        {"outcome": "ordered", "version": 1, "value_cny": "960000", "paper": "T-1"},
    )
    assert right.status_code == 302
    assert Match.objects.get().state == "ordered"
    late = client.post(
        f"/edit/issue/{filled['issue'].pk}/",
        {"company": f"#{filled['local'].pk}", "text_en": "X", "about": "tax", "on": "2999-01-01", "version": 1},
    )  # fmt: skip
    assert late.status_code == 422


def test_the_head_plans_for_a_tier_with_one_button(alice, filled):
    assert alice.post(reverse("cultivate-plans"), {"tier": "strategic"}).status_code == 302  # fmt: skip
    assert TouchPlan.objects.filter(company=filled["anchor"]).count() == 1


def test_a_need_of_another_office_is_not_there(client, filled, people):
    client.force_login(people["chen"])
    assert client.get(reverse("cultivate-need", args=[filled["need"].pk])).status_code == 404  # fmt: skip
    assert client.get(reverse("cultivate-ladder-one", args=[filled["local"].pk])).status_code == 404  # fmt: skip
    text = client.get(reverse("cultivate")).content.decode()
    assert "Local" not in text.replace("Local firm", "")


def test_the_chapter_stands_with_firms_that_are_here_only(alice, filled, things):
    text = say_in(alice, "en", f"/companies/{filled['local'].firm_id}/")
    assert 'id="cultivate"' in text
    assert "Zinc die castings" in text
    away = say_in(alice, "en", f"/companies/{things['company'].firm_id}/")
    # A need of it is on file; without that there is nothing to show.
    assert 'id="cultivate"' in away
    other = firm(things["deal"].owner, "Far", local=False, city_en="Hefei", city_zh="合肥")  # fmt: skip
    assert 'id="cultivate"' not in say_in(alice, "en", f"/companies/{other.firm_id}/")


def test_texts_are_shown_as_they_are(alice, members):
    bo = members["bo"]
    company = firm(bo, "Evil", tier="key")
    issue(bo, company, text="<script>alert(1)</script>")
    capability(bo, company, text="<img src=x onerror=alert(1)>")
    for name in ("cultivate", "cultivate-issues", "cultivate-book"):
        text = say_in(alice, "en", reverse(name))
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_all_is_known_to_the_desk(filled, members):
    for kind in ("touch-norm", "touch-plan", "issue", "capability", "need", "match", "ladder-fact"):  # fmt: skip
        assert kind in KINDS
        assert known(f"desk.{kind}.added")
    for code in ("plans.made", "issue.solved", "issue.confirmed", "match.introduced", "match.outcome", "need.closed", "need.reopened", "ladder.run"):  # fmt: skip
        assert known(f"cultivate.{code}")
    for record in (filled["plan"], filled["issue"], filled["capability"], filled["need"], filled["fact"]):  # fmt: skip
        assert place_of(record).startswith("/cultivate/")


def test_the_rail_counts_own_issues_past_their_day(members, filled):
    bo = members["bo"]
    assert waiting(bo)["cultivate"] == 0
    issue(bo, filled["local"], text="Gas", due_on=today().replace(day=1).replace(year=today().year - 1), ago=800)  # fmt: skip
    assert waiting(bo)["cultivate"] == 1
    assert waiting(members["alice"])["cultivate"] == 0


def test_the_station_asks_a_fixed_number_of_questions(
    members, filled, django_assert_max_num_queries
):
    bo = members["bo"]
    with django_assert_max_num_queries(18):
        home.home_page(bo, {})
    for number in range(8):
        company = firm(bo, f"F{number}", tier="strategic")
        record_add(by=bo, kind="touch-plan", values={"company": company, "since": today()}, training=True)  # fmt: skip
        issue(bo, company)
        need(bo, company, segment_id="C25")
        fact(bo, company, "rd_share", 0.06)
    with django_assert_max_num_queries(18):
        page = home.home_page(bo, {})
    assert len(page["needs"]) == len(page["near"]) == home.SHOWN
