"""Landing: milestones and their plans, evidence, payments, counts and blockers."""

from __future__ import annotations

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.progress.landing import evidence_kinds, milestones
from yanlian.text import N_
from yanlian_web.desk.models.agreements import Agreement
from yanlian_web.desk.models.base import (
    Record,
    chosen,
    day_field,
    finite,
    line_field,
    money_field,
    spoken,
    text_field,
)
from yanlian_web.desk.models.deals import Deal
from yanlian_web.desk.models.files import File
from yanlian_web.desk.models.people import Organisation
from yanlian_web.desk.models.promises import WHATS, Promise


def milestone_choices() -> list[tuple[str, Any]]:
    """Return the milestones as choices."""
    return [(item.code, spoken(item.name)) for item in milestones().values()]


def evidence_choices() -> list[tuple[str, Any]]:
    """Return the kinds of evidence as choices."""
    return [(item.code, spoken(item.name)) for item in evidence_kinds().values()]


class Milestone(Record):
    """A milestone of a deal: planned, claimed with evidence, verified by another."""

    kind = "milestone"
    label = N_("Milestone")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="milestones")
    code = chosen(_("Milestone"), milestone_choices)
    planned_on = day_field(_("Planned for"))
    reached_on = models.DateField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        "offices.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.ForeignKey(
        "offices.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    # The last claim that was sent back, and why; the next one clears it.
    rejected_on = models.DateField(null=True, blank=True)
    rejected_why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deal", "code"], name="milestone_once")
        ]
        indexes = [
            models.Index(
                fields=["office", "reached_on", "id", "deal", "claimed_by"],
                condition=models.Q(
                    verified_on=None, archived_on=None, reached_on__isnull=False
                ),
                name="milestone_waits",
            ),
            models.Index(
                fields=["office", "-reached_on", "-id", "verified_on"],
                condition=models.Q(archived_on=None),
                name="milestone_day",
            ),
            models.Index(
                fields=["office", "planned_on", "deal"],
                condition=models.Q(reached_on=None),
                name="milestone_late",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class MilestonePlan(models.Model):
    """A day that was planned for a milestone; only added."""

    office = models.ForeignKey(
        "offices.Office", on_delete=models.PROTECT, related_name="+"
    )
    milestone = models.ForeignKey(
        Milestone, on_delete=models.PROTECT, related_name="plans"
    )
    planned_on = models.DateField()
    set_on = models.DateField()
    by = models.ForeignKey(
        "offices.Member", on_delete=models.PROTECT, null=True, related_name="+"
    )
    why = models.CharField(max_length=500, blank=True)
    training = models.BooleanField(default=False)

    class Meta:
        ordering = ("set_on", "id")

    def __str__(self) -> str:
        return str(self.planned_on)


class Payment(Record):
    """Money the investor has put in place; proven by one paper, counted once."""

    kind = "payment"
    label = N_("Payment")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="payments")
    agreement = models.ForeignKey(
        Agreement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
        verbose_name=_("Agreement"),
    )
    on = day_field(_("Paid on"), needed=True)
    value_cny = money_field(_("Amount, yuan"))
    purpose = line_field(_("What for"), 300)
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.ForeignKey(
        "offices.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ("on", "id")
        indexes = [
            models.Index(
                fields=["office", "on", "id"],
                condition=models.Q(verified_on=None),
                name="payment_waits",
            ),
            models.Index(
                fields=["office", "deal", "agreement", "verified_on", "value_cny"],
                condition=models.Q(archived_on=None),
                name="payment_sum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.value_cny}"


class Measure(Record):
    """A count or stock on a day: jobs, output, tax; the latest counts."""

    kind = "measure"
    label = N_("Count")
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="measures")
    what = models.CharField(_("What"), max_length=20, choices=WHATS)
    on = day_field(_("As of"), needed=True)
    value = models.FloatField(_("Number"), validators=[finite, MinValueValidator(0)])
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.ForeignKey(
        "offices.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ("on", "id")
        indexes = [
            models.Index(
                fields=["office", "on", "id"],
                condition=models.Q(verified_on=None),
                name="measure_waits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.on} {self.value}"


class Evidence(Record):
    """A paper that proves one thing, and only one."""

    kind = "evidence"
    label = N_("Evidence")
    sort_of = chosen(_("Kind of paper"), evidence_choices)
    number = line_field(_("Number of the paper"), 100)
    # Kind and number in lower case: by this it is recognised when used again.
    mark = models.CharField(  # noqa: DJ001 -- several papers without a number
        max_length=200, null=True, blank=True, editable=False
    )
    on = day_field(_("Date of the paper"), needed=True)
    note = line_field(_("Note"), 300)
    file = models.ForeignKey(
        File, on_delete=models.PROTECT, null=True, blank=True, related_name="proofs"
    )
    milestone = models.ForeignKey(
        Milestone,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
    )
    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
    )
    measure = models.ForeignKey(
        Measure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
    )
    promise = models.ForeignKey(
        Promise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
    )

    class Meta:
        # That a paper proves one milestone, payment or count holds in the database too;
        # one hand-over sheet may well keep several promises. What was sent back is
        # archived and sets its paper free.
        constraints = [
            models.UniqueConstraint(
                fields=["office", "file"],
                condition=models.Q(promise=None, archived_on=None),
                name="evidence_file_once",
            ),
            models.UniqueConstraint(
                fields=["office", "mark"],
                condition=models.Q(promise=None, archived_on=None),
                name="evidence_mark_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sort_of} {self.number}"


class Blocker(Record):
    """What stops a deal, which department can move it, and since when."""

    kind = "blocker"
    label = N_("Blocker")
    deal = models.ForeignKey(
        Deal, on_delete=models.PROTECT, related_name="blockers", verbose_name=_("Deal")
    )
    text_en = line_field(_("What stops it (English)"), 500)
    text_zh = line_field(_("What stops it (Chinese)"), 500)
    department = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="blockers",
        verbose_name=_("Department"),
    )
    since = day_field(_("Since"), needed=True)
    due_on = day_field(_("To be solved by"), needed=True)
    escalated_on = models.DateField(null=True, blank=True)
    escalated_to = models.CharField(max_length=200, blank=True)
    solved_on = models.DateField(null=True, blank=True)
    solved_how = text_field(_("How it was solved"))

    class Meta:
        ordering = ("solved_on", "due_on", "id")
        indexes = [
            models.Index(
                fields=["office", "due_on", "id"],
                condition=models.Q(solved_on=None),
                name="blocker_open",
            )
        ]

    def __str__(self) -> str:
        return self.text_en or self.text_zh
