"""From a gap that a run found to the closed gap, as officer and head, through the pages."""

import datetime
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from yanlian_web.desk.models import (
    Agreement,
    Deal,
    Event,
    Gap,
    Meeting,
    Milestone,
    Payment,
    Promise,
    Trip,
)
from yanlian_web.offices.models import LogLine

TODAY = datetime.date.today
NOTES = {
    "fit": "Makes what the gap asks for.",
    "need": "Its hall is full.",
    "timing": "Decides in spring.",
    "budget": "CNY 200–300 m.",
    "screen": "No entry under its code.",
    "requirements": "45 mu, 8,000 kVA.",
    "places": "Looks nowhere else.",
    "environment": "Possible, no plating.",
    "site": "Plot 12, land receipt on file.",
}


class Person:
    """Somebody at a browser."""

    def __init__(self, user):
        self.client = Client()
        self.client.force_login(user)
        self.pk = user.member.pk

    def send(self, name, arguments, /, expect=302, **data):
        answer = self.client.post(reverse(name, args=arguments), data)
        text = re.findall(r'class="errors"[^>]*>(.*?)<', answer.content.decode())
        assert answer.status_code == expect, (name, arguments, text)
        return text

    def add(self, model, expect=302, **data):
        self.send("new", [model.kind], expect, **{"visibility": "office", **data})
        return model.objects.latest("pk")

    def do(self, key, record, /, expect=302, **data):
        record.refresh_from_db()
        text = self.send("do", [key, record.pk], expect, version=record.version, **data)
        record.refresh_from_db()
        return text

    def see(self, name, *arguments, **query):
        answer = self.client.get(reverse(name, args=arguments), query)
        assert answer.status_code == 200, (name, answer.status_code)
        return answer.content.decode()


def paper(number):
    return SimpleUploadedFile(f"{number}.pdf", f"%PDF-1.7 {number}".encode())


@pytest.fixture
def bo(people):
    return Person(people["bo"])


@pytest.fixture
def alice(people):
    return Person(people["alice"])


