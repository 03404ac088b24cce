"""Writing down what has to be sent, together with the log line it tells of."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from yanlian_web.api.models import Delivery, Webhook
from yanlian_web.offices.models import LogLine

# What concerns the interface itself is not told to it: a failing address would fill it.
SILENT = "api."


def wants(webhook: Webhook, code: str) -> bool:
    """Tell whether a webhook is told of an action."""
    if code.startswith(SILENT):
        return False
    return not webhook.kinds or any(code.startswith(kind) for kind in webhook.kinds)


@receiver(post_save, sender=LogLine, dispatch_uid="api.outbox")
def queue(sender: Any, instance: LogLine, created: bool, **more: Any) -> None:
    """Queue one delivery for each webhook that is told; in the line's transaction."""
    if not created or instance.code.startswith(SILENT):
        return
    hooks = Webhook.objects.filter(
        office_id=instance.office_id, removed_at=None, stopped_at=None
    )
    made = [
        Delivery(
            webhook=hook,
            office_id=instance.office_id,
            line_id=instance.pk,
            event=instance.code,
            ref=instance.subject,
            at=instance.at,
            training=instance.training,
            number=uuid.uuid4(),
        )
        for hook in hooks
        if wants(hook, instance.code)
    ]
    if made:
        Delivery.objects.bulk_create(made)
