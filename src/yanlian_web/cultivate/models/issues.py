"""Issues raised by firms: what, with which department, and how it ended."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models import Company, Meeting, Organisation, Record
from yanlian_web.desk.models.base import day_field, line_field, text_field

ABOUT = (
    ("land", _("land and plant")),
    ("energy", _("energy and water")),
    ("labour", _("labour and skills")),
    ("finance", _("finance")),
    ("permits", _("permits and inspections")),
    ("tax", _("tax and customs")),
    ("logistics", _("logistics")),
    ("market", _("market and orders")),
    ("policy", _("promised support")),
    ("other", _("other")),
)


class Issue(Record):
    """What a firm has raised; its clock runs until it is solved."""

    kind = "issue"
    label = N_("Issue")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="issues",
        verbose_name=_("Company"),
    )
    text_en = line_field(_("What it is (English)"), 500)
    text_zh = line_field(_("What it is (Chinese)"), 500)
    about = models.CharField(_("About"), max_length=20, choices=ABOUT, default="other")
    department = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="issues",
        verbose_name=_("Department"),
    )
    meeting = models.ForeignKey(
        Meeting,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="issues",
        verbose_name=_("Raised in the meeting"),
    )
    on = day_field(_("Raised on"), needed=True)
    due_on = day_field(_("To be solved by"))
    solved_on = models.DateField(null=True, blank=True)
    solved_how = text_field(_("How it was solved"))
    # What the firm itself says of the solution; never filled in by who solved it.
    confirmed_on = models.DateField(null=True, blank=True)
    confirmed_by = models.CharField(max_length=200, blank=True)
    reopened = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("on", "id")
        indexes = [
            models.Index(fields=["office", "solved_on", "on"], name="issue_clock"),
            models.Index(fields=["office", "company"], name="issue_company"),
        ]

    def __str__(self) -> str:
        return self.text_en or self.text_zh
