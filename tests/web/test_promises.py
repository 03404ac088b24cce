"""The commitments ledger: what a promise needs, how it ends, and who may say so."""

import datetime
import itertools

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

DAY = datetime.date
MADE, DUE = DAY(2026, 3, 2), DAY(2026, 4, 1)


@pytest.fixture
def promise(things):
    return things["promise"]


def add(by, **values):
    from yanlian_web.desk.actions.records import record_add

    given = {"side": "ours", "text_en": "Power", "made_on": MADE, "due_on": DUE}
    return record_add(
        by=by, kind="promise", training=True, values={**given, "owner": by, **values}
    )


def paper(**values):
    from yanlian_web.desk.actions.papers import Given

    return Given(
        **{"kind": "handover", "number": "7", "on": DAY(2026, 3, 30), **values}
    )


def keep(by, promise, **values):
    from yanlian_web.desk.actions.promises import promise_keep

    given = {"kept_on": DAY(2026, 3, 30), "paper": paper(), **values}
    return promise_keep(by=by, pk=promise.pk, version=None, **given)


def codes(error):
    return {finding.code for finding in error.value.findings}


def events(promise):
    from yanlian_web.desk.models import Event

    return list(Event.objects.filter(subject=promise.ref).order_by("pk"))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"owner": None}, "promise.owner"),
        ({"due_on": None}, "promise.due"),
        ({"made_on": None}, "promise.made"),
        ({"due_on": DAY(2026, 3, 1)}, "promise.order"),
        ({"made_on": DAY(2099, 1, 1), "due_on": DAY(2099, 2, 1)}, "promise.future"),
        ({"value": 5.0}, "promise.what"),
        ({"what": "jobs"}, "promise.value"),
        ({"what": "jobs", "value": 1.5}, "promise.whole"),
        ({"what": "jobs", "value": -1.0}, "desk.field"),
        ({"what": "jobs", "value": float("inf")}, ""),
        ({"clause": "3.1"}, "promise.clause"),
        ({"company": None}, "promise.company"),
        ({"text_en": " "}, "desk.name"),
    ],
)
def test_what_a_promise_needs(members, things, values, code):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.models import Promise

    before = Promise.objects.count()
    with pytest.raises(Refused) as error:
        add(members["bo"], **{"company": things["company"], **values})
    assert not code or code in codes(error)
    assert Promise.objects.count() == before


def test_all_that_is_wrong_is_told_at_once(members, things):
    from yanlian_web.desk.acting import Refused

    with pytest.raises(Refused) as error:
        add(
            members["bo"], owner=None, due_on=None, value=3.0, company=None,
            person=things["person"],
        )  # fmt: skip
    assert codes(error) >= {
        "promise.owner",
        "promise.due",
        "promise.what",
        "promise.company",
        "promise.person",
    }


def test_a_promise_takes_from_its_meeting_what_was_not_given(members, things):
    made = add(members["bo"], meeting=things["meeting"])
    assert made.company == things["company"]
    assert made.deal == things["deal"]
    assert made.gap == things["gap"]
    assert made.due_first == DUE
    event = events(made)[0]
    assert (event.kind, event.side, event.on) == ("promised", "ours", MADE)
    assert (event.due_on, event.deal, event.company) == (DUE, made.deal.ref, "T001")


def test_obligations_of_a_draft_bind_nobody(members, things):
    made = add(
        members["bo"], side="theirs", agreement=things["agreement"], clause="4.1",
        what="jobs", value=180.0,
    )  # fmt: skip
    event = events(made)[0]
    assert event.agreement == things["agreement"].ref
    assert "nonbinding" in event.mark.split(";")
    assert (event.value, event.unit, event.what) == (180.0, "people", "jobs")


@pytest.mark.parametrize(("kind", "mark"), [("investment", "binding"), ("framework", "nonbinding")])  # fmt: skip
def test_obligations_bind_as_their_agreement_does(members, things, kind, mark):
    agreement = things["agreement"]
    type(agreement).objects.filter(pk=agreement.pk).update(
        state="signed", signed_on=MADE, sort_of=kind
    )
    agreement.refresh_from_db()
    made = add(members["bo"], agreement=agreement, clause="3.1")
    assert mark in events(made)[0].mark.split(";")


