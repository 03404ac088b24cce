"""What can only be read over the interface, and what is refused before it is read."""

import json

import pytest

V1 = "/api/v1"


@pytest.fixture
def bo(client, people):
    client.force_login(people["bo"])
    return client


def test_who_calls(bo, people):
    body = bo.get(f"{V1}/me").json()
    assert body["role"] == "officer"
    assert "write" in body["rights"]
    assert "admin" not in body["rights"]


def test_the_kinds_lead_to_lists_that_answer(bo, things):
    listed = bo.get(f"{V1}/kinds").json()
    assert {"deal", "company", "gap"} <= {item["kind"] for item in listed}
    for item in listed:
        assert bo.get(item["path"]).status_code == 200, item


def test_the_trace_is_the_story_of_the_page(bo, things, members):
    from yanlian_web.desk.acting import today
    from yanlian_web.desk.queries.trace import story_of

    gap = things["gap"]
    story = story_of(members["bo"], gap, today())
    body = bo.get(f"{V1}/gaps/{gap.pk}/trace").json()
    assert [s["label"] for s in body["stations"]] == [s.label for s in story.stations]
    assert [c["key"] for c in body["columns"]] == [c["key"] for c in story.columns]
    assert body["columns"][0]["rows"][0]["record"]["ref"] == things["deal"].ref


def test_indicators_as_of_a_day(bo, things):
    body = bo.get(f"{V1}/indicators", {"as_of": "2026-06-30", "from": "2026-01-01"}).json()  # fmt: skip
    codes = {row["code"] for row in body["figures"]}
    assert {f"K{n:02d}" for n in range(1, 31)} <= codes
    assert body["as_of"] == "2026-06-30"
    one = bo.get(f"{V1}/indicators/K01", {"as_of": "2026-06-30"}).json()
    assert one["figures"][0]["code"] == "K01"
    assert one["total"] == sum(one["roles"].values())


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"as_of": "30.6.2026"}, 422),
        ({"as_of": "2026-06-30", "from": "2026-12-01"}, 422),
        ({"set": "nothing"}, 404),
        ({"day": "2026-06-30"}, 422),
    ],
)
def test_a_window_that_cannot_be_is_said(bo, things, query, status):
    answer = bo.get(f"{V1}/indicators", query)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["texts"]["zh"] != answer.json()["texts"]["en"]


def test_runs_and_their_tables(bo, things, gaps_id):
    assert gaps_id in {run["id"] for run in bo.get(f"{V1}/runs").json()}
    run = bo.get(f"{V1}/runs/{gaps_id}").json()
    assert "gaps" in run["tables"]["results"]
    page = bo.get(f"{V1}/runs/{gaps_id}/tables/gaps", {"size": 3}).json()
    assert len(page["items"]) == 3
    newest = bo.get(f"{V1}/results/gaps", {"size": 3}).json()
    assert newest["run"] == gaps_id
    assert bo.get(f"{V1}/results/targets").json()["total"] > 0


@pytest.mark.parametrize("name", ["nothing", "..", "a" * 300, ".git", "a%2Fb"])
def test_a_run_that_there_is_not_is_absent(bo, things, name):
    answer = bo.get(f"{V1}/runs/{name}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_the_log_hides_what_a_member_may_not_see(client, people, things, members):
    from yanlian_web.desk.actions.records import record_change

    deal = things["deal"]
    record_change(by=members["bo"], kind="deal", pk=deal.pk, version=deal.version, values={"visibility": "own"})  # fmt: skip
    client.force_login(people["rita"])
    body = client.get(f"{V1}/log", {"record": deal.ref}).json()
    assert body["items"] == []
    assert body["held"] > 0
    client.force_login(people["bo"])
    body = client.get(f"{V1}/log", {"record": deal.ref}).json()
    assert body["items"][0]["code"] == "desk.deal.changed"
    assert body["items"][0]["changes"]


def test_search_finds_by_pinyin(bo, things):
    body = bo.get(f"{V1}/search", {"q": "hydx"}).json()
    names = [hit["name"] for group in body["groups"] for hit in group["hits"]]
    assert any("Haiyue" in name for name in names)


class Unread:
    """A body nobody may read."""

    def read(self, *args):
        raise AssertionError("the body was read")

    readline = read


def test_a_body_of_a_hundred_megabytes_is_not_read(bo, things):
    answer = bo.generic(
        "POST", f"{V1}/people", b"", content_type="application/json",
        **{"CONTENT_LENGTH": "100000000", "wsgi.input": Unread()},
    )  # fmt: skip
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 200_000, 422),
        ('{"a":' * 100_000, 422),
        ("{", 400),
        ('{"name_en": NaN}', 400),
        ("[]", 422),
        ("null", 422),
        ('"x"', 422),
        ('{"name_en": ["x"]}', 422),
        ('{"name_en": {"a": 1}}', 422),
        ('{"name_en": "\\ud800"}', 422),
        ('{"name_en": "\\u0000"}', 422),
        ('{"rank": ' + "9" * 5000 + "}", 400),
        ('{"rank": ' + "9" * 50 + "}", 422),
        ('{"rank": 1e999}', 422),
        ('{"owner": true}', 422),
        ('{"source_on": 0}', 422),
        ('{"nothing": 1}', 422),
        ("\xff\xfe", 400),
    ],
)
def test_what_no_program_should_send_is_refused(bo, things, body, status):
    from yanlian_web.desk.models import Person

    before = Person.objects.count()
    answer = bo.generic(
        "POST", f"{V1}/people", body.encode("latin-1"), content_type="application/json"
    )
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert Person.objects.count() == before


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_problems_speak_the_language_asked_for(bo, things, lang):
    answer = bo.get(f"{V1}/deals/999999", headers={"Accept-Language": lang})
    body = answer.json()
    assert answer.status_code == 404
    assert body["detail"] == body["texts"]["zh" if lang.startswith("zh") else "en"]
    assert body["texts"]["zh"] != body["texts"]["en"]


def test_a_method_that_there_is_not_names_those_there_are(bo, things):
    answer = bo.delete(f"{V1}/deals/{things['deal'].pk}")
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert "GET" in answer["Allow"]


def test_an_address_that_there_is_not_is_a_problem_too(bo):
    answer = bo.get("/api/v1/nothing/here")
    assert answer.status_code == 404
    assert json.loads(answer.content)["code"] == "absent"
