"""Papers: every sentence sourced, both languages, right times, no formula, no markup."""

import datetime
import shutil
import subprocess
import zipfile

import icalendar
import pytest

from yanlian import job
from yanlian.errors import SourceError
from yanlian.reports import compose, write_papers
from yanlian.reports.brief import SOURCE_KINDS, Sources, sentence
from yanlian.tables import Table
from yanlian.text import Say


@pytest.fixture(scope="module")
def papers(sample_job, tmp_path_factory):
    workspace, runs = sample_job
    folder = tmp_path_factory.mktemp("papers")
    return {path.name: path for path in job.papers(workspace, runs, folder)}


@pytest.fixture(scope="module")
def parts(sample_job):
    workspace, runs = sample_job
    manifests = {key: made.manifest for key, made in runs.items()}
    return job.all_tables(workspace, runs), manifests, workspace.settings


def test_four_papers_are_written(papers):
    assert set(papers) == {
        "brief.pdf",
        "brief.docx",
        "gaps-targets.xlsx",
        "itinerary.ics",
    }


def test_every_sentence_has_a_source_or_is_marked_as_ours(parts):
    content = compose(*parts).content
    facts = [
        f for firm in content["firms"] for head in firm["heads"] for f in head["facts"]
    ]
    assert facts
    for item in [
        *facts,
        *content["pitch"],
        *(p for g in content["gaps"] for p in g["parts"]),
    ]:
        assert item["source"] or item["own"], item
        assert item["en"]
        assert item["zh"]
        assert item["source"] <= len(content["sources"])


def test_a_sentence_without_source_is_refused():
    with pytest.raises(SourceError, match="no source"):
        sentence(
            Say("Large.", "大。"), {"basis": "reported", "source_url": ""}, Sources()
        )


def test_an_empty_head_becomes_a_question(parts):
    content = compose(*parts).content
    empty = [f for f in content["firms"] if not all(h["facts"] for h in f["heads"])]
    assert empty
    assert all(f["questions"] for f in empty)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_the_pdf_holds_both_languages_and_embeds_its_fonts(papers):
    text = subprocess.run(
        ["pdftotext", papers["brief.pdf"], "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "行程安排" in text
    assert "Timetable" in text
    assert "市场地位" in text
    fonts = subprocess.run(
        ["pdffonts", papers["brief.pdf"]], capture_output=True, text=True, check=True
    ).stdout.splitlines()[2:]
    assert fonts
    assert all("yes" in line.split("Identity-H")[-1] for line in fonts)
    assert len(fonts) >= 2  # regular and bold are different subsets


def test_markup_in_names_is_printed_and_not_run(parts, tmp_path):
    tables, manifests, settings = parts
    rows = tables["firms"].rows()
    visited = {r["firm_id"] for r in tables["stops"].rows() if r["firm_id"]}
    for row in rows:
        if row["firm_id"] in visited:
            row["name_en"] = "#panic(1) *x* $y$ <b>=1+2"
            row["name_zh"] = ""
    changed = {**tables, "firms": Table.of("firms", rows)}
    written = write_papers(changed, manifests, tmp_path, settings=settings)
    assert {p.name for p in written} >= {"brief.pdf"}
    with zipfile.ZipFile(tmp_path / "gaps-targets.xlsx") as archive:
        sheets = [
            archive.read(n) for n in archive.namelist() if "worksheets/sheet" in n
        ]
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_the_calendar_reads_back_in_shanghai_time(papers, sample_job):
    _, runs = sample_job
    calendar = icalendar.Calendar.from_ical(papers["itinerary.ics"].read_bytes())
    stops = [
        r for r in runs["trip"].result.tables["stops"].rows()
        if r["kind"] in {"visit", "travel", "lunch"}
    ]  # fmt: skip
    events = list(calendar.walk("VEVENT"))
    assert len(events) == len(stops)
    assert calendar.walk("VTIMEZONE")
    for event, stop in zip(events, stops, strict=True):
        start = event["DTSTART"].dt
        assert start.utcoffset() == datetime.timedelta(hours=8)
        assert start.hour * 60 + start.minute == stop["start_min"]
        assert start.date().isoformat() == stop["date"]


def test_the_same_runs_give_the_same_bytes(papers, sample_job, tmp_path):
    workspace, runs = sample_job
    for path in job.papers(workspace, runs, tmp_path):
        assert path.read_bytes() == papers[path.name].read_bytes(), path.name


def test_a_page_says_who_would_buy_and_what_to_bring_back(parts):
    firms = compose(*parts).content["firms"]
    assert all(firm["aims"] for firm in firms if firm["gaps"])
    assert any(firm["buyers"] for firm in firms)
    for firm in firms:
        assert all(row["squares"] >= 3 for row in firm["buyers"])
        needs = [row["level"] for row in firm["buyers"]]
        assert needs == sorted(needs, reverse=True)


def test_every_source_of_the_appendix_has_its_kind_and_day(parts):
    tables, _, _ = parts
    content = compose(*parts).content
    kinds = {
        url: kind
        for name in ("facts", "indicators", "supplies", "firms", "presence", "courting")
        for url, kind in zip(
            tables[name]["source_url"], tables[name]["source_kind"], strict=True
        )
    }
    own = SOURCE_KINDS["repost"]
    for row in content["sources"]:
        assert row["checked_on"], row["url"]
        assert row["kind"]["en"] == SOURCE_KINDS.get(kinds[row["url"]], own)


def test_the_city_speaks_of_itself_in_the_order_of_its_workspace(parts):
    tables, manifests, settings = parts
    wanted = {**settings, "pitch": ["exports", "gdp"]}
    said = [s["en"] for s in compose(tables, manifests, wanted).content["pitch"]]
    assert [text.split(":")[0] for text in said] == ["Exports", "GDP"]
    assert all(s["source"] for s in compose(*parts).content["pitch"])
