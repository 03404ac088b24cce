"""What cannot be merged, or not taken apart, and what is said of it."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

SOURCE = {"source": "Visit", "source_on": datetime.date(2026, 2, 1)}
# Valid codes; the last character agrees with the others.
CODES = ("91330000720082446H", "91350100M000100Y43")


@pytest.fixture
def add(members):
    from yanlian_web.desk.actions.records import record_add

    def made(kind, *, training=True, **values):
        return record_add(by=members["bo"], kind=kind, values=values, training=training)

    return made


def refused(code, call, *args, **more):
    """The findings of an action that is refused; nothing is stored by it."""
    from yanlian_web.desk.acting import Refused
    from yanlian_web.offices.models import LogLine

    lines = LogLine.objects.count()
    with pytest.raises(Refused) as error:
        call(*args, **more)
    found = error.value.findings
    assert code in [finding.code for finding in found]
    # In both languages, and not the same text in both.
    assert all(f.say.en and f.say.zh and f.say.en != f.say.zh for f in found)
    assert LogLine.objects.count() == lines
    return [finding.say.en for finding in found]


def test_not_with_itself(things, merge):
    refused("merge.self", merge, things["company"], things["company"])


@pytest.mark.parametrize("upside", [False, True])
def test_not_with_parent_or_child(things, twin, add, merge, upside):
    parent, child = things["company"], twin
    add("company-link", parent=parent, child=child, **SOURCE)
    pair = (child, parent) if upside else (parent, child)
    said = refused("merge.group", merge, *pair)
    assert str(parent) in said[0]


def test_not_with_who_stands_higher_in_the_group(things, twin, add, merge):
    between = add("company", name_en="Between")
    add(
        "company-link",
        parent=things["company"],
        child=between,
        relation="controls",
        **SOURCE,
    )
    add("company-link", parent=between, child=twin, **SOURCE)
    refused("merge.group", merge, twin, things["company"])
    refused("merge.group", merge, things["company"], twin)


def test_an_archived_relation_does_not_matter(things, twin, add, members, merge, part):
    from yanlian_web.desk.actions.records import record_archive

    link = add("company-link", parent=things["company"], child=twin, **SOURCE)
    record_archive(
        by=members["bo"], kind="company-link", pk=link.pk, version=1, why="Wrong"
    )
    made = merge(twin, things["company"])
    link.refresh_from_db()
    assert (link.parent_id, link.child_id) == (things["company"].pk, twin.pk)
    part(made)
    assert made.stayed == []


def test_not_archived_ones(things, twin, members, merge):
    from yanlian_web.desk.actions.records import record_archive

    record_archive(
        by=members["bo"], kind="company", pk=twin.pk, version=1, why="Closed"
    )
    refused("desk.archived", merge, twin, things["company"])
    refused("desk.archived", merge, things["company"], twin)


def test_not_one_that_was_merged(things, twin, add, members, merge):
    from yanlian_web.desk.actions.records import record_restore

    third = add("company", name_en="Third")
    merge(twin, things["company"])
    said = refused("merge.merged", merge, third, things["company"])
    assert "Haiyue Cells" in said[0]
    # Nor is it brought back past its merge, or named on a new record.
    refused(
        "company.merged", record_restore,
        by=members["bo"], kind="company", pk=things["company"].pk,
    )  # fmt: skip
    refused(
        "desk.merged", add, "site", company=things["company"], name_en="New", **SOURCE
    )


def test_not_training_with_real(things, add, merge):
    real = add("company", training=False, name_en="Haiyue Cell")
    refused("merge.training", merge, real, things["company"])
    refused("merge.training", merge, things["company"], real)


def test_two_codes_are_two_companies(things, twin, members, merge, part):
    from yanlian.identity import credit_code_ok
    from yanlian_web.desk.actions.records import record_change

    assert all(credit_code_ok(code) for code in CODES)
    for company, code in zip((things["company"], twin), CODES, strict=True):
        record_change(
            by=members["bo"], kind="company", pk=company.pk, version=1,
            values={"credit_code": code},
        )  # fmt: skip
    said = refused("merge.codes", merge, twin, things["company"])
    assert all(code in said[0] for code in CODES)
    made = merge(
        twin, things["company"], codes_differ=True, choices={"credit_code": "other"}
    )
    assert twin.credit_code == CODES[0]
    part(made)
    twin.refresh_from_db()
    assert twin.credit_code == CODES[1]


def test_a_code_given_away_meanwhile(things, twin, add, members, merge, part):
    from yanlian_web.desk.actions.records import record_change

    firm = things["company"]
    record_change(
        by=members["bo"], kind="company", pk=firm.pk, version=1,
        values={"credit_code": CODES[0]},
    )  # fmt: skip
    made = merge(twin, firm)
    record_change(
        by=members["bo"], kind="company", pk=twin.pk, version=twin.version,
        values={"credit_code": CODES[1]},
    )  # fmt: skip
    add("company", name_en="Third", credit_code=CODES[0])
    refused("merge.code_taken", part, made)


def test_not_across_offices(things, twin, people, merge):
    from yanlian_web.desk.actions.records import record_add
    from yanlian_web.merging.actions import companies_merge, merge_part

    chen = people["chen"].member
    theirs = record_add(
        by=chen, kind="company", values={"name_en": "Haiyue Cell", "visibility": "all"}
    )
    with pytest.raises(PermissionDenied):
        merge(twin, theirs)
    with pytest.raises(PermissionDenied):
        companies_merge(by=chen, kept=theirs.pk, other=twin.pk)
    made = merge(twin, things["company"])
    with pytest.raises(PermissionDenied):
        merge_part(by=chen, pk=made.pk)


def test_not_without_the_right(things, twin, members, merge, part):
    from yanlian_web.merging.actions import pair_apart, pairs_search

    with pytest.raises(PermissionDenied):
        merge(twin, things["company"], by="rita")
    made = merge(twin, things["company"])
    with pytest.raises(PermissionDenied):
        part(made, by="rita")
    with pytest.raises(PermissionDenied):
        pairs_search(by=members["rita"])
    with pytest.raises(PermissionDenied):
        pair_apart(by=members["rita"], first=twin.pk, second=things["company"].pk)


def test_not_what_one_may_not_see(things, twin, people, office, members, merge):
    from tests.people import person
    from yanlian_web.desk.actions.records import record_change

    record_change(
        by=members["bo"], kind="company", pk=twin.pk, version=1,
        values={"visibility": "own"},
    )  # fmt: skip
    dora = person("dora", office, "officer").member
    from yanlian_web.merging.actions import companies_merge

    with pytest.raises(PermissionDenied):
        companies_merge(by=dora, kept=things["company"].pk, other=twin.pk)


def test_not_what_somebody_has_changed(things, twin, members, merge, part):
    from yanlian_web.desk.acting import Conflict
    from yanlian_web.desk.actions.records import record_change
    from yanlian_web.merging.actions import merge_part

    seen = {"version": twin.version, "other_version": things["company"].version}
    record_change(
        by=members["alice"], kind="company", pk=twin.pk, version=1,
        values={"note_en": "Seen"},
    )  # fmt: skip
    with pytest.raises(Conflict):
        merge(twin, things["company"], **seen)
    made = merge(twin, things["company"])
    part(made)
    with pytest.raises(Conflict):
        merge_part(by=members["bo"], pk=made.pk, version=1)
    refused("merge.apart", part, made)


@pytest.mark.parametrize(
    "more",
    [
        {"choices": {"name_en": "both"}},
        {"choices": {"name_en": "=1+1"}},
        {"choices": {"owner_id": "other"}},
        {"left": "<b>"},
    ],
)
def test_a_choice_that_is_none(things, twin, merge, more):
    code = "merge.left" if "left" in more else "merge.choice"
    refused(code, merge, twin, things["company"], **more)


def test_hidden_characters_in_the_reason(things, twin, merge):
    refused("desk.hidden", merge, twin, things["company"], why="one\u202efirm")
    refused("desk.field", merge, twin, things["company"], why="x" * 501)


def test_more_names_than_fit(things, twin, members, merge):
    from yanlian_web.desk.actions.records import record_change

    for number, company in enumerate((twin, things["company"])):
        names = "; ".join(f"Name {number} {n}" for n in range(70))
        record_change(
            by=members["bo"], kind="company", pk=company.pk, version=1,
            values={"aliases": names},
        )  # fmt: skip
    refused("desk.field", merge, twin, things["company"])
    made = merge(twin, things["company"], choices={"aliases": "kept"}, left="nothing")
    assert made.pk


def test_an_archived_survivor_is_brought_back_first(things, twin, members, merge, part):
    from yanlian_web.desk.actions.records import record_archive, record_restore

    made = merge(twin, things["company"])
    record_archive(
        by=members["bo"], kind="company", pk=twin.pk, version=twin.version, why="Closed"
    )
    refused("merge.archived", part, made)
    record_restore(by=members["bo"], kind="company", pk=twin.pk)
    part(made)
    assert made.apart_on


def test_a_company_merged_in_the_same_moment(things, twin, members, merge):
    """What was read before the merge and is stored after it is refused, not left behind."""
    from yanlian_web.desk.actions.records import record_add
    from yanlian_web.desk.models import Company

    read_before = Company.objects.get(pk=things["company"].pk)
    merge(twin, things["company"])
    assert read_before.merged_into_id is None
    said = refused(
        "desk.merged", record_add, by=members["bo"], kind="site", training=True,
        values={"company": read_before, "name_en": "New", **SOURCE},
    )  # fmt: skip
    assert "Haiyue Cells" in said[0]
