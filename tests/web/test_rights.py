"""Every address × (anonymous, without office, other office, reader, officer, head)."""

import pytest
from django.urls import get_resolver, reverse

from tests.web.matrices import OWN, SEE, all_rows

RUN = {
    "anonymous": 302,
    "nobody": 403,
    "chen": 404,
    "rita": 403,
    "bo": 302,
    "alice": 302,
}
OPEN = dict.fromkeys(SEE, 200)
SWITCH = dict.fromkeys(SEE, 302)

MATRIX = {
    "home": ("get", {}, SEE),
    "chain": ("get", {}, SEE),
    "chain-graph": ("get", {"run_id": "gaps"}, OWN),
    "gaps": ("get", {}, SEE),
    "gaps-run": ("post", {}, {**RUN, "chen": 409}),
    "trips": ("get", {}, SEE),
    "trips-one": ("get", {"run_id": "trip"}, OWN),
    "trips-replan": ("post", {"run_id": "trip"}, RUN),
    "trips-paper": ("get", {"run_id": "trip", "name": "itinerary.ics"}, OWN),
    "studies-new": ("get", {"key": "gaps"}, {**SEE, "rita": 403, "chen": 409}),
    "runs": ("get", {}, SEE),
    "runs-one": ("get", {"run_id": "trip"}, OWN),
    "runs-table": ("get", {"run_id": "trip", "table": "stops"}, OWN),
    "companies": ("get", {}, SEE),
    "companies-one": ("get", {"firm_id": "X002"}, OWN),
    "search": ("get", {}, SEE),
    "data": ("get", {}, {**SEE, "chen": 409}),
    "sources": ("get", {}, {**SEE, "chen": 409}),
    "help": ("get", {}, OPEN),
    "help-page": ("get", {"page": "index"}, OPEN),
    "language": ("post", {}, SWITCH),
    "numbers": ("post", {}, SWITCH),
    "sign-in": ("get", {}, OPEN),
    "sign-out": ("post", {}, SWITCH),
    **all_rows(),
}


def names(patterns):
    for pattern in patterns:
        if getattr(pattern, "namespace", None) == "api":
            continue  # the interface has a matrix of its own
        if hasattr(pattern, "url_patterns"):
            yield from names(pattern.url_patterns)
        else:
            yield pattern.name


def test_every_address_is_in_the_matrix():
    assert set(names(get_resolver().url_patterns)) == set(MATRIX)


@pytest.mark.parametrize("who", list(SEE))
@pytest.mark.parametrize("name", list(MATRIX))
def test_rights(client, people, things, trip_id, gaps_id, name, who):
    method, arguments, expected = MATRIX[name]
    runs = {"trip": trip_id, "gaps": gaps_id} if "run_id" in arguments else {}
    arguments = {
        k: things[v].pk if k == "pk" and v in things else runs.get(v, v)
        for k, v in arguments.items()
    }
    if who != "anonymous":
        client.force_login(people[who])
    response = getattr(client, method)(reverse(name, kwargs=arguments))
    assert response.status_code == expected[who]
    if expected[who] == 302 and who == "anonymous" and expected is not SWITCH:
        assert "/sign-in/" in response["Location"]


@pytest.mark.parametrize("name", [n for n, row in MATRIX.items() if row[0] == "post"])
def test_what_changes_something_refuses_to_be_fetched(alice, things, trip_id, name):
    arguments = {
        k: things[v].pk if v in things else trip_id if k == "run_id" else v
        for k, v in MATRIX[name][1].items()
    }
    assert alice.get(reverse(name, kwargs=arguments)).status_code == 405
