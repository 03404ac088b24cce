"""Take the screenshots of the README from the workbench on the sample, in a browser.

Serves the built-in case on loopback, signs in, opens each page in both languages at desk
and phone width with Debian's chromium, and writes PNG files: those of the README into
``docs/images``, all of them with ``--all FOLDER``.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
PAGES = {
    "home": "/",
    "chain": "/chain/",
    "segment": "/chain/?segment=C45",
    "graph": "/chain/?view=graph",
    "gaps": "/gaps/",
    "companies": "/companies/",
    "map": "/companies/?view=map",
    "board": "/companies/?view=board",
    "company": "/companies/X001/",
    "trip": "TRIP",
    "trips": "/trips/",
    "study": "/studies/trip/new/",
    "runs": "/runs/",
    "sources": "/sources/",
    "data": "/data/",
    "search": "/search/?q=ykwj",
    "help": "/help/",
    "deals": "/deals/",
    "gate": "/deals/1/gate/?to=S6",
    "meetings": "/meetings/",
    "day": "/day/",
    "promises": "/promises/",
    "week": "/promises/week/",
    "agreements": "/agreements/",
    "agreement": "/agreements/12/",
    "landing": "/landing/",
    "verify": "/verify/",
    "trace": "/trace/extend-C14/",
    "year": "/year/2026/",
    "impact": "/impact/",
    "log": "/log/",
}
# Name in docs/images: page, language, width.
README = {
    "segment-zh": ("segment", "zh-hans", 1440),
    "gaps-en": ("gaps", "en", 1440),
    "company-en": ("company", "en", 1440),
    "trip-zh": ("trip", "zh-hans", 1440),
    "home-zh": ("home", "zh-hans", 1440),
    "deals-zh": ("deals", "zh-hans", 1440),
    "trace-en": ("trace", "en", 1440),
}
HEIGHTS = {1440: 900, 390: 844}


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the workbench and wait until it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "yanlian.cli", "demo", "--out", str(folder)]
        + ["--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(120):
        time.sleep(0.5)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=2):
                return server
        except OSError:
            if server.poll() is not None:
                break
    server.kill()
    sys.exit("The workbench did not start; run `make run` to see why.")


def password(folder: Path) -> str:
    """Return the first password of the head of office."""
    text = (folder / "workbench" / "first-sign-in.txt").read_text()
    return dict(line.split() for line in text.splitlines())["head"]


def shoot(base: str, word: str, target: Path | None) -> None:
    """Open the pages and write their pictures."""
    from playwright.sync_api import sync_playwright

    wanted = {(page, lang, width): name for name, (page, lang, width) in README.items()}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for lang in ("zh-hans", "en"):
            for width, height in HEIGHTS.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height}
                )
                context.add_cookies(
                    [{"name": "django_language", "value": lang, "url": base}]
                )
                page = context.new_page()
                page.goto(f"{base}/sign-in/")
                page.fill("[name=username]", "head")
                page.fill("[name=password]", word)
                page.click("form.sign button")
                page.goto(f"{base}/trips/")
                link = page.locator("a[href^='/trips/trip-']").first
                trip = str(link.get_attribute("href"))
                for name, path in PAGES.items():
                    kept = wanted.get((name, lang, width))
                    if target is None and not kept:
                        continue
                    page.goto(base + (trip if path == "TRIP" else path))
                    page.wait_for_timeout(400)
                    if target is not None:
                        file = target / f"{name}-{lang[:2]}-{width}.png"
                        page.screenshot(path=file, full_page=width == 390)
                    if kept:
                        page.screenshot(path=IMAGES / f"{kept}.png")
                context.close()
        browser.close()


def main() -> None:
    """Serve the sample and take the pictures."""
    target = None
    if "--all" in sys.argv:
        target = Path(sys.argv[sys.argv.index("--all") + 1])
        target.mkdir(parents=True, exist_ok=True)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        os.environ.pop("YANLIAN_DATA", None)
        port = free_port()
        server = serve(Path(name), port)
        try:
            shoot(f"http://127.0.0.1:{port}", password(Path(name)), target)
        finally:
            server.terminate()
            server.wait(10)


if __name__ == "__main__":
    main()
