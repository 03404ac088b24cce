"""Reviews of trips: figures of their day, a note, and decisions as promises."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.models import Event, Meeting, Promise, Trip
from yanlian_web.handover.actions.reviews import Decided, review_hold
from yanlian_web.handover.models import Review, ReviewDecision
from yanlian_web.handover.queries.reviews import review_page
from yanlian_web.offices.models import LogLine

DAY = datetime.timedelta(days=1)
LANGUAGES = ["en", "zh-hans"]
TEXTS = {"note_en": "Went well"}


@pytest.fixture
def past(things):
    """A trip whose first review is due since five days."""
    day = today()
    Meeting.objects.update(trip=things["trip"], on=day - 35 * DAY)
    Trip.objects.update(from_on=day - 35 * DAY, to_on=day - 35 * DAY, state="done")
    things["trip"].refresh_from_db()
    return things


def held(members, trip, **more):
    return review_hold(by=members["bo"], trip=trip, after=30, texts=TEXTS, **more)


def test_a_review_and_its_decisions_are_one_action(members, past):
    before = LogLine.objects.count()
    made = held(
        members, past["trip"],
        decided=[
            Decided("Call again", "en", today() + DAY, members["bo"], past["company"]),
            Decided("寄样品", "zh", today() + DAY, members["alice"], None, past["deal"]),
        ],
    )  # fmt: skip
    assert LogLine.objects.count() == before + 1
    promises = Promise.objects.filter(decided_in__review=made).order_by("pk")
    assert [(p.side, str(p), p.owner) for p in promises] == [
        ("ours", "Call again", members["bo"]),
        ("ours", "寄样品", members["alice"]),
    ]
    assert all(p.training for p in promises)
    assert Event.objects.filter(kind="promised", subject=promises[0].ref).count() == 1
    assert made.as_of == today() - 5 * DAY
    assert made.done_on == today()


def test_what_is_wrong_with_decisions_is_told_at_once(members, past):
    with pytest.raises(Refused) as error:
        held(
            members, past["trip"],
            decided=[
                Decided("No company", "en", today() + DAY, members["bo"], None),
                Decided("", "en", today(), members["bo"], past["company"]),
                Decided("No day", "en", None, members["bo"], past["company"]),
                Decided("Hidden\u202e", "en", today(), members["bo"], past["company"]),
            ],
        )  # fmt: skip
    said = [f.say.en for f in error.value.findings]
    assert {text.split(":")[0] for text in said} == {f"Decision {n}" for n in (1, 2, 3, 4)}  # fmt: skip
    assert not Review.objects.exists()
    assert not ReviewDecision.objects.exists()


def test_too_early_cancelled_or_empty_is_refused(members, past, people):
    trip = past["trip"]
    cases = [
        ({"after": 90, "texts": TEXTS}, "review.early"),
        ({"after": 31, "texts": TEXTS}, "review.after"),
        ({"after": 30, "texts": {"note_en": "  "}}, "review.empty"),
    ]
    for values, code in cases:
        with pytest.raises(Refused) as error:
            review_hold(by=members["bo"], trip=trip, **values)
        assert {f.code for f in error.value.findings} == {code}
    for who in (members["rita"], people["chen"].member):
        with pytest.raises(PermissionDenied):
            review_hold(by=who, trip=trip, after=30, texts=TEXTS)
    Trip.objects.update(state="cancelled")
    with pytest.raises(Refused) as error:
        held(members, trip)
    assert {f.code for f in error.value.findings} == {"review.cancelled"}


def test_figures_are_those_of_its_day_and_stay(members, past):
    trip, bo = past["trip"], members["bo"]
    deal = past["deal"]
    as_of = today() - 5 * DAY
    line = LogLine.objects.first()

    def told(kind, subject, on, recorded, **more):
        Event.objects.create(
            office=trip.office, line=line, kind=kind, subject=subject, on=on,
            recorded_on=recorded, trip=trip.ref, deal=deal.ref, training=True, **more,
        )  # fmt: skip

    told("contact", past["meeting"].ref, as_of - DAY, as_of - DAY)
    told("contact", "meeting:999", as_of - DAY, today())
    told("contact", "meeting:998", as_of + DAY, as_of + DAY)
    look = review_page(bo, trip, 30)["look"]
    # Written down later, but before today: it happened in time.
    assert look.visits == {past["meeting"].ref, "meeting:999"}
    held(members, trip)
    told("contact", "meeting:997", as_of - DAY, today() + DAY)
    page = review_page(bo, trip, 30)
    assert page["look"].visits == {past["meeting"].ref, "meeting:999"}
    assert page["known"] == today()
    assert page["look"].later >= 2


def test_money_of_both_classes_is_never_added(members, past, client, people):
    trip, deal = past["trip"], past["deal"]
    line = LogLine.objects.first()
    on = today() - 10 * DAY
    for number, mark, value in ((1, "binding", 2e8), (2, "nonbinding", 3e8)):
        Event.objects.create(
            office=trip.office, line=line, kind="promised", subject=f"promise:{900 + number}",
            on=on, recorded_on=on, trip=trip.ref, deal=deal.ref, side="theirs",
            what="investment", value=value, mark=mark, due_on=today(), training=True,
        )  # fmt: skip
    client.force_login(people["bo"])
    page = client.get(f"/reviews/{trip.pk}/30/")
    rows = page.context["money"]
    assert [(row["binding"], row["promised"]) for row in rows] == [(True, 2e8), (False, 3e8)]  # fmt: skip
    text = page.content.decode()
    assert "CNY 200 m" in text
    assert "CNY 300 m" in text
    assert "CNY 500 m" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_in_both_languages(client, people, past, language):
    client.force_login(people["bo"])
    client.cookies["django_language"] = language
    trip = past["trip"]
    for path in ("/reviews/", f"/reviews/{trip.pk}/30/", f"/reviews/{trip.pk}/90/", f"/journeys/{trip.pk}/"):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 200, path
        text = page.content.decode()
        assert " style=" not in text
        assert ("练习数据" if language == "zh-hans" else "training data") in text
    assert client.get(f"/reviews/{trip.pk}/31/").status_code == 404


def test_due_reviews_are_listed(client, people, past):
    client.force_login(people["rita"])
    page = client.get("/reviews/")
    assert [(r["after"], r["late"]) for r in page.context["rows"]] == [(30, 5)]
    assert page.context["counts"] == {"due": 1, "held": 0, "coming": 2, "missed": 0}
    assert f"/reviews/{past['trip'].pk}/30/" in page.content.decode()


def test_holding_a_review_by_the_page(client, people, members, past):
    client.force_login(people["bo"])
    path = f"/reviews/{past['trip'].pk}/30/"
    page = client.get(path)
    abouts = [key for key, _ in page.context["abouts"]]
    assert past["company"].ref in abouts
    sent = {
        "version": "0", "note_en": "<script>alert(1)</script>", "decision_1": "Call",
        "due_1": (today() + DAY).isoformat(), "owner_1": members["bo"].pk,
        "about_1": past["company"].ref,
    }  # fmt: skip
    for bad in ({"due_1": "soon"}, {"about_1": "company:x"}, {"note_en": "", "decision_1": ""}, {"owner_1": "9" * 30}):  # fmt: skip
        answer = client.post(path, {**sent, **bad})
        assert answer.status_code == 422, bad
        assert answer.context["errors"]
        assert not Review.objects.exists()
    assert client.post(path, sent).status_code == 302
    text = client.get(path).content.decode()
    assert "<script>alert" not in text
    assert "Call" in text
    made = Review.objects.get()
    assert ReviewDecision.objects.count() == 1
    stale = client.post(path, {"version": "7", "note_en": "again"})
    assert stale.status_code == 409
    change = {"version": str(made.version), "note_en": "Better", "learned_zh": "多"}
    assert client.post(path, change).status_code == 302
    made.refresh_from_db()
    assert (made.note_en, made.learned_zh) == ("Better", "多")
    client.force_login(people["rita"])
    assert client.post(path, sent).status_code == 403
    client.force_login(people["chen"])
    assert client.get(path).status_code == 404


def test_a_review_asks_a_fixed_number_of_times(
    members, past, django_assert_max_num_queries
):
    with django_assert_max_num_queries(22):
        review_page(members["bo"], past["trip"], 30)
    for number in range(4):
        record_add(
            by=members["bo"], kind="promise", training=True,
            values={"side": "ours", "text_en": f"P{number}", "meeting": past["meeting"], "company": past["company"], "made_on": today(), "due_on": today(), "owner": members["bo"]},
        )  # fmt: skip
    with django_assert_max_num_queries(22):
        review_page(members["bo"], past["trip"], 30)
