"""Addresses of what can only be read."""

import re
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field, JsonValue

from yanlian.text import N_
from yanlian_web.api.models import READ, WRITE, Token
from yanlian_web.api.v1 import shown
from yanlian_web.api.v1.gates import Words
from yanlian_web.api.v1.problems import refuse_others
from yanlian_web.api.v1.records import answer, plural
from yanlian_web.api.v1.shapes import MOST_ID, Asked, Day, both
from yanlian_web.desk.models import Gap
from yanlian_web.desk.views.records import record_or_404

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
Code = Annotated[str, Field(max_length=100)]
Page = Annotated[int, Field(ge=1, le=1_000_000)]
Size = Annotated[int, Field(ge=1, le=shown.MOST_ROWS)]


class Me(Schema):
    """Who calls."""

    id: int
    name: str
    role: str
    office: dict[str, JsonValue]
    rights: list[str]
    scope: Literal["read", "write"]
    today: str


class MemberShape(Schema):
    """A member of the office."""

    id: int
    account: str
    name: Words
    role: str
    team: str


class Kind(Schema):
    """A kind of record."""

    kind: str
    path: str
    label: Words
    writable: bool
    actions: list[dict[str, JsonValue]]


class Trace(Schema):
    """The story of a gap."""

    gap: dict[str, JsonValue]
    opened_on: str
    closed_on: str | None
    as_of: str
    stations: list[dict[str, JsonValue]]
    branches: list[dict[str, JsonValue]]
    spans: list[dict[str, JsonValue]]
    columns: list[dict[str, JsonValue]]
    facts: dict[str, JsonValue]


class Figure(Schema):
    """A figure of an indicator."""

    code: str
    part: str
    name: Words
    unit: str
    value: float | None
    numerator: float | None
    denominator: float | None
    second: float | None
    second_unit: str
    target: float | None
    completion: float | None
    cannot: Words | None
    rule: Words


class Window(Asked):
    """Window, day and set of definitions."""

    set: Code | None = Field(None, description=both(N_("Set of definitions")))
    from_: Day | None = Field(None, alias="from", description=both(N_("First day")))
    to: Day | None = Field(None, description=both(N_("Last day")))
    as_of: Day | None = Field(
        None, description=both(N_("What happened later is left out"))
    )
    known: Literal["yes", "no"] | None = Field(
        None, description=both(N_("Leave out what was recorded later"))
    )


class One(Window):
    """Which part of an indicator, and which of its records."""

    part: Code | None = None
    role: Literal["met", "not_met", "counted", "open", ""] | None = None
    page: Page | None = None


class Indicators(Schema):
    """All figures of a set."""

    set: str
    from_: str = Field(alias="from")
    to: str
    as_of: str
    known: bool
    sets: list[str]
    figures: list[Figure]


class Indicator(Schema):
    """One indicator with the records behind it."""

    set: str
    from_: str = Field(alias="from")
    to: str
    as_of: str
    known: bool
    part: str
    figures: list[Figure]
    roles: dict[str, int]
    records: list[dict[str, JsonValue]]
    total: int
    page: int
    pages: int


class Paged(Asked):
    """Which page, and how long."""

    page: Page = 1
    size: Size = 100


class Rows(Schema):
    """Rows of a table."""

    run: str
    table: str
    items: list[dict[str, JsonValue]]
    total: int
    page: int
    pages: int
    size: int


class Lines(Asked):
    """Which lines of the log."""

    record: Code | None = Field(None, description=both(N_("As in deal:12")))
    who: Annotated[int, Field(ge=1, le=MOST_ID)] | None = Field(
        None, description=both(N_("Number of a member"))
    )
    code: Code | None = Field(None, description=both(N_("Action")))
    day: Day | None = None
    before: Annotated[int, Field(ge=1, le=MOST_ID)] | None = Field(
        None, description=both(N_("Lines before this one"))
    )


class SearchAsked(Asked):
    """What is looked for."""

    q: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description=both(N_("Name, pinyin or code"))
    )
    most: Annotated[int, Field(ge=1, le=50)] = 10


class Found(Schema):
    """What was found, by kind."""

    near: bool = Field(description=both(N_("Only with typing errors")))
    groups: list[dict[str, JsonValue]]


class Log(Schema):
    """A page of the log."""

    items: list[dict[str, JsonValue]]
    held: int = Field(description=both(N_("Lines you may not see")))
    next_before: int | None


class StudyAsked(Asked):
    """Runs of which study."""

    study: Code | None = None


def run_named(text: str) -> str:
    """Return the identifier of a run; 404 for what can be none, it names a folder."""
    if not _RUN.fullmatch(text):
        raise Http404
    return text


def routes() -> Router:
    """Return the addresses of what can only be read."""
    router = Router()
    _about(router)
    _told(router)
    _studied(router)
    return router


