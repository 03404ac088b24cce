"""Meetings: visits out and in, calls and events; who was there and what was asked."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models.base import (
    INTERNAL,
    LABELS,
    OURS,
    SIDES,
    Record,
    day_field,
    line_field,
    text_field,
)
from yanlian_web.desk.models.companies import Company
from yanlian_web.desk.models.gaps import Gap, Trip
from yanlian_web.desk.models.people import Organisation, Person

OUTBOUND, INBOUND, CALL, EVENT = "outbound", "inbound", "call", "event"
MEETINGS = (
    (OUTBOUND, _("visit to the company")),
    (INBOUND, _("visit to us")),
    (CALL, _("call")),
    (EVENT, _("event")),
)
PLANNED, DRAFT, FINAL, CANCELLED = "planned", "draft", "final", "cancelled"
STATES = (
    (PLANNED, _("planned")),
    (DRAFT, _("draft")),
    (FINAL, _("final")),
    (CANCELLED, _("cancelled")),
)
ROLES = (
    ("leader", _("leader")),
    ("member", _("member")),
    ("host", _("host")),
    ("interpreter", _("interpreter")),
    ("guest", _("guest")),
)


class Meeting(Record):
    """A meeting with a company or an organisation."""

    kind = "meeting"
    label = N_("Meeting")
    way = models.CharField(_("Kind"), max_length=10, choices=MEETINGS)
    title_en = line_field(_("Title (English)"))
    title_zh = line_field(_("Title (Chinese)"))
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("Company"),
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("Organisation"),
    )
    deal = models.ForeignKey(
        "desk.Deal",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("Deal"),
    )
    gap = models.ForeignKey(
        Gap,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("Gap"),
    )
    trip = models.ForeignKey(
        Trip,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meetings",
        verbose_name=_("Trip"),
    )
    on = day_field(_("Day"), needed=True)
    # Minutes from midnight, local time; empty for a whole day.
    start_min = models.PositiveIntegerField(
        _("Begins"), null=True, blank=True, validators=[MaxValueValidator(1439)]
    )
    end_min = models.PositiveIntegerField(
        _("Ends"), null=True, blank=True, validators=[MaxValueValidator(1440)]
    )
    place_en = line_field(_("Place (English)"), 500)
    place_zh = line_field(_("Place (Chinese)"), 500)
    purpose_en = text_field(_("Purpose (English)"))
    purpose_zh = text_field(_("Purpose (Chinese)"))
    summary_en = text_field(_("Summary (English)"))
    summary_zh = text_field(_("Summary (Chinese)"))
    state = models.CharField(_("State"), max_length=10, choices=STATES, default=PLANNED)
    secrecy = models.CharField(
        _("Label"),
        max_length=10,
        choices=LABELS,
        default=INTERNAL,
        help_text=_("Stands on every print. Nothing classified belongs in here."),
    )
    # The visit it answers, or the planned return visit.
    pair = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="answers",
        verbose_name=_("Pair"),
    )
    no_promises = models.BooleanField(_("No promise was made"), default=False)
    final_on = models.DateField(_("Final on"), null=True, blank=True)
    # Why it was cancelled.
    why = models.CharField(_("Why"), max_length=500, blank=True)

    class Meta:
        ordering = ("-on", "-start_min", "-id")
        # Each holds all that the list is filtered and sorted by, so that counting a
        # hundred thousand of them reads no row.
        indexes = [
            models.Index(
                fields=[
                    "office", "archived_on", "-on", "-start_min", "-id", "visibility",
                    "owner", "made_by", "state", "way",
                ],
                name="meeting_list",
            ),
            models.Index(
                fields=[
                    "office", "state", "archived_on", "-on", "-start_min", "-id", "way",
                    "visibility", "owner", "made_by",
                ],
                name="meeting_state",
            ),
            models.Index(
                fields=[
                    "company", "-on", "-start_min", "-id", "office", "archived_on",
                    "state", "way", "visibility", "owner", "made_by",
                ],
                name="meeting_company",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title_en or self.title_zh

    @property
    def two_way(self) -> bool:
        """Tell whether it counts as contact with the company."""
        return self.state == FINAL and self.company_id is not None


class Attendance(Record):
    """Somebody who took part."""

    kind = "attendance"
    label = N_("Participant")
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="people"
    )
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="attended",
        verbose_name=_("Person"),
    )
    side = models.CharField(_("Side"), max_length=10, choices=SIDES, default=OURS)
    role = models.CharField(_("Role"), max_length=20, choices=ROLES, default="member")

    class Meta:
        constraints = [
            # Who was taken off may be put on again.
            models.UniqueConstraint(
                fields=["meeting", "person"],
                condition=models.Q(archived_on=None),
                name="attendance_once",
                violation_error_message=_("This person is on the list already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.person)


class Question(Record):
    """Something to ask, and the answer."""

    kind = "question"
    label = N_("Question")
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="questions"
    )
    text_en = text_field(_("Question (English)"))
    text_zh = text_field(_("Question (Chinese)"))
    answer_en = text_field(_("Answer (English)"))
    answer_zh = text_field(_("Answer (Chinese)"))
    order = models.PositiveIntegerField(
        _("Order"), default=1, validators=[MinValueValidator(1)]
    )

    class Meta:
        ordering = ("order", "id")

    def __str__(self) -> str:
        return self.text_en or self.text_zh
