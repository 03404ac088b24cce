"""Issues of firms: their clock, how they end, the firm's own word, nothing twice."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from tests.web.cultivating import DAY, codes, firm, issue, met, texts
from yanlian_web.cultivate.actions.issues import issue_confirm, issue_solve
from yanlian_web.cultivate.models import Issue
from yanlian_web.cultivate.queries import issues
from yanlian_web.desk.acting import Conflict, Refused, today
from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.offices.models import LogLine


def solve(member, item, ago=0, how="Second feed laid", version=None):
    return issue_solve(by=member, pk=item.pk, version=version, how=how, solved_on=today() - ago * DAY)  # fmt: skip


def confirm(member, item, answer="yes", who="Ji Wan", **more):
    return issue_confirm(by=member, pk=item.pk, version=None, answer=answer, who=who, **more)  # fmt: skip


def test_the_clock_runs_from_raised_to_solved(members):
    bo = members["bo"]
    item = issue(bo, firm(bo, "A"), ago=40, due_on=today() - 10 * DAY)
    (row,) = issues.all_of(bo)
    assert (row.days, row.late) == (40, 10)
    before = LogLine.objects.count()
    solve(bo, item, ago=15)
    assert LogLine.objects.count() == before + 1
    (row,) = issues.all_of(bo)
    assert (row.days, row.late) == (25, 0)


def test_only_the_firm_says_that_it_is_solved(members):
    bo = members["bo"]
    item = issue(bo, firm(bo, "A"))
    with pytest.raises(Refused) as error:
        confirm(bo, item)
    assert codes(error) == {"issue.open"}
    solve(bo, item, ago=5)
    with pytest.raises(Refused) as error:
        confirm(bo, item, answer="no", who=" ", on=today() - 9 * DAY)
    assert codes(error) == {"issue.day", "issue.who", "issue.why"}
    found = confirm(bo, item)
    assert (found.confirmed_on, found.confirmed_by) == (today(), "Ji Wan")
    with pytest.raises(Refused) as error:
        confirm(bo, item)
    assert codes(error) == {"issue.confirmed"}


def test_a_no_opens_it_again_and_the_clock_runs_on(members):
    bo = members["bo"]
    item = issue(bo, firm(bo, "A"), ago=40)
    solve(bo, item, ago=20)
    found = confirm(bo, item, answer="no", why="Power fails on Mondays")
    assert (found.solved_on, found.reopened) == (None, 1)
    (row,) = issues.all_of(bo)
    assert row.days == 40
    line = LogLine.objects.filter(code="cultivate.issue.confirmed").first()
    assert line.data["why"] == "Power fails on Mondays"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"on": today() + DAY}, "issue.ahead"),
        ({"due_on": today() - 99 * DAY}, "issue.order"),
        ({"text_en": ""}, "desk.name"),
        ({"text_en": "Po\u202ewer"}, "desk.hidden"),
    ],
)
def test_what_cannot_be(members, values, code):
    bo = members["bo"]
    with pytest.raises(Refused) as error:
        issue(bo, firm(bo, "A"), **{"text": "Power", **values} if "text_en" not in values else values)  # fmt: skip
    assert code in codes(error)
    assert not Issue.objects.exists()


def test_solving_is_refused_with_all_that_is_wrong(members):
    bo = members["bo"]
    item = issue(bo, firm(bo, "A"), ago=10)
    with pytest.raises(Refused) as error:
        solve(bo, item, ago=11, how="  ")
    assert codes(error) == {"issue.day", "issue.how"}
    with pytest.raises(Refused):
        solve(bo, item, ago=-1)
    solve(bo, item)
    with pytest.raises(Refused) as error:
        solve(bo, item)
    assert codes(error) == {"issue.solved"}
    with pytest.raises(Conflict):
        solve(bo, item, version=1)


def test_the_day_of_a_solved_one_stays(members):
    bo = members["bo"]
    item = issue(bo, firm(bo, "A"), ago=10)
    solve(bo, item, ago=2)
    with pytest.raises(Refused) as error:
        record_change(by=bo, kind="issue", pk=item.pk, version=None, values={"on": today() - 5 * DAY})  # fmt: skip
    assert codes(error) == {"issue.counted"}


def test_nothing_is_raised_twice(members, things):
    bo = members["bo"]
    company = things["company"]
    with pytest.raises(Refused) as error:
        issue(bo, company, text="Power")
    assert codes(error) == {"issue.twice"}
    assert "blocker" in texts(error, "en")[0]
    issue(bo, company, text="Gas")
    with pytest.raises(Refused) as error:
        issue(bo, company, text=" Gas ")
    assert codes(error) == {"issue.twice"}
    # Another firm may well have the same trouble.
    issue(bo, firm(bo, "B"), text="Gas")


def test_a_meeting_with_somebody_else_is_no_source(members):
    bo = members["bo"]
    meeting = met(bo, firm(bo, "B"), 3)
    with pytest.raises(Refused) as error:
        issue(bo, firm(bo, "A"), meeting=meeting)
    assert codes(error) == {"issue.meeting"}


def test_blockers_of_deals_are_counted_too(members, things):
    bo = members["bo"]
    issue(bo, firm(bo, "A"), ago=100, about="energy")
    done = issue(bo, firm(bo, "B"), text="Gas", ago=20, about="energy")
    solve(bo, done, ago=10)
    rows = issues.all_of(bo)
    assert sorted(r.kind for r in rows) == ["blocker", "issue", "issue"]
    found = issues.figures(rows, 30)
    assert (found["open"], found["over"], found["solved"]) == (2, 2, 1)
    assert (found["median"], found["confirmed"], found["to_confirm"]) == (10, 0, 1)
    assert issues.figures(rows, 10**6)["over"] == 0
    assert [s["code"] for s in issues.by_subject(rows)] == ["energy", ""]


def test_median_of_the_solved(members):
    bo = members["bo"]
    company = firm(bo, "A")
    for number, days in enumerate((3, 9, 30)):
        item = issue(bo, company, text=f"T{number}", ago=days)
        solve(bo, item)
    assert issues.figures(issues.all_of(bo), 30)["median"] == 9
    assert issues.figures([], 30)["median"] is None


def test_filters(members, things):
    bo = members["bo"]
    company = firm(bo, "A")
    old = issue(bo, company, ago=100, about="land")
    new = issue(members["alice"], company, text="Gas", ago=2, about="energy", due_on=today() - DAY)  # fmt: skip
    done = issue(bo, company, text="Tax", ago=50, about="tax")
    solve(bo, done, ago=4)

    def found(query):
        rows = issues.chosen(bo, issues.all_of(bo), QueryDict(query))
        return [r.pk for r in rows if r.kind == "issue"]

    assert found("") == [old.pk, new.pk]
    assert found("show=over&over=60") == [old.pk]
    assert found("show=late") == [new.pk]
    assert found("show=solved") == [done.pk]
    assert found("show=unconfirmed") == [done.pk]
    assert found("show=all") == [old.pk, done.pk, new.pk]
    assert found("from=blocker") == []
    assert found("about=energy") == [new.pk]
    assert found("owner=me") == [old.pk]
    assert found("department=none") == [old.pk, new.pk]
    assert found("over=' OR 1=1&about=x&department=x") == [old.pk, new.pk]


def test_hidden_companies_and_readers(members):
    bo, rita = members["bo"], members["rita"]
    issue(bo, firm(bo, "A", visibility="own"))
    item = issue(bo, firm(bo, "B"), text="Gas")
    assert [r.pk for r in issues.all_of(rita)] == [item.pk]
    with pytest.raises(PermissionDenied):
        solve(rita, item)
    with pytest.raises(PermissionDenied):
        record_add(by=rita, kind="issue", values={"company": item.company, "text_en": "x", "on": today()})  # fmt: skip


def test_questions_do_not_grow_with_the_issues(members, django_assert_num_queries):
    bo = members["bo"]
    issue(bo, firm(bo, "A"))
    with django_assert_num_queries(3):
        issues.page(bo, QueryDict())
    company = firm(bo, "B")
    for number in range(20):
        issue(bo, company, text=f"T{number}", ago=number)
    with django_assert_num_queries(3):
        page = issues.page(bo, QueryDict())
    assert page["total"] == 21
