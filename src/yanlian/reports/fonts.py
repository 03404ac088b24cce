"""Finding a Chinese font: a configured folder, then the font package, then the system."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from yanlian.errors import SourceError
from yanlian.text import N_

SYSTEM = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
_MARKS = ("cjk", "notosanssc", "notoserifsc", "sourcehan", "simsun", "msyh", "pingfang")


def font_folders() -> list[str]:
    """Return folders that hold a Chinese font.

    Raises
    ------
    SourceError
        When there is none: papers with empty boxes are not written.
    """
    found: list[Path] = []
    named = os.environ.get("YANLIAN_FONTS")
    if named:
        found.append(Path(named))
    spec = importlib.util.find_spec("manimgx_fonts_cjk")
    if spec and spec.submodule_search_locations:
        found += [Path(place) for place in spec.submodule_search_locations]
    found += [place for place in SYSTEM if place.is_dir()]
    good = [
        folder
        for folder in found
        if folder.is_dir()
        and any(
            mark in path.name.lower().replace("-", "").replace("_", "")
            for path in folder.rglob("*.[ot]t[fc]")
            for mark in _MARKS
        )
    ]
    if not good:
        raise SourceError(
            N_(
                "No Chinese font was found. Install the package manimgx-fonts-cjk, or set "
                "YANLIAN_FONTS to a folder with one."
            )
        )
    return [str(folder) for folder in good[:1]]
