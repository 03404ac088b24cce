"""A handover from one member to another, and a review of a trip with its decisions."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.progress.reminders import REVIEWS
from yanlian.text import N_
from yanlian_web.desk.models import Promise, Record, Trip
from yanlian_web.desk.models.base import text_field
from yanlian_web.offices.models import Member

GIVEN, CONFIRMED, UNDONE = "given", "confirmed", "undone"
STATES = {
    GIVEN: N_("waits for confirmation"),
    CONFIRMED: N_("confirmed"),
    UNDONE: N_("undone"),
}


class Handover(Record):
    """Records that went from one member to another in one action."""

    kind = "handover"
    label = N_("Handover")
    giver = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("From")
    )
    receiver = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("To")
    )
    given_on = models.DateField(_("Handed over on"))
    note = text_field(_("Note to the successor"))
    # References of the records that went over.
    moved: Any = models.JSONField(_("Records handed over"), default=list)
    confirmed_on = models.DateField(_("Confirmed on"), null=True, blank=True)
    undone_on = models.DateField(_("Undone on"), null=True, blank=True)
    undone_by = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Undone by"),
    )
    undone_why = models.CharField(_("Why it was undone"), max_length=500, blank=True)
    # References of the records that somebody else has taken since; they stayed there.
    left: Any = models.JSONField(_("Records left as they were"), default=list, blank=True)  # fmt: skip

    class Meta:
        ordering = ("-given_on", "-id")
        indexes = [
            models.Index(fields=["office", "-given_on", "-id"], name="handover_day"),
            models.Index(
                fields=["receiver"],
                condition=models.Q(confirmed_on=None, undone_on=None),
                name="handover_waits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.receiver}"

    @property
    def state(self) -> str:
        """Return whether it waits, was confirmed, or was undone."""
        if self.undone_on:
            return UNDONE
        return CONFIRMED if self.confirmed_on else GIVEN


class Review(Record):
    """What somebody made of a trip some time after it; its figures come from the log."""

    kind = "review"
    label = N_("Review of a trip")
    trip = models.ForeignKey(
        Trip, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("Trip")
    )
    after = models.PositiveIntegerField(
        _("Days after the trip"),
        validators=[MinValueValidator(REVIEWS[0]), MaxValueValidator(REVIEWS[-1])],
    )
    # Figures are those of this day, as they were known on the day it was held.
    as_of = models.DateField(_("As of"))
    done_on = models.DateField(_("Held on"))
    note_en = text_field(_("Note (English)"))
    note_zh = text_field(_("Note (Chinese)"))
    learned_en = text_field(_("What was learned (English)"))
    learned_zh = text_field(_("What was learned (Chinese)"))
    questions_en = text_field(_("Open questions (English)"))
    questions_zh = text_field(_("Open questions (Chinese)"))

    class Meta:
        ordering = ("-done_on", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["trip", "after"],
                condition=models.Q(archived_on=None),
                name="review_once",
                violation_error_message=_("This review is on file already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.trip} + {self.after}"


class ReviewDecision(Record):
    """A decision of a review: a promise, so that it is followed like any other."""

    kind = "review-decision"
    label = N_("Decision of a review")
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="decisions",
        verbose_name=_("Review of a trip"),
    )  # fmt: skip
    promise = models.OneToOneField(
        Promise, on_delete=models.PROTECT, related_name="decided_in",
        verbose_name=_("Promise"),
    )  # fmt: skip

    def __str__(self) -> str:
        return str(self.promise)
