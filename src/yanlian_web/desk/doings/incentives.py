"""What can be done to an incentive."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.actions import incentives as actions
from yanlian_web.desk.doings.deals import day_input
from yanlian_web.desk.forms import DeskForm, Doing, doing
from yanlian_web.desk.models import Incentive
from yanlian_web.offices.models import Member


class ClearForm(DeskForm):
    """Number and day of the review."""

    number = forms.CharField(
        label=_("Number of the review"), required=False, max_length=100
    )
    on = day_input(_("Day of the review"), help_text=_("Empty for today."))


def _open(incentive: Incentive, member: Member) -> bool:
    return (
        incentive.level == "amber"
        and not incentive.cleared_on
        and member.pk not in {incentive.owner_id, incentive.deal.owner_id}
    )


doing(
    Doing(
        "incentive-clear", "incentive", N_("Note that a review cleared it"), "verify",
        ClearForm, actions.incentive_clear,
        N_("By somebody who does not handle the deal. What is red cannot be cleared."),
        _open,
    ),
)  # fmt: skip
