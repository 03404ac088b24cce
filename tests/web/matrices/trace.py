from tests.web.matrices import OWN, SEE, WRITE

# Asked without saying which gap, there is nothing.
NOTHING = {**SEE, "chen": 404, "rita": 404, "bo": 404, "alice": 404}
ROWS = {
    "gaps-open": ("get", {}, SEE),
    "gaps-take": ("get", {}, {**NOTHING, "rita": 403}),
    "gaps-state": ("get", {}, NOTHING),
    "trace": ("get", {"gap_id": "fill:C45"}, OWN),
    "year": ("get", {"year": 2026}, SEE),
    "impact": ("get", {}, SEE),
    "impact-one": ("get", {"code": "K06"}, SEE),
    "impact-definitions": ("get", {}, SEE),
    "log": ("get", {}, WRITE),
}
