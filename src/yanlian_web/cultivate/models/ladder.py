"""Facts that the rules of the ladder ask for, and how each firm stands on it."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.ladder import tiers
from yanlian.tables import measures
from yanlian.text import N_
from yanlian_web.desk.models import Company, Record
from yanlian_web.desk.models.base import BASES, day_field, finite, line_field, spoken

ANSWERS = (("", _("not a yes-or-no question")), ("yes", _("yes")), ("no", _("no")))


def measure_choices() -> list[tuple[str, Any]]:
    """Return the measures that the rules ask for."""
    return [(item.name, spoken(item.label)) for item in measures().values()]


def tier_choices() -> list[tuple[str, Any]]:
    """Return the tiers of the ladder, the lowest first."""
    return [(item.code, spoken(item.name)) for item in tiers().values()]


class LadderFact(Record):
    """A value that a rule of the ladder asks for, with where it comes from."""

    kind = "ladder-fact"
    label = N_("Fact for the ladder")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="ladder_facts",
        verbose_name=_("Company"),
    )
    measure = models.CharField(_("Measure"), max_length=40, choices=measure_choices)
    value = models.FloatField(
        _("Number"),
        null=True,
        blank=True,
        validators=[finite],
        help_text=_(
            "Money in yuan, shares from 0 to 1; empty where yes or no is asked."
        ),
    )
    answer = models.CharField(_("Yes or no"), max_length=5, choices=ANSWERS, blank=True)
    year = models.PositiveIntegerField(
        _("Year it is true of"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1800), MaxValueValidator(2100)],
        help_text=_("Business year; for a title or an award the year it was given."),
    )
    source = line_field(_("Source"), 300, needed=True)
    source_url = models.URLField(
        _("Address of the source"), max_length=1000, blank=True
    )
    source_on = day_field(_("Date of the source"), needed=True)
    basis = models.CharField(_("Basis"), max_length=20, choices=BASES, default="stated")

    class Meta:
        ordering = ("measure", "-year", "id")
        indexes = [
            models.Index(fields=["office", "company"], name="ladder_fact_company")
        ]

    def __str__(self) -> str:
        return measures()[self.measure].label.en


class LadderStanding(models.Model):
    """How a firm stood on a tier when it was last assessed; made again, never edited."""

    office = models.ForeignKey(
        "offices.Office", on_delete=models.CASCADE, related_name="+"
    )
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="standings"
    )
    tier = models.CharField(max_length=20)
    year = models.PositiveIntegerField()
    on = models.DateField()
    passes = models.CharField(max_length=10)
    must = models.CharField(max_length=10)
    direct = models.CharField(max_length=10)
    points_low = models.FloatField(null=True)
    points_high = models.FloatField(null=True)
    points_of = models.FloatField(null=True)
    points_least = models.FloatField(null=True)
    met = models.PositiveIntegerField()
    part = models.PositiveIntegerField()
    unmet = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    unseen = models.PositiveIntegerField()
    # Rules that bar the tier: a plain no, and open ones.
    bars = models.PositiveIntegerField()
    open = models.PositiveIntegerField()
    # Whether the title is on file, and whether this is the tier to go for.
    held = models.BooleanField(default=False)
    next = models.BooleanField(default=False)
    near_rule = models.CharField(max_length=20, blank=True)
    near_en = models.TextField(blank=True)
    near_zh = models.TextField(blank=True)
    reason_en = models.TextField(blank=True)
    reason_zh = models.TextField(blank=True)
    training = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "tier"], name="ladder_standing_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["office", "next", "bars", "open"], name="ladder_nearest"
            )
        ]

    def __str__(self) -> str:
        return f"{self.company_id} {self.tier}"
