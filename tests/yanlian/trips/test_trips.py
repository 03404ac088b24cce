"""Trips from tables: wishes kept, reasons told, plans made again with few changes."""

import pytest

from yanlian.errors import InfeasibleError, ParamError
from yanlian.tables import Table
from yanlian.trips import TripParams, plan_trip


def case(count=4, **firm):
    firms = [
        {
            "firm_id": f"f{i}",
            "name_en": f"Firm {i}",
            "lat": 31.2 + i / 50,
            "lon": 121.4,
            **firm,
        }
        for i in range(count)
    ]
    targets = [
        {"target_id": f"f{i}/g{i}", "firm_id": f"f{i}", "gap_id": f"g{i}", "segment_id": "s",
         "value": 50 - i}
        for i in range(count)
    ]  # fmt: skip
    regions = [
        {
            "region_id": "home",
            "name_en": "Home",
            "name_zh": "甲",
            "lat": 31.0,
            "lon": 121.3,
        },
        {
            "region_id": "goal",
            "name_en": "Goal",
            "name_zh": "乙",
            "lat": 31.2,
            "lon": 121.4,
        },
    ]
    return {
        "firms": Table.of("firms", firms),
        "targets": Table.of("targets", targets),
        "regions": Table.of("regions", regions),
    }


PARAMS = {
    "region": "home",
    "destination": "goal",
    "dates": ("2026-12-07", "2026-12-08"),
    "iterations": 100,
}
ONE_DAY = {**PARAMS, "dates": ("2026-12-07",)}


def visits(result):
    return [row for row in result.tables["stops"].rows() if row["kind"] == "visit"]


def test_all_fit_and_every_check_holds():
    result = plan_trip(case(), TripParams(**PARAMS))
    assert len(visits(result)) == 4
    assert result.summary["feasible"] is True
    assert result.summary["value"] == pytest.approx(50 + 49 + 48 + 47)
    assert all(row["start_min"] >= 540 for row in visits(result))


def test_the_checker_accepts_the_sample_plan(sample_job):
    _, runs = sample_job
    trip = runs["trip"].result
    assert [r["check"] for r in trip.tables["trip_checks"].rows() if not r["ok"]] == []
    assert trip.summary["compare_missing"]
    assert 0 < trip.summary["compare_share"] < 1


def test_what_must_not_be_visited_is_left_out_with_its_reason():
    result = plan_trip(case(), TripParams(**PARAMS, must_not=("f0",)))
    assert "f0" not in {row["firm_id"] for row in visits(result)}
    left = {row["firm_id"]: row for row in result.tables["left_out"].rows()}
    assert left["f0"]["reason"] == "must_not"


def test_a_lock_is_kept_to_the_minute():
    result = plan_trip(case(), TripParams(**PARAMS, locks=("f2@2@14:30",)))
    row = next(row for row in visits(result) if row["firm_id"] == "f2")
    assert (row["day"], row["start_min"], row["locked"]) == (2, 870, 1)


def test_reasons_tell_place_distance_hours_and_time():
    tables = case(12)
    firms = tables["firms"].rows()
    firms[0]["lat"] = firms[0]["lon"] = None
    firms[1]["lat"] = 40.0
    tables["firms"] = Table.of("firms", firms)
    tables["visiting"] = Table.of(
        "visiting",
        [{"firm_id": "f2", "open_min": 720, "close_min": 755, "visit_min": 30}],
    )
    result = plan_trip(tables, TripParams(**ONE_DAY))
    reasons = {
        row["firm_id"]: row["reason"] for row in result.tables["left_out"].rows()
    }
    assert reasons["f0"] == "no_place"
    assert reasons["f1"] == "far"
    assert reasons["f2"] == "closed"
    assert "swap" in reasons.values()
    for row in result.tables["left_out"].rows():
        if row["reason"] == "swap":
            assert row["delta_value"] <= 0
            assert row["instead_of"]


def test_without_a_destination_the_worthiest_region_is_chosen():
    tables = case()
    home, goal = tables["regions"].rows()
    home["lat"] = 30.3  # 100 km off, so the other is not the home itself
    far = {"name_en": "Far", "name_zh": "丙", "lat": 22.5, "lon": 114.0}
    unplaced = {"region_id": "a", "name_en": "A", "name_zh": "丁"}
    tables["regions"] = Table.of(
        "regions", [home, goal, {"region_id": "far", **far}, unplaced]
    )
    result = plan_trip(tables, TripParams(**{**PARAMS, "destination": ""}))
    assert result.summary["destination"] == "goal"
    firms = tables["firms"].rows()
    moved = [{**row, "lat": 22.5, "lon": 114.0} for row in firms[1:]]
    tables["firms"] = Table.of("firms", [firms[0], *moved])
    result = plan_trip(tables, TripParams(**{**PARAMS, "destination": ""}))
    assert result.summary["destination"] == "far"