@pytest.mark.usefixtures("sample_job")
def test_from_a_gap_to_a_closed_gap(bo, alice, gaps_id, trip_id, office):
    today = TODAY().isoformat()
    soon = (TODAY() + datetime.timedelta(60)).isoformat()
    # A gap of the run is taken up; the trip of the planner is accepted by the head.
    row = re.search(r"gap=([\w-]+)", bo.see("gaps")).group(1)
    bo.send("gaps-take", [], run=gaps_id, gap=row, owner=bo.pk, plan_en="Find a maker.")
    gap = Gap.objects.get()
    bo.send("journeys-accept", [], expect=403, run=trip_id)
    alice.send("journeys-accept", [], run=trip_id)
    trip = Trip.objects.get()
    planned = Meeting.objects.filter(trip=trip, state="planned").count()
    assert planned >= 3
    # A firm is met; what it says goes into its dossier when the record is final.
    firm = office.companies.get(firm_id="X001")
    person = bo.add(_kind("person"), name_en="Lin Hai", side="theirs", source="Visit", source_on=today)  # fmt: skip
    ours = bo.add(_kind("person"), name_en="Xu Lan", side="ours", source="Office", source_on=today)  # fmt: skip
    visit = bo.add(
        Meeting, way="outbound", title_en="Visit to Wonders", company=f"#{firm.pk}",
        gap=gap.pk, on=today, start_min="09:00", end_min="10:30", visibility="office",
        secrecy="internal", owner=bo.pk,
    )  # fmt: skip
    bo.do("meeting-start", visit)
    assert bo.do("meeting-final", visit, expect=422, summary_en="They want to grow.")
    for who, side, role in ((person, "theirs", "host"), (ours, "ours", "leader")):
        bo.add(_kind("attendance"), meeting=f"#{visit.pk}", person=f"#{who.pk}", side=side, role=role)  # fmt: skip
    bo.do("meeting-learn", visit, field="strategy", text_en="Will build a second site.")
    assert "second site" not in bo.see("companies-one", "X001")
    promise = bo.add(
        Promise, side="ours", text_en="Name a plot of 45 mu", made_on=today, due_on=soon,
        owner=bo.pk, meeting=f"#{visit.pk}", company=f"#{firm.pk}", visibility="office",
    )  # fmt: skip
    bo.do("meeting-final", visit, summary_en="They want to grow.")
    assert "second site" in bo.see("companies-one", "X001")
    bo.do(
        "promise-keep",
        promise,
        kept_on=today,
        kind="minutes",
        number="M-1",
        dated=today,
    )
    assert bo.do("promise-verify", promise, expect=422)
    alice.do("promise-verify", promise)
    # The deal passes its gates; each stage lacks something until it is there.
    bo.see("new", "deal")
    line = _kind("pipeline").objects.first()
    deal = bo.add(
        Deal, company=f"#{firm.pk}", gap=gap.pk, pipeline=line.pk, owner=bo.pk,
        in_chain="on", visibility="office",
    )  # fmt: skip
    bo.do("deal-move", deal, to="S1")
    assert "Fit" in " ".join(bo.do("deal-move", deal, expect=422, to="S2"))
    for key, text in NOTES.items():
        bo.do("deal-note", deal, key=key, text=text)
    bo.do("deal-forecast", deal, percent=60)
    bo.add(
        _kind("incentive"), deal=f"#{deal.pk}", sort_of="rent", text_en="Rent as published",
        legal_basis="Decree 12", one_firm="no", tied_to_tax="no", forces_seat="no",
        local_purchase="no", published="yes",
    )  # fmt: skip
    bo.do("deal-move", deal, to="S5")
    assert bo.do("deal-move", deal, expect=422, to="S6")
    assert bo.do("deal-note", deal, expect=422, key="review", text="Passed")
    alice.do("deal-note", deal, key="review", text="Passed under no. 7")
    bo.do("deal-move", deal, to="S6")
    # Framework, then the agreement that binds; their sums stay apart.
    framework = _agreement(bo, deal, firm, "framework", "500000000")
    assert bo.do("agreement-sign", framework, expect=422, signed_on=today)
    _parties(bo, framework)
    bo.do(
        "agreement-sign", framework, signed_on=today, file=paper("F"), expires_on=soon,
        next_en="Sign the investment agreement", next_on=soon,
    )  # fmt: skip
    bo.do("deal-move", deal, to="S7a")
    binding = _agreement(bo, deal, firm, "investment", "320000000", follows=framework)
    _parties(bo, binding)
    for side, text, more in (
        ("ours", "Hall handed over", {}),
        ("theirs", "Fixed assets", {"what": "investment", "value": "320000000"}),
        ("theirs", "180 jobs", {"what": "jobs", "value": "180"}),
    ):
        bo.add(
            Promise, side=side, text_en=text, made_on=today, due_on=soon, owner=bo.pk,
            agreement=f"#{binding.pk}", clause="1", visibility="office", **more,
        )  # fmt: skip
    bo.do("agreement-sign", binding, signed_on=today, file=paper("I"), prevails="zh")
    assert "cannot confirm" in " ".join(bo.do("deal-move", deal, expect=422, to="S7b"))
    alice.do("deal-move", deal, to="S7b")
    page = bo.see("agreements")
    assert "820" not in page
    # Landing: each milestone with a paper of its own, verified by the other.
    for number, (code, kind) in enumerate(
        [
            ("registered", "licence"), ("land", "land_receipt"),
            ("permits", "planning_permit"), ("start", "construction_permit"),
            ("completion", "acceptance"), ("production", "invoice"),
        ]
    ):  # fmt: skip
        bo.do(
            "milestone-claim", deal, code=code, on=today, kind_1=kind,
            number_1=f"P-{number}", dated_1=today, file_1=paper(f"P{number}"),
        )  # fmt: skip
        milestone = Milestone.objects.get(deal=deal, code=code)
        assert bo.do("milestone-verify", milestone, expect=422)
        alice.do("milestone-verify", milestone)
    reused = bo.do(
        "payment-add", deal, expect=422, on=today, value_cny="1000000", kind="land_receipt",
        number="P-1", dated=today,
    )  # fmt: skip
    assert "already proves" in " ".join(reused)
    bo.do(
        "payment-add", deal, on=today, value_cny="60000000", kind="bank_slip",
        number="B-1", dated=today, file=paper("B1"),
    )  # fmt: skip
    alice.do("payment-verify", Payment.objects.get())
    for stage in ("S8", "S9", "S10", "S11"):
        alice.do("deal-move", deal, to=stage)
    # The gap closes by a person, because a firm that fills it is in production.
    bo.do("gap-close", gap, deal=deal.pk)
    assert gap.closed_by == deal
    trace = bo.see("trace", gap.gap_id)
    for shown in ("Wonders", "Name a plot", "closed"):
        assert shown in trace
    year = alice.see("year", TODAY().year)
    assert gap.name_en in year
    assert "266" not in year
    figures = alice.see("impact")
    assert "100.0%" in figures
    # All of it stands in the log, each line with who did it.
    assert Event.objects.filter(kind="gap_closed", gap=gap.gap_id).count() == 1
    lines = LogLine.objects.filter(office=office, code__startswith="desk.")
    assert not lines.exclude(code__startswith="desk.compan").filter(by=None).exclude(
        code="desk.pipeline.added"
    ).exists()  # fmt: skip
    for name, arguments in (
        ("log", []), ("verify", []), ("landing", []), ("landing-one", [deal.pk]),
        ("deals-one", [deal.pk]), ("promises-week", []), ("meetings-one", [visit.pk]),
        ("agreements-one", [binding.pk]), ("journeys-one", [trip.pk]), ("home", []),
    ):  # fmt: skip
        for person in (bo, alice):
            person.see(name, *arguments)


def _kind(word):
    from yanlian_web.desk.models import KINDS

    return KINDS[word]


def _agreement(bo, deal, firm, kind, amount, follows=None):
    return bo.add(
        Agreement, sort_of=kind, title_en=kind, company=f"#{firm.pk}", deal=f"#{deal.pk}",
        amount=amount, currency="CNY", amount_basis="fixed assets in three years",
        owner=bo.pk, visibility="office", follows=f"#{follows.pk}" if follows else "",
    )  # fmt: skip


def _parties(bo, agreement):
    for side, name in (("ours", "Yongkang"), ("theirs", "Wonders")):
        bo.add(_kind("party"), agreement=f"#{agreement.pk}", side=side, name_en=name)
