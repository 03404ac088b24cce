"""Every study can be run from a form that is made from its parameters."""

import pytest

from yanlian.params import describe
from yanlian.studies import STUDIES
from yanlian_web.offices.models import LogLine


@pytest.mark.parametrize("key", list(STUDIES))
def test_the_form_has_a_field_for_every_parameter(alice, key):
    groups = alice.get(f"/studies/{key}/new/").context["groups"]
    names = [field["name"] for group in groups for field in group["fields"]]
    assert sorted(names) == sorted(info.name for info in describe(STUDIES[key].params))


def test_a_study_is_run_with_the_values_sent(alice):
    response = alice.post("/studies/gaps/new/", {"region": "yongkang", "most": "5"})
    assert response.status_code == 302
    page = alice.get(response["Location"]).context
    assert len(page["gaps"]) == 5
    assert page["run"]["params"]["most"] == 5
    line = LogLine.objects.filter(code="studies.run.made").first()
    assert (line.subject, line.by.username) == (page["run"]["id"], "alice")


def test_a_trip_opens_when_it_is_planned(alice):
    response = alice.post(
        "/studies/trip/new/",
        {"region": "yongkang", "destination": "hangzhou", "dates": "2026-12-09"},
    )
    assert response["Location"].startswith("/trips/trip-")
    days = alice.get(response["Location"]).context["days"]
    assert [day["date"] for day in days] == ["2026-12-09"]


def test_wrong_values_come_back_with_the_reason_and_nothing_is_run(alice):
    lines = LogLine.objects.count()
    response = alice.post(
        "/studies/gaps/new/", {"strong": "7", "most": "many", "region": "yongkang"}
    )
    assert response.status_code == 422
    text = response.content.decode()
    assert "Expected a value from 0 to 1" in text
    assert "Expected a number" in text
    assert 'value="many"' in text  # what was typed is not lost
    assert LogLine.objects.count() == lines


def test_a_study_that_is_not_there_says_so(alice):
    assert alice.get("/studies/nothing/new/").status_code == 404
