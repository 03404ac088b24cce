"""Invented records of the desk, one of each kind, made by the actions themselves."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

DAY = datetime.date


@pytest.fixture
def members(people):
    """The members of the office by name."""
    return {name: people[name].member for name in ("alice", "bo", "rita")}


@pytest.fixture
def things(members):
    """One record of each kind, kept by Bo, all of them training data."""
    from yanlian_web.desk.actions.records import record_add
    from yanlian_web.intake.actions.steps import batch_upload

    bo = members["bo"]
    made = {}

    def add(kind, **values):
        made[kind] = record_add(
            by=bo, kind=kind, values={"owner": bo, **values}, training=True
        )
        return made[kind]

    firm = add("company", name_en="Haiyue Cell", name_zh="海岳电芯", firm_id="T001")
    gap = add(
        "gap", gap_id="fill:C45", segment_id="C45", sort_of="fill",
        name_en="Cylindrical cell", name_zh="圆柱电芯", opened_on=DAY(2026, 1, 10),
    )  # fmt: skip
    org = add("organisation", name_en="Land bureau", name_zh="资规局", sort_of="department", ours=True)  # fmt: skip
    person = add(
        "person", name_en="Lin Hai", name_zh="林海", side="theirs",
        source="Visit", source_on=DAY(2026, 2, 1),
    )  # fmt: skip
    trip = add("trip", title_en="Hefei", title_zh="合肥", from_on=DAY(2026, 3, 2), to_on=DAY(2026, 3, 3))  # fmt: skip
    line = add("pipeline", name_en="Main", name_zh="主线")
    deal = add("deal", company=firm, pipeline=line, gap=gap, trip=trip)
    meeting = add(
        "meeting", way="outbound", title_en="Visit", title_zh="走访", company=firm,
        deal=deal, on=DAY(2026, 3, 2), start_min=540, end_min=630,
    )  # fmt: skip
    add("attendance", meeting=meeting, person=person, side="theirs", role="host")
    add("question", meeting=meeting, text_en="How much power?", text_zh="用电多少？")
    agreement = add(
        "agreement", sort_of="investment", title_en="Investment", title_zh="投资协议",
        company=firm, deal=deal,
    )  # fmt: skip
    add(
        "promise", side="ours", text_en="Name 30 mu", text_zh="落实三十亩", company=firm,
        deal=deal, meeting=meeting, made_on=DAY(2026, 3, 2), due_on=DAY(2026, 4, 1),
        department=org,
    )  # fmt: skip
    add("incentive", deal=deal, sort_of="rent", text_en="Rent", text_zh="租金")
    add(
        "blocker", deal=deal, text_en="Power", text_zh="供电", department=org,
        since=DAY(2026, 5, 1), due_on=DAY(2026, 6, 1),
    )  # fmt: skip
    add(
        "handover", giver=bo, receiver=members["alice"], given_on=DAY(2026, 6, 1),
        moved=[deal.ref],
    )  # fmt: skip
    add(
        "need", company=firm, text_en="Housings", text_zh="壳体", segment_id="C25",
        volume=20.0, unit="piece", source="Visit", source_on=DAY(2026, 3, 2),
    )  # fmt: skip
    made["agreement"] = agreement
    made["import"] = batch_upload(
        by=bo, what="company", source="Registry", source_on=DAY(2026, 1, 5),
        file=SimpleUploadedFile("export.csv", b"Name (English)\nPine Works\n"),
    )  # fmt: skip
    made["member"] = bo
    return made
