"""A head of office opens every page in a real browser, both languages, two widths."""

import os
import shutil
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="chromium is not installed"),
    pytest.mark.filterwarnings("ignore"),
]
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
PATHS = ("/", "/chain/", "/chain/?segment=C45", "/gaps/", "/companies/",
         "/companies/?view=map", "/companies/X002/", "/trips/", "/runs/", "/sources/",
         "/help/")  # fmt: skip


@pytest.fixture
def browser():
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield made
        made.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_clean(live_server, browser, people, trip_id, language, width):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    wrong = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on(
        "request",
        lambda r: (
            wrong.append(r.url)
            if not r.url.startswith((live_server.url, "data:"))
            else None
        ),
    )
    context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )
    page.goto(live_server.url + "/sign-in/")
    page.fill("[name=username]", "alice")
    page.fill("[name=password]", "correct horse")
    page.click("form.sign button")
    for path in (*PATHS, f"/trips/{trip_id}/"):
        response = page.goto(live_server.url + path)
        assert response.status == 200, path
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{path} scrolls sideways by {over}"
        found = Axe().run(page).response["violations"]
        serious = [
            (
                v["id"],
                v["nodes"][0]["target"],
                v["nodes"][0].get("failureSummary", "")[:200],
            )
            for v in found
            if v["impact"] in {"serious", "critical"}
        ]
        assert serious == [], path
    assert wrong == []
    context.close()
