"""Tables: frames that satisfy a schema; reading, checking and writing them."""

from yanlian.tables.check import check_table, check_tables, conform
from yanlian.tables.files import (
    check_files,
    read_file,
    read_table,
    read_workspace,
    write_csv,
    write_parquet,
    write_xlsx,
)
from yanlian.tables.frame import Floats, Strs, Table, join_list, split_list
from yanlian.tables.schema import Column, Schema, schema, schema_names

__all__ = [
    "Column",
    "Floats",
    "Schema",
    "Strs",
    "Table",
    "check_files",
    "check_table",
    "check_tables",
    "conform",
    "join_list",
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
