"""Gaps taken up, the trace of each, and the year: rules, rights, both languages."""

import datetime
import itertools
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from yanlian_web.desk.acting import Refused, training_day
from yanlian_web.desk.actions import gaps as actions
from yanlian_web.desk.actions.records import record_add, record_archive
from yanlian_web.desk.models import Deal, Event, Gap, Milestone
from yanlian_web.desk.queries import gaps as queries
from yanlian_web.desk.queries.trace import story_of
from yanlian_web.desk.queries.traceline import WIDE, drawn, drawn_tall
from yanlian_web.offices.models import LogLine
from yanlian_web.studies import queries as studies

DAY = datetime.date
NOW = DAY(2026, 11, 20)


@pytest.fixture
def row(office, gaps_id):
    """The first gap of the newest run."""
    return next(
        r for r in studies.rows(office, gaps_id, "gaps") if r["score"] == r["score"]
    )


@pytest.fixture
def opened(members, row, gaps_id):
    return actions.gap_open(
        by=members["bo"], run_id=gaps_id, gap_id=row["gap_id"], plan_en="Ask two firms"
    )


PRODUCED = DAY(2026, 6, 1)


def produce(deal, *, verified=True):
    """Give a deal its start of production."""
    day = PRODUCED
    return Milestone.objects.create(
        office=deal.office, deal=deal, code="production", reached_on=day,
        verified_on=day if verified else None, training=deal.training,
    )  # fmt: skip


@pytest.fixture
def filled(things):
    produce(things["deal"])
    return things["gap"]


def findings(caught):
    return {finding.code for finding in caught.value.findings}


def test_a_gap_of_a_run_is_copied_with_its_score(opened, row, members):
    assert opened.segment_id == row["segment_id"]
    assert (opened.sort_of, opened.score, opened.rank) == (
        row["kind"],
        row["score"],
        row["rank"],
    )
    assert opened.name_en
    assert opened.name_zh
    assert opened.owner == members["bo"]
    event = Event.objects.get(kind="gap_opened", gap=opened.gap_id)
    assert event.subject == opened.ref
    assert event.line.code == "desk.gap.opened"


def test_a_gap_is_taken_up_once(opened, members, gaps_id):
    with pytest.raises(Refused) as caught:
        actions.gap_open(by=members["alice"], run_id=gaps_id, gap_id=opened.gap_id)
    assert findings(caught) == {"gap.twice"}
    assert Gap.objects.filter(gap_id=opened.gap_id).count() == 1
    assert Event.objects.filter(kind="gap_opened").count() == 1


def test_an_archived_gap_is_brought_back_not_taken_up_again(opened, members, gaps_id):
    record_archive(by=members["bo"], kind="gap", pk=opened.pk, version=None, why="No")
    with pytest.raises(Refused, match="archived"):
        actions.gap_open(by=members["bo"], run_id=gaps_id, gap_id=opened.gap_id)


@pytest.mark.parametrize(("run", "gap"), [("", "nowhere"), ("gaps-0", None)])
def test_what_no_run_found_cannot_be_taken_up(members, row, gaps_id, run, gap):
    with pytest.raises(Refused) as caught:
        actions.gap_open(
            by=members["bo"], run_id=run or gaps_id, gap_id=gap or row["gap_id"]
        )
    assert findings(caught) == {"gap.unknown"}
    assert not Gap.objects.exists()


def test_a_reader_takes_nothing_up(members, row, gaps_id):
    with pytest.raises(PermissionDenied):
        actions.gap_open(by=members["rita"], run_id=gaps_id, gap_id=row["gap_id"])


def test_the_form_takes_a_gap_up_and_a_second_time_leads_to_it(
    alice, row, gaps_id, members
):
    place = reverse("gaps-take")
    query = {"run": gaps_id, "gap": row["gap_id"]}
    assert alice.get(place, query).status_code == 200
    sent = {**query, "owner": members["bo"].pk, "plan_en": "Ask", "plan_until": "2030-01-01"}  # fmt: skip
    answer = alice.post(place, sent)
    trace = reverse("trace", args=[row["gap_id"]])
    assert answer["Location"] == trace
    assert Gap.objects.get(gap_id=row["gap_id"]).owner == members["bo"]
    again = alice.post(place, sent)
    assert again.status_code == 422
    assert trace in again.content.decode()
    assert alice.get(place, query)["Location"] == trace


