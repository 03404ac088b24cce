"""A head of office uses the workbench in a real browser, both languages, two widths."""

import re

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore"),
]
PATHS = ("/", "/chain/", "/chain/?segment=C45", "/chain/?view=graph",
         "/chain/?view=table", "/gaps/", "/companies/", "/companies/?view=map",
         "/companies/?view=board", "/companies/X001/", "/companies/F001/", "/trips/",
         "/studies/trip/new/", "/runs/", "/sources/", "/data/", "/search/?q=ykwj",
         "/help/", "/help/tables/")  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_clean(signed_in, trip_id, language, width):
    from axe_playwright_python.sync_playwright import Axe

    page = signed_in(language, width)
    wrong = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on(
        "request",
        lambda r: (
            None if r.url.startswith((page.base, "data:")) else wrong.append(r.url)
        ),
    )
    for path in (*PATHS, f"/trips/{trip_id}/"):
        response = page.goto(page.base + path)
        assert response.status == 200, path
        page.wait_for_load_state("networkidle")
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{path} scrolls sideways by {over}"
        found = Axe().run(page).response["violations"]
        serious = [
            (v["id"], v["nodes"][0]["target"], v["nodes"][0]["failureSummary"][:200])
            for v in found
            if v["impact"] in {"serious", "critical"}
        ]
        assert serious == [], path
    assert wrong == []


@pytest.mark.parametrize("words", ["wdxx", "万达", "wonders"])
def test_the_search_box_finds_while_one_types(signed_in, words):
    page = signed_in("zh-hans")
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    page.wait_for_selector('#found a[href*="/companies/X001/"]')
    # The likeliest is chosen; down and up again leads back to it.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/companies/X001/")
    assert "万达信息" in page.inner_text("h1")


def test_a_segment_in_focus_shows_its_supplies(signed_in):
    page = signed_in()
    page.goto(page.base + "/chain/")
    assert page.locator(".edges").count() == 0
    page.get_by_role("link", name=re.compile("^Cylindrical Li-ion cell")).click()
    page.wait_for_selector(".edges path")
    marked = page.locator(".cell.in, .cell.out").count()
    assert page.locator(".edges path").count() == marked
    assert page.locator(".sheet .links li").count() == marked
    page.keyboard.press("j")
    page.wait_for_url("**segment=C46**")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"/chain/\??$"))


def test_the_graph_is_drawn_and_opens_a_segment(signed_in):
    page = signed_in()
    page.goto(page.base + "/chain/?view=graph")
    page.wait_for_selector("#graph canvas")
    assert page.locator("#graph p").count() == 0
    nodes = page.evaluate(
        "fetch(document.querySelector('#graph').dataset.source).then(r => r.json())"
        ".then(d => [d.nodes.length, d.edges.length])"
    )
    assert nodes == [220, 980]


def test_a_weight_moved_reorders_the_list_without_loading_the_page(signed_in):
    page = signed_in()
    page.goto(page.base + "/gaps/")
    before = page.locator(".gap-rows .name").all_inner_texts()
    page.evaluate("window.kept = true")
    slider = page.locator("input[type=range][name=w_theme]")
    slider.focus()
    with page.expect_response("**/gaps/?**"):
        for _ in range(10):
            slider.press("ArrowLeft")
    page.wait_for_function(
        "first => document.querySelector('.gap-rows .name').innerText != first",
        arg=before[0],
    )
    assert page.evaluate("window.kept") is True
    assert page.locator("[name=w_theme] + output").inner_text() == "×0.0"
    # The study is run again with what the sliders show.
    page.get_by_role("button", name="Run the study with these weights").click()
    page.wait_for_url("**/gaps/?run=gaps-**")
    assert page.locator(".gap-rows .name").all_inner_texts() != before


def test_a_visit_is_locked_and_another_dropped(signed_in, trip_id):
    page = signed_in()
    page.goto(f"{page.base}/trips/{trip_id}/")
    names = page.locator(".slot.visit .top a").all_inner_texts()
    page.get_by_role("button", name=f"lock {names[0]}", exact=True).click()
    page.wait_for_url(lambda url: trip_id not in url)
    assert page.get_by_role("button", name=f"unlock {names[0]}").count() == 1
    locked = page.url
    page.get_by_role("button", name=f"drop {names[-1]}").click()
    page.wait_for_url(lambda url: url != locked)
    now = page.locator(".slot.visit .top a").all_inner_texts()
    assert names[0] in now
    assert names[-1] not in now


def test_pages_are_whole_without_scripts(signed_in, trip_id):
    page = signed_in("zh-hans", java_script_enabled=False)
    page.goto(page.base + "/chain/?segment=C45")
    assert page.locator(".cell").count() >= 220
    assert page.locator(".sheet .links li").count() > 10
    page.goto(page.base + "/companies/X001/")
    assert page.locator(".chart svg.bars rect").count() >= 3
    page.goto(page.base + "/companies/?view=map")
    assert page.locator("svg.plane circle").count() > 20
    page.goto(page.base + "/gaps/")
    page.locator("input[type=range][name=w_theme]").fill("0")
    page.locator(".weights noscript button, .weights button").first.click()
    assert "w_theme=0" in page.url
    page.goto(page.base + "/search/?q=wdxx")
    assert "万达信息" in page.inner_text("main")


def test_figures_are_drawn_from_the_same_rows(signed_in):
    page = signed_in()
    page.goto(page.base + "/companies/X001/")
    page.wait_for_selector(".chart.live svg")
    shown = page.inner_text(".chart.live")
    for value in ("3.51", "3.22", "2.46"):
        assert value in shown


def test_the_language_is_changed_and_the_page_kept(signed_in):
    page = signed_in()
    page.goto(page.base + "/gaps/?kind=extend")
    page.get_by_role("button", name="中").click()
    page.wait_for_load_state()
    assert page.url.endswith("/gaps/?kind=extend")
    assert page.inner_text("h1") == "缺口"
