"""Where webhooks may lead: public addresses, and those of our own that were allowed."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from yanlian.errors import Finding, YanlianError
from yanlian.text import N_, Say, say

KIND = re.compile(r"[a-z][a-z0-9-]{1,30}(\.[a-z][a-z0-9-]{0,40}){0,2}\.?")
LONGEST = 500
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")


class Shut(YanlianError):
    """An address to which nothing is sent."""


@dataclass(frozen=True)
class Target:
    """Where to connect, after the name was looked up and allowed.

    Attributes
    ----------
    scheme, host : str
    port : int
    path : str
        With the query.
    address : str
        The number to connect to; the name is not looked up again.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: str


def findings(url: str) -> list[Finding]:
    """Return what speaks against an address, as far as it can be told without asking."""
    said = _wrong(url.strip())
    return [] if said is None else [Finding("url", said, code="api.url")]


def _wrong(url: str) -> Say | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    fits = (
        parts.scheme in {"http", "https"}
        and parts.hostname
        and _HOST.fullmatch(parts.netloc.rpartition("@")[2].partition(":")[0] if "[" not in parts.netloc else f"[{parts.hostname}]")
        and not parts.username
        and not parts.password
        and not parts.fragment
        and len(url) <= LONGEST
        and url.isascii()
        and not re.search(r"\s", url)
        and port != 0
    )  # fmt: skip
    if not fits:
        return say(
            N_(
                "Found %(found)s. Expected an address such as "
                "https://receiver.example.cn/yanlian, without name and password."
            ),
            found=repr(url[:100]),
        )
    host = parts.hostname or ""
    if parts.scheme == "http" and not allowed(host):
        return say(
            N_(
                "Found an address without encryption. Expected https; http only for "
                "hosts named in YANLIAN_WEBHOOK_HOSTS."
            )
        )
    number = _number(host)
    if number is not None and not open_to(host, number):
        return _inner(host)
    return None


def _inner(host: str) -> Say:
    return say(
        N_(
            "%(host)s is in a network of your own or is this machine. The operator "
            "allows it by naming it in YANLIAN_WEBHOOK_HOSTS."
        ),
        host=host,
    )


def _number(text: str) -> Any:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def allowed(host: str) -> bool:
    """Tell whether the operator has named a host or a network that holds it."""
    number = _number(host)
    for word in settings.WEBHOOK_HOSTS:
        if word.lower() == host.lower():
            return True
        if number is not None and "/" in word and number in ipaddress.ip_network(word):
            return True
    return False


def open_to(host: str, number: Any) -> bool:
    """Tell whether a number may be connected to: public, or allowed by name or number."""
    mapped = getattr(number, "ipv4_mapped", None)
    number = mapped or number
    public = number.is_global and not number.is_multicast and not number.is_reserved
    return public or allowed(host) or allowed(str(number))


def looked_up(url: str) -> Target:
    """Return where to connect.

    The name is asked for once, and every number it stands for has to be allowed: a name
    that leads to the inside is refused, whatever it led to a moment ago.

    Raises
    ------
    Shut
        When the address is none, has no number, or leads to the inside.
    """
    said = _wrong(url)
    if said is not None:
        raise Shut(said.en)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Shut(N_("There is no machine called %(host)s."), host=host) from error
    numbers = list(dict.fromkeys(str(item[4][0]) for item in found))
    for text in numbers:
        if not open_to(host, _number(text)):
            raise Shut(
                N_(
                    "%(host)s is in a network of your own or is this machine. The "
                    "operator allows it by naming it in YANLIAN_WEBHOOK_HOSTS."
                ),
                host=host,
            )
    path = parts.path or "/"
    return Target(
        parts.scheme,
        host,
        port,
        f"{path}?{parts.query}" if parts.query else path,
        numbers[0],
    )
