"""What is sealed of a log line, and how seals hang together.

A seal holds the digest of what a line says and a hash over that digest and the hash of
the seal before. Who changes a line, takes one out or puts one in has to forge every seal
after it; who takes the newest ones away has to forge the head of the chain, which is
stored apart. Nothing here knows the database.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

# Before the first seal of an office.
FIRST = "0" * 64
# What is sealed of a line; ``parts`` are the events that were written with it.
FIELDS = ("at", "by", "code", "subject", "data", "training", "parts")
# Characters of each field's own fingerprint. It only tells which field was changed: the
# digest is what proves that one was.
HINT = 8


def _same(value: Any) -> Any:
    """Return a value as it comes back from either database.

    PostgreSQL keeps numbers of JSON as decimals: a float without a fraction may come
    back as an integer.
    """
    if isinstance(value, dict):
        return {str(key): _same(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_same(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _text(value: Any) -> bytes:
    plain = json.loads(json.dumps(value, cls=DjangoJSONEncoder))
    return json.dumps(
        _same(plain), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode("utf-8", "surrogatepass")


def moment(at: datetime.datetime) -> str:
    """Return a moment as it is sealed."""
    return at.astimezone(datetime.UTC).isoformat(timespec="microseconds")


def content(
    *,
    at: datetime.datetime,
    by: str,
    code: str,
    subject: str,
    data: Any,
    training: bool,
    parts: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Return what is sealed of a line.

    Parameters
    ----------
    at : datetime
    by : str
        Name under which the person signs in; empty for the program. Not a number, so
        that a person renamed behind the back is found, and that a chain can be carried
        to another installation.
    code, subject : str
    data : dict
    training : bool
    parts : iterable of dict
        What was written with it, in any order.
    """
    return {
        "at": moment(at),
        "by": by,
        "code": code,
        "subject": subject,
        "data": data,
        "training": bool(training),
        "parts": sorted(_text(part).decode("utf-8", "surrogatepass") for part in parts),
    }


def digest(values: dict[str, Any]) -> tuple[str, str]:
    """Return the digest of what is sealed, and the fingerprints of its fields."""
    texts = [_text(values[field]) for field in FIELDS]
    whole = hashlib.sha256()
    hints = []
    for text in texts:
        whole.update(len(text).to_bytes(8, "big"))
        whole.update(text)
        hints.append(hashlib.sha256(text).hexdigest()[:HINT])
    return whole.hexdigest(), "".join(hints)


def link(before: str, number: int, digest: str, hints: str, training: bool) -> str:
    """Return the hash of a seal.

    Examples
    --------
    >>> link(FIRST, 1, "a" * 64, "b" * 56, False)[:8]
    '753bb1cd'
    """
    text = f"{before}:{number}:{digest}:{hints}:{int(training)}"
    return hashlib.sha256(text.encode()).hexdigest()


def differing(hints: str, now: str) -> list[str]:
    """Return which fields of a line are not what was sealed."""
    return [
        field
        for place, field in enumerate(FIELDS)
        if hints[place * HINT : place * HINT + HINT]
        != now[place * HINT : place * HINT + HINT]
    ]
