"""Kill processes that act, again and again; see test_robust_kill.

Called with how often. Django is set up once; each process that is killed is a fork of
this one. They sleep for a moment inside their transactions, so that a kill at a random
time often falls into the middle of one.
"""

import os
import random
import signal
import sys
import time

import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402
from django.db.models import signals  # noqa: E402

from yanlian_web.desk.acting import acting, today  # noqa: E402
from yanlian_web.desk.actions.deals import deal_forecast, deal_note  # noqa: E402
from yanlian_web.desk.actions.files import attach, file_put  # noqa: E402
from yanlian_web.desk.actions.records import record_add, record_change  # noqa: E402
from yanlian_web.desk.models import Deal  # noqa: E402
from yanlian_web.offices.models import LogLine, Member  # noqa: E402


def pause(**_):
    time.sleep(random.random() * 0.004)


for model in (LogLine, Deal):
    signals.pre_save.connect(pause, model)
    signals.post_save.connect(pause, model)


def act():
    """Do actions one after the other, for ever."""
    by = Member.objects.select_related("office", "user").get(role="officer")
    deal = Deal.objects.get()
    number = 0
    while True:
        number += 1
        mark = f"{os.getpid()}-{number}"
        deal.refresh_from_db()
        deal_note(by=by, pk=deal.pk, version=deal.version, key="fit", text=mark)
        deal.refresh_from_db()
        deal_forecast(by=by, pk=deal.pk, version=deal.version, percent=number % 100)
        promise = record_add(
            by=by, kind="promise",
            values={
                "side": "ours", "text_en": mark, "company": deal.company, "deal": deal,
                "made_on": today(), "due_on": today(), "owner": by,
            },
        )  # fmt: skip
        record_change(
            by=by, kind="promise", pk=promise.pk, version=promise.version,
            values={"text_zh": mark},
        )  # fmt: skip
        with acting(by, "desk.test.attached") as action:
            action.lock(Deal, deal.pk)
            action.about(deal)
            kept = file_put(action, ContentFile(mark.encode() * 200, name="note.txt"))
            attach(action, deal, kept)
            action.event("checked", deal, deal=deal)


def _tell(pipe):
    """Write to a pipe as soon as a line is stored, whatever it is about."""
    signals.post_save.connect(lambda **_: os.write(pipe, b"."), LogLine, weak=False)


def main():
    chance = random.Random(7)
    for number in range(int(sys.argv[1])):
        ready, told = os.pipe()
        child = os.fork()
        if not child:
            random.seed(number)
            _tell(told)
            act()
        os.close(told)
        assert os.read(ready, 1), "it did not begin"
        time.sleep(chance.random() * 0.12)
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        os.close(ready)


if __name__ == "__main__":
    main()
