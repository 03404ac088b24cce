from tests.web.matrices import DECIDE, OWN, SEE

# Accepting refuses here since no plan is named; 409 tells why.
ACCEPT = {**DECIDE, "chen": 409, "alice": 409}
ABSENT = "0" * 64

ROWS = {
    "journeys": ("get", {}, SEE),
    "journeys-accept": ("post", {}, ACCEPT),
    "journeys-one": ("get", {"pk": "trip"}, OWN),
    "meetings": ("get", {}, SEE),
    "meetings-one": ("get", {"pk": "meeting"}, OWN),
    "day": ("get", {}, SEE),
    # Nobody may see a file that hangs on nothing.
    "file": (
        "get",
        {"sha256": ABSENT},
        {"anonymous": 302, "nobody": 403, **dict.fromkeys(("chen", "rita", "bo", "alice"), 404)},
    ),
    "promises": ("get", {}, SEE),
    "promises-week": ("get", {}, SEE),
    "promises-one": ("get", {"pk": "promise"}, OWN),
}  # fmt: skip
