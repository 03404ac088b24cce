"""Imports step by step: sent, columns assigned, compared, applied, undone."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

pytestmark = pytest.mark.django_db


def coded(number):
    """A unified social credit code with its right last character."""
    marks = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91330784MA{number:07d}"
    total = sum(marks.index(c) * 3**i % 31 for i, c in enumerate(body))
    return body + marks[(31 - total % 31) % 31]


def sheet(*rows):
    text = "\n".join(",".join(row) for row in rows)
    return SimpleUploadedFile("导出.csv", text.encode("utf-8-sig"))


HEAD = ("企业名称", "统一社会信用代码", "法定代表人", "注册资本", "成立日期", "所属行业", "注册地址", "联系电话", "所属城市", "官网")  # fmt: skip


def line(number, name="", **more):
    values = {
        "企业名称": name or f"永康试验{number}有限公司",
        "统一社会信用代码": coded(number),
        "法定代表人": "王明",
        "注册资本": "500万元",
        "成立日期": "2015-03-02",
        "所属行业": "通用设备制造业",
        "注册地址": f"永康市科创路{number}号",
        "联系电话": "0579-87100000",
        "所属城市": "永康",
        **more,
    }
    return tuple(values.get(h, "") for h in HEAD)


def send(by, file, **more):
    from yanlian_web.intake.actions.steps import batch_upload

    values = {"what": "company", "source": "登记机关", "source_on": datetime.date(2026, 1, 5)}  # fmt: skip
    return batch_upload(by=by, file=file, **{**values, **more})


def compare(by, batch, **more):
    from yanlian_web.intake.actions.steps import batch_preview

    values = {"mapping": batch.mapping, "mode": "both", "key": batch.key}
    return batch_preview(by=by, pk=batch.pk, version=batch.version, **{**values, **more})  # fmt: skip


def applied(by, batch):
    from yanlian_web.intake.actions.apply import batch_apply

    return batch_apply(by=by, pk=batch.pk, version=batch.version)


def undone(by, batch):
    from yanlian_web.intake.actions.undo import batch_undo

    return batch_undo(by=by, pk=batch.pk, version=batch.version, why="wrong file")


def test_it_recognises_the_columns_of_a_registry_export(members):
    batch = send(members["bo"], sheet(HEAD, line(1)))
    assert dict(zip(batch.headers, batch.mapping, strict=True)) == {
        "企业名称": "name_zh",
        "统一社会信用代码": "credit_code",
        "法定代表人": "post:legal",
        "注册资本": "fact:capital_cny",
        "成立日期": "fact:founded",
        "所属行业": "fact:industry",
        "注册地址": "site:seat",
        "联系电话": "",
        "所属城市": "city_zh",
        "官网": "website",
    }


def test_new_companies_are_entered_with_what_belongs_to_them(members):
    from yanlian_web.desk.models import Company

    bo = members["bo"]
    batch = compare(bo, send(bo, sheet(HEAD, line(1), line(2))))
    assert batch.counts == {"new": 2}
    batch = applied(bo, batch)
    assert batch.state == "applied"
    company = Company.objects.get(credit_code=coded(1))
    assert company.name_zh == "永康试验1有限公司"
    assert company.local
    facts = {f.field: (f.value, f.text_zh) for f in company.facts.all()}
    assert facts["capital_cny"][0] == 5_000_000
    assert facts["founded"][0] == 2015
    assert facts["industry"][1] == "通用设备制造业"
    assert company.sites.get().address_zh == "永康市科创路1号"
    assert company.posts.get().person.name_zh == "王明"
    again = compare(bo, send(bo, sheet(HEAD, line(1), line(2))))
    assert again.counts == {"unchanged": 2}


def test_undo_puts_everything_back(members):
    from yanlian_web.desk.models import Company, Fact, Person, Site

    bo = members["bo"]
    batch = applied(bo, compare(bo, send(bo, sheet(HEAD, line(1), line(2)))))
    batch = undone(bo, batch)
    assert batch.state == "undone"
    mine = Company.objects.filter(credit_code__in=[coded(1), coded(2)])
    assert mine.count() == 2
    assert not mine.live().exists()
    for model in (Fact, Site, Person):
        assert not model.objects.filter(source="登记机关").live().exists()
    # Sent again, they come back.
    batch = compare(bo, send(bo, sheet(HEAD, line(1), line(2))))
    assert batch.counts == {"new": 2}
    applied(bo, batch)
    assert mine.live().count() == 2


def company(number):
    from yanlian_web.desk.models import Company

    return Company.objects.get(credit_code=coded(number))


def edited(by, number, **values):
    from yanlian_web.desk.actions.records import record_change

    one = company(number)
    return record_change(by=by, kind="company", pk=one.pk, version=one.version, values=values)  # fmt: skip


def rows_of(batch):
    return {row.number: row for row in batch.rows.all()}


def reasons(batch, number):
    return " ".join(text for _, text, _ in rows_of(batch)[number].reasons)


def test_columns_are_remembered_for_the_source(members):
    bo = members["bo"]
    first = send(bo, sheet(("甲", "乙", "统一社会信用代码"), ("一号公司", "永康", coded(1))))  # fmt: skip
    assert first.mapping == ["", "", "credit_code"]
    compare(bo, first, mapping=["name_zh", "city_zh", "credit_code"])
    again = send(bo, sheet(("乙", "甲", "丙"), ("永康", "一号公司", "x")))
    assert again.mapping == ["city_zh", "name_zh", ""]
    other = send(
        bo, sheet(("乙", "甲", "丙"), ("永康", "一号公司", "x")), source="别处"
    )
    assert other.mapping == ["", "", ""]


def test_the_same_source_updates_what_nobody_has_edited(members):
    bo = members["bo"]
    applied(bo, compare(bo, send(bo, sheet(HEAD, line(1), line(2)))))
    edited(bo, 2, website="www.ours.cn")
    batch = compare(bo, send(bo, sheet(
        HEAD, line(1, 官网="www.new.cn", 注册资本="600万元"), line(2, 官网="www.new.cn"),
    )))  # fmt: skip
    assert batch.counts == {"update": 1, "conflict": 1}
    assert "edited at the desk" in reasons(batch, 3) or "entered at the desk" in reasons(batch, 3)  # fmt: skip
    applied(bo, batch)
    assert company(1).website == "https://www.new.cn"
    fact = company(1).facts.get(field="capital_cny")
    assert (fact.value, fact.version) == (6_000_000, 2)
    assert company(2).website == "https://www.ours.cn"


def test_a_conflict_is_taken_only_when_a_person_says_so(members):
    from yanlian_web.intake.actions.steps import batch_choose

    bo = members["bo"]
    applied(bo, compare(bo, send(bo, sheet(HEAD, line(1, 官网="www.a.cn"), line(2, 官网="www.b.cn")))))  # fmt: skip
    file = sheet(HEAD, line(1, 官网="www.c.cn"), line(2, 官网="www.d.cn"))
    batch = compare(bo, send(bo, file, source="另一来源"))
    assert batch.counts == {"conflict": 2}
    batch = batch_choose(by=bo, pk=batch.pk, version=batch.version, choice="take", number=2)  # fmt: skip
    applied(bo, batch)
    assert company(1).website == "https://www.c.cn"
    assert company(2).website == "https://www.b.cn"


def test_numbers_that_disagree_stand_in_the_queue_of_conflicts(members):
    from yanlian_web.desk.statements import disagreements

    bo = members["bo"]
    applied(bo, compare(bo, send(bo, sheet(HEAD, line(1)))))
    batch = compare(bo, send(bo, sheet(HEAD, line(1, 成立日期="2009-01-01")), source="另一来源"))  # fmt: skip
    assert batch.counts == {"conflict": 1}
    applied(bo, batch)
    found = disagreements(bo.office).by_firm[company(1).firm_id]
    assert [sorted(v for _, v in item.statements) for item in found] == [[2009, 2015]]
    assert company(1).facts.filter(field="founded").live().count() == 2


def test_what_the_tables_say_is_a_conflict_and_stays_when_taken(members):
    from yanlian_web.desk.models import Company
    from yanlian_web.intake.actions.steps import batch_choose

    bo = members["bo"]
    known = Company.objects.filter(in_tables=True).exclude(name_zh="").order_by("pk")[0]
    city = known.city_zh
    row = line(1, known.name_zh, 所属城市="别处市", 法定代表人="", 成立日期="")
    batch = compare(bo, send(bo, sheet(HEAD, row)))
    assert "tables" in reasons(batch, 2)
    batch = batch_choose(by=bo, pk=batch.pk, version=batch.version, choice="take")
    batch = applied(bo, batch)
    known.refresh_from_db()
    assert known.city_zh == "别处市"
    assert "city_zh" in known.set_here
    undone(bo, batch)
    known.refresh_from_db()
    assert known.city_zh == city
    assert "city_zh" not in known.set_here


def test_undo_leaves_what_was_edited_since_and_lists_it(members):
    from yanlian_web.intake.models import Change

    bo = members["bo"]
    first = applied(bo, compare(bo, send(bo, sheet(HEAD, line(1), line(2), line(3)))))
    second = applied(bo, compare(bo, send(bo, sheet(
        HEAD, line(1, 官网="www.a.cn", 所属城市="义乌"), line(2, 官网="www.b.cn"),
    ))))  # fmt: skip
    edited(bo, 1, website="www.ours.cn", tier="key")
    undone(bo, second)
    one = company(1)
    assert one.website == "https://www.ours.cn"
    assert one.city_zh == "永康"
    assert one.tier == "key"
    assert company(2).website == ""
    stayed = Change.objects.get(batch=second, undo=True, number=2)
    assert stayed.kept == {one.ref: {"website": ["https://www.a.cn", "https://www.ours.cn"]}}  # fmt: skip
    # The first import entered it; it was worked with, so it stays, and the others go.
    undone(bo, first)
    assert company(1).archived_on is None
    assert company(2).archived_on is None
    assert company(3).archived_on is not None


def test_a_record_something_hangs_on_stays(members):
    from yanlian_web.desk.actions.records import record_add

    bo = members["bo"]
    batch = applied(bo, compare(bo, send(bo, sheet(HEAD, line(1), line(2)))))
    pipeline = record_add(
        by=bo, kind="pipeline", values={"name_en": "Main", "name_zh": "主线"}
    )
    record_add(by=bo, kind="deal", values={"company": company(1), "pipeline": pipeline, "owner": bo})  # fmt: skip
    batch = undone(bo, batch)
    assert company(1).archived_on is None
    assert company(2).archived_on is not None
    assert batch.result["stayed"] == 1


def test_modes_and_keys(members):
    bo = members["bo"]
    applied(bo, compare(bo, send(bo, sheet(HEAD, line(1)))))
    file = sheet(HEAD, line(1, 官网="www.a.cn"), line(2))
    assert compare(bo, send(bo, file), mode="create").counts == {"new": 1, "skipped": 1}  # fmt: skip
    file.seek(0)
    assert compare(bo, send(bo, file), mode="update").counts == {"update": 1, "skipped": 1}  # fmt: skip
    file = sheet(HEAD, line(1, 统一社会信用代码="", 官网="www.a.cn"))
    assert compare(bo, send(bo, file), key="name").counts == {"update": 1}


def test_names_find_what_the_key_does_not(members):
    from yanlian_web.intake.actions.steps import batch_choose

    bo = members["bo"]
    applied(bo, compare(bo, send(bo, sheet(HEAD, line(1, "永康市宏远电动工具股份有限公司")))))  # fmt: skip
    head = ("企业名称", "官网")
    file = sheet(head, ("永康宏远电动工具", "www.hy.cn"))
    assert compare(bo, send(bo, file), key="name").counts == {"new": 1}
    file.seek(0)
    batch = compare(bo, send(bo, file), key="name", by_names=True)
    row = rows_of(batch)[2]
    assert row.record == company(1).pk
    if row.clash:
        batch = batch_choose(by=bo, pk=batch.pk, version=batch.version, number=2, choice="same")  # fmt: skip
    applied(bo, batch)
    assert company(1).website == "https://www.hy.cn"


def test_a_record_changed_after_the_preview_is_left_out(members):
    bo = members["bo"]
    applied(bo, compare(bo, send(bo, sheet(HEAD, line(1), line(2)))))
    batch = compare(bo, send(bo, sheet(HEAD, line(1, 官网="www.a.cn"), line(2, 官网="www.b.cn"), line(3))))  # fmt: skip
    edited(bo, 1, tier="key")
    batch = applied(bo, batch)
    assert batch.result == {"left": 1, "changed": 1, "made": 1}
    assert company(1).website == ""
    assert company(2).website == "https://www.b.cn"


def test_the_line_of_the_log_covers_every_change(members):
    from django.db import DatabaseError, transaction

    from yanlian_web.desk.queries.history import history_of
    from yanlian_web.intake.kept import sealed_of
    from yanlian_web.intake.models import Change
    from yanlian_web.offices.models import LogLine

    bo = members["bo"]
    before = LogLine.objects.count()
    batch = compare(bo, send(bo, sheet(HEAD, line(1), line(2))))
    assert LogLine.objects.count() == before + 2
    batch = applied(bo, batch)
    assert LogLine.objects.count() == before + 3
    batch.refresh_from_db()
    said = batch.applied_line.data
    part = {"imported": said["imported"], "sha256": said["sha256"]}
    assert sealed_of([batch.applied_line_id]) == {batch.applied_line_id: [part]}
    assert said["imported"] == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        Change.objects.filter(batch=batch).update(number=9)
    with pytest.raises(DatabaseError), transaction.atomic():
        Change.objects.filter(batch=batch).delete()
    shown = history_of(bo, company(1))
    assert shown[0].line.pk == batch.applied_line_id
    assert any(c["new"] == coded(1) for c in shown[0].changes)


def test_another_office_and_readers_are_kept_out(members, people, client):
    from django.core.exceptions import PermissionDenied

    bo = members["bo"]
    batch = send(bo, sheet(HEAD, line(1)))
    with pytest.raises(PermissionDenied):
        send(members["rita"], sheet(HEAD, line(1)))
    with pytest.raises(PermissionDenied):
        compare(people["chen"].member, batch)


def test_a_company_nobody_may_see_is_named_by_nothing(members):
    bo, alice = members["bo"], members["alice"]
    applied(
        alice, compare(alice, send(alice, sheet(HEAD, line(1, "永康秘密有限公司"))))
    )
    edited(alice, 1, visibility="own", owner=alice)
    batch = compare(bo, send(bo, sheet(HEAD, line(1, 官网="www.a.cn"))))
    assert batch.counts == {"error": 1}
    assert "may see it" in reasons(batch, 2)
    assert "秘密" not in str(rows_of(batch)[2].reasons)