def test_a_promise_without_agreement_bears_no_mark_of_binding(promise):
    marks = events(promise)[0].mark.split(";")
    assert not {"binding", "nonbinding"} & set(marks)


def test_a_company_that_differs_is_refused(members, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.records import record_add

    other = record_add(
        by=members["bo"], kind="company", training=True,
        values={"name_en": "Other", "firm_id": "T002", "owner": members["bo"]},
    )  # fmt: skip
    with pytest.raises(Refused) as error:
        add(members["bo"], company=other, deal=things["deal"])
    assert codes(error) == {"promise.company"}


def test_what_was_said_stands(members, promise):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.records import record_change

    def change(**values):
        return record_change(
            by=members["bo"], kind="promise", pk=promise.pk, version=None, values=values
        )

    for values, code in (
        ({"side": "theirs"}, "promise.fixed"),
        ({"due_on": DAY(2026, 5, 1)}, "promise.moved"),
    ):
        with pytest.raises(Refused) as error:
            change(**values)
        assert code in codes(error)
    change(text_zh="落实四十亩")
    keep(members["bo"], promise)
    with pytest.raises(Refused) as error:
        change(text_zh="落实五十亩")
    assert codes(error) == {"promise.closed"}


def test_a_number_corrected_in_time_is_written_down_again(members, things):
    from yanlian_web.desk.actions.records import record_change

    made = add(members["bo"], company=things["company"], what="jobs", value=18.0)
    record_change(
        by=members["bo"], kind="promise", pk=made.pk, version=None,
        values={"value": 180.0},
    )  # fmt: skip
    assert [event.value for event in events(made)] == [18.0, 180.0]


def test_obligations_of_a_signed_agreement_do_not_change(members, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.records import record_change

    agreement = things["agreement"]
    made = add(members["bo"], agreement=agreement, clause="3.1")
    type(agreement).objects.filter(pk=agreement.pk).update(
        state="signed", signed_on=MADE
    )
    with pytest.raises(Refused) as error:
        record_change(
            by=members["bo"], kind="promise", pk=made.pk, version=None,
            values={"text_en": "Less power"},
        )  # fmt: skip
    assert codes(error) == {"promise.signed"}


def test_kept_needs_a_day_and_a_paper(members, promise):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.models import Evidence

    for values, code in (
        ({"kept_on": DAY(2026, 3, 1)}, "promise.day"),
        ({"kept_on": DAY(2099, 1, 1)}, "promise.day"),
        ({"paper": paper(kind="", number="")}, "promise.evidence"),
        ({"paper": paper(number="")}, "paper.nothing"),
        ({"paper": paper(on=DAY(2099, 1, 1))}, "paper.future"),
        (
            {"paper": paper(file=SimpleUploadedFile("x.png", b"no"))},
            "file.picture",
        ),
    ):
        with pytest.raises(Refused) as error:
            keep(members["bo"], promise, **values)
        assert code in codes(error)
    assert not Evidence.objects.exists()
    kept = keep(members["bo"], promise)
    assert kept.evidence.get().number == "7"
    event = events(promise)[-1]
    assert (event.kind, event.level, event.on) == (
        "kept",
        "evidenced",
        DAY(2026, 3, 30),
    )
    with pytest.raises(Refused) as error:
        keep(members["bo"], promise)
    assert codes(error) == {"promise.closed"}


def test_one_paper_may_keep_two_promises(members, promise, things):
    second = add(members["bo"], company=things["company"])
    keep(members["bo"], promise)
    keep(members["bo"], second)


def test_who_answers_or_kept_cannot_verify(members, promise):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.promises import promise_verify
    from yanlian_web.desk.actions.records import record_change

    alice, bo = members["alice"], members["bo"]
    with pytest.raises(Refused) as error:
        promise_verify(by=alice, pk=promise.pk, version=None)
    assert codes(error) == {"promise.verify"}
    keep(bo, promise)
    with pytest.raises(Refused) as error:
        promise_verify(by=bo, pk=promise.pk, version=None)
    assert codes(error) == {"promise.four_eyes"}
    # Handing it over and back makes no second pair of eyes.
    record_change(by=bo, kind="promise", pk=promise.pk, version=None, values={"owner": alice})  # fmt: skip
    with pytest.raises(Refused) as error:
        promise_verify(by=bo, pk=promise.pk, version=None)
    assert codes(error) == {"promise.four_eyes"}
    record_change(by=bo, kind="promise", pk=promise.pk, version=None, values={"owner": bo})  # fmt: skip
    with pytest.raises(Refused):
        promise_verify(by=alice, pk=promise.pk, version=None)


def test_somebody_else_verifies_and_it_is_written_down_at_that_level(members, promise):
    from yanlian_web.desk.actions.promises import promise_verify

    keep(members["bo"], promise)
    done = promise_verify(by=members["alice"], pk=promise.pk, version=None)
    assert done.verified_by == members["alice"]
    event = events(promise)[-1]
    assert (event.kind, event.level, event.on) == ("kept", "verified", done.kept_on)


def test_keeping_is_taken_back_before_it_is_verified_only(members, promise):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.promises import promise_unkeep, promise_verify

    keep(members["bo"], promise)
    back = promise_unkeep(
        by=members["bo"], pk=promise.pk, version=None, why="The other plot"
    )
    assert back.kept_on is None
    assert back.evidence.get().archived_on
    keep(members["bo"], promise)
    promise_verify(by=members["alice"], pk=promise.pk, version=None)
    with pytest.raises(Refused):
        promise_unkeep(by=members["bo"], pk=promise.pk, version=None, why="x")


def test_a_new_day_keeps_the_first(members, promise):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.promises import promise_move

    later = DAY(2099, 1, 1)
    for due, why, code in (
        (later, " ", "promise.why"),
        (None, "x", "promise.due"),
        (DUE, "x", "promise.same"),
        (DAY(2026, 4, 2), "x", "promise.past"),
    ):
        with pytest.raises(Refused) as error:
            promise_move(
                by=members["bo"], pk=promise.pk, version=None, due_on=due, why=why
            )
        assert code in codes(error)
    moved = promise_move(
        by=members["bo"], pk=promise.pk, version=None, due_on=later, why="Survey"
    )
    assert (moved.due_on, moved.due_first) == (later, DUE)
    event = events(promise)[-1]
    assert (event.kind, event.due_on) == ("due_changed", later)


def test_broken_and_late(members, promise):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.promises import promise_break, promise_move

    with pytest.raises(Refused):
        promise_break(by=members["bo"], pk=promise.pk, version=None, why="")
    done = promise_break(
        by=members["bo"], pk=promise.pk, version=None, on=DAY(2026, 4, 5), why="No land"
    )
    assert done.why == "No land"
    assert events(promise)[-1].kind == "broken"
    with pytest.raises(Refused) as error:
        promise_move(
            by=members["bo"], pk=promise.pk, version=None, due_on=DAY(2099, 1, 1),
            why="x",
        )  # fmt: skip
    assert codes(error) == {"promise.closed"}
    late = keep(members["bo"], promise, kept_on=DAY(2026, 4, 9))
    assert late.kept_on == DAY(2026, 4, 9)


def test_only_whom_it_was_made_to_gives_a_promise_up(members, promise, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.promises import promise_withdraw

    given = {"by": members["bo"], "version": None, "on": DAY(2026, 3, 9)}
    with pytest.raises(Refused) as error:
        promise_withdraw(pk=promise.pk, why="No land", **given)
    assert codes(error) == {"promise.asked"}
    promise_withdraw(pk=promise.pk, why="Their letter 4", asked=True, **given)
    assert events(promise)[-1].kind == "withdrawn"
    theirs = add(members["bo"], side="theirs", company=things["company"])
    assert promise_withdraw(pk=theirs.pk, why="Not needed", **given).withdrawn_on


def test_a_conflict_is_told(members, promise):
    from yanlian_web.desk.acting import Conflict
    from yanlian_web.desk.actions.promises import promise_break

    with pytest.raises(Conflict):
        promise_break(by=members["bo"], pk=promise.pk, version=99, why="x")


def test_sql_and_library_agree_on_every_state(members, things):
    from yanlian.progress import promises as rules
    from yanlian_web.desk.models import Promise
    from yanlian_web.desk.queries.ledger import keeping_of, with_state

    Promise.objects.all().delete()
    days = [None, DAY(2026, 3, 20), DAY(2026, 4, 1), DAY(2026, 4, 2), DAY(2026, 5, 1)]
    made = [
        Promise(
            office=members["bo"].office, side=side, text_en="x", made_on=MADE,
            due_on=DUE, due_first=DUE, kept_on=kept, broken_on=broken,
            withdrawn_on=withdrawn,
        )
        for side, kept, broken, withdrawn in itertools.product(
            ("ours", "theirs"), days, days, days
        )
    ]  # fmt: skip
    Promise.objects.bulk_create(made)
    for day in (DAY(2026, 3, 10), DAY(2026, 3, 27), DUE, DAY(2026, 4, 2), DAY(2026, 6, 1)):  # fmt: skip
        for row in with_state(Promise.objects.all(), day):
            assert row.state == rules.state(row.rule, day), (row.rule, day)
        found = keeping_of(members["alice"], DAY(2026, 1, 1), day)
        for side in ("ours", "theirs"):
            listed = [row.rule for row in made]
            assert found[side] == rules.keeping(
                listed, side, day, since=DAY(2026, 1, 1)
            )


def test_sql_and_library_agree_on_what_can_be_today(members, things):
    from yanlian.progress import promises as rules
    from yanlian_web.desk.acting import today
    from yanlian_web.desk.models import Promise
    from yanlian_web.desk.queries.ledger import with_state

    Promise.objects.all().delete()
    day = today()
    week = datetime.timedelta(days=7)
    settled = [{}, {"kept_on": day - week}, {"broken_on": day}, {"withdrawn_on": day}]
    settled.append({"broken_on": day - week, "kept_on": day})
    for due in (day - 2 * week, day - week, day, day + week, day + 2 * week):
        for values in settled:
            Promise.objects.create(
                office=members["bo"].office, side="ours", text_en="x", due_first=due,
                made_on=day - 3 * week, due_on=due, **values,
            )  # fmt: skip
    for row in with_state(Promise.objects.all(), day):
        assert row.state == rules.state(row.rule, day), row.rule


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_pages_open_in_both_languages(client, members, promise, lang):
    keep(members["bo"], promise)
    client.cookies["django_language"] = lang
    client.force_login(members["alice"].user)
    for url in (
        f"{reverse('promises')}?state=all",
        f"{reverse('promises-week')}?of=2026-W14",
        reverse("promises-one", args=[promise.pk]),
    ):
        page = client.get(url).content.decode()
        assert ("Name 30 mu" if lang == "en" else "落实三十亩") in page
        assert ("training data" if lang == "en" else "练习数据") in page


def test_filters_choose_what_the_ledger_shows(client, members, promise, things):
    bo = members["bo"]
    add(bo, side="theirs", text_en="Samples", company=things["company"], due_on=DAY(2099, 1, 1))  # fmt: skip
    done = add(bo, text_en="Done", company=things["company"])
    keep(bo, done)
    client.force_login(members["alice"].user)
    for query, shown in (
        ("", {"Name 30 mu", "Samples"}),
        ("state=all", {"Name 30 mu", "Samples", "Done"}),
        ("state=overdue", {"Name 30 mu"}),
        ("state=open", {"Samples"}),
        ("state=kept", {"Done"}),
        ("state=unverified", {"Done"}),
        ("side=theirs", {"Samples"}),
        ("owner=me", set()),
        (f"owner={bo.pk}&side=ours", {"Name 30 mu"}),
        ("to=2026-12-31", {"Name 30 mu"}),
        ("from=2027-01-01", {"Samples"}),
        ("q=haiyue", {"Name 30 mu", "Samples"}),
        ("q=samples", {"Samples"}),
        ("from=x&owner=y&side=z&company=w", {"Name 30 mu", "Samples"}),
    ):
        rows = client.get(f"{reverse('promises')}?{query}").context["rows"]
        assert {row["promise"].text_en for row in rows} == shown, query


def test_the_week_shows_what_is_due_and_what_was_kept(client, members, promise, things):
    bo = members["bo"]
    done = add(bo, text_en="Done", company=things["company"])
    keep(bo, done)
    client.force_login(members["alice"].user)
    page = client.get(f"{reverse('promises-week')}?of=2026-W14").context
    assert [row["promise"].text_en for row in page["due"]["ours"]["rows"]] == ["Name 30 mu"]  # fmt: skip
    assert [row["promise"].text_en for row in page["kept"]] == ["Done"]
    assert page["keeping"]["ours"].due == 2
    assert page["keeping"]["ours"].on_time == 1
    earlier = client.get(f"{reverse('promises-week')}?of=2026-W13").context
    assert earlier["due"]["ours"]["rows"] == []


@pytest.mark.parametrize(
    "of", ["", "2026-W99", "x", "0001-W01", "9999-W52", "2026-W-1"]
)
def test_an_odd_week_is_this_week(client, members, of):
    client.force_login(members["bo"].user)
    answer = client.get(f"{reverse('promises-week')}?of={of}")
    assert answer.status_code == 200


def test_the_ledger_is_exported_without_formulas(client, members, things):
    add(members["bo"], text_en="=cmd()", company=things["company"])
    client.force_login(members["bo"].user)
    text = client.get(f"{reverse('promises')}?export=csv").content.decode("utf-8-sig")
    assert "'=cmd()" in text
    assert client.get(f"{reverse('promises')}?export=xlsx").status_code == 200


def test_the_forms_of_a_promise_do_what_they_say(client, members, promise):
    client.force_login(members["bo"].user)
    url = reverse("do", args=["promise-keep", promise.pk])
    assert client.get(url).status_code == 200
    sent = {"version": promise.version, "kept_on": "2026-03-30", "kind": "handover"}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "its file" in refused.content.decode()
    answer = client.post(url, {**sent, "number": "9"})
    assert answer["Location"] == reverse("promises-one", args=[promise.pk])
    client.force_login(members["alice"].user)
    verify = reverse("do", args=["promise-verify", promise.pk])
    promise.refresh_from_db()
    assert client.post(verify, {"version": promise.version}).status_code == 302
    promise.refresh_from_db()
    assert promise.verified_by == members["alice"]


def test_the_ledger_asks_as_often_for_many_as_for_one(client, members, promise, things):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    bo = members["bo"]
    keep(bo, promise)
    client.force_login(bo.user)
    urls = [
        f"{reverse('promises')}?state=all",
        f"{reverse('promises-week')}?of=2026-W14",
        reverse("promises-one", args=[promise.pk]),
    ]

    def asked():
        counts = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as found:
                client.get(url)
            counts.append(len(found))
        return counts

    few = asked()
    for _ in range(15):
        made = add(bo, company=things["company"], department=things["organisation"])
        keep(bo, made)
    assert asked() == few


def test_own_promises_are_hidden_from_others(client, members, people, promise):
    type(promise).objects.filter(pk=promise.pk).update(visibility="own")
    client.force_login(people["rita"])
    assert client.get(reverse("promises-one", args=[promise.pk])).status_code == 404
    page = client.get(f"{reverse('promises')}?state=all").content.decode()
    assert "Name 30 mu" not in page
    page = client.get(f"{reverse('promises-week')}?of=2026-W14").content.decode()
    assert "Name 30 mu" not in page


def test_only_a_promise_entered_by_mistake_is_archived(members, promise, things):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.records import record_archive, record_restore

    bo = members["bo"]
    wrong = add(bo, company=things["company"])
    record_archive(by=bo, kind="promise", pk=wrong.pk, version=None, why="Twice")
    assert [event.kind for event in events(wrong)] == [
        "promised",
        "withdrawn",
        "archived",
    ]
    with pytest.raises(Refused) as error:
        record_restore(by=bo, kind="promise", pk=wrong.pk)
    assert codes(error) == {"promise.restored"}
    keep(bo, promise)
    with pytest.raises(Refused) as error:
        record_archive(by=bo, kind="promise", pk=promise.pk, version=None, why="x")
    assert codes(error) == {"promise.closed"}
