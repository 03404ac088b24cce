"""Signing in: lockout, second factor, sessions, links; what is written down."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yanlian_web.accounts import links
from yanlian_web.accounts.models import Link
from yanlian_web.offices.models import LogLine, Member

PASSWORD = "correct horse"
NEW = "a new long word 42"


@pytest.fixture(autouse=True)
def _fresh(db):
    from django.core.cache import cache

    cache.clear()


def sign_in(client, name="bo", password=PASSWORD, **more):
    data = {"username": name, "password": password, **more}
    return client.post("/sign-in/", data)


def codes(*starts):
    found = LogLine.objects.order_by("pk").values_list("code", flat=True)
    return [code for code in found if code.startswith(starts or ("accounts.",))]


def last(code):
    return LogLine.objects.filter(code=code).order_by("-pk").first()


def code_now(secret, step=0):
    return totp.format_hotp_value(
        totp.hotp_value(secret, int(time.time()) // 30 + step)
    )


@pytest.fixture
def factor(client, people, django_capture_on_commit_callbacks):
    """Bo has a second factor; gives its secret and the recovery codes."""
    assert sign_in(client).status_code == 302
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 302
    client.post(page["Location"], {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    assert b"data:image/svg+xml;base64," in page.content
    secret = client.session["mfa.totp.secret"]
    with django_capture_on_commit_callbacks(execute=True):
        data = {"code": code_now(secret, -1)}
        answer = client.post(reverse("mfa_activate_totp"), data)
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    page = client.get(answer["Location"]).content.decode()
    client.post("/sign-out/")
    client.first_code = data["code"]
    return secret, re.findall(r"<code>(\d{8})</code>", page)


# Name and password


def test_signing_in_and_out_is_written_down(client, people):
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/").status_code == 302
    assert codes() == ["accounts.sign_in.done", "accounts.session.ended"]
    line = last("accounts.sign_in.done")
    member = people["bo"].member
    assert (line.by.username, line.subject) == ("bo", f"member:{member.pk}")
    assert line.data == {"ways": ["password"], "network": "127.0.0.0/24"}


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["bo", "nobody-here"])
def test_a_wrong_password_and_an_unknown_name_get_one_answer(
    client, people, lang, name
):
    client.cookies["django_language"] = lang
    page = sign_in(client, name, "wrong").content.decode()
    said = {"en": "do not fit together", "zh-hans": "不匹配"}[lang]
    assert said in page or "不符" in page or "不一致" in page
    assert "wrong" not in str(last("accounts.sign_in.failed").data)
    assert "nobody-here" not in str(last("accounts.sign_in.failed").data)


def test_after_five_failures_nothing_fits_until_the_time_that_is_named(client, people):
    for _ in range(5):
        sign_in(client, password="wrong")
    assert codes().count("accounts.sign_in.failed") == 5
    assert codes().count("accounts.sign_in.locked") == 1
    page = sign_in(client).content.decode()
    found = re.search(r"closed until (\d\d:\d\d)", page)
    until = timezone.localtime() + timezone.timedelta(minutes=15)
    near = {f"{until + timezone.timedelta(minutes=m):%H:%M}" for m in (-1, 0, 1)}
    assert found
    assert found.group(1) in near
    # Neither by another spelling of the name, nor by another host, nor elsewhere.
    for more in ({"HTTP_HOST": "localhost"}, {"REMOTE_ADDR": "10.9.8.7"}):
        data = {"username": " BO ", "password": PASSWORD}
        assert client.post("/sign-in/", data, **more).status_code == 200
    assert not client.session.get("_auth_user_id")


def test_a_closed_account_opens_when_the_time_is_over(client, people, monkeypatch):
    for _ in range(5):
        sign_in(client, password="wrong")
    later = time.time() + 15 * 60 + 1
    monkeypatch.setattr("allauth.core.internal.ratelimit.time.time", lambda: later)
    assert sign_in(client).status_code == 302


def test_the_head_opens_a_closed_account(client, people):
    for _ in range(5):
        sign_in(client, password="wrong")
    head = Client()
    head.force_login(people["alice"])
    page = reverse("access-change", args=[people["bo"].member.pk])
    assert head.post(page, {"what": "unlock"}).status_code == 302
    assert sign_in(client).status_code == 302
    assert last("accounts.sign_in.unlocked").by == people["alice"]


def test_many_names_from_one_address_are_stopped_too(client, people):
    for number in range(30):
        sign_in(client, f"name-{number}", "wrong")
    assert "closed until" in sign_in(client).content.decode()
    other = Client(REMOTE_ADDR="10.1.2.3")
    assert sign_in(other).status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "http:///evil.example",
        "\\\\evil.example",
        "/\x00",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(client, people, target):
    answer = sign_in(client, next=target)
    assert "evil" not in answer["Location"]
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith("//")


def test_one_comes_back_to_the_page_one_wanted(client, people):
    assert (
        sign_in(client, next="/deals/?view=table")["Location"] == "/deals/?view=table"
    )


# Second factor


def test_with_a_second_factor_the_password_alone_lets_nobody_in(client, people, factor):
    secret, _ = factor
    answer = sign_in(client)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.get("/").status_code == 302
    wrong = client.post(answer["Location"], {"code": "000000"})
    assert wrong.status_code == 200
    assert "does not fit" in wrong.content.decode()
    done = client.post(answer["Location"], {"code": code_now(secret)})
    assert done["Location"] == "/"
    assert last("accounts.sign_in.done").data["ways"] == ["password", "mfa"]
    assert "accounts.factor.added" in codes()


def test_a_code_works_once(client, people, factor):
    secret, _ = factor
    code = code_now(secret)
    for let_in in (True, False):
        other = Client()
        sign_in(other)
        other.post(reverse("mfa_authenticate"), {"code": code})
        assert (other.get("/").status_code == 200) is let_in


def test_the_code_of_the_setting_up_does_not_sign_in(client, people, factor):
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": client.first_code})
    assert client.get("/").status_code == 302


def test_a_recovery_code_works_once(client, people, factor):
    _, recovery = factor
    assert len(recovery) == 10
    for let_in in (True, False):
        other = Client()
        sign_in(other)
        other.post(reverse("mfa_authenticate"), {"code": recovery[0]})
        assert (other.get("/").status_code == 200) is let_in


def test_codes_cannot_be_tried_out(client, people, factor):
    secret, _ = factor
    sign_in(client)
    for number in range(5):
        client.post(reverse("mfa_authenticate"), {"code": f"00000{number}"})
    page = client.post(reverse("mfa_authenticate"), {"code": code_now(secret)})
    assert "closed until" in page.content.decode()
    assert client.get("/").status_code == 302
    assert "accounts.sign_in.locked" in codes()


def test_the_secret_is_not_readable_in_the_database(client, people, factor):
    secret, recovery = factor
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert recovery[0] not in stored


def test_recovery_codes_are_shown_once(client, people, factor):
    _, recovery = factor
    sign_in(client)
    client.post(reverse("mfa_authenticate"), {"code": recovery[1]})
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not any(code in page for code in recovery)


def test_the_second_factor_is_not_removed_without_confirming(client, people, factor):
    client.force_login(people["bo"])
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert "/account/again/" in answer["Location"]
    assert Authenticator.objects.filter(type="totp").count() == 1


@pytest.mark.parametrize(
    ("word", "asked"), [("off", ""), ("leaders", "alice"), ("all", "alice bo")]
)
def test_the_installation_asks_for_a_second_factor(
    client, people, settings, word, asked
):
    settings.SECOND_FACTOR = word
    for name in ("alice", "bo"):
        other = Client()
        sign_in(other, name)
        answer = other.get("/companies/")
        if name in asked.split():
            assert answer["Location"] == reverse("mfa_activate_totp")
            # It can be set up at once, and then everything is open.
            page = other.get(answer["Location"])
            assert page.status_code == 200
            secret = other.session["mfa.totp.secret"]
            other.post(answer["Location"], {"code": code_now(secret)})
            assert other.get(reverse("mfa_view_recovery_codes")).status_code == 200
        assert other.get("/companies/").status_code == 200


def test_what_the_office_asks_for_holds_at_once(client, people):
    bo = Client()
    sign_in(bo)
    head = Client()
    head.force_login(people["alice"])
    head.post(reverse("access-policy"), {"second_factor": "all"})
    assert bo.get("/").status_code == 302
    sign_in(bo)
    assert bo.get("/")["Location"] == reverse("mfa_activate_totp")
    # It cannot be removed as long as it is asked for.
    secret = None
    bo.get(reverse("mfa_activate_totp"))
    secret = bo.session["mfa.totp.secret"]
    bo.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    page = bo.post(reverse("mfa_deactivate_totp"))
    assert page.status_code == 200
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_an_office_cannot_ask_for_less_than_the_installation(people, settings):
    from yanlian_web.accounts.policy import must

    settings.SECOND_FACTOR = "all"
    assert must(people["rita"].member)


def test_who_lost_the_phone_is_helped_by_the_head(client, people, factor):
    head = Client()
    head.force_login(people["alice"])
    bo = people["bo"]
    sign_in(client)
    page = reverse("access-change", args=[bo.member.pk])
    head.post(page, {"what": "factor"})
    assert not Authenticator.objects.filter(user=bo).exists()
    assert sign_in(Client()).headers["Location"] == "/"
    assert last("accounts.factor.reset").by == people["alice"]


# Sessions


def test_a_session_in_another_network_signs_in_again(client, people):
    sign_in(client)
    answer = client.get("/companies/", REMOTE_ADDR="10.0.0.1")
    assert answer["Location"] == "/sign-in/?next=/companies/"
    assert client.get("/companies/").status_code == 302
    assert last("accounts.session.ended").data["why"] == "moved"
    page = client.get("/sign-in/").content.decode()
    assert "another network" in page


def test_a_stolen_session_does_not_open_in_another_browser(client, people):
    sign_in(client)
    thief = Client(HTTP_USER_AGENT="Thief/1.0")
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert thief.get("/companies/").status_code == 302
    assert client.get("/companies/").status_code == 302


def test_an_address_in_the_same_network_is_the_same_place(client, people):
    sign_in(client)
    assert client.get("/", REMOTE_ADDR="127.0.0.77").status_code == 200


def test_where_sessions_move_freely_they_stay(client, people, settings):
    settings.SESSION_BOUND = False
    sign_in(client)
    assert client.get("/", REMOTE_ADDR="10.0.0.1").status_code == 200


@pytest.mark.parametrize(
    ("key", "seconds", "why"),
    [("seen", 121 * 60, "idle"), ("at", 12 * 3600 + 60, "old")],
)
def test_a_session_ends_after_a_time(client, people, key, seconds, why):
    sign_in(client)
    session = client.session
    session["yanlian"] = {**session["yanlian"], key: int(time.time()) - seconds}
    session.save()
    assert client.get("/companies/")["Location"].startswith("/sign-in/?next=")
    assert last("accounts.session.ended").data["why"] == why


def test_what_is_fetched_within_a_page_leads_to_the_sign_in(client, people):
    sign_in(client)
    answer = client.get("/search/?q=a", REMOTE_ADDR="10.0.0.1", HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/")


def test_the_oldest_session_ends_when_there_are_too_many(client, people, settings):
    settings.SESSIONS_MOST = 2
    found = [Client() for _ in range(3)]
    for one in found:
        sign_in(one)
    assert [one.get("/").status_code for one in found] == [302, 200, 200]
    assert UserSession.objects.count() == 2
    assert last("accounts.session.ended").data["why"] == "most"


def test_one_ends_other_sessions(client, people):
    others = [
        Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/140.0")
        for _ in range(2)
    ]
    for one in (client, *others):
        sign_in(one)
    page = client.get(reverse("account")).content.decode()
    assert page.count("Firefox 140, Linux") == 2
    first = UserSession.objects.order_by("pk")[1]
    client.post(reverse("account-sessions-end"), {"which": first.pk})
    assert [one.get("/").status_code for one in others] == [302, 200]
    client.post(reverse("account-sessions-end"), {"which": "others"})
    assert [one.get("/").status_code for one in (client, *others)] == [200, 302, 302]


@pytest.mark.parametrize("which", ["", "x", "-1", "9" * 30, "²"])
def test_what_is_no_session_cannot_be_ended(client, people, which):
    sign_in(client)
    answer = client.post(reverse("account-sessions-end"), {"which": which})
    assert answer.status_code == 404


def test_nobody_ends_the_session_of_another(client, people):
    other = Client()
    sign_in(other, "rita")
    sign_in(client)
    pk = UserSession.objects.get(user=people["rita"]).pk
    assert (
        client.post(reverse("account-sessions-end"), {"which": pk}).status_code == 404
    )
    assert other.get("/").status_code == 200


# Password


def test_a_new_password_ends_the_other_sessions(client, people):
    other = Client()
    for one in (client, other):
        sign_in(one)
    data = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), data)["Location"] == reverse(
        "account"
    )
    assert (client.get("/").status_code, other.get("/").status_code) == (200, 302)
    assert "accounts.password.changed" in codes()
    assert sign_in(Client(), password=NEW).status_code == 302


@pytest.mark.parametrize("new", ["short", "password123", "1234567890"])
def test_a_weak_password_is_refused(client, people, new):
    sign_in(client)
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    page = client.post(reverse("account_change_password"), data)
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()


# Links


@pytest.fixture
def head(people):
    found = Client()
    found.force_login(people["alice"])
    return found


def address(page):
    return re.search(r"http://testserver(/join/[\w-]+/)", page.content.decode()).group(
        1
    )


def test_an_invited_member_sets_a_password_and_is_in(client, head):
    data = {"username": "dan", "role": "reader", "name_en": "Dan"}
    way = address(head.post(reverse("access-invite"), data))
    assert client.get(way).status_code == 200
    answer = client.post(way, {"password1": NEW, "password2": NEW})
    assert answer["Location"] == "/sign-in/"
    assert sign_in(client, "dan", NEW).status_code == 302
    assert client.get("/").status_code == 200
    assert Member.objects.get(user__username="dan").role == "reader"
    assert codes("accounts.link", "offices.member.") == [
        "offices.member.added", "accounts.link.made", "accounts.link.used",
    ]  # fmt: skip


def dead(way):
    page = Client().get(way)
    assert page.status_code == 404
    text = page.content.decode()
    for word in ("dan", "expired", "used up", "Yongkang"):
        assert word not in text
    return re.sub(r'(name="csrfmiddlewaretoken" value|value="/join)[^>]*', "", text)


def test_a_link_that_does_not_work_never_says_why(client, head, people):
    made = reverse("access-link", args=[people["bo"].member.pk])
    never = "/join/" + "x" * 43 + "/"
    used = address(head.post(made))
    client.post(used, {"password1": NEW, "password2": NEW})
    replaced = address(head.post(made))
    late = address(head.post(made))
    Link.objects.filter(closed_at=None).update(expires_at=timezone.now())
    forged = late[:-3] + ("aa/" if late[-3:-1] != "aa" else "bb/")
    pages = {dead(way) for way in (never, used, replaced, late, forged)}
    assert len(pages) == 1
    answer = client.post(
        used, {"password1": "another 12345", "password2": "another 12345"}
    )
    assert answer.status_code == 404
    assert sign_in(client, "bo", NEW).status_code == 302
    assert codes().count("accounts.link.refused") == 6


def test_a_link_cannot_be_guessed_for_long(client, people):
    found = [client.get(f"/join/guess-{number}/").status_code for number in range(22)]
    assert found == [404] * 20 + [429] * 2


def test_only_the_fingerprint_of_a_link_is_kept(head, people):
    way = address(head.post(reverse("access-link", args=[people["bo"].member.pk])))
    token = way.split("/")[2]
    link = Link.objects.get()
    assert token not in str(link.__dict__)
    assert token not in str(list(LogLine.objects.values()))
    assert links.link_of(token) == link


def test_a_link_ends_the_sessions_that_are_open(client, head, people):
    sign_in(client)
    way = address(head.post(reverse("access-link", args=[people["bo"].member.pk])))
    Client().post(way, {"password1": NEW, "password2": NEW})
    assert client.get("/").status_code == 302


def test_who_is_disabled_is_out_of_sessions_and_links(client, head, people):
    from yanlian_web.offices.members import member_disable

    sign_in(client)
    bo = people["bo"].member
    way = address(head.post(reverse("access-link", args=[bo.pk])))
    member_disable(by=people["alice"].member, pk=bo.pk, why="gone")
    assert client.get("/").status_code == 302
    assert client.get(way).status_code == 404
    assert sign_in(client).status_code == 200


def test_an_administrator_does_not_get_at_a_head(client, office, people):
    from tests.people import person

    client.force_login(person("ada", office, "admin"))
    pk = people["alice"].member.pk
    assert client.post(reverse("access-link", args=[pk])).status_code == 403
    for what in ("sessions", "factor", "unlock"):
        page = client.post(reverse("access-change", args=[pk]), {"what": what})
        assert page.status_code == 403
    data = {"username": "dan", "role": "head"}
    assert client.post(reverse("access-invite"), data).status_code == 422
    bo = reverse("access-link", args=[people["bo"].member.pk])
    assert client.post(bo).status_code == 200


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"username": "bo", "role": "reader"}, "already"),
        ({"username": "BO", "role": "reader"}, "already"),
        ({"username": "x y", "role": "reader"}, "Expected a name to sign in with"),
        ({"username": "<b>", "role": "reader"}, "Expected a name to sign in with"),
        ({"username": "x" * 200, "role": "reader"}, "at most 150"),
        ({"username": "dan", "role": "king"}, "valid choice"),
        ({"username": "", "role": "reader"}, "required"),
        ({"username": "dan", "role": "reader", "email": "no"}, "email"),
    ],
)  # fmt: skip
def test_a_wrong_invitation_is_refused(head, people, data, said):
    page = head.post(reverse("access-invite"), data)
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Member.objects.filter(user__username="dan").exists()


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_the_pages_open_in_both_languages(head, people, lang):
    head.cookies["django_language"] = lang
    for name in (
        "account",
        "access",
        "access-invite",
        "account_change_password",
        "account_reauthenticate",
    ):
        page = head.get(reverse(name))
        assert page.status_code == 200
        assert 'style="' not in page.content.decode()


def test_the_list_of_members_asks_the_same_however_many(
    head, people, office, django_assert_max_num_queries
):
    from tests.people import person

    for number in range(20):
        person(f"m{number}", office, "reader")
    with django_assert_max_num_queries(14):
        assert head.get(reverse("access")).status_code == 200
