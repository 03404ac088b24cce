"""The command line: ``yanlian demo | check | gaps | targets | trip | brief | kpis | ladder``.

Options of a study are made from its parameter class, as are the fields of the web
form. Every text is in both languages; ``--lang`` or the environment chooses.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import yanlian
from yanlian import job, studies
from yanlian.errors import Finding, SourceError, Stopped, YanlianError
from yanlian.params import ParamInfo, describe
from yanlian.results import Progress, no_progress
from yanlian.store import Run
from yanlian.tables import Table, check_files, write_csv
from yanlian.tables.files import workspace_files
from yanlian.text import N_, Say, clock, say, translate

OK, FAILED, USAGE = 0, 1, 2


def _lang(argv: Sequence[str]) -> str:
    """Return the language asked for: option, then YANLIAN_LANG, then the locale."""
    for index, word in enumerate(argv):
        if word.startswith("--lang="):
            return "zh" if word[7:].startswith("zh") else "en"
        if word == "--lang" and index + 1 < len(argv):
            return "zh" if argv[index + 1].startswith("zh") else "en"
    for name in ("YANLIAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


class _Parser(argparse.ArgumentParser):
    """A parser whose own words come from the catalogue."""

    lang = "en"

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        wrong = translate(N_("The command cannot be read"), self.lang)
        sys.stderr.write(f"{wrong}: {message}\n")
        raise SystemExit(USAGE)


def _common(parser: argparse.ArgumentParser, t: Any, *, workspace: bool = True) -> None:
    group = parser.add_argument_group(t(N_("general options")))
    group.add_argument(
        "--lang", choices=["en", "zh"], help=t(N_("Language of all output."))
    )
    if workspace:
        group.add_argument(
            "--workspace",
            metavar="DIR",
            type=Path,
            help=t(
                N_(
                    "Folder of CSV, XLSX or Parquet tables. The built-in Yongkang case when "
                    "absent."
                )
            ),
        )


def _param_option(parser: Any, info: ParamInfo, t: Any) -> None:
    parts = [t(info.label) + "."]
    if info.help:
        parts.append(t(info.help))
    if info.unit:
        parts.append(f"[{info.unit}]")
    if info.low is not None and info.high is not None:
        parts.append(f"{info.low:g}\u2013{info.high:g}.")
    default = info.default
    if isinstance(default, tuple):
        default = ",".join(default)
    if default != "":
        parts.append(t(N_("Default: %(value)s.")) % {"value": default})
    kwargs: dict[str, Any] = {
        "help": " ".join(parts).replace("%", "%%"),
        "dest": "param_" + info.name,
        "default": None,
        "metavar": info.kind.upper(),
    }
    if info.choices:
        kwargs["choices"] = [word for word, _ in info.choices]
        kwargs.pop("metavar")
    parser.add_argument("--" + info.name.replace("_", "-"), **kwargs)


def _study_parser(sub: Any, key: str, t: Any, words: str, last: str) -> None:
    parser = sub.add_parser(
        key, help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(parser, t)
    _common(parser, t)
    group = parser.add_argument_group(t(N_("output")))
    group.add_argument(
        "--json",
        action="store_true",
        help=t(N_("Print the run as JSON; the form is documented in the guide.")),
    )
    group.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help=t(N_("Folder where tables, manifest and papers are written.")),
    )
    group.add_argument(
        "--seed", type=int, default=0, help=t(N_("Seed of all chance. Default: 0."))
    )
    group.add_argument(
        "--top",
        type=int,
        default=10,
        metavar="INT",
        dest="shown",
        help=t(N_("How many rows are shown. Default: 10.")),
    )
    study = studies.study(last)
    params = parser.add_argument_group(t(N_("parameters of the study")))
    for info in describe(study.params):
        if info.name not in {
            "seed",
            "shown",
            "top",
            "lang",
            "out",
            "json",
            "workspace",
        }:
            _param_option(params, info, t)
    parser.set_defaults(command=_run_study, key=last, papers=key == "brief")


class _Wide(argparse.HelpFormatter):
    """Help of one width, with its headings in the language asked for."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=96)

    def add_usage(
        self, usage: Any, actions: Any, groups: Any, prefix: str | None = None
    ) -> None:
        # Empty, not absent, while the name of a command is put together.
        if prefix is None:
            prefix = translate(N_("usage: "), _Parser.lang)
        super().add_usage(usage, actions, groups, prefix)

    def start_section(self, heading: str | None) -> None:
        known = (N_("positional arguments"), N_("options"))
        if heading in known:
            heading = translate(heading, _Parser.lang)
        super().start_section(heading)


