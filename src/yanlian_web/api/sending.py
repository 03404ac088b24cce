"""Sending what was queued: signed, in order, again after a pause, and never for long.

A sender takes a delivery by marking it, so that two of them never send the same at once;
one that dies gives it back after a while. The receiver therefore may get a delivery
twice, with the same number.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from yanlian.text import N_
from yanlian_web.api import targets
from yanlian_web.api.actions import secret_of
from yanlian_web.api.models import DROPPED, SENDING, SENT, WAITING, Delivery, Webhook
from yanlian_web.offices.audit import noted

LOG = logging.getLogger(__name__)
# Seconds for one attempt as a whole, whatever the other side does.
PATIENCE = 10.0
# Seconds until the next attempt, one pause after each failure; the last one stays.
PAUSES = (10, 30, 120, 600, 1800, 3600, 7200, 14400)
# So many failures one after the other stop a webhook.
MOST_FAILURES = 12
# Seconds after which what a dead sender had taken is taken again.
LEASE = 60
AT_ONCE = 4
PORTION = 50
# Seconds between looking for new deliveries; days for which sent ones are kept.
EVERY, KEPT_DAYS = 2.0, 90

Post = Callable[[str, bytes, dict[str, str]], int]


# What is said of an attempt that failed.
SAID = {
    "timeout": N_("No answer within %(seconds)s seconds."),
    "status": N_("Answered with %(status)s."),
    "redirect": N_("Answered with %(status)s; redirects are not followed."),
    "shut": N_("The address leads to where nothing may be sent, or to no machine."),
    "network": N_("The connection failed: %(note)s."),
}


class Failed(Exception):
    """An attempt that failed.

    Parameters
    ----------
    word : str
        Key of :data:`SAID`.
    note : str
        What the system said.
    """

    def __init__(self, word: str, note: str = "") -> None:
        self.word = word
        self.note = note[:300]
        super().__init__(f"{word} {note}")


def said(word: str, answer: int | None, note: str) -> str:
    """Return in the reader's language why an attempt failed."""
    if word not in SAID:
        return ""
    values = {"seconds": f"{PATIENCE:.0f}", "status": answer or "", "note": note}
    return gettext(SAID[word]) % values


