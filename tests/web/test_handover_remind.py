"""Reminders on the page, by e-mail and as a calendar."""

import datetime
import smtplib
import socket
import zoneinfo

import icalendar
import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.models import (
    Agreement,
    Contact,
    Deal,
    Meeting,
    Promise,
    Trip,
)
from yanlian_web.handover.actions.wishes import (
    feed_renew,
    feed_revoke,
    wish_set,
)
from yanlian_web.handover.models import Digest, Feed, Norms, Wish
from yanlian_web.handover.queries.dues import reminders_of
from yanlian_web.handover.sending import digests_send
from yanlian_web.offices.models import LogLine

DAY = datetime.timedelta(days=1)
LANGUAGES = ["en", "zh-hans"]


@pytest.fixture
def due(things, members):
    """Everything Bo can be reminded of is due."""
    day = today()
    Promise.objects.update(due_on=day - 3 * DAY)
    Deal.objects.update(stage="S5", stage_on=day - 20 * DAY)
    Agreement.objects.update(
        state="signed", signed_on=day - 90 * DAY, expires_on=day + 40 * DAY,
        next_on=day, sort_of="framework",
    )  # fmt: skip
    Trip.objects.update(from_on=day - 31 * DAY, to_on=day - 30 * DAY)
    record_add(
        by=members["bo"], kind="contact", training=True,
        values={
            "person": things["person"], "means": "mobile", "value": "13800000000",
            "source": "card", "source_on": day - DAY, "purpose": "visit",
            "ground": "consent", "expires_on": day + 10 * DAY, "owner": members["bo"],
        },
    )  # fmt: skip
    return things


def kinds_of(member):
    return {item.duty.kind: item for item in reminders_of(member)}


def test_everything_that_is_due_is_told(due, members):
    found = kinds_of(members["bo"])
    assert set(found) == {
        "promise_ours", "contact", "agreement", "step", "consent", "review",
    }  # fmt: skip
    assert found["promise_ours"].reminder.days == -3
    # S5: fourteen days without contact.
    assert found["contact"].reminder.days == -6
    assert found["step"].reminder.state == "today"
    assert found["agreement"].reminder.days == 40
    assert found["consent"].reminder.days == 10
    assert found["review"].duty.key == "30"
    assert set(kinds_of(members["alice"])) == {"handover"}
    assert not kinds_of(members["rita"])


def test_what_was_settled_is_not_told(due, members):
    day = today()
    Promise.objects.update(kept_on=day)
    Meeting.objects.update(state="final", on=day)
    Agreement.objects.update(next_on=None, expires_on=None)
    Contact.objects.update(archived_on=day)
    Trip.objects.update(state="cancelled")
    assert not kinds_of(members["bo"])


def test_each_chooses_what_to_be_told(due, members):
    bo = members["bo"]
    wish_set(by=bo, wanted=["review", "no such kind"], mail=False, lang="en")
    assert set(kinds_of(bo)) == {"review"}
    assert LogLine.objects.first().code == "handover.wish.set"
    for values, code in (({"mail": True, "lang": "en"}, "wish.mail"), ({"mail": False, "lang": "fr"}, "wish.lang")):  # fmt: skip
        with pytest.raises(Refused) as error:
            wish_set(by=bo, wanted=[], **values)
        assert {f.code for f in error.value.findings} == {code}


def test_the_head_sets_norms_and_they_hold(due, members, client, people):
    client.force_login(people["alice"])
    page = client.get("/reminders/norms/")
    sent = {row["key"]: row["value"] for row in (*page.context["contact"], *page.context["ahead"])}  # fmt: skip
    sent["version"] = page.context["norms"].version
    # Full-width digits are digits.
    changed = {**sent, "contact_S5": "２１", "ahead_agreement": "30"}
    assert client.post("/reminders/norms/", changed).status_code == 302
    norms = Norms.objects.get()
    assert (norms.contact, norms.ahead) == ({"S5": 21}, {"agreement": 30})
    assert {"contact", "agreement"}.isdisjoint(kinds_of(members["bo"]))
    # Sent from a page that was opened before.
    stale = client.post("/reminders/norms/", changed)
    assert stale.status_code == 422
    fresh = {**changed, "version": norms.version}
    for bad in ("", "-1", "1.5", "abc", "1001", "99999999999", "<script>", "²"):
        answer = client.post("/reminders/norms/", {**fresh, "contact_S5": bad, "contact_S4": bad})  # fmt: skip
        assert answer.status_code == 422, bad
        assert len(answer.context["errors"]) == 2
        assert b"<script>alert" not in answer.content
    assert Norms.objects.get().contact == {"S5": 21}
    client.force_login(people["bo"])
    assert client.post("/reminders/norms/", fresh).status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_in_both_languages(client, people, due, language):
    client.force_login(people["bo"])
    client.cookies["django_language"] = language
    text = client.get("/reminders/").content.decode()
    assert "13800000000" not in text
    assert text.count('<span class="training">') >= 6
    assert ("久未联系" if language == "zh-hans" else "No contact for long") in text
    assert client.get("/reminders/?kind=review").context["total"] == 6
    assert client.get("/").content.decode().count('id="reminders"') == 1


