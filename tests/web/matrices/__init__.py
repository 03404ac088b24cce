"""Rows of the rights matrix, one module for each area of the desk.

A row is: method, arguments, and the answer to each person. An argument that names a kind
of record stands for the number of that record.
"""

import importlib
import pkgutil

SEE = {
    "anonymous": 302,
    "nobody": 403,
    "chen": 200,
    "rita": 200,
    "bo": 200,
    "alice": 200,
}
# What belongs to an office is not there for another: 404, so that nothing is leaked.
OWN = {**SEE, "chen": 404}
# Writing: not for readers.
WRITE = {**SEE, "rita": 403}
WRITE_OWN = {**OWN, "rita": 403}
# Deciding: for the head alone.
DECIDE = {**WRITE, "bo": 403}
DECIDE_OWN = {**WRITE_OWN, "bo": 403}


def all_rows():
    found = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").ROWS
    return found
