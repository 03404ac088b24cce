"""Pages of deals: board, table, print, files, record, gate, stated likelihoods."""

import datetime
import io
import re
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yanlian_web.desk.acting import today
from yanlian_web.desk.actions import deals as actions
from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.models import Deal, Event, Promise

LANGUAGES = ["en", "zh-hans"]
DAY = datetime.timedelta(days=1)


def more_deals(members, things, count, stage="S3", **values):
    """Add deals of one company each, at a stage."""
    made = []
    for number in range(count):
        firm = record_add(
            by=members["bo"], kind="company", training=True,
            values={"firm_id": f"T9{Deal.objects.count():03d}", "name_en": f"Firm {number:03d}", "name_zh": f"企业{number}"},
        )  # fmt: skip
        deal = record_add(
            by=members["bo"], kind="deal", training=True,
            values={"company": firm, "pipeline": things["pipeline"], "gap": things["gap"], **values},
        )  # fmt: skip
        made.append(deal)
    Deal.objects.filter(pk__in=[deal.pk for deal in made]).update(stage=stage)
    return made


def queries(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "path",
    [
        "/deals/", "/deals/?view=table&sort=-stage", "/deals/?view=print",
        "/deals/?owner=me&q=haiyue", "/deals/?status=closed", "/deals/forecasts/",
        "/deals/{pk}/", "/deals/{pk}/?view=table&sort=value", "/deals/{pk}/gate/",
        "/deals/{pk}/gate/?to=S7b", "/deals/{pk}/gate/?to=S99",
    ],
)  # fmt: skip
def test_it_works_in_both_languages(alice, things, path, language):
    alice.cookies["django_language"] = language
    response = alice.get(path.format(pk=things["deal"].pk))
    text = response.content.decode()
    assert response.status_code == 200
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=", text)
    assert "None" not in re.sub(r"<[^>]+>", " ", text).split()


@pytest.mark.parametrize(
    "path", ["/deals/?at=S3", "/deals/?view=table", "/deals/?view=print"]
)
def test_the_number_of_queries_does_not_grow(alice, members, things, path):
    more_deals(members, things, 1)
    few = queries(alice, path)
    more_deals(members, things, 19)
    assert queries(alice, path) == few
    assert few <= 20


def test_the_record_asks_a_fixed_number_of_times(alice, members, things):
    path = f"/deals/{things['deal'].pk}/"
    few = queries(alice, path)
    for number in range(8):
        record_add(
            by=members["bo"], kind="promise", training=True,
            values={
                "side": "theirs", "text_en": str(number), "company": things["company"],
                "deal": things["deal"], "made_on": today(), "due_on": today() + DAY, "owner": members["bo"],
            },
        )  # fmt: skip
        actions.deal_forecast(
            by=members["bo"], pk=things["deal"].pk, version=None, percent=number
        )
    assert queries(alice, path) == few
    assert few <= 36


def test_the_board_holds_a_dozen_cards_and_says_how_many_there_are(
    alice, members, things
):
    more_deals(members, things, 15)
    page = alice.get("/deals/")
    columns = {c["code"]: c for c in page.context["columns"]}
    assert (columns["S3"]["count"], len(columns["S3"]["cards"])) == (15, 12)
    assert columns["S3"]["rest"]
    assert not columns["S4"]["wide"], "empty stages fold"
    assert (columns["S0"]["count"], columns["S0"]["wide"]) == (1, False)
    assert "All 15" in page.content.decode()
    line = {s["code"]: s for s in page.context["line"]}
    assert line["S7a"]["loose"]
    assert not line["S7a"]["firm"]
    assert line["S7b"]["firm"]
    assert len(line) == 15


def test_a_card_shows_ageing_promise_and_what_is_missing(alice, members, things):
    deal = things["deal"]
    Deal.objects.update(stage="S4", stage_on=today() - 26 * DAY)
    Promise.objects.update(due_on=today() - 5 * DAY)
    card = next(
        c for column in alice.get("/deals/").context["columns"] for c in column["cards"]
    )
    assert (card["days"], card["norm"], card["age"]) == (26, 21, "above")
    assert card["promise"]["late"] == 5
    # The incentive on file is the draft offer; all else is missing.
    assert card["to"] == "S5"
    assert card["lacking"] > 2
    things["pipeline"].norms = {"S4": 10}
    things["pipeline"].save()
    card = next(
        c for column in alice.get("/deals/").context["columns"] for c in column["cards"]
    )
    assert (card["norm"], card["age"]) == (10, "late")
    text = alice.get("/deals/").content.decode()
    assert f'data-gate="/deals/{deal.pk}/gate/"' in text
    assert "5 days late" in text


