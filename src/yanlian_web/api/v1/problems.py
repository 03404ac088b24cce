"""Answers that something is wrong, in the form of RFC 9457 and in both languages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import JsonResponse
from pydantic import BaseModel

from yanlian.errors import Finding
from yanlian.text import N_, Say, say
from yanlian_web.ui.templatetags.yl import reader

MEDIA_TYPE = "application/problem+json"
# Where the guide says what each kind of problem means; the code follows the stroke.
GUIDE = "/help/api/#"
# Code and sentence of a status that comes without one of its own.
PLAIN: dict[int, tuple[str, str]] = {
    400: ("unreadable", N_("The request cannot be read.")),
    401: ("unknown", N_("Sign in, or send a token.")),
    403: ("forbidden", N_("You do not hold the right that this needs.")),
    404: ("absent", N_("There is nothing here that you may see.")),
    405: ("method", N_("This address does not know that method.")),
    409: ("conflict", N_("Something else was stored meanwhile.")),
    413: ("large", N_("The request is too large.")),
    415: ("media", N_("This address does not take that kind of content.")),
    422: ("refused", N_("Nothing was stored. What was sent is not right.")),
    428: ("version", N_("Say which version you have seen.")),
    429: ("often", N_("Too many requests. Wait a while, then go on.")),
}
LONGEST = 80


class Problem(Exception):
    """An answer that something is wrong.

    Parameters
    ----------
    status : int
    said : Say, optional
        What is wrong; the sentence of the status when left out.
    code : str
        Stable word; that of the status when left out.
    findings : sequence of Finding
    wait : int
        Seconds after which to try again; 0 for none.
    """

    def __init__(
        self,
        status: int,
        said: Say | None = None,
        *,
        code: str = "",
        findings: Sequence[Finding] = (),
        wait: int = 0,
    ) -> None:
        self.status = status
        self.code = code or PLAIN[status][0]
        self.said = said
        self.findings = findings
        self.wait = wait
        super().__init__(self.code)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return it as a response."""
        made = problem(
            request, self.status, self.said, code=self.code, findings=self.findings
        )
        if self.wait:
            made["Retry-After"] = str(self.wait)
        return made


def problem(
    request: HttpRequest,
    status: int,
    said: Say | None = None,
    *,
    code: str = "",
    findings: Iterable[Finding] = (),
    **more: Any,
) -> HttpResponse:
    """Return a problem as a response.

    ``title`` and ``detail`` are in the language of the request, ``texts`` holds the
    detail in both; each finding says where, what, and by which rule.
    """
    word, sentence = PLAIN[status]
    title = say(sentence)
    detail = said or title
    lang = reader()
    body = {
        "type": f"{GUIDE}{code or word}",
        "title": title.text(lang),
        "status": status,
        "detail": detail.text(lang),
        "code": code or word,
        "instance": request.path,
        "texts": {"en": detail.en, "zh": detail.zh},
        "findings": [
            {
                "where": item.where,
                "text": item.say.text(lang),
                "code": item.code,
                "texts": {"en": item.say.en, "zh": item.say.zh},
            }
            for item in findings
        ],
        **more,
    }
    made = JsonResponse(
        plain(body), status=status, json_dumps_params={"ensure_ascii": False}
    )
    made["Content-Type"] = MEDIA_TYPE
    if status == 401:
        made["WWW-Authenticate"] = 'Bearer realm="yanlian"'
    return made


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: what is no number becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def found_text(value: Any) -> str:
    """Return a value as a sentence names it; what is deep is named by its kind."""
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    text = repr(value) if isinstance(value, str) else str(value)
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


# What was expected where a value is of another kind, by the words of the validator.
EXPECTED = (
    ("int", N_("Found %(found)s. Expected a whole number.")),
    ("float", N_("Found %(found)s. Expected a number.")),
    ("finite", N_("Found %(found)s. Expected a number.")),
    ("bool", N_("Found %(found)s. Expected true or false.")),
    ("datetime", N_("Found %(found)s. Expected a time as in 2026-06-30T08:00:00+08:00.")),
    ("date", N_("Found %(found)s. Expected a day as in 2026-06-30.")),
    ("list", N_("Found %(found)s. Expected a list.")),
    ("dict", N_("Found %(found)s. Expected an object.")),
    ("model", N_("Found %(found)s. Expected an object.")),
    ("string", N_("Found %(found)s. Expected a text.")),
)  # fmt: skip


def findings_of_errors(errors: Iterable[dict[str, Any]]) -> list[Finding]:
    """Return what a schema found as findings, by the names of the fields."""
    return [_finding(error) for error in errors]


def _finding(error: dict[str, Any]) -> Finding:
    kind = str(error.get("type", ""))
    context = error.get("ctx") or {}
    found = found_text(error.get("input"))
    names = [part for part in error.get("loc", ()) if part not in WRAPPED]
    where = ".".join(str(part) for part in names)
    if kind == "missing":
        text = say(N_("It is missing. Give it."))
    elif kind == "extra_forbidden":
        text = say(N_("There is no such field here. Take it out, or correct its name."))
    elif kind == "literal_error":
        text = say(
            N_("Found %(found)s. Expected one of: %(expected)s."),
            found=found,
            expected=context.get("expected", ""),
        )
    elif "le" in context or "ge" in context or "lt" in context or "gt" in context:
        text = say(
            N_("Found %(found)s. Expected a number in the range that is documented."),
            found=found,
        )
    elif kind == "string_too_long":
        text = say(
            N_("Expected at most %(most)s characters."),
            most=context.get("max_length", ""),
        )
    else:
        sentence = next((s for word, s in EXPECTED if word in kind), None)
        text = say(
            sentence or N_("Found %(found)s. Expected what is documented."), found=found
        )
    return Finding(where, text, code=f"api.{kind}")


def refuse_others(request: HttpRequest, asked: type[BaseModel]) -> None:
    """Refuse what an address does not know: to ignore it would say the wrong thing."""
    names = {field.alias or name for name, field in asked.model_fields.items()}
    findings = [
        Finding(
            name[:LONGEST],
            say(N_("There is no such filter here. The documentation lists them.")),
            code="api.filter",
        )
        for name in request.GET
        if name not in names
    ]
    if findings:
        raise Problem(422, findings=findings)


# Words by which the framework names the parts of a request.
WRAPPED = frozenset({"body", "payload", "query", "filters", "path", "asked"})
