"""What the search box looks through, and the views that people keep of lists."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models.base import Record, line_field
from yanlian_web.offices.models import Office


class Entry(models.Model):
    """What one record is found by; it is written when the record is.

    It says nothing of who may see the record: that is asked of the record itself.
    """

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    record = models.BigIntegerField()
    # Parted by spaces, see ``tokens``; a full-text index of the database lies over it.
    tokens = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "record"], name="entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.record}"


class SavedView(Record):
    """A list with its filters and shape under a name.

    ``visibility`` says who has it: its owner, the owner's team, or the office.
    """

    kind = "saved-view"
    label = N_("Saved view")
    name_en = line_field(_("Name (English)"), 60)
    name_zh = line_field(_("Name (Chinese)"), 60)
    # Which list, by the name of its address, and its query string in one order.
    page = models.CharField(_("List"), max_length=40)
    query = models.CharField(_("Filters"), max_length=1000, blank=True)
    # Whoever has it opens the list with it unless the address says more.
    first = models.BooleanField(_("Open the list with it"), default=False)

    class Meta:
        indexes = [models.Index(fields=["office", "page"], name="view_page")]

    def __str__(self) -> str:
        return self.name_en or self.name_zh
