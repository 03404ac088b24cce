"""Personal tokens, subscriptions to events, and what was sent to them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yanlian_web.offices.models import Member, Office

READ, WRITE = "read", "write"
SCOPES = ((READ, _("read only")), (WRITE, _("read and write")))
WAITING, SENDING, SENT, DROPPED = "waiting", "sending", "sent", "dropped"
STATES = (
    (WAITING, _("to be sent")),
    (SENDING, _("being sent")),
    (SENT, _("sent")),
    (DROPPED, _("given up")),
)


class Token(models.Model):
    """What a program shows instead of a member's name and password."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("Name"), max_length=100)
    scope = models.CharField(
        _("What it may do"), max_length=10, choices=SCOPES, default=READ
    )
    # Only the hash is kept; the first characters help to tell tokens apart.
    hash = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=12)
    made_at = models.DateTimeField(default=timezone.now)
    expires_on = models.DateField(_("Expires on"))
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_from = models.CharField(max_length=45, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"

    # Neither is ever invented.
    training = False

    @property
    def ref(self) -> str:
        """Return by what log lines name it."""
        return f"token:{self.pk}"

    @property
    def state(self) -> str:
        """Return whether it holds, has expired or was revoked."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_on < timezone.localdate() else "holds"


class Webhook(models.Model):
    """An address that is told what happens in an office."""

    office = models.ForeignKey(
        Office, on_delete=models.CASCADE, related_name="webhooks"
    )
    name = models.CharField(_("Name"), max_length=100)
    url = models.CharField(_("Address"), max_length=500)
    # Beginnings of the codes of actions, such as ``desk.deal.``; empty for all.
    kinds: Any = models.JSONField(default=list)
    # The secret is reckoned from it and the secret of this installation.
    key = models.CharField(max_length=64)
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    # Failures one after the other; the next attempt is not made before that time.
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_why = models.CharField(max_length=500, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["office", "removed_at", "stopped_at"], name="hook_live"
            )
        ]

    def __str__(self) -> str:
        return self.name

    training = False

    @property
    def ref(self) -> str:
        """Return by what log lines name it."""
        return f"webhook:{self.pk}"


class Delivery(models.Model):
    """One log line on its way to one address: written together with the line."""

    webhook = models.ForeignKey(
        Webhook, on_delete=models.CASCADE, related_name="deliveries"
    )
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    # What it tells of, as the line says; lines of training data go, and this with them.
    line_id = models.BigIntegerField()
    event = models.CharField(max_length=100)
    ref = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    training = models.BooleanField(default=False)
    # Constant over all attempts, so that a receiver knows what it has had.
    number = models.UUIDField(unique=True)
    state = models.CharField(max_length=10, choices=STATES, default=WAITING)
    made_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveIntegerField(default=0)
    # When it is to be tried, or when a sender that died gives it back.
    next_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    answer = models.PositiveIntegerField(null=True, blank=True)
    # Word of what went wrong, and what belongs into its sentence.
    wrong = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["state", "next_at"], name="delivery_due"),
            models.Index(fields=["webhook", "state", "id"], name="delivery_of"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"
