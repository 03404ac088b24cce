"""Kill processes that merge two companies and take them apart; see test_merging_kill.

Called with how often. Django is set up once; each process that is killed is a fork of
this one. They sleep for a moment between writing and writing, so that a kill falls into
the middle. What has to hold is looked at after each kill and printed as JSON.
"""

import json
import os
import random
import signal
import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.models import signals  # noqa: E402

from yanlian_web.desk.acting import today  # noqa: E402
from yanlian_web.desk.actions.records import record_add  # noqa: E402
from yanlian_web.desk.models import (  # noqa: E402
    KINDS,
    Attachment,
    Company,
    Event,
    File,
    Record,
)  # fmt: skip
from yanlian_web.merging.actions import companies_merge, merge_part  # noqa: E402
from yanlian_web.merging.models import Merge  # noqa: E402
from yanlian_web.merging.relations import moving, rows_of  # noqa: E402
from yanlian_web.offices.models import LogLine, Member, Office  # noqa: E402
from yanlian_web.offices.verifying import verify  # noqa: E402

MERGED, PARTED = "merging.company.merged", "merging.company.parted"


def prepare():
    """Make two companies; one of each kind hangs on the second, some on the first."""
    from django.contrib.auth import get_user_model

    call_command("migrate", verbosity=0, interactive=False)
    office = Office.objects.create(slug="k", name_en="K", workspace="/nowhere")
    user = get_user_model().objects.create(username="k")
    by = Member.objects.create(user=user, office=office, role="officer")
    day = today()

    def add(kind, **values):
        return record_add(by=by, kind=kind, values=values)

    source = {"source": "Visit", "source_on": day}
    first = add("company", name_en="First", name_zh="海岳")
    second = add("company", name_en="Second", name_zh="海岳电芯")
    line = add("pipeline", name_en="Main", name_zh="主线")
    person = add("person", name_en="Lin", side="theirs", **source)
    for company in (first, second):
        add("site", company=company, name_en="Works", use="plant", **source)
        add("fact", company=company, field="employees", value=80, year=2020, **source)
    deal = add("deal", company=second, pipeline=line, owner=by)
    meeting = add(
        "meeting", way="call", title_en="Call", company=second, deal=deal, on=day,
        start_min=540, end_min=600,
    )  # fmt: skip
    for number in range(5):
        add(
            "promise", side="ours", text_en=f"Do {number}", company=second, deal=deal,
            meeting=meeting, made_on=day, due_on=day, owner=by,
        )  # fmt: skip
    add("post", person=person, company=second, title_en="Head", **source)
    add("agreement", sort_of="investment", title_en="A", company=second, deal=deal)
    file = File.objects.create(
        office=office, sha256="0" * 64, name="a", media_type="text/plain", size_bytes=1
    )
    Attachment.objects.create(office=office, file=file, record=second.ref)


def pause(sender, **_):
    if issubclass(sender, Record | LogLine | Attachment):
        time.sleep(random.random() * 0.004)


def act(pipe):
    """Merge and take apart, for ever; say before each what begins."""
    signals.pre_save.connect(pause)
    signals.post_save.connect(pause)
    by = Member.objects.select_related("office", "user").get(role="officer")
    while True:
        open_ = Merge.objects.filter(apart_on=None).first()
        os.write(pipe, b"p" if open_ else b"m")
        if open_:
            merge_part(by=by, pk=open_.pk, version=open_.version)
        else:
            first, second = Company.objects.order_by("pk")
            companies_merge(
                by=by, kept=first.pk, other=second.pk, version=first.version,
                other_version=second.version,
            )  # fmt: skip


def wrong():
    """Return what is half done."""
    found = []
    first, second = Company.objects.order_by("pk")
    merged = second.merged_into_id == first.pk
    if merged != (second.archived_on is not None):
        found.append("merged and archived do not agree")
    if merged != ("Second" in first.aliases):
        found.append("names of the company that stays")
    for label, _ in moving():
        if label == "desk.Company.merged_into":
            continue
        left = rows_of(label, second).count()
        if merged and left:
            found.append(f"{label}: {left} rows were left behind")
    for label, many in (("desk.Promise.company", 5), ("desk.Site.company", 1)):
        if not merged and rows_of(label, second).count() != many:
            found.append(f"{label}: not all came back")
    changes = {}
    for line in LogLine.objects.all():
        for ref, fields in line.data.get("changes", {}).items():
            changes[ref] = changes.get(ref, 0) + bool(fields)
    for model in (*KINDS.values(), Merge):
        for record in model.objects.all():
            if record.version != 1 + changes.get(record.ref, 0):
                found.append(f"{record.ref} has version {record.version}")
    lines = {
        code: LogLine.objects.filter(code=code).count() for code in (MERGED, PARTED)
    }
    merges = Merge.objects.count()
    apart = Merge.objects.exclude(apart_on=None).count()
    events = Event.objects.filter(subject=second.ref)
    if not merges == lines[MERGED] == events.filter(kind="archived").count():
        found.append("merges, their lines and events")
    if not apart == lines[PARTED] == events.filter(kind="filed").count() - 1:
        found.append("merges taken apart, their lines and events")
    if merges - apart != merged:
        found.append("a merge that is none")
    if Event.objects.filter(line=None).exists():
        found.append("an event without its line")
    found += broken(first.office)
    return found, sum(lines.values())


def broken(office):
    """Return where the chain of the log does not hold."""
    return [said.en for said in verify(office).findings]


def main():
    prepare()
    chance, found, middle = random.Random(7), [], {"m": 0, "p": 0}
    before = wrong()[1]
    done = {"m": 0, "p": 0}
    times = int(sys.argv[1])
    while min(done.values()) < times:
        want = min(done, key=done.get)
        connections.close_all()
        ready, told = os.pipe()
        child = os.fork()
        if not child:
            random.seed(sum(done.values()))
            act(told)
        os.close(told)
        while (said := os.read(ready, 1).decode()) != want:
            assert said, "it did not begin"
        time.sleep(chance.random() * 0.1)
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        rest = os.read(ready, 1)
        os.close(ready)
        now, count = wrong()
        found += now
        done[want] += 1
        # Killed before the action that had begun was over.
        middle[want] += not rest
        before = count
    sys.stdout.write(
        json.dumps({"wrong": found[:20], "middle": middle, "actions": before}) + "\n"
    )


if __name__ == "__main__":
    main()
