"""Fair competition: each rule can be broken and kept; what is unknown is amber."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.progress.competition import (
    LEVELS,
    QUESTIONS,
    check_incentive,
    default_rules,
    read_rules,
)
from yanlian.progress.data import rule_table

CLEAN = {
    "kind": "service",
    "legal_basis": "Decree 12",
    "one_firm": "no",
    "tied_to_tax": "no",
    "forces_seat": "no",
    "local_purchase": "no",
    "published": "yes",
}
KINDS = [row["code"] for row in rule_table("incentives")]
RULES = {rule.key: rule for rule in default_rules()}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_clean_is_green(kind):
    assert check_incentive({**CLEAN, "kind": kind}).level == "green"


@pytest.mark.parametrize("key", list(RULES))
def test_every_rule_can_be_broken_by_what_it_names_and_by_nothing_else(key):
    rule = RULES[key]
    broken = {**CLEAN, "kind": rule.kinds[0] if rule.kinds else "service"}
    broken |= {
        field: "Decree 12" if value == "*" else value for field, value in rule.when
    }
    check = check_incentive(broken)
    assert rule in check.rules
    assert LEVELS.index(check.level) >= LEVELS.index(rule.level)
    assert (
        rule
        not in check_incentive({**CLEAN, "kind": broken["kind"] or "service"}).rules
    )
    for other in set(KINDS) - set(rule.kinds):
        if rule.kinds:
            assert rule not in check_incentive({**broken, "kind": other}).rules
    for text in (rule.reason, rule.basis):
        assert text.en
        assert text.zh


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("answer", ["", "unknown", "perhaps", None])
def test_what_is_unknown_is_amber_and_never_green(question, answer):
    asked = {**CLEAN, "kind": "fiscal"}
    if answer is None:
        del asked[question]
    else:
        asked[question] = answer
    assert check_incentive(asked).level == "amber"


def test_an_incentive_of_which_nothing_is_known_is_amber():
    assert check_incentive({}).level == "amber"
    assert check_incentive({**CLEAN, "kind": "gift"}).level == "amber"


def test_a_legal_basis_makes_red_amber_where_the_law_says_so():
    asked = {**CLEAN, "kind": "tax", "one_firm": "yes"}
    assert check_incentive(asked).level == "amber"
    assert check_incentive({**asked, "legal_basis": " "}).level == "red"
    # No basis allows a city to force a seat.
    assert check_incentive({**CLEAN, "forces_seat": "yes"}).level == "red"


def test_answers_may_be_written_in_capitals():
    assert check_incentive({**CLEAN, "published": "YES "}).level == "green"


answers = st.sampled_from(["yes", "no", "unknown", ""])


@given(
    st.fixed_dictionaries(
        {**dict.fromkeys(QUESTIONS, answers), "kind": st.sampled_from([*KINDS, ""]),
         "legal_basis": st.sampled_from(["", "Decree"])}
    )
)  # fmt: skip
def test_the_gravest_rule_decides(asked):
    check = check_incentive(asked)
    ranks = [LEVELS.index(rule.level) for rule in check.rules]
    assert ranks == sorted(ranks, reverse=True)
    assert LEVELS.index(check.level) == max(ranks, default=0)


def test_an_office_may_keep_its_own_rules():
    row = dict(rule_table("competition")[0]) | {"rule": "mine", "level": "red", "kinds": "rent", "when": "published=no"}  # fmt: skip
    rules = read_rules([row])
    assert check_incentive({**CLEAN, "kind": "rent", "published": "no"}, rules).level == "red"  # fmt: skip
    assert check_incentive({**CLEAN, "kind": "tax", "published": "no"}, rules).level == "green"  # fmt: skip


def test_the_program_claims_no_wording_that_was_not_checked():
    assert not any(rule.text_seen for rule in default_rules())
