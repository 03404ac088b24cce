"""Pages of people, organisations and disagreeing sources."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.actions.facts import fact_decide
from yanlian_web.desk.lists import exported, page_of
from yanlian_web.desk.models import Company, Organisation, Person
from yanlian_web.desk.models.people import ORGANISATIONS, PERSON_SIDES
from yanlian_web.desk.queries import conflicts as disputes
from yanlian_web.desk.queries import people as queries
from yanlian_web.desk.shapes import LISTS, shape_page
from yanlian_web.desk.views.records import record_or_404
from yanlian_web.offices.rights import need
from yanlian_web.ui.templatetags.yl import reader

FORMS = frozenset({"csv", "xlsx"})


@require_GET
@need("see")
def people(request: Any) -> HttpResponse:
    """List people by name, side and organisation; 50 a page."""
    member, query = request.member, request.GET
    listed = queries.people_found(member, query)
    if query.get("export") in FORMS:
        return exported(
            f"people-{today()}",
            queries.PERSON_COLUMNS,
            queries.people_export(listed),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(listed, query)
    chosen: dict[str, Any] = {
        name: model.objects.seen_by(member).filter(pk=int(query[name])).first()
        for name, model in (("organisation", Organisation), ("company", Company))
        if query.get(name, "").isdigit()
    }
    context = {
        "page": page,
        "rows": queries.with_posts(page.rows),
        "query": query,
        "sides": PERSON_SIDES,
        "organisations": queries.organisations_used(member),
        "chosen": chosen,
        "total": page.total,
        **shape_page(LISTS["people"], member, query),
    }
    return render(request, "desk/people.html", context)


@require_GET
@need("see")
def person(request: Any, pk: int) -> HttpResponse:
    """Show the record of a person."""
    record = record_or_404(request.member, "person", pk)
    assert isinstance(record, Person)
    context = queries.person_page(request.member, record)
    context["own"] = record.office_id == request.member.office_id
    return render(request, "desk/person.html", context)


@require_GET
@need("see")
def organisations(request: Any) -> HttpResponse:
    """List organisations by name and kind; 50 a page."""
    member, query = request.member, request.GET
    listed = queries.organisations_found(member, query)
    if query.get("export") in FORMS:
        return exported(
            f"organisations-{today()}",
            queries.ORGANISATION_COLUMNS,
            queries.organisations_export(listed),
            form=query["export"],
            training=member.office.training,
        )
    page = page_of(listed, query)
    context = {
        "page": page,
        "rows": queries.organisation_rows(page.rows),
        "query": query,
        "kinds": ORGANISATIONS,
        "total": page.total,
        **shape_page(LISTS["organisations"], member, query),
    }
    return render(request, "desk/organisations.html", context)


@require_GET
@need("see")
def organisation(request: Any, pk: int) -> HttpResponse:
    """Show the record of an organisation."""
    record = record_or_404(request.member, "organisation", pk)
    assert isinstance(record, Organisation)
    context = queries.organisation_page(request.member, record)
    context["own"] = record.office_id == request.member.office_id
    return render(request, "desk/organisation.html", context)


@require_GET
@need("see")
def conflicts(request: Any) -> HttpResponse:
    """Show what sources disagree on, side by side, until a person decides."""
    return _conflicts(request)


def _conflicts(
    request: Any, query: QueryDict | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    query = request.GET if query is None else query
    context = disputes.conflict_list(request.member, query)
    return render(
        request,
        "desk/conflicts.html",
        {**context, "query": query, **more},
        status=status,
    )


@require_POST
@need("write")
def decide(request: Any, pk: int) -> HttpResponse:
    """Take one of the statements; the others stay visible."""
    company = record_or_404(request.member, "company", pk, own=True)
    assert isinstance(company, Company)
    year = request.POST.get("year", "")
    field = request.POST.get("field", "")
    try:
        fact_decide(
            by=request.member,
            company_pk=company.pk,
            field=field,
            year=int(year) if year.isdigit() else None,
            taken=request.POST.get("taken", ""),
            why=request.POST.get("why", ""),
        )
    except Refused as error:
        only = QueryDict(mutable=True)
        only.update({"firm": company.firm_id, "state": "all"})
        return _conflicts(
            request,
            only,
            status=422,
            errors=[finding.say.text(reader()) for finding in error.findings],
            wrong=f"{company.firm_id}/{field}/{year}",
            sent=request.POST,
        )
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("conflicts")
    return HttpResponseRedirect(target)