def test_a_trip_to_nowhere_asks_for_a_destination():
    tables = case()
    home = [row for row in tables["regions"].rows() if row["region_id"] == "home"]
    tables["regions"] = Table.of("regions", home)
    with pytest.raises(ParamError) as caught:
        plan_trip(tables, TripParams(**{**PARAMS, "destination": ""}))
    assert "Choose a destination" in caught.value.findings[0].say.en
    assert caught.value.findings[0].where == "destination"


def test_a_trip_without_days_asks_for_them():
    with pytest.raises(ParamError) as caught:
        plan_trip(case(), TripParams(**{**PARAMS, "dates": ()}))
    assert caught.value.findings[0].where == "dates"
    assert "such as 2026-12-07" in caught.value.findings[0].say.en


def test_what_cannot_fit_names_what_binds():
    with pytest.raises(InfeasibleError, match="all together"):
        plan_trip(
            case(14),
            TripParams(**ONE_DAY, must=tuple(f"f{i}" for i in range(14))),
        )
    tables = case(2)
    tables["visiting"] = Table.of(
        "visiting",
        [{"firm_id": "f0", "open_min": 720, "close_min": 760, "wish": "must"}],
    )
    with pytest.raises(InfeasibleError, match="leave no room beside lunch"):
        plan_trip(tables, TripParams(**PARAMS))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dates": ()}, "days of the trip"),
        ({"dates": ("2026-02-30",)}, "days of the trip"),
        ({"locks": ("f0@9",)}, "locked visits"),
        ({"destination": "moon"}, "no coordinates"),
        ({"must": ("f1", "f9")}, "not in table firms"),
        ({"must": ("f1",), "must_not": ("f1",)}, "must and must not"),
        ({"locks": ("f1@1",), "must_not": ("f1",)}, "must and must not"),
        ({"previous": ("f1",)}, "firm@day"),
        ({"day_end_min": 400}, "later time"),
        ({"close_min": 500}, "later time"),
        ({"lunch_to": 700}, "widen the band"),
    ],
)
def test_wrong_parameters_are_explained(change, words):
    with pytest.raises(ParamError, match=words):
        plan_trip(case(), TripParams(**{**PARAMS, **change}))


def test_no_candidate_gives_an_empty_plan_with_lunch():
    tables = case(1)
    tables["targets"] = tables["targets"].take([])
    result = plan_trip(tables, TripParams(**PARAMS))
    assert result.summary["visits"] == 0
    assert result.summary["feasible"] is True


def test_a_given_matrix_stands_over_the_model():
    tables = case(1)
    tables["travel"] = Table.of(
        "travel",
        [{"from_id": "home", "to_id": "f0", "duration_min": 200, "mode": "rail"}],
    )
    result = plan_trip(tables, TripParams(**ONE_DAY))
    way = next(r for r in result.tables["stops"].rows() if r["kind"] == "travel")
    total = sum(
        r["duration_min"]
        for r in result.tables["stops"].rows()
        if r["kind"] == "travel" and r["to_id"] == "f0"
    )
    assert total == 200
    assert way["mode"] == "rail"


def left_out(result):
    return {row["firm_id"]: row for row in result.tables["left_out"].rows()}


def tables_with(visiting, count=4):
    return {**case(count), "visiting": Table.of("visiting", visiting)}


def test_what_cannot_be_scored_says_so_and_has_no_value():
    tables = case(4)
    targets = tables["targets"].rows()
    targets[3] |= {
        "value": None,
        "missing_en": "No products.",
        "missing_zh": "无产品。",
    }
    targets[2] |= {"value": None}
    tables["targets"] = Table.of("targets", targets[:1] + targets[2:])
    result = plan_trip(tables, TripParams(**PARAMS, compare_with=("f1",)))
    rows = left_out(result)
    assert {rows[f]["reason"] for f in ("f1", "f2", "f3")} == {"no_score"}
    assert rows["f3"]["reason_en"] == "Cannot be scored: No products."
    assert rows["f3"]["reason_zh"].endswith("无产品。")
    assert "Not ranked" in rows["f1"]["reason_en"]
    assert all(row["value"] != row["value"] for row in rows.values())


def test_companies_beyond_the_pool_are_worth_less():
    result = plan_trip(case(6), TripParams(**PARAMS, pool=3))
    rows = left_out(result)
    assert {f for f, row in rows.items() if row["reason"] == "pool"} == {
        "f3",
        "f4",
        "f5",
    }
    assert len(visits(result)) == 3


