"""Generate the reference pages of the guide from schemas, parameters and commands.

``python tools/docs.py`` writes them; ``--check`` fails when one is not of today.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from yanlian import studies
from yanlian.cli import parser
from yanlian.ladder import rules, tiers
from yanlian.params import describe
from yanlian.progress import default_definitions, read_definitions
from yanlian.progress.clauses import clauses
from yanlian.progress.landing import evidence_kinds, milestones
from yanlian.progress.money import agreement_kinds
from yanlian.progress.stages import requirements, stages
from yanlian.progress.wording import specs_text
from yanlian.tables import measures, schema, schema_names
from yanlian.tables.files import INPUT_TABLES
from yanlian.text import translate

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "guide"

WORDS: dict[str, Any] = {
    "en": {
        "tables": "# Tables: every column",
        "tables_lead": "Made from the schemas in `src/yanlian/schema/`; do not edit. A file "
        "may use the column name or either label as its header. An empty cell is no data, "
        "never zero. Lists are separated by `;`.",
        "inputs": "## Tables you bring",
        "results": "## Tables a run makes",
        "columns": "| column | label | type | unit | range | needed | meaning |",
        "yes": "yes",
        "key": "key",
        "params": "# Parameters of the studies",
        "params_lead": "Made from the parameter classes; do not edit. Command line, "
        "web form and Python use the same ones.",
        "param_columns": "| parameter | label | default | unit | range | meaning |",
        "needs": "Needs",
        "wants": "uses where given",
        "gives": "gives",
        "commands": "# The command line",
        "commands_lead": "Made from the program; do not edit. `--lang zh` shows it in Chinese.",
        "indicators": "# Stages, evidence and indicators",
        "indicators_lead": "Made from the rule tables in `src/yanlian/progress/`; do not "
        "edit. What the words mean stands in [Progress](progress.md).",
        "stages": "## Stages and what each asks for",
        "stage_columns": "| code | stage | asked at its gate | usual days |",
        "milestones": "## Milestones and their evidence",
        "milestone_columns": "| milestone | needed for | proven by |",
        "clauses": "## Clauses of agreements",
        "clause_columns": "| clause | agreements | what it says |",
        "set": "## Set",
        "kpi_columns": "| code | indicator | cohort | outcome | unit | note |",
        "rules": "# Measures and rules of the ladder",
        "rules_lead": "Made from the rule tables in `src/yanlian/ladder/` and "
        "`src/yanlian/tables/measures.csv`; do not edit. What the words mean stands in "
        "[The SRDI ladder](ladder.md). The wording is ours. **Text** says whether the text "
        "of the rule was read in at least two public copies; check the others before use.",
        "measures": "## Measures",
        "measure_columns": "| measure | label | column | unit | holds | ask for |",
        "spans": {
            "year": "for its year",
            "lasting": "until something newer is said",
            "within3": "three years",
        },
        "rule_columns": "| code | kind | rule | points | text | read in |",
        "kinds": {
            "must": "needed",
            "least": "least score",
            "direct": "direct",
            "general": "general",
            "score": "scored",
        },
        "seen": {
            "yes": "read",
            "one source": "**one source**",
            "heading only": "**heading only**",
            "no": "**not read**",
        },
        "comma": ", ",
        "or": " or ",
        "with": " with ",
    },
    "zh": {
        "tables": "# 表格：每一列",
        "tables_lead": "由 `src/yanlian/schema/` 中的表结构生成，请勿手改。文件表头可用列名，"
        "也可用中英文标签。空格表示无数据，不是零。列表以 `;` 分隔。",
        "inputs": "## 由您提供的表",
        "results": "## 运行产出的表",
        "columns": "| 列 | 标签 | 类型 | 单位 | 范围 | 必填 | 含义 |",
        "yes": "是",
        "key": "主键",
        "params": "# 各项研究的参数",
        "params_lead": "由参数类生成，请勿手改。命令行、网页表单与 Python 用的是同一套参数。",
        "param_columns": "| 参数 | 标签 | 默认 | 单位 | 范围 | 含义 |",
        "needs": "必需",
        "wants": "有则用",
        "gives": "产出",
        "commands": "# 命令行",
        "commands_lead": "由程序生成，请勿手改。`--lang en` 显示英文。",
        "indicators": "# 阶段、佐证与指标",
        "indicators_lead": "由 `src/yanlian/progress/` 中的规则表生成，请勿手改。词义见[进展](progress.md)。",
        "stages": "## 阶段及各自要求",
        "stage_columns": "| 代码 | 阶段 | 进入要求 | 通常天数 |",
        "milestones": "## 里程碑及其佐证",
        "milestone_columns": "| 里程碑 | 用于进入 | 凭何证明 |",
        "clauses": "## 协议条款",
        "clause_columns": "| 条款 | 协议 | 写明什么 |",
        "set": "## 口径集",
        "kpi_columns": "| 代码 | 指标 | 队列 | 结果 | 单位 | 说明 |",
        "rules": "# 梯度的指标与规则",
        "rules_lead": "由 `src/yanlian/ladder/` 与 `src/yanlian/tables/measures.csv` 中的规则表生成，"
        "请勿手改。词义见[专精特新梯度](ladder.md)。表述为我方所拟。“原文”指是否在至少两处公开文本"
        "读到规则原文；其余使用前请核对。",
        "measures": "## 指标",
        "measure_columns": "| 指标 | 标签 | 填入列 | 单位 | 效力 | 索取 |",
        "spans": {
            "year": "当年",
            "lasting": "至有更新说法为止",
            "within3": "三年",
        },
        "rule_columns": "| 代码 | 类别 | 规则 | 分数 | 原文 | 出处 |",
        "kinds": {
            "must": "必备",
            "least": "最低分",
            "direct": "直通",
            "general": "一般性条件",
            "score": "评分",
        },
        "seen": {
            "yes": "已读",
            "one source": "**仅一处**",
            "heading only": "**仅标题**",
            "no": "**未见**",
        },
        "comma": "、",
        "or": "；",
        "with": "＋",
    },
}


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    left = "" if low is None else f"{low:g}"
    right = "" if high is None else f"{high:g}"
    return f"{left}–{right}"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def tables_page(lang: str) -> str:
    """Return the page that lists every column of every table."""
    words = WORDS[lang]
    lines = [words["tables"], "", words["tables_lead"], ""]
    inputs = [name for name in INPUT_TABLES if name in schema_names()]
    results = [name for name in schema_names() if name not in INPUT_TABLES]
    for heading, names in ((words["inputs"], inputs), (words["results"], results)):
        lines += [heading, ""]
        for name in names:
            lines += [f"### {name}", "", words["columns"], "|" + " --- |" * 7]
            for column in schema(name).columns:
                needed = words["yes"] if column.required else ""
                needed += f" ({words['key']})" if column.key else ""
                meaning = column.help(lang)
                if column.choices:
                    meaning += " " + ", ".join(f"`{c}`" for c in column.choices)
                lines.append(
                    _row(
                        f"`{column.name}`",
                        column.label(lang),
                        column.type,
                        column.unit,
                        _range(column.low, column.high),
                        needed,
                        meaning,
                    )
                )
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def params_page(lang: str) -> str:
    """Return the page that lists every parameter of every study."""
    words = WORDS[lang]
    lines = [words["params"], "", words["params_lead"], ""]
    for key, study in studies.STUDIES.items():
        lines += [f"## {translate(study.label, lang)} (`{key}`)", ""]
        parts = [
            f"{words['needs']}: {', '.join(f'`{n}`' for n in study.needs)}",
            f"{words['wants']}: {', '.join(f'`{n}`' for n in study.wants) or '–'}",
            f"{words['gives']}: {', '.join(f'`{n}`' for n in study.gives)}",
        ]
        lines += ["; ".join(parts) + ("." if lang == "en" else "。"), ""]
        lines += [words["param_columns"], "|" + " --- |" * 6]
        for info in describe(study.params):
            default = info.default
            if isinstance(default, tuple):
                default = ", ".join(default)
            meaning = translate(info.help, lang) if info.help else ""
            if info.choices:
                meaning += " " + ", ".join(f"`{word}`" for word, _ in info.choices)
            lines.append(
                _row(
                    f"`{info.name}`",
                    translate(info.label, lang),
                    f"`{default}`" if default != "" else "",
                    info.unit,
                    _range(info.low, info.high),
                    meaning,
                )
            )
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def commands_page(lang: str) -> str:
    """Return the page that shows the help of every command."""
    words = WORDS[lang]
    top = parser(lang)
    lines = [words["commands"], "", words["commands_lead"], ""]
    lines += ["```text", top.format_help().rstrip(), "```", ""]
    for action in top._actions:
        if action.choices and isinstance(action.choices, dict):
            for name, sub in action.choices.items():
                lines += [f"## yanlian {name}", "", "```text"]
                lines += [sub.format_help().rstrip(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def indicators_page(lang: str) -> str:
    """Return the page that lists stages, milestones, clauses and indicators."""
    words = WORDS[lang]
    comma = words["comma"]
    lines = [words["indicators"], "", words["indicators_lead"], ""]
    lines += [words["stages"], "", words["stage_columns"], "|" + " --- |" * 4]
    for item in stages():
        asked = [
            r.label.text(lang) for r in requirements() if r.from_stage == item.code
        ]
        name, days = item.name.text(lang), str(item.norm_days)
        lines.append(_row(item.code, name, comma.join(asked), days))
    lines += ["", words["milestones"], "", words["milestone_columns"]]
    lines.append("|" + " --- |" * 3)
    papers = {code: kind.name.text(lang) for code, kind in evidence_kinds().items()}
    for milestone in milestones().values():
        ways = [words["with"].join(papers[k] for k in w) for w in milestone.evidence]
        name = milestone.name.text(lang)
        lines.append(_row(name, milestone.stage, words["or"].join(ways)))
    lines += ["", words["clauses"], "", words["clause_columns"], "|" + " --- |" * 3]
    agreements = {
        code: kind.name.text(lang) for code, kind in agreement_kinds().items()
    }
    for clause in clauses().values():
        kinds = comma.join(agreements[kind] for kind in clause.kinds)
        lines.append(_row(clause.name.text(lang), kinds, clause.why.text(lang)))
    listed = read_definitions(default_definitions()).values()
    for name in dict.fromkeys(kpi.set for kpi in listed):
        lines += ["", f"{words['set']} `{name}`", "", words["kpi_columns"]]
        lines.append("|" + " --- |" * 6)
        for kpi in listed:
            if kpi.set == name:
                cohort, outcome = (
                    specs_text(specs).text(lang) if specs else ""
                    for specs in (kpi.cohort, kpi.outcome)
                )
                texts = (kpi.code, kpi.name.text(lang), cohort, outcome, kpi.unit)
                lines.append(_row(*texts, kpi.note.text(lang)))
    return "\n".join(lines).rstrip() + "\n"


def rules_page(lang: str) -> str:
    """Return the page that lists the measures of firms and the rules of the ladder."""
    words = WORDS[lang]
    lines = [words["rules"], "", words["rules_lead"], "", words["measures"], ""]
    lines += [words["measure_columns"], "|" + " --- |" * 6]
    for measure in measures().values():
        column = "answer" if measure.asks_yes else "value"
        cells = (f"`{measure.name}`", measure.label.text(lang), f"`{column}`")
        more = (measure.unit, words["spans"][measure.span], measure.ask.text(lang))
        lines.append(_row(*cells, *more))
    for code, tier in tiers().items():
        lines += ["", f"## {tier.name.text(lang)} (`{code}`)", ""]
        lines += [words["rule_columns"], "|" + " --- |" * 6]
        for rule in rules()[code]:
            points = f"{rule.max_points:g}" if rule.max_points else ""
            cells = (rule.code, words["kinds"][rule.kind], rule.says.text(lang))
            more = (points, words["seen"][rule.text_seen], rule.source.text(lang))
            lines.append(_row(*cells, *more))
    return "\n".join(lines).rstrip() + "\n"


PAGES = {
    "rules.md": rules_page,
    "indicators.md": indicators_page,
    "tables.md": tables_page,
    "parameters.md": params_page,
    "commands.md": commands_page,
}


def main() -> int:
    """Write or check the pages."""
    stale = []
    for lang in ("en", "zh"):
        for name, make in PAGES.items():
            path = GUIDE / lang / name
            text = make(lang)
            if "--check" in sys.argv:
                if not path.is_file() or path.read_text(encoding="utf-8") != text:
                    stale.append(str(path.relative_to(ROOT)))
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if stale:
        sys.stderr.write("Not of today (run make docs): " + ", ".join(stale) + "\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
