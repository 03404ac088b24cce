"""A real browser, signed in as a head of office."""

import os
import shutil
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


@pytest.fixture(autouse=True)
def log_can_be_emptied(transactional_db, django_db_blocker):
    """Let the tables be emptied after a test in which pages were really served.

    Whatever refuses to lose rows is taken off first; PostgreSQL empties tables past it.
    """
    from django.db import connection

    yield
    if connection.vendor != "sqlite":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master "
            "WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP TRIGGER {name}")
    OPENED.append((django_db_blocker, [sql for _, sql in found]))


OPENED = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown():
    """Keep the log again once the tables are empty: other tests rely on it."""
    from django.db import connection

    result = yield
    while OPENED:
        blocker, statements = OPENED.pop()
        with blocker.unblock(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    return result


@pytest.fixture
def browser():
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield made
        made.close()


@pytest.fixture
def signed_in(live_server, browser, people):
    """Return a function that opens a page signed in, in a language and a width."""

    def open_page(language="en", width=1440, **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        context.add_cookies(
            [{"name": "django_language", "value": language, "url": live_server.url}]
        )
        page = context.new_page()
        page.base = live_server.url
        page.goto(live_server.url + "/sign-in/")
        page.fill("[name=username]", "alice")
        page.fill("[name=password]", "correct horse")
        page.click(".sign form:not(.other) button")
        page.wait_for_url(live_server.url + "/")
        page.wait_for_load_state("load")
        return page

    return open_page
