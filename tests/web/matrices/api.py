from tests.web.matrices import SEE

# For whoever leads or administers an office.
ADMIN = {**SEE, "bo": 403, "rita": 403}

ROWS = {
    "api-absent": ("get", {"rest": "v1/nothing"}, dict.fromkeys(SEE, 404)),
    "api-tokens": ("get", {}, SEE),
    "api-webhooks": ("get", {}, ADMIN),
    "api-token-revoke": (
        "post",
        {"pk": 999},
        {**dict.fromkeys(SEE, 404), "anonymous": 302, "nobody": 403},
    ),
    "api-webhook": ("get", {"pk": 999}, {**ADMIN, "chen": 404, "alice": 404}),
    "api-again": (
        "post",
        {"pk": 999, "delivery": 1},
        {**ADMIN, "chen": 404, "alice": 404},
    ),
}
