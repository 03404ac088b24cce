"""Touch plans: which firm is visited or called how often, and by whom."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models import Company, Record
from yanlian_web.desk.models.base import day_field, line_field
from yanlian_web.desk.models.companies import TIERS

VISIT, ANY = "visit", "any"
MEANS = (
    (VISIT, _("a visit, out or in")),
    (ANY, _("a visit, a call or an event")),
)
# Months between two touches, and what counts as one, until the head says otherwise: an
# anchor every quarter, a key firm twice a year, the others once.
NORMS = {"strategic": (3, VISIT), "key": (6, VISIT), "watch": (12, ANY)}
MOST_MONTHS = 36


class TouchNorm(Record):
    """How often firms of a tier are touched, where their plan says nothing else."""

    kind = "touch-norm"
    label = N_("Norm of a tier")
    tier = models.CharField(_("Tier"), max_length=20, choices=TIERS)
    months = models.PositiveIntegerField(
        _("Every so many months"),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)],
    )
    means = models.CharField(
        _("What counts"), max_length=10, choices=MEANS, default=VISIT
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "tier"],
                condition=models.Q(archived_on=None),
                name="touch_norm_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.get_tier_display())


class TouchPlan(Record):
    """That a firm is touched regularly; what was done comes from the meetings."""

    kind = "touch-plan"
    label = N_("Touch plan")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="touch_plans",
        verbose_name=_("Company"),
    )
    months = models.PositiveIntegerField(
        _("Every so many months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)],
        help_text=_("Empty: as the norm of its tier says."),
    )
    means = models.CharField(
        _("What counts"),
        max_length=10,
        choices=MEANS,
        blank=True,
        help_text=_("Empty: as the norm of its tier says."),
    )
    since = day_field(_("From"), needed=True)
    aim_en = line_field(_("What to look after (English)"), 500)
    aim_zh = line_field(_("What to look after (Chinese)"), 500)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "company"],
                condition=models.Q(archived_on=None),
                name="touch_plan_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.company)
