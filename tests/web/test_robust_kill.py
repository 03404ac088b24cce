"""Kill -9 in the middle of actions, fifty times: nothing is half done, the chain holds."""

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
from yanlian_web.desk.actions.records import record_add
from yanlian_web.offices.models import Member, Office
office = Office.objects.create(slug="k", name_en="K", workspace="/nowhere")
user = get_user_model().objects.create(username="k")
by = Member.objects.create(user=user, office=office, role="officer")
firm = record_add(by=by, kind="company", values={"name_en": "Firm"})
line = record_add(by=by, kind="pipeline", values={"name_en": "Main", "name_zh": "主线"})
record_add(by=by, kind="deal", values={"company": firm, "pipeline": line, "owner": by})
"""
# What has to hold however often a process died; printed as JSON.
CHECK = """
import django, json
django.setup()
from collections import Counter, defaultdict
from django.db import connection
from yanlian_web.desk.actions.files import path_of
from yanlian_web.desk.models import KINDS, Attachment, Deal, Event, File, Promise, StageMove
from yanlian_web.offices.models import LogLine
wrong = []
changes = Counter()
subjects = set()
for line in LogLine.objects.filter(code__startswith="desk."):
    subjects.add(line.subject)
    for ref, fields in line.data.get("changes", {}).items():
        subjects.add(ref)
        changes[ref] += bool(fields)
for model in KINDS.values():
    for record in model.objects.all():
        if record.ref not in subjects:
            wrong.append(f"{record.ref} is in no log line")
        if record.version != 1 + changes[record.ref]:
            wrong.append(f"{record.ref} has version {record.version}, changed {changes[record.ref]} times")
for promise in Promise.objects.all():
    kinds = Counter(Event.objects.filter(subject=promise.ref).values_list("kind", flat=True))
    if kinds["promised"] != 1:
        wrong.append(f"{promise.ref} was promised {kinds['promised']} times")
deal = Deal.objects.get()
told = LogLine.objects.filter(code="desk.deal.forecast").count()
stated = Event.objects.filter(kind="forecast").count()
if told != stated:
    wrong.append(f"{told} lines and {stated} events of likelihoods")
last = Event.objects.filter(kind="forecast").order_by("-id").first()
if last and abs(last.value - deal.likelihood) > 1e-9:
    wrong.append("the last event does not tell the likelihood that is stored")
if StageMove.objects.filter(deal=deal).count() != 1:
    wrong.append("moves of the deal")
for event in Event.objects.select_related("line"):
    if event.line_id is None:
        wrong.append("an event without its line")
attached = LogLine.objects.filter(code="desk.test.attached").count()
if not attached == File.objects.count() == Attachment.objects.count():
    wrong.append(f"{attached} lines, {File.objects.count()} files, {Attachment.objects.count()} attachments")
for file in File.objects.all():
    path = path_of(file)
    if not path.is_file() or path.stat().st_size != file.size_bytes:
        wrong.append(f"file {file.pk} without its bytes")
from yanlian_web.offices.models import Office
from yanlian_web.offices.verifying import verify
chain = verify(Office.objects.get())
wrong += [text.text("en") for text in chain.findings]
if chain.lines != LogLine.objects.count():
    wrong.append(f"{chain.lines} lines verified of {LogLine.objects.count()}")
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        if cursor.fetchone()[0] != "ok":
            wrong.append("the database is damaged")
print(json.dumps({"wrong": wrong[:20], "lines": LogLine.objects.count(), "vendor": connection.vendor}))
"""


def kill_often(env):
    """Let processes act and kill them; return what is there afterwards."""
    run(env, "-c", PREPARE)
    run(env, str(HERE / "killed.py"), str(TIMES))
    return json.loads(run(env, "-c", CHECK).splitlines()[-1])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_nothing_is_half_done(database, request):  # noqa: F811
    found = kill_often(database)
    assert found["vendor"] == request.node.callspec.params["database"]
    assert found["wrong"] == []
    assert found["lines"] > TIMES
