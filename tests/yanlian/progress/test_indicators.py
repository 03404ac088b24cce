"""Each indicator, K01 to K30, computed by hand on a log of a few lines."""

import math

import pytest

from tests.yanlian.progress.logs import kpis, log, rows_of, stage

END = "2025-12-31"


def both(deals, first, second, on="2025-03-01", later="2025-04-01"):
    """Deals that entered one stage, and those of them that entered another."""
    count, reached = deals
    events = [stage(f"d{n}", first, on) for n in range(count)]
    return [*events, *(stage(f"d{n}", second, later) for n in range(reached))]


@pytest.mark.parametrize(
    ("code", "first", "second"),
    [
        ("K01", "S1", "S2"),
        ("K02", "S5", "S7b"),
        ("K03", "S7a", "S7b"),
        ("K05", "S7b", "S8"),
        ("K06", "S7b", "S9"),
        ("K07", "S9", "S11"),
        ("K07b", "S11", "S12"),
    ],
)
def test_rates_of_a_cohort_are_reached_over_begun(code, first, second):
    row = kpis(log(*both((4, 3), first, second)), as_of=END)[code]
    assert (row["value"], row["numerator"], row["denominator"]) == (0.75, 3, 4)
    assert (row["second"], row["second_unit"]) == (31, "d")


def test_hunans_shanghai_week_of_2020_started_83_point_4_per_cent():
    # 266 projects started of 319 signed.
    row = kpis(log(*both((319, 266), "S7b", "S9")), as_of=END)["K06"]
    assert f"{100 * row['value']:.1f}" == "83.4"
    assert (row["numerator"], row["denominator"]) == (266, 319)


def test_a_cohort_is_of_its_window_and_its_outcome_may_come_later():
    table = log(
        stage("old", "S7b", "2024-12-31"),
        stage("old", "S8", "2025-02-01"),
        stage("a", "S7b", "2025-01-01"),
        stage("a", "S8", "2026-03-01"),
        stage("b", "S7b", "2025-12-31"),
    )
    assert kpis(table, as_of="2025-12-31")["K05"]["value"] == 0
    assert kpis(table, as_of="2026-03-01")["K05"]["value"] == 0.5
    assert rows_of(table, "K05", as_of="2026-03-01") == {"a": "met", "b": "not_met"}


def test_an_outcome_before_the_beginning_does_not_count():
    table = log(stage("a", "S7b", "2025-02-01"), stage("a", "S7a", "2025-03-01"))
    assert kpis(table)["K03"]["value"] == 0


def test_a_stage_that_is_passed_by_is_reached():
    table = log(stage("a", "S5", "2025-02-01"), stage("a", "S9", "2025-06-01"))
    assert kpis(table)["K02"]["value"] == 1


def test_the_signing_rate_never_counts_frameworks_but_that_of_reports_does():
    table = log(
        stage("a", "S5", "2025-02-01"),
        stage("a", "S7a", "2025-03-01"),
        stage("b", "S5", "2025-02-01"),
        stage("b", "S7b", "2025-03-01"),
    )
    assert kpis(table)["K02"]["value"] == 0.5
    assert kpis(table, set="reports")["K02"]["value"] == 1


def test_a_rate_of_one_period_can_exceed_one():
    table = log(
        *(stage(f"d{n}", "S7b", "2024-06-01") for n in range(3)),
        *(stage(f"d{n}", "S8", "2025-06-01") for n in range(3)),
        stage("new", "S7b", "2025-05-01"),
    )
    row = kpis(table, set="reports")["K05"]
    assert (row["value"], row["numerator"], row["denominator"]) == (3, 3, 1)
    assert kpis(table)["K05"]["value"] == 0


def promise(name, on, due, side="theirs", **more):
    return "promised", name, on, {"side": side, "due_on": due, **more}


