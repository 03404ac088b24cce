from tests.web.matrices import OWN, SEE

DECIDE_POST = {
    "anonymous": 302,
    "nobody": 403,
    "chen": 404,
    "rita": 403,
    # Nothing disagrees on the record of the matrix, so there is nothing to decide.
    "bo": 422,
    "alice": 422,
}

ROWS = {
    "people": ("get", {}, SEE),
    "people-one": ("get", {"pk": "person"}, OWN),
    "organisations": ("get", {}, SEE),
    "organisations-one": ("get", {"pk": "organisation"}, OWN),
    "conflicts": ("get", {}, SEE),
    "conflicts-decide": ("post", {"pk": "company"}, DECIDE_POST),
}
