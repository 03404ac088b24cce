"""Every page opens in both languages, asks no other host and breaks no policy."""

import re

import pytest

PAGES = {
    "/": 12,
    "/chain/": 6,
    "/chain/?segment=C45": 6,
    "/chain/?view=table": 6,
    "/chain/?view=graph": 6,
    "/gaps/": 6,
    "/gaps/?w_demand=2.5&w_theme=0": 7,
    "/gaps/?kind=extend": 7,
    "/companies/": 13,
    "/companies/?view=map": 11,
    "/companies/?view=board": 11,
    "/companies/X001/": 36,
    "/companies/F001/?where=local": 36,
    "/trips/": 6,
    "/runs/": 6,
    "/studies/place/new/": 6,
    "/studies/gaps/new/": 6,
    "/studies/targets/new/": 6,
    "/studies/trip/new/": 6,
    "/sources/": 6,
    "/data/": 6,
    "/search/?q=ykwj": 12,
    "/help/": 6,
}
HAN = re.compile(r"[\u3400-\u9fff]")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("path", PAGES)
def test_it_works_in_both_languages(
    alice, path, language, django_assert_max_num_queries
):
    alice.cookies["django_language"] = language
    alice.get(path)  # the run's tables are read once and kept
    with django_assert_max_num_queries(PAGES[path]):
        response = alice.get(path)
    assert response.status_code == 200
    text = response.content.decode()
    assert f'<html lang="{"zh-Hans" if language != "en" else "en"}">' in text
    assert "nan" not in re.sub(r"<[^>]+>", " ", text).lower().split()
    for source in re.findall(r'(?:src|href)="(https?://[^"]+)"[^>]*>', text):
        # Links to sources may be followed by a person; nothing is fetched from there.
        assert f'src="{source}"' not in text
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=", text)
    assert "default-src 'self'" in response["Content-Security-Policy"]
    if language == "zh-hans":
        assert HAN.search(re.search(r"<title>(.*?)</title>", text).group(1))


def test_trip_and_run_pages_work(alice, trip_id, gaps_id):
    page = alice.get(f"/trips/{trip_id}/").content.decode()
    assert "Left out, and why" in page
    assert "All rules kept" in page
    assert alice.get(f"/runs/{gaps_id}/").status_code == 200


def test_a_page_that_is_not_there_says_so(alice):
    for path in (
        "/nothing/",
        "/chain/?segment=Z99",
        "/gaps/?gap=none",
        "/companies/Z9/",
    ):
        assert alice.get(path).status_code == 404
    response = alice.get("/runs/gaps-nothing/")
    assert response.status_code == 404
    assert "Choose one of the list of runs" in response.content.decode()


def test_the_chain_shows_every_segment_and_hollow_ones_hollow(alice):
    page = alice.get("/chain/").content.decode()
    assert page.count('class="cell s') == 220
    assert 'class="cell s0' in page
    assert 'aria-label="Stainless vacuum cup, strong' in page


def test_sliders_change_the_view_and_not_the_run(alice, gaps_id):
    plain = alice.get("/gaps/").context["gaps"]
    moved = alice.get("/gaps/?w_demand=0&w_theme=3").context
    assert moved["changed"]
    assert [g["gap_id"] for g in moved["gaps"]] != [g["gap_id"] for g in plain]
    for gap in moved["gaps"]:
        assert gap["score"] == pytest.approx(
            sum(p["value"] for p in gap["parts"]), abs=1e-6
        )
    assert alice.get("/gaps/").context["run"]["id"] == gaps_id


def test_htmx_gets_the_list_alone(alice):
    response = alice.get("/gaps/?w_demand=2", headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert b"<table" in response.content


def test_words_in_a_slider_do_no_harm(alice):
    assert alice.get("/gaps/?w_demand=many&w_path=nan&w_theme=1e9").status_code == 200


def test_every_link_inside_the_guide_leads_to_a_page(client):
    seen, waiting = set(), ["/help/"]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        response = client.get(path)
        assert response.status_code == 200, path
        inside = re.findall(r'href="(/help/[^"#]*)', response.content.decode())
        waiting += [link for link in set(inside) - seen if link not in waiting]
    assert len(seen) >= 8


def test_only_studies_that_can_run_are_offered(alice, office):
    assert "progress_events" not in {p.stem for p in office.folder.iterdir()}
    text = alice.get("/runs/").content.decode()
    assert "Measure progress" not in text
    assert "Find gaps" in text