def test_k04_counts_agreements_all_of_whose_due_obligations_are_met():
    bind = {"mark": "binding"}
    table = log(
        promise("p1", "2025-01-02", "2025-03-01", agreement="A", **bind),
        promise("p2", "2025-01-02", "2025-04-01", agreement="A", **bind),
        promise("p3", "2025-01-02", "2025-04-01", agreement="B", **bind),
        promise("p4", "2025-01-02", "2025-05-01", agreement="B", **bind),
        # Not due yet: C has nothing due.
        promise("p5", "2025-01-02", "2026-05-01", agreement="C", **bind),
        # Does not bind.
        promise("p6", "2025-01-02", "2025-05-01", agreement="D"),
        ("kept", "p1", "2025-02-01", {"level": "evidenced"}),
        ("kept", "p2", "2025-09-01", {"level": "verified"}),
        ("kept", "p3", "2025-03-01", {"level": "evidenced"}),
        # Only said, no evidence.
        ("kept", "p4", "2025-03-01", {"level": "stated"}),
    )
    assert kpis(table, as_of=END)["K04"]["value"] == 0.5
    assert rows_of(table, "K04", as_of=END) == {"A": "met", "B": "not_met"}


def test_k04_of_reports_takes_any_registration_or_payment():
    bind = {"mark": "binding"}
    table = log(
        promise("p1", "2025-01-02", "2025-03-01", deal="d1", **bind),
        promise("p2", "2025-01-02", "2025-03-01", deal="d2", **bind),
        ("paid", "x", "2025-05-01", {"deal": "d1", "value": 1.0}),
    )
    assert kpis(table, set="reports", as_of=END)["K04"]["value"] == 0.5


def paid(name, on, value, level="evidenced"):
    return "paid", name, on, {"value": value, "level": level, "unit": "CNY"}


def test_k08_sums_evidenced_payments_of_the_window_each_once():
    table = log(
        paid("x1", "2025-02-01", 100.0, "stated"),
        paid("x1", "2025-02-01", 90.0, "evidenced"),
        paid("x1", "2025-02-01", 90.0, "verified"),
        paid("x2", "2025-03-01", 10.0),
        paid("x3", "2025-03-01", 5000.0, "stated"),
        paid("x4", "2024-12-31", 7000.0),
    )
    assert kpis(table, as_of=END)["K08"]["value"] == 100
    assert rows_of(table, "K08", as_of=END) == {"x1": "counted", "x2": "counted"}


def test_k09_is_paid_to_date_of_what_was_agreed_to_be_paid_by_then():
    more = {"what": "investment", "mark": "binding"}
    table = log(
        promise("p1", "2024-01-02", "2025-03-01", value=200.0, **more),
        promise("p2", "2024-01-02", "2026-03-01", value=600.0, **more),
        promise("gone", "2024-01-02", "2025-03-01", value=999.0, **more),
        ("withdrawn", "gone", "2025-02-01"),
        paid("x", "2025-02-01", 50.0),
    )
    assert kpis(table, as_of=END)["K09"]["value"] == 0.25
    # Of the whole amount agreed, as some cities count.
    assert kpis(table, as_of=END, set="reports")["K09"]["value"] == 50 / 800
    before = kpis(table, as_of="2025-02-28")["K09"]
    assert math.isnan(before["value"])
    assert before["cannot_en"] == "There is no amount to compare with."


def test_k10_shows_frameworks_beside_and_never_adds_them():
    table = log(
        ("signed", "A", "2025-02-01", {"value": 3e8, "mark": "binding"}),
        ("signed", "B", "2025-02-01", {"value": 5e9, "mark": "nonbinding"}),
        ("signed", "C", "2025-02-01", {"value": 1e8, "mark": "binding"}),
    )
    row = kpis(table)["K10"]
    assert (row["value"], row["second"]) == (4e8, 5e9)
    assert rows_of(table, "K10") == {"A": "counted", "C": "counted"}


def test_k11_weighs_actual_over_target():
    table = log(
        *both((4, 2), "S7b", "S8"),
        ("signed", "A", "2025-02-01", {"value": 3e8, "mark": "binding"}),
        # 50 % amount: 300 of 400 million; 50 % share landed: 0.5 of 0.5.
        ("target", "t1", "2025-01-01", {"what": "K10", "value": 4e8, "mark": "50"}),
        ("target", "t2", "2025-01-01", {"what": "K05", "value": 0.5, "mark": "50"}),
        # Less is better: no share of a target.
        ("target", "t3", "2025-01-01", {"what": "K16", "value": 3.0, "mark": "50"}),
    )
    assert kpis(table)["K11"]["value"] == pytest.approx((0.75 * 50 + 1 * 50) / 100)


