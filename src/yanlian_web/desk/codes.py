"""What the codes of actions in the log are called."""

from __future__ import annotations

from django.utils.translation import gettext

from yanlian.text import N_
from yanlian_web.desk.models import KINDS

# Actions that every kind of record knows; the kind is named in front.
EVERY = {
    "added": N_("%(kind)s entered"),
    "changed": N_("%(kind)s changed"),
    "archived": N_("%(kind)s archived"),
    "restored": N_("%(kind)s brought back"),
    "rejected": N_("%(kind)s not accepted"),
}
CODES = {
    "offices.office.opened": N_("Office opened"),
    "offices.members.made": N_("Members entered"),
    "studies.run.made": N_("Study run"),
    "desk.companies.loaded": N_("Companies taken from the tables"),
    "desk.companies.valued": N_("Companies valued by the newest run"),
    "desk.sourced.loaded": N_("Sourced meetings and events taken over"),
    "desk.training.loaded": N_("Training data loaded"),
    "desk.training.removed": N_("Training data removed"),
    "desk.company.checked": N_("Company checked"),
    "desk.contact.renewed": N_("Contact data renewed"),
    "desk.decision.made": N_("Decided which source holds"),
    "desk.decision.undone": N_("Decision on sources undone"),
    "desk.gap.opened": N_("Gap taken up"),
    "desk.gap.planned": N_("Owner and plan of a gap set"),
    "desk.gap.closed": N_("Gap closed"),
    "desk.gap.reopened": N_("Gap opened again"),
    "desk.trip.accepted": N_("Trip decided"),
    "desk.trip.joined": N_("Participant of a trip added"),
    "desk.trip.left": N_("Participant of a trip taken out"),
    "desk.trip.done": N_("Trip done"),
    "desk.trip.cancelled": N_("Trip cancelled"),
    "desk.meeting.started": N_("Record of a meeting begun"),
    "desk.meeting.learned": N_("What was learned written down"),
    "desk.meeting.attached": N_("File attached to a meeting"),
    "desk.meeting.final": N_("Record of a meeting made final"),
    "desk.meeting.reopened": N_("Record of a meeting opened again"),
    "desk.meeting.returned": N_("Return visit planned"),
    "desk.meeting.cancelled": N_("Meeting cancelled"),
    "desk.promise.made": N_("Promise recorded"),
    "desk.promise.kept": N_("Promise kept"),
    "desk.promise.moved": N_("New day agreed for a promise"),
    "desk.promise.broken": N_("Promise broken"),
    "desk.promise.withdrawn": N_("Promise withdrawn"),
    "desk.promise.verified": N_("Promise verified"),
    "desk.promise.reopened": N_("Promise opened again"),
    "desk.deal.moved": N_("Deal moved to another stage"),
    "desk.deal.noted": N_("Noted for a gate"),
    "desk.deal.closed": N_("Deal put on hold or ended"),
    "desk.deal.reopened": N_("Deal taken up again"),
    "desk.deal.forecast": N_("Likelihood of a deal stated"),
    "desk.pipeline.norms": N_("Days by stage set"),
    "desk.agreement.attached": N_("Text of an agreement put on file"),
    "desk.agreement.clauses": N_("Clauses of an agreement noted"),
    "desk.agreement.next": N_("Next step of an agreement set"),
    "desk.agreement.signed": N_("Agreement signed"),
    "desk.agreement.corrected": N_("Signed agreement corrected"),
    "desk.agreement.extended": N_("Agreement extended"),
    "desk.agreement.ended": N_("Agreement ended"),
    "desk.incentive.cleared": N_("Incentive cleared by the review"),
    "desk.milestone.planned": N_("Milestone planned"),
    "desk.milestone.claimed": N_("Milestone claimed"),
    "desk.milestone.verified": N_("Milestone verified"),
    "desk.payment.verified": N_("Payment verified"),
    "desk.measure.verified": N_("Count verified"),
    "desk.blocker.escalated": N_("Blocker taken higher"),
    "desk.blocker.solved": N_("Blocker solved"),
    "desk.service.done": N_("Service done"),
    "desk.definitions.stored": N_("Set of definitions stored"),
}


def known(code: str) -> bool:
    """Tell whether an action has a sentence."""
    return code in CODES or _every(code) is not None


def sentence(code: str) -> str:
    """Return in the reader's language what was done; the code itself when unknown."""
    if code in CODES:
        return gettext(CODES[code])
    found = _every(code)
    if found is None:
        return code
    kind, verb = found
    return gettext(EVERY[verb]) % {"kind": gettext(KINDS[kind].label)}


def _every(code: str) -> tuple[str, str] | None:
    area, _, rest = code.partition(".")
    kind, _, verb = rest.partition(".")
    return (kind, verb) if area == "desk" and kind in KINDS and verb in EVERY else None
