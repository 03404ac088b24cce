"""The guide: the same pages in both languages, generated pages of today, links that lead."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
GUIDE = ROOT / "docs" / "guide"


def test_both_guides_have_the_same_pages_and_headings():
    names = {
        lang: sorted(p.name for p in (GUIDE / lang).glob("*.md"))
        for lang in ("en", "zh")
    }
    assert names["en"] == names["zh"]
    for name in names["en"]:
        levels = [
            re.findall(
                r"^#+(?= )", (GUIDE / lang / name).read_text("utf-8"), re.MULTILINE
            )
            for lang in ("en", "zh")
        ]
        assert levels[0] == levels[1], name


def test_generated_pages_are_of_today():
    command = [sys.executable, str(ROOT / "tools" / "docs.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_links_between_pages_lead_somewhere(lang):
    for path in (GUIDE / lang).glob("*.md"):
        for target in re.findall(r"\]\(([\w-]+\.md)", path.read_text("utf-8")):
            assert (GUIDE / lang / target).is_file(), f"{path.name} → {target}"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_stands_in_the_contents(lang):
    first = (GUIDE / lang / "index.md").read_text("utf-8")
    named = set(re.findall(r"\]\(([\w-]+)\.md\)", first)) | {"index"}
    for path in (GUIDE / lang).glob("*.md"):
        stem = path.stem
        task_of = [area for area in named if stem.startswith(f"{area}-")]
        assert stem in named or task_of, f"{stem} is not in the contents of the guide."
        for area in task_of:
            text = (GUIDE / lang / f"{area}.md").read_text("utf-8")
            assert f"]({stem}.md)" in text, f"{area}.md does not lead to {stem}.md."