def test_filters_narrow_board_table_and_file_alike(alice, client, members, things):
    mine = more_deals(members, things, 2, owner=members["alice"])
    total = lambda query: alice.get(f"/deals/?{query}").context["total"]  # noqa: E731
    assert total("") == total("view=table") == 3
    assert total("owner=me") == total("owner=me&view=table") == 2
    assert total(f"owner={members['bo'].pk}") == 1
    assert total("q=Firm 001") == 1
    assert total("q=企业0") == 1
    assert total(f"gap={things['gap'].pk}") == 3
    assert total(f"pipeline={things['pipeline'].pk}") == 3
    assert total("pipeline=999") == total("stage=S12") == total("status=lost") == 0
    actions.deal_close(
        by=members["bo"], pk=mine[0].pk, version=None, status="lost", why="Land",
        lost_to="Linjiang",
    )  # fmt: skip
    assert (total(""), total("status=closed"), total("status=all")) == (2, 1, 3)
    rows = alice.get("/deals/?export=csv&status=closed").content.decode().splitlines()
    assert len(rows) == 2
    assert "Linjiang" in rows[1]


def test_nonsense_in_the_address_does_no_harm(alice, things):
    for query in (
        "owner=x&pipeline=-1&gap=<b>&status=?&stage=S44&at=S99&sort=drop&page=-3",
        "view=nothing&export=exe", "q=%00'%22%25", "view=table&page=99999",
    ):  # fmt: skip
        assert alice.get(f"/deals/?{query}").status_code == 200


@pytest.mark.parametrize("sort", ["company", "-company", "stage", "days", "value", "likely"])  # fmt: skip
def test_the_table_is_sorted_and_the_record_walks_through_it(
    alice, members, things, sort
):
    made = more_deals(members, things, 4)
    for number, deal in enumerate(made):
        Deal.objects.filter(pk=deal.pk).update(
            value_cny=number or None, likelihood=number / 10 if number else None,
            stage_on=today() - number * DAY, stage=f"S{number}",
        )  # fmt: skip
    path = f"view=table&sort={sort}"
    rows = [r["deal"].pk for r in alice.get(f"/deals/?{path}").context["rows"]]
    assert len(rows) == 5
    for number, pk in enumerate(rows):
        near = alice.get(f"/deals/{pk}/?{path}").context["near"]
        assert (near["at"], near["total"]) == (number + 1, 5)
        assert near["before"] == (rows[number - 1] if number else None)
        assert near["after"] == (rows[number + 1] if number < 4 else None)


def test_from_the_board_the_record_walks_down_the_column(alice, members, things):
    made = more_deals(members, things, 3)
    near = alice.get(f"/deals/{made[1].pk}/").context["near"]
    assert (near["at"], near["total"]) == (2, 3)
    assert (near["before"], near["after"]) == (made[0].pk, made[2].pk)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_files_hold_text_and_no_formulas(alice, members, things, form):
    Deal.objects.update(title_en='=1+1<script>alert("x")</script>', title_zh="")
    things["deal"].office.training = True
    things["deal"].office.save()
    response = alice.get(f"/deals/?export={form}")
    assert f'filename="deals-{today()}.{form}"' in response["Content-Disposition"]
    if form == "csv":
        text = response.content.decode("utf-8-sig")
        assert not re.search(r"(?m)(^|,)\"?=1", text)
        assert "training data" in text
    else:
        book = zipfile.ZipFile(io.BytesIO(response.content))
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_markup_is_shown_as_text(alice, members, things):
    bad = "<script>alert(1)</script>"
    actions.deal_note(
        by=members["bo"], pk=things["deal"].pk, version=None, key="fit", text=bad
    )
    Deal.objects.update(title_en=bad, lost_to=bad, status="lost", status_why=bad)
    page = alice.get(f"/deals/{things['deal'].pk}/").content.decode()
    assert bad not in page
    assert "&lt;script&gt;" in page


# The gate -----------------------------------------------------------------------------


def test_the_gate_says_what_is_missing_who_can_supply_it_and_where(alice, things):
    deal = things["deal"]
    Deal.objects.update(stage="S1")
    page = alice.get(f"/deals/{deal.pk}/gate/?to=S2")
    rows = {row["key"]: row for row in page.context["rows"]}
    assert set(rows) == {"fit", "need", "timing", "budget", "screen"}
    assert f"/do/deal-note/{deal.pk}/?key=fit&next=" in rows["fit"]["supply"]
    text = page.content.decode()
    assert '<button class="btn" disabled' in text
    assert "analyst can supply it" in text
    assert f"/do/deal-exception/{deal.pk}/?to=S2" in text
    keys = ("visit", "promises", "contact", "offer", "agreement_text", "competition")
    page = alice.get(f"/deals/{deal.pk}/gate/?to=S7b")
    rows = {row["key"]: row for row in page.context["rows"]}
    for key in keys:
        assert rows[key]["kept"] or rows[key]["supply"], key


def test_the_gate_opens_when_all_is_there_and_the_move_is_one_press(
    alice, members, things
):
    deal = things["deal"]
    page = alice.get(f"/deals/{deal.pk}/gate/?to=S1").content.decode()
    assert '<button class="btn main">Move to Lead</button>' in page
    version = re.search(r'name="version" value="(\d+)"', page).group(1)
    answer = alice.post(
        f"/do/deal-move/{deal.pk}/",
        {"to": "S1", "version": version, "next": f"/deals/{deal.pk}/"},
    )
    assert (answer.status_code, answer["Location"]) == (302, f"/deals/{deal.pk}/")
    deal.refresh_from_db()
    assert deal.stage == "S1"
    # Sent a second time, from an old page, it is told instead of moving twice.
    again = alice.post(f"/do/deal-move/{deal.pk}/", {"to": "S2", "version": version})
    assert again.status_code == 409


