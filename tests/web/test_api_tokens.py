"""Personal tokens: made once, stored hashed, narrower than their member, and revoked."""

import datetime
import json

import pytest

V1 = "/api/v1"


@pytest.fixture
def make(members):
    from yanlian_web.api.actions import token_make
    from yanlian_web.desk.acting import today

    def made(who="bo", scope="read", days=30):
        until = today() + datetime.timedelta(days=days)
        return token_make(by=members[who], name="table", scope=scope, expires_on=until)

    return made


@pytest.fixture(autouse=True)
def nothing_counted(db):
    from django.core.cache import cache

    from yanlian_web.api.v1.auth import Often

    cache.clear()
    Often.cache.clear()
    yield
    cache.clear()
    Often.cache.clear()


def call(client, secret, path="/me", method="get", body=None, **more):
    return getattr(client, method)(
        V1 + path,
        data=json.dumps(body) if body is not None else None,
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
        **more,
    )


def test_a_token_acts_for_its_member(client, make, members):
    token, secret = make()
    body = call(client, secret).json()
    assert body["id"] == members["bo"].pk
    assert body["scope"] == "read"
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_from == "127.0.0.1"


def test_only_its_hash_is_stored(make):
    from django.forms.models import model_to_dict

    from yanlian_web.offices.models import LogLine

    token, secret = make()
    token.refresh_from_db()
    assert secret not in json.dumps(model_to_dict(token), default=str)
    line = LogLine.objects.filter(code="api.token.made").get()
    assert line.subject == token.ref
    assert secret not in json.dumps(line.data)


def test_a_token_that_reads_changes_nothing(client, make, things):
    _, secret = make("bo", "read")
    deal = things["deal"]
    answer = call(client, secret, f"/deals/{deal.pk}", "patch", {"jobs": 9, "version": deal.version})  # fmt: skip
    assert answer.status_code == 403
    assert answer.json()["code"] == "token_reads"
    _, secret = make("bo", "write")
    answer = call(client, secret, f"/deals/{deal.pk}", "patch", {"jobs": 9, "version": deal.version})  # fmt: skip
    assert answer.status_code == 200, answer.content


def test_a_token_never_does_more_than_its_member(client, make, members, things):
    from yanlian_web.desk.acting import Refused

    with pytest.raises(Refused) as error:
        make("rita", "write")
    assert [f.where for f in error.value.findings] == ["scope"]
    _, secret = make("bo", "write")
    members["bo"].role = "reader"
    members["bo"].save()
    answer = call(client, secret, "/people", "post", {"name_en": "X"})
    assert answer.status_code == 403


@pytest.mark.parametrize("days", [0, -1, 367, 4000])
def test_a_token_holds_a_year_at_most(make, days):
    from yanlian_web.desk.acting import Refused

    with pytest.raises(Refused) as error:
        make(days=days)
    assert [f.where for f in error.value.findings] == ["expires_on"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"expires_on": datetime.date(2026, 1, 1)}, "token_expired"),
        ({"revoked_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}, "token_revoked"),
        ({"hash": "0" * 64}, "token_unknown"),
    ],
)  # fmt: skip
def test_a_token_that_does_not_hold_is_told_so(client, make, change, code):
    from yanlian_web.api.models import Token

    token, secret = make()
    Token.objects.filter(pk=token.pk).update(**change)
    answer = call(client, secret)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    "secret", ["", "x", "yl_" + "a" * 43, "\u6c38", "a b c", "=" * 5000]
)
def test_a_forged_token_is_unknown(client, things, secret):
    answer = client.get(f"{V1}/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_an_account_that_is_closed_closes_its_tokens(client, make, people):
    _, secret = make()
    people["bo"].is_active = False
    people["bo"].save()
    assert call(client, secret).status_code == 401


def test_guessing_is_slowed_more_and_more(client, make, monkeypatch):
    from yanlian_web.api import tokens

    _, secret = make()
    _, other = make("alice")
    assert call(client, secret, REMOTE_ADDR="10.1.1.1").status_code == 200
    for n in range(tokens.MOST_WRONG):
        answer = call(client, f"yl_guess{n}", REMOTE_ADDR="10.1.1.1")
        assert answer.status_code == 401
    shut = call(client, "yl_another", REMOTE_ADDR="10.1.1.1")
    assert shut.status_code == 429
    first = int(shut["Retry-After"])
    assert 0 < first <= tokens.FIRST_WAIT
    # One used from there before still passes; one that was not might be a lucky guess.
    assert call(client, secret, REMOTE_ADDR="10.1.1.1").status_code == 200
    assert call(client, other, REMOTE_ADDR="10.1.1.1").status_code == 429
    assert call(client, other, REMOTE_ADDR="10.1.1.2").status_code == 200
    now = tokens.time.time()
    monkeypatch.setattr(tokens.time, "time", lambda: now + first + 1)
    assert call(client, "yl_another", REMOTE_ADDR="10.1.1.1").status_code == 401
    again = call(client, "yl_another", REMOTE_ADDR="10.1.1.1")
    assert int(again["Retry-After"]) > first


def test_a_session_needs_the_csrf_token_to_change(people, things):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["bo"])
    deal = things["deal"]
    body = json.dumps({"jobs": 9, "version": deal.version})
    path = f"{V1}/deals/{deal.pk}"
    refused = strict.patch(path, body, content_type="application/json")
    assert refused.status_code == 403
    assert refused.json()["code"] == "csrf"
    strict.get("/account/tokens/")
    sent = strict.cookies["csrftoken"].value
    answer = strict.patch(path, body, content_type="application/json", headers={"X-CSRFToken": sent})  # fmt: skip
    assert answer.status_code == 200, answer.content


def test_nobody_is_told_to_sign_in(client, things):
    answer = client.get(f"{V1}/deals")
    assert answer.status_code == 401
    assert answer.json()["code"] == "unknown"


def test_requests_are_limited(client, make, settings):
    settings.API_PER_MINUTE = 3
    _, secret = make()
    _, other = make("alice")
    assert [call(client, secret).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert int(call(client, secret)["Retry-After"]) > 0
    assert call(client, other).status_code == 200


def test_the_page_shows_a_token_once(client, people, things):
    client.force_login(people["bo"])
    until = (datetime.date.today() + datetime.timedelta(days=20)).isoformat()
    page = client.post("/account/tokens/", {"name": "week", "scope": "read", "expires_on": until})  # fmt: skip
    text = page.content.decode()
    start = text.index("yl_")
    secret = text[start : text.index('"', start)]
    assert call(client, secret).status_code == 200
    assert secret not in client.get("/account/tokens/").content.decode()
    assert "no-store" in page["Cache-Control"]


def test_who_may_revoke(client, make, people):
    token, secret = make("bo")
    path = f"/account/tokens/{token.pk}/revoke/"
    for who, status in (("rita", 404), ("chen", 404), ("alice", 302)):
        client.force_login(people[who])
        assert client.post(path).status_code == status, who
    client.logout()
    assert call(client, secret).json()["code"] == "token_revoked"


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_page_in_both_languages(client, make, people, lang):
    make("bo")
    client.force_login(people["alice"])
    page = client.get("/account/tokens/", headers={"Accept-Language": lang})
    assert page.status_code == 200
    assert ("令牌" in page.content.decode()) is lang.startswith("zh")
