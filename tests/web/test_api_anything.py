"""Whatever is sent to the interface, it answers as documented and never fails."""

import datetime
import os

import hypothesis
import pytest

# Of each address; a longer run sets it in the environment.
EXAMPLES = int(os.environ.get("YANLIAN_API_EXAMPLES", "2"))


@pytest.fixture
def token(members, things, settings):
    from yanlian_web.api.actions import token_make
    from yanlian_web.desk.acting import today

    settings.API_PER_MINUTE = 10_000_000
    until = today() + datetime.timedelta(days=30)
    return token_make(by=members["alice"], name="x", scope="write", expires_on=until)[1]


def kind_of(path):
    from yanlian_web.api.v1.records import plural
    from yanlian_web.desk.models import KINDS

    word = path.split("/")[3]
    return next((kind for kind in KINDS if plural(kind) == word), None)


def shortly(error):
    found = getattr(error, "exceptions", (error,))
    return " | ".join(f"{one} {getattr(one, 'message', '')}"[:600] for one in found)


def every(operation, own, headers, checks, told):
    """Return a function that sends examples to one address."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def sent(case):
        if own and "id" in (case.path_parameters or {}):
            # One that there is: what comes after 404 is what is to be tried.
            case.path_parameters["id"] = own
        answer = case.call(headers=headers)
        told[answer.status_code] = told.get(answer.status_code, 0) + 1
        case.validate_response(answer, checks=checks)

    return sent


@pytest.fixture
def one_connection():
    """Keep the connection of the test, as Django's own client does."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.filterwarnings("default")
def test_whatever_is_sent_is_answered_as_documented(
    token, things, members, one_connection
):
    import schemathesis
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    from yanlian_web.wsgi import application

    headers = {"Authorization": f"Bearer {token}"}
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", application, headers=headers
    )
    checks = [
        schemathesis.checks.not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    told, failures = {}, []
    for result in schema.get_all_operations():
        operation = result.ok()
        kind = kind_of(operation.path)
        own = things[kind].pk if kind in things else None

        sent = every(operation, own, headers, checks, told)
        try:
            sent()
        except (Exception, BaseExceptionGroup) as error:
            failures.append(f"{operation.method} {operation.path}: {shortly(error)}")
    print(told)  # noqa: T201
    assert not failures, "\n\n".join(failures)
    assert len(told) > 3
    assert sum(told.values()) >= 200
