"""Webhooks: queued with the line, signed, sent again, cut off, and never to the inside."""

import datetime
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time
from pathlib import Path

import pytest

GUIDE = Path(__file__).parent.parent.parent / "docs" / "guide"


@pytest.fixture
def hook(members, things, settings):
    from yanlian_web.api.actions import webhook_add

    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    return webhook_add(by=members["alice"], name="table", url="http://127.0.0.1:9/x", kinds=[])  # fmt: skip


@pytest.fixture
def change(members, things):
    """Do something that stands in the log."""
    from yanlian_web.desk.actions.records import record_change

    def changed(jobs):
        deal = things["deal"]
        deal.refresh_from_db()
        return record_change(by=members["bo"], kind="deal", pk=deal.pk, version=deal.version, values={"jobs": jobs})  # fmt: skip

    return changed


@pytest.fixture
def receiver():
    """A machine that keeps what it is sent and answers as it is told."""
    got, answers = [], []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, dict(self.headers), body))
            status = answers.pop(0) if answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.got, server.answers = got, answers
    yield server
    server.shutdown()
    server.server_close()


def at(hook, url):
    hook.url = url
    hook.save()


def test_a_delivery_is_queued_with_the_line_or_not_at_all(
    hook, change, things, members
):
    from django.db import transaction

    from yanlian_web.api.models import Delivery
    from yanlian_web.offices.models import LogLine

    def undone():
        with transaction.atomic():
            change(7)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert not Delivery.objects.exists()
    change(8)
    line = LogLine.objects.order_by("-pk").first()
    queued = Delivery.objects.get(webhook=hook)
    assert (queued.line_id, queued.event, queued.ref) == (
        line.pk,
        "desk.deal.changed",
        things["deal"].ref,
    )


def test_only_what_was_asked_for_is_queued(hook, change, things, members):
    from yanlian_web.api.actions import webhook_change
    from yanlian_web.api.models import Delivery

    webhook_change(by=members["alice"], pk=hook.pk, name="t", url=hook.url, kinds=["desk.promise.", "desk.deal.moved"])  # fmt: skip
    change(7)
    assert not Delivery.objects.exists()
    webhook_change(by=members["alice"], pk=hook.pk, name="t", url=hook.url, kinds=["desk.deal."])  # fmt: skip
    change(8)
    assert Delivery.objects.count() == 1


def test_another_office_is_told_nothing(hook, people, settings):
    from yanlian_web.api.actions import webhook_add
    from yanlian_web.api.models import Delivery
    from yanlian_web.desk.actions.records import record_add

    chen = people["chen"].member
    webhook_add(by=chen, name="theirs", url="http://127.0.0.1:9/", kinds=[])
    Delivery.objects.all().delete()
    record_add(
        by=people["alice"].member,
        kind="pipeline",
        values={"name_en": "New", "name_zh": "新"},
    )
    assert [d.webhook_id for d in Delivery.objects.all()] == [hook.pk]