def _help(parser: argparse.ArgumentParser, t: Any) -> None:
    parser.add_argument(
        "-h", "--help", action="help", help=t(N_("Show this help and stop."))
    )


def parser(lang: str) -> argparse.ArgumentParser:
    """Return the parser of the command line in ``lang``."""

    def t(msgid: str) -> str:
        return translate(msgid, lang)

    _Parser.lang = lang
    top = _Parser(
        prog="yanlian",
        description=t(
            N_(
                "Yanlian: from gaps in an industrial chain to companies, a trip and its "
                "papers."
            )
        ),
        add_help=False,
        formatter_class=_Wide,
    )
    _help(top, t)
    top.add_argument("--version", action="version", version=yanlian.__version__)
    top.add_argument(
        "--lang", choices=["en", "zh"], help=t(N_("Language of all output."))
    )
    sub = top.add_subparsers(title=t(N_("commands")), metavar="")

    words = t(N_("Run the main job on the built-in Yongkang case and serve it."))
    demo = sub.add_parser(
        "demo", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(demo, t)
    _common(demo, t, workspace=False)
    demo.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("yanlian-demo"),
        help=t(N_("Folder of the case, its runs and papers. Default: yanlian-demo.")),
    )
    demo.add_argument(
        "--no-serve", action="store_true", help=t(N_("Do not start the workbench."))
    )
    _address(demo, t)
    demo.set_defaults(command=_demo)

    words = t(N_("Check table files and list everything that is wrong."))
    check = sub.add_parser(
        "check", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(check, t)
    _common(check, t)
    check.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help=t(N_("Files to check."))
    )
    check.add_argument(
        "--json",
        action="store_true",
        help=t(N_("Print the findings as JSON; the form is documented in the guide.")),
    )
    check.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help=t(N_("Folder where the tables are written as they were read.")),
    )
    check.set_defaults(command=_check)

    for key, last, words in (
        ("place", "place", N_("Place firms on the chain.")),
        ("gaps", "gaps", N_("Find the gaps of the chain, with their reasons.")),
        ("targets", "targets", N_("Rank outside companies that could fill the gaps.")),
        ("trip", "trip", N_("Plan which companies to visit, and when.")),
        ("brief", "trip", N_("Write the papers of the trip in both languages.")),
        (
            "kpis",
            "progress",
            N_("Compute the indicators of progress from the log of events."),
        ),
        (
            "ladder",
            "ladder",
            N_("Check companies against the rules of the SRDI ladder."),
        ),
    ):
        _study_parser(sub, key, t, t(words), last)

    words = t(N_("Serve a workspace as the workbench on this machine."))
    serve = sub.add_parser(
        "serve", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(serve, t)
    _common(serve, t)
    _address(serve, t)
    serve.set_defaults(command=_serve)

    words = t(N_("Load the invented training data of the workbench, or remove it."))
    training = sub.add_parser(
        "training", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(training, t)
    _common(training, t)
    training.add_argument(
        "what",
        choices=["load", "remove"],
        help=t(
            N_(
                "load: add the story to the office of the workspace; remove: take all "
                "of it out again, and nothing else."
            )
        ),
    )
    training.set_defaults(command=_training)

    words = t(
        N_("Verify that nobody has changed the log of the workbench behind its back.")
    )
    audit = sub.add_parser(
        "audit", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(audit, t)
    _common(audit, t)
    audit.add_argument(
        "what",
        choices=["verify"],
        help=t(
            N_(
                "verify: reckon the seal of every line anew, say what does not hold, "
                "and compare with earlier verifications."
            )
        ),
    )
    audit.set_defaults(command=_audit)

    words = t(
        N_("Send what waits for the webhooks; for when the workbench does not run.")
    )
    deliver = sub.add_parser(
        "deliver", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(deliver, t)
    _common(deliver, t)
    deliver.set_defaults(command=_deliver)

    words = t(
        N_("Send today's reminders by e-mail, once to each member who wants them.")
    )
    remind = sub.add_parser(
        "remind", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(remind, t)
    _common(remind, t)
    remind.set_defaults(command=_remind)
    _archive_parsers(sub, t)
    return top


def _archive_parsers(sub: Any, t: Any) -> None:
    """Add the commands that take everything out and in, and let somebody in again."""
    words = t(N_("Write everything of a workbench to a folder or a ZIP file."))
    found = sub.add_parser(
        "export", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(found, t)
    _common(found, t)
    found.add_argument(
        "--out",
        metavar="PATH",
        type=Path,
        required=True,
        help=t(N_("A name that ends in .zip, or a folder that is not there yet.")),
    )
    found.add_argument(
        "--office",
        metavar="NAME",
        default="",
        help=t(N_("Only this office, by its short name. All offices when absent.")),
    )
    found.set_defaults(command=_export)

    words = t(N_("Import what an export wrote into an empty workbench."))
    found = sub.add_parser(
        "import", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(found, t)
    _common(found, t, workspace=False)
    found.add_argument(
        "archive", metavar="PATH", type=Path, help=t(N_("Folder or ZIP file."))
    )
    found.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        required=True,
        help=t(
            N_(
                "Folder of the new workbench; its data and the offices' tables go there."
            )
        ),
    )
    found.add_argument(
        "--fingerprint",
        metavar="HEX",
        default="",
        help=t(N_("What the export said; an archive with another one is refused.")),
    )
    found.set_defaults(command=_import)

    words = t(N_("Make a link by which a member sets a password once."))
    found = sub.add_parser(
        "link", help=words, description=words, add_help=False, formatter_class=_Wide
    )
    _help(found, t)
    _common(found, t)
    found.add_argument(
        "name", metavar="NAME", help=t(N_("Sign-in name of the member."))
    )
    found.set_defaults(command=_link)


def _address(found: argparse.ArgumentParser, t: Any) -> None:
    found.add_argument(
        "--host",
        default="127.0.0.1",
        help=t(N_("Address to listen on. Default: 127.0.0.1.")),
    )
    found.add_argument(
        "--port",
        type=int,
        default=8000,
        metavar="INT",
        help=t(N_("Port to listen on. Default: 8000.")),
    )


@contextlib.contextmanager
def _bar(lang: str, quiet: bool) -> Iterator[Progress]:
    """Show progress on standard error; nothing when it is not a terminal."""
    if quiet:
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        last = ""

        def lines(done: int, total: int, say: Say) -> None:
            nonlocal last
            shown = say.text(lang)
            if shown != last:
                console.print(shown, highlight=False)
                last = shown

        yield lines
        return
    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, say: Say) -> None:
            bar.update(task, completed=done, total=total, description=say.text(lang))

        yield show


def _open(args: argparse.Namespace) -> tuple[job.Workspace, bool]:
    """Return the workspace asked for, and whether its runs are kept."""
    if args.workspace:
        return job.open_workspace(args.workspace), True
    return job.open_workspace(job.SAMPLE), False


def _changes(args: argparse.Namespace) -> dict[str, Any]:
    return {
        name[6:]: value
        for name, value in vars(args).items()
        if name.startswith("param_") and value is not None
    }


def as_json(made: Run) -> dict[str, Any]:
    """Return a run in the documented JSON form."""
    keys = ("id", "study", "params", "seed", "inputs", "summary", "notes", "versions")
    found = {key: made.manifest[key] for key in keys}
    found["tables"] = {
        name: studies.plain(table.rows()) for name, table in made.result.tables.items()
    }
    return found


def _run_study(args: argparse.Namespace, lang: str) -> int:
    workspace, keep = _open(args)
    with _bar(lang, args.json) as progress:
        runs = job.run_to(
            workspace,
            args.key,
            changes={args.key: _changes(args)},
            seed=args.seed,
            keep=keep,
            progress=progress,
        )
        made = runs[args.key]
        written: list[Path] = []
        if args.papers:
            folder = args.out or Path("yanlian-papers")
            written = job.papers(workspace, runs, folder, progress=progress)
        elif args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            for name, table in made.result.tables.items():
                written.append(write_csv(table, args.out / f"{name}.csv"))
            path = args.out / "manifest.json"
            text = json.dumps(made.manifest, ensure_ascii=False, indent=1)
            path.write_text(text + "\n", encoding="utf-8")
            written.append(path)
    if args.json:
        shown = as_json(made)
        if args.papers:
            shown["papers"] = [str(path) for path in written]
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return OK
    _show(args.key, made, workspace, lang, args.shown)
    for path in written:
        print(path)
    return OK


def _console() -> Any:
    from rich.console import Console

    width = None if sys.stdout.isatty() else 110
    return Console(width=width, highlight=False)


def _grid(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(title=Text(title), box=SIMPLE_HEAD, title_justify="left")
    for index, head in enumerate(heads):
        number = bool(rows) and all(
            row[index].replace(".", "").replace("-", "").isdigit() for row in rows
        )
        grid.add_column(Text(head), justify="right" if number else "left")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    _console().print(grid)


def _names(workspace: job.Workspace, table: str, key: str, lang: str) -> dict[str, str]:
    found = workspace.tables.get(table)
    if found is None:
        return {}
    first, second = ("name_zh", "name_en") if lang == "zh" else ("name_en", "name_zh")
    return {
        row_key: a or b
        for row_key, a, b in zip(found[key], found[first], found[second], strict=True)
    }


def _number(value: float, digits: int = 0) -> str:
    return "\u2013" if value != value else f"{value:.{digits}f}"


def _show(
    key: str, made: Run, workspace: job.Workspace, lang: str, most: int = 10
) -> None:
    """Print the first rows of a run and its notes."""

    def t(msgid: str) -> str:
        return translate(msgid, lang)

    tables = made.result.tables
    segments = _names(workspace, "segments", "segment_id", lang)
    firms = _names(workspace, "firms", "firm_id", lang)
    reason = "reason_zh" if lang == "zh" else "reason_en"
    kinds = {
        "fill": t(N_("fill")),
        "extend": t(N_("extend")),
        "strengthen": t(N_("strengthen")),
        "build": t(N_("build")),
    }
    if key == "place":
        listed = tables["placements"].rows()[:most]
        _grid(
            t(N_("Placements")),
            [t(N_("Company")), t(N_("Segment")), t(N_("Confidence")), t(N_("Words"))],
            [
                [
                    firms.get(r["firm_id"], r["firm_id"]),
                    segments.get(r["segment_id"], r["segment_id"]),
                    _number(r["confidence"], 2),
                    r["words"][:40],
                ]
                for r in listed
            ],
        )
    elif key == "gaps":
        listed = tables["gaps"].rows()[:most]
        _grid(
            t(N_("Gaps")),
            ["#", t(N_("Kind")), t(N_("Segment")), t(N_("Score")), t(N_("Reason"))],
            [
                [
                    str(i),
                    kinds.get(r["kind"], r["kind"]),
                    segments.get(r["segment_id"], r["segment_id"]),
                    _number(r["score"], 1),
                    r[reason],
                ]
                for i, r in enumerate(listed, start=1)
            ],
        )
    elif key == "targets":
        listed = tables["targets"].rows()[:most]
        _grid(
            t(N_("Target companies")),
            [
                "#",
                t(N_("Company")),
                t(N_("Gap")),
                t(N_("Fit")),
                t(N_("Likelihood")),
                t(N_("Reach")),
                t(N_("Value")),
            ],
            [
                [
                    str(i),
                    firms.get(r["firm_id"], r["firm_id"]),
                    segments.get(r["segment_id"], r["segment_id"]),
                    _number(r["fit"]),
                    _number(r["likelihood"]),
                    _number(r["reach"]),
                    _number(r["value"]),
                ]
                for i, r in enumerate(listed, start=1)
            ],
        )
    elif key == "ladder":
        _show_ladder(tables, firms, lang, most)
    elif key == "progress":
        _show_indicators(tables["kpis"].rows(), made.params["set"], lang)
    else:
        text = "text_zh" if lang == "zh" else "text_en"
        _grid(
            t(N_("Trip")),
            [t(N_("Day")), t(N_("Time")), t(N_("What")), t(N_("Value"))],
            [
                [
                    _number(r["day"]),
                    f"{clock(r['start_min'])}\u2013{clock(r['end_min'])}",
                    r[text] or firms.get(r["firm_id"], r["kind"]),
                    _number(r["value"], 1) if r["kind"] == "visit" else "",
                ]
                for r in tables["stops"].rows()
            ],
        )
        left = tables["left_out"].rows()[:most]
        if left:
            _grid(
                t(N_("Left out, and why")),
                [t(N_("Company")), t(N_("Value")), t(N_("Reason"))],
                [
                    [
                        firms.get(r["firm_id"], r["firm_id"]),
                        _number(r["value"], 1),
                        r[reason],
                    ]
                    for r in left
                ],
            )
    for note in made.result.notes:
        print("\u00b7 " + note.say.text(lang))


def _amount(value: float, unit: str) -> str:
    """Return a value as it is read: shares in per cent, money with its thousands."""
    if value != value:
        return "\u2013"
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "score":
        return f"{value:.3f}"
    whole = f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"
    return f"{whole} {unit}".strip()


def _show_ladder(
    tables: Mapping[str, Table], firms: Mapping[str, str], lang: str, most: int
) -> None:
    """Print where companies stand, what is settled first, and what is nearest."""

    def t(msgid: str) -> str:
        return translate(msgid, lang)

    from yanlian.ladder import tiers

    words = {"yes": t(N_("yes")), "no": t(N_("no")), "unknown": t(N_("unknown"))}
    names = {code: tier.name.text(lang) for code, tier in tiers().items()}
    order = {"yes": 0, "no": 1, "unknown": 2}
    counts = ("rules_met", "rules_part", "rules_unmet", "rules_unknown")
    # Those of whom most is known come first.
    listed = sorted(
        tables["ladder"].rows(),
        key=lambda r: (
            order[r["passes"]],
            r["rules_unknown"] / sum(r[name] for name in counts),
        ),
    )[:most]
    _grid(
        t(N_("On what is on file; * rests on rules to be checked")),
        [
            t(N_("Company")),
            t(N_("Tier")),
            t(N_("Rules met")),
            t(N_("Direct route")),
            t(N_("Points")),
            t(N_("Met / in part / not met / unknown")),
            t(N_("To be checked")),
        ],
        [
            [
                firms.get(r["firm_id"], r["firm_id"]),
                names[r["tier"]],
                words[r["passes"]] + ("*" if r["rests_on_unseen"] else ""),
                words[r["direct"]],
                f"{r['points_low']:.0f}\u2013{r['points_high']:.0f} / {r['points_of']:.0f}"
                if r["points_of"] == r["points_of"]
                else "\u2013",
                " / ".join(_number(r[name]) for name in counts),
                _number(r["rules_unseen"]),
            ]
            for r in listed
        ],
    )
    shown = [(r["firm_id"], r["tier"]) for r in listed]
    near = [
        r for r in tables["nearest"].rows() if (r["firm_id"], r["tier"]) in set(shown)
    ]
    near.sort(key=lambda r: (r["rank"], shown.index((r["firm_id"], r["tier"]))))
    if near:
        _grid(
            t(N_("What is nearest")),
            [t(N_("Company")), t(N_("Tier")), t(N_("What to do"))],
            [
                [
                    firms.get(r["firm_id"], r["firm_id"]),
                    names[r["tier"]],
                    r[f"text_{lang}"],
                ]
                for r in near[:most]
            ],
        )


def _show_indicators(rows: Sequence[dict[str, Any]], chosen: str, lang: str) -> None:
    """Print indicators with the window and the day they stand for."""

    def t(msgid: str) -> str:
        return translate(msgid, lang)

    title = t(N_("Indicators"))
    if rows:
        first = rows[0]
        title = say(
            N_("Indicators, %(first)s to %(last)s, as of %(as_of)s, set %(set)s"),
            first=first["window_from"],
            last=first["window_to"],
            as_of=first["as_of"],
            set=chosen,
        ).text(lang)
    _grid(
        title,
        [
            t(N_("Code")),
            t(N_("Indicator")),
            t(N_("Value")),
            t(N_("Beside")),
            t(N_("Counted")),
        ],
        [
            [
                " ".join((row["code"], row["part"])).strip(),
                row[f"name_{lang}"],
                _amount(row["value"], row["unit"])
                if row["value"] == row["value"]
                else row[f"cannot_{lang}"],
                _amount(row["second"], row["second_unit"])
                if row["second"] == row["second"]
                else "",
                _number(row["numerator"])
                + (
                    ""
                    if row["denominator"] != row["denominator"]
                    else f" / {_number(row['denominator'])}"
                ),
            ]
            for row in rows
        ],
    )


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "level": finding.level,
        "code": finding.code,
        "where": finding.where,
        "en": finding.say.en,
        "zh": finding.say.zh,
    }


def _check(args: argparse.Namespace, lang: str) -> int:
    files = list(args.files)
    if args.workspace:
        files += workspace_files(args.workspace)
    if not files:
        files = workspace_files(job.SAMPLE)
    tables, findings = check_files(files)
    findings += _check_chain(tables)
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            write_csv(table, args.out / f"{name}.csv")
    errors = sum(finding.level == "error" for finding in findings)
    if args.json:
        shown = {
            "tables": {name: len(table) for name, table in tables.items()},
            "errors": errors,
            "warnings": len(findings) - errors,
            "findings": [_finding(finding) for finding in findings],
        }
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return FAILED if errors else OK
    for name, table in tables.items():
        print(
            say(N_("%(table)s: %(rows)s rows"), table=name, rows=len(table)).text(lang)
        )
    for finding in findings:
        word = N_("Error") if finding.level == "error" else N_("Warning")
        print(f"{translate(word, lang)}  {finding.text(lang)}")
    print(
        say(
            N_("%(errors)s errors, %(warnings)s warnings."),
            errors=errors,
            warnings=len(findings) - errors,
        ).text(lang)
    )
    return FAILED if errors else OK


def _check_chain(tables: dict[str, Any]) -> list[Finding]:
    """Return the cycles of the chain, where both of its tables are given."""
    if not {"segments", "supplies"} <= set(tables):
        return []
    from yanlian.chains import check_chain

    return check_chain(tables["segments"], tables["supplies"])


def _demo(args: argparse.Namespace, lang: str) -> int:
    folder = job.copy_sample(args.out / "yongkang")
    workspace = job.open_workspace(folder)
    with _bar(lang, quiet=False) as progress:
        runs = job.run_to(workspace, "trip", progress=progress)
        papers = job.papers(workspace, runs, args.out / "papers", progress=progress)
    for key in ("gaps", "targets", "trip"):
        _show(key, runs[key], workspace, lang)
    print()
    print(
        say(
            N_("%(gaps)s gaps, %(targets)s target companies, %(visits)s visits."),
            gaps=len(runs["gaps"].result.tables["gaps"]),
            targets=len(set(runs["targets"].result.tables["targets"]["firm_id"])),
            visits=runs["trip"].result.summary.get("visits", 0),
        ).text(lang)
    )
    print(say(N_("Papers:")).text(lang))
    for path in papers:
        print(f"  {path}")
    if args.no_serve:
        return OK
    return _start(folder, args, lang, sample=True)


def _folder(args: argparse.Namespace) -> Path:
    """Return the folder of the workspace asked for, or of the built-in case."""
    if args.workspace:
        workspace_files(args.workspace)
        return Path(args.workspace)
    return job.copy_sample(Path("yanlian-demo") / "yongkang")


def _serve(args: argparse.Namespace, lang: str) -> int:
    return _start(_folder(args), args, lang)


def _training(args: argparse.Namespace, lang: str) -> int:
    training = _workbench("training")
    return int(training(_folder(args), what=args.what, lang=lang) or OK)


def _audit(args: argparse.Namespace, lang: str) -> int:
    audit = _workbench("audit")
    return int(audit(_folder(args), what=args.what, lang=lang) or OK)


def _export(args: argparse.Namespace, lang: str) -> int:
    leave = _workbench("export")
    return int(leave(_folder(args), out=args.out, office=args.office, lang=lang) or OK)


def _import(args: argparse.Namespace, lang: str) -> int:
    enter = _workbench("import")
    given = args.fingerprint
    return int(
        enter(args.out, archive=args.archive, fingerprint=given, lang=lang) or OK
    )


def _link(args: argparse.Namespace, lang: str) -> int:
    link = _workbench("link")
    return int(link(_folder(args), name=args.name, lang=lang) or OK)


def _remind(args: argparse.Namespace, lang: str) -> int:
    remind = _workbench("remind")
    return int(remind(_folder(args), lang=lang) or OK)


def _deliver(args: argparse.Namespace, lang: str) -> int:
    deliver = _workbench("deliver")
    return int(deliver(_folder(args), lang=lang) or OK)


def _workbench(name: str) -> Any:
    """Return a function of the workbench, when it is installed."""
    found = importlib.metadata.entry_points(group="yanlian.workbench", name=name)
    if not found:
        raise SourceError(
            N_("The workbench is not installed. Install the whole distribution.")
        )
    return next(iter(found)).load()


def _start(
    folder: Path, args: argparse.Namespace, lang: str, *, sample: bool = False
) -> int:
    """Hand over to the workbench; the built-in sample comes with its training data."""
    serve = _workbench("serve")
    more = {"sample": True} if sample else {}
    return int(serve(folder, host=args.host, port=args.port, lang=lang, **more) or OK)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    lang = _lang(words)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show Chinese gets escapes, not an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    top = parser(lang)
    args = top.parse_args(words)
    if not hasattr(args, "command"):
        top.print_help()
        return OK
    try:
        code: int = args.command(args, lang)
    except Stopped as error:
        sys.stderr.write(error.text(lang) + "\n")
        return 130
    except YanlianError as error:
        if getattr(args, "json", False):
            shown = {
                "error": {"en": error.text("en"), "zh": error.text("zh")},
                "findings": [_finding(f) for f in error.findings],
            }
            print(json.dumps(shown, ensure_ascii=False, indent=1))
        sys.stderr.write(error.text(lang) + "\n")
        return FAILED
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK
        unwritten = say(
            N_("%(path)s cannot be written: %(reason)s. Choose another folder."),
            path=error.filename or "",
            reason=error.strerror or str(error),
        )
        sys.stderr.write(unwritten.text(lang) + "\n")
        return FAILED
    except KeyboardInterrupt:
        stopped = say(N_("Stopped. What was finished before is kept."))
        sys.stderr.write("\n" + stopped.text(lang) + "\n")
        return 130
    return code


if __name__ == "__main__":
    raise SystemExit(main())
