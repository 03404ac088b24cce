"""What can be done to a deal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian.progress import stages
from yanlian.text import N_
from yanlian_web.desk.actions import deals as actions
from yanlian_web.desk.forms import DeskForm, Doing, doing
from yanlian_web.desk.gates import next_stage
from yanlian_web.desk.models import Deal, Pipeline
from yanlian_web.desk.models.base import spoken
from yanlian_web.desk.models.deals import stage_choices
from yanlian_web.offices.models import Member


def day_input(
    label: Any, *, required: bool = False, help_text: Any = ""
) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def paragraph(
    label: Any, *, required: bool = True, help_text: Any = ""
) -> forms.CharField:
    """Return a field for a paragraph."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=2000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MoveForm(DeskForm):
    """To which stage, and why."""

    to = forms.ChoiceField(label=_("To stage"))
    on = day_input(_("On"), help_text=_("Empty for today."))
    why = paragraph(
        _("Why"),
        required=False,
        help_text=_("Needed when it goes back, or by exception."),
    )

    def prepare(self) -> None:
        """Offer every stage but the one it is at, and the next one first."""
        deal = self.record
        assert isinstance(deal, Deal)
        choices = [(c, f"{c} {n}") for c, n in stage_choices() if c != deal.stage]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]
        self.fields["to"].initial = next_stage(deal)


class ExceptionForm(MoveForm):
    """To which stage, and why it may pass."""

    why = paragraph(_("Why it may pass with something missing"))


def move_by_exception(**given: Any) -> Deal:
    """Move a deal although something is missing; only the head may."""
    return actions.deal_move(exception=True, **given)


class NoteForm(DeskForm):
    """What was found out for a gate."""

    key = forms.ChoiceField(label=_("What the gate asks for"))
    text = paragraph(
        _("What is known"), required=False, help_text=_("Empty takes it out.")
    )
    source = forms.CharField(label=_("Source"), required=False, max_length=300)

    def prepare(self) -> None:
        """Offer what is noted on the deal itself, with what was noted before."""
        deal = self.record
        assert isinstance(deal, Deal)
        known = deal.facts.get(self.initial.get("key", ""), {})
        self.fields["text"].initial = known.get("text", "")
        self.fields["source"].initial = known.get("source", "")
        self.fields["key"].choices = [  # type: ignore[attr-defined]
            (item.key, spoken(item.label))
            for item in stages.requirements()
            if item.kind == "field"
        ]


class CloseForm(DeskForm):
    """On hold, lost, abandoned or left."""

    status = forms.ChoiceField(label=_("State"))
    why = paragraph(_("Why"))
    lost_to = forms.CharField(
        label=_("Lost to where"),
        required=False,
        max_length=200,
        help_text=_("Place and project; needed when it was lost."),
    )
    review_on = day_input(
        _("Look again on"), help_text=_("Needed when it is put on hold.")
    )
    lesson = paragraph(_("Lesson"), required=False)

    def prepare(self) -> None:
        """Offer every state but that of being worked on."""
        self.fields["status"].choices = [  # type: ignore[attr-defined]
            (item.code, spoken(item.name))
            for item in stages.exits().values()
            if item.code != "active"
        ]


class ForecastForm(DeskForm):
    """How likely the deal lands."""

    percent = forms.FloatField(
        label=_("Likelihood of landing, percent"),
        min_value=0,
        max_value=100,
        help_text=_("What you think today; it is compared with what happens."),
    )
    why = paragraph(_("Why"), required=False)

    def prepare(self) -> None:
        """Begin with what was stated last."""
        deal = self.record
        assert isinstance(deal, Deal)
        if deal.likelihood is not None:
            self.fields["percent"].initial = round(100 * deal.likelihood, 1)


class NormsForm(DeskForm):
    """Days at each stage; empty keeps the norm of the program."""

    def prepare(self) -> None:
        """Ask for one number for each stage."""
        line = self.record
        assert isinstance(line, Pipeline)
        for item in stages.stages():
            self.fields[item.code] = forms.IntegerField(
                label=f"{item.code} {spoken(item.name)}",
                required=False,
                min_value=1,
                max_value=actions.MOST_DAYS,
                initial=line.norms.get(item.code),
                help_text=_("Norm of the program: %(days)s days")
                % {"days": item.norm_days},
            )


class WhyForm(DeskForm):
    """A reason."""

    why = paragraph(_("Why"))


def _open(deal: Deal, member: Member) -> bool:
    return deal.status in {"active", "on_hold"}


doing(
    Doing(
        "deal-move", "deal", N_("Move"), "write", MoveForm, actions.deal_move,
        N_("Going on needs all that the gate asks for; going back needs a reason."),
        _open,
    ),
    Doing(
        "deal-note", "deal", N_("Note for a gate"), "write", NoteForm, actions.deal_note,
        offered=_open,
    ),
    Doing(
        "deal-forecast", "deal", N_("State the likelihood"), "write", ForecastForm,
        actions.deal_forecast, N_("Every statement is kept and scored later."), _open,
    ),
    Doing(
        "deal-exception", "deal", N_("Pass by exception"), "decide", ExceptionForm,
        move_by_exception, N_("It is logged with what was missing and why."), _open,
    ),
    Doing(
        "deal-close", "deal", N_("On hold, lost or ended"), "write", CloseForm,
        actions.deal_close, offered=_open,
    ),
    Doing(
        "deal-reopen", "deal", N_("Take up again"), "write", WhyForm,
        actions.deal_reopen, offered=lambda deal, member: deal.status != "active",
    ),
    Doing(
        "pipeline-norms", "pipeline", N_("Days by stage"), "decide", NormsForm,
        actions.pipeline_norms, N_("A card turns amber above the norm and red beyond one and a half times."),
    ),
)  # fmt: skip