def test_reminders_ask_a_fixed_number_of_times(due, members):
    bo = members["bo"]

    def asked():
        with CaptureQueriesContext(connection) as found:
            reminders_of(bo)
        return len(found)

    few = asked()
    for number in range(5):
        firm = record_add(by=bo, kind="company", values={"name_en": f"F{number}", "firm_id": f"N{number}"}, training=True)  # fmt: skip
        record_add(
            by=bo, kind="promise", training=True,
            values={"side": "theirs", "text_en": "x", "company": firm, "made_on": today(), "due_on": today(), "owner": bo},
        )  # fmt: skip
    assert asked() == few
    assert few <= 16


# By e-mail.


@pytest.fixture
def posted(due, members, settings):
    settings.YANLIAN_MAIL = True
    settings.YANLIAN_ADDRESS = "https://desk.example"
    bo = members["bo"]
    bo.user.email = "bo@example.org"
    bo.user.save()
    wish_set(by=bo, wanted=list(kinds_of(bo)), mail=True, lang="en")
    return bo


def test_one_message_a_day_and_never_twice(posted, office):
    assert digests_send(office).sent == 1
    again = digests_send(office)
    assert (again.sent, again.already) == (0, 1)
    assert len(mail.outbox) == 1
    message = mail.outbox[0]
    assert message.to == ["bo@example.org"]
    assert "1 late" in message.subject or "2 late" in message.subject
    assert "https://desk.example/reminders/" in message.body
    assert "[training data]" in message.body
    assert digests_send(office, today() + DAY).sent == 1
    assert len(mail.outbox) == 2


def test_nothing_confidential_leaves_by_e_mail(posted, office):
    Promise.objects.update(visibility="own", text_en="A secret", text_zh="秘密")
    digests_send(office)
    body = mail.outbox[0].body
    assert "A secret" not in body
    assert "13800000000" not in body
    assert "Lin Hai" not in body
    assert "1 more, shown on the page only" in body


def test_the_message_speaks_the_language_chosen(posted, office):
    Wish.objects.update(lang="zh")
    digests_send(office)
    assert "逾期" in mail.outbox[0].subject
    assert "海岳电芯" in mail.outbox[0].body


def test_who_left_or_has_no_address_gets_nothing(posted, office):
    posted.user.email = ""
    posted.user.save()
    assert digests_send(office).sent == 0
    posted.user.email = "bo@example.org"
    posted.user.is_active = False
    posted.user.save()
    assert digests_send(office).sent == 0
    assert not mail.outbox


def test_with_nothing_due_nothing_is_sent(posted, office):
    wish_set(by=posted, wanted=[], mail=True, lang="en")
    done = digests_send(office)
    assert (done.sent, done.nothing) == (0, 1)
    assert not mail.outbox


