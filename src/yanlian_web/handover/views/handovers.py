"""Pages of handover packs and of the act of handing over."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from yanlian.reports.pack import docx_bytes, languages, marks, shown, xlsx_bytes
from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.forms import offered
from yanlian_web.desk.queries.refs import named_refs
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.handover.actions.handovers import handover_give
from yanlian_web.handover.models import Handover
from yanlian_web.handover.queries.handovers import (
    give_page,
    handover_list,
    successors,
)
from yanlian_web.handover.queries.pack import Pack, pack_of
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import reader

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = {"docx": (docx_bytes, DOCX), "xlsx": (xlsx_bytes, XLSX)}
CHOICES = ("zh", "en", "both")
# Which cell of a row says how it stands.
MARKED = {"promises": 4, "deals": 3, "risks": 3, "people": 4, "drafts": 3, "steps": 0}


def _member_or_404(member: Member, pk: int) -> Member:
    """Return a member of the same office."""
    found = (
        Member.objects.filter(pk=pk, office_id=member.office_id)
        .select_related("user", "office")
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_GET
@need("write")
def handovers(request: Any) -> HttpResponse:
    """List the members with what they answer for, and the handovers so far."""
    return render(request, "handover/list.html", handover_list(request.member))


def _pack(request: Any, subject: Member | None) -> HttpResponse:
    """Show a pack as page, print or file, in the language its address asks for."""
    member = request.member
    pack = pack_of(member, subject)
    form, chosen = request.GET.get("form", ""), request.GET.get("lang", reader())
    chosen = chosen if chosen in CHOICES else reader()
    if form in FILES:
        write, content_type = FILES[form]
        answer = HttpResponse(write(pack.paper, chosen), content_type=content_type)
        who = f"{subject.pk}" if subject else "office"
        name = f"handover-{who}-{today()}-{chosen}.{form}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    context = {
        "pack": pack,
        "subject": subject,
        "today": today(),
        "chosen": chosen,
        "may_give": may(member, "write")
        and subject is not None
        and (subject.pk == member.pk or may(member, "decide")),
        "parts": _parts(pack, reader()),
        "label": pack.paper.label.text(reader()),
        "choices": CHOICES,
    }
    if form == "print":
        context["prints"] = [
            {
                "lang": lang,
                "title": pack.paper.title.text(lang),
                "label": pack.paper.label.text(lang),
                "facts": [fact.text(lang) for fact in pack.paper.facts],
                "parts": _parts(pack, lang),
            }
            for lang in languages(chosen)
        ]
        return render(request, "handover/print.html", context)
    return render(request, "handover/pack.html", context)


def _parts(pack: Pack, lang: str) -> list[dict[str, Any]]:
    """Return the sections as texts of a language."""
    return [
        {
            "key": key,
            "title": part.title.text(lang),
            "columns": [name.text(lang) for name in part.columns],
            "lines": [
                {
                    "cells": [
                        {
                            "text": shown(cell, lang),
                            "column": name.text(lang),
                            "number": isinstance(cell, int | float),
                            "tone": line.tone if place == MARKED[key] else "",
                        }
                        for place, (cell, name) in enumerate(
                            zip(line.cells, part.columns, strict=True)
                        )
                    ],
                    "marks": marks(line, lang),
                    "internal": line.label is not None,
                    "training": line.training,
                    "place": line.place,
                }
                for line in part.lines
            ],
            "count": len(part.lines) + part.rest,
            "rest": part.rest,
            "none": part.none.text(lang) if part.none else "",
        }
        for key, part in pack.parts
    ]


@require_GET
@need("write")
def pack(request: Any, pk: int) -> HttpResponse:
    """Show the handover pack of a member."""
    return _pack(request, _member_or_404(request.member, pk))


@require_GET
@need("write")
def office_pack(request: Any) -> HttpResponse:
    """Show the handover pack of the whole office."""
    return _pack(request, None)


@require_http_methods(["GET", "POST"])
@need("write")
def give(request: Any, pk: int) -> HttpResponse:
    """Choose records and a successor, and hand over in one action."""
    member = request.member
    giver = _member_or_404(member, pk)
    if giver.pk != member.pk and not may(member, "decide"):
        raise PermissionDenied
    context: dict[str, Any] = {"giver": giver, "successors": successors(giver)}
    status = 200
    if request.method == "POST":
        chosen = [found for word in request.POST.getlist("r") if (found := _chosen(word))]  # fmt: skip
        receiver = request.POST.get("receiver", "")
        try:
            made = handover_give(
                by=member,
                giver=giver,
                receiver=Member.objects.filter(
                    pk=int(receiver), office_id=member.office_id
                )
                .select_related("user", "office")
                .first()
                if receiver.isdecimal() and len(receiver) < 18
                else None,
                chosen=chosen,
                note=request.POST.get("note", ""),
            )
        except Refused as error:
            status = 422
            context["errors"] = [f.say.text(reader()) for f in error.findings]
            context["sent"] = {f"{kind}:{pk}" for kind, pk, _ in chosen}
            context["receiver"] = receiver
            context["note"] = request.POST.get("note", "")
        else:
            return redirect("handover-given", pk=made.pk)
    context |= give_page(giver, member, context.get("sent"))
    return render(request, "handover/give.html", context, status=status)


def _chosen(word: str) -> tuple[str, int, int] | None:
    """Return kind, number and version of a ticked box; None for what is none."""
    kind, _, rest = word.partition(":")
    pk, _, version = rest.partition(":")
    if pk.isdecimal() and version.isdecimal() and len(pk) < 18 and len(version) < 9:
        return kind, int(pk), int(version)
    return None


@require_GET
@need("see")
def given(request: Any, pk: int) -> HttpResponse:
    """Show a handover: who gave what to whom, and whether it was confirmed."""
    member = request.member
    record = record_or_404(member, "handover", pk, own=True)
    assert isinstance(record, Handover)
    found = named_refs(member, record.moved)
    left = set(record.left)
    context = {
        "handover": record,
        "state": record.state,
        "rows": [{"named": found[ref], "left": ref in left} for ref in record.moved],
        "doings": offered(record, member),
    }
    return render(request, "handover/given.html", context)
