from tests.web.matrices import OWN, SEE, WRITE, WRITE_OWN

# Nothing was sent, so nothing is chosen: back to the page.
CHOOSE = {**dict.fromkeys(SEE, 302), "nobody": 403}
NEVER = dict.fromkeys(SEE, 404)

ROWS = {
    "handover": ("get", {}, WRITE),
    "handover-office": ("get", {}, WRITE),
    "handover-pack": ("get", {"pk": "member"}, WRITE_OWN),
    "handover-give": ("get", {"pk": "member"}, {**WRITE_OWN, "chen": 404}),
    "handover-given": ("get", {"pk": "handover"}, OWN),
    "reviews": ("get", {}, SEE),
    "reviews-one": ("get", {"pk": "trip", "after": 30}, OWN),
    "reminders": ("get", {}, SEE),
    "reminders-choose": ("post", {}, CHOOSE),
    "reminders-norms": ("get", {}, SEE),
    "reminders-calendar": ("post", {}, CHOOSE),
    # Who has no address of today gets nothing, signed in or not.
    "calendar-feed": ("get", {"secret": "guessed"}, NEVER),
}
