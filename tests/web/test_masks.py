"""Masked fields: dots for who has not said why, a line in the audit for who reads."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.masked import meeting_unmask, person_unmask
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.masks import MASK, masked, reading
from yanlian_web.desk.models import Meeting
from yanlian_web.offices.audit import noted
from yanlian_web.offices.models import LogLine

NUMBER = "13900001234"
SECRET = "They will build in Hefei."


@pytest.fixture
def contact(members, things):
    return record_add(
        by=members["bo"], kind="contact",
        values={
            "person": things["person"], "means": "mobile", "value": NUMBER,
            "source": "Card", "source_on": datetime.date(2026, 2, 1), "purpose": "Visit",
            "ground": "consent", "expires_on": today() + datetime.timedelta(days=100),
            "owner": members["bo"],
        },
    )  # fmt: skip


@pytest.fixture
def restricted(members, things):
    meeting = things["meeting"]
    record_change(
        by=members["bo"], kind="meeting", pk=meeting.pk, version=meeting.version,
        values={"secrecy": "restricted", "summary_en": SECRET},
    )  # fmt: skip
    return Meeting.objects.get(pk=meeting.pk)


def reads(office):
    return LogLine.objects.filter(office=office, code="desk.masked.read")


def page(client, people, who, name, **arguments):
    client.force_login(people[who])
    return client.get(reverse(name, kwargs=arguments)).content.decode()


def test_readers_see_dots_and_their_owner_the_number(client, people, contact):
    pk = contact.person_id
    shown = page(client, people, "rita", "people-one", pk=pk)
    assert NUMBER not in shown
    assert MASK in shown
    assert "your role sees it masked" in shown
    assert not reads(contact.office).exists()
    assert NUMBER in page(client, people, "bo", "people-one", pk=pk)
    line = reads(contact.office).get()
    assert line.by == people["bo"]
    assert line.data["read"] == {contact.ref: ["value"]}
    assert NUMBER not in str(line.data)


def test_others_give_a_reason_that_holds_for_hours(
    client, people, members, contact, monkeypatch
):
    pk = contact.person_id
    shown = page(client, people, "alice", "people-one", pk=pk)
    assert NUMBER not in shown
    assert f"/do/person-unmask/{pk}/" in shown
    sent = client.post(f"/do/person-unmask/{pk}/", {"why": "He asked to be called"})
    assert sent.status_code == 302
    assert NUMBER in page(client, people, "alice", "people-one", pk=pk)
    opened = LogLine.objects.get(code="desk.masked.opened")
    assert opened.data["why"] == "He asked to be called"
    assert reads(contact.office).get().by == people["alice"]
    # It is hers alone, and for a time.
    assert (
        masked(
            members["bo"].__class__.objects.get(pk=members["rita"].pk), contact, "value"
        )
        == MASK
    )
    from yanlian_web.desk import masks

    monkeypatch.setattr(masks, "HOURS", 0)
    assert NUMBER not in page(client, people, "alice", "people-one", pk=pk)


def test_a_reason_is_needed_and_the_right(members, contact):
    with pytest.raises(Refused, match="not right"):
        person_unmask(by=members["alice"], pk=contact.person_id, version=None, why=" ")
    with pytest.raises(PermissionDenied):
        person_unmask(
            by=members["rita"], pk=contact.person_id, version=None, why="I want to know"
        )


def test_an_administrator_never_sees_it(members, contact):
    rita = members["rita"]
    rita.role = "admin"
    rita.save()
    assert masked(rita, contact, "value") == MASK
    with pytest.raises(PermissionDenied):
        person_unmask(by=rita, pk=contact.person_id, version=None, why="I want to know")


def test_one_line_for_all_that_one_page_shows(members, contact):
    with reading(members["bo"], "export"):
        assert masked(members["bo"], contact, "value") == NUMBER
        assert masked(members["bo"], contact, "value") == NUMBER
    assert reads(contact.office).count() == 1
    assert reads(contact.office).get().data["how"] == "export"


def test_a_form_leaves_out_what_is_masked_and_keeps_it(
    client, people, members, contact
):
    client.force_login(people["alice"])
    shown = client.get(f"/edit/contact/{contact.pk}/").content.decode()
    assert NUMBER not in shown
    assert 'name="value"' not in shown
    assert "left out" in shown
    sent = client.post(
        f"/edit/contact/{contact.pk}/",
        {
            "version": contact.version, "person": f"#{contact.person_id}", "means": "mobile",
            "source": "Call", "source_on": "2026-02-02", "purpose": "Visit",
            "ground": "consent", "expires_on": contact.expires_on.isoformat(),
            "owner": members["bo"].pk, "visibility": "office",
        },
    )  # fmt: skip
    assert sent.status_code == 302, sent.content.decode()
    contact.refresh_from_db()
    assert contact.source == "Call"
    assert contact.value == NUMBER


@pytest.mark.parametrize("who", ["alice", "rita"])
def test_nothing_else_shows_the_number(client, people, members, contact, who):
    record_change(
        by=members["bo"], kind="contact", pk=contact.pk, version=contact.version,
        values={"value": "13900009999"},
    )  # fmt: skip
    client.force_login(people[who])
    for address in (
        f"/people/{contact.person_id}/", "/people/", "/people/?export=csv", f"/archive/contact/{contact.pk}/",
        "/log/", f"/log/?record=contact:{contact.pk}", "/audit/", "/audit/?export=csv",
        "/search/?q=1390000", f"/do/contact-renew/{contact.pk}/",
    ):  # fmt: skip
        text = client.get(address).content.decode()
        assert "13900009999" not in text, address
        assert NUMBER not in text, address
    # The page names what was searched for, and finds nobody by it.
    assert "Lin Hai" not in client.get("/search/?q=13900009999").content.decode()


def test_the_summary_of_a_small_circle_is_masked(client, people, restricted):
    pk = restricted.pk
    for who in ("rita", "alice"):
        shown = page(client, people, who, "meetings-one", pk=pk)
        assert SECRET not in shown
        assert "label of a small circle" in shown
        assert SECRET not in client.get("/meetings/?export=csv").content.decode()
    assert SECRET in page(client, people, "bo", "meetings-one", pk=pk)
    assert SECRET in client.get("/meetings/?export=csv").content.decode()
    assert {line.data["how"] for line in reads(restricted.office)} == {"page", "export"}


def test_a_reason_opens_the_summary(members, restricted):
    alice = members["alice"]
    assert masked(alice, restricted, "summary_en") == MASK
    meeting_unmask(by=alice, pk=restricted.pk, version=None, why="Preparing the visit")
    assert masked(alice, restricted, "summary_en") == SECRET


def test_an_open_meeting_is_not_masked_and_not_noted(members, things):
    meeting = things["meeting"]
    meeting.summary_en = SECRET
    assert masked(members["rita"], meeting, "summary_en") == SECRET
    assert not reads(meeting.office).exists()


def test_exports_are_noted(client, people, things):
    client.force_login(people["rita"])
    client.get("/people/?export=xlsx")
    line = LogLine.objects.get(code="desk.list.exported")
    assert line.by == people["rita"]
    assert line.data["form"] == "xlsx"
    assert line.data["rows"] == 1


def test_values_are_never_noted(members, contact):
    noted(contact.office, None, "desk.test")
    masked(members["bo"], contact, "value")
    for line in LogLine.objects.filter(code__startswith="desk.masked"):
        assert NUMBER not in str(line.data)
