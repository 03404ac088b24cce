"""Which fields of each kind of record a person fills in."""

from __future__ import annotations

from yanlian.text import N_
from yanlian_web.desk.forms import WHO, sheet

NAMES = ("name_en", "name_zh")
TEXTS = ("text_en", "text_zh")
SOURCE = (N_("Where it is from"), ("source", "source_on", "basis"))

sheet(
    "company",
    ("", (*NAMES, "credit_code", "tier", "leading", "aliases", "former_names")),
    (
        N_("Where and what"),
        ("city_en", "city_zh", "products_en", "products_zh", "website"),
    ),
    (N_("Note"), ("note_en", "note_zh")),
    (N_("Who answers, who sees"), ("owner", "team", "visibility")),
)
sheet(
    "company-link",
    ("", ("parent", "child", "relation", "share", "since", "until")),
    SOURCE,
)
sheet(
    "site",
    ("", ("company", "use", *NAMES, "address_en", "address_zh", "lat", "lon")),
    ("", ("since", "until")),
    SOURCE,
)
sheet(
    "fact",
    ("", ("company", "field", *TEXTS, "value", "unit", "year")),
    (N_("Where it is from"), ("source", "source_url", "source_on", "basis")),
)
sheet(
    "person",
    ("", (*NAMES, "side", "member", "rank", "languages")),
    (N_("Note"), ("note_en", "note_zh")),
    (N_("Where it is from"), ("source", "source_on")),
    WHO,
)
sheet(
    "post",
    (
        "",
        ("person", "company", "organisation", "title_en", "title_zh", "since", "until"),
    ),
    SOURCE,
)
sheet(
    "contact",
    ("", ("person", "means", "value")),
    (N_("Why it is kept"), ("purpose", "ground", "expires_on")),
    (N_("Where it is from"), ("source", "source_on")),
)
sheet(
    "organisation",
    ("", (*NAMES, "sort_of", "ours", "part_of", "city_en", "city_zh", "website")),
    (N_("Note"), ("note_en", "note_zh")),
    (N_("Where it is from"), ("source", "source_on")),
    WHO,
)
sheet(
    "meeting",
    (
        "",
        (
            "way",
            "title_en",
            "title_zh",
            "company",
            "organisation",
            "deal",
            "gap",
            "trip",
        ),
    ),
    (N_("When and where"), ("on", "start_min", "end_min", "place_en", "place_zh")),
    (N_("What for"), ("purpose_en", "purpose_zh")),
    (N_("What came out"), ("summary_en", "summary_zh", "no_promises")),
    (N_("Who answers, who sees"), ("owner", "visibility", "secrecy")),
)
sheet("attendance", ("", ("meeting", "person", "side", "role")))
sheet(
    "question",
    ("", ("meeting", *TEXTS, "order")),
    (N_("Answer"), ("answer_en", "answer_zh")),
)
sheet(
    "promise",
    ("", ("side", *TEXTS, "made_on", "due_on", "owner")),
    (
        N_("What it belongs to"),
        ("company", "deal", "gap", "meeting", "agreement", "clause"),
    ),
    (N_("Who made it, who answers"), ("person", "department", "visibility")),
    (N_("Number promised"), ("what", "value")),
)
sheet("pipeline", ("", (*NAMES, "order")))
sheet(
    "deal",
    (
        "",
        (
            "company",
            "title_en",
            "title_zh",
            "gap",
            "pipeline",
            "trip",
            "stage_note",
            "in_chain",
        ),
    ),
    (N_("What the company intends"), ("value_cny", "jobs", "likelihood")),
    WHO,
)
sheet(
    "agreement",
    ("", ("sort_of", "number", "title_en", "title_zh", "company", "deal", "follows")),
    (N_("Money"), ("amount", "currency", "rate", "amount_basis")),
    (N_("Days"), ("expires_on", "next_en", "next_zh", "next_on")),
    (N_("Text"), ("prevails", "if_broken")),
    WHO,
)
sheet("party", ("", ("agreement", "side", *NAMES, "signed_by")))
sheet(
    "incentive",
    ("", ("deal", "agreement", "sort_of", *TEXTS, "value_cny", "legal_basis")),
    (
        N_("Fair competition"),
        ("one_firm", "tied_to_tax", "forces_seat", "local_purchase", "published"),
    ),
)
sheet(
    "competition-rule",
    ("", ("rule", "level", "kinds", "when")),
    ("", ("reason_en", "reason_zh", "basis_en", "basis_zh", "text_seen")),
)
sheet(
    "blocker",
    ("", ("deal", *TEXTS, "department", "since", "due_on", "owner")),
)
sheet(
    "service",
    ("", ("sort_of", "company", "deal", *TEXTS)),
    ("", ("on", "due_on", "value", "code", "owner")),
)
