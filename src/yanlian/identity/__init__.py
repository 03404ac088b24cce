"""Names of companies in both languages: searched, checked, taken apart and matched."""

from yanlian.identity.compare import NameMatch, compare_names
from yanlian.identity.match import NameMatches, match_names
from yanlian.identity.parse import Name, normal_name, parse_name
from yanlian.identity.search import (
    credit_code_ok,
    fold,
    initials,
    pinyin,
    search_text,
)
from yanlian.identity.within import NameTwins, twin_names

__all__ = [
    "Name",
    "NameMatch",
    "NameMatches",
    "NameTwins",
    "compare_names",
    "credit_code_ok",
    "fold",
    "initials",
    "match_names",
    "normal_name",
    "parse_name",
    "pinyin",
    "search_text",
    "twin_names",
]
