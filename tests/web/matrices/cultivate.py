from tests.web.matrices import DECIDE, OWN, SEE

# No tier is sent, so whoever may plan is told what is missing.
UNSAID = {**DECIDE, "chen": 409, "alice": 409}
RUN = {"anonymous": 302, "nobody": 403, "chen": 302, "rita": 403, "bo": 302, "alice": 302}  # fmt: skip
ROWS = {
    "cultivate": ("get", {}, SEE),
    "cultivate-touches": ("get", {}, SEE),
    "cultivate-plans": ("post", {}, UNSAID),
    "cultivate-issues": ("get", {}, SEE),
    "cultivate-book": ("get", {}, SEE),
    "cultivate-needs": ("get", {}, SEE),
    "cultivate-need": ("get", {"pk": "need"}, OWN),
    "cultivate-ladder": ("get", {}, SEE),
    "cultivate-ladder-run": ("post", {}, RUN),
    "cultivate-ladder-one": ("get", {"pk": "company"}, OWN),
}
