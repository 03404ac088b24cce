"""The home page: the leader's decisions, the officer's day, and before there is anything."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yanlian_web.desk.acting import today
from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.models import (
    Agreement,
    Deal,
    Gap,
    Incentive,
    Meeting,
    Milestone,
    Payment,
    Promise,
    Trip,
)

DAY = datetime.timedelta(days=1)
LANGUAGES = ["en", "zh-hans"]


def queries(client):
    client.get("/")
    with CaptureQueriesContext(connection) as found:
        assert client.get("/").status_code == 200
    return len(found)


@pytest.mark.parametrize("who", ["alice", "bo", "rita"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_works_in_both_languages(client, people, things, who, language):
    client.force_login(people[who])
    client.cookies["django_language"] = language
    text = client.get("/").content.decode()
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=", text)
    assert "None" not in re.sub(r"<[^>]+>", " ", text).split()


def test_an_empty_desk_teaches_how_to_begin(alice):
    page = alice.get("/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "yanlian training load" in text
    assert text.count("<li>") > 3
    assert "Trip to" in text


def test_before_the_main_job_has_run_there_is_a_page(client, people, other_office):
    client.force_login(people["chen"])
    assert client.get("/").status_code == 200
    from yanlian_web.desk.models import Company, Pipeline

    chen = people["chen"].member
    firm = Company.objects.create(office=other_office, firm_id="T1", name_en="Haiyue")
    line = Pipeline.objects.create(office=other_office, name_en="Main", name_zh="主线")
    record_add(by=chen, kind="deal", values={"company": firm, "pipeline": line})
    page = client.get("/")
    assert page.status_code == 200
    assert page.context["line"]["scored"] is None
    chen.role = "officer"
    chen.save()
    assert client.get("/").status_code == 200


def test_the_leader_reads_what_waits_with_one_button_each(alice, members, things):
    Gap.objects.update(owner=None)
    Promise.objects.update(side="ours", due_on=today() - 12 * DAY)
    Incentive.objects.update(level="amber")
    Milestone.objects.create(
        office=things["deal"].office, deal=things["deal"], code="registered",
        reached_on=today() - DAY, claimed_by=members["bo"],
    )  # fmt: skip
    page = alice.get("/")
    kinds = [d["kind"] for d in page.context["decisions"]]
    assert kinds == ["trip", "gap", "promise", "incentive", "win"]
    text = page.content.decode()
    table = text[text.index('<table class="decide">') : text.index("</table>")]
    assert table.count("btn main") == 1
    assert "12 days late" in table


def test_what_is_settled_does_not_wait(alice, members, things):
    trip = alice.get("/").context["decisions"][0]
    assert trip["kind"] == "trip"
    Trip.objects.update(run_id=trip["run"])
    Promise.objects.update(kept_on=today())
    Incentive.objects.update(level="green")
    Gap.objects.update(owner=members["bo"])
    page = alice.get("/")
    assert page.context["decisions"] == []
    assert "Nothing waits for you." in page.content.decode()


def test_a_win_of_ones_own_does_not_wait_for_oneself(alice, members, things):
    Milestone.objects.create(
        office=things["deal"].office, deal=things["deal"], code="registered",
        reached_on=today(), claimed_by=members["alice"],
    )  # fmt: skip
    assert "win" not in [d["kind"] for d in alice.get("/").context["decisions"]]


def test_the_line_counts_this_year(alice, members, things):
    deal = things["deal"]
    day = max(today() - 10 * DAY, today().replace(month=1, day=1))
    Meeting.objects.update(state="final", on=day)
    Promise.objects.update(due_on=day, kept_on=day)
    Agreement.objects.update(state="signed", signed_on=day, value_cny=3e8)
    Agreement.objects.create(
        office=deal.office, deal=deal, company=deal.company, sort_of="framework",
        state="signed", signed_on=day, value_cny=5e8, title_en="F",
    )  # fmt: skip
    Payment.objects.create(office=deal.office, deal=deal, on=day, value_cny=1e7)
    Payment.objects.create(
        office=deal.office, deal=deal, on=day, value_cny=2e7, verified_on=day
    )
    page = alice.get("/").context
    line, landing = page["line"], page["landing"]
    assert (line["gaps"], line["visits"], line["due"], line["kept"]) == (1, 1, 1, 1)
    assert (landing["frameworks"], landing["investments"]) == (1, 1)
    # Three figures; no sum of any two of them is anywhere.
    assert (landing["loose"], landing["firm"], landing["paid"]) == (5e8, 3e8, 2e7)
    text = alice.get("/").content.decode()
    for mixed in ("CNY 800 m", "CNY 320 m", "CNY 520 m", "CNY 820 m"):
        assert mixed not in text
    assert page["promised"]["ours"]["rate"] == 1.0


def test_readers_see_the_leaders_page_without_buttons(client, people, things):
    Promise.objects.update(due_on=today() - DAY)
    client.force_login(people["rita"])
    page = client.get("/")
    assert page.context["decisions"]
    text = page.content.decode()
    assert "btn main" not in text
    assert "/new/" not in text


def test_the_officer_reads_today_dues_gates_and_who_was_not_seen(
    client, people, members, things
):
    Meeting.objects.update(on=today(), state="planned", owner=members["bo"])
    Promise.objects.update(due_on=today(), owner=members["bo"])
    Deal.objects.update(stage="S1", stage_on=today() - 40 * DAY)
    client.force_login(people["bo"])
    page = client.get("/").context
    assert [m["now"] for m in page["meetings"]] == [True]
    assert page["due"]["rows"][0]["now"]
    assert page["stopped"][0]["to"] == "S2"
    assert str(page["stopped"][0]["who"]) == "owner"
    assert (page["stale"][0]["days"], page["stale"][0]["norm"]) == (40, 30)
    Meeting.objects.update(on=today() - 3 * DAY, state="final")
    assert client.get("/").context["stale"] == []


@pytest.mark.parametrize("who", ["alice", "bo"])
def test_the_number_of_queries_does_not_grow(client, people, members, things, who):
    client.force_login(people[who])
    few = queries(client)
    for number in range(20):
        deal = record_add(
            by=members["bo"], kind="deal", training=True,
            values={"company": things["company"], "pipeline": things["pipeline"], "title_en": str(number)},
        )  # fmt: skip
        record_add(
            by=members["bo"], kind="promise", training=True,
            values={
                "side": "ours", "text_en": "x", "company": things["company"], "deal": deal,
                "made_on": today(), "due_on": today(), "owner": members["bo"],
            },
        )  # fmt: skip
    assert queries(client) == few
    assert few <= 52


def test_the_rail_counts_work_that_waits(client, people, members, things):
    Promise.objects.update(due_on=today() - DAY, owner=members["bo"])
    Deal.objects.update(stage_on=today() - 400 * DAY)
    Agreement.objects.update(state="signed", next_on=today() - DAY)
    Milestone.objects.create(
        office=things["deal"].office, deal=things["deal"], code="land",
        reached_on=today(), claimed_by=members["bo"],
    )  # fmt: skip
    client.force_login(people["bo"])
    found = client.get("/deals/").context["waiting"]
    assert dict(found.items()) == {"meetings": 1, "deals": 1, "agreements": 1, "landing": 0, "cultivate": 0}  # fmt: skip
    client.force_login(people["alice"])
    found = client.get("/deals/").context["waiting"]
    assert dict(found.items()) == {"meetings": 0, "deals": 0, "agreements": 0, "landing": 1, "cultivate": 0}  # fmt: skip


def test_a_part_of_a_page_does_not_count_for_the_rail(alice, things):
    with CaptureQueriesContext(connection) as found:
        alice.get(f"/deals/{things['deal'].pk}/gate/", headers={"HX-Request": "true"})
    assert not any('"next_on" <' in query["sql"] for query in found)
