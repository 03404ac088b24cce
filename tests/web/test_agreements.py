"""Agreements: what binds, what a signature needs, what stays as it was signed."""

import pytest
from django.urls import reverse

from tests.web.landing_case import (
    ago,
    ahead,
    codes,
    duty,
    framework,
    framework_signed,
    paid,
    pdf,
    ready,
    signed,
)
from yanlian_web.desk.acting import Refused
from yanlian_web.desk.actions import agreements as actions
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.desk.forms import FORMS
from yanlian_web.desk.models import Agreement, Event, Promise
from yanlian_web.offices.models import LogLine, Office


def test_it_is_signed_with_its_text_and_its_obligations_then_bind(members, things):
    agreement = signed(members, things)
    assert (agreement.state, agreement.value_cny) == ("signed", 3.2e8)
    event = Event.objects.get(kind="signed")
    assert (event.value, event.mark, event.what) == (3.2e8, "binding;chain", "investment")  # fmt: skip
    assert event.on == agreement.signed_on
    line = LogLine.objects.get(code="desk.agreement.signed")
    assert line.data["file"] == agreement.file.sha256
    marks = {
        event.subject: event.mark
        for event in Event.objects.filter(kind="promised", line=line)
    }
    assert set(marks) == {p.ref for p in Promise.objects.filter(agreement=agreement)}
    assert set(marks.values()) == {"binding;chain"}


def test_all_that_is_missing_is_said_at_once_and_nothing_is_stored(members, things):
    with pytest.raises(Refused) as error:
        actions.agreement_sign(
            by=members["bo"], pk=things["agreement"].pk, version=None,
            signed_on=ahead(1), file=None,
        )  # fmt: skip
    assert codes(error) == [
        "agreement.amount", "agreement.file", "agreement.future",
        "agreement.obligation", "agreement.obligation", "agreement.party",
        "agreement.party",
    ]  # fmt: skip
    assert Agreement.objects.get(pk=things["agreement"].pk).state == "draft"
    assert not Event.objects.filter(kind="signed").exists()


def test_a_file_that_is_not_what_it_says_is_refused_with_the_rest(members, things):
    agreement = ready(members, things)
    fake = pdf()
    fake.name = "text.png"
    with pytest.raises(Refused) as error:
        actions.agreement_sign(
            by=members["bo"], pk=agreement.pk, version=None, signed_on=None, file=fake
        )
    assert codes(error) == ["agreement.day", "file.picture"]


def test_a_framework_needs_expiry_and_next_step_and_does_not_bind(members, things):
    made = framework(members, things)
    with pytest.raises(Refused) as error:
        actions.agreement_sign(by=members["bo"], pk=made.pk, version=None, signed_on=ago(1), file=pdf())  # fmt: skip
    assert {"agreement.expiry", "agreement.next"} <= set(codes(error))
    assert not framework_signed(members, things, amount=5e8).binding
    assert Event.objects.get(kind="signed").mark == "nonbinding;chain"


def test_a_supplement_needs_a_binding_text_that_it_changes(members, things):
    made = ready(members, things, framework(members, things, sort_of="supplement"))
    with pytest.raises(Refused) as error:
        actions.agreement_sign(by=members["bo"], pk=made.pk, version=None, signed_on=ago(1), file=pdf())  # fmt: skip
    assert codes(error) == ["agreement.follows"]


def test_whether_it_binds_cannot_be_written(members, things):
    assert "binding" not in FORMS["agreement"].fields
    assert "value_cny" not in FORMS["agreement"].fields
    assert not {"state", "signed_on"} & set(FORMS["agreement"].fields)


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("sort_of", "framework", "sort_of"),
        ("amount", 9e8, "amount"),
        ("deal", None, "deal"),
        ("currency", "USD", "currency"),
    ],
)
def test_what_was_signed_stands(members, things, field, value, where):
    agreement = signed(members, things)
    with pytest.raises(Refused) as error:
        record_change(
            by=members["bo"], kind="agreement", pk=agreement.pk, version=None,
            values={field: value, "rate": 7.0},
        )  # fmt: skip
    assert where in {finding.where for finding in error.value.findings}


