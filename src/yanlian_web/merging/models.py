"""Pairs of companies that may be one, those that are not, and those that were merged."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models import Company, Record
from yanlian_web.desk.models.base import line_field
from yanlian_web.offices.models import Member, Office

CODE, NAME, LIKE = "code", "name", "like"
WHYS = (
    (CODE, _("the same credit code")),
    (NAME, _("a name in common")),
    (LIKE, _("names that are alike")),
)


class Suspect(models.Model):
    """Two companies that may be one, as the last search found them.

    Reckoned, not entered: a search writes them anew, and nothing refers to them.
    """

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    # The one with the smaller number is the first.
    first = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    why = models.CharField(max_length=10, choices=WHYS)
    score = models.FloatField()
    training = models.BooleanField(default=False)

    class Meta:
        ordering = ("-score", "id")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="suspect_once")
        ]
        indexes = [
            models.Index(fields=["office", "-score", "id"], name="suspect_sorted"),
            models.Index(
                fields=["office", "why", "-score", "id"], name="suspect_why_sorted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}"


class Apart(Record):
    """Two companies of which a person said that they are not the same."""

    kind = "apart"
    label = N_("Pair that is not the same")
    first = models.ForeignKey(
        Company, on_delete=models.PROTECT, editable=False, related_name="apart_first"
    )
    second = models.ForeignKey(
        Company, on_delete=models.PROTECT, editable=False, related_name="apart_second"
    )
    said_on = models.DateField()
    reason = line_field(_("Why"), 500)
    # As what it was suspected, so that it can be put back.
    why = models.CharField(max_length=10, choices=WHYS, blank=True)
    score = models.FloatField(default=0.0)

    class Meta:
        indexes = [
            models.Index(
                fields=["office", "archived_on", "-said_on"], name="apart_sorted"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"


class Merge(Record):
    """That two companies turned out to be one, and what became of their records."""

    kind = "merge"
    label = N_("Merge")
    survivor = models.ForeignKey(
        Company, on_delete=models.PROTECT, editable=False, related_name="merges_kept"
    )
    merged = models.ForeignKey(
        Company, on_delete=models.PROTECT, editable=False, related_name="merges_away"
    )
    done_on = models.DateField()
    reason = line_field(_("Why"), 500)
    # Fields of the survivor as ``name: [before, after]``, and the rows that moved.
    fields: Any = models.JSONField(default=dict, blank=True)
    rows: Any = models.JSONField(default=list, blank=True)
    apart_on = models.DateField(null=True, blank=True)
    apart_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    apart_why = line_field(_("Why"), 500)
    # What did not go back when it was taken apart again.
    stayed: Any = models.JSONField(default=list, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["office", "-done_on", "-id"], name="merge_sorted"),
        ]

    def __str__(self) -> str:
        return f"{self.survivor} ← {self.merged}"
