from tests.web.matrices import SEE, WRITE_OWN

# Asked without a pair, or about a merge that is none, there is nothing.
NOTHING = {**SEE, "chen": 404, "rita": 404, "bo": 404, "alice": 404}
DONE = {**SEE, "chen": 302, "rita": 403, "bo": 302, "alice": 302}

ROWS = {
    "duplicates": ("get", {}, SEE),
    "duplicates-search": ("post", {}, DONE),
    "duplicates-apart": ("post", {}, {**NOTHING, "rita": 403}),
    "duplicates-together": ("post", {"pk": 0}, {**NOTHING, "rita": 403}),
    "companies-merge": ("get", {"firm_id": "X002"}, WRITE_OWN),
    "merges-one": ("get", {"pk": 0}, NOTHING),
}
