"""Meetings from plan to final record, trips accepted and done, the day, and files."""

import datetime
import io

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

DAY = datetime.date
PAST = DAY(2026, 3, 2)


@pytest.fixture
def meeting(things):
    return things["meeting"]


@pytest.fixture
def ours(members):
    from yanlian_web.desk.actions.records import record_add

    return record_add(
        by=members["bo"], kind="person", training=True,
        values={
            "name_en": "Wang Jun", "name_zh": "王军", "side": "ours", "rank": 1,
            "source": "List", "source_on": PAST, "owner": members["bo"],
            "member": members["bo"],
        },
    )  # fmt: skip


@pytest.fixture
def draft(members, meeting, ours):
    from yanlian_web.desk.actions.meetings import meeting_start
    from yanlian_web.desk.actions.records import record_add

    record_add(
        by=members["bo"], kind="attendance", training=True,
        values={"meeting": meeting, "person": ours, "side": "theirs"},
    )  # fmt: skip
    return meeting_start(by=members["bo"], pk=meeting.pk, version=None)


@pytest.fixture
def final(members, draft):
    from yanlian_web.desk.actions.meetings import meeting_final

    return meeting_final(
        by=members["bo"], pk=draft.pk, version=None, summary_zh="谈了用地。"
    )


def codes(error):
    return {finding.code for finding in error.value.findings}


def picture(name="photo.png"):
    data = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue())


def add(by, kind, **values):
    from yanlian_web.desk.actions.records import record_add

    return record_add(by=by, kind=kind, training=True, values={"owner": by, **values})


def test_a_meeting_takes_its_company_from_its_deal_and_its_title_from_that(
    members, things
):
    made = add(members["bo"], "meeting", way="call", deal=things["deal"], on=PAST)
    assert made.company == things["company"]
    assert made.title_zh == "海岳电芯"
    assert made.gap == things["gap"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"company": None}, "meeting.company"),
        ({"end_min": 600}, "meeting.start"),
        ({"start_min": 600, "end_min": 600}, "meeting.end"),
        ({"start_min": 700, "end_min": 600}, "desk.order"),
        ({"state": "final"}, "meeting.state"),
        ({"on": DAY(1066, 1, 1)}, "desk.day"),
    ],
)
def test_what_a_meeting_may_not_be(members, things, values, code):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.models import Meeting

    given = {"way": "outbound", "company": things["company"], "on": PAST, **values}
    if code == "desk.order":
        code = next(iter({"desk.order"}))
    with pytest.raises(Refused) as error:
        add(members["bo"], "meeting", **given)
    assert code in codes(error) | {f.code for f in error.value.findings}
    assert Meeting.objects.count() == 1


def test_a_meeting_outside_its_trip_is_refused(members, things):
    from yanlian_web.desk.acting import Refused

    with pytest.raises(Refused) as error:
        add(
            members["bo"], "meeting", way="outbound", company=things["company"],
            trip=things["trip"], on=DAY(2026, 3, 9),
        )  # fmt: skip
    assert codes(error) == {"meeting.trip"}


def test_side_of_a_participant_is_that_of_the_person(draft, ours):
    assert draft.people.get(person=ours).side == "ours"


