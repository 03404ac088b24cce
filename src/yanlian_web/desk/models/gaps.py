"""Gaps that the office has taken up, and the trips that were decided."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models.base import Record, day_field, line_field, text_field

GAP_KINDS = (
    ("fill", _("Fill")),
    ("extend", _("Extend")),
    ("strengthen", _("Strengthen")),
    ("build", _("Build")),
)
TRIP_STATES = (
    ("planned", _("planned")),
    ("done", _("done")),
    ("cancelled", _("cancelled")),
)


class Gap(Record):
    """A gap of a run that the office has opened to be closed."""

    kind = "gap"
    label = N_("Gap")
    # As the study names it: ``fill:C45``.
    gap_id = models.CharField(max_length=100)
    segment_id = models.CharField(max_length=100)
    sort_of = models.CharField(_("Kind"), max_length=20, choices=GAP_KINDS)
    name_en = line_field(_("Name (English)"))
    name_zh = line_field(_("Name (Chinese)"))
    opened_on = day_field(_("Opened on"), needed=True)
    run_id = models.CharField(max_length=100, blank=True)
    score = models.FloatField(null=True, blank=True)
    rank = models.FloatField(null=True, blank=True)
    plan_en = text_field(_("Plan (English)"))
    plan_zh = text_field(_("Plan (Chinese)"))
    plan_until = day_field(_("To be closed by"))
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey(
        "desk.Deal",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closes",
    )
    closed_why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "gap_id"], name="gap_once")
        ]

    def __str__(self) -> str:
        return self.name_en or self.name_zh


class Trip(Record):
    """A trip that was decided; its stops became meetings."""

    kind = "trip"
    label = N_("Trip")
    run_id = models.CharField(max_length=100, blank=True)
    title_en = line_field(_("Title (English)"))
    title_zh = line_field(_("Title (Chinese)"))
    from_on = day_field(_("From"), needed=True)
    to_on = day_field(_("To"), needed=True)
    leader = models.ForeignKey(
        "desk.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="led",
        verbose_name=_("Leader"),
    )
    state = models.CharField(
        _("State"), max_length=10, choices=TRIP_STATES, default="planned"
    )
    # What the planner said it is worth.
    value = models.FloatField(_("Value as planned"), null=True, blank=True)
    # Why it was cancelled.
    why = models.CharField(_("Why"), max_length=500, blank=True)

    class Meta:
        ordering = ("-from_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["office", "run_id"],
                condition=~models.Q(run_id=""),
                name="trip_run_once",
            )
        ]
        indexes = [models.Index(fields=["office", "-from_on", "id"], name="trip_day")]

    def __str__(self) -> str:
        return self.title_en or self.title_zh
