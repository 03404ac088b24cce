"""Two entries of one company, as the tests of merging need them."""

import pytest


@pytest.fixture
def twin(things, members):
    """Another entry of the company of ``things``, with nothing of its own."""
    from yanlian_web.desk.actions.records import record_add

    return record_add(
        by=members["bo"], kind="company", training=True,
        values={
            "name_zh": "海岳电芯有限公司", "name_en": "Haiyue Cells", "owner": members["bo"],
        },
    )  # fmt: skip


@pytest.fixture
def merge(members):
    """Merging by Bo: ``merge(kept, other, ...)``."""
    from yanlian_web.merging.actions import companies_merge

    def made(kept, other, by="bo", **more):
        found = companies_merge(by=members[by], kept=kept.pk, other=other.pk, **more)
        kept.refresh_from_db()
        other.refresh_from_db()
        return found

    return made


@pytest.fixture
def part(members):
    """Taking apart by Bo: ``part(merge)``."""
    from yanlian_web.merging.actions import merge_part

    def made(merge, by="bo"):
        merge.refresh_from_db()
        found = merge_part(by=members[by], pk=merge.pk, version=merge.version)
        merge.refresh_from_db()
        return found

    return made


@pytest.fixture
def bo(client, people):
    """A browser in which Bo has signed in."""
    client.force_login(people["bo"])
    return client
