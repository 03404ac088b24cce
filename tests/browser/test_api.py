"""The documentation of the interface in a real browser, under the policy of the pages."""

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),
]


def test_the_documentation_works_without_any_other_machine(signed_in):
    page = signed_in("en", 1440)
    said, hosts = [], set()
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(page.base + "/api/v1/docs")
    page.wait_for_selector(".opblock-tag", timeout=60_000)
    page.locator(".opblock-tag").first.click()
    page.locator(".opblock-summary").first.click()
    page.get_by_text("Try it out").first.click()
    page.get_by_text("Execute", exact=True).first.click()
    page.wait_for_selector(".live-responses-table td.response-col_status")
    status = page.locator(".live-responses-table tbody td.response-col_status").first
    assert status.inner_text().startswith("200")
    assert hosts == {page.base.split("/")[2]}
    assert said == []
