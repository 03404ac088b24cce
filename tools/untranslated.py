"""Print sentences of the program that have no Chinese yet, as JSON lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.test_text import (
    LIBRARY_MARKS,
    WEB_MARKS,
    catalogue,
    python_texts,
    template_texts,
)

for package, marks in (("yanlian", LIBRARY_MARKS), ("yanlian_web", WEB_MARKS)):
    texts = python_texts(package, marks)
    if package == "yanlian_web":
        texts |= template_texts()
    known = catalogue(package)
    for text in texts:
        if not known.get(text):
            print(json.dumps([package, text], ensure_ascii=False))
