"""Records, actions and gates over the interface: the same rules as the pages."""

import json

import pytest

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
