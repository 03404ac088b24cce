"""What can be done about landing: on a project, a milestone, money, counts, blockers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from yanlian.progress import landing
from yanlian.text import N_
from yanlian_web.desk.actions import landing as actions
from yanlian_web.desk.actions.papers import Given
from yanlian_web.desk.doings.agreements import line_input
from yanlian_web.desk.doings.deals import day_input, paragraph
from yanlian_web.desk.forms import DeskForm, Doing, PickField, doing
from yanlian_web.desk.models import Blocker, Deal, Measure, Milestone, Payment
from yanlian_web.desk.models.base import finite, spoken
from yanlian_web.desk.models.landing import evidence_choices, milestone_choices
from yanlian_web.desk.models.promises import WHATS
from yanlian_web.desk.queries.landing import LANDED
from yanlian_web.offices.models import Member

NONE = ("", "–")
PAPER = ("kind", "number", "dated", "file", "note")


def _kind(codes: Any = None) -> forms.ChoiceField:
    """Return a field for a kind of paper."""
    choices = [c for c in evidence_choices() if codes is None or c[0] in codes]
    return forms.ChoiceField(
        label=_("Kind of paper"), required=False, choices=[NONE, *choices]
    )


def _number() -> forms.CharField:
    return line_input(
        _("Number of the paper"),
        100,
        help_text=_("By it the paper is recognised when it is used again."),
    )


def _given(given: dict[str, Any], tail: str = "") -> Given:
    """Take a paper out of what a form holds."""
    kind, number, dated, file, note = (given.pop(f"{name}{tail}") for name in PAPER)
    return Given(kind, number, dated, file, note)


class PlanForm(DeskForm):
    """A milestone and its planned day."""

    code = forms.ChoiceField(label=_("Milestone"), choices=milestone_choices)
    planned_on = day_input(_("Planned for"), required=True)
    why = paragraph(
        _("Why"), required=False, help_text=_("Needed when a planned day is moved.")
    )


class ClaimForm(DeskForm):
    """A milestone that was reached, and its papers."""

    code = forms.ChoiceField(label=_("Milestone"), choices=milestone_choices)
    on = day_input(_("Reached on"), required=True)
    kind_1 = _kind()
    number_1 = _number()
    dated_1 = day_input(_("Date of the paper"))
    file_1 = forms.FileField(label=_("File"), required=False)
    note_1 = line_input(_("Note"))
    kind_2 = _kind()
    number_2 = _number()
    dated_2 = day_input(_("Date of the paper"))
    file_2 = forms.FileField(label=_("File"), required=False)
    note_2 = line_input(_("Note"))
    groups = (
        ("", ("code", "on")),
        (N_("Paper"), tuple(f"{name}_1" for name in PAPER)),
        (
            N_("Second paper, where two are needed"),
            tuple(f"{name}_2" for name in PAPER),
        ),
    )

    def prepare(self) -> None:
        """Say which papers prove the milestone that is asked for."""
        code = str(self.initial.get("code") or self.data.get("code") or "")
        if code in landing.milestones():
            kinds = landing.evidence_kinds()
            ways = [
                " + ".join(str(spoken(kinds[kind].name)) for kind in way)
                for way in landing.milestones()[code].evidence
            ]
            self.fields["kind_1"].help_text = _("Accepted: %(ways)s") % {
                "ways": " / ".join(ways)
            }


def claim(**given: Any) -> Milestone:
    """Claim a milestone with the papers of the form."""
    papers = [_given(given, "_1"), _given(given, "_2")]
    return actions.milestone_claim(evidence=papers, **given)


class EmptyForm(DeskForm):
    """Nothing has to be filled in."""


class WhyForm(DeskForm):
    """A reason."""

    why = paragraph(_("Why"))


class PaymentForm(DeskForm):
    """Money with its paper."""

    on = day_input(_("Paid on"), required=True)
    value_cny = forms.FloatField(label=_("Amount, yuan"), validators=[finite])
    purpose = line_input(
        _("What for"), help_text=_("Land fee, works, equipment or paid-in capital.")
    )
    agreement = PickField(
        "agreement",
        label=_("Agreement"),
        required=False,
        help_text=_("Empty for the investment agreement of the deal."),
    )
    kind = _kind({k.code for k in landing.evidence_kinds().values() if k.money})
    number = _number()
    dated = day_input(_("Date of the paper"))
    file = forms.FileField(label=_("File"), required=False)
    note = line_input(_("Note"))
    groups = (
        ("", ("on", "value_cny", "purpose", "agreement")),
        (N_("Paper"), PAPER),
    )


def pay(**given: Any) -> Payment:
    """Enter a payment with the paper of the form."""
    return actions.payment_add(evidence=_given(given), **given)


class MeasureForm(DeskForm):
    """A count with its paper."""

    what = forms.ChoiceField(
        label=_("What"), choices=[w for w in WHATS if w[0] != "investment"]
    )
    on = day_input(_("As of"), required=True)
    value = forms.FloatField(
        label=_("Number"),
        validators=[finite, MinValueValidator(0)],
        help_text=_("People, or yuan a year."),
    )
    kind = _kind({kind for kinds in actions.COUNTED_BY.values() for kind in kinds})
    number = _number()
    dated = day_input(_("Date of the paper"))
    file = forms.FileField(label=_("File"), required=False)
    note = line_input(_("Note"))
    groups = (("", ("what", "on", "value")), (N_("Paper"), PAPER))


def count(**given: Any) -> Measure:
    """Enter a count with the paper of the form."""
    return actions.measure_add(evidence=_given(given), **given)


class EscalateForm(DeskForm):
    """To whom it is taken, and why."""

    to = forms.CharField(label=_("Taken to"), required=False, max_length=200)
    why = paragraph(_("Why"))


class SolveForm(DeskForm):
    """How it was solved."""

    how = paragraph(_("How it was solved"))
    on = day_input(_("Solved on"), help_text=_("Empty for today."))


def _landed(deal: Deal, member: Member) -> bool:
    return deal.stage in LANDED


def _claimed(row: Milestone, member: Member) -> bool:
    return bool(
        row.reached_on
        and not row.verified_on
        and member.pk not in {row.claimed_by_id, row.deal.owner_id}
    )


def _unverified(row: Payment | Measure, member: Member) -> bool:
    return not row.verified_on and member.pk not in {
        row.made_by_id,
        row.deal.owner_id,
    }


def _unsolved(row: Blocker, member: Member) -> bool:
    return row.solved_on is None


VERIFY = N_("You confirm that you have seen the papers and that they prove it.")
BACK = N_("It is taken off, and its papers become free again.")

doing(
    Doing(
        "milestone-plan", "deal", N_("Plan a milestone"), "write", PlanForm,
        actions.milestone_plan, N_("Every planned day is kept."), _landed,
    ),
    Doing(
        "milestone-claim", "deal", N_("Claim a milestone"), "write", ClaimForm, claim,
        N_("With papers of an accepted kind; somebody else verifies it."), _landed,
    ),
    Doing(
        "payment-add", "deal", N_("Enter a payment"), "write", PaymentForm, pay,
        N_("Each with its own paper; the same paper never counts twice."), _landed,
    ),
    Doing(
        "measure-add", "deal", N_("Enter a count"), "write", MeasureForm, count,
        N_("Without a paper it is what the firm says, and counts nowhere."), _landed,
    ),
    Doing(
        "milestone-verify", "milestone", N_("Verify the milestone"), "verify", EmptyForm,
        actions.milestone_verify, VERIFY, _claimed,
    ),
    Doing(
        "milestone-reject", "milestone", N_("Send the claim back"), "verify", WhyForm,
        actions.milestone_reject, BACK,
        lambda row, member: bool(row.reached_on),
    ),
    Doing(
        "payment-verify", "payment", N_("Verify the payment"), "verify", EmptyForm,
        actions.payment_verify, VERIFY, _unverified,
    ),
    Doing(
        "payment-reject", "payment", N_("Take the payment off"), "verify", WhyForm,
        actions.payment_reject, BACK,
    ),
    Doing(
        "measure-verify", "measure", N_("Verify the count"), "verify", EmptyForm,
        actions.measure_verify, VERIFY, _unverified,
    ),
    Doing(
        "measure-reject", "measure", N_("Take the count off"), "verify", WhyForm,
        actions.measure_reject, BACK,
    ),
    Doing(
        "blocker-escalate", "blocker", N_("Take it higher up"), "write", EscalateForm,
        actions.blocker_escalate, offered=_unsolved,
    ),
    Doing(
        "blocker-solve", "blocker", N_("Note that it is solved"), "write", SolveForm,
        actions.blocker_solve, offered=_unsolved,
    ),
)  # fmt: skip
