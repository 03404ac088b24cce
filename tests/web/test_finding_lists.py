"""Views kept of lists, lists in every shape, the way through a list, fields in place."""

import datetime

import pytest
from django.http import QueryDict

from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.neighbours import neighbours
from yanlian_web.desk.shapes import LISTS
from yanlian_web.finding.actions import cell_set, cell_undo, view_save, views_of
from yanlian_web.finding.lists import normal
from yanlian_web.finding.models import SavedView

DAY = datetime.date


def sent(response):
    return response.content.decode()


# Views ------------------------------------------------------------------------------


def test_a_view_keeps_filters_and_shape_in_one_order():
    assert normal("page=4&view=map&q=a&owner=&export=csv") == "q=a&view=map"
    assert normal("q=a&view=map") == normal("view=map&q=a")
    assert normal("") == ""


def test_a_view_is_kept_opened_named_anew_and_taken_away(alice, members):
    page = sent(alice.get("/meetings/?state=draft&page=2"))
    assert "/views/new/?page=meetings&amp;query=state%3Ddraft" in page
    answer = alice.post(
        "/views/new/",
        {"page": "meetings", "query": "state=draft&page=2", "name_en": "Drafts", "name_zh": "草稿"},
    )  # fmt: skip
    assert answer.status_code == 302
    assert answer["Location"] == "/meetings/?state=draft"
    page = sent(alice.get("/meetings/"))
    assert '<a href="/meetings/?state=draft">Drafts</a>' in page
    alice.cookies["django_language"] = "zh-hans"
    assert "草稿" in sent(alice.get("/meetings/?state=draft"))
    view = SavedView.objects.get()
    alice.post(
        f"/views/{view.pk}/",
        {"version": view.version, "name_en": "To write", "name_zh": "", "first": ""},
    )
    assert "To write" in sent(alice.get("/views/"))
    view.refresh_from_db()
    alice.post(f"/views/{view.pk}/", {"version": view.version, "do": "drop"})
    assert "To write" not in sent(alice.get("/views/"))


def test_own_views_are_for_oneself_shared_ones_for_the_team_or_the_office(members):
    bo, rita, alice = (members[name] for name in ("bo", "rita", "alice"))
    bo.team = "north"
    bo.save()
    for name, visibility in (("A", "own"), ("B", "team"), ("C", "office")):
        view_save(by=bo, page="deals", query="owner=me", name_en=name, visibility=visibility)  # fmt: skip

    def seen(member):
        return [str(view) for view in views_of(member, "deals")]

    assert seen(bo) == ["A", "B", "C"]
    assert seen(rita) == ["C"]
    assert seen(alice) == ["C"]
    rita.team = "north"
    rita.save()
    assert seen(rita) == ["B", "C"]


def test_who_only_reads_keeps_own_views_and_shares_none(client, people, members):
    client.force_login(people["rita"])
    given = {"page": "deals", "query": "owner=me", "name_en": "Mine"}
    assert client.post("/views/new/", given).status_code == 302
    assert client.post("/views/new/", {**given, "name_en": "Ours", "visibility": "office"}).status_code == 403  # fmt: skip
    assert SavedView.objects.count() == 1


def test_another_member_cannot_change_a_view(client, people, members):
    view = view_save(by=members["bo"], page="deals", query="owner=me", name_en="Bo's", visibility="office")  # fmt: skip
    own = view_save(by=members["bo"], page="deals", query="owner=me&q=a", name_en="Own")
    change = {"version": 1, "name_en": "Taken", "name_zh": ""}
    client.force_login(people["rita"])
    assert client.post(f"/views/{view.pk}/", change).status_code == 403
    client.force_login(people["chen"])
    assert client.post(f"/views/{view.pk}/", change).status_code == 403
    client.force_login(people["alice"])
    # The head looks after what the office shares, and leaves own views alone.
    assert client.post(f"/views/{own.pk}/", change).status_code == 403
    assert client.post(f"/views/{view.pk}/", change).status_code == 302


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name_en": ""}, "Give it in English or in Chinese"),
        ({"page": "nothing"}, "There is no such list"),
        ({"visibility": "all"}, "Choose for whom"),
        ({"visibility": "team"}, "You belong to no team"),
        ({"query": "q=" + "a" * 1200}, "Expected at most 1000"),
        ({"name_en": "x\u202ey"}, "cannot be seen"),
        ({"name_en": "n" * 200}, "60"),
    ],
)
def test_what_is_wrong_with_a_view_is_said_and_nothing_kept(
    alice, members, given, says
):
    answer = alice.post(
        "/views/new/", {"page": "deals", "query": "owner=me", "name_en": "V", **given}
    )
    assert answer.status_code == 422
    assert says in sent(answer)
    assert not SavedView.objects.exists()


