"""Two people change one record in the same moment; the log refuses to be changed.

Run on a database of its own; see test_robust_two.
"""

import sys
import threading

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from yanlian_web.desk.acting import Conflict, today  # noqa: E402
from yanlian_web.desk.actions import landing  # noqa: E402
from yanlian_web.desk.actions.records import record_add, record_change  # noqa: E402
from yanlian_web.desk.models import (  # noqa: E402
    Deal,
    Event,
    MilestonePlan,
    Person,
    StageMove,
)
from yanlian_web.offices.models import LogLine, Member, Office  # noqa: E402

ROUNDS = 25


def prepare():
    call_command("migrate", verbosity=0, interactive=False)
    office = Office.objects.create(slug="two", name_en="Two", workspace="/nowhere")
    members = []
    for name in ("ann", "ben"):
        user = get_user_model().objects.create(username=name)
        members.append(Member.objects.create(user=user, office=office, role="officer"))
    return members


def together(*calls):
    """Call functions in threads of their own, at once; return what each came to."""
    gate = threading.Barrier(len(calls))
    found = [None] * len(calls)

    def go(place, call):
        gate.wait()
        try:
            found[place] = call()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def same_record(members):
    """One wins, the other is told; nothing of the other is stored."""
    for number in range(ROUNDS):
        made = record_add(
            by=members[0], kind="person",
            values={"name_en": f"P{number}", "source": "x", "source_on": today()},
        )  # fmt: skip

        def change(by, text, pk=made.pk):
            return record_change(
                by=by, kind="person", pk=pk, version=1, values={"languages": text}
            )

        found = together(
            lambda: change(members[0], "ann"), lambda: change(members[1], "ben")
        )
        kinds = sorted(type(item).__name__ for item in found)
        assert kinds == ["Conflict", "Person"], found
        won = next(item for item in found if isinstance(item, Person))
        lost = next(item for item in found if isinstance(item, Conflict))
        made.refresh_from_db()
        assert made.languages == won.languages
        assert made.version == 2
        assert lost.record.languages == won.languages
        assert lost.line is not None
        lines = LogLine.objects.filter(subject=made.ref, code="desk.person.changed")
        assert lines.count() == 1
        assert lines[0].data["changes"][made.ref]["languages"] == ["", won.languages]


def same_page(members):
    """The second sees both values on the page, and may send again."""
    made = record_add(
        by=members[0], kind="person",
        values={"name_en": "Page", "source": "x", "source_on": today()},
    )  # fmt: skip
    path = f"/edit/person/{made.pk}/"
    answers = {}

    def send(member, text):
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(member.user)
        form = {
            "name_en": "Page", "side": "theirs", "source": "x", "languages": text,
            "source_on": today().isoformat(), "visibility": "office", "version": "1",
            "next": "/help/",
        }  # fmt: skip
        answers[text] = client.post(path, form)

    together(lambda: send(members[0], "from-ann"), lambda: send(members[1], "from-ben"))
    assert sorted(a.status_code for a in answers.values()) == [302, 409], answers
    text, told = next((t, a) for t, a in answers.items() if a.status_code == 409)
    page = told.content.decode()
    made.refresh_from_db()
    assert made.languages in page
    assert text in page
    assert made.languages != text
    assert 'name="version" value="2"' in page


def same_upload(members):
    """Two keep the same bytes at once: one file, two places."""
    from django.core.files.base import ContentFile

    from yanlian_web.desk.acting import acting
    from yanlian_web.desk.actions.files import attach, file_put
    from yanlian_web.desk.models import Attachment, File

    made = record_add(
        by=members[0], kind="person",
        values={"name_en": "File", "source": "x", "source_on": today()},
    )  # fmt: skip

    def put(by):
        with acting(by, "desk.test") as act:
            act.about(made)
            attach(act, made, file_put(act, ContentFile(b"same bytes", name="a.txt")))

    found = together(lambda: put(members[0]), lambda: put(members[1]))
    assert found == [None, None]
    assert File.objects.count() == 1
    assert Attachment.objects.count() == 2


def append_only(members):
    """Rows of the log are refused to be changed, by the program and by the database."""
    firm = record_add(by=members[0], kind="company", values={"name_en": "Firm"})
    line = record_add(
        by=members[0], kind="pipeline", values={"name_en": "Main", "name_zh": "主线"}
    )
    deal = record_add(
        by=members[0], kind="deal", values={"company": firm, "pipeline": line}
    )
    landing.milestone_plan(
        by=members[0], pk=deal.pk, version=None, code="registered", planned_on=today()
    )
    assert Deal.objects.count() == 1
    for model, column in (
        (LogLine, "code"),
        (Event, "what"),
        (StageMove, "why"),
        (MilestonePlan, "why"),
    ):
        rows = list(model.objects.values())
        assert rows, model
        table = model._meta.db_table
        one = model.objects.first()
        for attempt in (
            lambda m=model, c=column: m.objects.update(**{c: "changed"}),
            lambda m=model: m.objects.all()._raw_delete("default"),
            lambda o=one, c=column: (setattr(o, c, "changed"), o.save()),
            lambda t=table, c=column: _sql(f"UPDATE {t} SET {c} = 'changed'"),
            lambda t=table: _sql(f"DELETE FROM {t}"),
            lambda t=table: _sql(f"UPDATE {t} SET training = NOT training"),
        ):
            try:
                with transaction.atomic():
                    attempt()
            except DatabaseError:
                pass
            else:
                raise AssertionError(f"{table} let itself be changed")
        assert list(model.objects.values()) == rows


def _sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


if __name__ == "__main__":
    members = prepare()
    same_record(members)
    same_page(members)
    same_upload(members)
    append_only(members)
    sys.stdout.write(f"{connection.vendor} well\n")