def test_the_signature_can_be_checked_as_the_guide_says(hook, change, receiver):
    from yanlian_web.api.actions import secret_of
    from yanlian_web.api.models import Delivery
    from yanlian_web.api.sending import deliver

    at(hook, f"http://127.0.0.1:{receiver.server_port}/in?x=1")
    change(7)
    assert deliver() == 1
    path, headers, body = receiver.got[0]
    assert path == "/in?x=1"
    signed = headers["Yanlian-Timestamp"].encode() + b"." + body
    made = hmac.new(secret_of(hook).encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Yanlian-Signature"] == f"v1={made}"
    assert abs(time.time() - int(headers["Yanlian-Timestamp"])) < 60
    told = json.loads(body)
    assert told["event"] == "desk.deal.changed"
    assert told["id"] == headers["Yanlian-Delivery"]
    assert "jobs" not in body.decode()
    sent = Delivery.objects.get()
    assert (sent.state, sent.answer, sent.tries) == ("sent", 200, 1)
    assert deliver() == 0


def test_a_new_secret_signs_from_then_on(hook, members):
    from yanlian_web.api.actions import secret_of, webhook_secret

    before = secret_of(hook)
    after = secret_of(webhook_secret(by=members["alice"], pk=hook.pk))
    assert before != after


def test_failures_pause_longer_and_longer_and_keep_the_order(hook, change, receiver):
    from yanlian_web.api.models import Delivery, Webhook
    from yanlian_web.api.sending import deliver

    at(hook, f"http://127.0.0.1:{receiver.server_port}/")
    change(7)
    change(8)
    pauses = []
    for _ in range(3):
        receiver.answers[:] = [500]
        assert deliver() == 0
        hook.refresh_from_db()
        first = Delivery.objects.order_by("pk").first()
        pauses.append((hook.paused_until - datetime.datetime.now(datetime.UTC)).total_seconds())  # fmt: skip
        assert (first.state, first.answer, first.wrong) == ("waiting", 500, "status")
        # Nothing is sent before the pause is over.
        assert deliver() == 0
        Webhook.objects.update(paused_until=None)
        Delivery.objects.update(next_at=datetime.datetime.now(datetime.UTC))
    assert pauses == sorted(pauses)
    assert pauses[2] > 2 * pauses[0]
    assert len(receiver.got) == 3
    assert deliver() == 2
    numbers = [json.loads(body)["line"] for _, _, body in receiver.got[-2:]]
    assert numbers == sorted(numbers)
    ids = [json.loads(body)["id"] for _, _, body in receiver.got]
    assert len(set(ids)) == 2, "the same delivery keeps its number"
    hook.refresh_from_db()
    assert hook.failures == 0


def test_after_very_many_failures_it_is_stopped_with_a_line(hook, change):
    from yanlian_web.api import sending
    from yanlian_web.api.models import Delivery, Webhook
    from yanlian_web.offices.models import LogLine

    def refused(url, body, headers):
        raise sending.Failed("network", "connection refused")

    change(7)
    for _ in range(sending.MOST_FAILURES):
        sending.deliver(refused)
        Webhook.objects.update(paused_until=None)
        Delivery.objects.update(next_at=datetime.datetime.now(datetime.UTC))
    hook.refresh_from_db()
    assert hook.stopped_at is not None
    assert (
        LogLine.objects.filter(code="api.webhook.failed", subject=hook.ref).count() == 1
    )
    assert sending.deliver(refused) == 0
    assert Delivery.objects.get().state == "waiting"


def test_redirects_are_not_followed(hook, change, receiver):
    from yanlian_web.api.models import Delivery
    from yanlian_web.api.sending import deliver

    at(hook, f"http://127.0.0.1:{receiver.server_port}/")
    receiver.answers[:] = [302]
    change(7)
    assert deliver() == 0
    assert [path for path, _, _ in receiver.got] == ["/"]
    assert Delivery.objects.get().wrong == "redirect"


@pytest.mark.parametrize("way", ["silent", "slow"])
def test_a_target_that_hangs_is_cut_off(hook, change, monkeypatch, way):
    from yanlian_web.api import sending
    from yanlian_web.api.models import Delivery

    monkeypatch.setattr(sending, "PATIENCE", 0.5)
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        channel, _ = server.accept()
        channel.recv(65536)
        while not over.wait(0.1):
            if way == "slow":
                try:
                    channel.send(b"H")
                except OSError:
                    break
        channel.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    at(hook, f"http://127.0.0.1:{server.getsockname()[1]}/")
    change(7)
    try:
        assert sending.deliver() == 0
    finally:
        over.set()
        thread.join(5)
        server.close()
    assert not thread.is_alive()
    failed = Delivery.objects.get()
    assert failed.wrong == "timeout"
    assert failed.state == "waiting"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://192.168.0.1:8443/x",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/",
        "ftp://example.org/",
        "https://name:word@example.org/",
        "https://example.org/#x",
        "https://exa mple.org/",
        "https:///x",
        "https://example.org:99999/",
        "https://\u4f8b\u5b50.cn/",
        "javascript:alert(1)",
        "",
        "https://example.org/" + "x" * 600,
    ],
)
def test_an_address_that_is_none_or_leads_to_the_inside_is_refused(
    members, settings, url
):
    from yanlian_web.api.actions import webhook_add
    from yanlian_web.api.models import Webhook
    from yanlian_web.desk.acting import Refused

    settings.WEBHOOK_HOSTS = []
    with pytest.raises(Refused) as error:
        webhook_add(by=members["alice"], name="x", url=url, kinds=[])
    assert [f.where for f in error.value.findings] == ["url"]
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "number", ["127.0.0.1", "10.0.0.8", "::1", "fd00::1", "100.64.0.1"]
)
def test_a_name_that_leads_to_the_inside_is_not_connected_to(hook, change, monkeypatch, settings, number):  # fmt: skip
    from yanlian_web.api import sending, targets
    from yanlian_web.api.models import Delivery

    settings.WEBHOOK_HOSTS = []
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443)),
        (family, socket.SOCK_STREAM, 6, "", (number, 443)),
    ]
    monkeypatch.setattr(targets.socket, "getaddrinfo", lambda *a, **k: found)

    def never(*args, **more):
        raise AssertionError("it was connected to")

    monkeypatch.setattr(sending.socket, "create_connection", never)
    at(hook, "https://receiver.example.org/")
    change(7)
    assert sending.deliver() == 0
    assert Delivery.objects.get().wrong == "shut"


