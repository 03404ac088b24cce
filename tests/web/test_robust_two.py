"""Two people at one record, and a log that stays: with real threads, on both databases."""

from pathlib import Path

import pytest

from tests.web.databases import BOTH, database, run  # noqa: F401 -- a fixture


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_two_at_once(database, request):  # noqa: F811
    told = run(database, str(Path(__file__).with_name("two.py")))
    assert f"{request.node.callspec.params['database']} well" in told
