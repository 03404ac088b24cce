"""The log of what happened, in the columns of ``progress_events``; only added to."""

from __future__ import annotations

from typing import Any

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


# What of an event is sealed with its log line: all it says, not its number.
SEALED = (
    "kind", "subject", "deal", "company", "agreement", "gap", "trip", "side", "on",
    "recorded_on", "due_on", "value", "unit", "level", "what", "mark",
)  # fmt: skip


def sealed(event: Event) -> dict[str, Any]:
    """Return what of an event is sealed with its log line."""
    said = {name: getattr(event, name) for name in SEALED}
    # Stored as a float, whatever number an action gave.
    said["value"] = None if event.value is None else float(event.value)
    return said


def sealed_of(lines: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Return what is sealed of the events of some lines."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = Event.objects.filter(line_id__in=lines).order_by()
    for line, *values in rows.values_list("line_id", *SEALED):
        found.setdefault(line, []).append(dict(zip(SEALED, values, strict=True)))
    return found
