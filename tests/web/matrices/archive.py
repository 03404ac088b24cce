from tests.web.matrices import SEE

LEAD = {**SEE, "rita": 403, "bo": 403}
LEAD_OWN = {**LEAD, "chen": 404}
# Before everything goes out or anything goes for good, one confirms that it is oneself.
AGAIN = {**LEAD, "chen": 302, "alice": 302}
ROWS = {
    "everything": ("get", {}, LEAD),
    "everything-export": ("post", {}, AGAIN),
    "personal": ("get", {"pk": "person"}, LEAD_OWN),
    "personal-export": ("post", {"pk": "person"}, LEAD_OWN),
    "personal-erase": ("post", {"pk": "person"}, AGAIN),
}
