"""What can be done to issues, needs and matches."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.cultivate.actions import issues, suppliers
from yanlian_web.cultivate.models import Capability, Match, Need
from yanlian_web.cultivate.models.suppliers import ORDERED, OUTCOMES, STATES
from yanlian_web.desk.doings.deals import day_input, paragraph
from yanlian_web.desk.forms import DeskForm, Doing, doing
from yanlian_web.desk.models.base import MOST_CNY
from yanlian_web.ui.templatetags.yl import called, name


class SolveForm(DeskForm):
    """When and how it was solved."""

    solved_on = day_input(_("Solved on"), help_text=_("Empty for today."))
    how = paragraph(_("How it was solved"))


class ConfirmForm(DeskForm):
    """What the firm itself says."""

    answer = forms.ChoiceField(
        label=_("What the company says"),
        choices=(("yes", _("It is solved.")), ("no", _("It is not solved."))),
        widget=forms.RadioSelect,
    )
    who = forms.CharField(
        label=_("Who of the company said so"), required=False, max_length=200
    )
    on = day_input(_("On"), help_text=_("Empty for today."))
    why = paragraph(
        _("What is still missing"),
        required=False,
        help_text=_("Needed when it is not solved."),
    )


class _Capabilities(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Rows of the book, named by firm and product."""

    def label_from_instance(self, obj: Any) -> str:
        """Return firm and product."""
        return f"{name(obj.company)} \u00b7 {called(obj)}"


class IntroduceForm(DeskForm):
    """Who is introduced, when and how."""

    capability = _Capabilities(Capability.objects.none(), label=_("From the book"))
    on = day_input(_("Introduced on"), help_text=_("Empty for today."))
    how = forms.CharField(
        label=_("How"),
        required=False,
        max_length=500,
        help_text=_("A visit, a call, the match sheet sent."),
    )

    def prepare(self) -> None:
        """Offer the book without what was introduced already."""
        need = self.record
        assert isinstance(need, Need)
        done = Match.objects.filter(need=need).live().values("capability")
        self.fields["capability"].queryset = (  # type: ignore[attr-defined]
            Capability.objects.seen_by(self.member)
            .live()
            .exclude(pk__in=done)
            .exclude(company=need.company_id)
            .select_related("company")
        )


class OutcomeForm(DeskForm):
    """What came of it, with value and evidence."""

    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=[(key, label) for key, label in STATES if key in OUTCOMES],
    )
    on = day_input(_("On"), help_text=_("Empty for today."))
    value_cny = forms.FloatField(
        label=_("Value of a year, yuan"),
        required=False,
        min_value=0,
        max_value=MOST_CNY,
        help_text=_("Needed for a quotation and an order."),
    )
    paper = forms.CharField(
        label=_("Order or contract"),
        required=False,
        max_length=200,
        help_text=_("Its number; needed for an order, unless it is attached."),
    )
    file = forms.FileField(label=_("File"), required=False)
    why = paragraph(
        _("Why"), required=False, help_text=_("Needed when it came to nothing.")
    )


class WhyForm(DeskForm):
    """Why it is closed."""

    why = paragraph(_("Why"))


class NoForm(DeskForm):
    """Nothing has to be filled in."""


doing(
    Doing(
        "issue-solve", "issue", N_("Note as solved"), "write", SolveForm,
        issues.issue_solve,
        N_("Its clock stops on this day. The company has still to confirm it."),
        lambda item, member: not item.solved_on and not item.archived_on,
    ),
    Doing(
        "issue-confirm", "issue", N_("Company's word"), "write", ConfirmForm,
        issues.issue_confirm,
        N_("Ask the company itself. When it says no, the issue is open again and its clock runs on."),
        lambda item, member: bool(item.solved_on) and not item.confirmed_on,
    ),
    Doing(
        "need-introduce", "need", N_("Introduce"), "write", IntroduceForm,
        suppliers.match_introduce,
        N_("Note it on the day it happened. The points of the match sheet are kept with it."),
        lambda item, member: not item.closed_on and not item.archived_on,
    ),
    Doing(
        "need-close", "need", N_("Close the need"), "write", WhyForm,
        suppliers.need_close,
        N_("It is served, or nobody asks any more."),
        lambda item, member: not item.closed_on and not item.archived_on,
    ),
    Doing(
        "need-reopen", "need", N_("Open again"), "write", NoForm, suppliers.need_reopen,
        "", lambda item, member: bool(item.closed_on),
    ),
    Doing(
        "match-outcome", "match", N_("What came of it"), "write", OutcomeForm,
        suppliers.match_outcome,
        N_("An order needs its value and a paper; a failure needs its reason."),
        lambda item, member: item.state != ORDERED and not item.archived_on,
    ),
)  # fmt: skip
