"""People, posts, contacts and organisations: what is refused, and what pages show."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desk import DAY
from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.masked import person_unmask
from yanlian_web.desk.actions.people import contact_renew
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.models import Contact, Organisation, Person

SOURCE = {"source": "Card", "source_on": DAY(2026, 2, 1)}


def add(bo, kind, **values):
    return record_add(by=bo, kind=kind, values={"owner": bo, **values}, training=True)


def codes(error):
    return {finding.code for finding in error.value.findings}


def test_a_person_needs_a_name_and_a_source(members):
    with pytest.raises(Refused) as error:
        add(members["bo"], "person", side="theirs")
    assert {f.where for f in error.value.findings} >= {
        "name_en",
        "source",
        "source_on",
    }
    assert not Person.objects.exists()


def test_only_our_officials_have_a_rank_and_sign_in(members):
    with pytest.raises(Refused) as error:
        add(
            members["bo"], "person", name_en="Lin", side="theirs", rank=1,
            member=members["bo"], **SOURCE,
        )  # fmt: skip
    assert codes(error) == {"person.member", "person.rank"}


def test_a_source_of_tomorrow_is_refused(members):
    tomorrow = today() + datetime.timedelta(days=1)
    with pytest.raises(Refused) as error:
        add(members["bo"], "person", name_en="Lin", source="Card", source_on=tomorrow)
    assert codes(error) == {"desk.source_on"}


@pytest.mark.parametrize("words", ["Lin", "lin hai", "林海", "linhai", "lh"])
def test_people_are_found_by_name_and_pinyin(alice, things, words):
    rows = alice.get("/people/", {"q": words}).context["rows"]
    assert [row["person"].name_zh for row in rows] == ["林海"]


def test_our_officials_stand_in_order_of_precedence(alice, members):
    for name, rank in (("Ai", 7), ("Bei", None), ("Chu", 1)):
        add(members["bo"], "person", name_en=name, side="ours", rank=rank, **SOURCE)
    rows = alice.get("/people/", {"side": "ours"}).context["rows"]
    assert [row["person"].name_en for row in rows] == ["Chu", "Ai", "Bei"]


def test_people_are_filtered_by_what_they_belong_to_today(alice, members, things):
    bo, org = members["bo"], things["organisation"]
    now = add(bo, "person", name_en="Now", side="third", **SOURCE)
    was = add(bo, "person", name_en="Was", side="third", **SOURCE)
    add(bo, "post", person=now, organisation=org, title_en="Head", **SOURCE)
    add(
        bo, "post", person=was, organisation=org, title_en="Head",
        until=DAY(2026, 1, 1), **SOURCE,
    )  # fmt: skip
    page = alice.get("/people/", {"organisation": org.pk}).context
    assert [row["person"].name_en for row in page["rows"]] == ["Now"]


def test_a_post_is_at_one_place_and_in_order(members, things):
    bo, person = members["bo"], things["person"]
    with pytest.raises(Refused) as error:
        add(bo, "post", person=person, title_en="Head", **SOURCE)
    assert codes(error) == {"post.place"}
    with pytest.raises(Refused) as error:
        add(
            bo, "post", person=person, title_en="Head", company=things["company"],
            organisation=things["organisation"], since=DAY(2026, 2, 1),
            until=DAY(2025, 2, 1), **SOURCE,
        )  # fmt: skip
    assert codes(error) == {"post.place", "desk.order"}


def test_the_same_post_is_not_held_twice_at_a_time(members, things):
    bo = members["bo"]
    where = {"person": things["person"], "company": things["company"]}
    add(bo, "post", title_en="Chairman", title_zh="董事长", **where, **SOURCE)
    with pytest.raises(Refused) as error:
        add(bo, "post", title_en="chairman", **where, **SOURCE)
    assert codes(error) == {"post.twice"}
    add(bo, "post", title_en="Chairman", until=DAY(2020, 1, 1), **where, **SOURCE)
    add(bo, "post", title_en="Director", **where, **SOURCE)


def contact(bo, person, **values):
    return add(
        bo,
        "contact",
        **{
            "person": person,
            "means": "mobile",
            "value": "13900001234",
            "purpose": "Visits",
            "ground": "consent",
            "expires_on": today() + datetime.timedelta(days=300),
            **SOURCE,
            **values,
        },
    )


@pytest.mark.parametrize(
    ("means", "value", "code"),
    [
        ("email", "lin at example", "contact.email"),
        ("mobile", "12345", "contact.mobile"),
        ("mobile", "23900001234", "contact.mobile"),
        ("phone", "ring me", "contact.phone"),
    ],
)
def test_numbers_and_addresses_are_checked(members, things, means, value, code):
    with pytest.raises(Refused) as error:
        contact(members["bo"], things["person"], means=means, value=value)
    assert codes(error) == {code}
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("means", "value"),
    [
        ("mobile", "+86 139 0000 1234"),
        ("mobile", "＋４９ 151 2345678"),
        ("phone", "0579-8710 1234"),
        ("phone", "400-800-1234"),
        ("email", "lin.hai@example.cn"),
        ("wechat", "linhai_77"),
    ],
)
def test_usual_numbers_and_addresses_pass(members, things, means, value):
    assert contact(members["bo"], things["person"], means=means, value=value).pk


@pytest.mark.parametrize("days", [-1, 0, 4 * 366])
def test_a_contact_is_kept_until_a_day_within_three_years(members, things, days):
    with pytest.raises(Refused) as error:
        contact(
            members["bo"], things["person"],
            expires_on=today() + datetime.timedelta(days=days),
        )  # fmt: skip
    assert codes(error) == {"contact.expiry"}


def test_a_contact_names_source_purpose_ground_and_expiry(members, things):
    with pytest.raises(Refused) as error:
        add(
            members["bo"], "contact", person=things["person"], means="mobile",
            value="13900001234",
        )  # fmt: skip
    wanted = {"source", "source_on", "purpose", "ground", "expires_on"}
    assert {f.where for f in error.value.findings} == wanted


def test_the_same_number_is_kept_once(members, things):
    contact(members["bo"], things["person"])
    with pytest.raises(Refused) as error:
        contact(members["bo"], things["person"])
    assert codes(error) == {"contact.twice"}


def test_an_expired_contact_is_hidden_until_it_is_renewed(alice, members, things):
    person = things["person"]
    kept = contact(members["bo"], person)
    Contact.objects.filter(pk=kept.pk).update(expires_on=DAY(2026, 1, 1))
    page = alice.get(f"/people/{person.pk}/")
    assert "13900001234" not in page.content.decode()
    assert f"/do/contact-renew/{kept.pk}/" in page.content.decode()
    until = today() + datetime.timedelta(days=400)
    contact_renew(
        by=members["bo"], pk=kept.pk, version=None, expires_on=until, source="Call"
    )
    # Hers it is not: the head sees it for a reason alone.
    assert "13900001234" not in alice.get(f"/people/{person.pk}/").content.decode()
    person_unmask(by=members["alice"], pk=person.pk, version=None, why="To call back")
    assert "13900001234" in alice.get(f"/people/{person.pk}/").content.decode()


def test_a_persons_page_shows_meetings_and_promises(alice, members, things):
    record_change(
        by=members["bo"], kind="promise", pk=things["promise"].pk, version=None,
        values={"person": None},
    )  # fmt: skip
    text = alice.get(f"/people/{things['person'].pk}/").content.decode()
    assert "Visit" in text
    assert "training data" in text


def test_an_organisation_shows_what_it_answers_for(alice, things):
    page = alice.get(f"/organisations/{things['organisation'].pk}/")
    text = page.content.decode()
    assert "Name 30 mu" in text
    assert "Power" in text
    assert page.context["keeping"].due == 1


def test_an_organisation_is_no_part_of_itself(members, things):
    bo, above = members["bo"], things["organisation"]
    below = add(bo, "organisation", name_en="Office", sort_of="department", part_of=above)  # fmt: skip
    with pytest.raises(Refused) as error:
        record_change(
            by=bo, kind="organisation", pk=above.pk, version=None,
            values={"part_of": Organisation.objects.get(pk=below.pk)},
        )  # fmt: skip
    assert codes(error) == {"organisation.circle"}


def test_what_only_the_owner_sees_is_hidden_everywhere(client, people, members, things):
    boss = members["alice"]
    hidden = record_add(
        by=boss, kind="person", training=True,
        values={"name_en": "Secret", "visibility": "own", "owner": boss, **SOURCE},
    )  # fmt: skip
    record_add(
        by=boss, kind="post", training=True,
        values={"person": hidden, "company": things["company"], "title_en": "Spy", **SOURCE},
    )  # fmt: skip
    client.force_login(people["bo"])
    assert client.get(f"/people/{hidden.pk}/").status_code == 404
    for url in ("/people/", "/search/?q=secret", "/companies/T001/"):
        assert "Spy" not in client.get(url).content.decode()
        assert f"/people/{hidden.pk}/" not in client.get(url).content.decode()


def test_exports_hold_no_formula_and_no_number_to_call(alice, members, things):
    add(members["bo"], "person", name_en="=1+1", side="theirs", **SOURCE)
    contact(members["bo"], things["person"])
    sent = alice.get("/people/", {"export": "csv"})
    text = sent.content.decode()
    assert "13900001234" not in text
    assert "'=1+1" in text or '"\'=1+1"' in text
    assert alice.get("/people/", {"export": "xlsx"}).status_code == 200
    assert alice.get("/organisations/", {"export": "csv"}).status_code == 200


def test_markup_in_names_is_shown_as_text(alice, members, things):
    bad = add(members["bo"], "person", name_en="<script>x</script>", **SOURCE)
    for url in ("/people/", f"/people/{bad.pk}/", "/search/?q=script"):
        text = alice.get(url).content.decode()
        assert "<script>x" not in text
        assert "&lt;script&gt;x" in text


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_pages_open_in_both_languages(alice, things, lang):
    alice.cookies["django_language"] = lang
    for url in (
        "/people/",
        f"/people/{things['person'].pk}/",
        "/organisations/",
        f"/organisations/{things['organisation'].pk}/",
        "/conflicts/",
        "/companies/T001/",
        "/search/?q=haiyue",
    ):
        assert alice.get(url).status_code == 200, url


def test_refusals_are_said_in_chinese(alice, things):
    alice.cookies["django_language"] = "zh-hans"
    sent = alice.post(
        "/new/contact/",
        {
            "person": f"#{things['person'].pk}",
            "means": "mobile",
            "value": "12",
            "purpose": "x",
            "ground": "consent",
            "expires_on": "2020-01-01",
            "source": "x",
            "source_on": "2026-01-01",
        },
    )
    assert sent.status_code == 422
    text = sent.content.decode()
    assert "应为以 1 开头的 11 位数字" in text
    assert "可以续期" in text


def test_lists_ask_as_often_for_twenty_as_for_one(alice, members, things):
    def asked(url):
        with CaptureQueriesContext(connection) as found:
            assert alice.get(url).status_code == 200
        return len(found)

    urls = (
        "/people/",
        "/organisations/",
        "/search/?q=haiyue",
        "/companies/T001/",
        f"/organisations/{things['organisation'].pk}/",
        f"/people/{things['person'].pk}/",
    )
    bo = members["bo"]
    add(bo, "person", name_en="Haiyue", **SOURCE)
    add(bo, "organisation", name_en="Haiyue", sort_of="park")
    add(bo, "post", person=things["person"], company=things["company"], title_en="First", **SOURCE)  # fmt: skip
    for url in urls:
        asked(url)
    before = {url: asked(url) for url in urls}
    for number in range(20):
        person = add(bo, "person", name_en=f"Haiyue {number}", **SOURCE)
        add(bo, "organisation", name_en=f"Haiyue {number}", sort_of="park")
        add(bo, "post", person=person, company=things["company"], title_en="Head", **SOURCE)  # fmt: skip
        add(bo, "post", person=person, organisation=things["organisation"], title_en="Head", **SOURCE)  # fmt: skip
        add(
            bo, "promise", side="ours", text_en=f"Promise {number}",
            company=things["company"], department=things["organisation"],
            person=None, made_on=DAY(2026, 3, 2), due_on=DAY(2026, 4, 1),
        )  # fmt: skip
    assert {url: asked(url) for url in urls} == before
