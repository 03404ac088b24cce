"""Time and memory of one call, measured in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def _child(function: Callable[..., Any], args: tuple[Any, ...], pipe: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    value = function(*args)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipe.send((value, seconds, before / 1024, peak / 1024))


def measured(function: Callable[..., Any], *args: Any) -> tuple[Any, float, float]:
    """Return value, seconds and peak memory in MB of a call in a fresh process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(function, args, theirs))
    process.start()
    theirs.close()
    try:
        value, seconds, _, peak_mb = ours.recv()
    except EOFError:
        process.join()
        raise RuntimeError(
            f"{function.__name__} ended with {process.exitcode}"
        ) from None
    process.join()
    return value, seconds, peak_mb


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
