"""Counting failed attempts, and where a request comes from."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress

from allauth.core.internal import ratelimit
from allauth.core.internal.httpkit import get_client_ip
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

APP = "allauth.account"
FAILED = "login_failed"


def network(request: HttpRequest) -> str:
    """Return the network a request comes from: the first parts of its address.

    A phone changes its address within a network many times a day. The whole address
    says more about a person than anybody needs to know here.
    """
    return network_of(get_client_ip(request) or "")


def network_of(text: str) -> str:
    """Return the network of an address; empty when it is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def agent(request: HttpRequest) -> str:
    """Return a short fingerprint of the browser a request comes from."""
    named = str(request.META.get("HTTP_USER_AGENT", ""))
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def name_key(name: str) -> str:
    """Return under what the failed attempts for a name are counted."""
    return f"name:{name.strip().lower()}"


def code_key(pk: int) -> str:
    """Return under what the failed codes of a user are counted."""
    return f"mfa-auth-user-{pk}"


def opens_at(request: HttpRequest, key: str) -> datetime.datetime | None:
    """Return when the next attempt is let through; None when it is now."""
    latest = 0.0
    for rate in ratelimit.get_rates(app=APP, action=FAILED):
        place = ratelimit.get_cache_key(
            request, app=APP, action=FAILED, rate=rate, key=key
        )
        history = cache.get(place, [])
        if len(history) >= rate.amount:
            latest = max(latest, history[-1] + rate.duration)
    if latest <= timezone.now().timestamp():
        return None
    return datetime.datetime.fromtimestamp(latest, tz=datetime.UTC)


def opened(request: HttpRequest, key: str) -> None:
    """Forget the failed attempts under a key."""
    for rate in ratelimit.get_rates(app=APP, action=FAILED):
        if rate.per == "key":
            cache.delete(
                ratelimit.get_cache_key(
                    request, app=APP, action=FAILED, rate=rate, key=key
                )
            )
