"""What every record of the desk has: office, owner, visibility, version, archive."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.dispatch import Signal
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from yanlian.text import Say
from yanlian_web.offices.models import Member, Office
from yanlian_web.offices.rights import may
from yanlian_web.ui.templatetags.yl import reader

OWN, TEAM, OFFICE, ALL = "own", "team", "office", "all"
# Not for the whole office.
HELD = (OWN, TEAM)
VISIBILITIES = (
    (OWN, _("me and the head")),
    (TEAM, _("my team and the head")),
    (OFFICE, _("my office")),
    (ALL, _("all offices of this installation")),
)
OPEN, INTERNAL, RESTRICTED = "open", "internal", "restricted"
# Nothing above internal belongs into this program; the guide says so.
LABELS = (
    (OPEN, _("open")),
    (INTERNAL, _("internal")),
    # What came out is masked for all who do not keep the record.
    (RESTRICTED, _("internal, small circle")),
)
OURS, THEIRS, THIRD = "ours", "theirs", "third"
SIDES = ((OURS, _("ours")), (THEIRS, _("theirs")))
BASES = (
    ("reported", _("reported")),
    ("estimated", _("estimated")),
    ("stated", _("stated by the firm")),
    ("inferred", _("inferred")),
)
# Sent with ``records`` when records were stored many at once, in their transaction;
# Django itself says so of single ones only.
stored = Signal()
# Sent with ``office`` when rows were taken out past the models, in their transaction.
cleared = Signal()
# By these a record is found; see the search box.
FOUND_BY = frozenset(
    {
        "name_en", "name_zh", "title_en", "title_zh", "text_en", "text_zh", "aliases",
        "former_names", "credit_code", "number", "search", "visibility", "tier",
    }
)  # fmt: skip
# Absurd amounts are typing errors: a thousand billion yuan is above any project.
MOST_CNY = 1e12


def finite(value: float) -> None:
    """Refuse what is no number; a form can send ``nan`` and ``inf``."""
    if not math.isfinite(value):
        raise ValidationError(_("Expected a number."))


def _mine(member: Member, through: str) -> tuple[models.Q, models.Q]:
    """Return which rows are a member's own, and which belong to the member's team."""
    at = f"{through}__" if through else ""
    mine = models.Q(**{f"{at}owner": member.pk}) | models.Q(
        **{f"{at}made_by": member.pk}
    )
    if not member.team:
        return mine, models.Q(pk__in=())
    mates = Member.objects.filter(office_id=member.office_id, team=member.team)
    pks = mates.order_by().values("pk")
    return mine, models.Q(**{f"{at}visibility": TEAM}) & (
        models.Q(**{f"{at}owner__in": pks})
        | models.Q(**{f"{at}owner": None, f"{at}made_by__in": pks})
    )


def seen_rows(member: Member, through: str = "") -> models.Q:
    """Return which rows of the member's office a member sees.

    A record of the team is that of its owner's team, or while it has no owner, of its
    maker's. Who belongs to no team has no team-mates.

    Parameters
    ----------
    member : Member
    through : str
        Name of the relation that leads to the records asked for; empty for themselves.
    """
    if may(member, "see_all"):
        return models.Q()
    at = f"{through}__" if through else ""
    mine, team = _mine(member, through)
    seen = ~models.Q(**{f"{at}visibility__in": HELD}) | mine
    return seen | team if member.team else seen


def hidden_rows(member: Member) -> models.Q:
    """Return which rows of the member's office are hidden from a member.

    They are few, so that leaving them out is quicker than asking for all others.
    """
    if may(member, "see_all"):
        return models.Q(pk__in=())
    mine, team = _mine(member, "")
    hidden = models.Q(visibility__in=HELD)
    for kept in (mine, team) if member.team else (mine,):
        hidden &= ~kept
    return hidden


def sees_row(member: Member, record: Record) -> bool:
    """Tell of one record of the member's office what :func:`seen_rows` asks of many."""
    if may(member, "see_all") or record.visibility in (OFFICE, ALL):
        return True
    if member.pk in {record.owner_id, record.made_by_id}:
        return True
    if record.visibility != TEAM or not member.team:
        return False
    keeper = record.owner or record.made_by
    return keeper is not None and keeper.team == member.team


class Records(models.QuerySet["Any"]):
    """Records, and which of them a member may see."""

    def seen_by(self, member: Member) -> Self:
        """Return the records of the member's office that the member may see."""
        found = self.filter(office_id=member.office_id)
        if may(member, "see_all"):
            return found
        return found.exclude(hidden_rows(member))

    def shared_with(self, member: Member) -> Self:
        """Return the records that other offices share with everybody."""
        return self.filter(visibility=ALL).exclude(office_id=member.office_id)

    def live(self) -> Self:
        """Return the records that are not archived."""
        return self.filter(archived_on=None)

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Store many records at once and say so."""
        made = super().bulk_create(objs, *args, **kwargs)
        stored.send(sender=self.model, records=made)
        return made

    def update(self, **kwargs: Any) -> int:
        """Change many records at once and say so when they are found by other words."""
        if not FOUND_BY.intersection(kwargs):
            return super().update(**kwargs)
        pks = list(self.order_by().values_list("pk", flat=True))
        count = super().update(**kwargs)
        for start in range(0, len(pks), 500):
            changed = self.model._base_manager.filter(pk__in=pks[start : start + 500])
            stored.send(sender=self.model, records=list(changed))
        return count


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
