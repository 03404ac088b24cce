"""Write the workbench's gettext catalogue from its parts, and guard all texts.

``src/yanlian_web/locale/parts/*.csv`` hold English sentences with their Chinese; this
makes ``locale/zh_Hans/LC_MESSAGES/django.po`` and ``.mo`` of them (both ignored by
git). The library reads its own parts directly.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

ROOT = Path(__file__).parent.parent
WEB = ROOT / "src" / "yanlian_web" / "locale"


def read_parts(folder: Path) -> dict[str, str]:
    """Return the Chinese of every sentence; two different ones are an error."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                known = found.setdefault(row["msgid"], row["zh"])
                if known != row["zh"]:
                    sys.exit(
                        f"{path.name}: {row['msgid']!r} has two translations, "
                        f"{known!r} and {row['zh']!r}. Keep one."
                    )
    return found


def main() -> None:
    """Write the catalogue."""
    sentences = read_parts(WEB / "parts")
    catalogue = Catalog(locale="zh_Hans", project="Yanlian", fuzzy=False)
    for msgid, zh in sentences.items():
        flags = ("python-format",) if "%(" in msgid else ()
        catalogue.add(msgid, zh, flags=flags)
    target = WEB / "zh_Hans" / "LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    with (target / "django.po").open("wb") as file:
        write_po(file, catalogue, sort_output=True)
    with (target / "django.mo").open("wb") as file:
        write_mo(file, catalogue)


if __name__ == "__main__":
    main()