def _about(router: Router) -> None:
    @router.get("/me", response=Me, operation_id="me", tags=["about"])
    def me(request: HttpRequest) -> Any:
        """当前身份与权限 · Say who calls and what they may do."""
        caller = request.auth  # type: ignore[attr-defined]
        scope = caller.scope if isinstance(caller, Token) else WRITE
        assert scope in {READ, WRITE}
        return answer(shown.me(request.member, scope))  # type: ignore[attr-defined]

    @router.get("/kinds", response=list[Kind], operation_id="kinds", tags=["about"])
    def kinds(request: HttpRequest) -> Any:
        """记录种类与操作 · List the kinds of records and their actions."""
        return answer(shown.kinds(plural))

    @router.get(
        "/members", response=list[MemberShape], operation_id="members", tags=["about"]
    )
    def members(request: HttpRequest) -> Any:
        """本机构成员 · List the members of the office."""
        return answer(shown.members(request.member.office))  # type: ignore[attr-defined]


def _told(router: Router) -> None:
    @router.get(
        "/gaps/{int:id}/trace", response=Trace, operation_id="trace", tags=["gaps"]
    )
    def trace(request: HttpRequest, id: int) -> Any:
        """缺口追踪 · Tell the story of a gap that was taken up."""
        member = request.member  # type: ignore[attr-defined]
        gap = record_or_404(member, "gap", id, own=True)
        assert isinstance(gap, Gap)
        return answer(shown.trace(member, gap))

    @router.get(
        "/indicators",
        response=Indicators,
        operation_id="indicators",
        by_alias=True,
        tags=["indicators"],
    )
    def indicators(request: HttpRequest, asked: Query[Window]) -> Any:
        """全部指标 · Reckon every indicator for a window, as of a day."""
        refuse_others(request, Window)
        return answer(shown.indicators(request.member, request.GET))  # type: ignore[attr-defined]

    @router.get(
        "/indicators/{code}", response=Indicator, operation_id="indicator", by_alias=True, tags=["indicators"]
    )  # fmt: skip
    def indicator(request: HttpRequest, code: str, asked: Query[One]) -> Any:
        """单项指标及其依据 · Reckon one indicator and list the records behind it."""
        refuse_others(request, One)
        return answer(shown.indicator(request.member, code, request.GET))  # type: ignore[attr-defined]

    @router.get("/log", response=Log, operation_id="log", tags=["log"])
    def log(request: HttpRequest, asked: Query[Lines]) -> Any:
        """操作日志 · List who did what, newest first."""
        refuse_others(request, Lines)
        return answer(shown.log(request.member, request.GET))  # type: ignore[attr-defined]

    @router.get("/search", response=Found, operation_id="search", tags=["search"])
    def search(request: HttpRequest, asked: Query[SearchAsked]) -> Any:
        """查找 · Find records, segments, commands and pages of the guide."""
        refuse_others(request, SearchAsked)
        return answer(shown.search(request.member, asked.q, asked.most))  # type: ignore[attr-defined]


def _studied(router: Router) -> None:
    @router.get(
        "/runs", response=list[dict[str, JsonValue]], operation_id="runs", tags=["runs"]
    )
    def runs(request: HttpRequest, asked: Query[StudyAsked]) -> Any:
        """分析运行记录 · List the runs of the studies, newest first."""
        refuse_others(request, StudyAsked)
        return answer(shown.runs(request.member.office, asked.study))  # type: ignore[attr-defined]

    @router.get(
        "/runs/{run_id}",
        response=dict[str, JsonValue],
        operation_id="run",
        tags=["runs"],
    )
    def run(request: HttpRequest, run_id: str) -> Any:
        """单次运行 · Show one run: parameters, versions, names of its tables."""
        return answer(shown.run(request.member.office, run_named(run_id)))  # type: ignore[attr-defined]

    @router.get(
        "/runs/{run_id}/tables/{table}", response=Rows, operation_id="run-table", tags=["runs"]
    )  # fmt: skip
    def run_table(
        request: HttpRequest, run_id: str, table: str, asked: Query[Paged]
    ) -> Any:
        """运行结果表 · List rows of a table of a run."""
        refuse_others(request, Paged)
        office = request.member.office  # type: ignore[attr-defined]
        return answer(
            shown.table(office, run_named(run_id), table, asked.page, asked.size)
        )

    @router.get(
        "/results/{study}", response=Rows, operation_id="results", tags=["runs"]
    )
    def results(
        request: HttpRequest, study: Literal["gaps", "targets"], asked: Query[Paged]
    ) -> Any:
        """最新的缺口或目标企业 · List the gaps or targets of the newest run."""
        refuse_others(request, Paged)
        office = request.member.office  # type: ignore[attr-defined]
        return answer(shown.newest(office, study, asked.page, asked.size))
