"""Pages of tokens and webhooks, and what the interface answers elsewhere."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from yanlian.errors import YanlianError
from yanlian_web.api import actions
from yanlian_web.api.forms import TokenForm, WebhookForm
from yanlian_web.api.models import Token, Webhook
from yanlian_web.api.queries import tokens_page, webhook_page, webhooks_page
from yanlian_web.api.v1.problems import problem
from yanlian_web.desk.acting import Refused
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import reader


@csrf_exempt
def absent(request: Any, rest: str) -> HttpResponse:
    """Say in the form of the interface that there is nothing here."""
    return problem(request, 404)


def _put(form: Any, error: YanlianError) -> None:
    """Put what an action found to the fields it speaks of."""
    for finding in error.findings:
        where = finding.where if finding.where in form.fields else None
        form.add_error(where, finding.say.text(reader()))


@require_http_methods(["GET", "POST"])
@need("see")
def tokens(request: Any) -> HttpResponse:
    """List the tokens of a member; make one, which is shown this once."""
    member = request.member
    context: dict[str, Any] = {}
    form = TokenForm(request.POST or None, member=member)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made, secret = actions.token_make(by=member, **form.cleaned_data)
            except Refused as error:
                _put(form, error)
            else:
                status = 200
                context |= {"made": made, "secret": secret}
                form = TokenForm(member=member)
    answer = render(
        request,
        "api/tokens.html",
        {**context, **tokens_page(member), "form": form},
        status=status,
    )
    add_never_cache_headers(answer)
    return answer


@require_POST
@need("see")
def token_revoke(request: Any, pk: int) -> HttpResponse:
    """Revoke a token: one's own, or any of the office for an administrator."""
    member = request.member
    found = Token.objects.filter(pk=pk, member__office_id=member.office_id).first()
    if found is None or (found.member_id != member.pk and not may(member, "admin")):
        raise Http404
    actions.token_revoke(by=member, pk=pk)
    messages.success(request, gettext("The token was revoked and works no more."))
    return HttpResponseRedirect(reverse("api-tokens"))


@require_http_methods(["GET", "POST"])
@need("admin")
def webhooks(request: Any) -> HttpResponse:
    """List the webhooks of the office; add one, whose secret is shown this once."""
    member = request.member
    form = WebhookForm(request.POST or None)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = actions.webhook_add(by=member, **form.cleaned_data)
            except Refused as error:
                _put(form, error)
            else:
                status = 200
                context |= {"made": made, "secret": actions.secret_of(made)}
                form = WebhookForm()
    answer = render(
        request,
        "api/webhooks.html",
        {**context, **webhooks_page(member), "form": form},
        status=status,
    )
    add_never_cache_headers(answer)
    return answer


def _own(request: Any, pk: int) -> Webhook:
    found = Webhook.objects.filter(
        pk=pk, office_id=request.member.office_id, removed_at=None
    ).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@need("admin")
def webhook(request: Any, pk: int) -> HttpResponse:
    """Show a webhook with its delivery log; change it, stop it, give it a new secret."""
    hook, member = _own(request, pk), request.member
    first = {"name": hook.name, "url": hook.url, "kinds": "\n".join(hook.kinds)}
    form = WebhookForm(initial=first)
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        what = request.POST.get("what", "")
        try:
            if what == "change":
                form = WebhookForm(request.POST)
                if form.is_valid():
                    actions.webhook_change(by=member, pk=pk, **form.cleaned_data)
                    return HttpResponseRedirect(reverse("api-webhook", args=[pk]))
                status = 422
            elif what == "stop":
                actions.webhook_stop(by=member, pk=pk)
            elif what == "start":
                actions.webhook_start(by=member, pk=pk)
            elif what == "remove":
                actions.webhook_remove(by=member, pk=pk)
                messages.success(request, gettext("The webhook was removed."))
                return HttpResponseRedirect(reverse("api-webhooks"))
            elif what == "secret":
                made = actions.webhook_secret(by=member, pk=pk)
                context |= {"made": made, "secret": actions.secret_of(made)}
            else:
                raise Http404
        except Refused as error:
            _put(form, error)
            status = 422
        if status == 200 and what != "secret":
            return HttpResponseRedirect(reverse("api-webhook", args=[pk]))
        hook.refresh_from_db()
    answer = render(
        request,
        "api/webhook.html",
        {**context, **webhook_page(hook, request.GET), "form": form},
        status=status,
    )
    add_never_cache_headers(answer)
    return answer


@require_POST
@need("admin")
def again(request: Any, pk: int, delivery: int) -> HttpResponse:
    """Send a delivery once more."""
    _own(request, pk)
    actions.delivery_again(by=request.member, pk=pk, delivery=delivery)
    messages.success(request, gettext("It is sent again in a moment."))
    return HttpResponseRedirect(reverse("api-webhook", args=[pk]))
