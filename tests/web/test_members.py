"""Members: who gives which role, the last head, looking as another, why not."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from tests.people import person
from yanlian.errors import YanlianError
from yanlian_web.desk.models import Company, Person
from yanlian_web.offices.members import (
    looking_begin,
    member_add,
    member_change,
    member_disable,
    member_enable,
)
from yanlian_web.offices.models import LogLine, Member

CODE = "91110000600037341L"


@pytest.fixture
def admin(office):
    return person("ada", office, "admin").member


def codes(error):
    return {finding.code for finding in error.value.findings}


def now(member):
    return {
        name: getattr(member, name) for name in ("role", "team", "name_en", "name_zh")
    }


def test_a_member_is_added_and_noted(members, admin):
    made, password = member_add(
        by=admin, username="new", role="officer", team="East", name_zh="新人"
    )
    assert made.user.check_password(password)
    line = LogLine.objects.get(code="offices.member.added")
    assert line.subject == f"member:{made.pk}"
    assert password not in str(line.data)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"username": "bo"}, "member.taken"),
        ({"username": "BO"}, "member.taken"),
        ({"username": ""}, "member.username"),
        ({"username": "a b"}, "member.username"),
        ({"username": "x" * 151}, "member.long"),
        ({"username": "n\u202eew"}, "member.hidden"),
        ({"role": "king"}, "member.role"),
        ({"role": "head"}, "member.head"),
        ({"team": "x" * 101}, "member.long"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_stored(members, admin, values, code):
    count = Member.objects.count()
    with pytest.raises(YanlianError) as error:
        member_add(**{"by": admin, "username": "new", "role": "reader", **values})
    assert code in codes(error)
    assert Member.objects.count() == count


@pytest.mark.parametrize("who", ["rita", "bo"])
def test_only_heads_and_administrators_change_members(members, who):
    by = members[who]
    for act in (
        lambda: member_add(by=by, username="n", role="reader"),
        lambda: member_change(by=by, pk=members["bo"].pk, **now(members["bo"])),
        lambda: member_disable(by=by, pk=members["alice"].pk, why="x"),
        lambda: member_enable(by=by, pk=members["alice"].pk),
        lambda: looking_begin(by=by, pk=members["rita"].pk),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_members_of_another_office_are_not_there(members, people):
    with pytest.raises(PermissionDenied):
        member_change(by=members["alice"], pk=people["chen"].member.pk, role="reader")


@pytest.mark.parametrize("role", ["officer", "head", "reader"])
def test_nobody_raises_their_own_role(admin, role):
    with pytest.raises(YanlianError) as error:
        member_change(by=admin, pk=admin.pk, role=role)
    assert "member.own" in codes(error)
    admin.refresh_from_db()
    assert admin.role == "admin"


def test_an_administrator_cannot_put_themselves_into_a_team(admin):
    with pytest.raises(YanlianError) as error:
        member_change(by=admin, pk=admin.pk, role="admin", team="East")
    assert codes(error) == {"member.team"}


def test_an_administrator_neither_makes_nor_unmakes_a_head(members, admin):
    for values in (
        {"pk": members["bo"].pk, "role": "head"},
        {"pk": members["alice"].pk, "role": "reader"},
    ):
        with pytest.raises(YanlianError) as error:
            member_change(by=admin, **values)
        assert "member.head" in codes(error)
    with pytest.raises(YanlianError) as error:
        member_disable(by=admin, pk=members["alice"].pk, why="x")
    assert "member.head" in codes(error)


def test_the_last_head_stays(members, admin):
    alice = members["alice"]
    with pytest.raises(YanlianError) as error:
        member_change(by=alice, pk=alice.pk, role="reader")
    assert "member.last" in codes(error)
    with pytest.raises(YanlianError) as error:
        member_disable(by=alice, pk=alice.pk, why="x")
    assert {"member.last", "member.self"} <= codes(error)
    member_change(by=alice, pk=members["bo"].pk, role="head")
    assert member_change(by=alice, pk=alice.pk, role="reader").role == "reader"


def test_who_is_disabled_cannot_go_on(client, people, members):
    client.force_login(people["bo"])
    assert client.get("/").status_code == 200
    member_disable(by=members["alice"], pk=members["bo"].pk, why="Left the office")
    assert client.get("/").status_code == 302
    assert Member.objects.filter(pk=members["bo"].pk).exists()
    member_enable(by=members["alice"], pk=members["bo"].pk)
    assert client.login(username="bo", password="correct horse") is True
    assert [line.code for line in LogLine.objects.filter(code__startswith="offices.member.")] == [
        "offices.member.enabled", "offices.member.disabled",
    ]  # fmt: skip


def test_a_reason_is_needed_to_disable(members):
    with pytest.raises(YanlianError) as error:
        member_disable(by=members["alice"], pk=members["bo"].pk, why=" ")
    assert codes(error) == {"member.why"}


def test_the_pages_of_members(client, people, members):
    client.force_login(people["alice"])
    assert "bo" in client.get("/members/").content.decode()
    pk = members["bo"].pk
    shown = client.get(f"/members/{pk}/").content.decode()
    assert "What bo sees" in shown
    sent = client.post(
        f"/members/{pk}/", {"do": "change", "role": "reader", "team": "East"}
    )
    assert sent.status_code == 302
    assert Member.objects.get(pk=pk).team == "East"
    sent = client.post(
        f"/members/{pk}/", {"do": "change", "role": "king", "team": "<b>"}
    )
    assert sent.status_code == 422
    assert "Found king" in sent.content.decode()
    assert "<b>&lt;" not in sent.content.decode()
    assert client.post(f"/members/{pk}/", {"do": "nonsense"}).status_code == 404


def test_the_page_of_rights_says_what_one_sees(client, people, things):
    client.force_login(people["rita"])
    shown = client.get("/rights/").content.decode()
    assert "What you see" in shown
    assert "Open masked fields" in shown


# Looking as another.


def look(client, people, who, member):
    client.force_login(people[who])
    return client.post(reverse("looking", args=[member.pk]))


def test_a_head_looks_as_a_reader_and_nothing_can_be_sent(
    client, people, members, things
):
    assert look(client, people, "alice", members["rita"]).status_code == 302
    shown = client.get(f"/deals/{things['deal'].pk}/").content.decode()
    assert "You are looking as rita" in shown
    assert client.get("/log/").status_code == 403, "a reader has no log"
    for address in (
        f"/archive/deal/{things['deal'].pk}/",
        "/day/",
        "/new/deal/",
        f"/members/{members['bo'].pk}/",
    ):
        sent = client.post(address, {"why": "x"})
        assert sent.status_code == 403
        assert "Nothing can be changed now" in sent.content.decode()
    assert "You are looking as rita" in client.get("/help/").content.decode()
    over = client.post(reverse("looking-end"))
    assert over.status_code == 302
    assert "You are looking" not in client.get("/rights/").content.decode()
    lines = LogLine.objects.filter(code__startswith="offices.looking").order_by("pk")
    assert [line.code for line in lines] == [
        "offices.looking.began",
        "offices.looking.ended",
    ]
    assert {line.by for line in lines} == {people["alice"]}


def test_masked_fields_stay_masked_while_looking(client, people, members, things):
    import datetime

    from yanlian_web.desk.acting import today
    from yanlian_web.desk.actions.records import record_add

    record_add(
        by=members["bo"], kind="contact",
        values={
            "person": things["person"], "means": "mobile", "value": "13900001234",
            "source": "Card", "source_on": today(), "purpose": "Visit", "ground": "consent",
            "expires_on": today() + datetime.timedelta(days=9), "owner": members["bo"],
        },
    )  # fmt: skip
    look(client, people, "alice", members["bo"])
    assert (
        "13900001234"
        not in client.get(f"/people/{things['person'].pk}/").content.decode()
    )


def test_what_is_exported_while_looking_is_noted_of_who_looks(
    client, people, members, things
):
    look(client, people, "alice", members["rita"])
    client.get("/people/?export=csv")
    assert LogLine.objects.get(code="desk.list.exported").by == people["alice"]


@pytest.mark.parametrize(("who", "target", "status"), [
    ("alice", "alice", 403), ("rita", "bo", 403), ("bo", "rita", 403), ("alice", "chen", 404),
])  # fmt: skip
def test_who_may_look_as_whom(client, people, who, target, status):
    assert look(client, people, who, people[target].member).status_code == status


def test_an_administrator_looks_as_anybody_but_a_head(client, people, members, admin):
    people["ada"] = admin.user
    assert look(client, people, "ada", members["bo"]).status_code == 302
    client.post(reverse("looking-end"))
    assert look(client, people, "ada", members["alice"]).status_code == 403


def test_looking_ends_when_the_right_is_gone(client, people, members):
    look(client, people, "alice", members["rita"])
    Member.objects.filter(pk=members["alice"].pk).update(role="officer")
    assert "You are looking" not in client.get("/rights/").content.decode()


# Why not.


def hide(record, visibility, owner):
    type(record).objects.filter(pk=record.pk).update(
        visibility=visibility, owner=owner, made_by=owner
    )


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize("visibility", ["own", "team"])
def test_a_hidden_record_says_why_and_whom_to_ask(
    client, people, members, things, visibility, lang
):
    hide(things["person"], visibility, members["bo"])
    client.force_login(people["rita"])
    client.cookies["django_language"] = lang
    for address in (
        f"/people/{things['person'].pk}/",
        f"/why/person/{things['person'].pk}/",
    ):
        answer = client.get(address)
        text = answer.content.decode()
        assert answer.status_code == (404 if address.startswith("/people") else 200)
        assert "bo" in text
        assert "alice" in text
        assert "Lin Hai" not in text
        assert "林海" not in text


def test_another_offices_record_answers_like_none(client, people, things):
    client.force_login(people["chen"])
    pk = things["person"].pk

    def said(address):
        text = client.get(address).content.decode()
        return text[text.index("<main") : text.index("</main>")]

    assert said(f"/people/{pk}/") == said("/people/987654/")
    there = said(f"/why/person/{pk}/").replace(f" {pk}<", " #<")
    assert there == said("/why/person/987654/").replace(" 987654<", " #<")


def test_a_company_is_there_and_nothing_of_it_is_told(client, people, members, things):
    firm = things["company"]
    Company.objects.filter(pk=firm.pk).update(credit_code=CODE)
    client.force_login(people["rita"])
    assert "Haiyue" in client.get(f"/exists/?code={CODE}").content.decode()
    hide(firm, "own", members["bo"])
    text = client.get(f"/exists/?code={CODE.lower()}").content.decode()
    assert "Haiyue" not in text
    assert "海岳" not in text
    assert "exists at another owner; ask bo" in text
    client.force_login(people["chen"])
    text = client.get(f"/exists/?code={CODE}").content.decode()
    assert "exists at another office: Yongkang" in text
    assert "Haiyue" not in text
    assert client.get("/exists/?code=91110000600037341M").status_code == 422


def test_entering_a_hidden_company_again_tells_only_whom_to_ask(
    members, things, office
):
    from yanlian_web.desk.acting import Refused
    from yanlian_web.desk.actions.records import record_add

    Company.objects.filter(pk=things["company"].pk).update(credit_code=CODE)
    hide(things["company"], "own", members["alice"])
    with pytest.raises(Refused) as error:
        record_add(
            by=members["bo"],
            kind="company",
            values={"name_en": "Again", "credit_code": CODE},
        )
    said = error.value.text("en")
    assert "another owner, alice" in said
    assert "Haiyue" not in said


def test_hidden_people_are_not_found_by_searching(client, people, members, things):
    hide(things["person"], "team", members["bo"])
    client.force_login(people["rita"])
    assert "Lin Hai" not in client.get("/search/?q=Lin").content.decode()
    assert Person.objects.seen_by(members["rita"]).count() == 0
