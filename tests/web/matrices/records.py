from tests.web.matrices import OWN, SEE, WRITE, WRITE_OWN

ROWS = {
    "new": ("get", {"kind": "deal"}, WRITE),
    "edit": ("get", {"kind": "deal", "pk": "deal"}, WRITE_OWN),
    "archive": ("get", {"kind": "company", "pk": "company"}, WRITE_OWN),
    "do": ("get", {"key": "deal-move", "pk": "deal"}, {**OWN, "rita": 403}),
    "pick": ("get", {"kind": "company"}, SEE),
}
