"""Imports: a file on its way into the desk, its rows, and what each of them changed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models import File, Record
from yanlian_web.desk.models.base import day_field, line_field
from yanlian_web.desk.models.people import GROUNDS
from yanlian_web.offices.models import LogLine, Office

COMPANY, PERSON = "company", "person"
WHATS = ((COMPANY, _("a list of companies")), (PERSON, _("a list of people")))
UPLOADED, PREVIEWED, APPLIED, UNDONE, DROPPED = (
    "uploaded",
    "previewed",
    "applied",
    "undone",
    "dropped",
)
STATES = (
    (UPLOADED, _("file read, columns to be assigned")),
    (PREVIEWED, _("preview, nothing stored yet")),
    (APPLIED, _("applied")),
    (UNDONE, _("undone")),
    (DROPPED, _("dropped")),
)
BOTH, CREATE, UPDATE = "both", "create", "update"
MODES = (
    (BOTH, _("enter new ones and update those on file")),
    (CREATE, _("only enter new ones")),
    (UPDATE, _("only update those on file")),
)
KEEP, TAKE = "keep", "take"
NEW, CHANGED, SAME, CONFLICT, WRONG, SKIPPED = (
    "new",
    "update",
    "unchanged",
    "conflict",
    "error",
    "skipped",
)
ROW_STATES = (
    (NEW, N_("new")),
    (CHANGED, N_("update")),
    (CONFLICT, N_("conflict")),
    (WRONG, N_("error")),
    (SAME, N_("unchanged")),
    (SKIPPED, N_("skipped")),
)


class Batch(Record):
    """A file that is, or was, imported."""

    kind = "import"
    label = N_("Import")
    what = models.CharField(
        _("What it holds"), max_length=20, choices=WHATS, default=COMPANY
    )
    state = models.CharField(
        _("State"), max_length=20, choices=STATES, default=UPLOADED
    )
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    file_name = line_field(_("File"), 255, needed=True)
    # By what a later import of the same source finds its columns again.
    source = line_field(_("Source"), 200, needed=True)
    source_on = day_field(_("Date of the source"), needed=True)
    # What each sheet holds: name, number of rows, first rows.
    sheets: Any = models.JSONField(default=list, editable=False)
    encoding = models.CharField(max_length=20, blank=True)
    sheet = models.PositiveIntegerField(_("Sheet"), default=0)
    header_row = models.PositiveIntegerField(_("Row of the headers"), default=1)
    headers: Any = models.JSONField(default=list, blank=True)
    # Target of each column; empty for one that is left out.
    mapping: Any = models.JSONField(_("Columns"), default=list, blank=True)
    mode = models.CharField(_("Mode"), max_length=10, choices=MODES, default=BOTH)
    key = models.CharField(_("Match key"), max_length=40, blank=True)
    by_names = models.BooleanField(_("Match by names too"), default=False)
    year = models.PositiveIntegerField(_("Year of the numbers"), null=True, blank=True)
    # What happens to conflicts nobody has chosen for.
    clashes = models.CharField(_("Conflicts"), max_length=10, default=KEEP)
    # Why contact data of people are kept.
    purpose = line_field(_("Purpose"), 300)
    ground = models.CharField(
        _("Legal ground"), max_length=20, choices=GROUNDS, blank=True
    )
    expires_on = day_field(_("Kept until"))
    counts: Any = models.JSONField(default=dict, blank=True)
    notes: Any = models.JSONField(default=list, blank=True)
    result: Any = models.JSONField(_("Result"), default=dict, blank=True)
    applied_line = models.ForeignKey(
        LogLine, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    undone_line = models.ForeignKey(
        LogLine, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["office", "what", "source"], name="batch_source")
        ]

    def __str__(self) -> str:
        return self.file_name


class Row(models.Model):
    """A row of a file beside what is on file; made anew with every preview."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    # As the spreadsheet counts.
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    name = models.CharField(max_length=300, blank=True)
    # The record on file and how often it had been changed when they were compared.
    record = models.PositiveBigIntegerField(null=True)
    version = models.PositiveIntegerField(null=True)
    # Values by target, of what is new.
    values: Any = models.JSONField(default=dict)
    # Old and new value by target, of what differs; those in ``clash`` speak against
    # what another source or a person has said.
    changes: Any = models.JSONField(default=dict)
    clash: Any = models.JSONField(default=list)
    # What was chosen for this row: keep or take; empty for the choice of the import.
    choice = models.CharField(max_length=10, blank=True)
    # Target, English, Chinese.
    reasons: Any = models.JSONField(default=list)
    training = models.BooleanField(default=False)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="row_once")
        ]
        indexes = [
            models.Index(fields=["batch", "state", "number"], name="row_state"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.number} {self.state}"


class Change(models.Model):
    """What one row of an import changed; belongs to a line of the log, only added to.

    The line is that of the import's apply, or of its undo. It holds the fingerprint of
    all its changes, so that the chain of the log covers them too.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="changed")
    # Row of the file.
    number = models.PositiveIntegerField()
    # Company or person of the row.
    subject = models.CharField(max_length=60)
    made = models.BooleanField(default=False)
    undo = models.BooleanField(default=False)
    # Old and new value by field, by record, as in lines of the log.
    changes: Any = models.JSONField(default=dict)
    # What an undo left as it is: written by the import and as found, by field.
    kept: Any = models.JSONField(default=dict)
    # Why something was left, in both languages.
    why: Any = models.JSONField(default=list)
    training = models.BooleanField(default=False)

    class Meta:
        ordering = ("number", "id")
        indexes = [
            models.Index(fields=["office", "subject"], name="change_subject"),
            models.Index(fields=["batch", "undo", "number"], name="change_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.number} {self.subject}"
