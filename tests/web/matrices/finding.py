from tests.web.matrices import SEE, WRITE_OWN

# There is no such view, or it belongs to somebody else.
NONE = {**dict.fromkeys(SEE, 403), "anonymous": 302}
ROWS = {
    "views": ("get", {}, SEE),
    "views-new": ("get", {}, SEE),
    "views-edit": ("post", {"pk": "deal"}, NONE),
    "cell": ("get", {"kind": "deal", "pk": "deal", "field": "owner"}, WRITE_OWN),
    "undo": ("post", {"pk": "deal"}, NONE),
}
