"""Records of every kind: list, one, new, change, archive, bring back."""

# No postponed annotations here: the framework reads the types of functions that are
# made for each kind.
import functools
from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import JsonResponse
from ninja import Body, Query, Router, Schema
from pydantic import Field, create_model

from yanlian.errors import Finding
from yanlian.text import N_, say
from yanlian_web.api.v1.problems import Problem, plain, refuse_others
from yanlian_web.api.v1.shapes import (
    ANSWERS,
    Sent,
    Shown,
    both,
    filters_of,
    form_data,
    needed,
    record_fields,
    record_shape,
    sent_of,
    shown,
    title,
    version_field,
    worded,
)
from yanlian_web.desk.acting import Refused, findings_of
from yanlian_web.desk.actions.deals import pipelines_ensure
from yanlian_web.desk.actions.records import (
    record_add,
    record_archive,
    record_change,
    record_restore,
)
from yanlian_web.desk.forms import FORMS, Sheet, named, record_form
from yanlian_web.desk.masks import Reading, masked_fields, reading, veil
from yanlian_web.desk.models import KINDS, Pipeline, Record
from yanlian_web.desk.queries.companies import visible
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

# What several of a kind are called in an address where it is not the kind with an s.
PLURALS = {
    "company": "companies",
    "person": "people",
    "attendance": "attendances",
    "party": "parties",
    "evidence": "evidence",
}


def plural(kind: str) -> str:
    """Return the word of a kind's address."""
    return PLURALS.get(kind, f"{kind}s")


def answer(data: Any, status: int = 200) -> HttpResponse:
    """Return plain data as JSON."""
    return JsonResponse(
        plain(data),
        status=status,
        json_dumps_params={"ensure_ascii": False},
        safe=False,
    )


def answer_record(record: Record, member: Member, status: int = 200) -> HttpResponse:
    """Return a record, with its version as the entity tag."""
    made = answer(masked(record, member), status)
    made["ETag"] = f'"{record.version}"'
    return made


def masked(record: Record, member: Member) -> dict[str, Any]:
    """Return a record as a member may see it; what is read in clear is noted."""
    with reading(member, "api") as read:
        return _veiled(record, read)


def _veiled(record: Record, read: Reading) -> dict[str, Any]:
    fields = veil(read, record)
    return {**shown(record), "masked": fields}


def _kept_from(record: Record, member: Member, sent: dict[str, Any]) -> None:
    """Refuse to write over what one cannot read, as the form of the page does."""
    with reading(member, "form") as read:
        veiled = [
            f for f in masked_fields(record) if f in sent and not read.clear(record, f)
        ]
    findings = [
        Finding(
            name,
            say(
                N_(
                    "This field is masked for you and stays as it is. Open it for a "
                    "reason first."
                )
            ),
            code="desk.masked",
        )
        for name in veiled
    ]
    if findings:
        raise Problem(422, findings=findings)


def need(member: Member, right: str) -> None:
    """Stop when a member does not hold a right."""
    if not may(member, right):
        raise Problem(403)


def given(payload: Any) -> dict[str, Any]:
    """Return the fields that were sent, whatever they hold."""
    return dict(payload.dict(exclude_unset=True)) if payload else {}


def version_of(request: HttpRequest, sent: Any) -> int | None:
    """Return the version that was seen: of the body, else of the header ``If-Match``.

    Raises
    ------
    Problem
        When the header holds something else.
    """
    if sent is not None:
        return int(sent)
    tag = request.headers.get("If-Match", "").strip()
    if not tag or tag == "*":
        return None
    number = tag.removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        text = say(
            N_('Found %(found)s. Expected the version as in "3".'), found=tag[:40]
        )
        raise Problem(422, findings=[Finding("If-Match", text, code="api.version")])
    return int(number)


def valid(form: Any) -> dict[str, Any]:
    """Return what a form holds.

    Raises
    ------
    Refused
        With everything it finds wrong, in both languages.
    """
    if form.is_valid():
        return dict(form.cleaned_data)
    findings: list[Finding] = []
    for name, errors in form.errors.as_data().items():
        for error in errors:
            where = "" if name == "__all__" else name
            findings += [
                Finding(where, found.say, code=f"desk.{error.code or 'field'}")
                for found in findings_of(error)
            ]
    raise Refused(
        N_("Nothing was stored. %(count)s things are not right:"),
        findings=tuple(findings),
        count=len(findings),
    )


