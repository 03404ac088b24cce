"""What can be done to companies, people and decisions."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.actions.companies import company_checked
from yanlian_web.desk.actions.facts import fact_undecide
from yanlian_web.desk.actions.masked import meeting_unmask, person_unmask
from yanlian_web.desk.actions.people import contact_renew
from yanlian_web.desk.doings.deals import WhyForm, day_input
from yanlian_web.desk.forms import DeskForm, Doing, doing
from yanlian_web.desk.masks import can_open, masked_fields


class CheckedForm(DeskForm):
    """Nothing has to be filled in."""


class RenewForm(DeskForm):
    """Until when, and what it rests on."""

    expires_on = day_input(
        _("Kept until"), required=True, help_text=_("At most three years ahead.")
    )
    source = forms.CharField(label=_("Where it was confirmed"), max_length=300)


doing(
    Doing(
        "company-checked", "company", N_("Checked today"), "write", CheckedForm,
        company_checked,
        N_("You have looked through the record, and what it says is right today."),
        lambda record, member: record.archived_on is None,
    ),
    Doing(
        "contact-renew", "contact", N_("Renew"), "write", RenewForm, contact_renew,
        N_("Ask the person, then keep it for longer."),
        lambda record, member: record.archived_on is None,
    ),
    Doing(
        "person-unmask", "person", N_("Show contact data"), "unmask", WhyForm,
        person_unmask,
        N_(
            "For eight hours you see how to reach this person. The reason stands in the "
            "audit, and so does each time the data were shown."
        ),
        lambda record, member: can_open(member, record),
    ),
    Doing(
        "meeting-unmask", "meeting", N_("Show what came out"), "unmask", WhyForm,
        meeting_unmask,
        N_(
            "For eight hours you see the summary of this meeting. The reason stands in "
            "the audit, and so does each time it was shown."
        ),
        lambda record, member: bool(masked_fields(record)) and can_open(member, record),
    ),
    Doing(
        "decision-undo", "decision", N_("Take back"), "write", WhyForm, fact_undecide,
        N_("The statements stand side by side again."),
        lambda record, member: record.archived_on is None,
    ),
)  # fmt: skip
