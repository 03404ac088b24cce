"""What the library raises on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from yanlian.text import Say, say


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in a table or a file.

    Attributes
    ----------
    where : str
        File, table, column and rows, as far as known.
    say : Say
        What was found, what was expected and what to do.
    level : str
        ``"error"`` stops the reading; ``"warning"`` is only reported.
    code : str
        Stable word for the kind of finding, used by ``--json``.
    """

    where: str
    say: Say
    level: str = "error"
    code: str = ""

    def text(self, lang: str) -> str:
        """Return the finding as one line in ``lang``."""
        return (
            f"{self.where}: {self.say.text(lang)}"
            if self.where
            else self.say.text(lang)
        )


class YanlianError(Exception):
    """An error that speaks both languages.

    Parameters
    ----------
    msgid : str
        English sentence with ``%(name)s`` placeholders.
    findings : tuple of Finding, optional
        All that was found before the work stopped.
    **values : object
        What stands in the placeholders.
    """

    def __init__(
        self, msgid: str, /, *, findings: tuple[Finding, ...] = (), **values: object
    ) -> None:
        self.say = say(msgid, **values)
        self.findings = findings
        super().__init__(self.text("en"))

    def text(self, lang: str) -> str:
        """Return the message and all findings in ``lang``."""
        lines = [self.say.text(lang)]
        lines += ["- " + finding.text(lang) for finding in self.findings]
        return "\n".join(lines)


class TableError(YanlianError):
    """A table does not satisfy its schema; holds every finding."""


class ParamError(YanlianError, ValueError):
    """A parameter is outside its range."""


class SourceError(YanlianError):
    """A file or service cannot be read."""


class InfeasibleError(YanlianError):
    """No plan satisfies the constraints; the message names those that bind."""


class StoreError(YanlianError):
    """The store holds no such thing, or it is damaged."""


class MixedMoneyError(YanlianError):
    """Amounts of different kinds were to be added; the message names the kinds."""


class Stopped(YanlianError):
    """The person who started the work has stopped it."""
