"""What the tests of agreements, incentives and landing share."""

import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from yanlian_web.desk.acting import today
from yanlian_web.desk.actions import agreements, landing
from yanlian_web.desk.actions.papers import Given
from yanlian_web.desk.actions.records import record_add, record_change


def ago(days):
    return today() - datetime.timedelta(days=days)


def ahead(days):
    return today() + datetime.timedelta(days=days)


def pdf(text="text"):
    return SimpleUploadedFile("text.pdf", b"%PDF-1.4 " + text.encode())


def paper(kind, number, *, file=None, on=None):
    return Given(kind, number, on or ago(3), file)


def ready(members, things, agreement=None, **changes):
    """Give an agreement all that a signature needs."""
    agreement = agreement or things["agreement"]
    bo = members["bo"]
    values = {"amount": 3.2e8, "amount_basis": "Fixed assets", **changes}
    agreement = record_change(by=bo, kind="agreement", pk=agreement.pk, version=None, values=values)  # fmt: skip
    for side in ("ours", "theirs"):
        record_add(by=bo, kind="party", values={"agreement": agreement, "side": side, "name_en": side})  # fmt: skip
    duty(members, agreement, "ours", 100)
    duty(members, agreement, "theirs", 200, what="investment", value=3.2e8)
    return agreement


def duty(members, agreement, side, days, **more):
    return record_add(
        by=members["bo"],
        kind="promise",
        values={
            "agreement": agreement, "company": agreement.company, "side": side,
            "text_en": f"{side} {days}", "made_on": ago(400), "due_on": ahead(days),
            "owner": members["bo"], "deal": agreement.deal, **more,
        },
    )  # fmt: skip


def signed(members, things, agreement=None, on=None, **changes):
    agreement = ready(members, things, agreement, **changes)
    return agreements.agreement_sign(
        by=members["bo"], pk=agreement.pk, version=None, signed_on=on or ago(300),
        file=pdf(str(agreement.pk)),
    )  # fmt: skip


def framework(members, things, **more):
    return record_add(
        by=members["bo"],
        kind="agreement",
        values={
            "sort_of": "framework", "title_en": "Framework", "title_zh": "框架",
            "company": things["company"], "deal": things["deal"], **more,
        },
    )  # fmt: skip


def framework_signed(members, things, on=None, expires=None, next_on=None, **more):
    made = framework(members, things, **more)
    for side in ("ours", "theirs"):
        record_add(by=members["bo"], kind="party", values={"agreement": made, "side": side, "name_en": side})  # fmt: skip
    return agreements.agreement_sign(
        by=members["bo"], pk=made.pk, version=None, signed_on=on or ago(400),
        file=pdf(f"framework {made.pk}"), expires_on=expires or ahead(30),
        next_en="Talk", next_on=next_on or ahead(10),
    )  # fmt: skip


def claimed(members, things, code="registered", kind="licence", on=None, number="L-1"):
    return landing.milestone_claim(
        by=members["bo"], pk=things["deal"].pk, version=None, code=code,
        on=on or ago(20), evidence=[paper(kind, number)],
    )  # fmt: skip


def paid(members, things, value=1e7, number="B-1", **more):
    return landing.payment_add(
        by=members["bo"], pk=things["deal"].pk, version=None, on=ago(10),
        value_cny=value, evidence=paper("bank_slip", number), **more,
    )  # fmt: skip


def codes(error):
    return sorted(finding.code for finding in error.value.findings)
