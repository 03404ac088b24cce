"""Imports step by step: sent, columns assigned, compared, applied, undone."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

pytestmark = pytest.mark.django_db
CODES = ("91330784MA2XK00015", "91330784MA2XK00023", "91330784MA2XK00031")


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
    assert mine.count() == 2 and not mine.live().exists()
    for model in (Fact, Site, Person):
        assert not model.objects.filter(source="登记机关").live().exists()
    # Sent again, they come back.
    batch = compare(bo, send(bo, sheet(HEAD, line(1), line(2))))
    assert batch.counts == {"new": 2}
    applied(bo, batch)
    assert mine.live().count() == 2 and Company.objects.filter(pk__in=mine).count() == 2
