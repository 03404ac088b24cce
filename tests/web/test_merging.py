"""Two companies that are one: merged, and taken apart again."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

DAY = datetime.date


@pytest.fixture
def pair(things, members):
    """The company of ``things``, and another entry of it with nothing of its own."""
    from yanlian_web.desk.actions.records import record_add

    other = record_add(
        by=members["bo"], kind="company", training=True,
        values={"name_zh": "海岳电芯有限公司", "name_en": "Haiyue Cells", "owner": members["bo"]},
    )  # fmt: skip
    return things["company"], other


def merged(members, kept, other, **more):
    from yanlian_web.merging.actions import companies_merge

    return companies_merge(by=members["bo"], kept=kept.pk, other=other.pk, **more)


def test_everything_moves_and_comes_back(pair, things, members):
    from yanlian_web.desk.models import Event
    from yanlian_web.merging.actions import merge_part
    from yanlian_web.offices.models import LogLine

    firm, kept = pair
    events = list(Event.objects.order_by("pk").values())
    lines = LogLine.objects.count()
    made = merged(members, kept, firm)
    assert LogLine.objects.count() == lines + 1
    assert list(Event.objects.order_by("pk").values())[: len(events)] == events
    for kind in ("deal", "meeting", "promise", "agreement"):
        things[kind].refresh_from_db()
        assert things[kind].company_id == kept.pk
        assert things[kind].version == 2
    firm.refresh_from_db()
    kept.refresh_from_db()
    assert firm.merged_into == kept
    assert firm.archived_on
    assert "Haiyue Cell" in kept.aliases
    assert "海岳电芯" in kept.aliases
    merge_part(by=members["bo"], pk=made.pk, version=made.version)
    assert LogLine.objects.count() == lines + 2
    for kind in ("deal", "meeting", "promise", "agreement"):
        things[kind].refresh_from_db()
        assert things[kind].company_id == firm.pk
        assert things[kind].version == 3
    firm.refresh_from_db()
    kept.refresh_from_db()
    made.refresh_from_db()
    assert firm.merged_into is None
    assert firm.archived_on is None
    assert kept.aliases == ""
    assert made.stayed == []


def test_pages(pair, things, members, client, people):
    firm, kept = pair
    client.force_login(people["bo"])
    for lang in ("en", "zh-hans"):
        client.cookies["django_language"] = lang
        assert client.post("/duplicates/search/").status_code == 302
        assert client.get("/duplicates/").status_code == 200
        assert client.get(f"/companies/{kept.firm_id}/merge/").status_code == 200
        page = client.get(f"/companies/{kept.firm_id}/merge/?with={firm.firm_id}")
        assert page.status_code == 200
    made = merged(members, kept, firm)
    assert client.get(f"/merges/{made.pk}/").status_code == 200
    assert client.get("/duplicates/?state=merged").status_code == 200
    assert client.get("/duplicates/?state=apart").status_code == 200
    old = client.get(f"/companies/{firm.firm_id}/")
    assert old.status_code == 302
    assert old["Location"] == f"/companies/{kept.firm_id}/"
    assert client.get(old["Location"]).status_code == 200
    assert (
        client.post(f"/merges/{made.pk}/", {"version": made.version}).status_code == 302
    )
    assert client.get(f"/merges/{made.pk}/").status_code == 200


def test_right(pair, members):
    from yanlian_web.merging.actions import companies_merge

    with pytest.raises(PermissionDenied):
        companies_merge(by=members["rita"], kept=pair[0].pk, other=pair[1].pk)
