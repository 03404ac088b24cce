"""What can be done to a promise."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.acting import today
from yanlian_web.desk.actions import promises as actions
from yanlian_web.desk.actions.papers import Given
from yanlian_web.desk.doings.deals import WhyForm, day_input, paragraph
from yanlian_web.desk.doings.meetings import NothingForm
from yanlian_web.desk.forms import DeskForm, Doing, doing
from yanlian_web.desk.models import Promise
from yanlian_web.desk.models.base import OURS
from yanlian_web.desk.models.landing import evidence_choices
from yanlian_web.offices.models import Member


class KeepForm(DeskForm):
    """When it was kept, and which paper shows it."""

    groups = (
        ("", ("kept_on",)),
        (N_("Paper that shows it"), ("kind", "number", "dated", "file", "note")),
    )
    kept_on = day_input(_("Kept on"), help_text=_("Empty for today."))
    kind = forms.ChoiceField(label=_("Kind of paper"))
    number = forms.CharField(
        label=_("Number of the paper"), required=False, max_length=100
    )
    dated = day_input(_("Date of the paper"), help_text=_("Empty for the day kept."))
    file = forms.FileField(label=_("File"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def prepare(self) -> None:
        """Offer the kinds of paper; what keeps a promise most often comes first."""
        first = ("handover", "minutes", "letter", "site_photo")
        kinds = dict(evidence_choices())
        ordered = [*first, *(code for code in kinds if code not in first)]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (code, kinds[code]) for code in ordered if code in kinds
        ]


def keep(
    *,
    by: Member,
    pk: int,
    version: int | None,
    kept_on: datetime.date | None,
    kind: str,
    number: str,
    dated: datetime.date | None,
    file: Any,
    note: str,
) -> Promise:
    """Write down that a promise was kept, with what the form holds."""
    paper = Given(kind, number, dated or kept_on or today(), file, note)
    return actions.promise_keep(
        by=by, pk=pk, version=version, kept_on=kept_on, paper=paper
    )


class MoveForm(DeskForm):
    """Until when, and why."""

    due_on = day_input(_("New due day"), required=True)
    why = paragraph(_("Why"))


class BreakForm(DeskForm):
    """Since when, and why."""

    on = day_input(_("On"), help_text=_("Empty for today."))
    why = paragraph(_("Why"))


class WithdrawForm(DeskForm):
    """Who gave it up, and why."""

    on = day_input(_("On"), help_text=_("Empty for today."))
    asked = forms.BooleanField(
        label=_("The company asked for it"),
        required=False,
        help_text=_("Only whom it was made to can give a promise up."),
    )
    why = paragraph(_("Why, and who said so"))

    def prepare(self) -> None:
        """Ask who asked for promises of ours alone."""
        assert isinstance(self.record, Promise)
        if self.record.side != OURS:
            del self.fields["asked"]


def _open(promise: Promise, member: Member) -> bool:
    return actions.is_open(promise)


def _may_keep(promise: Promise, member: Member) -> bool:
    return not (promise.kept_on or promise.withdrawn_on)


def _kept(promise: Promise, member: Member) -> bool:
    return bool(promise.kept_on and not promise.verified_on)


def _may_verify(promise: Promise, member: Member) -> bool:
    return _kept(promise, member) and not actions.involved(promise, member)


doing(
    Doing(
        "promise-keep", "promise", N_("Kept"), "write", KeepForm, keep,
        N_("The day and a paper that shows it; somebody else verifies it afterwards."),
        _may_keep,
    ),
    Doing(
        "promise-verify", "promise", N_("Verify"), "verify", NothingForm,
        actions.promise_verify,
        N_("You confirm that you have seen the paper and that the promise was kept."),
        _may_verify,
    ),
    Doing(
        "promise-unkeep", "promise", N_("Not kept after all"), "write", WhyForm,
        actions.promise_unkeep, N_("Takes back the keeping and sets its paper free."),
        _kept,
    ),
    Doing(
        "promise-move", "promise", N_("Agree on a new day"), "write", MoveForm,
        actions.promise_move, N_("The first day stays on the record."), _open,
    ),
    Doing(
        "promise-broken", "promise", N_("Broken"), "write", BreakForm,
        actions.promise_break, N_("It will not be kept. It counts as due and not kept."),
        _open,
    ),
    Doing(
        "promise-withdraw", "promise", N_("Withdrawn"), "write", WithdrawForm,
        actions.promise_withdraw,
        N_("Whom it was made to gave it up. It does not count any more."), _open,
    ),
)  # fmt: skip