def test_two_views_of_a_list_have_two_names(alice, members):
    given = {"page": "deals", "query": "owner=me", "name_en": "<b>Mine</b>"}
    assert alice.post("/views/new/", given).status_code == 302
    answer = alice.post("/views/new/", given)
    assert answer.status_code == 422
    assert "<b>Mine" not in sent(answer)
    assert "<b>Mine" not in sent(alice.get("/deals/"))


def test_a_stale_change_of_a_view_is_told(alice, members):
    view = view_save(by=members["alice"], page="deals", query="owner=me", name_en="V")
    change = {"version": view.version, "name_en": "W", "name_zh": ""}
    assert alice.post(f"/views/{view.pk}/", change).status_code == 302
    answer = alice.post(f"/views/{view.pk}/", {**change, "name_en": "X"})
    assert answer.status_code == 409
    assert "after you opened it" in sent(answer)


def test_a_list_opens_with_the_view_chosen_for_it(alice, members):
    assert alice.get("/deals/").status_code == 200
    view_save(by=members["alice"], page="deals", query="owner=me", name_en="V", first=True)  # fmt: skip
    answer = alice.get("/deals/")
    assert answer.status_code == 302
    assert answer["Location"] == "/deals/?owner=me"
    # Who takes the filter away on the list itself sees all of it.
    again = alice.get(
        "/deals/", headers={"Referer": "http://testserver/deals/?owner=me"}
    )
    assert again.status_code == 200
    assert alice.get("/deals/?view=table").status_code == 200
    second = view_save(by=members["alice"], page="deals", query="q=a", name_en="W", first=True)  # fmt: skip
    assert SavedView.objects.filter(first=True).get() == second


def test_own_first_view_goes_before_that_of_the_office(client, people, members):
    view_save(by=members["alice"], page="deals", query="q=o", name_en="O", visibility="office", first=True)  # fmt: skip
    client.force_login(people["bo"])
    assert client.get("/deals/")["Location"] == "/deals/?q=o"
    view_save(by=members["bo"], page="deals", query="q=b", name_en="B", first=True)
    assert client.get("/deals/")["Location"] == "/deals/?q=b"


# Shapes -----------------------------------------------------------------------------

EVERY = [(item.page, shape) for item in LISTS.values() for shape in item.shapes]


def test_every_list_shows_every_shape_it_offers_under_the_same_filters(alice, things):
    for page, shape in [*EVERY, ("gaps", "board"), ("gaps", "print")]:
        answer = alice.get(f"/{page}/?view={shape}&q=haiyue&month=2026-03")
        assert answer.status_code == 200, (page, shape)
        text = sent(answer)
        assert f'aria-current="true">{shape.title()}</a>' in text, (page, shape)
        if page != "gaps":
            # The filters go along to the other shapes.
            assert "q=haiyue" in text


def test_a_shape_that_makes_no_sense_is_not_offered(alice, things):
    for page, shape in (("people", "map"), ("people", "calendar"), ("companies", "calendar"), ("gaps", "map")):  # fmt: skip
        text = sent(alice.get(f"/{page}/?view={shape}"))
        assert f">{shape.title()}</a>" not in text
        assert 'aria-current="true">Table</a>' in text


def test_shapes_show_the_records_that_fit_and_no_others(client, people, things):
    bo = people["bo"].member
    hid = record_add(
        by=bo, kind="meeting", training=True,
        values={
            "way": "call", "title_en": "Secret call", "on": DAY(2026, 3, 5), "owner": bo,
            "company": things["company"], "visibility": "own",
        },
    )  # fmt: skip
    for shape in ("table", "board", "calendar", "print"):
        client.force_login(people["bo"])
        text = sent(client.get(f"/meetings/?view={shape}&month=2026-03"))
        assert "Secret call" in text, shape
        assert "training data" in text
        client.force_login(people["rita"])
        text = sent(client.get(f"/meetings/?view={shape}&month=2026-03"))
        assert "Secret call" not in text, shape
        assert f"/meetings/{hid.pk}/" not in text
        assert "Visit" in text, shape
        text = sent(client.get(f"/meetings/?view={shape}&month=2026-03&way=call"))
        assert "Visit</" not in text, shape


def test_odd_months_are_this_month(alice, things):
    for month in ("", "0000-13", "9999-01", "abc", "2026-1", "<script>"):
        answer = alice.get("/promises/", {"view": "calendar", "month": month})
        assert answer.status_code == 200
        assert "<script>" not in sent(answer)


def test_a_map_draws_points_on_plain_coordinates(alice, members):
    from yanlian_web.desk.models import Company

    firm = Company.objects.filter(
        office=members["bo"].office, lat__isnull=False
    ).first()
    record_add(by=members["bo"], kind="meeting", values={"way": "call", "title_en": "Here", "on": DAY(2026, 3, 5), "company": firm, "owner": members["bo"]})  # fmt: skip
    text = sent(alice.get("/meetings/?view=map"))
    assert '<circle class="dot"' in text
    assert "° N" in text
    assert "Here" in text


