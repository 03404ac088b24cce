"""What can be done to a service."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.actions import services as actions
from yanlian_web.desk.doings.deals import day_input
from yanlian_web.desk.forms import DeskForm, Doing, doing
from yanlian_web.desk.models import Service
from yanlian_web.offices.models import Member


class DoneForm(DeskForm):
    """When it was done, and what came out."""

    done_on = day_input(_("Done on"), help_text=_("Empty for today."))
    outcome = forms.CharField(label=_("What came out"), required=False, max_length=300)
    manager = forms.ModelChoiceField(
        Member.objects.none(), label=_("Manager"), required=False
    )
    confirmed = forms.BooleanField(
        label=_("The company confirms that we helped"), required=False
    )

    def prepare(self) -> None:
        """Ask only what belongs to this kind of service."""
        item = self.record
        assert isinstance(item, Service)
        if item.sort_of == "assignment":
            self.fields["manager"].queryset = (  # type: ignore[attr-defined]
                Member.objects.filter(office_id=item.office_id)
                .exclude(role="reader")
                .select_related("user")
            )
        else:
            del self.fields["manager"]
        if item.sort_of != "feedback":
            del self.fields["confirmed"]


doing(
    Doing(
        "service-done", "service", N_("Finish"), "write", DoneForm, actions.service_done,
        N_("The clock of the service stops on this day."),
        lambda item, member: item.sort_of in actions.CLOCKS and not item.done_on,
    ),
)  # fmt: skip