def test_k11_takes_the_target_that_was_set_last():
    table = log(
        ("signed", "A", "2025-02-01", {"value": 3e8, "mark": "binding"}),
        ("target", "t1", "2025-01-01", {"what": "K10", "value": 1e8}),
        ("target", "t1", "2025-06-01", {"what": "K10", "value": 6e8}),
    )
    assert kpis(table)["K11"]["value"] == 0.5


def test_k12_is_the_share_of_new_projects_in_the_led_chain():
    table = log(
        stage("a", "S7b", "2025-02-01", mark="chain"),
        stage("b", "S7b", "2025-02-01"),
        # Signed before, entered again in the window: not new.
        stage("c", "S7b", "2024-02-01", mark="chain"),
        stage("c", "S7b", "2025-02-01", mark="chain"),
    )
    assert kpis(table)["K12"]["value"] == 0.5


def test_k13_is_the_share_closed_with_the_share_open_over_a_year_beside():
    opened = [("gap_opened", f"g{n}", "2025-01-01", {"gap": f"g{n}"}) for n in "1234"]
    late = ("gap_opened", "g5", "2025-12-01", {"gap": "g5"})
    table = log(
        *opened,
        late,
        stage("a", "S11", "2025-06-01", gap="g1"),
        ("gap_closed", "g2", "2026-06-01", {"gap": "g2"}),
    )
    row = kpis(table, as_of="2026-01-01")["K13"]
    # On that day a year, 365 days, has just passed: not longer.
    assert (row["value"], row["second"]) == (0.2, 0)
    row = kpis(table, as_of="2026-01-02")["K13"]
    assert (row["value"], row["second"]) == (0.2, 0.6)
    row = kpis(table, as_of="2026-06-01")["K13"]
    assert (row["value"], row["second"]) == (0.4, 0.4)


def test_k14_is_local_of_total_purchases():
    table = log(
        ("purchase", "s1", "2025-02-01", {"what": "total", "value": 200.0}),
        ("purchase", "s2", "2025-02-01", {"what": "local", "value": 50.0}),
        ("purchase", "s3", "2024-02-01", {"what": "local", "value": 1e9}),
    )
    assert kpis(table)["K14"]["value"] == 0.25


def test_k15_counts_different_leading_firms():
    lead = {"mark": "leading; chain"}
    table = log(
        ("contact", "m1", "2025-02-01", {"company": "x", **lead}),
        ("contact", "m2", "2025-03-01", {"company": "x", **lead}),
        stage("d", "S5", "2025-03-01", company="y", mark="leading"),
        stage("e", "S2", "2025-03-01", company="z", mark="leading"),
        ("contact", "m3", "2025-03-01", {"company": "small"}),
    )
    assert kpis(table)["K15"]["value"] == 2


@pytest.mark.parametrize(
    ("code", "first", "second"),
    [("K16", "enquiry", "answered"), ("K17", "accepted", "assigned")],
)
def test_k16_and_k17_are_median_and_ninetieth_percentile(code, first, second):
    begun = [(first, f"q{n}", "2025-03-01") for n in range(10)]
    ended = [(second, f"q{n}", f"2025-03-{n + 2:02d}") for n in range(10)]
    row = kpis(log(*begun, *ended))[code]
    # They took 1 to 10 days.
    assert (row["value"], row["second"]) == (5, 9)


def test_k16_counts_what_is_open_as_longer_than_so_far():
    table = log(
        *(("enquiry", f"q{n}", "2025-03-01") for n in range(3)),
        ("answered", "q0", "2025-03-03"),
    )
    row = kpis(table, as_of="2025-03-31")["K16"]
    assert math.isnan(row["value"])
    assert row["cannot_en"] == "Too few have ended for the median to be known yet."
    assert (row["numerator"], row["denominator"]) == (1, 3)


def test_k18_is_the_share_of_proposals_finished_by_their_day():
    table = log(
        ("proposal", "a", "2025-02-01", {"due_on": "2025-03-01"}),
        ("proposal", "b", "2025-02-01", {"due_on": "2025-03-01"}),
        ("proposal_done", "a", "2025-03-01"),
        ("proposal_done", "b", "2025-03-02"),
    )
    row = kpis(table)["K18"]
    assert (row["value"], row["second"]) == (0.5, 0.5)


