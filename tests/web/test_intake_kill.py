"""Kill -9 in the middle of upload, preview, apply and undo: nothing is half done."""

import json
from pathlib import Path

import pytest

from tests.web.databases import BOTH, database, run  # noqa: F401 -- a fixture

HERE = Path(__file__).parent
TIMES = 50
PREPARE = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from yanlian_web.offices.models import Member, Office
office = Office.objects.create(slug="k", name_en="K", workspace="/nowhere")
user = get_user_model().objects.create(username="k")
Member.objects.create(user=user, office=office, role="officer")
"""
# What has to hold however often a process died; printed as JSON.
CHECK = """
import django, json
django.setup()
from collections import Counter, defaultdict
from django.db import connection
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.models import KINDS, Company, Fact, File, Person, Post, Site
from yanlian_web.intake.kept import sealed_of
from yanlian_web.intake.models import Batch, Change, Row
from yanlian_web.offices.models import LogLine, Office
from yanlian_web.offices.verifying import verify
wrong, states = [], Counter()
made, named, versions = Counter(), set(), Counter()
live = {}
for change in Change.objects.order_by("id"):
    if change.made:
        made[change.subject] += 1
    for ref, fields in change.changes.items():
        named.add(ref)
        entered = not change.undo and all(old == "" for old, new in fields.values())
        first = change.made and ref == change.subject
        versions[ref] += not (first or (entered and ref != change.subject))
for company in Company.objects.all():
    if made[company.ref] != 1:
        wrong.append(f"{company.ref} was entered {made[company.ref]} times")
for model in (Company, Fact, Site, Person, Post):
    for record in model.objects.all():
        if record.ref not in named:
            wrong.append(f"{record.ref} is in no change")
        if record.version != 1 + versions[record.ref]:
            wrong.append(f"{record.ref} has version {record.version}, changed {versions[record.ref]} times")
for batch in Batch.objects.select_related("file", "applied_line", "undone_line"):
    states[batch.state] += 1
    rows = Row.objects.filter(batch=batch).count()
    applied = Change.objects.filter(batch=batch, undo=False)
    undone = Change.objects.filter(batch=batch, undo=True)
    if rows != sum(batch.counts.values()):
        wrong.append(f"{batch.ref} has {rows} rows, counted {batch.counts}")
    path = path_of(batch.file)
    if not path.is_file() or path.stat().st_size != batch.file.size_bytes:
        wrong.append(f"{batch.ref} without its file")
    if (batch.state in {"applied", "undone"}) != bool(batch.applied_line_id):
        wrong.append(f"{batch.ref} is {batch.state} and its line is {batch.applied_line_id}")
    if (batch.state == "undone") != bool(batch.undone_line_id):
        wrong.append(f"{batch.ref} is {batch.state} and its line is {batch.undone_line_id}")
    if batch.state not in {"applied", "undone"} and applied.exists():
        wrong.append(f"{batch.ref} is {batch.state} and changed something")
    for line in (batch.applied_line, batch.undone_line):
        if line is not None:
            part = {"imported": line.data["imported"], "sha256": line.data["sha256"]}
            if sealed_of([line.pk]) != {line.pk: [part]}:
                wrong.append(f"line {line.pk} does not cover the changes of {batch.ref}")
for code, field in (("applied", "applied_line"), ("undone", "undone_line")):
    lines = LogLine.objects.filter(code=f"intake.batch.{code}").count()
    if lines != Batch.objects.exclude(**{field: None}).count():
        wrong.append(f"{lines} lines of imports {code}")
found = verify(Office.objects.get())
chain = {"findings": [f.en for f in found.findings], "lines": found.count}
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        if cursor.fetchone()[0] != "ok":
            wrong.append("the database is damaged")
print(json.dumps({"wrong": wrong[:20], "states": states, "chain": chain, "vendor": connection.vendor}))
"""


def kill_often(env, times=TIMES):
    """Let processes import and kill them; return what is there afterwards."""
    run(env, "-c", PREPARE, seconds=900)
    run(env, str(HERE / "killed_intake.py"), str(times), seconds=3000)
    return json.loads(run(env, "-c", CHECK, seconds=600).splitlines()[-1])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_nothing_is_half_done(database, request):  # noqa: F811
    found = kill_often(database)
    assert found["vendor"] == request.node.callspec.params["database"]
    assert found["wrong"] == []
    assert found["chain"]["findings"] == []
    assert found["states"]["applied"] + found["states"]["undone"] > 5
