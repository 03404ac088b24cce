"""Pages of reminders, their norms, and the calendar."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from yanlian.progress.reminders import LATE, TODAY, contact_norms, kinds
from yanlian.progress.stages import stage
from yanlian_web.desk.acting import Refused, today
from yanlian_web.desk.models.base import spoken
from yanlian_web.handover.actions.wishes import (
    feed_change,
    feed_renew,
    feed_revoke,
    norms_set,
    wish_set,
)
from yanlian_web.handover.calendars import feed_of, ics_of
from yanlian_web.handover.models import Digest, Feed, Wish
from yanlian_web.handover.models.wishes import LANGUAGES, PRIVATE
from yanlian_web.handover.queries.dues import norms_of, reminders_of, wish_of
from yanlian_web.handover.queries.parts import row_of
from yanlian_web.handover.sending import mail_on
from yanlian_web.offices.rights import may, need
from yanlian_web.ui.templatetags.yl import reader


@require_GET
@need("see")
def reminders(request: Any) -> HttpResponse:
    """Show what one is reminded of today, and by what way."""
    return _reminders(request)


def _reminders(request: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    member = request.member
    wish = wish_of(member)
    found = reminders_of(member, wish=wish)
    counts: dict[str, int] = {}
    for item in found:
        counts[item.duty.kind] = counts.get(item.duty.kind, 0) + 1
    chosen = request.GET.get("kind", "")
    rows = [
        row_of(item)
        for item in found
        if chosen not in kinds() or item.duty.kind == chosen
    ]
    context = {
        "today": today(),
        "groups": [
            (label, listed)
            for label, listed in (
                (gettext("Late"), [r for r in rows if r["late"]]),
                (gettext("Today"), [r for r in rows if r["now"]]),
                (gettext("Soon"), [r for r in rows if not (r["late"] or r["now"])]),
            )
            if listed
        ],
        "total": len(found),
        "late": sum(item.reminder.state == LATE for item in found),
        "now": sum(item.reminder.state == TODAY for item in found),
        "kinds": [
            {
                "code": code,
                "name": spoken(kind.name),
                "count": counts.get(code, 0),
                "on": code not in wish.off,
            }
            for code, kind in kinds().items()
        ],
        "chosen": chosen if chosen in kinds() else "",
        "wish": wish,
        "feed": Feed.objects.filter(member=member).first() or Feed(member=member),
        "languages": LANGUAGES,
        "private": PRIVATE,
        "mail_on": mail_on(),
        "digest": Digest.objects.filter(member=member).first(),
        **more,
    }
    return render(request, "handover/reminders.html", context, status=status)


def _texts(error: Refused) -> list[str]:
    return [finding.say.text(reader()) for finding in error.findings]


@require_POST
@need("see")
def choose(request: Any) -> HttpResponse:
    """Choose of what one is reminded, and whether by e-mail."""
    sent = request.POST
    try:
        wish_set(
            by=request.member,
            wanted=sent.getlist("kind"),
            mail=sent.get("mail") == "1",
            lang=sent.get("lang", reader()),
        )
    except Refused as error:
        wish: Wish = wish_of(request.member)
        return _reminders(request, status=422, errors=_texts(error), wish=wish)
    return redirect("reminders")


@require_http_methods(["GET", "POST"])
@need("see")
def norms(request: Any) -> HttpResponse:
    """Show and set after how many days one is reminded."""
    member = request.member
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        sent = request.POST
        version = sent.get("version", "")
        try:
            norms_set(
                by=member,
                contact={k: sent.get(f"contact_{k}", "") for k in contact_norms()},
                ahead={k: sent.get(f"ahead_{k}", "") for k in kinds()},
                version=int(version)
                if version.isdecimal() and len(version) < 9
                else -1,
            )
        except Refused as error:
            status = 422
            context = {"errors": _texts(error), "sent": sent}
            context["wrong"] = {finding.where for finding in error.findings}
        else:
            return redirect("reminders-norms")
    found = norms_of(member.office_id)
    sent = context.get("sent", {})
    context |= {
        "norms": found,
        "may_set": may(member, "decide"),
        "contact": [
            _norm(f"contact_{code}", stage(code).name, usual, found.contact.get(code), context)
            | {"code": code}
            for code, usual in contact_norms().items()
        ],
        "ahead": [
            _norm(f"ahead_{code}", kind.name, kind.ahead_days, found.ahead.get(code), context)
            for code, kind in kinds().items()
        ],
    }  # fmt: skip
    return render(request, "handover/norms.html", context, status=status)


def _norm(
    key: str, name: Any, usual: int, own: int | None, context: dict[str, Any]
) -> dict[str, Any]:
    """Return a row of the norms: what holds, what is usual, and what was sent."""
    value = usual if own is None else own
    return {
        "key": key,
        "name": spoken(name),
        "usual": usual,
        "own": own is not None,
        "value": context.get("sent", {}).get(key, value),
        "wrong": key in context.get("wrong", ()),
    }


@require_POST
@need("see")
def calendar(request: Any) -> HttpResponse:
    """Make, renew, change or take back the calendar address."""
    sent, member = request.POST, request.member
    what = sent.get("do", "")
    private, lang = sent.get("private", ""), sent.get("lang", "")
    try:
        if what == "revoke":
            feed_revoke(by=member)
        elif what == "change":
            feed_change(by=member, private=private, lang=lang)
        elif what == "renew":
            _, secret = feed_renew(by=member, private=private, lang=lang)
            address = request.build_absolute_uri(
                reverse("calendar-feed", args=[secret])
            )
            answer = _reminders(request, address=address)
            # The address is a secret: no cache keeps this page.
            answer["Cache-Control"] = "no-store"
            return answer
    except Refused as error:
        return _reminders(request, status=422, errors=_texts(error))
    return redirect(reverse("reminders") + "#calendar")


@require_GET
def feed(request: Any, secret: str) -> HttpResponse:
    """Answer a calendar program; who has the address signs in with it alone.

    An address that is old, taken back or guessed answers like one that never was.
    """
    found = feed_of(secret)
    if found is None:
        raise Http404
    answer = HttpResponse(ics_of(found), content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    answer["Content-Disposition"] = 'inline; filename="yanlian.ics"'
    return answer