def test_k19_runs_from_production_to_the_first_offer():
    table = log(stage("a", "S11", "2025-03-01"), ("aftercare", "a", "2025-03-15"))
    assert kpis(table)["K19"]["value"] == 14


@pytest.mark.parametrize(("code", "side"), [("K20", "ours"), ("K21", "theirs")])
def test_k20_and_k21_are_kept_on_time_of_what_was_due(code, side):
    table = log(
        promise("on time", "2025-01-02", "2025-03-01", side),
        promise("late", "2025-01-02", "2025-03-01", side),
        promise("open", "2025-01-02", "2025-03-01", side),
        promise("broken", "2025-01-02", "2025-03-01", side),
        promise("withdrawn", "2025-01-02", "2025-03-01", side),
        promise("to come", "2025-01-02", "2026-03-01", side),
        promise("no day", "2025-01-02", "", side),
        ("kept", "on time", "2025-03-01"),
        ("kept", "late", "2025-03-02"),
        ("broken", "broken", "2025-03-02"),
        ("withdrawn", "withdrawn", "2025-02-02"),
        ("kept", "to come", "2025-02-02"),
    )
    row = kpis(table, as_of=END)[code]
    assert (row["value"], row["second"], row["denominator"]) == (0.25, 0.25, 4)
    other = "K21" if code == "K20" else "K20"
    assert math.isnan(kpis(table, as_of=END)[other]["value"])


def test_the_due_day_agreed_last_counts_from_the_day_it_was_agreed():
    table = log(
        promise("p", "2025-01-02", "2025-03-01", "ours"),
        ("due_changed", "p", "2025-02-15", {"due_on": "2025-06-01"}),
        ("kept", "p", "2025-05-01"),
    )
    # Before the change it was due on 1 March, after it on 1 June.
    assert math.isnan(kpis(table, as_of="2025-03-15")["K20"]["value"])
    assert kpis(table, as_of="2025-06-01")["K20"]["value"] == 1


def test_a_change_that_was_agreed_later_does_not_reach_back():
    table = log(
        promise("p", "2025-01-02", "2025-03-01", "ours"),
        ("due_changed", "p", "2025-03-15", {"due_on": "2025-06-01"}),
    )
    assert kpis(table, as_of="2025-03-14")["K20"]["value"] == 0
    assert math.isnan(kpis(table, as_of="2025-03-15")["K20"]["value"])


def test_a_promise_kept_before_it_was_withdrawn_was_kept():
    table = log(
        promise("p", "2025-01-02", "2025-03-01", "ours"),
        ("kept", "p", "2025-02-01"),
        ("withdrawn", "p", "2025-04-01"),
    )
    assert kpis(table)["K20"]["value"] == 1


def test_keeping_that_was_taken_back_is_no_keeping_until_it_is_kept_again():
    events = [
        promise("p", "2025-01-02", "2025-03-01", "ours"),
        ("kept", "p", "2025-02-01", {"recorded_on": "2025-02-01"}),
        ("unkept", "p", "2025-02-10", {"recorded_on": "2025-02-10"}),
    ]
    assert kpis(log(*events), as_of="2025-03-31")["K20"]["value"] == 0
    # Kept before that day, but written down after it.
    events.append(("kept", "p", "2025-02-05", {"recorded_on": "2025-02-20"}))
    assert kpis(log(*events), as_of="2025-03-31")["K20"]["value"] == 1
    early = kpis(log(*events), as_of="2025-03-31", known_on="2025-02-15")["K20"]
    assert early["value"] == 0


def test_a_gap_opened_again_is_not_closed():
    gap = {"gap": "fill-C45"}
    events = [
        ("gap_opened", "gap:1", "2025-01-02", gap),
        ("gap_closed", "gap:1", "2025-03-01", gap),
    ]
    assert kpis(log(*events), as_of=END)["K13"]["value"] == 1
    events.append(("gap_opened", "gap:1", "2025-04-01", gap))
    assert kpis(log(*events), as_of=END)["K13"]["value"] == 0


