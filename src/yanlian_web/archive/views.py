"""Pages of the archive: everything out, one person's data out or erased."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from allauth.account.internal.flows.reauthentication import (
    raise_if_reauthentication_required,
)
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from yanlian_web.archive import queries
from yanlian_web.archive.actions import office_export, personal_zip
from yanlian_web.archive.persons import person_erase
from yanlian_web.desk.acting import Conflict, Refused, today
from yanlian_web.desk.models import Person
from yanlian_web.offices.rights import MemberRequest, need
from yanlian_web.ui.templatetags.yl import reader


@require_GET
@need("admin")
def everything(request: MemberRequest) -> HttpResponse:
    """Show what an export holds, what it leaves out, and what went out before."""
    return render(
        request, "archive/everything.html", queries.everything_page(request.member)
    )


@require_POST
@need("admin")
def export(request: MemberRequest) -> Any:
    """Send everything of the office as one ZIP file, after a confirmation."""
    raise_if_reauthentication_required(request, app="yanlian_web.archive")
    folder = Path(settings.DATA_FOLDER) / "leaving"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        made = Path(place) / "archive.zip"
        office_export(by=request.member, path=made)
        # Opened here; the bytes stay until they are sent, the name goes at once.
        sent = made.open("rb")
    name = f"yanlian-{request.member.office.slug}-{today():%Y%m%d}.zip"
    return FileResponse(sent, as_attachment=True, filename=name)


@require_GET
@need("admin")
@never_cache
def personal(request: MemberRequest, pk: int) -> HttpResponse:
    """Show what is kept about a person, and what stands against erasing it."""
    person = _person(request, pk)
    page = queries.personal_page(person)
    return render(request, "archive/personal.html", page)


@require_POST
@need("admin")
def personal_export(request: MemberRequest, pk: int) -> Any:
    """Send everything about a person as a ZIP file."""
    person = _person(request, pk)
    data = personal_zip(by=request.member, person=person)
    name = f"person-{person.pk}-{today():%Y%m%d}.zip"
    return FileResponse(io.BytesIO(data), as_attachment=True, filename=name)


@require_POST
@need("admin")
@never_cache
def personal_erase(request: MemberRequest, pk: int) -> HttpResponse:
    """Erase a person."""
    raise_if_reauthentication_required(request, app="yanlian_web.archive")
    person = _person(request, pk)
    number = request.POST.get("version", "")
    try:
        done = person_erase(
            by=request.member,
            pk=pk,
            version=int(number) if number.isascii() and number.isdigit() else -1,
            why=request.POST.get("why", ""),
            texts=request.POST.getlist("texts"),
        )
    except (Refused, Conflict) as error:
        page = queries.personal_page(person)
        lang = reader()
        page["refused"] = (
            [error.text(lang)]
            if isinstance(error, Conflict)
            else [finding.say.text(lang) for finding in error.findings]
        )
        page["why"] = request.POST.get("why", "")
        status = 409 if isinstance(error, Conflict) else 422
        return render(request, "archive/personal.html", page, status=status)
    text = gettext(
        "Erased: %(records)s records, %(texts)s texts, %(files)s files; %(lines)s lines "
        "of the log hold the personal data no more."
    )
    messages.success(request, text % done)
    return HttpResponseRedirect(reverse("people-one", args=[pk]))


def _person(request: MemberRequest, pk: int) -> Person:
    found = Person.objects.filter(pk=pk, office_id=request.member.office_id)
    person: Person | None = found.select_related("member__user", "office").first()
    if person is None or request.member.looked_at:
        raise Http404
    return person
