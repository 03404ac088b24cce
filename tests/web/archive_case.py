"""Steps of the tests of the archive, each run as a process on a database of its own."""

import json
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402


def tell(text):
    sys.stdout.write(text + "\n")


def fill(folder):
    """The sample with its training data, files and all."""
    from yanlian_web import runner

    office, _ = runner.prepare(Path(folder))
    runner.sample_load(office)
    from yanlian_web.desk.models import Company
    from yanlian_web.offices.audit import noted

    # What the two databases keep differently, and what files have to carry.
    noted(
        office, None, "desk.test.noted", b=1.0, a=[1e20, 0.1, -2.5], z={"y": 1, "x": None},
        text="龍\u3000𠮷 \\ \" \u2028 </script> =1+1",
    )  # fmt: skip
    company = Company.objects.order_by("pk").first()
    tell(json.dumps({"offices": office.slug, "company": company.pk}))


def leave(out):
    from yanlian_web.archive.leaving import export

    call_command("migrate", verbosity=0, interactive=False)
    left = export(Path(out))
    tell(
        json.dumps({"rows": left.rows, "files": left.files, "print": left.fingerprint})
    )


def enter(archive, place, fingerprint=""):
    from yanlian.errors import YanlianError
    from yanlian_web.archive.entering import load

    call_command("migrate", verbosity=0, interactive=False)
    try:
        entered = load(Path(archive), place=Path(place), fingerprint=fingerprint)
    except YanlianError as error:
        tell(
            json.dumps(
                {"refused": error.text("en"), "codes": [f.code for f in error.findings]}
            )
        )
        return
    tell(json.dumps({"rows": entered.rows, "files": entered.files}))


def look():
    """What stands in the database after an import was killed or not."""
    from yanlian_web.archive.carried import tables
    from yanlian_web.offices.models import Office
    from yanlian_web.offices.verifying import verify

    rows = sum(table.model._base_manager.count() for table in tables())
    tell(
        json.dumps(
            {
                "rows": rows,
                "intact": all(verify(o).intact for o in Office.objects.all()),
            }
        )
    )


def killed(archive, place, times):
    """Kill imports at random moments; each has to leave nothing or everything.

    Django is set up once; each process that is killed is a fork of this one.
    """
    import os
    import random
    import signal
    import time

    from django.db import connection

    from yanlian_web.archive import entering

    call_command("migrate", verbosity=0, interactive=False)
    chance = random.Random(11)
    half, longest = [], 1.0
    for number in range(int(times)):
        connection.close()
        began = time.monotonic()
        child = os.fork()
        if not child:
            entering.load(Path(archive), place=Path(place))
            os._exit(0)
        time.sleep(chance.random() * longest)
        os.kill(child, signal.SIGKILL)
        whole = os.waitpid(child, 0)[1] == 0
        rows = sum(table.model._base_manager.count() for table in entering.tables())
        if rows and not whole:
            half.append([number, rows])
        if rows:
            break
        longest = min(longest * 1.3, 8.0) if time.monotonic() - began > 0 else longest
    tell(json.dumps({"half": half, "rows": rows, "rounds": number + 1}))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
