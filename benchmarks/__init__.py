"""Measurements of speed, memory and quality; tables are written by the scripts."""
