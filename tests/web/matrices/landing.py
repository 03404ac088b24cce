from tests.web.matrices import OWN, SEE

# The text of a draft and the file of a paper are not there; see test_landing_files.
NONE = {**OWN, "rita": 404, "bo": 404, "alice": 404}
ROWS = {
    "agreements": ("get", {}, SEE),
    "agreements-sleeping": ("get", {}, SEE),
    "agreements-one": ("get", {"pk": "agreement"}, OWN),
    "agreements-text": ("get", {"pk": "agreement"}, NONE),
    "incentives": ("get", {}, SEE),
    "incentives-rules": ("get", {}, SEE),
    "landing": ("get", {}, SEE),
    "landing-one": ("get", {"pk": "deal"}, OWN),
    "landing-paper": ("get", {"pk": "deal"}, NONE),
    "blockers": ("get", {}, SEE),
    "verify": ("get", {}, {**SEE, "rita": 403}),
}
