"""Firms on the chain: which segments does a firm make, and why we think so."""

from yanlian.firms.embed import Embedder
from yanlian.firms.place import (
    Placed,
    PlaceParams,
    place_firms,
    place_stream,
    place_texts,
)
from yanlian.firms.placer import Placer, build_placer

__all__ = [
    "Embedder",
    "PlaceParams",
    "Placed",
    "Placer",
    "build_placer",
    "place_firms",
    "place_stream",
    "place_texts",
]