def test_what_would_fit_and_adds_nothing_names_who_serves_the_gap():
    tables = case(3)
    targets = [{**row, "gap_id": "g"} for row in tables["targets"].rows()]
    tables["targets"] = Table.of("targets", targets)
    result = plan_trip(tables, TripParams(**PARAMS, keep=0.0))
    assert [row["firm_id"] for row in visits(result)] == ["f0"]
    rows = left_out(result)
    assert {row["reason"] for row in rows.values()} == {"no_gain"}
    assert "Firm 0" in rows["f1"]["reason_en"]
    assert rows["f1"]["delta_value"] == 0


def test_forcing_a_company_in_costs_what_its_reason_says():
    params = {**PARAMS, "dates": ("2026-12-07",)}
    tables = case(9)
    result = plan_trip(tables, TripParams(**params))
    rows = [row for row in result.tables["left_out"].rows() if row["reason"] == "swap"]
    assert rows
    for row in rows:
        forced = plan_trip(tables, TripParams(**params, must=(row["firm_id"],)))
        change = forced.summary["value"] - result.summary["value"]
        assert change == pytest.approx(row["delta_value"], abs=0.06)


def test_the_sentence_names_who_gives_way_and_the_price():
    params = TripParams(**ONE_DAY)
    rows = plan_trip(case(12), params).tables["left_out"].rows()
    row = next(row for row in rows if row["delta_value"] < -0.5)
    firm = row["instead_of"].split("; ")[0]
    assert f"Firm {firm[1:]}" in row["reason_en"]
    assert f"{-row['delta_value']:.1f} points less" in row["reason_en"]
    assert f"减少 {-row['delta_value']:.1f} 分" in row["reason_zh"]


def test_the_bound_of_a_small_trip_is_reached():
    summary = plan_trip(case(12), TripParams(**PARAMS)).summary
    assert summary["upper_bound"] == pytest.approx(summary["value"])
    assert summary["gap_to_bound"] == 0


def test_an_agreed_time_outranks_the_usual_hours():
    tables = tables_with([{"firm_id": "f1", "start_min": 1035, "day": 2}])
    result = plan_trip(tables, TripParams(**PARAMS))
    row = next(row for row in visits(result) if row["firm_id"] == "f1")
    assert (row["day"], row["start_min"]) == (2, 1035)
    assert row["window_end_min"] == row["end_min"] > 1050
    assert result.summary["feasible"] is True


def test_the_parameters_are_a_later_word_than_the_table():
    tables = tables_with(
        [{"firm_id": "f0", "wish": "must_not"}, {"firm_id": "f1", "wish": "must"}]
    )
    held = {row["firm_id"] for row in visits(plan_trip(tables, TripParams(**PARAMS)))}
    assert "f1" in held
    assert "f0" not in held
    params = TripParams(**PARAMS, must=("f0",), must_not=("f1",))
    result = plan_trip(tables, params)
    held = {row["firm_id"] for row in visits(result)}
    assert "f0" in held
    assert "f1" not in held
    assert result.summary["feasible"] is True


def test_a_company_that_must_be_visited_needs_coordinates():
    tables = case(2)
    firms = tables["firms"].rows()
    firms[1]["lat"] = firms[1]["lon"] = None
    tables["firms"] = Table.of("firms", firms)
    with pytest.raises(InfeasibleError, match="Firm 1 has no coordinates"):
        plan_trip(tables, TripParams(**PARAMS, must=("f1",)))


def test_only_the_visits_in_conflict_are_named():
    locks = ("f1@1@09:30", "f2@1@09:30")
    with pytest.raises(InfeasibleError, match="all together") as caught:
        plan_trip(case(5), TripParams(**PARAMS, must=("f3", "f4"), locks=locks))
    text = caught.value.text("en")
    assert "Firm 1, Firm 2" in text
    assert "Firm 3" not in text
    assert "Firm 1、Firm 2" in caught.value.text("zh")


def test_a_way_longer_than_its_day_is_named():
    tables = case(1)
    regions = tables["regions"].rows()
    regions[0]["lat"] = 5.0
    tables["regions"] = Table.of("regions", regions)
    with pytest.raises(InfeasibleError, match=r"Day 1 is too short .* Home to Goal"):
        plan_trip(tables, TripParams(**PARAMS))


def test_a_trip_without_lunch_or_within_an_afternoon_keeps_every_rule():
    for change in (
        {"lunch_min": 0},
        {"day_start_min": 13 * 60},
        {"day_start_min": 12 * 60 + 20},
        {"day_end_min": 12 * 60},
    ):
        result = plan_trip(case(6), TripParams(**{**PARAMS, **change}))
        assert result.summary["feasible"] is True, change
        assert result.summary["visits"] > 0


