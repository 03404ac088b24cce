"""The interface put together: addresses, who may call, and what goes wrong."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema, Swagger
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from pydantic import Field
from pydantic.json_schema import models_json_schema

from yanlian.errors import ParamError, StoreError, YanlianError
from yanlian.text import N_, say
from yanlian_web.api.v1 import doings, gates, reading, records
from yanlian_web.api.v1.auth import Often, SessionAuth, TokenAuth, member_of
from yanlian_web.api.v1.gates import Words
from yanlian_web.api.v1.problems import (
    MEDIA_TYPE,
    PLAIN,
    Problem,
    findings_of_errors,
    problem,
)
from yanlian_web.api.v1.shapes import ANSWERS, both
from yanlian_web.desk.acting import Conflict, Refused

VERSION = "1"
ABOUT = N_(
    "Everything of the desk: records, actions, gates, indicators, results and the log, "
    "with the rights of the pages. Sign in, or send a personal token."
)


class FindingShape(Schema):
    """One thing that is wrong."""

    where: str = Field(description=both(N_("Field, or empty")))
    text: str
    code: str
    texts: Words


class ProblemShape(Schema):
    """What is wrong, in the form of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    texts: Words
    findings: list[FindingShape]
    stored: dict[str, Any] | None = Field(
        None,
        description=both(N_("At a conflict: the record as it is now")),
    )
    sent: dict[str, Any] | None = Field(
        None, description=both(N_("At a conflict: what was sent"))
    )


SHAPES = "#/components/schemas/"


class SafeParser(Parser):
    """Reads JSON; what no program should send is refused, not tried."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what was sent."""
        try:
            return json.loads(request.body or b"null", parse_constant=_no_number)
        except RecursionError as error:
            text = say(N_("The JSON is nested too deeply."))
            raise Problem(422, text, code="deep") from error
        except ValueError as error:
            text = say(N_("What was sent is not JSON: %(why)s."), why=str(error)[:100])
            raise Problem(400, text, code="json") from error


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


class DeskAPI(NinjaAPI):
    """The interface, whose description says what problems look like."""

    @functools.cached_property
    def described(self) -> OpenAPISchema:
        """Return the description; made once, it takes a while."""
        made = super().get_openapi_schema()
        shape = ProblemShape.model_json_schema(ref_template=SHAPES + "{model}")
        made["components"]["schemas"] |= shape.pop("$defs") | {"Problem": shape}
        content = {MEDIA_TYPE: {"schema": {"$ref": f"{SHAPES}Problem"}}}
        problems = {
            status: {"description": sentence, "content": content}
            for status, (_, sentence) in PLAIN.items()
        }
        answers = _answers(made["components"]["schemas"])
        for operations in made["paths"].values():
            for operation in operations.values():
                operation["responses"] |= answers.get(operation["operationId"], {})
                if operation["operationId"].startswith("new-"):
                    del operation["responses"][200]
                # All answers share these: to make them one by one takes seconds.
                operation["responses"] |= problems
        return made

    def get_openapi_schema(self, **more: Any) -> OpenAPISchema:
        """Return the description in OpenAPI."""
        return self.described

    def get_operation_url_name(self, operation: Any, router: Any) -> str:
        """Return the name of an address; each gives its own."""
        return str(operation.operation_id)


def _answers(schemas: dict[str, Any]) -> dict[str, dict[int, Any]]:
    """Return what each address answers, as the description says it.

    Parameters
    ----------
    schemas : dict
        Gains the shapes that are named.
    """
    every = {shape for known in ANSWERS.values() for shape in known.values()}
    shapes = sorted(every, key=lambda shape: shape.__name__)
    refs, found = models_json_schema(
        [(shape, "serialization") for shape in shapes], ref_template=SHAPES + "{model}"
    )
    schemas |= found["$defs"]
    return {
        name: {
            status: {
                "description": "OK",
                "content": {
                    "application/json": {"schema": refs[shape, "serialization"]}
                },
            }
            for status, shape in known.items()
        }
        for name, known in ANSWERS.items()
    }


def members_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let members alone read the documentation: by session, or by a token."""

    def guarded(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        if "Authorization" not in request.headers:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            try:
                member_of(request)
            except Problem as error:
                return error.answer(request)
            return view(request, *args, **more)
        try:
            known = TokenAuth()(request)
        except Problem as error:
            return error.answer(request)
        return view(request, *args, **more) if known else problem(request, 401)

    return guarded


def build() -> DeskAPI:
    """Return the interface with all its addresses."""
    made = DeskAPI(
        title="Yanlian",
        version=VERSION,
        description=both(ABOUT),
        urls_namespace="api",
        docs=Swagger({"persistAuthorization": False, "docExpansion": "none"}),
        docs_decorator=members_only,
        auth=[TokenAuth(), SessionAuth()],
        throttle=[Often()],
        parser=SafeParser(),
    )
    _handlers(made)
    for part in (reading, gates, records, doings):
        made.add_router("", part.routes())
    return made


def _handlers(made: DeskAPI) -> None:
    """Say how each kind of error is answered."""

    def own(request: HttpRequest, error: Any) -> HttpResponse:
        return error.answer(request)  # type: ignore[no-any-return]

    def unknown(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(request, 401)

    def often(request: HttpRequest, error: Any) -> HttpResponse:
        return Problem(429, wait=int(error.wait or 1) + 1).answer(request)

    def absent(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(request, 404)

    def forbidden(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(request, 403)

    def invalid(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(request, 422, findings=findings_of_errors(error.errors))

    def plain_error(request: HttpRequest, error: Any) -> HttpResponse:
        if isinstance(error.__cause__, Problem):
            return error.__cause__.answer(request)
        return problem(request, error.status_code)

    def conflict(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(
            request, 409, error.say, stored=records.masked(error.record, request.member),  # type: ignore[attr-defined]
            sent=_sent(request),
        )  # fmt: skip

    def refused(request: HttpRequest, error: Any) -> HttpResponse:
        return problem(request, 422, error.say, findings=error.findings)

    def library(request: HttpRequest, error: Any) -> HttpResponse:
        status = 422 if isinstance(error, ParamError) else 409
        status = 404 if isinstance(error, StoreError) else status
        return problem(request, status, error.say, findings=error.findings)

    for kind, handler in (
        (Problem, own), (AuthenticationError, unknown), (Throttled, often),
        (Http404, absent), (PermissionDenied, forbidden), (ValidationError, invalid),
        (HttpError, plain_error), (Conflict, conflict), (Refused, refused),
        (YanlianError, library),
    ):  # fmt: skip
        made.add_exception_handler(kind, handler)


def _sent(request: HttpRequest) -> Any:
    """Return what was sent: the fields of a form, or an object of JSON."""
    if (request.content_type or "").startswith("multipart/"):
        return request.POST.dict()
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
