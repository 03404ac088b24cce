"""The training data, loaded once for a module: something of every kind to look at."""

import pytest
from django.db import transaction
from django.urls import reverse

from tests.web.matrices import all_rows

# Other views of the same addresses.
VIEWS = {
    "deals": ["?view=table", "?view=print"],
    "meetings": ["?view=calendar"],
    "promises": ["?side=ours", "?side=theirs"],
    "companies": ["?view=map", "?view=board"],
    "agreements": ["?view=table"],
    "home": [],
}
# Forms of records and actions, each opened once.
FORMS = ("company", "person", "meeting", "promise", "deal", "agreement", "incentive", "blocker", "service")  # fmt: skip


@pytest.fixture(scope="module")
def story(django_db_setup, django_db_blocker, sample_job, tmp_path_factory):
    """An office with the whole story; a test that changes it is rolled back."""
    from django.conf import settings

    from tests.people import person
    from yanlian_web.desk.actions import companies_load
    from yanlian_web.desk.training import training_load
    from yanlian_web.offices.models import Office

    kept = settings.DATA_FOLDER, settings.PASSWORD_HASHERS
    settings.DATA_FOLDER = tmp_path_factory.mktemp("data")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock(), transaction.atomic():
        made = Office.objects.create(
            slug="trained", name_en="Yongkang", name_zh="永康", region_id="yongkang",
            workspace=str(sample_job[0].folder),
        )  # fmt: skip
        companies_load(office=made, table=sample_job[0].tables["firms"])
        for name, role in (("hua", "head"), ("ou", "officer"), ("du", "reader")):
            person(name, made, role)
        training_load(made)
        yield made
        transaction.set_rollback(True)
    settings.DATA_FOLDER, settings.PASSWORD_HASHERS = kept


@pytest.fixture
def trained(story, db):
    from yanlian_web.offices.models import Office

    return Office.objects.get(pk=story.pk)


@pytest.fixture
def head(trained, client):
    """A client signed in as the head of the office with the story."""
    client.force_login(trained.members.get(role="head").user)
    return client


def paths_of(office):
    """Addresses of all pages that can be looked at, from the tables of rights."""
    from yanlian_web.desk.models import KINDS, Agreement, Deal, Gap, Meeting

    best = {
        "deal": Deal.objects.get(gap__gap_id="extend-C14", status="active"),
        "gap": Gap.objects.get(gap_id="extend-C14"),
        "agreement": Agreement.objects.get(number="TR-2024-014"),
        "meeting": Meeting.objects.filter(state="final", training=True).first(),
        "member": office.members.get(role="officer"),
    }
    found = []
    for name, (method, arguments, expected) in all_rows().items():
        if method != "get" or expected.get("alice") != 200:
            continue
        given = {}
        for key, value in arguments.items():
            record = best.get(value) or (
                KINDS[value].objects.filter(training=True).first()
                if value in KINDS and key == "pk"
                else None
            )
            given[key] = record.pk if record and key == "pk" else value
        if "gap_id" in given:
            given["gap_id"] = best["gap"].gap_id
        if name in {"pick", "file"}:
            continue
        # The story has no handing over, no import and no merge.
        if isinstance(given.get("pk"), str):
            continue
        path = reverse(name, kwargs=given)
        found += [path, *(path + more for more in VIEWS.get(name, []))]
    found += [f"/new/{kind}/" for kind in FORMS]
    found += [f"/do/deal-close/{best['deal'].pk}/", "/", "/companies/TRAIN01/"]
    found.append("/help/training/")
    return list(dict.fromkeys(found))