def test_what_is_forbidden_stays_forbidden_when_the_form_is_sent_by_hand(
    client, people, things
):
    client.force_login(people["bo"])
    path = f"/do/deal-move/{things['deal'].pk}/"
    answer = client.post(path, {"to": "S7b", "version": "1"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "things are missing for Investment agreement" in text
    assert "You handle this deal" in text
    exception = f"/do/deal-exception/{things['deal'].pk}/"
    assert client.post(exception, {"to": "S5", "why": "x"}).status_code == 403
    things["deal"].refresh_from_db()
    assert things["deal"].stage == "S0"


def test_the_gate_is_a_part_for_htmx_and_a_page_without(alice, things):
    path = f"/deals/{things['deal'].pk}/gate/?to=S3"
    assert b"<html" in alice.get(path).content
    part = alice.get(path, headers={"HX-Request": "true"}).content
    assert b"<html" not in part
    assert b"data-close" in part


def test_whoever_handles_the_deal_reads_why_the_button_is_off(client, people, things):
    Deal.objects.update(stage="S6")
    client.force_login(people["bo"])
    page = client.get(f"/deals/{things['deal'].pk}/gate/?to=S7b").content.decode()
    assert "You handle this deal, so you cannot confirm its win" in page
    assert 'class="btn main">Move' not in page


def test_a_reader_sees_the_gate_and_nothing_to_press(client, people, things):
    client.force_login(people["rita"])
    for path in ("/deals/", f"/deals/{things['deal'].pk}/", f"/deals/{things['deal'].pk}/gate/"):  # fmt: skip
        page = client.get(path).content.decode()
        assert "/do/" not in page
        assert "/new/" not in page
        assert "deals.js" not in page


def test_a_deal_of_my_own_is_hidden_from_colleagues(client, people, members, things):
    Deal.objects.update(visibility="own", owner=members["alice"], made_by=members["alice"])  # fmt: skip
    pk = things["deal"].pk
    for who, status, total in (("bo", 404, 0), ("rita", 404, 0), ("alice", 200, 1)):
        client.force_login(people[who])
        assert client.get(f"/deals/{pk}/").status_code == status
        assert client.get(f"/deals/{pk}/gate/").status_code == status
        assert client.get("/deals/?view=table").context["total"] == total


# Money --------------------------------------------------------------------------------


def test_money_that_binds_and_money_that_does_not_stand_apart(alice, things):
    from yanlian_web.desk.models import Agreement, Payment

    deal = things["deal"]
    first = Agreement.objects.get(deal=deal)
    Agreement.objects.filter(pk=first.pk).update(state="signed", value_cny=3e8)
    Agreement.objects.create(
        office=deal.office, deal=deal, company=deal.company, sort_of="framework",
        state="signed", value_cny=5e8, title_en="Framework",
    )  # fmt: skip
    for number, day in enumerate((None, today())):
        Payment.objects.create(
            office=deal.office, deal=deal, on=today(), value_cny=1e7 * (number + 1),
            verified_on=day,
        )  # fmt: skip
    loose, firm = alice.get(f"/deals/{deal.pk}/").context["money"]
    assert (loose["promised"], loose["evidenced"], loose["verified"]) == (5e8, None, None)  # fmt: skip
    assert (firm["promised"], firm["evidenced"], firm["verified"]) == (3e8, 3e7, 2e7)
    page = alice.get(f"/deals/{deal.pk}/").content.decode()
    assert "CNY 800 m" not in page


# Likelihoods --------------------------------------------------------------------------


def test_stated_likelihoods_are_scored_by_what_came(alice, members, things, office):
    deals = more_deals(members, things, 4)
    said = [0.8, 0.4, 0.5, 0.9]
    for deal, value in zip(deals, said, strict=True):
        actions.deal_forecast(by=members["bo"], pk=deal.pk, version=None, percent=100 * value)  # fmt: skip
    # Brier by hand: one landed, one lost, one still open, one landed the same day.
    ends = [("stage", "S8", 1), ("status", "lost", 1), None, ("stage", "S8", 0)]
    line = Event.objects.first().line
    for deal, end in zip(deals, ends, strict=True):
        if end:
            kind, what, days = end
            Event.objects.create(
                office=office, line=line, kind=kind, subject=deal.ref, deal=deal.ref,
                what=what, on=today() + days * DAY, recorded_on=today(),
            )  # fmt: skip
    page = alice.get("/deals/forecasts/").context
    assert page["all"]["count"] == 2
    assert page["all"]["score"] == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert page["all"]["mean"] == pytest.approx(0.25)
    assert page["still"] == 1
    assert [row["code"] for row in page["rows"]] == ["S3"]
