"""Replanning: lock, drop and add; each makes a new run and one log line."""

import shutil

from yanlian_web.offices.models import LogLine, Member
from yanlian_web.studies import queries
from yanlian_web.studies.actions import study_run


def replan(client, run_id, **data):
    response = client.post(f"/trips/{run_id}/replan/", data)
    assert response.status_code == 302, response.content.decode()[:400]
    return response["Location"].strip("/").split("/")[-1]


def visits(client, run_id):
    days = client.get(f"/trips/{run_id}/").context["days"]
    return {b["firm_id"]: b for d in days for b in d["blocks"] if b["kind"] == "visit"}


def test_a_dropped_company_is_left_out_and_can_be_allowed_again(alice, trip_id):
    old = visits(alice, trip_id)
    firm = next(iter(old))
    new = replan(alice, trip_id, drop=firm)
    assert new != trip_id
    assert firm not in visits(alice, new)
    assert set(visits(alice, trip_id)) == set(old)  # the old plan stays
    again = replan(alice, new, allow=firm)
    assert visits(alice, again).keys() == old.keys()
    line = LogLine.objects.filter(code="studies.run.made").last()
    assert line.subject == new
    assert line.by.username == "alice"


def test_planning_again_keeps_what_can_stay_and_says_so(alice, trip_id):
    old = visits(alice, trip_id)
    firm = next(iter(old))
    new = replan(alice, trip_id, drop=firm)
    stayed = {
        key
        for key, block in visits(alice, new).items()
        if key in old
        and (block["day"], block["start_min"])
        == (old[key]["day"], old[key]["start_min"])
    }
    page = alice.get(f"/trips/{new}/").context
    assert len(page["manifest"]["params"]["previous"]) == len(old)
    assert page["summary"]["kept_visits"] == len(stayed)
    assert any(note["code"].startswith("trip.") for note in page["manifest"]["notes"])


def test_the_papers_speak_of_the_gaps_the_trip_was_planned_for(
    alice, trip_id, office, tmp_path
):
    # A newer run of gaps would be seen by other tests in the shared workspace.
    office.workspace = str(shutil.copytree(office.workspace, tmp_path / "case"))
    office.save()
    trip = queries.run_of(office, trip_id)
    behind = queries.run_behind(office, trip.manifest, "gaps")
    by = Member.objects.get(user__username="alice")
    newer = study_run(by=by, key="gaps", changes={"most": 3})
    assert queries.latest(office, "gaps") == newer.id
    assert queries.run_behind(office, trip.manifest, "gaps").id == behind.id
    assert behind.manifest["results"]["gaps"] == trip.manifest["inputs"]["gaps"]


def test_a_locked_visit_keeps_its_time(alice, trip_id):
    firm, block = next(iter(visits(alice, trip_id).items()))
    clock = f"{int(block['start_min']) // 60:02d}:{int(block['start_min']) % 60:02d}"
    new = replan(alice, trip_id, lock=f"{firm}@{int(block['day'])}@{clock}")
    kept = visits(alice, new)[firm]
    assert (kept["day"], kept["start_min"]) == (block["day"], block["start_min"])
    assert kept["locked"] == 1


def test_an_added_company_is_visited(alice, trip_id):
    left = alice.get(f"/trips/{trip_id}/").context["left"]
    firm = next(row["firm_id"] for row in left if row["reason"] == "swap")
    assert firm in visits(alice, replan(alice, trip_id, add=firm))


def test_a_lock_that_cannot_be_read_is_explained_and_nothing_stored(alice, trip_id):
    before = LogLine.objects.count()
    response = alice.post(f"/trips/{trip_id}/replan/", {"lock": "X002@tomorrow"})
    assert response.status_code == 422
    assert "firm@day@HH:MM" in response.content.decode()
    assert LogLine.objects.count() == before


def test_papers_are_made_and_sent(alice, trip_id):
    response = alice.get(f"/trips/{trip_id}/papers/brief.pdf/")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert alice.get(f"/trips/{trip_id}/papers/passwd/").status_code == 404
