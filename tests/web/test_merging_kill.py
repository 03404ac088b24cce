"""Kill -9 in the middle of merging and of taking apart, fifty times each."""

import json
from pathlib import Path

import pytest

from tests.web.databases import BOTH, database, run  # noqa: F401 -- a fixture

TIMES = 50


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_nothing_is_half_done(database):  # noqa: F811
    script = str(Path(__file__).parent / "merging_killed.py")
    told = json.loads(run(database, script, str(TIMES), seconds=900).splitlines()[-1])
    assert told["wrong"] == []
    # Most kills came while something was under way, or the test would say nothing.
    assert min(told["middle"].values()) > TIMES / 2
    assert told["actions"] > 0
