"""Starting the workbench on a workspace: called by ``yanlian serve`` and ``demo``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


def _settle(folder: Path) -> None:
    """Set up Django on the data that belong to a workspace."""
    data = folder.resolve().parent / "workbench"
    os.environ.setdefault("YANLIAN_DATA", str(data))
    Path(os.environ["YANLIAN_DATA"]).mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yanlian_web.settings")
    import django

    django.setup()


def prepare(folder: Path) -> tuple[Any, dict[str, str]]:
    """Migrate, open the office of the workspace and load its companies.

    Returns
    -------
    office : Office
    dict of str to str
        Names and passwords of members made now; empty from the second start on.
    """
    _settle(folder)
    from django.core.management import call_command

    from yanlian_web.desk.actions import companies_load, pipelines_ensure
    from yanlian_web.offices.actions import members_ensure, office_open

    call_command("migrate", verbosity=0, interactive=False)
    _count()
    office = office_open(folder=folder)
    companies_load(office=office)
    pipelines_ensure(office=office)
    return office, members_ensure(office=office)


def sample_load(office: Any) -> None:
    """Load what belongs to the built-in sample: sourced visits and training data."""
    from yanlian_web.cultivate.actions.ladder import ladder_run
    from yanlian_web.desk.training import sourced_load, training_load

    sourced_load(office)
    # Real firms alone, before there are invented ones.
    if not office.training:
        ladder_run(by=office.members.filter(role="head").earliest("pk"))
    training_load(office)


def training(folder: Path, *, what: str, lang: str) -> int:
    """Load the training data of a workspace, or remove it."""
    office, _ = prepare(folder)
    from yanlian.text import N_, say
    from yanlian_web.desk.training import training_load, training_remove

    if what == "remove":
        count = training_remove(office)
        text = say(
            N_("%(count)s rows of training data were removed; nothing else changed."),
            count=count,
        )
    else:
        count = training_load(office)
        text = say(N_("%(count)s records of training data were loaded."), count=count)
        if not count:
            text = say(N_("The training data is loaded already."))
    sys.stdout.write(text.text(lang) + "\n")
    return 0


def remind(folder: Path, *, lang: str) -> int:
    """Send the reminders of today by e-mail; a second run sends nothing twice.

    Returns
    -------
    int
        0 when all was sent or nothing had to be; 1 when the mail server did not take
        something, which the next run sends.
    """
    office, _ = prepare(folder)
    from yanlian.text import N_, say
    from yanlian_web.handover.sending import digests_send, mail_on, wanting

    if not mail_on():
        text = say(
            N_(
                "E-mail is off: no mail server is named. Set YANLIAN_SMTP_HOST to send; "
                "reminders stand on the page meanwhile. Members who want them: %(n)s."
            ),
            n=len(wanting(office)),
        )
        sys.stdout.write(text.text(lang) + "\n")
        return 0
    done = digests_send(office)
    text = say(
        N_(
            "Sent: %(sent)s. Sent before today: %(already)s. Nothing to remind of: "
            "%(nothing)s. Not sent: %(failed)s."
        ),
        sent=done.sent,
        already=done.already,
        nothing=done.nothing,
        failed=len(done.failed),
    )
    sys.stdout.write(text.text(lang) + "\n")
    for reason in done.failed:
        sys.stderr.write(reason.text(lang) + "\n")
    return 1 if done.failed else 0


def deliver(folder: Path, *, lang: str) -> int:
    """Send what is due to the webhooks; the workbench does so itself while it runs."""
    prepare(folder)
    from yanlian.text import N_, say
    from yanlian_web.api.models import WAITING, Delivery
    from yanlian_web.api.sending import deliver as send

    sent = send()
    text = say(
        N_("%(sent)s deliveries were sent; %(left)s wait."),
        sent=sent,
        left=Delivery.objects.filter(state=WAITING).count(),
    )
    sys.stdout.write(text.text(lang) + "\n")
    return 0


def audit(folder: Path, *, what: str, lang: str) -> int:
    """Verify the chain of the log; 0 when it is intact, 1 when it is not."""
    _settle(folder)
    from django.core.management import call_command

    from yanlian.text import N_, say
    from yanlian_web.offices.models import Office
    from yanlian_web.offices.verifying import compare, heads, keep, verify

    call_command("migrate", verbosity=0, interactive=False)
    office = Office.objects.filter(workspace=str(folder.resolve())).first()
    if office is None:
        text = say(
            N_("No office has been opened on %(folder)s, so there is no log yet."),
            folder=str(folder),
        )
        sys.stdout.write(text.text(lang) + "\n")
        return 1
    noted = Path(os.environ["YANLIAN_DATA"]) / "audit-heads.csv"
    found = verify(office)
    compare(found, office, heads(noted, office))
    if found.intact:
        lines = [
            say(
                N_("%(count)s lines, intact. The newest seal is %(hash)s."),
                count=found.lines,
                hash=found.hash[:16],
            )
        ]
        if found.gone:
            word = N_(
                "%(count)s lines of training data were removed; their seals hold."
            )
            lines.append(say(word, count=found.gone))
        if found.redacted:
            word = N_(
                "Personal data were taken out of %(count)s lines, as other lines say."
            )
            lines.append(say(word, count=found.redacted))
        keep(noted, office, found)
        word = N_("Noted in %(path)s; keep a copy of it on another machine.")
        lines.append(say(word, path=str(noted)))
    else:
        lines = [
            say(
                N_("The log does not hold, first at line %(number)s:"),
                number=found.broken or 0,
            ),
            *found.findings,
        ]
    sys.stdout.write("\n".join(line.text(lang) for line in lines) + "\n")
    return 0 if found.intact else 1


def leave(folder: Path, *, out: Path, office: str, lang: str) -> int:
    """Write everything of a workbench, or of one of its offices, to an archive."""
    _settle(folder)
    from django.core.management import call_command

    from yanlian.errors import StoreError
    from yanlian.text import N_, say
    from yanlian_web.archive.actions import told
    from yanlian_web.archive.leaving import export
    from yanlian_web.offices.models import Office

    call_command("migrate", verbosity=0, interactive=False)
    one = Office.objects.filter(slug=office).first() if office else None
    if office and one is None:
        names = ", ".join(
            Office.objects.order_by("slug").values_list("slug", flat=True)
        )
        raise StoreError(
            N_("There is no office %(name)s. Expected one of: %(names)s."),
            name=office,
            names=names or "\u2013",
        )
    left = export(out, office=one)
    told(left, office=one)
    text = say(
        N_(
            "%(rows)s rows and %(files)s files were written to %(path)s. Fingerprint: "
            "%(fingerprint)s"
        ),
        rows=left.rows,
        files=left.files,
        path=str(left.path),
        fingerprint=left.fingerprint,
    )
    sys.stdout.write(text.text(lang) + "\n")
    return 0


def enter(place: Path, *, archive: Path, fingerprint: str, lang: str) -> int:
    """Import an archive into an empty workbench under a folder."""
    place = place.resolve()
    _settle(place / "tables")
    from django.core.management import call_command

    from yanlian.text import N_, say
    from yanlian_web.archive.entering import load

    call_command("migrate", verbosity=0, interactive=False)
    entered = load(archive, place=place, fingerprint=fingerprint)
    _count()
    lines = [
        say(
            N_("%(rows)s rows and %(files)s files were imported; the audit holds."),
            rows=entered.rows,
            files=entered.files,
        )
    ]
    for office in entered.offices:
        text = N_(
            "Serve it with: yanlian serve --workspace %(path)s. Nobody has a password "
            "yet; yanlian link --workspace %(path)s NAME makes a link to set one."
        )
        lines.append(say(text, path=office.workspace))
    sys.stdout.write("\n".join(line.text(lang) for line in lines) + "\n")
    return 0


def link(folder: Path, *, name: str, lang: str) -> int:
    """Make a link by which a member sets a password; for whoever owns the machine."""
    _settle(folder)
    from django.conf import settings
    from django.core.management import call_command
    from django.urls import reverse

    from yanlian.errors import StoreError
    from yanlian.text import N_, say
    from yanlian_web.accounts.links import link_make
    from yanlian_web.accounts.models import PASSWORD
    from yanlian_web.offices.models import Member

    call_command("migrate", verbosity=0, interactive=False)
    member = Member.objects.filter(user__username=name, user__is_active=True).first()
    if member is None:
        raise StoreError(
            N_("No member signs in as %(name)s. Expected a sign-in name."), name=name
        )
    token = link_make(member=member, kind=PASSWORD, by=None)
    text = say(
        N_(
            "Open this in the workbench within %(hours)s hours; it works once: %(path)s"
        ),
        hours=settings.LINK_HOURS,
        path=reverse("join", args=[token]),
    )
    sys.stdout.write(text.text(lang) + "\n")
    return 0


def _count() -> None:
    """Let SQLite sample its indexes: without counts it goes through whole tables.

    PostgreSQL does so by itself. Takes some milliseconds, however large the tables.
    """
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit=1000")
            cursor.execute("ANALYZE")


def serve(
    folder: Path, *, host: str, port: int, lang: str, sample: bool = False
) -> int:
    """Serve a workspace until it is stopped.

    Parameters
    ----------
    folder : Path
    host : str
    port : int
    lang : str
        Language of what is written to the terminal.
    sample : bool
        Whether it is the built-in case, which comes with its training data.
    """
    if host not in {"127.0.0.1", "localhost"}:
        os.environ.setdefault("YANLIAN_HOSTS", f"{host},127.0.0.1,localhost")
    office, made = prepare(folder)
    if sample:
        sample_load(office)
    from yanlian.text import N_, say

    lines = [say(N_("The workbench: %(address)s"), address=f"http://{host}:{port}/")]
    if made:
        lines.append(
            say(N_("Sign in as one of these; the passwords are shown this once:"))
        )
    else:
        lines.append(
            say(N_("Sign in with the names and passwords of the first start."))
        )
    sys.stdout.write("\n" + "\n".join(line.text(lang) for line in lines) + "\n")
    for name, password in made.items():
        sys.stdout.write(f"  {name:10} {password}\n")
    if made:
        keep = Path(os.environ["YANLIAN_DATA"]) / "first-sign-in.txt"
        handle = os.open(keep, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.writelines(f"{name} {password}\n" for name, password in made.items())
        text = say(
            N_("They are also in %(path)s; delete it when noted."), path=str(keep)
        )
        sys.stdout.write(text.text(lang) + "\n")
    sys.stdout.write(say(N_("Stop with Ctrl-C.")).text(lang) + "\n")
    sys.stdout.flush()
    _run(host, port)
    return 0


def _run(host: str, port: int) -> None:
    from yanlian_web.api import sending

    if sys.platform == "win32":
        from django.core.management import call_command

        sending.start()
        call_command("runserver", f"{host}:{port}", "--noreload")
        return
    from django.conf import settings
    from gunicorn.app.base import BaseApplication

    from yanlian_web.wsgi import application

    class Server(BaseApplication):  # type: ignore[misc]
        """Gunicorn with processes as the settings say, four threads each."""

        def load_config(self) -> None:
            self.cfg.set("bind", f"{host}:{port}")
            self.cfg.set("workers", settings.WORKERS)
            self.cfg.set("threads", 4)
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("loglevel", "warning")
            self.cfg.set("control_socket_disable", True)
            # In each process after it was split off; they share the work.
            self.cfg.set("post_worker_init", lambda worker: sending.start())

        def load(self) -> Any:
            return application

    Server().run()
