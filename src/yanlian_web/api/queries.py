"""What the pages of tokens and webhooks show."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q
from django.http import QueryDict
from django.utils import timezone

from yanlian_web.api.models import SENT, STATES, WAITING, Delivery, Token, Webhook
from yanlian_web.api.sending import said
from yanlian_web.desk.codes import sentence
from yanlian_web.desk.lists import page_of
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may


def tokens_page(member: Member) -> dict[str, Any]:
    """Return a member's tokens; those of the whole office too for an administrator."""
    own = list(Token.objects.filter(member=member))
    others: list[Token] = []
    if may(member, "admin"):
        others = list(
            Token.objects.filter(
                member__office_id=member.office_id,
                revoked_at=None,
                expires_on__gte=timezone.localdate(),
            )
            .exclude(member=member)
            .select_related("member__user")
        )
    return {"own": own, "others": others, "can_admin": may(member, "admin")}


def webhooks_page(member: Member) -> dict[str, Any]:
    """Return the webhooks of an office with how their deliveries stand."""
    hooks = (
        Webhook.objects.filter(office_id=member.office_id, removed_at=None)
        .select_related("made_by__user")
        .annotate(
            waiting=Count("deliveries", filter=Q(deliveries__state=WAITING)),
            sent=Count("deliveries", filter=Q(deliveries__state=SENT)),
            last=Max("deliveries__sent_at"),
        )
    )
    return {"rows": [{"hook": hook, "state": state_of(hook)} for hook in hooks]}


def state_of(hook: Webhook) -> str:
    """Return whether a webhook works, tries again after a failure, or is stopped."""
    if hook.stopped_at is not None:
        return "stopped"
    return "paused" if hook.failures else "works"


def webhook_page(hook: Webhook, query: QueryDict) -> dict[str, Any]:
    """Return the delivery log of a webhook."""
    listed = Delivery.objects.filter(webhook=hook)
    if query.get("state") in dict(STATES):
        listed = listed.filter(state=query["state"])
    page = page_of(listed, query)
    names = dict(STATES)
    rows = [
        {
            "delivery": item,
            "state": names[item.state],
            "action": sentence(item.event),
            "why": said(item.wrong, item.answer, item.note),
        }
        for item in page.rows
    ]
    return {
        "hook": hook,
        "state": state_of(hook),
        "why": said(hook.stopped_why, None, ""),
        "page": page,
        "rows": rows,
        "states": STATES,
        "chosen": query.get("state", ""),
    }