def smtp(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 1


def test_a_server_that_refuses_loses_nothing(posted, office, settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    smtp(settings, port)
    done = digests_send(office)
    assert done.sent == 0
    assert len(done.failed) == 1
    assert "Nothing is lost" in done.failed[0].en
    assert done.failed[0].zh != done.failed[0].en
    assert Digest.objects.get().state == "failed"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert digests_send(office).sent == 1
    assert digests_send(office).already == 1
    assert Digest.objects.get().state == "sent"


def test_a_server_that_hangs_is_given_up(posted, office, settings, members):
    alice = members["alice"]
    alice.user.email = "alice@example.org"
    alice.user.save()
    wish_set(by=alice, wanted=["handover"], mail=True, lang="en")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        smtp(settings, server.getsockname()[1])
        done = digests_send(office)
    assert done.sent == 0
    assert len(done.failed) == 2
    assert "did not answer within 1 seconds" in done.failed[0].en
    assert set(Digest.objects.values_list("state", flat=True)) == {"failed"}


def test_one_address_that_is_refused_stops_nobody_else(
    posted, office, members, monkeypatch
):
    alice = members["alice"]
    alice.user.email = "alice@example.org"
    alice.user.save()
    wish_set(by=alice, wanted=["handover"], mail=True, lang="en")
    sent = []

    def send(self, fail_silently=False):
        if self.to == ["alice@example.org"]:
            raise smtplib.SMTPRecipientsRefused({"alice@example.org": (550, b"no")})
        sent.append(self.to)

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    done = digests_send(office)
    assert sent == [["bo@example.org"]]
    assert (done.sent, len(done.failed)) == (1, 1)


def test_what_was_cut_off_is_not_sent_again_on_that_day(posted, office, monkeypatch):
    def killed(self, fail_silently=False):
        raise KeyboardInterrupt

    monkeypatch.setattr("django.core.mail.EmailMessage.send", killed)
    with pytest.raises(KeyboardInterrupt):
        digests_send(office)
    monkeypatch.undo()
    assert Digest.objects.get().state == "sending"
    assert digests_send(office).already == 1
    assert digests_send(office, today() + DAY).sent == 1


def test_the_command_line_says_that_mail_is_off(posted, office, capsys, monkeypatch, settings):  # fmt: skip
    from yanlian_web import runner

    monkeypatch.setattr(runner, "prepare", lambda folder: (office, {}))
    settings.YANLIAN_MAIL = False
    for lang, word in (("en", "E-mail is off"), ("zh", "邮件未启用")):
        assert runner.remind(office.folder, lang=lang) == 0
        assert word in capsys.readouterr().out
    settings.YANLIAN_MAIL = True
    assert runner.remind(office.folder, lang="en") == 0
    assert "Sent: 1." in capsys.readouterr().out
    monkeypatch.setattr(
        "django.core.mail.EmailMessage.send",
        lambda self: (_ for _ in ()).throw(ConnectionRefusedError("refused")),
    )
    Digest.objects.all().delete()
    assert runner.remind(office.folder, lang="zh") == 1
    out = capsys.readouterr()
    assert "未发送 1" in out.out
    assert "refused" in out.err


# The calendar.


def events_of(client, secret):
    answer = client.get(f"/calendar/{secret}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer["Cache-Control"]
    return icalendar.Calendar.from_ical(answer.content)


def summaries(book):
    return [str(event["summary"]) for event in book.walk("VEVENT")]


@pytest.fixture
def planned(due):
    day = today() + DAY
    Meeting.objects.update(on=day, start_min=540, end_min=1440, secrecy="open", place_en="Hefei, Road 1")  # fmt: skip
    return due


def test_the_calendar_needs_no_sign_in_and_knows_its_zone(client, planned, members):
    _, secret = feed_renew(by=members["bo"], private="busy", lang="en")
    book = events_of(client, secret)
    zones = book.walk("VTIMEZONE")
    assert [str(z["tzid"]) for z in zones] == ["Asia/Shanghai"]
    visit = next(
        e for e in book.walk("VEVENT") if str(e["summary"]).startswith("Visit")
    )
    shanghai = zoneinfo.ZoneInfo("Asia/Shanghai")
    start = visit["dtstart"].dt
    assert start.astimezone(shanghai).hour == 9
    assert start.utcoffset() == datetime.timedelta(hours=8)
    # Until midnight: the end is the first moment of the next day.
    assert (visit["dtend"].dt - start) == datetime.timedelta(hours=15)
    assert visit["location"] == "Hefei, Road 1"
    told = summaries(book)
    assert any(text.startswith("Our promises: ") for text in told)
    assert all("[training data]" in t for t in told if t != "Busy")
    uids = [str(e["uid"]) for e in book.walk("VEVENT")]
    assert len(uids) == len(set(uids))
    # Of the promises, reviews and texts each has its day.
    assert len(uids) >= 7


def test_confidential_items_are_busy_or_left_out(client, planned, members):
    Meeting.objects.update(secrecy="internal")
    _, secret = feed_renew(by=members["bo"], private="busy", lang="zh")
    raw = client.get(f"/calendar/{secret}.ics").content.decode()
    # The visit, the promise made at it, and the contact data.
    assert raw.count("SUMMARY:忙碌") == 3
    for word in ("Visit", "走访[", "落实三十亩", "Name 30 mu", "Hefei\\, Road", "13800000000", "林海"):  # fmt: skip
        assert word not in raw
    Feed.objects.update(private="omit")
    assert "忙碌" not in client.get(f"/calendar/{secret}.ics").content.decode()


def test_an_old_guessed_or_revoked_address_tells_nothing(client, planned, members):
    bo = members["bo"]
    never = client.get("/calendar/guessed.ics")
    _, first = feed_renew(by=bo, private="busy", lang="en")
    _, second = feed_renew(by=bo, private="busy", lang="en")
    assert first != second
    assert client.get(f"/calendar/{second}.ics").status_code == 200
    old = client.get(f"/calendar/{first}.ics")
    feed_revoke(by=bo)
    revoked = client.get(f"/calendar/{second}.ics")
    empty = client.get("/calendar/%20.ics")
    for answer in (never, old, revoked, empty):
        assert answer.status_code == 404
        assert b"bo" not in answer.content.replace(b"body", b"").split(b"<main")[-1].split(b"</main")[0]  # fmt: skip
    bodies = {a.content.split(b"<main")[-1].split(b"</main")[0] for a in (never, old, revoked)}  # fmt: skip
    assert len(bodies) == 1
    # Only what it hashes to is kept.
    assert second not in str(list(Feed.objects.values())) + str(list(LogLine.objects.values("data")))  # fmt: skip


def test_the_rights_are_those_of_the_moment(client, planned, members):
    bo = members["bo"]
    _, secret = feed_renew(by=bo, private="busy", lang="en")
    assert any("Our promises" in t for t in summaries(events_of(client, secret)))
    Promise.objects.update(owner=members["alice"], visibility="own", made_by=members["alice"])  # fmt: skip
    assert not any("Our promises" in t for t in summaries(events_of(client, secret)))
    bo.user.is_active = False
    bo.user.save()
    assert client.get(f"/calendar/{secret}.ics").status_code == 404


def test_a_calendar_address_by_the_page(client, people, planned):
    client.force_login(people["rita"])
    wrong = client.post("/reminders/calendar/", {"do": "renew", "private": "all", "lang": "en"})  # fmt: skip
    assert wrong.status_code == 422
    page = client.post("/reminders/calendar/", {"do": "renew", "private": "omit", "lang": "en"})  # fmt: skip
    address = page.context["address"]
    assert address.encode() in page.content
    assert page["Cache-Control"] == "no-store"
    assert address.encode() not in client.get("/reminders/").content
    path = "/calendar/" + address.rsplit("/", 1)[1]
    client.logout()
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405
    client.force_login(people["rita"])
    assert client.post("/reminders/calendar/", {"do": "revoke"}).status_code == 302
    assert client.get(path).status_code == 404


def test_the_calendar_asks_a_fixed_number_of_times(client, planned, members):
    bo = members["bo"]
    _, secret = feed_renew(by=bo, private="busy", lang="en")

    def asked():
        with CaptureQueriesContext(connection) as found:
            events_of(client, secret)
        return len(found)

    few = asked()
    for number in range(5):
        record_add(
            by=bo, kind="meeting", training=True,
            values={"way": "call", "title_en": f"Call {number}", "company": planned["company"], "on": today(), "owner": bo, "secrecy": "open"},
        )  # fmt: skip
    assert asked() == few


def test_hidden_and_foldable_text_makes_no_new_lines(client, planned, members):
    Meeting.objects.update(title_en="A\r\nATTENDEE:x;y,z\\ " + "长" * 200)
    _, secret = feed_renew(by=members["bo"], private="busy", lang="en")
    raw = client.get(f"/calendar/{secret}.ics").content
    assert b"\r\nATTENDEE" not in raw
    assert max(len(row) for row in raw.split(b"\r\n")) <= 75


def test_a_touch_that_is_due_is_told_until_a_meeting_is_planned(things, members):
    bo = members["bo"]
    # Nobody met the company; the plan asks for a visit every month.
    Meeting.objects.update(archived_on=today())
    plan = record_add(
        by=bo, kind="touch-plan", training=True,
        values={"company": things["company"], "months": 1, "since": today() - 60 * DAY, "owner": bo},
    )  # fmt: skip
    found = kinds_of(bo)["touch"]
    assert found.duty.record == plan
    assert found.reminder.state == "late"
    assert found.place.endswith("?owner=me")
    assert "touch" not in kinds_of(members["alice"])
    record_add(
        by=bo, kind="meeting", training=True,
        values={"way": "outbound", "title_en": "Call", "company": things["company"], "on": today() + DAY, "owner": bo},
    )  # fmt: skip
    assert "touch" not in kinds_of(bo)
