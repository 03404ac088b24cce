"""What local firms can make, against what anchor firms need."""

from yanlian.suppliers.match import (
    PARTS,
    Need,
    Offer,
    Pair,
    Part,
    match_needs,
    match_pair,
)
from yanlian.suppliers.measures import (
    UNITS,
    bigram_likeness,
    convert,
    overlap,
    runs_in_common,
    word_units,
)
from yanlian.suppliers.stable import blocking_pairs, first_introductions, stable_pairs

__all__ = [
    "PARTS",
    "UNITS",
    "Need",
    "Offer",
    "Pair",
    "Part",
    "bigram_likeness",
    "blocking_pairs",
    "convert",
    "first_introductions",
    "match_needs",
    "match_pair",
    "overlap",
    "runs_in_common",
    "stable_pairs",
    "word_units",
]
