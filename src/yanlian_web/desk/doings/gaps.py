"""What can be done to a gap that was taken up."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.actions import gaps as actions
from yanlian_web.desk.doings.deals import WhyForm, day_input, paragraph
from yanlian_web.desk.forms import DeskForm, Doing, doing
from yanlian_web.desk.models import Deal, Gap
from yanlian_web.offices.models import Member


def owner_field() -> forms.ModelChoiceField[Member]:
    """Return a field for the member who answers; its choices are set by the form."""
    return forms.ModelChoiceField(
        Member.objects.none(),
        label=_("Owner"),
        required=False,
        help_text=_("Who answers for it."),
    )


class PlanForm(DeskForm):
    """Who answers for a gap, and what is planned."""

    owner = owner_field()
    plan_until = day_input(_("To be closed by"))
    plan_en = paragraph(_("Plan (English)"), required=False)
    plan_zh = paragraph(_("Plan (Chinese)"), required=False)

    def prepare(self) -> None:
        """Offer the members of the office, and what is planned already."""
        self.fields["owner"].queryset = Member.objects.filter(  # type: ignore[attr-defined]
            office_id=self.member.office_id
        ).select_related("user")
        self.fields["owner"].initial = self.member.pk
        if isinstance(self.record, Gap):
            self.fields["owner"].initial = self.record.owner_id
            for name in ("plan_until", "plan_en", "plan_zh"):
                self.fields[name].initial = getattr(self.record, name)


class CloseForm(DeskForm):
    """By which firm in production."""

    deal = forms.ModelChoiceField(
        Deal.objects.none(),
        label=_("By which deal"),
        help_text=_("Deals of this gap whose start of production was verified."),
    )
    on = day_input(_("On"), help_text=_("Empty for today."))

    def prepare(self) -> None:
        """Offer the deals that may close it."""
        assert isinstance(self.record, Gap)
        field = self.fields["deal"]
        chosen = [start.deal_id for start in actions.filled_by(self.record)]
        field.queryset = (  # type: ignore[attr-defined]
            Deal.objects.seen_by(self.member).filter(pk__in=chosen)
        )
        field.initial = chosen[0] if chosen else None


class ReasonForm(DeskForm):
    """Why it is closed although no firm fills it."""

    why = paragraph(_("Why"))
    on = day_input(_("On"), help_text=_("Empty for today."))


class NothingForm(DeskForm):
    """Nothing is asked."""


def _open(gap: Gap, member: Member) -> bool:
    return gap.closed_on is None


def _filled(gap: Gap, member: Member) -> bool:
    return gap.closed_on is None and bool(actions.filled_by(gap))


doing(
    Doing(
        "gap-settle", "gap", N_("Close: a firm is in production"), "write", NothingForm,
        actions.gap_settle, N_("The gap is closed by the firm that started first."),
        _filled,
    ),
    Doing(
        "gap-plan", "gap", N_("Owner and plan"), "write", PlanForm, actions.gap_plan,
        offered=_open,
    ),
    Doing(
        "gap-close", "gap", N_("Close by a deal"), "write", CloseForm, actions.gap_close,
        N_("A gap closes when a firm that fills it is in production."), _filled,
    ),
    Doing(
        "gap-close-reason", "gap", N_("Close by reason"), "decide", ReasonForm,
        actions.gap_close,
        N_("No firm fills it, yet it shall be worked on no more. The log says so."),
        _open,
    ),
    Doing(
        "gap-reopen", "gap", N_("Open again"), "write", WhyForm, actions.gap_reopen,
        offered=lambda gap, member: gap.closed_on is not None,
    ),
)  # fmt: skip
