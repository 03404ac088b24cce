"""Promises of both sides; obligations of agreements are promises with a clause."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.progress import promises as rules
from yanlian.text import N_
from yanlian_web.desk.models.agreements import Agreement
from yanlian_web.desk.models.base import (
    SIDES,
    Record,
    day_field,
    finite,
    line_field,
)
from yanlian_web.desk.models.companies import Company
from yanlian_web.desk.models.deals import Deal
from yanlian_web.desk.models.gaps import Gap
from yanlian_web.desk.models.meetings import Meeting
from yanlian_web.desk.models.people import Organisation, Person

WHATS = (
    ("investment", _("investment")),
    ("jobs", _("jobs")),
    ("output", _("output a year")),
    ("research", _("people in research")),
    ("tax", _("tax a year")),
)
UNITS = {"investment": "CNY", "output": "CNY", "tax": "CNY", "jobs": "people", "research": "people"}  # fmt: skip


class Promise(Record):
    """A promise or an obligation, with who answers for it and by when."""

    kind = "promise"
    label = N_("Promise")
    side = models.CharField(_("Side"), max_length=10, choices=SIDES)
    text_en = line_field(_("In English"), 500)
    text_zh = line_field(_("In Chinese"), 500)
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        verbose_name=_("Company"),
    )
    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        verbose_name=_("Deal"),
    )
    gap = models.ForeignKey(
        Gap,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        verbose_name=_("Gap"),
    )
    meeting = models.ForeignKey(
        Meeting,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        verbose_name=_("Meeting"),
    )
    agreement = models.ForeignKey(
        Agreement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        verbose_name=_("Agreement"),
    )
    clause = line_field(_("Clause"), 20)
    made_on = day_field(_("Made on"), needed=True)
    due_on = day_field(_("Due on"), needed=True)
    due_first = models.DateField(_("First due on"), editable=False)
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        verbose_name=_("Made by"),
    )
    department = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promises",
        verbose_name=_("Department that answers"),
    )
    what = models.CharField(_("Measured in"), max_length=20, choices=WHATS, blank=True)
    value = models.FloatField(
        _("Number promised"),
        null=True,
        blank=True,
        validators=[finite, MinValueValidator(0)],
    )
    kept_on = models.DateField(_("Kept on"), null=True, blank=True)
    # Who wrote down that it was kept, and so cannot verify it.
    kept_by = models.ForeignKey(
        "offices.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Written down by"),
    )
    verified_on = models.DateField(_("Verified on"), null=True, blank=True)
    verified_by = models.ForeignKey(
        "offices.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Verified by"),
    )
    broken_on = models.DateField(_("Broken on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("Withdrawn on"), null=True, blank=True)
    why = models.CharField(_("Why"), max_length=500, blank=True)

    class Meta:
        ordering = ("due_on", "id")
        indexes = [
            # What firms promise to invest, and what waits to be verified: the totals
            # and the queue read these indexes alone.
            models.Index(
                fields=[
                    "office", "archived_on", "side", "what", "withdrawn_on",
                    "agreement", "due_on", "value",
                ],
                condition=models.Q(
                    side="theirs",
                    what="investment",
                    archived_on=None,
                    withdrawn_on=None,
                ),
                name="promise_invest",
            ),
            models.Index(
                fields=[
                    "office", "archived_on", "verified_on", "broken_on",
                    "withdrawn_on", "kept_on", "id", "deal", "owner", "kept_by",
                ],
                condition=models.Q(verified_on=None, kept_on__isnull=False),
                name="promise_waits",
            ),
            # Each holds all that the ledger is filtered and counted by, so that
            # counting reads no row.
            models.Index(
                fields=[
                    "office", "archived_on", "due_on", "id", "side", "visibility",
                    "owner", "made_by", "kept_on", "broken_on", "withdrawn_on",
                ],
                name="promise_ledger",
            ),
            # Those that wait are few among all that were ever made.
            models.Index(
                fields=[
                    "office", "archived_on", "kept_on", "broken_on", "withdrawn_on",
                    "due_on", "id", "side", "owner", "visibility", "made_by",
                ],
                condition=models.Q(
                    archived_on=None, kept_on=None, broken_on=None, withdrawn_on=None
                ),
                name="promise_open",
            ),
            models.Index(
                fields=["office", "kept_on"],
                condition=models.Q(kept_on__isnull=False),
                name="promise_kept",
            ),
            models.Index(fields=["company", "due_on"], name="promise_company"),
            # The rail of every page counts these.
            models.Index(
                fields=["office", "owner", "due_on"],
                condition=models.Q(
                    archived_on=None, kept_on=None, broken_on=None, withdrawn_on=None
                ),
                name="promise_owner",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text_en or self.text_zh

    @property
    def unit(self) -> str:
        """Return the unit of the number promised."""
        return UNITS.get(self.what, "")

    @property
    def rule(self) -> rules.Promise:
        """Return what the library reckons with."""
        return rules.Promise(
            self.side, self.due_on, self.kept_on, self.broken_on, self.withdrawn_on
        )