def test_k22_keeps_three_columns_apart_and_takes_the_latest_count():
    jobs = {"what": "jobs"}
    table = log(
        promise("p1", "2025-01-02", "2026-01-01", deal="a", value=100.0, mark="binding", **jobs),
        promise("p2", "2025-01-02", "2026-01-01", deal="b", value=50.0, mark="binding", **jobs),
        promise("p3", "2025-01-02", "2026-01-01", deal="b", value=900.0, **jobs),
        promise("p4", "2025-01-02", "2026-01-01", deal="c", value=70.0, mark="binding", **jobs),
        ("withdrawn", "p4", "2025-02-02"),
        ("measured", "m", "2025-05-01", {"deal": "a", "value": 60.0, "level": "verified", **jobs}),
        ("measured", "m", "2025-09-01", {"deal": "a", "value": 80.0, "level": "evidenced", **jobs}),
        ("measured", "m", "2025-09-01", {"deal": "b", "value": 9.0, "level": "stated", **jobs}),
    )  # fmt: skip
    found = kpis(table, as_of=END)
    values = [found[f"K22 {part}"]["value"] for part in ("promised", "evidenced", "verified")]  # fmt: skip
    assert values == [150, 80, 60]


def test_k23_is_expansions_of_firms_in_aftercare():
    table = log(
        stage("a", "S13", "2024-02-01", company="A"),
        stage("b", "S13", "2025-02-01", company="B"),
        stage("left", "S13", "2024-02-01", company="L"),
        ("status", "left", "2024-06-01", {"what": "exited", "company": "L"}),
        ("expansion", "x", "2025-05-01", {"company": "A"}),
        ("expansion", "y", "2024-05-01", {"company": "B"}),
        ("expansion", "z", "2025-05-01", {"company": "not in aftercare"}),
    )
    assert kpis(table)["K23"]["value"] == 0.5
    assert rows_of(table, "K23") == {"A": "met", "B": "not_met"}


def test_k24_is_the_median_of_each_stage_with_open_stays_counted_as_longer():
    table = log(
        stage("a", "S4", "2025-01-01"),
        stage("a", "S5", "2025-01-11"),
        stage("b", "S4", "2025-01-01"),
        ("status", "b", "2025-01-31", {"what": "lost"}),
        stage("c", "S4", "2025-01-01"),
    )
    found = kpis(table, as_of="2025-02-10")
    # 10 days, 30 days (lost), longer than 40.
    assert (found["K24 S4"]["value"], found["K24 S4"]["denominator"]) == (30, 3)
    assert math.isnan(found["K24 S5"]["value"])


def test_k24_counts_a_stage_twice_when_the_deal_came_back_to_it():
    table = log(
        stage("a", "S4", "2025-01-01"),
        stage("a", "S5", "2025-01-11"),
        stage("a", "S4", "2025-01-31", mark="back"),
        stage("a", "S4", "2025-02-01"),  # told again, the same stay
        stage("a", "S5", "2025-02-10"),
    )
    row = kpis(table, as_of="2025-03-01")["K24 S4"]
    assert (row["denominator"], row["value"], row["second"]) == (2, 10, 10)


def test_k25_agrees_with_the_example_of_brier_1950():
    # Table 1 there: ten forecasts of rain, rain on the second to the fourth day. The
    # paper adds the two classes, rain and no rain, to 0.19; one class has half of it.
    stated = (0.7, 0.9, 0.8, 0.4, 0.2, 0, 0, 0, 0, 0.1)
    said = [("forecast", f"d{n}", "2025-01-01", {"value": p}) for n, p in enumerate(stated)]  # fmt: skip
    came = [
        stage(f"d{n}", "S8", "2025-02-01")
        if n in {1, 2, 3}
        else ("status", f"d{n}", "2025-02-01", {"what": "lost"})
        for n in range(10)
    ]
    row = kpis(log(*said, *came))["K25"]
    assert 2 * row["value"] == pytest.approx(0.19)
    assert row["second"] == pytest.approx(0.3 * 0.7)


def test_k25_passes_over_what_was_said_afterwards_or_is_still_open():
    table = log(
        ("forecast", "a", "2025-01-01", {"value": 0.5}),
        ("forecast", "a", "2025-02-01", {"value": 1.0}),
        ("forecast", "b", "2025-01-01", {"value": 1.0}),
        # Lost and taken up again: not over.
        ("forecast", "c", "2025-01-01", {"value": 1.0}),
        ("status", "c", "2025-01-05", {"what": "lost"}),
        ("status", "c", "2025-01-06", {"what": "active"}),
        stage("a", "S8", "2025-02-01"),
    )
    row = kpis(table)["K25"]
    assert (row["value"], row["denominator"]) == (0.25, 1)