def test_a_late_appointment_does_not_push_lunch_out_of_its_band():
    tables = tables_with([{"firm_id": "f0", "start_min": 930}], count=1)
    result = plan_trip(tables, TripParams(**ONE_DAY))
    assert result.summary["feasible"] is True
    lunch = next(r for r in result.tables["stops"].rows() if r["kind"] == "lunch")
    assert lunch["end_min"] <= 810


def test_a_trip_around_the_own_city_sleeps_at_home():
    params = TripParams(**{**PARAMS, "region": "goal"})
    result = plan_trip(case(4), params)
    assert result.summary["feasible"] is True
    assert {row["start_id"] for row in result.tables["trip_days"].rows()} == {"goal"}


def clock(minutes):
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


def as_previous(result):
    return tuple(
        f"{row['firm_id']}@{int(row['day'])}@{clock(row['start_min'])}"
        for row in visits(result)
    )


def times(result):
    return {row["firm_id"]: (row["day"], row["start_min"]) for row in visits(result)}


def same_values(count):
    """Return companies of equal value: many plans are equally good."""
    tables = case(count)
    targets = [{**row, "value": 50.0} for row in tables["targets"].rows()]
    tables["targets"] = Table.of("targets", targets)
    return tables


def test_a_plan_made_again_from_itself_is_the_same():
    tables = same_values(12)
    first = plan_trip(tables, TripParams(**PARAMS))
    again = plan_trip(tables, TripParams(**PARAMS, previous=as_previous(first)), seed=7)
    assert times(again) == times(first)
    assert again.summary["kept_visits"] == first.summary["visits"]
    assert any(note.code == "trip.kept" for note in again.notes)


def test_when_a_host_cancels_the_other_visits_keep_day_and_time():
    tables = same_values(10)
    first = plan_trip(tables, TripParams(**PARAMS))
    before, kept = as_previous(first), 0
    for gone in times(first):
        rest = [text for text in before if not text.startswith(f"{gone}@")]
        params = {**PARAMS, "must_not": (gone,)}
        free = plan_trip(tables, TripParams(**params))
        locked = plan_trip(tables, TripParams(**params, locks=tuple(rest)))
        again = plan_trip(tables, TripParams(**params, previous=before), seed=3)
        assert again.summary["value"] == pytest.approx(free.summary["value"])
        note = next(note for note in again.notes if note.code == "trip.moved")
        assert f"Firm {gone[1:]}" in note.say.en
        if locked.summary["value"] == pytest.approx(free.summary["value"]):
            # To keep all others costs nothing, so all are kept.
            kept += 1
            assert note.rows == 1
            assert {*rest} <= {*as_previous(again)}
    assert kept >= 3


def test_an_added_company_moves_as_few_others_as_it_must():
    tables = same_values(10)
    first = plan_trip(tables, TripParams(**PARAMS))
    before = as_previous(first)
    new = next(f"f{k}" for k in range(10) if f"f{k}" not in times(first))
    again = plan_trip(tables, TripParams(**PARAMS, must=(new,), previous=before))
    assert again.summary["value"] == pytest.approx(first.summary["value"])
    assert new in times(again)
    # One gives way; on its day others may move by minutes, on the other day none does.
    same = {f: at for f, at in times(first).items() if times(again).get(f) == at}
    days = {int(day) for day, _ in same.values()}
    assert len(times(first).keys() - times(again).keys()) == 1
    assert any(
        {f for f, (day, _) in times(first).items() if day == full} <= same.keys()
        for full in days
    )


def test_the_plan_before_never_keeps_a_better_one_away():
    tables = case(14)
    poor = tuple(f"f{k}@{1 + k % 2}@{9 + k // 2}:00" for k in range(10, 14))
    free = plan_trip(tables, TripParams(**PARAMS))
    held = plan_trip(tables, TripParams(**PARAMS, previous=poor))
    assert held.summary["value"] == pytest.approx(free.summary["value"])
    # What the plan before held and is no longer on file or in the days is no error.
    gone = plan_trip(
        tables, TripParams(**PARAMS, previous=("zz@1@09:00", "f1@9@09:00"))
    )
    assert gone.summary["value"] == pytest.approx(free.summary["value"])


def test_progress_is_told_and_can_stop_the_work():
    seen = []
    plan_trip(
        case(5), TripParams(**PARAMS), progress=lambda d, t, s: seen.append((d, t))
    )
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]

    def stop(done, total, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_trip(case(5), TripParams(**PARAMS), progress=stop)
