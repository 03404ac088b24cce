"""Rules across cells, rows and tables: circles, references, orders, copies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.yanlian.tables.conftest import (
    checked,
    says,
    segments_text,
    supplies_text,
    text_file,
)
from yanlian.errors import TableError
from yanlian.tables import Table, check_circles, read_table, read_workspace
from yanlian.tables.circles import find_circles


def chain(folder, keys, *pairs):
    segments = text_file(folder, "segments.csv", segments_text(*keys))
    supplies = text_file(folder, "supplies.csv", supplies_text(*pairs))
    return read_table(segments), read_table(supplies)


def test_a_circle_of_two_names_its_rows_and_the_way_out(tmp_path):
    (found,) = check_circles(*chain(tmp_path, "ABC", "B>C", "A>B", "B>A"))
    assert (found.code, found.where) == ("chain.cycle", "supplies.csv")
    assert "A > B > A (rows 3, 4)" in found.say.en
    assert "Remove one of these supplies" in found.say.en
    assert "A > B > A（第 3, 4 行）" in found.say.zh


def test_a_circle_of_fifty_names_its_members_in_order(tmp_path):
    keys = [f"S{i:02d}" for i in range(50)]
    order = [keys[i * 7 % 50] for i in range(50)]
    pairs = [f"{a}>{b}" for a, b in zip(order, order[1:] + order[:1], strict=True)]
    (found,) = check_circles(*chain(tmp_path, keys, *sorted(pairs)))
    assert "50 segments" in found.say.en
    assert " > ".join([*order, order[0]]) in found.say.en


def test_several_circles_are_all_found_at_once(tmp_path):
    pairs = [f"{c}{i}>{c}{(i + 1) % 3}" for c in "ABC" for i in range(3)]
    keys = [f"{c}{i}" for c in "ABC" for i in range(3)]
    found = check_circles(*chain(tmp_path, keys, *pairs, "A0>B0", "B1>C1"))
    assert [f.say.en.split(": ")[1].split(" (")[0] for f in found] == [
        "A0 > A1 > A2 > A0",
        "B0 > B1 > B2 > B0",
        "C0 > C1 > C2 > C0",
    ]


def test_circles_that_share_segments_say_which_supplies_open_them_all(tmp_path):
    tables = chain(tmp_path, "ABC", "A>B", "B>C", "C>A", "A>C", "C>B")
    (found,) = check_circles(*tables)
    assert "several circles" in found.say.en
    assert "多个循环" in found.say.zh
    cut = found.say.en.split("supplies in rows ")[1].split(" no circle")[0]
    left = [i for i in range(5) if str(i + 2) not in cut.split(", ")]
    assert check_circles(tables[0], tables[1].take(left)) == []


def test_a_workspace_names_circles_beside_all_other_findings(tmp_path):
    chain(tmp_path, "AB", "A>B", "B>A")
    text_file(tmp_path, "firms.csv", "firm_id,name_en\nF1,\n")
    with pytest.raises(TableError) as caught:
        read_workspace(tmp_path)
    assert {f.code for f in caught.value.findings} == {"name.empty", "chain.cycle"}
    assert "Nothing was stored" in caught.value.text("en")
    assert "未存入任何内容" in caught.value.text("zh")


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25, unique=True)
)
def test_circles_are_closed_and_without_the_cut_none_is_left(pairs):
    sources = [str(a) for a, _ in pairs]
    targets = [str(b) for _, b in pairs]
    circles = find_circles(sources, targets)
    cut = set()
    for circle in circles:
        assert circle.way[0] == circle.way[-1]
        assert len(set(circle.way)) == len(circle.way) - 1 == len(circle.pairs)
        for (a, b), pair in zip(
            zip(circle.way, circle.way[1:], strict=False), circle.pairs, strict=True
        ):
            assert (sources[pair], targets[pair]) == (a, b)
        cut |= set(circle.cut)
    kept = [i for i in range(len(pairs)) if i not in cut]
    assert not find_circles([sources[i] for i in kept], [targets[i] for i in kept])


def test_a_segment_cannot_supply_itself(tmp_path):
    segments = text_file(tmp_path, "segments.csv", segments_text(*"AB"))
    supplies = text_file(tmp_path, "supplies.csv", supplies_text("A>B", "B>B"))
    _, found = checked(segments, supplies)
    says(found, "supply.self", "rows 3", "Remove the rows", zh=["第 3 行"])
    assert "chain.cycle" not in found


def test_supplies_to_unknown_segments_are_named_with_a_guess(tmp_path):
    segments = text_file(tmp_path, "segments.csv", segments_text("A", "B"))
    supplies = text_file(tmp_path, "supplies.csv", supplies_text("A>B", "A>b", "A>X9"))
    tables, found = checked(segments, supplies)
    finding = says(
        found,
        "reference.unknown",
        "Column buyer_id of table supplies names 2 things",
        "rows 3, 4: b (B?), X9",
        "Add them there or correct the rows",
        zh=["第 3, 4 行", "请在该表补上"],
    )
    assert finding.where == "supplies.csv"
    assert len(tables["supplies"]) == 3


REFERENCES = {
    "supplies": ("supplier_id,buyer_id,importance", "A,Q1,2", {"buyer_id"}),
    "firms": ("firm_id,name_en,region_id", "F1,a,Q2", {"region_id"}),
    "presence": ("region_id,segment_id,level", "Q3,Q4,1", {"region_id", "segment_id"}),
    "regions": ("region_id,name_en,name_zh,parent_id", "R,r,区,Q5", {"parent_id"}),
    "indicators": (
        "region_id,indicator,name_en,name_zh,value,unit,segment_ids",
        "Q6,gdp,GDP,GDP,1,CNY,A; Q7",
        {"region_id", "segment_ids"},
    ),
    "events": (
        "event_id,kind,title_en,title_zh,region_id,firm_ids,segment_ids",
        "E1,visit,a,甲,Q8,F1;Q9,Q10",
        {"region_id", "firm_ids", "segment_ids"},
    ),
    "courting": (
        "courting_id,firm_id,firm_name_en,suitor_en,suitor_region_id,kind,text_en,text_zh",
        "C1,Q11,x,y,Q12,visit,a,甲",
        {"firm_id", "suitor_region_id"},
    ),
    "people": (
        "person_id,name_en,firm_id,region_id", "P1,x,Q13,Q14", {"firm_id", "region_id"}
    ),
    "facts": (
        "fact_id,firm_id,head,text_en,text_zh", "A,Q15,history,x,甲", {"firm_id"}
    ),
    "visiting": ("firm_id,open_min,close_min", "Q16,500,600", {"firm_id"}),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFERENCES))
def test_every_reference_that_leads_nowhere_is_named(tmp_path, name):
    heads, row, columns = REFERENCES[name]
    files = {
        "segments": segments_text("A"),
        "firms": "firm_id,name_en\nF1,a\n",
        "regions": "region_id,name_en,name_zh\nR,r,区\n",
        name: f"{heads}\n{row}\n",
    }
    paths = [text_file(tmp_path, f"{n}.csv", text) for n, text in files.items()]
    _, found = checked(*paths)
    assert set(found) == {"reference.unknown"}
    named = {finding.say.en.split()[1] for finding in found["reference.unknown"]}
    assert named == columns
    for finding in found["reference.unknown"]:
        assert finding.where == f"{name}.csv"
        assert "rows 2: Q" in finding.say.en


def test_a_table_that_could_not_be_read_makes_no_second_findings(tmp_path):
    segments = text_file(tmp_path, "segments.csv", "key,name\nA,a\n")
    supplies = text_file(tmp_path, "supplies.csv", supplies_text("A>B"))
    _, found = checked(segments, supplies)
    assert set(found) == {"header.absent"}


def test_regions_that_belong_to_each_other_are_found(tmp_path):
    text = "region_id,name_en,name_zh,parent_id\nA,a,甲,B\nB,b,乙,A\nC,c,丙,C\n"
    _, found = checked(text_file(tmp_path, "regions.csv", text))
    says(found, "region.circle", "A > B > A", "rows 2, 3", zh=["互为上级"])
    says(found, "region.self", "rows 4", zh=["第 4 行"])


def test_two_tables_in_two_files_are_both_named(tmp_path):
    first = text_file(tmp_path, "firms.csv", "firm_id,name_en\nF1,A\n")
    second = text_file(tmp_path, "firms.tsv", "firm_id\tname_en\nF2\tB\n")
    _, found = checked(first, second)
    says(found, "table.double", "in firms.csv and in firms.tsv", zh=["firms.tsv"])


def test_times_and_posts_are_in_order(tmp_path):
    text = "firm_id,open_min,close_min\nF1,600,500\nF2,500,500\nF3,,500\n"
    _, found = checked(text_file(tmp_path, "visiting.csv", text))
    says(
        found,
        "order.wrong",
        "open_min not before close_min",
        "rows 2, 3",
        zh=["不早于"],
    )
    text = (
        "person_id,name_en,post_start,post_end\n"
        "P1,a,2022-05,2022\nP2,b,2023,2022-12\nP3,c,2022,2022\n"
    )
    _, found = checked(text_file(tmp_path, "people.csv", text))
    says(found, "order.wrong", "post_start", "rows 3)", zh=["第 3 行"])


def test_facts_are_held_to_the_range_of_their_field(tmp_path):
    text = (
        "fact_id,firm_id,head,field,value,text_en,text_zh\n"
        "A,F1,history,revenue_cny,-5,x,甲\nB,F1,history,colour,5,x,甲\n"
        "C,F1,history,products,,x,甲\n"
    )
    _, found = checked(text_file(tmp_path, "facts.csv", text))
    says(found, "fact.range", "revenue_cny", "rows 2: -5", "CNY", zh=["超出"])
    says(found, "fact.field", "rows 3: colour", level="warning", zh=["不存在"])


def test_indicators_in_other_units_than_full_ones_are_told(tmp_path):
    text = (
        "region_id,indicator,name_en,name_zh,value,unit\n"
        "R,a,A,甲,5,万元\nR,b,B,乙,-5,CNY\nR,c,C,丙,12,share\nR,d,D,丁,-5,persons\n"
    )
    _, found = checked(text_file(tmp_path, "indicators.csv", text))
    says(found, "unit.scaled", "rows 2: 万元", "unit CNY", zh=["以元计"])
    says(found, "amount.negative", "rows 3: -5", level="warning", zh=["赤字"])
    says(found, "share.large", "rows 4: 12", level="warning", zh=["百分之十二"])
    says(found, "value.negative", "rows 5: -5", zh=["为负"])


def test_copies_of_a_row_count_once_and_are_told(tmp_path):
    text = "region_id,segment_id,level,coverage\nR,A,2,\nR,A,3,\nR,A,2,\n"
    _, found = checked(text_file(tmp_path, "presence.csv", text))
    says(found, "row.double", "rows 2, 4", level="warning", zh=["第 2, 4 行"])


def test_revenue_without_a_year_is_told(tmp_path):
    text = "firm_id,name_en,revenue_cny,revenue_year\nF1,A,5,\nF2,B,5,x\nF3,C,,\n"
    _, found = checked(text_file(tmp_path, "firms.csv", text))
    says(found, "year.absent", "rows 2)", level="warning", zh=["revenue_year"])


def test_rows_of_a_part_of_a_table_are_still_those_of_the_file(tmp_path):
    text = "firm_id,name_en\nF1,A\n\nF2,B\nF3,C\n"
    table = read_table(text_file(tmp_path, "firms.csv", text))
    assert table.take([2, 0]).row_numbers([0, 1]) == [5, 2]
    assert table.with_columns(name_en=["a", "b", "c"]).where == "firms.csv"
    assert Table.of("firms", [{"firm_id": "a"}]).row_numbers([0]) == [1]
