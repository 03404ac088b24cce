"""Forms of tokens and webhooks."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yanlian_web.api.actions import LONGEST
from yanlian_web.api.models import READ, SCOPES
from yanlian_web.desk.acting import today
from yanlian_web.offices.models import Member
from yanlian_web.offices.rights import may

MONTH = 30


class TokenForm(forms.Form):
    """What a token is called, what it may do, and until when."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What uses it, such as the table of the week."),
    )
    scope = forms.ChoiceField(label=_("What it may do"), choices=SCOPES, initial=READ)
    expires_on = forms.DateField(
        label=_("Expires on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("A year at most. A token that is short-lived does less harm."),
    )

    def __init__(self, *args: Any, member: Member, **more: Any) -> None:
        super().__init__(*args, **more)
        if not may(member, "write"):
            self.fields["scope"].choices = SCOPES[:1]  # type: ignore[attr-defined]
        day = today()
        self.fields["expires_on"].initial = day + datetime.timedelta(days=MONTH * 3)
        last = (day + datetime.timedelta(days=LONGEST)).isoformat()
        self.fields["expires_on"].widget.attrs |= {"max": last}


class WebhookForm(forms.Form):
    """Where what happens is told, and of what."""

    name = forms.CharField(label=_("Name"), max_length=100)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Begins with https. What happens is sent there, not what it says."),
    )
    kinds = forms.CharField(
        label=_("Of which actions"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Beginnings of actions, one a line, such as desk.deal. or "
            "desk.promise.kept; empty for all."
        ),
    )

    def clean_kinds(self) -> list[str]:
        """Return the beginnings as a list."""
        return list(
            dict.fromkeys(str(self.cleaned_data["kinds"]).replace(",", " ").split())
        )
