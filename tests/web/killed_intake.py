"""Kill processes that import, again and again; see test_intake_kill.

Called with how often for each step. Every round forks a process that goes on with
imports for ever; it is killed while the step of the round is under way. The process
sleeps for moments between its writes, so that the kill often falls between two of them.
"""

import datetime
import os
import random
import signal
import sys
import time

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402

from yanlian_web.intake import bulk  # noqa: E402
from yanlian_web.intake.actions import apply, steps, undo  # noqa: E402
from yanlian_web.intake.models import Batch  # noqa: E402
from yanlian_web.offices.models import Member  # noqa: E402

STEPS = ("upload", "preview", "apply", "undo")
MARKS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ROWS = 14
# Several chunks to an import.
apply.CHUNK = undo.CHUNK = steps.CHUNK = 5


def code(number):
    body = f"91330784MA{number:07d}"
    total = sum(MARKS.index(c) * 3**i % 31 for i, c in enumerate(body))
    return body + MARKS[(31 - total % 31) % 31]


def slowly(function):
    def slow(*words, **more):
        time.sleep(random.random() * 0.004)
        made = function(*words, **more)
        time.sleep(random.random() * 0.004)
        return made

    return slow


bulk.Inserter.insert = slowly(bulk.Inserter.insert)
for module in (undo,):
    module.update_many = slowly(module.update_many)
steps.file_keep = slowly(steps.file_keep)
Batch.save = slowly(Batch.save)


def file(mark):
    rows = ["企业名称,统一社会信用代码,法定代表人,注册资本,成立日期,注册地址,官网"]
    for i in range(ROWS):
        # Some are new each time, others were there before and say something else now.
        number = i if i % 2 else int(mark) * 100 % 9_000_000 + i
        rows.append(f"试验{number}公司,{code(number)},王明,{int(mark) % 900 + 1}万元,2015-03-02,永康{mark}号,www.x{mark}.cn")  # fmt: skip
    return SimpleUploadedFile(f"{mark}.csv", "\n".join(rows).encode())


def act(tell, start):
    """Import and undo, one after the other, for ever."""
    by = Member.objects.select_related("office", "user").get(role="officer")
    number = start
    while True:
        number += 1
        tell("upload")
        batch = steps.batch_upload(
            by=by, what="company", file=file(str(number)), source="Registry",
            source_on=datetime.date(2026, 1, 5),
        )  # fmt: skip
        tell("preview")
        batch = steps.batch_preview(
            by=by, pk=batch.pk, version=batch.version, mapping=batch.mapping,
            mode="both", key="credit_code",
        )  # fmt: skip
        tell("apply")
        batch = apply.batch_apply(by=by, pk=batch.pk, version=batch.version)
        if number % 2:
            tell("undo")
            undo.batch_undo(by=by, pk=batch.pk, version=batch.version, why="test")


def main():
    chance = random.Random(7)
    rounds = [step for step in STEPS for _ in range(int(sys.argv[1]))]
    for number, step in enumerate(rounds):
        ready, told = os.pipe()
        child = os.fork()
        if not child:
            random.seed(number)

            def tell(word, told=told):
                os.write(told, word[:1].encode())

            try:
                act(tell, 1000 * number + 1000)
            except BaseException:
                os._exit(3)
        os.close(told)
        wanted = {"upload": b"u", "preview": b"p", "apply": b"a", "undo": b"u"}[step]
        seen = b""
        while True:
            word = os.read(ready, 1)
            assert word, "it ended by itself"
            seen += word
            if step == "undo":
                if seen.endswith(b"au"):
                    break
            elif word == wanted:
                break
        time.sleep(chance.random() * 0.25)
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        os.close(ready)


if __name__ == "__main__":
    main()