def test_a_typing_error_is_corrected_by_the_head_and_counts_once(members, things):
    agreement = signed(members, things)
    fixed = actions.agreement_correct(
        by=members["alice"], pk=agreement.pk, version=None, amount=3e8, rate=None,
        why="Typing error",
    )  # fmt: skip
    assert fixed.value_cny == 3e8
    assert list(Event.objects.filter(kind="signed").order_by("pk").values_list("value", flat=True)) == [3.2e8, 3e8]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": 1e6, "currency": "USD"}, "agreement.rate"),
        ({"amount": -5.0}, "desk.field"),
        ({"amount": 2e12}, "agreement.absurd"),
        ({"amount": float("nan")}, "desk.field"),
        ({"amount": 1e6, "sort_of": "supervision"}, "agreement.twice"),
        ({"state": "signed"}, "agreement.state"),
    ],
)
def test_absurd_money_is_refused(members, things, values, code):
    with pytest.raises(Refused) as error:
        framework(members, things, **values)
    assert code in codes(error)


def test_yuan_come_from_amount_and_rate(members, things):
    made = framework(members, things, amount=2e6, currency="USD", rate=7.2)
    assert made.value_cny == pytest.approx(1.44e7)
    assert framework(members, things, amount=2e6, rate=99.0).value_cny == 2e6


def test_it_does_not_follow_itself_or_another_company(members, things):
    other = record_add(by=members["bo"], kind="company", values={"name_en": "Other", "firm_id": "T9"})  # fmt: skip
    with pytest.raises(Refused) as error:
        framework(members, things, company=other)
    assert "agreement.deal" in codes(error)
    first = framework(members, things)
    second = framework(members, things, follows=first)
    with pytest.raises(Refused) as error:
        record_change(by=members["bo"], kind="agreement", pk=first.pk, version=None, values={"follows": second})  # fmt: skip
    assert codes(error) == ["agreement.circle"]


def test_term_is_extended_and_ended_with_a_reason(members, things):
    made = framework_signed(members, things)
    with pytest.raises(Refused) as error:
        actions.agreement_extend(by=members["bo"], pk=made.pk, version=None, expires_on=ago(500), why="")  # fmt: skip
    assert codes(error) == ["agreement.order", "desk.why"]
    actions.agreement_extend(by=members["bo"], pk=made.pk, version=None, expires_on=ahead(99), why="Talks go on")  # fmt: skip
    done = actions.agreement_end(by=members["bo"], pk=made.pk, version=None, ended_on=None, why="No plot")  # fmt: skip
    assert (done.state, done.ended_why) == ("ended", "No plot")
    with pytest.raises(Refused):
        actions.agreement_end(by=members["bo"], pk=made.pk, version=None, ended_on=None, why="x")  # fmt: skip


def test_parties_stay_after_the_signature(members, things):
    agreement = signed(members, things)
    with pytest.raises(Refused) as error:
        record_add(by=members["bo"], kind="party", values={"agreement": agreement, "side": "ours", "name_en": "X"})  # fmt: skip
    assert codes(error) == ["party.signed"]


def test_sleeping_are_worst_first_and_wake_when_followed(members, things, alice):
    old = framework_signed(members, things, on=ago(400), expires=ago(100), next_on=ago(200))  # fmt: skip
    late = framework_signed(members, things, on=ago(390), next_on=ago(30))
    fresh = framework_signed(members, things, on=ago(380))
    address = reverse("agreements-sleeping")
    rows = alice.get(address).context["rows"]
    assert [row["record"].pk for row in rows] == [old.pk, late.pk, fresh.pk]
    assert [row["state"] for row in rows] == ["expired", "passed", "ahead"]
    assert rows[0]["days"] == 400
    assert [r["record"].pk for r in alice.get(address, {"how": "passed"}).context["rows"]] == [late.pk]  # fmt: skip
    signed(members, things)
    assert not alice.get(address).context["rows"]
    listed = alice.get(reverse("agreements")).context["rows"]
    assert all(row["followed"] and not row["expired"] for row in listed if not row["binding"])  # fmt: skip


def test_the_list_keeps_two_totals_and_two_columns(members, things, alice):
    Office.objects.update(training=True)
    framework_signed(members, things, amount=5e8)
    signed(members, things)
    answer = alice.get(reverse("agreements"))
    assert [(t["binding"], t["sum"].value_cny) for t in answer.context["totals"]] == [(True, 3.2e8), (False, 5e8)]  # fmt: skip
    body = answer.content.decode()
    assert "CNY 320 m" in body
    assert "CNY 500 m" in body
    assert "CNY 820 m" not in body
    text = alice.get(reverse("agreements"), {"export": "csv"}).content.decode()
    head, *rows = text.strip().split("\r\n")
    assert "Amount that binds" in head
    assert "Amount that does not bind" in head
    assert all("training data" in row for row in rows)
    assert sum("320000000.0" in row for row in rows) == 1
    assert not any("320000000" in row and "500000000" in row for row in rows)