def test_shapes_ask_the_same_number_of_questions_however_long_the_list_is(
    alice, things, members, django_assert_max_num_queries
):
    from yanlian_web.desk.models import Meeting

    Meeting.objects.bulk_create(
        Meeting(
            office=members["bo"].office, way="call", title_en=f"Call {n}", on=DAY(2026, 3, 1 + n % 28),
            company=things["company"], owner=members["bo"], training=True,
        )
        for n in range(120)
    )  # fmt: skip
    for shape in ("board", "calendar", "map", "print"):
        alice.get(f"/meetings/?view={shape}&month=2026-03")
        with django_assert_max_num_queries(24):
            alice.get(f"/meetings/?view={shape}&month=2026-03")


# Through the list -------------------------------------------------------------------


def test_previous_and_next_go_through_every_list_in_its_order(members, things):
    from yanlian_web.desk.models import Agreement, Meeting, Person

    bo = members["bo"]
    Meeting.objects.bulk_create(
        Meeting(
            office=bo.office, way="call", title_en=f"Call {n}", on=DAY(2026, 3, 1 + n % 3),
            start_min=None if n % 2 else 60 * n, owner=bo,
        )
        for n in range(9)
    )  # fmt: skip
    Person.objects.bulk_create(
        Person(
            office=bo.office, name_en=f"P{n}", side="ours", rank=n % 3 or None,
            sort=f"p{n % 2}", source="s", source_on=DAY(2026, 1, 1),
        )
        for n in range(8)
    )  # fmt: skip
    Agreement.objects.bulk_create(
        Agreement(
            office=bo.office, sort_of="framework", title_en=f"A{n}", company=things["company"],
            signed_on=DAY(2026, 1, 1 + n) if n % 2 else None, state="draft",
        )
        for n in range(6)
    )  # fmt: skip
    for page, query in (
        ("meetings", ""), ("meetings", "way=call"), ("people", ""), ("people", "side=ours"),
        ("agreements", ""), ("promises", "state=all"), ("landing", ""), ("organisations", ""),
    ):  # fmt: skip
        listing, given = LISTS[page], QueryDict(query)
        order = list(listing.found(bo, given).values_list("pk", flat=True))
        for k, pk in enumerate(order):
            near = neighbours(listing, bo, given, pk)
            assert near == {
                "total": len(order),
                "at": k + 1,
                "before": order[k - 1] if k else None,
                "after": order[k + 1] if k + 1 < len(order) else None,
            }, (page, query, k)


def test_the_way_through_the_list_keeps_its_filters(alice, members, things):
    text = sent(alice.get("/meetings/?state=planned&page=1"))
    link = f"/meetings/{things['meeting'].pk}/?from=meetings%3Fstate%3Dplanned"
    assert link in text
    page = sent(alice.get(link))
    assert 'href="/meetings/?state=planned"' in page
    assert "1 of 1" in page


def test_a_wrong_way_is_no_error(alice, things):
    for way in ("", "nothing", "deals?x=1", "meetings?from=%00", "meetings?state=<i>x", "people"):  # fmt: skip
        answer = alice.get(f"/meetings/{things['meeting'].pk}/", {"from": way})
        assert answer.status_code == 200
        assert "<i>x" not in sent(answer)


# In place ---------------------------------------------------------------------------


def test_a_field_is_changed_in_place_and_put_back(alice, members, things):
    deal = things["deal"]
    part = {"HX-Request": "true"}
    url = f"/cell/deal/{deal.pk}/stage_note/"
    form = sent(alice.get(url + "?next=/deals/", headers=part))
    assert 'name="stage_note"' in form
    assert "<html" not in form
    answer = alice.post(
        url, {"stage_note": "Plot <b>shown</b>", "version": deal.version, "next": "/deals/"}, headers=part
    )  # fmt: skip
    assert answer.status_code == 200
    text = sent(answer)
    assert "Plot &lt;b&gt;shown" in text
    assert "hx-swap-oob" in text
    deal.refresh_from_db()
    assert deal.stage_note == "Plot <b>shown</b>"
    line = int(text.split("/undo/")[1].split("/")[0])
    answer = alice.post(f"/undo/{line}/", {"version": deal.version, "next": "/deals/"})
    assert (answer.status_code, answer["Location"]) == (302, "/deals/")
    deal.refresh_from_db()
    assert deal.stage_note == ""
    assert "Put back" in sent(alice.get("/deals/"))
    assert "Put back" not in sent(alice.get("/deals/"))


