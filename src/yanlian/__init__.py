"""Yanlian 延链: the library and command line that extend an industrial chain."""

__version__ = "0.1.0"
