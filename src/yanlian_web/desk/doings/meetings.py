"""What can be done to a meeting or a trip."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.actions import meetings as actions
from yanlian_web.desk.actions import trips
from yanlian_web.desk.doings.deals import WhyForm, day_input, paragraph
from yanlian_web.desk.forms import ClockField, DeskForm, Doing, PickField, doing
from yanlian_web.desk.masks import reading
from yanlian_web.desk.models import Meeting, Person, Trip
from yanlian_web.desk.models.companies import FIELDS, HEADS
from yanlian_web.desk.models.meetings import CANCELLED, DRAFT, FINAL, PLANNED, ROLES
from yanlian_web.offices.models import Member


class NothingForm(DeskForm):
    """Nothing to fill in; the button is the question."""


class FinalForm(DeskForm):
    """What came out, and whether anything was promised."""

    summary_zh = paragraph(_("Summary (Chinese)"), required=False)
    summary_en = paragraph(_("Summary (English)"), required=False)
    no_promises = forms.BooleanField(label=_("No promise was made"), required=False)

    def prepare(self) -> None:
        """Begin with what the record says."""
        meeting = self.record
        assert isinstance(meeting, Meeting)
        with reading(self.member, "form") as read:
            for name in list(self.fields):
                if read.clear(meeting, name):
                    self.fields[name].initial = getattr(meeting, name)
                else:
                    # What one cannot read one does not write over.
                    del self.fields[name]
        for name in {"summary_zh", "summary_en"} & set(self.fields):
            field = self.fields[name]
            field.max_length = 10_000  # type: ignore[attr-defined]
            field.widget.attrs["rows"] = 6


class ReturnForm(DeskForm):
    """When and where they come, or we go."""

    on = day_input(_("Day"), required=True)
    start_min = ClockField(label=_("Begins"), required=False)
    end_min = ClockField(label=_("Ends"), required=False)
    place_zh = forms.CharField(
        label=_("Place (Chinese)"), required=False, max_length=500
    )
    place_en = forms.CharField(
        label=_("Place (English)"), required=False, max_length=500
    )


class LearnForm(DeskForm):
    """What was learned, under a head or a field of the dossier."""

    groups = (
        ("", ("field", "text_zh", "text_en")),
        (N_("If it is a number"), ("value", "unit", "year")),
    )
    field = forms.ChoiceField(
        label=_("What it is about"),
        choices=[
            (_("Heads"), [item for item in FIELDS if item[0] in HEADS]),
            (_("Fields"), [item for item in FIELDS if item[0] not in HEADS]),
        ],
    )
    text_zh = paragraph(_("In Chinese"), required=False)
    text_en = paragraph(_("In English"), required=False)
    value = forms.FloatField(label=_("Number"), required=False)
    unit = forms.CharField(label=_("Unit"), required=False, max_length=20)
    year = forms.IntegerField(
        label=_("Year it is true of"),
        required=False,
        min_value=1000,
        max_value=2200,
    )


class FileForm(DeskForm):
    """A file or a photo."""

    file = forms.FileField(
        label=_("File or photo"),
        help_text=_("PDF, Word, Excel, text, PNG, JPEG or WebP; at most 20 MB."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)


class JoinForm(DeskForm):
    """Who comes along, and as what."""

    person = PickField("person", label=_("Person of our side"))
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial="member")


class LeaveForm(DeskForm):
    """Who does not come along."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("Person"))

    def prepare(self) -> None:
        """Offer who is on the trip."""
        trip = self.record
        assert isinstance(trip, Trip)
        self.fields["person"].queryset = Person.objects.filter(  # type: ignore[attr-defined]
            side="ours",
            attended__archived_on=None,
            attended__meeting__trip=trip,
            attended__meeting__state__in=trips.OPEN,
        ).distinct()


def _in(*states: str) -> Any:
    def fits(record: Any, member: Member) -> bool:
        return record.state in states

    return fits


def _may_return(meeting: Meeting, member: Member) -> bool:
    return (
        meeting.way in actions.VISITS
        and meeting.state != CANCELLED
        and actions.returned(meeting) is None
    )


def _may_learn(meeting: Meeting, member: Member) -> bool:
    return meeting.state == DRAFT and meeting.company_id is not None


doing(
    Doing(
        "meeting-start", "meeting", N_("Start the record"), "write", NothingForm,
        actions.meeting_start, N_("The meeting becomes a draft that can be written."),
        _in(PLANNED),
    ),
    Doing(
        "meeting-final", "meeting", N_("Make final"), "write", FinalForm,
        actions.meeting_final,
        N_("What was learned then stands on the dossier, and the record does not change any more."),
        _in(DRAFT),
    ),
    Doing(
        "meeting-learn", "meeting", N_("Note what was learned"), "write", LearnForm,
        actions.meeting_learn,
        N_("It stands on the dossier of the company once the record is final."),
        _may_learn,
    ),
    Doing(
        "meeting-file", "meeting", N_("Add a file or photo"), "write", FileForm,
        actions.meeting_attach, offered=_in(PLANNED, DRAFT),
    ),
    Doing(
        "meeting-return", "meeting", N_("Plan the return visit"), "write", ReturnForm,
        actions.meeting_return,
        N_("It is planned as the pair of this visit, with the same people."),
        _may_return,
    ),
    Doing(
        "meeting-cancel", "meeting", N_("Cancel the meeting"), "write", WhyForm,
        actions.meeting_cancel, offered=_in(PLANNED, DRAFT),
    ),
    Doing(
        "meeting-reopen", "meeting", N_("Open again"), "decide", WhyForm,
        actions.meeting_reopen,
        N_("What was learned is a draft again until the record is final."), _in(FINAL),
    ),
    Doing(
        "trip-join", "trip", N_("Add to the delegation"), "write", JoinForm,
        trips.trip_join, N_("The person is added to all meetings of the trip that are not final."),
        _in(PLANNED),
    ),
    Doing(
        "trip-leave", "trip", N_("Take off the delegation"), "write", LeaveForm,
        trips.trip_leave, offered=_in(PLANNED),
    ),
    Doing(
        "trip-done", "trip", N_("Mark as done"), "write", NothingForm, trips.trip_done,
        N_("Each day of the trip counts from then on for what trips bring."), _in(PLANNED),
    ),
    Doing(
        "trip-cancel", "trip", N_("Cancel the trip"), "write", WhyForm,
        trips.trip_cancel, N_("Its meetings that were not begun are cancelled with it."),
        _in(PLANNED),
    ),
)  # fmt: skip
