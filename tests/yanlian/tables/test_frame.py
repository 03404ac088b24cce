"""The table: construction, hash, rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.errors import SourceError, TableError
from yanlian.tables import Table, join_list, schema, schema_names, split_list
from yanlian.tables.cells import read_cell
from yanlian.tables.files import INPUT_TABLES
from yanlian.tables.frame import Origin, concat


def test_absent_columns_hold_no_data_or_their_default():
    table = Table.of("firms", [{"firm_id": "a", "name_en": "Alpha"}])
    assert np.isnan(table["employees"][0])
    assert table["city_en"][0] == ""
    assert table["status"][0] == "active"


def test_an_unknown_column_is_an_error_that_names_it():
    with pytest.raises(TableError, match="colour"):
        Table.of("firms", [{"firm_id": "a", "colour": "red"}])


def test_columns_of_different_length_are_an_error():
    with pytest.raises(TableError, match="differ in length"):
        Table("travel", {"from_id": ["a", "b"], "to_id": ["c"]})


def test_an_empty_table_keeps_all_columns():
    table = Table.of("supplies", [])
    assert len(table) == 0
    assert list(table.columns) == [c.name for c in schema("supplies").columns]


def test_a_table_cannot_be_changed():
    table = Table.of("firms", [{"firm_id": "a", "name_en": "Alpha"}])
    with pytest.raises(ValueError, match="read-only"):
        table["firm_id"][0] = "b"


@given(
    st.lists(st.tuples(st.text(max_size=5), st.floats(0, 1e12) | st.none()), min_size=1)
)
def test_the_hash_depends_on_content_only(rows):
    made = [{"firm_id": name, "revenue_cny": value} for name, value in rows]
    first, second = Table.of("firms", made), Table.of("firms", list(made))
    assert first.hash == second.hash
    assert concat([first, second]).hash != first.hash
    changed = [*made[:-1], {**made[-1], "firm_id": made[-1]["firm_id"] + "x"}]
    assert Table.of("firms", changed).hash != first.hash


@given(st.lists(st.text("ab12 ", min_size=1).map(str.strip).filter(bool)))
def test_lists_survive_writing_and_reading(parts):
    assert split_list(join_list(parts)) == parts


def test_every_schema_column_has_labels_and_help_in_both_languages():
    for name in schema_names():
        for column in schema(name).columns:
            where = f"{name}.{column.name}"
            texts = (column.label_en, column.label_zh, column.help_en, column.help_zh)
            assert all(texts), where
            assert column.type in {
                "code", "text", "list", "choice", "date", "pdate", "int", "float", "bool"
            }, where  # fmt: skip
            if column.type == "choice":
                assert column.choices, where
            if column.refers:
                table, other = column.refers.split(".")
                assert other in schema(table).by_name, where


@pytest.mark.parametrize("name", INPUT_TABLES)
def test_every_column_one_brings_has_its_bounds(name):
    for column in schema(name).columns:
        where = f"{name}.{column.name}"
        if column.is_number:
            assert column.unit, where
        if column.type != "choice" and not column.choices:
            assert column.high is not None, where
        if column.is_number or column.type in {"date", "pdate"}:
            assert column.low is not None, where
            assert column.low < column.high, where
        if column.default:
            assert not read_cell(column, column.default)[1], where
        if column.unit and column.unit.isupper():
            assert column.name.endswith(column.unit.lower()), where


def test_firms_have_all_that_a_dossier_needs():
    columns = set(schema("firms").by_name)
    assert columns >= {
        "name_en", "name_zh", "credit_code", "stock_code", "region_id", "city_en",
        "city_zh", "lat", "lon", "products_en", "products_zh", "founded", "employees",
        "revenue_cny", "revenue_year", "recognitions_en", "recognitions_zh", "basis",
        "source_url",
    }  # fmt: skip


def test_an_unknown_schema_names_the_known_ones():
    with pytest.raises(SourceError, match="segments"):
        schema("nothing")


def test_a_mark_inside_a_cell_does_not_pass_for_two_cells():
    first = Table.of("firms", [{"firm_id": "a\x1fb"}, {"firm_id": "c"}])
    second = Table.of("firms", [{"firm_id": "a"}, {"firm_id": "b\x1fc"}])
    assert first.hash != second.hash


def test_where_a_table_was_read_from_is_no_part_of_its_hash():
    columns = {"firm_id": ["a"], "name_en": ["A"]}
    assert (
        Table("firms", columns, Origin("firms.csv", [7])).hash
        == Table("firms", columns).hash
    )


def test_a_column_that_is_absent_takes_no_room_and_is_whole():
    table = Table("firms", {"firm_id": ["a"] * 1000})
    assert table["note_en"].strides == (0,)
    assert len(table["note_en"]) == len(table["employees"]) == 1000
    assert table.take([1, 5]).hash == Table("firms", {"firm_id": ["a", "a"]}).hash
