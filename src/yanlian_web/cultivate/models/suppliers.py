"""The capability book of local firms, the needs of anchors, and what came of both."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models import Company, File, Record
from yanlian_web.desk.models.base import (
    BASES,
    day_field,
    finite,
    line_field,
    money_field,
    text_field,
)

UNITS = (
    ("piece", _("pieces")),
    ("thousand_pieces", _("thousand pieces")),
    ("set", _("sets")),
    ("kg", _("kilograms")),
    ("t", _("tonnes")),
    ("m", _("metres")),
    ("km", _("kilometres")),
    ("m2", _("square metres")),
    ("hour", _("machine hours")),
)
CERTIFICATES = _("Several are parted by semicolons, such as ISO 9001; IATF 16949.")
SEGMENT = _(
    "Code of the segment of the chain, such as C45. Empty: it is found from the text."
)
MOST = 1e12
INTRODUCED = "introduced"
QUOTED, TRIAL, ORDERED, FAILED = "quoted", "trial", "ordered", "failed"
STATES = (
    (INTRODUCED, _("introduced")),
    (QUOTED, _("quoted")),
    (TRIAL, _("on trial")),
    (ORDERED, _("ordered")),
    (FAILED, _("came to nothing")),
)
OUTCOMES = (QUOTED, TRIAL, ORDERED, FAILED)


def amount_field(label: Any, **more: Any) -> Any:
    """Return a field for a quantity of a year."""
    return models.FloatField(
        label,
        null=True,
        blank=True,
        validators=[finite, MinValueValidator(0), MaxValueValidator(MOST)],
        **more,
    )


class Capability(Record):
    """What a local firm can make: a row of the capability book."""

    kind = "capability"
    label = N_("Capability")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="capabilities",
        verbose_name=_("Company"),
    )
    text_en = line_field(_("What it can make (English)"), 500)
    text_zh = line_field(_("What it can make (Chinese)"), 500)
    segment_id = line_field(_("Segment"), 100, help_text=SEGMENT)
    certificates = line_field(_("Certificates"), 500, help_text=CERTIFICATES)
    capacity = amount_field(_("Free capacity in a year"))
    unit = models.CharField(_("Unit"), max_length=20, choices=UNITS, blank=True)
    lead_days = models.PositiveIntegerField(
        _("Days to a first delivery"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(3650)],
    )
    source = line_field(_("Source"), 300, needed=True)
    source_on = day_field(_("Date of the source"), needed=True)
    basis = models.CharField(_("Basis"), max_length=20, choices=BASES, default="stated")
    # Segments with confidence and the words that speak for them, found when it is stored.
    places: Any = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        ordering = ("company__sort", "id")
        indexes = [
            models.Index(fields=["office", "company"], name="capability_company")
        ]

    def __str__(self) -> str:
        return self.text_en or self.text_zh


class Need(Record):
    """What an anchor firm looks for."""

    kind = "need"
    label = N_("Need")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="needs",
        verbose_name=_("Anchor firm"),
    )
    text_en = line_field(_("What it needs (English)"), 500)
    text_zh = line_field(_("What it needs (Chinese)"), 500)
    segment_id = line_field(_("Segment"), 100, help_text=SEGMENT)
    certificates = line_field(_("Certificates asked"), 500, help_text=CERTIFICATES)
    volume = amount_field(_("Volume in a year"))
    unit = models.CharField(_("Unit"), max_length=20, choices=UNITS, blank=True)
    due_on = day_field(_("First delivery by"))
    note_en = text_field(_("Note (English)"))
    note_zh = text_field(_("Note (Chinese)"))
    source = line_field(_("Source"), 300, needed=True)
    source_on = day_field(_("Date of the source"), needed=True)
    basis = models.CharField(_("Basis"), max_length=20, choices=BASES, default="stated")
    places: Any = models.JSONField(default=list, blank=True, editable=False)
    closed_on = models.DateField(null=True, blank=True)
    closed_why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("due_on", "id")
        indexes = [models.Index(fields=["office", "closed_on"], name="need_open")]

    def __str__(self) -> str:
        return self.text_en or self.text_zh


class Match(Record):
    """A local firm introduced to an anchor for a need, and what came of it."""

    kind = "match"
    label = N_("Match")
    need = models.ForeignKey(
        Need, on_delete=models.PROTECT, related_name="matches", verbose_name=_("Need")
    )
    capability = models.ForeignKey(
        Capability,
        on_delete=models.PROTECT,
        related_name="matches",
        verbose_name=_("Capability"),
    )
    state = models.CharField(max_length=20, choices=STATES, default=INTRODUCED)
    # As the sheet said on the day of the introduction: least and most points.
    low = models.FloatField(default=0)
    high = models.FloatField(default=0)
    introduced_on = models.DateField(null=True, blank=True)
    introduced_how = models.CharField(max_length=500, blank=True)
    outcome_on = models.DateField(null=True, blank=True)
    outcome_why = models.CharField(max_length=500, blank=True)
    # What was quoted or ordered, in yuan for a year, and the paper that shows it.
    value_cny = money_field(_("Value, yuan"))
    paper = models.CharField(max_length=200, blank=True)
    file = models.ForeignKey(
        File, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "need", "capability"],
                condition=models.Q(archived_on=None),
                name="match_once",
            )
        ]
        indexes = [models.Index(fields=["office", "state"], name="match_state")]

    def __str__(self) -> str:
        return f"{self.capability.company} \u2192 {self.need.company}"
