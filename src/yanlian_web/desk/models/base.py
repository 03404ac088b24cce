"""What every record of the desk has: office, owner, visibility, version, archive."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from yanlian.text import Say
from yanlian_web.offices.models import Member, Office
from yanlian_web.ui.templatetags.yl import reader

OWN, OFFICE, ALL = "own", "office", "all"
VISIBILITIES = (
    (OWN, _("me and the head")),
    (OFFICE, _("my office")),
    (ALL, _("all offices of this installation")),
)
OPEN, INTERNAL = "open", "internal"
# Nothing above internal belongs into this program; the guide says so.
LABELS = ((OPEN, _("open")), (INTERNAL, _("internal")))
OURS, THEIRS, THIRD = "ours", "theirs", "third"
SIDES = ((OURS, _("ours")), (THEIRS, _("theirs")))
BASES = (
    ("reported", _("reported")),
    ("estimated", _("estimated")),
    ("stated", _("stated by the firm")),
    ("inferred", _("inferred")),
)
# Absurd amounts are typing errors: a thousand billion yuan is above any project.
MOST_CNY = 1e12


def finite(value: float) -> None:
    """Refuse what is no number; a form can send ``nan`` and ``inf``."""
    if not math.isfinite(value):
        raise ValidationError(_("Expected a number."))


class Records(models.QuerySet["Any"]):
    """Records, and which of them a member may see."""

    def seen_by(self, member: Member) -> Self:
        """Return the records of the member's office that the member may see."""
        found = self.filter(office_id=member.office_id)
        if member.role == "head":
            return found
        return found.exclude(
            models.Q(visibility=OWN)
            & ~models.Q(owner_id=member.pk)
            & ~models.Q(made_by_id=member.pk)
        )

    def shared_with(self, member: Member) -> Self:
        """Return the records that other offices share with everybody."""
        return self.filter(visibility=ALL).exclude(office_id=member.office_id)

    def live(self) -> Self:
        """Return the records that are not archived."""
        return self.filter(archived_on=None)


class Record(models.Model):
    """A record of the desk; it is changed by actions alone and never deleted."""

    # Short word for addresses, log lines and events.
    kind: ClassVar[str] = ""
    # What one of them is called on pages.
    label: ClassVar[str] = ""
    # Fields the actions set and forms leave alone.
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Owner"),
        help_text=_("Who answers for it."),
    )
    made_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    visibility = models.CharField(
        _("Who may see it"), max_length=10, choices=VISIBILITIES, default=OFFICE
    )
    version = models.PositiveIntegerField(default=1)
    training = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_on = models.DateField(null=True, blank=True)
    archived_why = models.CharField(max_length=500, blank=True)

    objects = Records.as_manager()

    class Meta:
        abstract = True

    @property
    def ref(self) -> str:
        """Return by what log lines and events name it."""
        return f"{self.kind}:{self.pk}"


def day_field(label: Any, *, needed: bool = False, **more: Any) -> Any:
    """Return a field for a day."""
    return models.DateField(label, null=not needed, blank=not needed, **more)


def money_field(label: Any, **more: Any) -> Any:
    """Return a field for an amount in yuan."""
    return models.FloatField(
        label,
        null=True,
        blank=True,
        validators=[finite, MinValueValidator(0), MaxValueValidator(MOST_CNY)],
        **more,
    )


def text_field(label: Any, **more: Any) -> models.TextField[str, str]:
    """Return a field for a paragraph."""
    return models.TextField(label, blank=True, max_length=10_000, **more)


def line_field(
    label: Any, size: int = 300, *, needed: bool = False, **more: Any
) -> models.CharField[str, str]:
    """Return a field for one line."""
    return models.CharField(label, max_length=size, blank=not needed, **more)


# Made once: making a lazy class takes longer than using it.
_spoken: Any = lazy(lambda text: text.text(reader()), str)


def spoken(text: Say) -> Any:
    """Return a text of the library that shows itself in the reader's language."""
    return _spoken(text)


def chosen(
    label: Any, choices: Any, *, blank: bool = False, **more: Any
) -> models.CharField[str, str]:
    """Return a field for a code; ``choices`` is a function that returns them."""
    return models.CharField(label, max_length=40, blank=blank, choices=choices, **more)