def test_a_network_can_be_allowed(settings):
    from yanlian_web.api import targets

    settings.WEBHOOK_HOSTS = ["10.2.0.0/16"]
    assert targets.findings("https://10.2.3.4/") == []
    assert targets.findings("https://10.3.3.4/") != []


def test_what_a_dead_sender_had_taken_is_sent_again(hook, change, receiver):
    from yanlian_web.api import sending
    from yanlian_web.api.models import Delivery

    at(hook, f"http://127.0.0.1:{receiver.server_port}/")
    change(7)
    assert sending._take(hook.pk) is not None
    assert sending.deliver() == 0, "somebody is at it"
    Delivery.objects.update(next_at=datetime.datetime.now(datetime.UTC))
    assert sending.deliver() == 1


def test_training_data_goes_with_what_was_queued_of_it(hook, change, members, office):
    from yanlian_web.api.models import Delivery
    from yanlian_web.desk.training import training_remove

    change(7)
    assert Delivery.objects.get().training
    training_remove(office)
    assert not Delivery.objects.filter(training=True).exists()


def test_the_pages_of_a_webhook(client, people, members, hook, change, receiver):
    from yanlian_web.api.models import Delivery
    from yanlian_web.api.sending import deliver

    client.force_login(people["alice"])
    page = client.post("/webhooks/", {"name": "second", "url": "http://127.0.0.1:9/y", "kinds": "desk.deal.\ndesk.promise."})  # fmt: skip
    assert "whsec_" in page.content.decode()
    assert "whsec_" not in client.get("/webhooks/").content.decode()
    at(hook, f"http://127.0.0.1:{receiver.server_port}/")
    receiver.answers[:] = [500]
    change(7)
    deliver()
    text = client.get(f"/webhooks/{hook.pk}/").content.decode()
    assert "desk.deal.changed" in text
    assert "500" in text
    delivery = Delivery.objects.get(webhook=hook)
    again = client.post(f"/webhooks/{hook.pk}/{delivery.pk}/again/")
    assert again.status_code == 302
    assert deliver() == 1
    for what in ("stop", "start", "remove"):
        assert client.post(f"/webhooks/{hook.pk}/", {"what": what}).status_code == 302
    assert client.get(f"/webhooks/{hook.pk}/").status_code == 404


def test_a_bad_address_is_said_on_the_page(client, people, hook):
    client.force_login(people["alice"])
    page = client.post("/webhooks/", {"name": "x", "url": "https://10.0.0.1/", "kinds": "Desk!"})  # fmt: skip
    assert page.status_code == 422
    text = page.content.decode()
    assert "10.0.0.1" in text
    assert "Desk!" in text


@pytest.mark.parametrize("who", ["bo", "rita"])
def test_only_who_administers_adds_one(members, who):
    from django.core.exceptions import PermissionDenied

    from yanlian_web.api.actions import webhook_add

    with pytest.raises(PermissionDenied):
        webhook_add(by=members[who], name="x", url="https://example.org/", kinds=[])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_example_of_the_guide_checks_a_delivery(hook, change, receiver, lang):
    from yanlian_web.api.actions import secret_of
    from yanlian_web.api.sending import deliver

    page = (GUIDE / lang / "webhooks.md").read_text("utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(code, names)
    at(hook, f"http://127.0.0.1:{receiver.server_port}/")
    change(7)
    deliver()
    _, headers, body = receiver.got[0]
    genuine = names["genuine"]
    assert genuine(secret_of(hook), headers, body)
    assert not genuine(secret_of(hook), headers, body + b" ")
    assert not genuine("whsec_other", headers, body)
    old = {**headers, "Yanlian-Timestamp": "1767225600"}
    assert not genuine(secret_of(hook), old, body)