def test_somebody_is_on_the_list_once(members, meeting, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.records import record_archive

    again = {"meeting": meeting, "person": things["person"], "side": "theirs"}
    with pytest.raises(Refused):
        add(members["bo"], "attendance", **again)
    record_archive(
        by=members["bo"], kind="attendance", pk=things["attendance"].pk, version=None,
        why="Did not come",
    )  # fmt: skip
    add(members["bo"], "attendance", **again)


def test_all_that_a_final_record_lacks_is_told_at_once(members, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.meetings import meeting_final, meeting_start

    empty = add(
        members["bo"], "meeting", way="call", company=things["company"],
        on=DAY(2099, 1, 1),
    )  # fmt: skip
    meeting_start(by=members["bo"], pk=empty.pk, version=None)
    with pytest.raises(Refused) as error:
        meeting_final(by=members["bo"], pk=empty.pk, version=None)
    assert codes(error) == {
        "meeting.future",
        "meeting.ours",
        "meeting.theirs",
        "meeting.summary",
        "meeting.promises",
    }
    empty.refresh_from_db()
    assert empty.state == "draft"


def test_only_a_draft_is_made_final(members, meeting):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.meetings import meeting_final

    with pytest.raises(Refused) as error:
        meeting_final(by=members["bo"], pk=meeting.pk, version=None)
    assert "meeting.state" in codes(error)


def test_no_promise_cannot_be_said_when_one_is_on_file(members, draft):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.meetings import meeting_final

    with pytest.raises(Refused) as error:
        meeting_final(
            by=members["bo"], pk=draft.pk, version=None, summary_en="x",
            no_promises=True,
        )  # fmt: skip
    assert codes(error) == {"meeting.promises"}


def test_a_final_record_writes_down_the_contact_and_fills_the_dossier(members, draft):
    from yanlian_web.desk.actions.meetings import meeting_final, meeting_learn
    from yanlian_web.desk.models import Event, Fact

    fact = meeting_learn(
        by=members["bo"], pk=draft.pk, version=None, field="employees",
        text_en="420 employees", value=420.0, unit="people", year=2026,
    )  # fmt: skip
    assert fact.draft
    assert fact.basis == "stated"
    assert fact.source_on == draft.on
    assert not Event.objects.filter(kind="contact").exists()
    meeting_final(by=members["bo"], pk=draft.pk, version=None, summary_en="Land")
    assert not Fact.objects.get(pk=fact.pk).draft
    event = Event.objects.get(kind="contact")
    assert event.on == draft.on
    assert event.company == "T001"
    assert event.what == "outbound"


def test_a_final_record_stays_as_it_is(members, final, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.meetings import meeting_attach, meeting_learn
    from yanlian_web.desk.actions.records import record_archive, record_change

    bo = members["bo"]
    for change in (
        lambda: record_archive(
            by=bo, kind="meeting", pk=final.pk, version=None, why="x"
        ),
        lambda: record_change(
            by=bo, kind="meeting", pk=final.pk, version=None,
            values={"summary_en": "Other"},
        ),
        lambda: record_change(
            by=bo, kind="question", pk=things["question"].pk, version=None,
            values={"answer_en": "Other"},
        ),
        lambda: meeting_learn(
            by=bo, pk=final.pk, version=None, field="strategy", text_en="x"
        ),
        lambda: meeting_attach(by=bo, pk=final.pk, version=None, file=picture()),
        lambda: add(
            bo, "promise", side="ours", text_en="x", meeting=final, made_on=PAST,
            due_on=DAY(2026, 5, 1),
        ),
    ):  # fmt: skip
        with pytest.raises(Refused) as error:
            change()
        assert codes(error) == {"meeting.final"}


def test_the_head_alone_opens_a_final_record_and_contact_counts_once(members, final):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.meetings import meeting_final, meeting_reopen
    from yanlian_web.desk.models import Event

    with pytest.raises(PermissionDenied):
        meeting_reopen(by=members["bo"], pk=final.pk, version=None, why="Typing error")
    with pytest.raises(Refused):
        meeting_reopen(by=members["alice"], pk=final.pk, version=None, why=" ")
    opened = meeting_reopen(by=members["alice"], pk=final.pk, version=None, why="Name")
    assert opened.state == "draft"
    assert opened.final_on is None
    meeting_final(by=members["bo"], pk=final.pk, version=None)
    assert Event.objects.filter(kind="contact").count() == 1


def test_a_meeting_is_cancelled_with_a_reason_and_does_not_change_then(
    members, meeting
):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.meetings import meeting_cancel
    from yanlian_web.desk.actions.records import record_change

    bo = members["bo"]
    with pytest.raises(Refused) as error:
        meeting_cancel(by=bo, pk=meeting.pk, version=None, why="")
    assert codes(error) == {"meeting.why"}
    done = meeting_cancel(by=bo, pk=meeting.pk, version=None, why="They are ill")
    assert done.why == "They are ill"
    with pytest.raises(Refused) as error:
        record_change(
            by=bo, kind="meeting", pk=meeting.pk, version=None,
            values={"title_en": "Other"},
        )  # fmt: skip
    assert codes(error) == {"meeting.cancelled"}


def test_the_return_visit_is_the_pair_and_is_planned_once(members, meeting, client):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.meetings import meeting_return

    bo = members["bo"]
    with pytest.raises(Refused) as error:
        meeting_return(by=bo, pk=meeting.pk, version=None, on=DAY(2026, 1, 1))
    assert codes(error) == {"meeting.order"}
    back = meeting_return(by=bo, pk=meeting.pk, version=None, on=DAY(2026, 6, 1))
    assert (back.way, back.pair_id, back.state) == ("inbound", meeting.pk, "planned")
    assert back.people.count() == 1
    with pytest.raises(Refused) as error:
        meeting_return(by=bo, pk=meeting.pk, version=None, on=DAY(2026, 6, 2))
    assert codes(error) == {"meeting.pair"}
    client.force_login(bo.user)
    for one, other in ((meeting, back), (back, meeting)):
        page = client.get(reverse("meetings-one", args=[one.pk])).content.decode()
        assert f'href="{reverse("meetings-one", args=[other.pk])}"' in page


def test_people_stand_in_order_of_precedence_with_their_posts_on_that_day(
    members, draft, things
):
    from yanlian_web.desk.queries.meeting import people_of

    first = add(
        members["bo"], "person", name_en="Mayor", side="ours", rank=1, source="List",
        source_on=PAST,
    )  # fmt: skip
    ours = draft.people.get(side="ours").person
    type(ours).objects.filter(pk=ours.pk).update(rank=5)
    add(members["bo"], "attendance", meeting=draft, person=first, side="ours")
    for title, since, until in (
        ("Before", DAY(2020, 1, 1), DAY(2026, 1, 1)),
        ("Then", DAY(2026, 1, 2), None),
        ("Later", DAY(2026, 4, 1), None),
    ):
        add(
            members["bo"], "post", person=first, organisation=things["organisation"],
            title_en=title, since=since, until=until, source="List", source_on=PAST,
        )  # fmt: skip
    sides = {side["side"]: side["people"] for side in people_of(members["bo"], draft)}
    assert [row["person"].pk for row in sides["ours"]] == [first.pk, ours.pk]
    assert [post.title_en for post in sides["ours"][0]["posts"]] == ["Then"]


def test_overlapping_meetings_of_one_person_are_told_not_refused(
    members, draft, ours, things, client
):
    second = add(
        members["bo"], "meeting", way="call", company=things["company"],
        on=draft.on, start_min=600, end_min=660, title_en="The other call",
    )  # fmt: skip
    add(members["bo"], "attendance", meeting=second, person=ours, side="ours")
    client.force_login(members["bo"].user)
    page = client.get(reverse("meetings-one", args=[draft.pk])).content.decode()
    assert "The other call" in page
    assert "is also expected at 10:00" in page


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize("state", ["planned", "draft", "final"])
def test_the_record_bears_state_and_label(request, client, members, lang, state):
    found = {"planned": "meeting", "draft": "draft", "final": "final"}[state]
    record = request.getfixturevalue(found)
    client.cookies["django_language"] = lang
    client.force_login(members["bo"].user)
    page = client.get(reverse("meetings-one", args=[record.pk])).content.decode()
    assert f'class="state {state}"' in page
    assert 'class="classified"' in page
    assert ("internal" if lang == "en" else "内部") in page
    assert ("training data" if lang == "en" else "练习数据") in page


def test_html_in_texts_is_shown_as_text(client, members, things):
    bad = "<script>alert(1)</script>"
    made = add(
        members["bo"], "meeting", way="call", company=things["company"], on=PAST,
        title_en=bad, purpose_en=bad, summary_en=bad, place_en=bad,
    )  # fmt: skip
    client.force_login(members["bo"].user)
    for url in (reverse("meetings-one", args=[made.pk]), reverse("meetings")):
        assert bad not in client.get(url).content.decode()


def test_filters_choose_what_the_list_shows(client, members, things, final, ours):
    bo = members["bo"]
    add(bo, "meeting", way="call", company=things["company"], on=DAY(2026, 5, 1), title_en="A call")  # fmt: skip
    client.force_login(members["alice"].user)
    everything = {"A call", "Visit"}
    for query, shown in (
        ("", everything),
        ("state=final", {"Visit"}),
        ("way=call", {"A call"}),
        ("owner=me", set()),
        (f"owner={bo.pk}", everything),
        ("from=2026-04-01", {"A call"}),
        ("to=2026-04-01", {"Visit"}),
        (f"company={things['company'].pk}", everything),
        ("q=call", {"A call"}),
        ("from=nonsense&state=odd&owner=x&page=-3", everything),
    ):
        page = client.get(f"{reverse('meetings')}?{query}").context["rows"]
        assert {row["meeting"].title_en for row in page} == shown, query
    client.force_login(bo.user)
    page = client.get(f"{reverse('meetings')}?owner=me").context["rows"]
    assert len(page) == 2


@pytest.mark.parametrize("month", ["", "2026-03", "0001-01", "9999-12", "2026-99"])
def test_the_calendar_shows_a_month(client, members, meeting, month):
    client.force_login(members["bo"].user)
    answer = client.get(f"{reverse('meetings')}?view=calendar&month={month}")
    assert answer.status_code == 200
    shown = f'href="{reverse("meetings-one", args=[meeting.pk])}?'
    assert (shown in answer.content.decode()) == (month == "2026-03")


def test_a_crowded_day_names_some_and_counts_the_rest(client, members, things):
    for number in range(6):
        add(members["bo"], "meeting", way="call", company=things["company"], on=DAY(2026, 7, 1), start_min=500 + number)  # fmt: skip
    client.force_login(members["bo"].user)
    weeks = client.get(f"{reverse('meetings')}?view=calendar&month=2026-07").context[
        "weeks"
    ]
    day = next(d for week in weeks for d in week if d["on"] == DAY(2026, 7, 1))
    assert len(day["rows"]) == 4
    assert day["more"] == 2


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_is_exported_without_formulas(client, members, things, form):
    add(
        members["bo"], "meeting", way="call", company=things["company"], on=PAST,
        title_en="=1+1",
    )  # fmt: skip
    client.force_login(members["bo"].user)
    answer = client.get(f"{reverse('meetings')}?export={form}")
    assert answer.status_code == 200
    if form == "csv":
        text = answer.content.decode("utf-8-sig")
        assert "'=1+1" in text
        assert "Haiyue Cell" in text


def test_lists_and_records_ask_as_often_for_many_as_for_one(
    client, members, things, draft, ours
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    bo = members["bo"]
    client.force_login(bo.user)
    urls = [
        reverse("meetings"),
        f"{reverse('meetings')}?view=calendar&month=2026-03",
        reverse("meetings-one", args=[draft.pk]),
        f"{reverse('day')}?on=2026-03-02&meeting={draft.pk}",
        reverse("journeys"),
        reverse("journeys-one", args=[things["trip"].pk]),
    ]

    def asked():
        counts = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(
                connection,
            ) as found:
                assert client.get(url).status_code == 200
            counts.append(len(found))
        return counts

    record = things["meeting"]
    type(record).objects.filter(pk=record.pk).update(trip=things["trip"])
    few = asked()
    for number in range(12):
        made = add(bo, "meeting", way="call", company=things["company"], on=PAST, trip=things["trip"], start_min=number)  # fmt: skip
        add(bo, "attendance", meeting=made, person=ours, side="ours")
        someone = add(bo, "person", name_en=f"P{number}", side="theirs", source="x", source_on=PAST)  # fmt: skip
        add(bo, "attendance", meeting=draft, person=someone, side="theirs")
        add(bo, "question", meeting=draft, text_en=f"Q{number}", order=number + 2)
        add(bo, "promise", side="ours", text_en=f"P{number}", meeting=draft, made_on=PAST, due_on=DAY(2026, 6, 1))  # fmt: skip
        add(bo, "trip", title_en=f"T{number}", from_on=PAST, to_on=PAST)
    assert asked() == few


def test_another_office_sees_of_a_shared_meeting_what_is_shared(
    client, people, members, final
):
    type(final).objects.filter(pk=final.pk).update(visibility="all")
    client.force_login(people["chen"])
    page = client.get(reverse("meetings-one", args=[final.pk])).content.decode()
    assert "Visit" in page
    for hidden in ("Lin Hai", "Wang Jun", "Cylindrical cell", "Name 30 mu"):
        assert hidden not in page


# Files


def test_a_file_opens_for_who_may_see_what_it_hangs_on(client, people, members, draft):
    from yanlian_web.desk.actions.meetings import meeting_attach

    kept = meeting_attach(
        by=members["bo"], pk=draft.pk, version=None, file=picture(), note="Line 1"
    )
    url = reverse("file", args=[kept.file.sha256])
    client.force_login(people["rita"])
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert 'inline; filename="photo.png"' in answer["Content-Disposition"]
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")
    client.force_login(people["chen"])
    assert client.get(url).status_code == 404
    type(draft).objects.filter(pk=draft.pk).update(visibility="own")
    client.force_login(people["rita"])
    assert client.get(url).status_code == 404


def test_a_paper_is_sent_as_a_download(client, people, members, draft):
    from yanlian_web.desk.actions.meetings import meeting_attach

    paper = SimpleUploadedFile("note.txt", b"<script>alert(1)</script>")
    kept = meeting_attach(by=members["bo"], pk=draft.pk, version=None, file=paper)
    client.force_login(people["bo"])
    answer = client.get(reverse("file", args=[kept.file.sha256]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "text/plain"
    answer.close()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("photo.png", b"no picture", "file.picture"),
        ("run.exe", b"MZ", "file.kind"),
        ("empty.pdf", b"", "file.empty"),
    ],
)
def test_bad_files_are_refused_and_nothing_is_kept(members, draft, name, data, code):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.meetings import meeting_attach
    from yanlian_web.desk.models import Attachment, File

    before = set(File.objects.values_list("pk", flat=True))
    with pytest.raises(Refused) as error:
        meeting_attach(
            by=members["bo"], pk=draft.pk, version=None,
            file=SimpleUploadedFile(name, data),
        )  # fmt: skip
    assert codes(error) == {code}
    assert set(File.objects.values_list("pk", flat=True)) == before
    assert not Attachment.objects.exists()


# Trips


def test_a_plan_is_accepted_once_and_by_the_head(members, trip_id):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.trips import trip_accept
    from yanlian_web.desk.models import Meeting, Trip

    with pytest.raises(PermissionDenied):
        trip_accept(by=members["bo"], run_id=trip_id)
    trip = trip_accept(by=members["alice"], run_id=trip_id)
    visits = Meeting.objects.filter(trip=trip).order_by("on", "start_min")
    assert visits.count() == 6
    assert (trip.from_on, trip.to_on) == (visits.first().on, visits.last().on)
    assert {row.state for row in visits} == {"planned"}
    assert all(row.company and row.start_min and row.purpose_zh for row in visits)
    assert visits.filter(questions__isnull=False).exists()
    question = visits.first().questions.first()
    assert question.text_en
    assert question.text_zh
    assert question.text_zh != question.text_en
    with pytest.raises(Refused) as error:
        trip_accept(by=members["alice"], run_id=trip_id)
    assert codes(error) == {"trip.twice"}
    assert Trip.objects.count() == 1


def test_a_visit_is_linked_to_a_gap_that_the_office_has_taken_up(members, trip_id):
    from yanlian.tables import split_list
    from yanlian_web.desk.actions.records import record_add
    from yanlian_web.desk.actions.trips import trip_accept
    from yanlian_web.studies import queries

    bo = members["bo"]
    stop = next(
        row
        for row in queries.rows(bo.office, trip_id, "stops")
        if row["kind"] == "visit"
    )
    gap = record_add(
        by=bo, kind="gap",
        values={
            "gap_id": split_list(stop["gap_ids"])[0], "segment_id": "X",
            "sort_of": "fill", "name_en": "Steel", "opened_on": PAST, "owner": bo,
        },
    )  # fmt: skip
    trip = trip_accept(by=members["alice"], run_id=trip_id)
    assert trip.meetings.get(company__firm_id=stop["firm_id"]).gap == gap


def test_accepting_twice_leads_to_the_trip(client, people, members, trip_id):
    from yanlian_web.desk.models import Trip

    client.force_login(people["alice"])
    page = client.get(reverse("trips-one", args=[trip_id])).content.decode()
    assert reverse("journeys-accept") in page
    answer = client.post(reverse("journeys-accept"), {"run": trip_id})
    trip = Trip.objects.get()
    place = reverse("journeys-one", args=[trip.pk])
    assert answer["Location"] == place
    again = client.post(reverse("journeys-accept"), {"run": trip_id})
    assert again.status_code == 409
    assert place in again.content.decode()
    assert client.post(reverse("journeys-accept"), {"run": "../x"}).status_code == 409
    client.force_login(people["bo"])
    page = client.get(reverse("trips-one", args=[trip_id])).content.decode()
    assert reverse("journeys-accept") not in page


def test_who_joins_a_trip_is_on_all_its_meetings(members, things, ours, meeting):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.trips import trip_join, trip_leave

    bo, trip = members["bo"], things["trip"]
    with pytest.raises(Refused) as error:
        trip_join(by=bo, pk=trip.pk, version=None, person=ours)
    assert codes(error) == {"trip.none"}
    for on in (PAST, DAY(2026, 3, 3)):
        add(bo, "meeting", way="outbound", company=things["company"], trip=trip, on=on)
    assert trip_join(by=bo, pk=trip.pk, version=None, person=ours, role="leader") == 2
    with pytest.raises(Refused):
        trip_join(by=bo, pk=trip.pk, version=None, person=things["person"])
    assert trip_leave(by=bo, pk=trip.pk, version=None, person=ours) == 2
    assert trip_join(by=bo, pk=trip.pk, version=None, person=ours) == 2


def test_a_trip_counts_its_days_once_it_is_done(members, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.trips import trip_cancel, trip_done
    from yanlian_web.desk.models import Event

    trip = things["trip"]
    trip_done(by=members["bo"], pk=trip.pk, version=None)
    events = Event.objects.filter(kind="trip_day", trip=trip.ref)
    assert [event.on for event in events] == [DAY(2026, 3, 2), DAY(2026, 3, 3)]
    with pytest.raises(Refused):
        trip_done(by=members["bo"], pk=trip.pk, version=None)
    with pytest.raises(Refused):
        trip_cancel(by=members["bo"], pk=trip.pk, version=None, why="x")


def test_a_trip_to_come_is_cancelled_with_its_meetings(members, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.trips import trip_cancel, trip_done

    bo = members["bo"]
    later = DAY(2099, 3, 2)
    trip = add(bo, "trip", title_en="Later", from_on=later, to_on=later)
    visit = add(bo, "meeting", way="outbound", company=things["company"], trip=trip, on=later)  # fmt: skip
    with pytest.raises(Refused) as error:
        trip_done(by=bo, pk=trip.pk, version=None)
    assert codes(error) == {"trip.future"}
    trip_cancel(by=bo, pk=trip.pk, version=None, why="Snow")
    visit.refresh_from_db()
    assert (visit.state, visit.why) == ("cancelled", "Snow")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"from_on": DAY(2026, 5, 2), "to_on": DAY(2026, 5, 1)}, "desk.order"),
        ({"state": "done"}, "trip.state"),
    ],
)
def test_what_a_trip_may_not_be(members, things, values, code):
    from yanlian_web.desk.acting import Refused

    given = {"title_en": "T", "from_on": PAST, "to_on": PAST, **values}
    with pytest.raises(Refused) as error:
        add(members["bo"], "trip", **given)
    assert len(error.value.findings) == 1
    assert error.value.findings[0].where in {"to_on", "state"}


def test_the_yield_of_a_trip_counts_what_its_events_name(members, things):
    from yanlian_web.desk.actions.deals import deal_move
    from yanlian_web.desk.queries.journeys import yields_of

    bo, trip = members["bo"], things["trip"]
    type(things["meeting"]).objects.filter(pk=things["meeting"].pk).update(trip=trip)
    add(bo, "promise", side="ours", text_en="x", deal=things["deal"], made_on=DAY(2026, 3, 5), due_on=DAY(2026, 6, 1))  # fmt: skip
    deal_move(by=members["alice"], pk=things["deal"].pk, version=None, to="S1", why="x", exception=True)  # fmt: skip
    found = {row["limit"]: row for row in yields_of(trip, 2, DAY(2027, 12, 1))}
    assert found[30]["promises"] == 2
    assert found[30]["gaps"] == 1
    assert found[30]["over"]
    assert found[365]["moves"] >= found[30]["moves"]


# The day on the phone


@pytest.fixture
def phone(client, members, draft):
    client.force_login(members["bo"].user)
    return client


@pytest.fixture
def contact(members, things):
    from yanlian_web.desk.acting import today

    return add(
        members["bo"], "contact", person=things["person"], means="mobile",
        value="+86 138 0000 0000", source="Card", source_on=DAY(2026, 1, 1),
        purpose="Visit", ground="consent",
        expires_on=today() + datetime.timedelta(days=300),
    )  # fmt: skip


def test_the_day_shows_the_meeting_and_what_can_be_called(phone, contact):
    page = phone.get(f"{reverse('day')}?on=2026-03-02").content.decode()
    assert 'href="tel:+8613800000000"' in page
    assert "How much power?" in page


def test_contact_data_that_has_expired_is_not_called(phone, contact):
    type(contact).objects.filter(pk=contact.pk).update(expires_on=DAY(2026, 1, 2))
    page = phone.get(f"{reverse('day')}?on=2026-03-02").content.decode()
    assert "tel:" not in page


def test_a_promise_is_recorded_on_the_day(phone, members, draft):
    from yanlian_web.desk.acting import today
    from yanlian_web.desk.models import Promise

    given = {"do": "promise", "on": "2026-03-02", "meeting": draft.pk, "side": "theirs"}
    answer = phone.post(
        reverse("day"), {**given, "text": "寄送样件", "due": "three_days"}
    )
    assert answer.status_code == 302
    made = Promise.objects.latest("pk")
    assert (made.side, made.text_zh, made.text_en) == ("theirs", "寄送样件", "")
    assert made.owner == members["bo"]
    assert made.made_on == draft.on
    assert made.due_on == today() + datetime.timedelta(days=3)
    refused = phone.post(reverse("day"), {**given, "text": " ", "due": "week"})
    assert refused.status_code == 422
    assert phone.post(reverse("day"), {**given, "do": "odd"}).status_code == 404


def test_an_answer_and_a_photo_are_kept_on_the_day(phone, draft, things):
    from yanlian_web.desk.models import Attachment

    question = things["question"]
    given = {"on": "2026-03-02", "meeting": draft.pk}
    phone.post(
        reverse("day"),
        {**given, "do": "answer", "question": question.pk, "text": "20 MW"},
    )
    question.refresh_from_db()
    assert question.answer_en == "20 MW"
    stale = {"do": "answer", "question": question.pk, "text": "x", "version": 1}
    assert phone.post(reverse("day"), {**given, **stale}).status_code == 409
    phone.post(reverse("day"), {**given, "do": "photo", "file": picture()})
    assert Attachment.objects.get().record == draft.ref
    bad = SimpleUploadedFile("x.png", b"no")
    answer = phone.post(reverse("day"), {**given, "do": "photo", "file": bad})
    assert answer.status_code == 422


def test_a_record_is_started_on_the_day(client, members, meeting):
    client.force_login(members["bo"].user)
    client.post(reverse("day"), {"do": "start", "on": "", "meeting": meeting.pk})
    meeting.refresh_from_db()
    assert meeting.state == "draft"


def test_the_day_is_for_writers_and_own_office_when_something_is_sent(
    client, people, draft
):
    sent = {"do": "promise", "meeting": draft.pk, "text": "x", "side": "ours"}
    client.force_login(people["rita"])
    assert client.post(reverse("day"), sent).status_code == 403
    client.force_login(people["chen"])
    assert client.post(reverse("day"), sent).status_code == 404


@pytest.mark.parametrize(
    "on", ["", "2026-03-01", "nonsense", "9999-12-31", "0001-01-01"]
)
def test_a_day_without_meetings_shows_the_next_or_says_so(client, members, meeting, on):
    client.force_login(members["bo"].user)
    answer = client.get(f"{reverse('day')}?on={on}")
    assert answer.status_code == 200
    if on == "2026-03-01":
        assert answer.context["elsewhere"]
        assert answer.context["focus"].pk == meeting.pk
