"""The command line: help in both languages, JSON that is stable, errors that help."""

import json
import os
import subprocess
import sys

import pytest

from yanlian import cli, job
from yanlian.studies import STUDIES

COMMANDS = (
    "demo",
    "check",
    "place",
    "gaps",
    "targets",
    "trip",
    "brief",
    "kpis",
    "ladder",
    "serve",
)


def call(capsys, *words):
    code = cli.main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_in_both_languages(capsys, command, lang):
    with pytest.raises(SystemExit) as caught:
        cli.main([command, "--lang", lang, "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    said = "用法：" if lang == "zh" else "usage: "
    assert text.startswith(f"{said}yanlian {command} ")


@pytest.mark.parametrize("key", [*job.STEPS, "ladder"])
def test_a_study_prints_the_documented_json(capsys, key):
    code, out, _ = call(capsys, key, "--json")
    assert code == 0
    shown = json.loads(out)
    assert list(shown) == [
        "id", "study", "params", "seed", "inputs", "summary", "notes", "versions", "tables",
    ]  # fmt: skip
    assert shown["study"] == key
    assert set(STUDIES[key].gives) == set(shown["tables"])
    assert "NaN" not in out


def test_the_same_call_gives_the_same_run(capsys):
    first = json.loads(call(capsys, "trip", "--json", "--seed", "3")[1])
    second = json.loads(call(capsys, "trip", "--json", "--seed", "3")[1])
    assert first == second


def test_a_parameter_outside_its_range_stops_with_all_findings(capsys):
    code, out, err = call(capsys, "gaps", "--strong", "7", "--most", "0")
    assert code == 1
    assert out == ""
    assert "strong" in err
    assert "most" in err


def test_an_error_as_json_speaks_both_languages(capsys):
    code, out, _ = call(capsys, "trip", "--json", "--destination", "moon")
    assert code == 1
    error = json.loads(out)["error"]
    assert "moon" in error["en"]
    assert "没有坐标" in error["zh"]


def test_check_finds_nothing_wrong_with_the_sample(capsys):
    code, out, _ = call(capsys, "check")
    assert code == 0
    assert "segments: 220 rows" in out


def test_check_lists_all_findings_and_the_cycle(capsys, tmp_path):
    (tmp_path / "segments.csv").write_text(
        "segment_id,name_en,name_zh,short_en,short_zh,kind,stage\n"
        "A,A,甲,A,甲,component,upstream\nB,B,乙,B,乙,component,sideways\n",
        encoding="utf-8",
    )
    (tmp_path / "supplies.csv").write_text(
        "supplier_id,buyer_id,importance\nA,B,3\nB,A,9\n", encoding="utf-8"
    )
    code, out, _ = call(capsys, "check", "--workspace", str(tmp_path), "--json")
    assert code == 1
    codes = {f["code"] for f in json.loads(out)["findings"]}
    assert codes == {"cell.choice", "cell.range", "chain.cycle"}


def test_a_workspace_keeps_its_runs_and_bad_tables_leave_them(capsys, tmp_path):
    folder = job.copy_sample(tmp_path / "case")
    call(capsys, "gaps", "--workspace", str(folder))
    store = job.Workspace(folder, {}).store
    before = [m["id"] for m in store.runs()]
    assert len(before) == 2
    (folder / "firms.csv").write_text(
        "firm_id,employees\nF1,-3\nF1,x\n", encoding="utf-8"
    )
    code, _, err = call(capsys, "gaps", "--workspace", str(folder))
    assert code == 1
    assert "Nothing was stored" in err
    assert [m["id"] for m in store.runs()] == before


def test_tables_are_written_where_asked(capsys, tmp_path):
    call(capsys, "gaps", "--out", str(tmp_path / "out"))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "gaps.csv", "gap_contributions.csv", "strengths.csv", "strength_evidence.csv",
        "manifest.json",
    }  # fmt: skip


def test_a_folder_that_is_not_there_is_named(capsys):
    code, _, err = call(capsys, "gaps", "--workspace", "/nowhere/at/all")
    assert code == 1
    assert "/nowhere/at/all" in err


def test_a_folder_that_cannot_be_made_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert cli.main(["gaps", "--out", str(tmp_path / "file" / "out")]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[params]\ngaps = 3\n", "params.gaps"),
        ("params = 3\n", "params"),
        ("[params.gap]\nmost = 3\n", "params.gap"),
        ('region = "nowhere"\n', "nowhere"),
        ("region = \n", "cannot be read"),
    ],
)
def test_wrong_settings_are_named_before_anything_runs(tmp_path, capsys, text, word):
    folder = job.copy_sample(tmp_path / "case")
    (folder / "workspace.toml").write_text(text, encoding="utf-8")
    assert cli.main(["gaps", "--workspace", str(folder)]) == 1
    assert word in capsys.readouterr().err
    assert not (folder / ".yanlian").exists()


def test_a_terminal_without_chinese_gets_escapes(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "yanlian.cli", "--lang", "zh", "check", str(tmp_path / "x.csv")],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "\\u" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("What is nearest", "To be checked", "SRDI little giant")),
        ("zh", ("离得最近的", "待核规则", "专精特新")),
    ],
)
def test_the_ladder_is_shown_in_both_languages(capsys, lang, words):
    code, out, _ = call(capsys, "ladder", "--lang", lang, "--firms", "X001")
    assert code == 0
    for word in words:
        assert word in out.replace("\n", " ")


def test_the_ladder_names_a_wrong_tier(capsys):
    code, _, err = call(capsys, "ladder", "--tiers", "giant,srdi_sme")
    assert code == 1
    assert "giant" in err
    assert "little_giant" in err
