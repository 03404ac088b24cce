"""Three people: Alice heads the office, Bo is her colleague, Chen belongs elsewhere."""

import pytest


@pytest.fixture
def office(db, settings, sample_job):
    from yanlian_web.desk import statements
    from yanlian_web.desk.actions import companies_load
    from yanlian_web.offices.models import Office

    # Slow hashes protect people, not tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # What was reckoned in another test belongs to another database.
    statements.forget()
    workspace, _ = sample_job
    made = Office.objects.create(
        slug="yongkang", name_en="Yongkang", name_zh="永康", region_id="yongkang",
        workspace=str(workspace.folder),
    )  # fmt: skip
    companies_load(office=made, table=workspace.tables["firms"])
    return made


@pytest.fixture
def other_office(db, tmp_path):
    from yanlian_web.offices.models import Office

    return Office.objects.create(slug="other", name_en="Other", workspace=str(tmp_path))


def person(name, office, role):
    from django.contrib.auth import get_user_model

    from yanlian_web.offices.models import Member

    user = get_user_model().objects.create_user(username=name, password="correct horse")
    if office:
        Member.objects.create(user=user, office=office, role=role)
    return user


@pytest.fixture
def people(office, other_office):
    return {
        "alice": person("alice", office, "head"),
        "bo": person("bo", office, "officer"),
        "rita": person("rita", office, "reader"),
        "chen": person("chen", other_office, "head"),
        "nobody": person("nobody", None, ""),
    }


@pytest.fixture
def alice(client, people):
    client.force_login(people["alice"])
    return client


@pytest.fixture
def trip_id(sample_job):
    return sample_job[1]["trip"].id


@pytest.fixture
def gaps_id(sample_job):
    return sample_job[1]["gaps"].id
