from tests.web.matrices import WRITE, WRITE_OWN

# Nothing was chosen, or the step is not there yet: refused with a sentence.
STEP = {**WRITE_OWN, "bo": 422, "alice": 422}

ROWS = {
    "import": ("get", {}, WRITE),
    "import-one": ("get", {"pk": "import"}, WRITE_OWN),
    "import-sheet": ("post", {"pk": "import"}, {**STEP, "bo": 302, "alice": 302}),
    "import-preview": ("post", {"pk": "import"}, STEP),
    "import-choose": ("post", {"pk": "import"}, STEP),
    "import-apply": ("post", {"pk": "import"}, STEP),
    "import-undo": ("get", {"pk": "import"}, WRITE_OWN),
    "import-drop": ("post", {"pk": "import"}, {**STEP, "bo": 302, "alice": 302}),
    # Before the preview there is no result.
    "import-result": ("get", {"pk": "import"}, {**WRITE_OWN, "bo": 404, "alice": 404}),
}