def test_a_plan_ends_after_the_gap_was_opened(opened, members):
    with pytest.raises(Refused) as caught:
        actions.gap_plan(
            by=members["bo"], pk=opened.pk, version=None, owner=None,
            plan_until=DAY(2020, 1, 1),
        )  # fmt: skip
    assert findings(caught) == {"gap.until"}


def test_a_gap_closes_by_a_deal_in_production(filled, things, members):
    actions.gap_close(
        by=members["bo"], pk=filled.pk, version=None, deal=things["deal"],
        on=DAY(2026, 7, 1),
    )  # fmt: skip
    filled.refresh_from_db()
    assert filled.closed_by == things["deal"]
    event = Event.objects.get(kind="gap_closed")
    assert (event.on, event.level, event.deal) == (
        DAY(2026, 7, 1),
        "verified",
        things["deal"].ref,
    )
    assert "by_reason" not in event.mark


@pytest.mark.parametrize("verified", [None, False])
def test_a_deal_without_verified_production_closes_nothing(things, members, verified):
    if verified is not None:
        produce(things["deal"], verified=verified)
    with pytest.raises(Refused) as caught:
        actions.gap_close(
            by=members["alice"], pk=things["gap"].pk, version=None, deal=things["deal"]
        )
    assert findings(caught) == {"gap.not_filled"}
    assert not Event.objects.filter(kind="gap_closed").exists()


def test_a_deal_of_another_gap_closes_nothing(filled, things, members):
    Deal.objects.filter(pk=things["deal"].pk).update(gap=None)
    things["deal"].refresh_from_db()
    with pytest.raises(Refused) as caught:
        actions.gap_close(
            by=members["bo"], pk=filled.pk, version=None, deal=things["deal"]
        )
    assert findings(caught) == {"gap.not_filled"}


@pytest.mark.parametrize("day", [DAY(2026, 5, 31), DAY(2100, 1, 1)])
def test_it_closes_between_production_and_today(filled, things, members, day):
    with pytest.raises(Refused) as caught:
        actions.gap_close(
            by=members["bo"], pk=filled.pk, version=None, deal=things["deal"], on=day
        )
    assert findings(caught) == {"gap.day"}


def test_only_the_head_closes_by_reason_and_the_log_says_so(things, members):
    gap = things["gap"]
    given = {"pk": gap.pk, "version": None, "why": "No land left"}
    with pytest.raises(PermissionDenied):
        actions.gap_close(by=members["bo"], **given)
    with pytest.raises(Refused) as caught:
        actions.gap_close(by=members["alice"], **{**given, "why": " "})
    assert findings(caught) == {"gap.why"}
    actions.gap_close(by=members["alice"], **given)
    event = Event.objects.get(kind="gap_closed")
    assert "by_reason" in event.mark.split(";")
    with pytest.raises(Refused) as caught:
        actions.gap_close(by=members["alice"], **given)
    assert findings(caught) == {"gap.closed"}


def test_a_closed_gap_is_opened_again_with_a_reason(things, members):
    gap = things["gap"]
    with pytest.raises(Refused) as caught:
        actions.gap_reopen(by=members["bo"], pk=gap.pk, version=None, why="x")
    assert findings(caught) == {"gap.open"}
    actions.gap_close(by=members["alice"], pk=gap.pk, version=None, why="x")
    with pytest.raises(Refused) as caught:
        actions.gap_reopen(by=members["bo"], pk=gap.pk, version=None, why="")
    assert findings(caught) == {"gap.why"}
    actions.gap_reopen(by=members["bo"], pk=gap.pk, version=None, why="Firm moved away")
    gap.refresh_from_db()
    assert gap.closed_on is None
    assert LogLine.objects.first().data["why"] == "Firm moved away"


def test_one_click_closes_what_a_firm_fills(alice, filled):
    page = alice.get(reverse("trace", args=[filled.gap_id])).content.decode()
    place = reverse("do", args=["gap-settle", filled.pk])
    assert f'action="{place}"' in page
    answer = alice.post(place, {"version": filled.version})
    assert answer.status_code == 302
    filled.refresh_from_db()
    assert filled.closed_on
    assert (
        place not in alice.get(reverse("trace", args=[filled.gap_id])).content.decode()
    )


