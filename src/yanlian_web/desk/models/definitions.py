"""Sets of indicator definitions that an office has brought itself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models.base import Record, line_field


class DefinitionSet(Record):
    """A table ``kpi_definitions`` of one set; its text is kept as it came."""

    kind = "definition-set"
    label = N_("Set of definitions")
    # As column ``set`` of the table says.
    code = line_field(_("Code"), 40, needed=True)
    name_en = line_field(_("Name (English)"), 100)
    name_zh = line_field(_("Name (Chinese)"), 100)
    text = models.TextField(_("Table"), max_length=1_000_000)
    count = models.PositiveIntegerField(_("Definitions"), default=0)

    class Meta:
        ordering = ("code",)
        constraints = [
            models.UniqueConstraint(fields=["office", "code"], name="set_once")
        ]

    def __str__(self) -> str:
        return self.name_en or self.name_zh
