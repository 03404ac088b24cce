"""Import of people: places found, posts and contact data kept with purpose and ground."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.web.test_intake import (
    HEAD,
    applied,
    coded,
    compare,
    line,
    send,
    sheet,
    undone,
)

pytestmark = pytest.mark.django_db
PEOPLE = ("姓名", "公司", "职务", "手机", "邮箱")


def bring(by, *rows, **more):
    text = "\n".join(",".join(row) for row in (PEOPLE, *rows))
    file = SimpleUploadedFile("名片.csv", text.encode())
    return send(by, file, what="person", source="名片", **more)


def checked(by, batch, **more):
    until = datetime.date.today() + datetime.timedelta(days=300)
    values = {"purpose": "洽谈联系", "ground": "consent", "expires_on": until}
    return compare(by, batch, **{**values, **more})


@pytest.fixture
def firm(members):
    from yanlian_web.desk.models import Company

    bo = members["bo"]
    applied(bo, compare(bo, send(bo, sheet(HEAD, line(1), line(2)))))
    return Company.objects.get(credit_code=coded(1))


def test_people_come_with_post_and_contact_data(members, firm):
    from yanlian_web.desk.models import Person
    from yanlian_web.intake.models import Change

    bo = members["bo"]
    row = ("林海", firm.name_zh, "总经理", "１３８00001111", "lin@example.cn")
    batch = bring(bo, row, ("钱进", "没有的公司", "经理", "", ""))
    assert batch.mapping == ["name_zh", "place", "title_zh", "contact:mobile", "contact:email"]  # fmt: skip
    batch = checked(bo, batch)
    assert batch.counts == {"new": 1, "error": 1}
    batch = applied(bo, batch)
    person = Person.objects.get(name_zh="林海")
    post = person.posts.get()
    assert (post.company_id, post.title_zh) == (firm.pk, "总经理")
    contacts = {c.means: c for c in person.contacts.all()}
    assert contacts["mobile"].value == "13800001111"
    assert (contacts["email"].purpose, contacts["email"].ground) == ("洽谈联系", "consent")  # fmt: skip
    # Neither the log nor the rows keep what expires.
    assert "13800001111" not in str(list(Change.objects.values_list("changes", flat=True)))  # fmt: skip
    assert "13800001111" not in str(list(batch.rows.values_list("values", flat=True)))
    assert checked(bo, bring(bo, row)).counts == {"unchanged": 1}
    undone(bo, batch)
    assert not Person.objects.filter(name_zh="林海").live().exists()
    assert not person.contacts.live().exists()


def test_a_new_title_follows_the_old_one(members, firm):
    from yanlian_web.desk.models import Person

    bo = members["bo"]
    applied(bo, checked(bo, bring(bo, ("林海", firm.name_zh, "副总", "", ""))))
    batch = checked(bo, bring(bo, ("林海", firm.name_zh, "总经理", "13800001111", "")))
    assert batch.counts == {"update": 1}
    batch = applied(bo, batch)
    person = Person.objects.get(name_zh="林海")
    assert {p.title_zh: p.until is None for p in person.posts.all()} == {"副总": False, "总经理": True}  # fmt: skip
    undone(bo, batch)
    current = person.posts.live().filter(until=None)
    assert [p.title_zh for p in current] == ["副总"]


def test_contact_data_need_purpose_ground_and_end(members, firm):
    from yanlian_web.desk.acting import Refused

    bo = members["bo"]
    batch = bring(bo, ("林海", firm.name_zh, "", "13800001111", ""))
    with pytest.raises(Refused) as error:
        compare(bo, batch)
    text = error.value.text("en")
    for part in ("which purpose", "legal ground", "until when"):
        assert part in text
    far = datetime.date.today() + datetime.timedelta(days=4000)
    with pytest.raises(Refused, match="until when"):
        checked(bo, batch, expires_on=far)


def test_two_of_one_name_are_told_apart_by_their_mobile(members, firm):
    bo = members["bo"]
    one = ("林海", firm.name_zh, "总经理", "13800001111", "")
    applied(bo, checked(bo, bring(bo, one)))
    other = ("林海", firm.name_zh, "总经理", "13900002222", "")
    batch = checked(bo, bring(bo, one, other), key="mobile")
    assert batch.counts == {"unchanged": 1, "new": 1}
    wrong = checked(bo, bring(bo, ("林海", firm.name_zh, "", "1380000", "")))
    assert wrong.counts == {"error": 1}


def test_contact_data_are_shown_to_who_sent_them_alone(members, people, client, firm):
    bo = members["bo"]
    batch = checked(bo, bring(bo, ("林海", firm.name_zh, "总经理", "13800001111", "")))
    for name, shown in (("bo", True), ("alice", False)):
        client.force_login(people[name])
        page = client.get(reverse("import-one", args=[batch.pk])).content.decode()
        assert ("13800001111" in page) is shown
