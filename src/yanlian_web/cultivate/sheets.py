"""Which fields of each kind of record a person fills in."""

from __future__ import annotations

from yanlian.text import N_
from yanlian_web.desk.forms import sheet

TEXTS = ("text_en", "text_zh")
SOURCE = (N_("Where it is from"), ("source", "source_on", "basis"))

sheet("touch-norm", ("", ("tier", "months", "means")))
sheet(
    "touch-plan",
    ("", ("company", "months", "means", "since", "owner", "aim_en", "aim_zh")),
)
sheet(
    "issue",
    ("", ("company", *TEXTS, "about", "department")),
    ("", ("on", "due_on", "meeting", "owner")),
)
sheet(
    "capability",
    ("", ("company", *TEXTS, "segment_id")),
    (N_("How much, how well, how soon"), ("capacity", "unit", "certificates", "lead_days")),
    SOURCE,
)  # fmt: skip
sheet(
    "need",
    ("", ("company", *TEXTS, "segment_id")),
    (
        N_("How much, how well, by when"),
        ("volume", "unit", "certificates", "due_on", "owner"),
    ),
    (N_("Note"), ("note_en", "note_zh")),
    SOURCE,
)
sheet(
    "ladder-fact",
    ("", ("company", "measure", "value", "answer", "year")),
    (N_("Where it is from"), ("source", "source_url", "source_on", "basis")),
)