def base_of(kind: str, member: Member, archived: str) -> QuerySet[Any]:
    """Return the records of a kind that a member may see."""
    if kind == "company" and archived == "no":
        return visible(member.office, member)
    found = KINDS[kind].objects.seen_by(member)
    if archived == "no":
        return found.live()
    return found.exclude(archived_on=None) if archived == "yes" else found


def _holding(kind: str, records: QuerySet[Any], words: str) -> Any:
    """Return the records that hold words: as the pages name them, else in their text."""
    if worded(kind) != "text":
        return named(records, words)
    return records.filter(Q(text_en__icontains=words) | Q(text_zh__icontains=words))


def listed(kind: str, member: Member, asked: dict[str, Any], looked: dict[str, str]) -> dict[str, Any]:  # fmt: skip
    """Return a page of a list; asks a fixed number of times."""
    records = base_of(kind, member, asked["archived"])
    for name, lookup in looked.items():
        if asked.get(name) is not None:
            records = records.filter(**{lookup: asked[name]})
    words = (asked.get("q") or "").strip()
    if words:
        records = _holding(kind, records, words)
    size, after = asked["size"], asked.get("after")
    model = KINDS[kind]
    if after is not None:
        rows = list(records.filter(pk__gt=after).order_by("pk")[: size + 1])
        more = len(rows) > size
        rows = rows[:size]
        return {
            "items": _items(rows, member),
            "total": None,
            "page": None,
            "pages": None,
            "size": size,
            "next_after": rows[-1].pk if more else None,
        }
    total = records.order_by().count()
    pages = max(-(-total // size), 1)
    start = (min(asked["page"], pages) - 1) * size
    sort = asked["sort"]
    order = [sort] if sort.lstrip("-") == "id" else [sort, "-pk"]
    # The numbers first: sorting whole rows is dear.
    keys = list(
        records.order_by(*order).values_list("pk", flat=True)[start : start + size]
    )
    found = model.objects.in_bulk(keys)
    return {
        "items": _items([found[key] for key in keys if key in found], member),
        "total": total,
        "page": min(asked["page"], pages),
        "pages": pages,
        "size": size,
        "next_after": None,
    }


def _items(rows: list[Any], member: Member) -> list[dict[str, Any]]:
    with reading(member, "api") as read:
        return [_veiled(row, read) for row in rows]


def routes() -> Router:
    """Return the addresses of all kinds of records."""
    router = Router()
    for kind in KINDS:
        _read(router, kind)
        _archive(router, kind)
        if kind in FORMS:
            _write(router, kind)
    return router


@functools.cache
def shape(kind: str) -> type[Schema]:
    """Return the shape of a record; one for all addresses."""
    return record_shape(kind)


def _read(router: Router, kind: str) -> None:
    filters, looked = filters_of(kind)
    label, word = KINDS[kind].label, plural(kind)
    items: Any = list[shape(kind)]  # type: ignore[misc]
    page = create_model(
        f"{title(kind)}Page",
        __base__=Shown,
        items=(items, Field()),
        total=(int | None, Field()),
        page=(int | None, Field()),
        pages=(int | None, Field()),
        size=(int, Field()),
        next_after=(int | None, Field()),
    )

    def many(request: HttpRequest, filters: Query[filters]) -> Any:  # type: ignore[valid-type]
        refuse_others(request, type(filters))
        return answer(listed(kind, request.member, filters.dict(), looked))  # type: ignore[attr-defined]

    def one(request: HttpRequest, id: int) -> Any:
        member = request.member  # type: ignore[attr-defined]
        return answer_record(record_or_404(member, kind, id), member)

    _add(router, "get", f"/{word}", many, kind, "list", page, label)
    _add(router, "get", f"/{word}/{{int:id}}", one, kind, "one", shape(kind), label)  # fmt: skip


def _write(router: Router, kind: str) -> None:
    fields = record_fields(kind)
    word, label = plural(kind), KINDS[kind].label
    new_shape = sent_of(f"{title(kind)}New", fields)
    needs: Any = needed(kind)
    new_shape.model_config["json_schema_extra"] = {"required": needs}
    change_shape = sent_of(f"{title(kind)}Change", fields, version=version_field())

    def new(request: HttpRequest, payload: Body[new_shape]) -> Any:  # type: ignore[valid-type]
        member = request.member  # type: ignore[attr-defined]
        need(member, "write")
        sent = given(payload)
        return answer_record(created(member, kind, sent), member, 201)

    def change(request: HttpRequest, id: int, payload: Body[change_shape]) -> Any:  # type: ignore[valid-type]
        member = request.member  # type: ignore[attr-defined]
        need(member, "write")
        sent = given(payload)
        version = version_of(request, sent.pop("version", None))
        record = record_or_404(member, kind, id, own=True)
        if version is None:
            raise Problem(428)
        _kept_from(record, member, sent)
        values = valid(_form(kind, member, sent))
        record = record_change(
            by=member, kind=kind, pk=id, version=version, values=values
        )
        return answer_record(record, member)

    _add(router, "post", f"/{word}", new, kind, "new", {201: shape(kind)}, label)  # fmt: skip
    _add(router, "patch", f"/{word}/{{int:id}}", change, kind, "change", shape(kind), label)  # fmt: skip


def _form(kind: str, member: Member, sent: dict[str, Any], *more: str) -> Any:
    """Return the form of a kind, of the fields that were sent and some more."""
    names = tuple(n for n in FORMS[kind].fields if n in sent or n in more)
    form_class = record_form(Sheet(kind, (("", names),)), member)
    return form_class(form_data(form_class.base_fields, sent))


def created(member: Member, kind: str, sent: dict[str, Any]) -> Record:
    """Store a new record from what was sent."""
    if kind == "deal":
        pipelines_ensure(office=member.office)
        if "pipeline" not in sent:
            line = Pipeline.objects.seen_by(member).live().first()
            sent["pipeline"] = line.pk if line else None
    if "owner" in FORMS[kind].fields:
        sent.setdefault("owner", member.pk)
    values = valid(_form(kind, member, sent, *needed(kind)))
    return record_add(by=member, kind=kind, values=values)


class Why(Sent):
    """Why a record is archived, and which version was seen."""

    why: str = Field("", max_length=500, description=both(N_("Why")))
    version: int | None = Field(
        None, ge=0, description=both(N_("Version that was seen"))
    )


def _archive(router: Router, kind: str) -> None:
    word, label = plural(kind), KINDS[kind].label

    def archive(request: HttpRequest, id: int, payload: Body[Why]) -> Any:
        member = request.member  # type: ignore[attr-defined]
        need(member, "write")
        record_or_404(member, kind, id, own=True)
        version = version_of(request, payload.version)
        record = record_archive(
            by=member, kind=kind, pk=id, version=version, why=payload.why
        )
        return answer_record(record, member)

    def restore(request: HttpRequest, id: int) -> Any:
        member = request.member  # type: ignore[attr-defined]
        need(member, "write")
        record_or_404(member, kind, id, own=True)
        record = record_restore(by=member, kind=kind, pk=id)
        return answer_record(record, member)

    path = f"/{word}/{{int:id}}"
    _add(router, "post", f"{path}/archive", archive, kind, "archive", shape(kind), label)  # fmt: skip
    _add(router, "post", f"{path}/restore", restore, kind, "restore", shape(kind), label)  # fmt: skip


SUMMARIES = {
    "list": N_("List of records"),
    "one": N_("One record"),
    "new": N_("New record"),
    "change": N_("Change of a record"),
    "archive": N_("Archive a record"),
    "restore": N_("Bring a record back"),
}


def _add(
    router: Router,
    method: str,
    path: str,
    view: Callable[..., Any],
    kind: str,
    what: str,
    shape: Any,
    label: str,
) -> None:
    """Make an address known."""
    ANSWERS[f"{what}-{kind}"] = shape if isinstance(shape, dict) else {200: shape}
    getattr(router, method)(
        path,
        operation_id=f"{what}-{kind}",
        summary=f"{both(SUMMARIES[what])}: {both(label)}",
        tags=[plural(kind)],
        url_name=f"{what}-{kind}",
    )(view)
