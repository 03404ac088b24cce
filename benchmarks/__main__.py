"""``python -m benchmarks [--quick] [part …]``: measure all, write docs/dev/benchmarks.md."""

from __future__ import annotations

import datetime
import importlib
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.measure import markdown
from yanlian.store import versions

PARTS = {
    "job": "The whole main job on the sample",
    "firms": "place_firms: firms on segments",
    "chains": "find_gaps: strength and gaps",
    "targets": "rank_targets",
    "trips": "plan_trip",
    "progress": "measure_progress: indicators from a log",
    "names": "match_names and compare_names: which names are one company",
    "web": "The workbench: server time per page",
    "desk": "The desk: server time per page and action",
    "merging": "Companies on file twice: found, merged and taken apart",
    "finding": "The search box: server time per text",
    "api": "The interface: server time per address",
    "intake": "Imports: preview, apply and undo of many rows on both databases",
}
TARGET = Path(__file__).parent.parent / "docs" / "dev" / "benchmarks.md"
PARTS_FOLDER = TARGET.parent / "benchmarks"


def machine() -> str:
    """Return one line about the machine and the versions."""
    found = ", ".join(f"{name} {version}" for name, version in versions().items())
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}; {found}"


def main() -> None:
    """Run the parts named, or all; keep the last table of the others."""
    quick = "--quick" in sys.argv
    chosen = [word for word in sys.argv[1:] if not word.startswith("-")] or list(PARTS)
    PARTS_FOLDER.mkdir(parents=True, exist_ok=True)
    if len(chosen) > 1:
        # Each in a process of its own: the memory of one is not the peak of the next.
        for part in chosen:
            words = [sys.executable, "-m", "benchmarks", part]
            subprocess.run([*words, "--quick"] if quick else words, check=True)
        return
    for part in chosen:
        started = time.perf_counter()
        module = importlib.import_module(f"benchmarks.{part}")
        rows = module.run(quick=quick)
        lines = [f"## {PARTS[part]}", "", (module.__doc__ or "").strip(), ""]
        groups: dict[str, list[dict[str, object]]] = {}
        for row in rows:
            groups.setdefault(" ".join(row), []).append(row)
        for group in groups.values():
            lines += [markdown(group), ""]
        day = datetime.date.today().isoformat()
        took = time.perf_counter() - started
        size = ", quick" if quick else ""
        lines += [f"Measured {day} in {took:.0f} s{size}. {machine()}.", ""]
        text = "\n".join(lines)
        (PARTS_FOLDER / f"{part}.md").write_text(text, encoding="utf-8")
        print(text, flush=True)
    head = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. Baselines are measured in the same run.",
        "",
    ]
    texts = [
        (PARTS_FOLDER / f"{part}.md").read_text(encoding="utf-8")
        for part in PARTS
        if (PARTS_FOLDER / f"{part}.md").is_file()
    ]
    TARGET.write_text("\n".join(head) + "\n".join(texts), encoding="utf-8")


if __name__ == "__main__":
    main()
