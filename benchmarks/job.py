"""``yanlian demo --no-serve`` in an empty folder, from the start of the process."""

from __future__ import annotations

import os
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
            process = subprocess.Popen(
                [*command, "--out", folder], stdout=subprocess.DEVNULL
            )
            _, code, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(code)
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, command)
            rows.append(
                {
                    "main job": case,
                    "seconds": round(seconds, 1),
                    "peak MB": round(usage.ru_maxrss / 1024),
                    "aim": "15 s, 1,000 MB",
                }
            )
    return rows
