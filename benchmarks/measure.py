"""Time and memory of one call, measured in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any


def peak_mb() -> float:
    """Return the peak memory of this process so far, MB.

    Linux says it of the program that runs now; ``ru_maxrss`` also counts what the
    process was before it started the program, its parent's size.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _child(function: Callable[..., Any], args: tuple[Any, ...], pipe: Any) -> None:
    started = time.perf_counter()
    value = function(*args)
    seconds = time.perf_counter() - started
    pipe.send((value, seconds, peak_mb()))


def measured(function: Callable[..., Any], *args: Any) -> tuple[Any, float, float]:
    """Return value, seconds and peak memory in MB of a call in a fresh process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(function, args, theirs))
    process.start()
    theirs.close()
    try:
        value, seconds, peak = ours.recv()
    except EOFError:
        process.join()
        raise RuntimeError(
            f"{function.__name__} ended with {process.exitcode}"
        ) from None
    process.join()
    return value, seconds, peak


def markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as a Markdown table; numbers get three significant digits."""
    listed = list(rows)
    if not listed:
        return ""
    heads = list(dict.fromkeys(key for row in listed for key in row))
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for row in listed:
        cells = []
        for head in heads:
            value = row.get(head, "")
            cells.append(f"{value:.3g}" if isinstance(value, float) else str(value))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
