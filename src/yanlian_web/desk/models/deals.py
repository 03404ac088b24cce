"""Deals: their stage and gate, where they went, and what was noted for the gates."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.progress.stages import exits, stages
from yanlian.text import N_
from yanlian_web.desk.models.base import (
    Record,
    chosen,
    finite,
    line_field,
    money_field,
    spoken,
)
from yanlian_web.desk.models.companies import Company
from yanlian_web.desk.models.gaps import Gap, Trip


def stage_choices() -> list[tuple[str, Any]]:
    """Return the stages as choices."""
    return [(item.code, spoken(item.name)) for item in stages()]


def status_choices() -> list[tuple[str, Any]]:
    """Return the states of a deal as choices."""
    return [(item.code, spoken(item.name)) for item in exits().values()]


class Pipeline(Record):
    """A line of work with its own norms; the stages and their gates are the same."""

    kind = "pipeline"
    label = N_("Pipeline")
    name_en = line_field(_("Name (English)"), 100, needed=True)
    name_zh = line_field(_("Name (Chinese)"), 100, needed=True)
    # Days by stage where the office has norms of its own.
    norms: Any = models.JSONField(_("Days by stage"), default=dict, blank=True)
    order = models.PositiveIntegerField(
        _("Order"), default=1, validators=[MinValueValidator(1)]
    )

    class Meta:
        ordering = ("order", "id")

    def __str__(self) -> str:
        return self.name_en


class Deal(Record):
    """A project with a company, from signal to aftercare."""

    kind = "deal"
    label = N_("Deal")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="deals",
        verbose_name=_("Company"),
    )
    title_en = line_field(_("Title (English)"))
    title_zh = line_field(_("Title (Chinese)"))
    pipeline = models.ForeignKey(
        Pipeline,
        on_delete=models.PROTECT,
        related_name="deals",
        verbose_name=_("Pipeline"),
    )
    gap = models.ForeignKey(
        Gap,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deals",
        verbose_name=_("Gap"),
        help_text=_("The gap it would fill."),
    )
    trip = models.ForeignKey(
        Trip,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deals",
        verbose_name=_("Trip it came from"),
    )
    stage = chosen(_("Stage"), stage_choices, default="S0")
    stage_on = models.DateField()
    status = chosen(_("State"), status_choices, default="active")
    status_on = models.DateField(null=True, blank=True)
    status_why = models.CharField(max_length=500, blank=True)
    lost_to = models.CharField(max_length=200, blank=True)
    review_on = models.DateField(null=True, blank=True)
    lesson = models.TextField(blank=True)
    # What the company says it may invest; counted nowhere.
    value_cny = money_field(
        _("Intended investment, yuan"), help_text=_("An intention; never counted.")
    )
    jobs = models.PositiveIntegerField(
        _("Intended jobs"), null=True, blank=True, validators=[MaxValueValidator(10**7)]
    )
    likelihood = models.FloatField(
        _("Likelihood of landing (0 to 1)"),
        null=True,
        blank=True,
        validators=[finite, MinValueValidator(0), MaxValueValidator(1)],
    )
    # Said in a few words on the lists; what the gates ask for is noted in ``facts``.
    stage_note = line_field(_("Where it stands"), 200)
    in_chain = models.BooleanField(_("In the led chain"), default=True)
    # What was noted for the gates: requirement key to text, day, source and who.
    facts: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("-changed_at", "-id")
        indexes = [
            models.Index(
                fields=["office", "status", "stage", "-stage_on"], name="deal_board"
            ),
            models.Index(fields=["office", "-changed_at", "-id"], name="deal_changed"),
            # Lists of what hangs on deals leave out what hangs on archived ones.
            models.Index(
                fields=["office", "archived_on"],
                condition=models.Q(archived_on__isnull=False),
                name="deal_archived",
            ),
            models.Index(
                fields=["office", "owner", "status", "stage", "stage_on"],
                condition=models.Q(archived_on=None),
                name="deal_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.title_en or self.title_zh


class StageMove(models.Model):
    """One move of a deal; only added."""

    office = models.ForeignKey(
        "offices.Office", on_delete=models.PROTECT, related_name="+"
    )
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="moves")
    from_stage = models.CharField(max_length=10, blank=True)
    to_stage = models.CharField(max_length=10)
    on = models.DateField()
    by = models.ForeignKey(
        "offices.Member", on_delete=models.PROTECT, null=True, related_name="+"
    )
    why = models.CharField(max_length=500, blank=True)
    # Moved by the head although something was missing.
    exception = models.BooleanField(default=False)
    training = models.BooleanField(default=False)

    class Meta:
        ordering = ("on", "id")

    def __str__(self) -> str:
        return f"{self.from_stage} → {self.to_stage}"
