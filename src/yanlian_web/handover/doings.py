"""What can be done to a handover."""

from __future__ import annotations

from yanlian.text import N_
from yanlian_web.desk.doings.deals import WhyForm
from yanlian_web.desk.doings.meetings import NothingForm
from yanlian_web.desk.forms import Doing, doing
from yanlian_web.handover.actions.handovers import (
    handover_confirm,
    handover_undo,
    may_undo,
)

doing(
    Doing(
        "handover-confirm", "handover", N_("Confirm"), "write", NothingForm,
        handover_confirm,
        N_("You have seen the records and answer for them from now on."),
        lambda record, member: record.state == "given"
        and record.receiver_id == member.pk,
    ),
    Doing(
        "handover-undo", "handover", N_("Undo the handover"), "write", WhyForm,
        handover_undo,
        N_(
            "The owner goes back on every record that the successor still has. What was "
            "changed on them since stays."
        ),
        may_undo,
    ),
)  # fmt: skip