def test_nothing_is_offered_while_no_firm_produces(alice, things):
    page = alice.get(reverse("trace", args=[things["gap"].gap_id])).content.decode()
    assert "gap-settle" not in page
    answer = alice.post(reverse("do", args=["gap-settle", things["gap"].pk]), {})
    assert answer.status_code == 422


def test_an_invented_firm_closes_no_real_gap(things, members):
    produce(things["deal"])
    Gap.objects.update(training=False)
    assert actions.filled_by(Gap.objects.get()) == []


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_trace_shows_every_record_and_its_table(client, people, things, lang):
    client.force_login(people["rita"])
    client.cookies["django_language"] = lang
    page = client.get(reverse("trace", args=["fill:C45"])).content.decode()
    for kind in ("deal", "meeting", "promise", "agreement"):
        assert reverse(f"{kind}s-one", args=[things[kind].pk]) in page
    assert page.count('<svg class="line-') == 2
    assert "style=" not in page
    assert {"en": "training data", "zh-hans": "练习数据"}[lang] in page
    assert ("gap-plan" in page) is False


def test_a_gap_not_taken_up_shows_the_run(alice, row):
    page = alice.get(reverse("trace", args=[row["gap_id"]])).content.decode()
    assert "Nobody has taken it up yet" in page
    assert reverse("gaps-take") in page


def test_a_gap_nobody_knows_is_not_there(alice):
    assert alice.get("/trace/fill-nowhere/").status_code == 404


def test_records_of_others_stay_out_of_the_trace(people, client, things, members):
    Deal.objects.update(visibility="own")
    client.force_login(people["rita"])
    page = client.get(reverse("trace", args=["fill:C45"])).content.decode()
    assert reverse("deals-one", args=[things["deal"].pk]) not in page
    client.force_login(people["alice"])
    page = client.get(reverse("trace", args=["fill:C45"])).content.decode()
    assert reverse("deals-one", args=[things["deal"].pk]) in page


def test_a_gap_only_its_owner_sees_is_not_there_for_others(people, client, things):
    Gap.objects.update(visibility="own")
    client.force_login(people["rita"])
    assert client.get(reverse("trace", args=["fill:C45"])).status_code == 404
    assert b"fill:C45" not in client.get(reverse("gaps-open")).content


def several(things, members, count):
    """Further deals of the gap, each of which ended."""
    for number in range(count):
        with training_day(DAY(2026, 2, 1) + datetime.timedelta(days=number)):
            firm = record_add(
                by=members["bo"], kind="company", training=True,
                values={"name_en": f"Firm {number}", "firm_id": f"T9{number}"},
            )  # fmt: skip
            deal = record_add(
                by=members["bo"], kind="deal", training=True,
                values={"company": firm, "pipeline": things["pipeline"], "gap": things["gap"]},
            )  # fmt: skip
        Deal.objects.filter(pk=deal.pk).update(
            status="lost", status_on=DAY(2026, 5, 1), lost_to="Wuxi", status_why="Land"
        )


def test_branches_end_with_their_reason_inside_the_picture(things, members):
    several(things, members, 4)
    story = story_of(members["alice"], things["gap"], NOW)
    assert [b.why for b in story.branches] == ["lost to Wuxi"] * 4
    picture = drawn(story)
    assert len(picture.branches) == 4
    lengths = re.compile(r"-?\d+\.\d")
    for branch in picture.branches:
        assert float(branch["x"]) <= WIDE
        assert all(0 <= float(n) <= WIDE for n in lengths.findall(branch["path"]))


def test_no_two_labels_overlap(things, members):
    story = story_of(members["alice"], things["gap"], NOW)
    # Twelve stations within three weeks, the hardest there is.
    first = story.stations[0]
    story.stations = [first] + [
        type(first)(
            DAY(2026, 3, 1) + datetime.timedelta(days=2 * n), f"Promise {n}", "#"
        )
        for n in range(11)
    ]
    nodes = drawn(story).nodes
    places = {(n["side"], n["level"], n["x"]) for n in nodes}
    assert len(places) == len(nodes)
    tall = [float(n["text"]) for n in drawn_tall(story).nodes]
    assert all(b - a >= 30 for a, b in itertools.pairwise(tall))


