"""Names of companies: short to full to English, and pairs of organisations."""

from __future__ import annotations

import csv
import hashlib
import os
from pathlib import Path

DATA = Path(os.environ.get("YANLIAN_BENCH_DATA", "../shared/data"))


def half(key: str) -> str:
    """Return the half a company or a pair belongs to, by a fixed hash."""
    return "test" if hashlib.sha256(key.encode()).digest()[0] % 2 else "tune"


def listed_firms(part: str) -> list[dict[str, str]]:
    path = DATA / "china_company_names" / "names_zh_en.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if half(row["code"]) == part]


def organisation_pairs(part: str) -> list[dict[str, str]]:
    path = DATA / "org_name_pairs" / "pairs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            row
            for row in csv.DictReader(file)
            if half("|".join(sorted((row["name1"], row["name2"])))) == part
        ]