def test_k26_is_the_cost_of_the_window_for_each_deal_that_landed_in_it():
    table = log(
        ("cost", "trip", "2025-02-01", {"value": 100.0}),
        ("cost", "trip", "2025-03-01", {"value": 300.0}),
        ("cost", "trip", "2024-03-01", {"value": 9e9}),
        stage("a", "S8", "2025-05-01"),
        stage("b", "S8", "2025-05-01"),
        stage("old", "S8", "2024-05-01"),
        stage("old", "S9", "2025-05-01"),
    )
    assert kpis(table)["K26"]["value"] == 200


def test_k27_is_confirmed_of_sent():
    table = log(
        ("feedback_sent", "f1", "2025-02-01"),
        ("feedback_sent", "f2", "2025-02-01"),
        ("feedback", "f1", "2025-03-01", {"mark": "confirmed"}),
        ("feedback", "f2", "2025-03-01"),
    )
    assert kpis(table)["K27"]["value"] == 0.5


def test_k28_is_the_share_of_live_records_checked_within_180_days():
    table = log(
        ("filed", "new", "2025-12-01"),
        ("filed", "checked", "2024-01-01"),
        ("checked", "checked", "2025-07-04"),  # 180 days before the end
        ("filed", "stale", "2024-01-01"),
        ("checked", "stale", "2025-07-03"),
        ("filed", "gone", "2025-12-01"),
        ("archived", "gone", "2025-12-02"),
    )
    row = kpis(table, as_of=END)["K28"]
    assert (row["numerator"], row["denominator"]) == (2, 3)


def test_k29_counts_gain_for_each_trip_day_at_30_90_and_365_days():
    trip = {"trip": "T"}
    table = log(
        ("trip_day", "T1", "2025-01-10", trip),
        ("trip_day", "T2", "2025-01-11", trip),
        # Before the trip, and from another one.
        stage("a", "S1", "2025-01-01", **trip),
        stage("b", "S4", "2025-01-11"),
        # Gains: a stage and a gap after 30 days, a promise after 90, one after 365.
        stage("a", "S4", "2025-01-11", gap="g", **trip),
        stage("a", "S3", "2025-01-12", mark="back", **trip),
        ("contact", "c", "2025-01-12", {"gap": "g", **trip}),
        ("promised", "p", "2025-04-10", {**trip}),  # day 90
        stage("a", "S7b", "2026-01-10", **trip),  # day 365
    )
    found = kpis(table, as_of="2026-01-10")
    values = [found[f"K29 {days}"]["value"] for days in (30, 90, 365)]
    assert values == [2 / 2, 3 / 2, 4 / 2]


def test_k29_waits_until_the_days_have_passed():
    trip = {"trip": "T"}
    table = log(
        ("trip_day", "T1", "2025-01-10", trip), stage("a", "S4", "2025-01-11", **trip)
    )
    found = kpis(table, as_of="2025-02-09")
    assert found["K29 30"]["value"] == 1
    assert math.isnan(found["K29 90"]["value"])
    assert found["K29 90"]["second"] == 1
    assert found["K29 90"]["cannot_en"] == "No trip is that long ago yet."


def test_k30_is_forms_printed_without_typing_again():
    table = log(
        ("form", "f", "2025-02-01", {"mark": "reused"}),
        ("form", "f", "2025-02-02"),
        ("form", "f", "2025-02-03"),
        ("form", "f", "2025-02-04"),
    )
    assert kpis(table)["K30"]["value"] == 0.25


def test_an_empty_log_computes_nothing_and_says_so():
    found = kpis(log())
    assert {code.split()[0] for code in found} == {
        *(f"K{n:02d}" for n in range(1, 31)), "K07b",
    }  # fmt: skip
    for row in found.values():
        # Sums and counts of nothing are nothing; a share of nothing is unknown.
        assert row["cannot_en"] or row["value"] == 0, row["code"]
        assert bool(row["cannot_en"]) == bool(row["cannot_zh"])
