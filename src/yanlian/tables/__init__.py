"""Tables: frames that satisfy a schema; reading, checking and writing them."""

from yanlian.tables.check import check_table, check_tables, conform
from yanlian.tables.circles import check_circles
from yanlian.tables.disagree import disagreements
from yanlian.tables.files import (
    check_files,
    read_file,
    read_table,
    read_workspace,
)
from yanlian.tables.frame import (
    Floats,
    Strs,
    Table,
    hash_columns,
    join_list,
    split_list,
)
from yanlian.tables.measures import Measure, measures
from yanlian.tables.parquet import load_columns, write_parquet
from yanlian.tables.schema import Column, Schema, schema, schema_names
from yanlian.tables.writing import write_csv, write_xlsx

__all__ = [
    "Column",
    "Floats",
    "Measure",
    "Schema",
    "Strs",
    "Table",
    "check_circles",
    "check_files",
    "check_table",
    "check_tables",
    "conform",
    "disagreements",
    "hash_columns",
    "join_list",
    "load_columns",
    "measures",
    "read_file",
    "read_table",
    "read_workspace",
    "schema",
    "schema_names",
    "split_list",
    "write_csv",
    "write_parquet",
    "write_xlsx",
]
