"""Single sign-on against a provider that is only made believe, and the environment."""

import contextlib
import os
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from tests.web.test_accounts import address, codes, last
from yanlian_web.accounts.adapters import IdentityAdapter

ISSUER = "https://id.example"
CONFIG = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/keys",
    "token_endpoint_auth_methods_supported": ["client_secret_post"],
}


class Answer:
    status_code = 200

    def __init__(self, data):
        self.headers = {"content-type": "application/json"}
        self.data = data
        self.text = ""

    def raise_for_status(self):
        pass

    def json(self):
        return self.data


class Session(contextlib.AbstractContextManager):
    """What asks the provider; nothing leaves the machine."""

    def __init__(self, identity):
        self.identity = identity

    def __exit__(self, *error):
        return None

    def get(self, url, **_):
        return Answer(self.identity if url.endswith("userinfo") else CONFIG)

    def request(self, method, url, **_):
        return Answer({"access_token": "t", "token_type": "Bearer"})

    post = get


@pytest.fixture
def identity(settings, monkeypatch, db):
    """The person whom the provider vouches for."""
    from django.core.cache import cache

    cache.clear()
    app = {
        "provider_id": "sso", "name": "Unified", "client_id": "c", "secret": "s",
        "settings": {"server_url": ISSUER},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    settings.SINGLE_SIGN_ON = True
    found = {"sub": "17", "email": "", "email_verified": False, "name": "Bo"}
    monkeypatch.setattr(
        IdentityAdapter, "get_requests_session", lambda self: Session(found)
    )
    return found


def come(client, way="", state=None):
    """Go to the provider and come back; returns the answer."""
    start = client.post(reverse("openid_connect_login", args=["sso"]) + way)
    assert start["Location"].startswith(f"{ISSUER}/authorize")
    query = parse_qs(urlsplit(start["Location"]).query)
    back = reverse("openid_connect_callback", args=["sso"])
    return client.get(back, {"code": "x", "state": state or query["state"][0]})


def inside(client):
    return client.get("/").status_code == 200


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_a_stranger_with_a_valid_identity_gets_a_page_and_nothing_else(
    client, people, identity, lang
):
    client.cookies["django_language"] = lang
    answer = come(client)
    assert answer.status_code == 403
    said = {"en": "not a member here", "zh-hans": "不是本系统成员"}[lang]
    assert said in answer.content.decode()
    assert not inside(client)
    assert not SocialAccount.objects.exists()
    assert codes() == ["accounts.sign_in.stranger"]
    assert "17" not in str(last("accounts.sign_in.stranger").data)


def test_an_invitation_lets_an_identity_in_once(client, people, identity):
    head = Client()
    head.force_login(people["alice"])
    way = address(head.post(reverse("access-link", args=[people["bo"].member.pk])))
    assert "Unified" in client.get(way).content.decode()
    assert come(client).status_code == 302
    assert inside(client)
    assert SocialAccount.objects.get().user == people["bo"]
    # The link is used up; the identity stays.
    assert Client().get(way).status_code == 404
    again = Client()
    assert come(again).status_code == 302
    assert inside(again)


@pytest.mark.parametrize(
    ("mail", "verified", "let_in"),
    [
        ("bo@office.cn", True, True),
        ("BO@Office.cn", True, True),
        ("bo@office.cn", False, False),
        ("bo@office.cn", "false", False),
        ("other@office.cn", True, False),
        ("", True, False),
    ],
)
def test_a_verified_address_finds_the_member(
    client, people, identity, mail, verified, let_in
):
    people["bo"].email = "bo@office.cn"
    people["bo"].save()
    identity.update(email=mail, email_verified=verified)
    come(client)
    assert inside(client) is let_in


def test_an_address_of_two_members_finds_nobody(client, people, identity):
    for name in ("bo", "rita"):
        people[name].email = "both@office.cn"
        people[name].save()
    identity.update(email="both@office.cn", email_verified=True)
    assert come(client).status_code == 403
    assert not inside(client)


def test_who_was_disabled_is_a_stranger(client, people, identity):
    SocialAccount.objects.create(provider="sso", uid="17", user=people["bo"])
    assert come(client).status_code == 302
    people["bo"].is_active = False
    people["bo"].save()
    other = Client()
    assert come(other).status_code == 403
    assert not inside(other)


def test_an_answer_that_was_not_asked_for_is_refused(client, people, identity):
    people["bo"].email = "bo@office.cn"
    people["bo"].save()
    identity.update(email="bo@office.cn", email_verified=True)
    assert come(client, state="forged").status_code == 403
    assert not inside(client)
    back = reverse("openid_connect_callback", args=["sso"])
    for query in ({}, {"error": "access_denied"}, {"code": "x"}, {"state": "x"}):
        assert Client().get(back, query).status_code == 403


def test_a_member_connects_and_removes_the_identity(client, people, identity):
    client.post("/sign-in/", {"username": "bo", "password": "correct horse"})
    client.post(reverse("account_reauthenticate"), {"password": "correct horse"})
    assert come(client, "?process=connect").status_code == 302
    assert SocialAccount.objects.get().user == people["bo"]
    assert "accounts.identity.connected" in codes()
    client.post(reverse("account-identity"))
    assert not SocialAccount.objects.exists()
    assert "accounts.identity.removed" in codes()


def test_the_second_factor_holds_for_single_sign_on_too(
    client, people, identity, settings
):
    settings.SECOND_FACTOR = "all"
    SocialAccount.objects.create(provider="sso", uid="17", user=people["bo"])
    come(client)
    assert client.get("/")["Location"] == reverse("mfa_activate_totp")


# The environment


def start(**more):
    env = {**os.environ, **more}
    return subprocess.run(
        [sys.executable, "-c", "import yanlian_web.settings as s; print(s.SINGLE_SIGN_ON)"],
        env=env, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YANLIAN_SECOND_FACTOR", "some"),
        ("YANLIAN_SESSION_BOUND", "maybe"),
        ("YANLIAN_SESSION_HOURS", "0"),
        ("YANLIAN_IDLE_MINUTES", "-5"),
        ("YANLIAN_SESSIONS_MOST", "²"),
        ("YANLIAN_SIGN_IN_TRIES", "1"),
        ("YANLIAN_SIGN_IN_WAIT_MINUTES", "x"),
        ("YANLIAN_LINK_HOURS", "99999"),
        ("YANLIAN_PROXIES", "1.5"),
        ("YANLIAN_OIDC_ISSUER", ISSUER),
    ],
)
def test_a_wrong_value_stops_the_start_and_says_what_was_expected(name, value):
    done = start(**{name: value})
    assert done.returncode != 0
    last_line = done.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in last_line
    assert "YANLIAN_" in last_line


@pytest.mark.parametrize(
    ("issuer", "fits"),
    [
        (ISSUER, True),
        ("http://127.0.0.1:9000/realm", True),
        ("http://id.example", False),
        ("id.example", False),
        ("javascript:alert(1)", False),
    ],
)
def test_an_issuer_is_named_by_a_safe_address(issuer, fits):
    more = {"YANLIAN_OIDC_CLIENT_ID": "c", "YANLIAN_OIDC_SECRET": "s"}
    done = start(YANLIAN_OIDC_ISSUER=issuer, **more)
    assert (done.returncode == 0) is fits
    assert ("True" in done.stdout) is fits
