"""The log of what happened, in the columns of ``progress_events``; only added to."""

from __future__ import annotations

from django.db import models

from yanlian_web.offices.models import LogLine, Office


class Event(models.Model):
    """One thing that happened to a record; every figure of a past day comes from here."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="events")
    line = models.ForeignKey(LogLine, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60)
    deal = models.CharField(max_length=60, blank=True)
    company = models.CharField(max_length=100, blank=True)
    agreement = models.CharField(max_length=60, blank=True)
    gap = models.CharField(max_length=100, blank=True)
    trip = models.CharField(max_length=60, blank=True)
    side = models.CharField(max_length=10, blank=True)
    on = models.DateField()
    recorded_on = models.DateField()
    due_on = models.DateField(null=True)
    value = models.FloatField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    level = models.CharField(max_length=10, default="stated")
    what = models.CharField(max_length=100, blank=True)
    mark = models.CharField(max_length=200, blank=True)
    training = models.BooleanField(default=False)

    class Meta:
        ordering = ("on", "id")
        indexes = [
            models.Index(fields=["office", "on", "id"], name="event_day"),
            models.Index(fields=["office", "subject"], name="event_subject"),
            models.Index(fields=["office", "company", "on"], name="event_company"),
            models.Index(fields=["office", "gap", "on"], name="event_gap"),
            models.Index(fields=["office", "deal", "on"], name="event_deal"),
            models.Index(fields=["office", "kind", "on"], name="event_kind"),
            # Few events belong to a trip; only those are in here.
            models.Index(
                fields=["office", "trip", "on"],
                condition=models.Q(trip__gt=""),
                name="event_trip",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.kind} {self.subject}"
