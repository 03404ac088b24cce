"""The training data, loaded once for a module: something of every kind to look at."""

import pytest
from django.db import transaction


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
