"""Services: enquiries, proposals, aftercare and what else has a clock or a cost."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models.base import Record, day_field, finite, line_field
from yanlian_web.desk.models.companies import Company
from yanlian_web.desk.models.deals import Deal

SERVICES = (
    ("enquiry", _("enquiry")),
    ("assignment", _("assignment of a manager")),
    ("proposal", _("proposal")),
    ("aftercare", _("aftercare")),
    ("feedback", _("question whether we helped")),
    ("expansion", _("reinvestment")),
    ("purchase_total", _("purchases in all")),
    ("purchase_local", _("purchases from local suppliers")),
    ("cost", _("cost")),
    ("target", _("target of an indicator")),
)
# Kind of service: the events at its beginning and at its end.
EVENTS = {
    "enquiry": ("enquiry", "answered"),
    "assignment": ("accepted", "assigned"),
    "proposal": ("proposal", "proposal_done"),
    "aftercare": ("aftercare", ""),
    "feedback": ("feedback_sent", "feedback"),
    "expansion": ("expansion", ""),
    "purchase_total": ("purchase", ""),
    "purchase_local": ("purchase", ""),
    "cost": ("cost", ""),
    "target": ("target", ""),
}


class Service(Record):
    """Something the office did or was asked, with its clock."""

    kind = "service"
    label = N_("Service")
    sort_of = models.CharField(_("Kind"), max_length=20, choices=SERVICES)
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        verbose_name=_("Company"),
    )
    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        verbose_name=_("Deal"),
    )
    text_en = line_field(_("In English"), 500)
    text_zh = line_field(_("In Chinese"), 500)
    on = day_field(_("Day"), needed=True)
    due_on = day_field(_("Due on"))
    done_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)
    confirmed = models.BooleanField(default=False)
    value = models.FloatField(
        _("Number"), null=True, blank=True, validators=[finite, MinValueValidator(0)]
    )
    # For a target: the code of the indicator.
    code = line_field(_("Indicator"), 20)

    class Meta:
        ordering = ("-on", "-id")
        indexes = [
            models.Index(fields=["office", "-on", "-id"], name="service_day"),
            models.Index(fields=["office", "sort_of", "done_on"], name="service_clock"),
        ]

    def __str__(self) -> str:
        return self.text_en or self.text_zh
