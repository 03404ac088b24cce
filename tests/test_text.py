"""Every sentence of the program exists in both languages, whole and with the same blanks."""

import ast
import csv
import re
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src"
HAN = re.compile(r"[\u3400-\u9fff]")
BLANK = re.compile(r"%\((\w+)\)[sd]")
LIBRARY_MARKS = {"N_", "say", "translate"}
WEB_MARKS = {"N_", "say", "_", "gettext", "gettext_lazy", "pgettext", "ngettext"}
TEMPLATE = re.compile(r"""{%\s*(?:trans|translate)\s+(["'])(.*?)\1""")
BLOCK = re.compile(
    r"{%\s*blocktrans(?:late)?(?P<args>[^%]*)%}(?P<text>.*?){%\s*endblocktrans(?:late)?\s*%}",
    re.DOTALL,
)


def catalogue(package):
    found = {}
    for path in sorted((SRC / package / "locale" / "parts").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert row["msgid"], f"{path.name} has a row without msgid"
                known = found.setdefault(row["msgid"], row["zh"])
                assert known == row["zh"], f"{row['msgid']!r} has two translations"
    return found


def python_texts(package, marks):
    found = {}
    for path in sorted((SRC / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in marks:
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.setdefault(first.value, f"{path.name}:{node.lineno}")
            elif name != "say" and isinstance(first, (ast.JoinedStr, ast.BinOp)):
                pytest.fail(f"{path}:{node.lineno} marks a text that is not a literal")
    return found


def template_texts():
    found = {}
    for path in sorted((SRC / "yanlian_web").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for match in TEMPLATE.finditer(text):
            found.setdefault(match.group(2), path.name)
        for match in BLOCK.finditer(text):
            body = match.group("text")
            if "trimmed" in match.group("args"):
                body = " ".join(line.strip() for line in body.strip().splitlines())
            body = re.sub(r"{{\s*([\w.]+)\s*}}", r"%(\1)s", body)
            found.setdefault(body, path.name)
    return found


@pytest.mark.parametrize("package", ["yanlian", "yanlian_web"])
def test_every_sentence_has_its_chinese(package):
    marks = LIBRARY_MARKS if package == "yanlian" else WEB_MARKS
    texts = python_texts(package, marks)
    if package == "yanlian_web":
        texts |= template_texts()
    known = catalogue(package)
    # A text that is only blanks or punctuation needs no translation.
    absent = {
        text: where
        for text, where in texts.items()
        if not known.get(text) and re.search("[A-Za-z]", BLANK.sub("", text))
    }
    listed = "\n".join(f"{where}: {text!r}" for text, where in absent.items())
    assert not absent, f"{len(absent)} texts of {package} have no Chinese:\n{listed}"


@pytest.mark.parametrize("package", ["yanlian", "yanlian_web"])
def test_no_sentence_of_the_catalogue_is_dead(package):
    used = set(template_texts())
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    dead = sorted(set(catalogue(package)) - used)
    assert not dead, f"Nothing says these any more; remove them: {dead}"


@pytest.mark.parametrize("package", ["yanlian", "yanlian_web"])
def test_blanks_are_the_same_in_both_languages(package):
    for msgid, zh in catalogue(package).items():
        assert sorted(BLANK.findall(msgid)) == sorted(BLANK.findall(zh)), msgid


@pytest.mark.parametrize("package", ["yanlian", "yanlian_web"])
def test_chinese_sentences_end_as_chinese_sentences_do(package):
    for msgid, zh in catalogue(package).items():
        if msgid.endswith(".") and not msgid.endswith("..."):
            assert zh.endswith(("。", "；", "：")), (msgid, zh)
        assert not set("!！") & set(zh), (msgid, zh)


def test_no_chinese_stands_in_code_or_templates():
    for path in [*SRC.rglob("*.py"), *SRC.rglob("*.html")]:
        if "docstring" in path.name:
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            # Docstrings may name a Chinese term; code may not.
            tree = ast.parse(text)
            docs = {
                id(node.body[0].value)
                for node in ast.walk(tree)
                if isinstance(
                    node,
                    (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef),
                )
                and node.body
                and isinstance(node.body[0], ast.Expr)
            }
            for node in ast.walk(tree):
                text_node = isinstance(node, ast.Constant) and isinstance(
                    node.value, str
                )
                if text_node and id(node) not in docs:
                    source = ast.get_source_segment(text, node) or ""
                    assert not HAN.search(source), f"{path}:{node.lineno}"
        else:
            assert not HAN.search(text), path
