"""Records, actions and gates over the interface: the same rules as the pages."""

import datetime
import io
import json
import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parent.parent.parent / "docs" / "guide"
V1 = "/api/v1"


def send(client, method, path, body=None, **more):
    return getattr(client, method)(
        V1 + path,
        data=json.dumps(body) if body is not None else "",
        content_type="application/json",
        **more,
    )


@pytest.fixture
def bo(client, people):
    client.force_login(people["bo"])
    return client


def test_one_record_is_what_the_page_shows(bo, things):
    answer = bo.get(f"{V1}/deals/{things['deal'].pk}")
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["ref"] == things["deal"].ref
    assert shown["company"] == things["company"].pk
    assert shown["stage"] == things["deal"].stage
    assert answer["ETag"] == f'"{things["deal"].version}"'


def test_lists_filter_page_and_sort(bo, things):
    found = bo.get(f"{V1}/companies", {"q": "haiyue"}).json()
    assert [item["firm_id"] for item in found["items"]] == ["T001"]
    total = bo.get(f"{V1}/companies", {"size": 1}).json()["total"]
    assert total > 3
    pages = [
        bo.get(f"{V1}/companies", {"size": 2, "page": n, "sort": "id"}).json()["items"]
        for n in (1, 2)
    ]
    numbers = [item["id"] for page in pages for item in page]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 4
    after = bo.get(f"{V1}/companies", {"size": 2, "after": numbers[1]}).json()
    assert [item["id"] for item in after["items"]] == numbers[2:]


def test_an_unknown_filter_is_said_not_ignored(bo, things):
    answer = bo.get(f"{V1}/deals", {"stag": "S3"})
    assert answer.status_code == 422
    assert answer.json()["findings"][0]["where"] == "stag"


def test_a_record_is_made_with_the_defaults_of_the_page(bo, things, members):
    answer = send(bo, "post", "/people", {"name_zh": "王五", "side": "theirs", "source": "Visit", "source_on": "2026-02-01"})  # fmt: skip
    assert answer.status_code == 201, answer.content
    assert answer.json()["owner"] == members["bo"].pk
    assert answer.json()["visibility"] == "office"


def test_everything_wrong_is_said_at_once_in_both_languages(bo, things):
    answer = send(bo, "post", "/agreements", {"amount": -5, "currency": "XYZ"})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"sort_of", "company", "currency"} <= {
        item["where"] for item in body["findings"]
    }
    for item in body["findings"]:
        assert item["texts"]["en"] != item["texts"]["zh"], item


def test_a_change_needs_the_version_that_was_seen(bo, things):
    deal = things["deal"]
    path = f"/deals/{deal.pk}"
    assert send(bo, "patch", path, {"jobs": 30}).status_code == 428
    first = send(bo, "patch", path, {"jobs": 30, "version": deal.version})
    assert first.status_code == 200, first.content
    assert first.json()["jobs"] == 30
    second = send(bo, "patch", path, {"jobs": 40}, HTTP_IF_MATCH=f'"{deal.version}"')
    assert second.status_code == 409
    body = second.json()
    assert body["stored"]["jobs"] == 30
    assert body["sent"] == {"jobs": 40}
    third = send(bo, "patch", path, {"jobs": 40}, HTTP_IF_MATCH=first["ETag"])
    assert third.json()["jobs"] == 40


def test_archive_and_bring_back(bo, things):
    path = f"/blockers/{things['blocker'].pk}"
    assert send(bo, "post", f"{path}/archive", {}).status_code == 422
    gone = send(bo, "post", f"{path}/archive", {"why": "twice"})
    assert gone.json()["archived_why"] == "twice"
    listed = bo.get(f"{V1}/blockers").json()
    assert listed["total"] == 0
    assert bo.get(f"{V1}/blockers", {"archived": "yes"}).json()["total"] == 1
    assert send(bo, "post", f"{path}/restore").json()["archived_on"] is None


def test_an_action_answers_with_the_findings_of_its_rule(bo, things):
    path = f"/deals/{things['deal'].pk}/actions/deal-move"
    answer = send(bo, "post", path, {"to": "S5"})
    assert answer.status_code == 422
    texts = [item["texts"] for item in answer.json()["findings"]]
    assert texts
    assert all(text["zh"] and text["en"] for text in texts)