def test_without_javascript_it_is_a_form_and_the_list_offers_to_undo(alice, things):
    deal = things["deal"]
    url = f"/cell/deal/{deal.pk}/owner/"
    assert "<html" in sent(alice.get(url))
    answer = alice.post(
        url, {"owner": "", "version": deal.version, "next": "/deals/?view=table"}
    )
    assert answer["Location"] == "/deals/?view=table"
    text = sent(alice.get("/deals/?view=table"))
    assert 'action="/undo/' in text
    assert 'action="/undo/' not in sent(alice.get("/deals/?view=table"))


def test_undo_is_refused_when_somebody_changed_the_record_since(alice, members, things):
    deal = things["deal"]
    record, line = cell_set(
        by=members["alice"], kind="deal", pk=deal.pk, version=deal.version,
        field="stage_note", value="one",
    )  # fmt: skip
    record_change(by=members["bo"], kind="deal", pk=deal.pk, version=None, values={"jobs": 3})  # fmt: skip
    answer = alice.post(f"/undo/{line.pk}/", {"version": record.version})
    assert answer.status_code == 409
    assert "bo" in sent(answer)
    deal.refresh_from_db()
    assert deal.stage_note == "one"


def test_only_who_changed_it_undoes_it_and_only_such_a_change(
    client, people, members, things
):
    from yanlian_web.offices.models import LogLine

    deal = things["deal"]
    record, line = cell_set(
        by=members["bo"], kind="deal", pk=deal.pk, version=deal.version, field="stage_note", value="one"
    )  # fmt: skip
    client.force_login(people["alice"])
    sent_back = {"version": record.version}
    assert client.post(f"/undo/{line.pk}/", sent_back).status_code == 403
    client.force_login(people["rita"])
    assert client.post(f"/undo/{line.pk}/", sent_back).status_code == 403
    client.force_login(people["bo"])
    added = LogLine.objects.filter(code="desk.deal.added").first()
    assert client.post(f"/undo/{added.pk}/", sent_back).status_code == 403
    assert client.post(f"/undo/{line.pk}/", {"version": "x"}).status_code == 409
    assert client.post(f"/undo/{line.pk}/", sent_back).status_code == 302
    # Once more is too late: the record is another one by now.
    assert client.post(f"/undo/{line.pk}/", sent_back).status_code == 409


def test_a_due_day_is_moved_with_its_reason_and_moved_back(members, things):
    from yanlian_web.desk.acting import Refused, today
    from yanlian_web.desk.models import Event

    bo, promise = members["bo"], things["promise"]
    later = today() + datetime.timedelta(days=30)
    given = {"by": bo, "kind": "promise", "pk": promise.pk, "field": "due_on", "value": later}  # fmt: skip
    with pytest.raises(Refused):
        cell_set(**given, version=promise.version, why=" ")
    record, line = cell_set(**given, version=promise.version, why="asked for time")
    assert record.due_on == later
    before = Event.objects.count()
    back = cell_undo(by=bo, line=line.pk, version=record.version)
    # Also to a day that has passed.
    assert back.due_on == promise.due_on
    assert Event.objects.count() == before + 1


def test_what_is_wrong_with_a_field_is_said_where_it_stands(alice, things):
    deal, part = things["deal"], {"HX-Request": "true"}
    for field, value in (("stage_note", "n" * 300), ("stage_note", "a\u202eb"), ("owner", "99999")):  # fmt: skip
        answer = alice.post(
            f"/cell/deal/{deal.pk}/{field}/", {field: value, "version": deal.version}, headers=part
        )  # fmt: skip
        assert answer.status_code == 422, field
        assert 'role="alert"' in sent(answer)
    answer = alice.post(
        f"/cell/deal/{deal.pk}/stage_note/",
        {"stage_note": "x", "version": 99},
        headers=part,
    )
    assert answer.status_code == 409
    deal.refresh_from_db()
    assert deal.stage_note == ""


def test_other_fields_and_others_records_are_not_changed_in_place(
    client, people, things
):
    client.force_login(people["bo"])
    deal = things["deal"]
    assert client.get(f"/cell/deal/{deal.pk}/stage/").status_code == 404
    assert client.get(f"/cell/gap/{things['gap'].pk}/name_en/").status_code == 404
    client.force_login(people["chen"])
    assert client.get(f"/cell/deal/{deal.pk}/owner/").status_code == 404
    client.force_login(people["rita"])
    assert client.get(f"/cell/deal/{deal.pk}/owner/").status_code == 403
    assert "/cell/" not in sent(client.get("/deals/?view=table"))


def test_nothing_is_offered_to_undo_when_nothing_changed(members, things):
    deal = things["deal"]
    _, line = cell_set(
        by=members["bo"], kind="deal", pk=deal.pk, version=deal.version, field="owner", value=deal.owner
    )  # fmt: skip
    assert line is None
