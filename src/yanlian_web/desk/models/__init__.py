"""The records of the desk."""

from yanlian_web.desk.models.agreements import (
    Agreement,
    CompetitionRule,
    Incentive,
    Party,
)
from yanlian_web.desk.models.base import Record
from yanlian_web.desk.models.companies import (
    Company,
    CompanyLink,
    Decision,
    Fact,
    Site,
)
from yanlian_web.desk.models.deals import Deal, Pipeline, StageMove
from yanlian_web.desk.models.definitions import DefinitionSet
from yanlian_web.desk.models.events import Event
from yanlian_web.desk.models.files import Attachment, File
from yanlian_web.desk.models.gaps import Gap, Trip
from yanlian_web.desk.models.landing import (
    Blocker,
    Evidence,
    Measure,
    Milestone,
    MilestonePlan,
    Payment,
)
from yanlian_web.desk.models.meetings import Attendance, Meeting, Question
from yanlian_web.desk.models.people import Contact, Organisation, Person, Post
from yanlian_web.desk.models.promises import Promise
from yanlian_web.desk.models.services import Service

KINDS: dict[str, type[Record]] = {
    model.kind: model
    for model in (
        Company, CompanyLink, Site, Fact, Decision, Person, Post, Contact, Organisation,
        Gap, Trip, Meeting, Attendance, Question, Promise, Pipeline, Deal, Agreement,
        Party, Incentive, CompetitionRule, Milestone, Payment, Measure, Evidence,
        Blocker, Service, DefinitionSet,
    )
}  # fmt: skip

__all__ = [
    "KINDS", "Agreement", "Attachment", "Attendance", "Blocker", "Company",
    "CompanyLink", "CompetitionRule", "Contact", "Deal", "Decision", "DefinitionSet", "Event",
    "Evidence", "Fact", "File", "Gap", "Incentive", "Measure", "Meeting", "Milestone",
    "MilestonePlan", "Organisation", "Party", "Payment", "Person", "Pipeline", "Post",
    "Promise", "Question", "Record", "Service", "Site", "StageMove", "Trip",
]  # fmt: skip