def test_a_formula_in_a_title_is_no_formula_in_the_file(members, things, alice):
    framework(members, things, title_en="=1+1", title_zh="<b>x</b>")
    text = alice.get(reverse("agreements"), {"export": "csv"}).content.decode()
    assert "\n=1" not in text.replace(",=", "\n=")
    alice.cookies["django_language"] = "zh-hans"
    body = alice.get(reverse("agreements")).content.decode()
    assert "<b>x</b>" not in body
    assert "&lt;b&gt;x&lt;/b&gt;" in body


def test_the_page_counts_by_our_rule_and_by_that_of_reports(members, things, alice):
    agreement = signed(members, things)
    page = alice.get(reverse("agreements-one", args=[agreement.pk]))
    assert page.context["fulfilment"]["due"] == 0
    promise = duty(members, agreement, "theirs", -20, clause="4.5")
    page = alice.get(reverse("agreements-one", args=[agreement.pk]))
    assert page.context["fulfilment"]["unmet"][0]["record"] == promise
    assert not page.context["fulfilment"]["reports"]
    assert "cl. 4.5" in page.content.decode()
    paid(members, things)
    page = alice.get(reverse("agreements-one", args=[agreement.pk]))
    assert page.context["fulfilment"]["reports"]
    assert not page.context["fulfilment"]["met"]
    column = page.context["columns"][0]
    assert (column["promised"], column["evidenced"], column["verified"]) == (3.2e8, 1e7, None)  # fmt: skip
    over = alice.get(reverse("agreements-one", args=[agreement.pk]), {"view": "overdue"})  # fmt: skip
    assert [r["record"].pk for r in over.context["groups"][0]["rows"]] == [promise.pk]


def test_the_text_is_checked_against_the_disk(members, things, alice):
    agreement = signed(members, things)
    address = reverse("agreements-one", args=[agreement.pk])
    body = alice.get(address).content.decode()
    assert agreement.file.sha256 in body
    assert "unchanged" in body
    path = path_of(agreement.file)
    sent = alice.get(reverse("agreements-text", args=[agreement.pk]))
    assert b"".join(sent.streaming_content).startswith(b"%PDF-")
    assert "attachment" in sent["Content-Disposition"]
    path.write_bytes(b"other")
    assert "changed on disk" in alice.get(address).content.decode()
    path.unlink()
    assert "missing on disk" in alice.get(address).content.decode()
    assert alice.get(reverse("agreements-text", args=[agreement.pk])).status_code == 404


def test_missing_clauses_are_warned_of(members, things, alice):
    agreement = things["agreement"]
    address = reverse("agreements-one", args=[agreement.pk])
    assert "Nobody has noted yet" in alice.get(address).content.decode()
    actions.agreement_clauses(by=members["bo"], pk=agreement.pk, version=None, clauses=["amount", "site"])  # fmt: skip
    page = alice.get(address)
    names = {str(row["name"]) for row in page.context["missing"]}
    assert "Remedy for breach" in names
    assert "Amount" not in names
    with pytest.raises(Refused):
        actions.agreement_clauses(by=members["bo"], pk=agreement.pk, version=None, clauses=["nonsense"])  # fmt: skip


def test_pages_speak_both_languages(members, things, alice):
    agreement = signed(members, things)
    alice.cookies["django_language"] = "zh-hans"
    body = alice.get(reverse("agreements-one", args=[agreement.pk])).content.decode()
    assert "承诺与到位" in body
    assert "我方应履行" in body
    assert "练习数据" in body
    assert "具约束力" in alice.get(reverse("agreements")).content.decode()


def test_lists_ask_as_often_for_twenty_rows_as_for_one(
    members, things, alice, django_assert_max_num_queries
):
    framework_signed(members, things)
    for name in ("agreements", "agreements-sleeping"):
        with django_assert_max_num_queries(14):
            alice.get(reverse(name))
    for number in range(19):
        framework(members, things, title_en=f"F{number}")
    for name in ("agreements", "agreements-sleeping"):
        with django_assert_max_num_queries(14):
            alice.get(reverse(name))


def test_the_form_signs(members, things, client, people):
    agreement = ready(members, things)
    client.force_login(people["bo"])
    address = reverse("do", args=["agreement-sign", agreement.pk])
    assert client.get(address).status_code == 200
    refused = client.post(address, {"signed_on": ahead(2).isoformat()})
    assert refused.status_code == 422
    assert "still to come" in refused.content.decode()
    done = client.post(address, {"signed_on": ago(2).isoformat(), "file": pdf("f")})
    assert done.status_code == 302
    assert Agreement.objects.get(pk=agreement.pk).state == "signed"
