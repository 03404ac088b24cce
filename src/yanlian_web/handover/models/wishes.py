"""What each member wants to be told, by what way, and what was sent."""

from __future__ import annotations

from typing import Any

from django.db import models

from yanlian.text import N_
from yanlian_web.offices.models import Member, Office

LANGUAGES = (("zh", "\u4e2d\u6587"), ("en", "English"))
BUSY, OMIT = "busy", "omit"
PRIVATE = ((BUSY, N_("only as busy")), (OMIT, N_("left out")))
SENDING, SENT, FAILED = "sending", "sent", "failed"


class Wish(models.Model):
    """What a member wants to be reminded of; without one, of everything on the page."""

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, related_name="reminder_wish"
    )
    # Kinds of reminders that are not wanted: new kinds are on from the start.
    off: Any = models.JSONField(default=list, blank=True)
    mail = models.BooleanField(default=False)
    lang = models.CharField(max_length=2, choices=LANGUAGES, default="zh")

    def __str__(self) -> str:
        return f"{self.member}"


class Norms(models.Model):
    """Norms of an office: days without contact by stage, days ahead by kind."""

    office = models.OneToOneField(
        Office, on_delete=models.CASCADE, related_name="reminder_norms"
    )
    contact: Any = models.JSONField(default=dict, blank=True)
    ahead: Any = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.office}"


class Feed(models.Model):
    """The calendar address of a member; only what it hashes to is kept."""

    member = models.OneToOneField(
        Member, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    # SHA-256 of the secret; empty while there is none.
    secret = models.CharField(max_length=64, blank=True, db_index=True)
    made_at = models.DateTimeField(null=True, blank=True)
    private = models.CharField(max_length=4, choices=PRIVATE, default=BUSY)
    lang = models.CharField(max_length=2, choices=LANGUAGES, default="zh")

    def __str__(self) -> str:
        return f"{self.member}"


class Digest(models.Model):
    """One day's e-mail to a member: claimed before it is sent, so never sent twice."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="digests")
    on = models.DateField()
    state = models.CharField(max_length=10, default=SENDING)
    at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-on", "-id")
        constraints = [
            models.UniqueConstraint(fields=["member", "on"], name="digest_once")
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.member} {self.state}"
