"""What the codes of actions in the log are called."""

from __future__ import annotations

from typing import Any

from django.db import models
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
    "merging.company.merged": N_("Companies merged"),
    "merging.company.parted": N_("Merge taken apart"),
    "merging.pair.apart": N_("Two companies said not to be the same"),
    "merging.pair.together": N_("Taken back that two companies are not the same"),
    "merging.pairs.searched": N_("Searched for companies on file twice"),
    "desk.masked.opened": N_("Masked data opened for a reason"),
    "desk.masked.read": N_("Masked data read"),
    "desk.list.exported": N_("List exported"),
    "offices.member.added": N_("Member added"),
    "offices.member.changed": N_("Member changed"),
    "offices.member.disabled": N_("Member disabled"),
    "offices.member.enabled": N_("Member enabled again"),
    "offices.looking.began": N_("Looked at the workbench as another member"),
    "offices.looking.ended": N_("Ended looking as another member"),
    "offices.audit.redacted": N_("Personal data taken out of the log"),
    "accounts.sign_in.done": N_("Signed in"),
    "accounts.sign_in.failed": N_("Signing in failed"),
    "accounts.sign_in.locked": N_("Signing in closed after failed attempts"),
    "accounts.sign_in.unlocked": N_("Signing in opened again"),
    "accounts.sign_in.stranger": N_("A stranger tried single sign-on"),
    "accounts.session.ended": N_("Session ended"),
    "accounts.factor.added": N_("Second factor set up"),
    "accounts.factor.removed": N_("Second factor removed"),
    "accounts.factor.renewed": N_("Recovery codes made anew"),
    "accounts.factor.reset": N_("Lost second factor taken away"),
    "accounts.password.changed": N_("Password changed"),
    "accounts.identity.connected": N_("Single sign-on connected"),
    "accounts.identity.removed": N_("Single sign-on disconnected"),
    "accounts.link.made": N_("Link for a password made"),
    "accounts.link.used": N_("Link for a password used"),
    "accounts.link.refused": N_("A link that does not work was tried"),
    "accounts.policy.set": N_("Said who must have a second factor"),
    "archive.exported": N_("Everything exported"),
    "archive.imported": N_("Everything imported"),
    "archive.person.exported": N_("Personal data of one person exported"),
    "archive.person.erased": N_("Personal data of one person erased"),
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

# Fields that no form shows, and so have no label of their own, as the log calls them.
FIELDS = {
    "made_by": N_("Entered by"),
    "training": N_("Training data"),
    "archived_on": N_("Archived on"),
    "archived_why": N_("Why archived"),
    "office": N_("Office"),
    "firm_id": N_("Number in the tables"),
    "in_tables": N_("In the tables"),
    "merged_into": N_("Merged into"),
    "apart_on": N_("Taken apart on"),
    "apart_by": N_("Taken apart by"),
    "stayed": N_("What stayed"),
    "region_id": N_("Region"),
    "recognitions_en": N_("Titles (English)"),
    "recognitions_zh": N_("Titles (Chinese)"),
    "lat": N_("Latitude"),
    "lon": N_("Longitude"),
    "revenue_cny": N_("Revenue, yuan"),
    "revenue_year": N_("Year of the revenue"),
    "employees": N_("Employees"),
    "status": N_("State"),
    "local": N_("Local company"),
    "set_here": N_("Set at the desk"),
    "meeting": N_("Meeting"),
    "draft": N_("Draft"),
    "company": N_("Company"),
    "field": N_("Field"),
    "year": N_("Year"),
    "taken": N_("Source that holds"),
    "text_en": N_("Text (English)"),
    "text_zh": N_("Text (Chinese)"),
    "value": N_("Number"),
    "seen": N_("Sources seen"),
    "gap_id": N_("Code of the gap"),
    "segment_id": N_("Segment"),
    "run_id": N_("Run"),
    "score": N_("Score"),
    "rank": N_("Rank"),
    "closed_on": N_("Closed on"),
    "closed_by": N_("Closed by"),
    "closed_why": N_("Why closed"),
    "stage_on": N_("At this stage since"),
    "status_on": N_("In this state since"),
    "status_why": N_("Why in this state"),
    "lost_to": N_("Lost to where"),
    "review_on": N_("Look again on"),
    "lesson": N_("Lesson"),
    "facts": N_("Noted for the gates"),
    "clauses": N_("Clauses"),
    "file": N_("File"),
    "ended_on": N_("Ended on"),
    "ended_why": N_("Why ended"),
    "agreement": N_("Agreement"),
    "level": N_("Level"),
    "cleared_on": N_("Cleared on"),
    "cleared_by": N_("Cleared by"),
    "cleared_number": N_("Number of the review"),
    "deal": N_("Deal"),
    "reached_on": N_("Reached on"),
    "claimed_by": N_("Claimed by"),
    "verified_on": N_("Verified on"),
    "verified_by": N_("Verified by"),
    "rejected_on": N_("Not accepted on"),
    "rejected_why": N_("Why not accepted"),
    "mark": N_("Number by which it is known"),
    "milestone": N_("Milestone"),
    "payment": N_("Payment"),
    "measure": N_("Count"),
    "promise": N_("Promise"),
    "escalated_on": N_("Taken higher on"),
    "escalated_to": N_("Taken higher to"),
    "solved_on": N_("Solved on"),
    "done_on": N_("Done on"),
    "outcome": N_("Outcome"),
    "confirmed": N_("Confirmed"),
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


def field_label(field: models.Field[Any, Any] | None, key: str) -> str:
    """Return what a field is called in the reader's language; its key when unknown."""
    if field is None:
        return key
    own = str(field.verbose_name)
    if own != field.name.replace("_", " "):
        return own
    return gettext(FIELDS[field.name]) if field.name in FIELDS else own


def _every(code: str) -> tuple[str, str] | None:
    area, _, rest = code.partition(".")
    kind, _, verb = rest.partition(".")
    return (kind, verb) if area == "desk" and kind in KINDS and verb in EVERY else None
