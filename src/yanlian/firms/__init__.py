"""Firms on the chain: which segments does a firm make, and why we think so."""

from yanlian.firms.embed import Embedder
from yanlian.firms.place import PlaceParams, place_firms, place_texts

__all__ = ["Embedder", "PlaceParams", "place_firms", "place_texts"]
