"""Pages of meetings: list, calendar, record, the day on the phone, and files."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from yanlian.errors import YanlianError
from yanlian_web.desk.acting import Conflict, Refused, today
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.actions.meetings import meeting_attach, meeting_start
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.forms import offered
from yanlian_web.desk.lists import exported, page_by_number
from yanlian_web.desk.models import Meeting, Question
from yanlian_web.desk.queries import meeting as one
from yanlian_web.desk.queries import meetings as many
from yanlian_web.desk.queries import phone
from yanlian_web.desk.queries.kept import file_for
from yanlian_web.desk.shapes import LISTS, shape_page
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import reader

# Blocks of Chinese characters: by these it is known in which language one has written.
HAN = ("\u3400", "\u9fff")


@require_GET
@need("see")
def meetings(request: Any) -> HttpResponse:
    """Show meetings as table or calendar under one state of filters."""
    member, query = request.member, request.GET
    listed = many.meetings_found(member, query)
    if query.get("export") in {"csv", "xlsx"}:
        return exported(
            f"meetings-{today()}",
            many.COLUMNS,
            many.export_rows(member, listed),
            form=query["export"],
            training=member.office.training,
        )
    context: dict[str, Any] = {
        "query": query,
        "today": today(),
        **many.meeting_choices(member, query),
        **shape_page(LISTS["meetings"], member, query),
    }
    view = context["view"] = context["shape"]
    if context["drawn"]:
        return render(request, "desk/meetings.html", context)
    if view == "calendar":
        context |= many.calendar_page(member, query)
    else:
        page = page_by_number(listed, many.with_names(Meeting.objects.all()), query)
        rows = many.meeting_rows(page.rows)
        context |= {"page": page, "rows": rows, "total": page.total}
    return render(request, "desk/meetings.html", context)


@require_GET
@need("see")
def meeting(request: Any, pk: int) -> HttpResponse:
    """Show the record of a meeting."""
    member = request.member
    record = record_or_404(member, "meeting", pk)
    assert isinstance(record, Meeting)
    found = one.meeting_of(record)
    page = one.meeting_page(member, found)
    context = {
        **page,
        "meeting": found,
        "doings": {d.key: d for d in offered(found, member)} if page["own"] else {},
        "open": page["own"] and found.state in {"planned", "draft"},
    }
    return render(request, "desk/meeting.html", context)


@require_http_methods(["GET", "POST"])
@need("see")
def day(request: Any) -> HttpResponse:
    """Show one's own day on the phone; answer, promise and photograph there."""
    member = request.member
    errors: list[str] = []
    status = 200
    if request.method == "POST":
        if not may(member, "write"):
            raise PermissionDenied
        try:
            _carry_out(request, member)
        except Conflict as error:
            errors, status = [error.text(reader())], 409
        except Refused as error:
            errors, status = _texts(error), 422
        else:
            sent = request.POST
            return redirect(
                f"{reverse('day')}?on={sent.get('on', '')}"
                f"&meeting={sent.get('meeting', '')}#{sent.get('at', '')}"
            )
    source = request.POST if request.method == "POST" else request.GET
    page = phone.day_page(member, source.get("on", ""), source.get("meeting", ""))
    context = {**page, "errors": errors, "sent": request.POST}
    return render(request, "desk/day.html", context, status=status)


def _texts(error: YanlianError) -> list[str]:
    found = [finding.say.text(reader()) for finding in error.findings]
    return found or [error.text(reader())]


def _carry_out(request: Any, member: Member) -> None:
    """Do what a button of the day stands for."""
    sent = request.POST
    number = sent.get("meeting", "")
    if not number.isdigit():
        raise Http404
    found = record_or_404(member, "meeting", int(number), own=True)
    assert isinstance(found, Meeting)
    what = sent.get("do", "")
    if what == "start":
        meeting_start(by=member, pk=found.pk, version=None)
    elif what == "promise":
        text = sent.get("text", "").strip()
        due = phone.due_days(today()).get(sent.get("due", "week"))
        record_add(
            by=member,
            kind="promise",
            values={
                "side": sent.get("side", "theirs"),
                f"text_{_written_in(text)}": text,
                "meeting": found,
                "made_on": min(found.on, today()),
                "due_on": due,
                "owner": member,
                "visibility": found.visibility,
            },
        )
    elif what == "answer":
        _answer(member, found, sent)
    elif what == "photo":
        for upload in request.FILES.getlist("file") or [None]:
            meeting_attach(by=member, pk=found.pk, version=None, file=upload)
    else:
        raise Http404


def _answer(member: Member, found: Meeting, sent: Any) -> None:
    """Store the answer to a question in the language it was written in."""
    number, version = sent.get("question", ""), sent.get("version", "")
    question = Question.objects.filter(
        meeting=found, pk=int(number) if number.isdigit() else 0
    ).first()
    if question is None:
        raise Http404
    text = sent.get("text", "").strip()
    values = {f"answer_{_written_in(text)}": text}
    if not text:
        values = {"answer_en": "", "answer_zh": ""}
    record_change(
        by=member,
        kind="question",
        pk=question.pk,
        version=int(version) if version.isdigit() else None,
        values=values,
    )


def _written_in(text: str) -> str:
    return "zh" if any(HAN[0] <= sign <= HAN[1] for sign in text) else "en"


@require_GET
@need("see")
def file(request: Any, sha256: str) -> HttpResponse:
    """Send a file to who may see a record it hangs on; 404 to all others."""
    found = file_for(request.member, sha256)
    if found is None or not path_of(found).is_file():
        raise Http404
    shown = found.media_type.startswith("image/")
    response: Any = FileResponse(
        path_of(found).open("rb"),
        as_attachment=not shown,
        filename=found.name,
        content_type=found.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    # A file is never a page of the workbench, whatever it holds.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return cast("HttpResponse", response)
