"""Clauses that an agreement should have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.errors import ParamError
from yanlian.progress.clauses import (
    check_clauses,
    clauses,
    missing_clauses,
    needed_clauses,
)
from yanlian.progress.money import agreement_kinds

KINDS = list(agreement_kinds())


def test_an_investment_agreement_needs_what_makes_it_bind():
    asked = {item.code for item in needed_clauses("investment")}
    assert asked >= {
        "amount", "currency", "dates", "intensity", "output", "breach", "exit",
        "confidentiality", "dispute",
    }  # fmt: skip
    assert {item.code for item in needed_clauses("supervision")} >= {"intensity", "output"}  # fmt: skip


def test_a_framework_needs_an_end_and_a_next_step_and_no_amount():
    asked = {item.code for item in needed_clauses("framework")}
    assert asked >= {"expiry", "next_step", "confidentiality", "not_binding"}
    assert "amount" not in asked


@given(st.sampled_from(KINDS), st.sets(st.sampled_from(list(clauses()))))
def test_missing_is_needed_less_present(kind, present):
    gone = {item.code for item in missing_clauses(kind, present)}
    assert gone == {item.code for item in needed_clauses(kind)} - present
    assert len(check_clauses(kind, present)) == len(gone)


def test_every_clause_is_of_a_known_kind_and_says_why():
    for item in clauses().values():
        assert set(item.kinds) <= set(KINDS)
        assert item.kinds
        assert item.why.en.endswith(".")
        assert item.why.zh.endswith("。")


def test_what_is_absent_is_a_warning_in_both_languages():
    finding = check_clauses("framework", set(clauses()) - {"expiry"})[0]
    assert (finding.level, finding.code) == ("warning", "clause.absent")
    assert "Expiry" in finding.say.en
    assert "有效期" in finding.say.zh


def test_a_kind_that_is_not_there_is_named():
    with pytest.raises(ParamError, match="treaty"):
        missing_clauses("treaty", ())