def body_of(delivery: Delivery) -> bytes:
    """Return what is sent: that something happened, not what it says.

    What a record holds is asked for over the interface, with the rights of a token.
    """
    kind, _, number = delivery.ref.partition(":")
    return json.dumps(
        {
            "id": str(delivery.number),
            "event": delivery.event,
            "at": delivery.at.isoformat(),
            "office": delivery.office.slug,
            "ref": delivery.ref,
            "kind": kind if number else "",
            "line": delivery.line_id,
            "training": delivery.training,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a delivery: HMAC-SHA256 over time, a dot, and the body.

    Examples
    --------
    >>> signature("whsec_x", "1767225600", b"{}")[:24]
    'v1=d2c3ea4a8aa9d35ef9ae6'
    """
    signed = stamp.encode() + b"." + body
    made = hmac.new(secret.encode(), signed, hashlib.sha256)
    return f"v1={made.hexdigest()}"


def headers_of(
    delivery: Delivery, body: bytes, now: datetime.datetime
) -> dict[str, str]:
    """Return the headers of an attempt."""
    stamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Yanlian",
        "Yanlian-Delivery": str(delivery.number),
        "Yanlian-Event": delivery.event,
        "Yanlian-Timestamp": stamp,
        "Yanlian-Signature": signature(secret_of(delivery.webhook), stamp, body),
    }


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a body to an address and return the status of the answer.

    Redirects are not followed, the name is looked up once, and whatever the other side
    does it is cut off after :data:`PATIENCE` seconds.

    Raises
    ------
    Failed
    """
    try:
        target = targets.looked_up(url)
    except targets.Shut as error:
        raise Failed("shut", error.say.en) from error
    channel = _channel(target)
    over = threading.Event()

    def cut() -> None:
        over.set()
        if channel.sock is not None:
            # Wakes the one who waits for it; closing alone would not.
            with contextlib.suppress(OSError):
                channel.sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(PATIENCE, cut)
    watch.daemon = True
    watch.start()
    try:
        channel.request("POST", target.path, body, headers)
        return channel.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        if over.is_set() or isinstance(error, TimeoutError):
            raise Failed("timeout") from error
        raise Failed("network", str(error) or type(error).__name__) from error
    finally:
        watch.cancel()
        channel.close()


def _channel(target: targets.Target) -> http.client.HTTPConnection:
    """Return a connection to the number that was looked up, under the name asked for."""
    made: http.client.HTTPConnection
    if target.scheme == "https":
        made = http.client.HTTPSConnection(
            target.host,
            target.port,
            timeout=PATIENCE,
            context=ssl.create_default_context(),
        )
    else:
        made = http.client.HTTPConnection(target.host, target.port, timeout=PATIENCE)
    made._create_connection = (  # type: ignore[attr-defined]
        lambda place, timeout, source=None: socket.create_connection(
            (target.address, target.port), timeout
        )
    )
    return made


def due(now: datetime.datetime) -> list[int]:
    """Return the webhooks for which something can be sent now."""
    rows = Delivery.objects.filter(
        state__in=(WAITING, SENDING),
        next_at__lte=now,
        webhook__removed_at=None,
        webhook__stopped_at=None,
    )
    rows = rows.exclude(webhook__paused_until__gt=now)
    return list(rows.order_by().values_list("webhook_id", flat=True).distinct())


def deliver(post: Post = post) -> int:
    """Send everything that is due, some webhooks at once; return how many were sent.

    A webhook that does not answer holds up none but itself.
    """
    hooks = due(timezone.now())
    if not hooks:
        return 0
    if len(hooks) == 1 or connection.in_atomic_block:
        return sum(_of(hook, post) for hook in hooks)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return sum(pool.map(lambda hook: _apart(hook, post), hooks))


def _apart(hook: int, post: Post) -> int:
    """Send for one webhook in a thread of its own."""
    close_old_connections()
    try:
        return _of(hook, post)
    finally:
        connection.close()


def _of(hook: int, post: Post) -> int:
    """Send what is due for one webhook, in order, until one fails."""
    sent = 0
    for _ in range(PORTION):
        delivery = _take(hook)
        if delivery is None or not _attempt(delivery, post):
            break
        sent += 1
    return sent


def _take(hook: int) -> Delivery | None:
    """Return the oldest delivery that is due, marked as being sent."""
    now = timezone.now()
    ready = Delivery.objects.filter(
        webhook=hook, state__in=(WAITING, SENDING), next_at__lte=now
    )
    ready = ready.filter(webhook__removed_at=None, webhook__stopped_at=None).exclude(
        webhook__paused_until__gt=now
    )
    found = ready.select_related("webhook", "office").order_by("line_id", "pk").first()
    if found is None:
        return None
    # Only one of two senders finds it as it was.
    taken = Delivery.objects.filter(
        pk=found.pk, state=found.state, next_at=found.next_at
    ).update(
        state=SENDING,
        tries=F("tries") + 1,
        next_at=now + datetime.timedelta(seconds=LEASE),
    )
    return found if taken else None


def _attempt(delivery: Delivery, post: Post) -> bool:
    """Make one attempt; nothing of the database is held meanwhile."""
    body = body_of(delivery)
    now = timezone.now()
    status: int | None = None
    failed: Failed | None = None
    try:
        status = post(delivery.webhook.url, body, headers_of(delivery, body, now))
        if not 200 <= status < 300:
            failed = Failed("redirect" if 300 <= status < 400 else "status")
    except Failed as error:
        failed = error
    with transaction.atomic():
        if failed is not None:
            _failed(delivery, status, failed)
        else:
            Delivery.objects.filter(pk=delivery.pk).update(
                state=SENT, sent_at=timezone.now(), answer=status, wrong="", note=""
            )
            Webhook.objects.filter(pk=delivery.webhook_id).update(
                failures=0, paused_until=None
            )
    return failed is None


def _failed(delivery: Delivery, status: int | None, why: Failed) -> None:
    """Note a failure: a pause that grows, and after very many the end."""
    hook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    hook.failures += 1
    pause = PAUSES[min(hook.failures, len(PAUSES)) - 1]
    until = timezone.now() + datetime.timedelta(seconds=pause)
    hook.paused_until = until
    Delivery.objects.filter(pk=delivery.pk).exclude(state=DROPPED).update(
        state=WAITING, next_at=until, answer=status, wrong=why.word, note=why.note
    )
    if hook.failures >= MOST_FAILURES and hook.stopped_at is None:
        hook.stopped_at, hook.stopped_why = timezone.now(), why.word
        noted(
            hook.office, None, "api.webhook.failed", hook.ref,
            name=hook.name, why=why.word, failures=hook.failures,
        )  # fmt: skip
    hook.save(update_fields=["failures", "paused_until", "stopped_at", "stopped_why"])


def forget_old() -> int:
    """Take out deliveries that were sent long ago."""
    before = timezone.now() - datetime.timedelta(days=KEPT_DAYS)
    return Delivery.objects.filter(state=SENT, sent_at__lt=before).delete()[0]


def work(stop: threading.Event) -> None:
    """Send until told to stop; an error ends an attempt, not the work."""
    round_ = 0
    while not stop.wait(EVERY):
        try:
            deliver()
            if round_ % 1800 == 0:
                forget_old()
        except Exception:  # the next round tries again, whatever it was
            LOG.exception("deliveries could not be sent")
        finally:
            connection.close()
        round_ += 1


def start() -> threading.Event:
    """Send in the background as long as this process lives."""
    stop = threading.Event()
    threading.Thread(target=work, args=(stop,), name="deliveries", daemon=True).start()
    return stop