def test_the_gate_is_that_of_the_page(bo, things):
    from yanlian_web.desk.gates import held, lacking

    deal = things["deal"]
    gate = bo.get(f"{V1}/deals/{deal.pk}/gate", {"to": "S5"}).json()
    assert [r["key"] for r in gate["missing"]] == [r.key for r in lacking(deal, "S5")]
    assert {r["key"] for r in gate["met"]} <= held(deal)
    assert gate["allowed"] is False
    assert gate["why"]["zh"]
    assert bo.get(f"{V1}/deals/{deal.pk}/gate", {"to": "S99"}).status_code == 422


def test_the_gate_lets_the_deal_pass_where_the_action_does(bo, things):
    from yanlian_web.desk.gates import next_stage

    deal = things["deal"]
    gate = bo.get(f"{V1}/deals/{deal.pk}/gate").json()
    assert gate["to"]["code"] == next_stage(deal)
    moved = send(bo, "post", f"/deals/{deal.pk}/actions/deal-move", {"to": gate["to"]["code"]})  # fmt: skip
    assert (moved.status_code == 200) is gate["allowed"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_client_of_the_guide_takes_a_list_along(client, things, members, monkeypatch, capsys, lang):  # fmt: skip
    import urllib.request

    from yanlian_web.api.actions import token_make
    from yanlian_web.desk.acting import today

    def urlopen(request, timeout):
        assert timeout
        answer = client.get(request.selector, headers=dict(request.header_items()))
        assert answer.status_code == 200
        return io.BytesIO(answer.content)

    until = today() + datetime.timedelta(days=1)
    _, secret = token_make(by=members["bo"], name="x", scope="read", expires_on=until)
    page = (GUIDE / lang / "api-export.md").read_text("utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    monkeypatch.setenv("YANLIAN_ADDRESS", "http://testserver")
    monkeypatch.setenv("YANLIAN_TOKEN", secret)
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    exec(code, {})
    printed = capsys.readouterr().out
    assert printed.splitlines() == [f"{things['deal'].pk} {things['deal'].stage} None"]


def test_contact_data_is_masked_for_who_may_not_read_it(
    client, people, things, members
):
    from yanlian_web.desk.actions.records import record_add
    from yanlian_web.desk.masks import MASK
    from yanlian_web.offices.models import LogLine

    person = things["person"]
    contact = record_add(
        by=members["bo"], kind="contact", training=True,
        values={
            "person": person, "means": "mobile", "value": "13800001111",
            "purpose": "Visit", "ground": "consent", "source": "Card",
            "source_on": datetime.date(2026, 2, 1), "expires_on": datetime.date(2027, 2, 1),
        },
    )  # fmt: skip
    path = f"{V1}/contacts/{contact.pk}"
    client.force_login(people["rita"])
    shown = client.get(path).json()
    assert shown["value"] == MASK
    assert shown["masked"] == ["value"]
    listed = client.get(f"{V1}/contacts").json()["items"]
    assert [row["value"] for row in listed] == [MASK]
    client.force_login(people["alice"])
    changed = send(client, "patch", f"/contacts/{contact.pk}", {"value": "1", "version": contact.version})  # fmt: skip
    assert changed.status_code == 422
    assert changed.json()["findings"][0]["where"] == "value"
    before = LogLine.objects.filter(code="desk.masked.read").count()
    client.force_login(people["bo"])
    assert client.get(path).json()["value"] == "13800001111"
    line = LogLine.objects.filter(code="desk.masked.read").first()
    assert LogLine.objects.filter(code="desk.masked.read").count() == before + 1
    assert line.data["how"] == "api"


@pytest.mark.parametrize("path", ["/companies", "/deals", "/people", "/meetings", "/promises", "/members"])  # fmt: skip
def test_lists_ask_a_fixed_number_of_times(bo, things, members, path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from yanlian_web.desk.actions.records import record_add

    bo.get(V1 + path)
    with CaptureQueriesContext(connection) as few:
        bo.get(V1 + path)
    for n in range(5):
        firm = record_add(by=members["bo"], kind="company", values={"name_en": f"Firm {n}", "name_zh": f"第{n}厂", "owner": members["bo"]}, training=True)  # fmt: skip
        record_add(by=members["bo"], kind="deal", values={"company": firm, "pipeline": things["pipeline"], "owner": members["bo"]}, training=True)  # fmt: skip
        record_add(by=members["bo"], kind="promise", values={"side": "ours", "text_en": "x", "text_zh": "某", "company": firm, "made_on": datetime.date(2026, 3, 2), "due_on": datetime.date(2026, 4, 1), "owner": members["bo"]}, training=True)  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        bo.get(V1 + path)
    assert len(many) == len(few) <= 9


RIGHTS = {
    # person: list, one, change, archive, action of a head
    "nobody": (401, 401, 401, 401, 401),
    "stranger": (403, 403, 403, 403, 403),
    "chen": (200, 404, 404, 404, 404),
    "rita": (200, 200, 403, 403, 403),
    "bo": (200, 200, 200, 200, 403),
    "alice": (200, 200, 200, 200, 422),
}


@pytest.mark.parametrize("who", list(RIGHTS))
def test_rights_are_those_of_the_pages(client, people, things, who):
    deal = things["deal"]
    if who != "nobody":
        client.force_login(people["nobody" if who == "stranger" else who])
    path = f"/deals/{deal.pk}"
    found = (
        client.get(f"{V1}/deals").status_code,
        client.get(V1 + path).status_code,
        send(client, "patch", path, {"jobs": 3, "version": deal.version}).status_code,
        send(client, "post", f"{path}/archive", {"why": "no"}).status_code,
        send(
            client, "post", f"{path}/actions/deal-exception", {"to": "S5"}
        ).status_code,
    )
    assert found == RIGHTS[who]
    if who == "chen":
        assert client.get(f"{V1}/deals").json()["total"] == 0


@pytest.mark.parametrize("who", ["bo", "rita"])
def test_what_is_kept_for_oneself_is_absent_for_others(
    client, people, things, members, who
):
    from yanlian_web.desk.actions.records import record_add

    own = record_add(
        by=members["alice"], kind="pipeline",
        values={"name_en": "Secret", "name_zh": "内部", "owner": members["alice"], "visibility": "own"},
    )  # fmt: skip
    client.force_login(people[who])
    assert client.get(f"{V1}/pipelines/{own.pk}").status_code == 404
    assert own.pk not in [
        row["id"] for row in client.get(f"{V1}/pipelines").json()["items"]
    ]
    assert (
        client.get(f"{V1}/pipelines", {"owner": members["alice"].pk}).json()["total"]
        == 0
    )


def test_every_named_action_and_kind_has_its_address(bo, things):
    from yanlian_web.desk.forms import DOINGS, FORMS
    from yanlian_web.desk.models import KINDS

    bo.get("/api/v1/docs")
    paths = bo.get("/api/v1/openapi.json").json()["paths"]
    ends = {path.rpartition("/actions/")[2] for path in paths if "/actions/" in path}
    assert ends == set(DOINGS)
    for kind in KINDS:
        found = [o for p in paths.values() for o in p.values() if o["operationId"] == f"list-{kind}"]  # fmt: skip
        assert len(found) == 1
    news = {o["operationId"] for p in paths.values() for o in p.values()}
    assert {f"new-{kind}" for kind in FORMS} <= news


def test_the_documentation_needs_no_other_machine(bo, client, things):
    page = bo.get("/api/v1/docs").content.decode()
    for _, address in re.findall(r'(src|href)="([^"]+)"', page):
        assert address.startswith("/"), address
    client.logout()
    assert client.get("/api/v1/docs").status_code == 302
    assert client.get("/api/v1/openapi.json").status_code == 401


def test_a_conflict_at_an_action_with_files_shows_both_states(bo, things):
    path = f"{V1}/agreements/{things['agreement'].pk}/actions/agreement-sign"
    file = io.BytesIO(b"%PDF-1.4 text")
    file.name = "text.pdf"
    answer = bo.post(path, {"file": file, "prevails": "zh", "version": "99"})
    assert answer.status_code == 409, answer.content
    assert answer.json()["sent"]["prevails"] == "zh"
    assert answer.json()["stored"]["id"] == things["agreement"].pk
