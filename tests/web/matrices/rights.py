from tests.web.matrices import SEE

# For heads and administrators.
ADMIN = {**SEE, "rita": 403, "bo": 403}
ADMIN_OWN = {**ADMIN, "chen": 404}
LOOK = {**ADMIN_OWN, "alice": 302}

ROWS = {
    "rights": ("get", {}, SEE),
    "members": ("get", {}, ADMIN),
    "members-one": ("get", {"pk": "member"}, ADMIN_OWN),
    "looking": ("post", {"pk": "member"}, LOOK),
    "looking-end": ("post", {}, {**SEE, **dict.fromkeys(("chen", "rita", "bo", "alice"), 302)}),
    "why": ("get", {"kind": "deal", "pk": "deal"}, SEE),
    "exists": ("get", {}, SEE),
    "audit": ("get", {}, ADMIN),
}  # fmt: skip
