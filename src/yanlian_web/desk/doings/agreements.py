"""What can be done to an agreement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from yanlian.progress.clauses import needed_clauses
from yanlian.tables import split_list
from yanlian.text import N_
from yanlian_web.desk.actions import agreements as actions
from yanlian_web.desk.doings.deals import day_input, paragraph
from yanlian_web.desk.forms import DeskForm, Doing, doing
from yanlian_web.desk.models import Agreement
from yanlian_web.desk.models.base import MOST_CNY, finite, spoken
from yanlian_web.offices.models import Member


def line_input(label: Any, size: int = 300, *, help_text: Any = "") -> forms.CharField:
    """Return a field for a line that may stay empty."""
    return forms.CharField(
        label=label, required=False, max_length=size, help_text=help_text
    )


class SignForm(DeskForm):
    """Day and text, and what a text that does not bind needs."""

    signed_on = day_input(_("Signed on"))
    file = forms.FileField(
        label=_("Signed text"),
        required=False,
        help_text=_("PDF, Word or a scan; it is kept with its fingerprint."),
    )
    prevails = forms.ChoiceField(
        label=_("Language that prevails"),
        required=False,
        choices=[
            ("", "–"),
            ("zh", _("Chinese")),
            ("en", _("English")),
            ("both", _("both")),
        ],
    )
    expires_on = day_input(_("Expires on"))
    next_en = line_input(_("Next step (English)"))
    next_zh = line_input(_("Next step (Chinese)"))
    next_on = day_input(_("Next step by"))

    def prepare(self) -> None:
        """Start with what the draft says."""
        for name in ("expires_on", "next_en", "next_zh", "next_on", "prevails"):
            self.fields[name].initial = getattr(self.record, name)


class ExtendForm(DeskForm):
    """New expiry, and why."""

    expires_on = day_input(_("Expires on"), required=True)
    why = paragraph(_("Why"))


class NextForm(DeskForm):
    """What the next step is."""

    next_on = day_input(_("Next step by"))
    next_en = line_input(_("Next step (English)"))
    next_zh = line_input(_("Next step (Chinese)"))

    def prepare(self) -> None:
        """Start with the step as it stands."""
        for name in self.fields:
            self.fields[name].initial = getattr(self.record, name)


class EndForm(DeskForm):
    """When and why it ended."""

    ended_on = day_input(_("Ended on"), help_text=_("Empty for today."))
    why = paragraph(_("Why"))


class CorrectForm(DeskForm):
    """The amount as the text has it."""

    amount = forms.FloatField(
        label=_("Amount"),
        required=False,
        validators=[finite, MinValueValidator(0), MaxValueValidator(MOST_CNY)],
    )
    rate = forms.FloatField(
        label=_("Yuan for one unit"),
        required=False,
        validators=[finite, MinValueValidator(0)],
    )
    why = paragraph(_("Why"))

    def prepare(self) -> None:
        """Start with what is stored."""
        for name in ("amount", "rate"):
            self.fields[name].initial = getattr(self.record, name)


class ClausesForm(DeskForm):
    """Which clauses the text has."""

    clauses = forms.MultipleChoiceField(
        label=_("Clauses that the text has"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        """Offer the clauses that an agreement of this kind should have."""
        agreement = self.record
        assert isinstance(agreement, Agreement)
        self.fields["clauses"].choices = [  # type: ignore[attr-defined]
            (item.code, spoken(item.name)) for item in needed_clauses(agreement.sort_of)
        ]
        self.fields["clauses"].initial = split_list(agreement.clauses)


class AttachForm(DeskForm):
    """A file beside the signed text."""

    file = forms.FileField(label=_("File"), required=False)
    note = line_input(_("Note"))


def _draft(agreement: Agreement, member: Member) -> bool:
    return agreement.state == "draft"


def _signed(agreement: Agreement, member: Member) -> bool:
    return agreement.state == "signed"


doing(
    Doing(
        "agreement-sign", "agreement", N_("Note the signature"), "write", SignForm,
        actions.agreement_sign,
        N_("Needs the signed text and a party of each side. An investment agreement also needs its amount and an obligation of each side; one that does not bind needs its expiry and the next step."),
        _draft,
    ),
    Doing(
        "agreement-next", "agreement", N_("Set the next step"), "write", NextForm,
        actions.agreement_next,
        offered=lambda agreement, member: agreement.state != "ended",
    ),
    Doing(
        "agreement-extend", "agreement", N_("Extend its term"), "write", ExtendForm,
        actions.agreement_extend, N_("The day before and the reason are kept."), _signed,
    ),
    Doing(
        "agreement-clauses", "agreement", N_("Note its clauses"), "write", ClausesForm,
        actions.agreement_clauses,
        N_("What is absent is warned of and does not stop anything."),
    ),
    Doing(
        "agreement-attach", "agreement", N_("Attach a file"), "write", AttachForm,
        actions.agreement_attach,
    ),
    Doing(
        "agreement-end", "agreement", N_("End it"), "write", EndForm,
        actions.agreement_end,
        N_("What was counted of it in past figures stays counted."), _signed,
    ),
    Doing(
        "agreement-correct", "agreement", N_("Correct the amount"), "decide", CorrectForm,
        actions.agreement_correct,
        N_("For a typing error only. A change that both sides agreed is a supplementary agreement."),
        lambda agreement, member: agreement.state != "draft",
    ),
)  # fmt: skip
