"""``yanlian demo --no-serve`` in an empty folder, from the start of the process."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time


def run(quick: bool = False) -> list[dict[str, object]]:
    """Measure the main job cold, and again on its stored runs."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for case in ("cold, empty folder", "again, runs stored"):
            command = [sys.executable, "-m", "yanlian.cli", "demo", "--no-serve"]
            started = time.perf_counter()
            subprocess.run([*command, "--out", folder], check=True, capture_output=True)
            seconds = time.perf_counter() - started
            peak_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            rows.append(
                {
                    "main job": case,
                    "seconds": round(seconds, 1),
                    "peak MB (largest so far)": round(peak_kb / 1024),
                    "aim": "15 s, 1,000 MB",
                }
            )
    return rows
