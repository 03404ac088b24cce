"""Incentives: checked whenever stored, cleared by a second person, rules of the head."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from tests.web.landing_case import ahead, codes
from yanlian_web.desk.acting import Refused
from yanlian_web.desk.actions.incentives import incentive_clear
from yanlian_web.desk.actions.records import record_add, record_archive, record_change
from yanlian_web.desk.models import Incentive
from yanlian_web.offices.models import LogLine

SAFE = {
    "one_firm": "no", "tied_to_tax": "no", "forces_seat": "no", "local_purchase": "no",
    "published": "yes", "legal_basis": "Decree 12",
}  # fmt: skip


def offer(members, things, **values):
    return record_add(
        by=members["bo"],
        kind="incentive",
        values={"deal": things["deal"], "sort_of": "rent", "text_en": "Rent", "owner": members["bo"], **values},
    )  # fmt: skip


def rule(members, **values):
    return record_add(
        by=members["alice"],
        kind="competition-rule",
        values={
            "rule": "own_rule", "level": "red", "when": "published=yes",
            "reason_en": "No", "reason_zh": "否", "basis_en": "Here", "basis_zh": "此处",
            **values,
        },
    )  # fmt: skip


def test_unknown_is_amber_known_is_green_prohibited_is_red(members, things):
    assert offer(members, things).level == "amber"
    assert offer(members, things, **SAFE).level == "green"
    tax = {**SAFE, "sort_of": "tax", "one_firm": "yes", "legal_basis": ""}
    assert offer(members, things, **tax).level == "red"
    changed = record_change(
        by=members["bo"], kind="incentive", pk=things["incentive"].pk, version=None,
        values=SAFE,
    )  # fmt: skip
    assert changed.level == "green"


def test_somebody_else_clears_with_number_and_day(members, things):
    made = offer(members, things, **{**SAFE, "one_firm": "unknown"})
    with pytest.raises(Refused) as error:
        incentive_clear(by=members["bo"], pk=made.pk, version=None, number="", on=ahead(3))  # fmt: skip
    assert codes(error) == [
        "incentive.four_eyes", "incentive.future", "incentive.number",
    ]  # fmt: skip
    done = incentive_clear(by=members["alice"], pk=made.pk, version=None, number="FC-9", on=None)  # fmt: skip
    assert done.cleared_number == "FC-9"
    with pytest.raises(PermissionDenied):
        incentive_clear(by=members["rita"], pk=made.pk, version=None, number="1", on=None)  # fmt: skip
    again = record_change(by=members["bo"], kind="incentive", pk=made.pk, version=None, values={"value_cny": 5.0})  # fmt: skip
    assert again.cleared_on is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"one_firm": "yes", "legal_basis": "", "sort_of": "tax"}, "incentive.red"),
        ({}, "incentive.green"),
    ],
)
def test_red_and_green_are_not_cleared(members, things, values, code):
    made = offer(members, things, **{**SAFE, **values})
    with pytest.raises(Refused) as error:
        incentive_clear(by=members["alice"], pk=made.pk, version=None, number="1", on=None)  # fmt: skip
    assert codes(error) == [code]


def test_a_changed_rule_checks_all_incentives_in_one_action(members, things):
    green = offer(members, things, **SAFE)
    made = rule(members)
    assert Incentive.objects.get(pk=green.pk).level == "red"
    line = LogLine.objects.get(code="desk.competition-rule.added")
    assert line.data["rechecked"] == {green.ref: ["green", "red"]}
    record_archive(by=members["alice"], kind="competition-rule", pk=made.pk, version=None, why="No")  # fmt: skip
    assert Incentive.objects.get(pk=green.pk).level == "green"


def test_a_row_of_the_program_is_replaced_or_taken_out(members, things):
    made = offer(members, things, **{**SAFE, "published": "no"})
    assert made.level == "amber"
    rule(members, rule="not_public", level="off", when="published=no")
    assert Incentive.objects.get(pk=made.pk).level == "green"


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"rule": "Not a key"}, "rule"),
        ({"kinds": "gold"}, "kinds"),
        ({"when": "weather=fine"}, "when"),
        ({"when": "published=perhaps"}, "when"),
        ({"when": "published"}, "when"),
        ({"when": ""}, "when"),
    ],
)
def test_rules_that_cannot_be_read_are_refused(members, things, values, where):
    with pytest.raises(Refused) as error:
        rule(members, **values)
    assert where in {finding.where for finding in error.value.findings}


def test_a_key_stands_once_and_stays(members, things):
    made = rule(members)
    with pytest.raises(Refused):
        rule(members)
    with pytest.raises(Refused):
        record_change(by=members["alice"], kind="competition-rule", pk=made.pk, version=None, values={"rule": "other_key"})  # fmt: skip


def test_only_the_head_changes_rules(members, things, client, people):
    with pytest.raises(PermissionDenied):
        record_add(by=members["bo"], kind="competition-rule", values={"rule": "x_y", "level": "off"})  # fmt: skip
    client.force_login(people["bo"])
    answer = client.post(
        reverse("new", args=["competition-rule"]),
        {"rule": "x_y", "level": "off", "reason_en": "a", "reason_zh": "b", "basis_en": "c", "basis_zh": "d"},
    )  # fmt: skip
    assert answer.status_code == 403
    assert "replace" not in client.get(reverse("incentives-rules")).content.decode()


def test_the_register_filters_and_the_public_list_names_no_firm(members, things, alice):
    offer(members, things, text_en="Safe", **SAFE)
    offer(members, things, **{**SAFE, "sort_of": "tax", "one_firm": "yes", "legal_basis": ""})  # fmt: skip
    red = alice.get(reverse("incentives"), {"level": "red"})
    assert [row["record"].level for row in red.context["rows"]] == ["red"]
    assert "A tax favour for one firm" in red.content.decode()
    assert {c: n for c, _, n in red.context["levels"]} == {"red": 1, "amber": 1, "green": 1}  # fmt: skip
    text = alice.get(reverse("incentives"), {"export": "csv"}).content.decode()
    assert "Safe" in text
    assert "Haiyue" not in text
    assert len(text.strip().split("\r\n")) == 2
    alice.cookies["django_language"] = "zh-hans"
    assert "无法律依据" in alice.get(reverse("incentives")).content.decode()
    assert "公平竞争审查规则" in alice.get(reverse("incentives-rules")).content.decode()


def test_the_register_asks_as_often_for_twenty_rows_as_for_one(
    members, things, alice, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        alice.get(reverse("incentives"))
    for _ in range(19):
        offer(members, things, **SAFE)
    with django_assert_max_num_queries(14):
        alice.get(reverse("incentives"))