def test_the_scale_is_true(things, members):
    story = story_of(members["alice"], things["gap"], NOW)
    a, b, c = (
        type(story.stations[0])(day, "x", "#")
        for day in (DAY(2026, 1, 1), DAY(2026, 4, 11), DAY(2026, 7, 20))
    )
    story.stations, story.branches, story.spans = [a, b, c], [], []
    at = [float(n["at"]) for n in drawn(story).nodes]
    assert at[1] - at[0] == pytest.approx(at[2] - at[1], abs=0.2)


def test_durations_follow_one_another(things, members, filled):
    actions.gap_close(
        by=members["bo"], pk=filled.pk, version=None, deal=things["deal"],
        on=DAY(2026, 7, 1),
    )  # fmt: skip
    filled.refresh_from_db()
    story = story_of(members["alice"], filled, NOW)
    assert [s["until"] for s in story.spans][-2:] == [DAY(2026, 6, 1), DAY(2026, 7, 1)]
    assert story.stations[-1].size == "closed"
    assert sum(s["days"] for s in story.spans) == story.facts["days"]


def test_the_trace_asks_as_often_for_one_deal_as_for_many(
    things, members, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10):
        story_of(members["alice"], things["gap"], NOW)
    several(things, members, 12)
    with django_assert_max_num_queries(10):
        story_of(members["alice"], things["gap"], NOW)


def test_the_list_counts_and_exports(alice, things, filled):
    page = alice.get(reverse("gaps-open")).context["page"]
    found = page.rows[0]
    assert found["gap"].targets == 1
    assert found["gap"].at_work == 1
    assert found["settle"] == DAY(2026, 6, 1)
    text = alice.get(reverse("gaps-open"), {"export": "csv"}).content.decode(
        "utf-8-sig"
    )
    assert "fill:C45" in text
    assert (
        alice.get(reverse("gaps-open"), {"state": "closed"}).context["page"].total == 0
    )


def test_the_list_asks_five_times_however_long_it_is(
    members, opened, things, rf, django_assert_num_queries
):
    query = rf.get("/").GET
    with django_assert_num_queries(5):
        queries.gaps_page(members["alice"], query, NOW)


def test_the_sheet_of_a_gap_says_whether_it_was_taken_up(alice, row, gaps_id, opened):
    place = reverse("gaps-state")
    text = alice.get(place, {"gap": row["gap_id"], "run": gaps_id}).content.decode()
    assert "Take up" not in text
    assert reverse("trace", args=[row["gap_id"]]) in text
    other = alice.get(place, {"gap": "fill-none", "run": gaps_id}).content.decode()
    assert "Take up" in other
    sheet = alice.get(reverse("gaps"), {"gap": row["gap_id"]}).content.decode()
    assert place in sheet


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_year_tells_gaps_stages_money_and_losses(alice, things, members, lang):
    alice.cookies["django_language"] = lang
    several(things, members, 2)
    page = alice.get(reverse("year", args=[2026]))
    assert page.status_code == 200
    context = page.context
    assert [r.ref for r in context["opened"]] == ["fill:C45"]
    assert {s["code"]: s["after"] for s in context["stages"]}["S0"] >= 1
    assert len(context["losses"]) == 2
    assert context["lost_to"] == [{"lost_to": "Wuxi", "n": 2}]
    assert set(context["money"]) == {"binding", "loose", "evidenced", "verified"}
    assert "style=" not in page.content.decode()


def test_the_year_exports_without_formulas(alice, things, members):
    several(things, members, 1)
    Deal.objects.filter(status="lost").update(status_why="=1+1", lost_to="")
    text = alice.get(reverse("year", args=[2026]), {"export": "csv"})
    assert "\n=1" not in text.content.decode("utf-8-sig")
    assert "'=1+1" in text.content.decode("utf-8-sig")


@pytest.mark.parametrize("year", [1200, 3000])
def test_a_year_far_off_is_not_there(alice, year):
    assert alice.get(reverse("year", args=[year])).status_code == 404
