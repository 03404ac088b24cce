"""What is said of a merged company is read as said of the one it turned out to be."""

import pytest
from django.urls import reverse
from django.utils import timezone


@pytest.fixture
def real(office, members):
    """Two companies of the tables that both have facts and are both targets."""
    from yanlian_web.desk.models import Company
    from yanlian_web.desk.statements import tables_of
    from yanlian_web.studies import queries

    run_id = queries.latest(office, "targets")
    targets = list(queries.grouped(office, run_id, "targets", "firm_id"))
    facts = set(tables_of(office)["facts"]["firm_id"])
    chosen = [firm for firm in targets if firm in facts]
    return [
        Company.objects.get(office=office, firm_id=firm)
        for firm in (chosen[0], chosen[-1])
    ]


def test_the_log_of_indicators(things, twin, merge, part):
    from yanlian_web.desk.queries.log import log_of

    office, firm = twin.office, things["company"]

    def companies():
        table = log_of(office).table
        return [
            company
            for subject, company in zip(table["subject"], table["company"], strict=True)
            if subject == things["deal"].ref
        ]

    assert set(companies()) == {firm.firm_id}
    many = len(log_of(office))
    made = merge(twin, firm)
    assert set(companies()) == {twin.firm_id}
    # What is added after the merge is read together with what was kept in memory.
    assert len(log_of(office)) > many
    part(made)
    assert set(companies()) == {firm.firm_id}


def test_the_tables_on_the_page(real, merge, part, bo):
    kept, other = real
    before = bo.get(reverse("companies-one", args=[kept.firm_id])).context
    theirs = bo.get(reverse("companies-one", args=[other.firm_id])).context
    made = merge(kept, other)
    page = bo.get(reverse("companies-one", args=[kept.firm_id])).context

    def rows(context, key):
        return [row["firm_id"] for row in context[key]]

    assert rows(page, "targets") == rows(before, "targets") + rows(theirs, "targets")
    # Facts, news and courting of both: more pages are cited than of one alone.
    assert page["pages"] > max(before["pages"], theirs["pages"])
    part(made)
    again = bo.get(reverse("companies-one", args=[kept.firm_id])).context
    assert rows(again, "targets") == rows(before, "targets")


def test_the_value_of_a_visit(real, merge, part, office):
    from yanlian_web.desk.actions import companies_value

    companies_value(office=office)
    for company in real:
        company.refresh_from_db()
    kept, other = sorted(real, key=lambda company: company.visit_value)
    own, best = kept.visit_value, other.visit_value
    assert own < best
    made = merge(kept, other)
    assert kept.visit_value == best
    part(made)
    kept.refresh_from_db()
    assert kept.visit_value == own


def test_sources_that_disagree(real, merge, part, office):
    from yanlian_web.desk.models import Fact
    from yanlian_web.desk.statements import disagreements

    kept, other = real
    for company, value in ((kept, 1901.0), (other, 1999.0)):
        Fact.objects.create(
            office=office, company=company, field="founded", value=value,
            source="Visit", source_on=timezone.localdate(),
        )  # fmt: skip

    def stated(company):
        item = disagreements(office).by_key.get((company.firm_id, "founded", None))
        return {value for _, value in item.statements} if item else set()

    assert 1999.0 not in stated(kept)
    made = merge(kept, other)
    assert {1901.0, 1999.0} <= stated(kept)
    assert stated(other) == set()
    part(made)
    assert 1999.0 not in stated(kept)


def test_the_history_of_the_company(things, twin, members, merge):
    from yanlian_web.desk.queries.history import history_of

    firm = things["company"]
    merge(twin, firm)
    subjects = {line.line.subject for line in history_of(members["bo"], twin)}
    assert {twin.ref, firm.ref} <= subjects


def test_lists_leave_the_merged_one_out(things, twin, merge, bo):
    firm = things["company"]
    merge(twin, firm)
    page = bo.get(reverse("companies"), {"q": "Haiyue Cell"}).context["list"]
    assert [row["firm_id"] for row in page.rows] == [twin.firm_id]


def test_training_data_goes_with_its_merges(things, twin, members, merge, office):
    from yanlian_web.desk.models import Company
    from yanlian_web.desk.training import training_remove
    from yanlian_web.merging.actions import pairs_search
    from yanlian_web.merging.models import Merge, Suspect

    pairs_search(by=members["bo"])
    assert Suspect.objects.filter(training=True).exists()
    merge(twin, things["company"])
    training_remove(office)
    assert not Merge.objects.exists()
    assert not Suspect.objects.filter(training=True).exists()
    assert not Company.objects.filter(training=True).exists()


def test_a_merged_company_outlives_its_row(real, merge, office):
    """Companies are loaded anew, and the one that was merged has left the tables."""
    from yanlian.tables import Table
    from yanlian_web.desk.actions import companies_load
    from yanlian_web.desk.models import Company
    from yanlian_web.desk.statements import tables_of

    kept, other = real
    merge(kept, other)
    firms = tables_of(office)["firms"]
    left = firms.take(firms["firm_id"] != other.firm_id)
    assert isinstance(left, Table)
    companies_load(office=office, table=left)
    gone = Company.objects.get(pk=other.pk)
    assert gone.merged_into == kept
    assert not gone.in_tables
