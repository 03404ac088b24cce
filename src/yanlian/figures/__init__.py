"""Figures: what to draw, as data; drawn by ECharts on screens and as SVG on paper."""

from yanlian.figures.draw import echarts_option, svg
from yanlian.figures.figure import KINDS, Figure, bars, points

__all__ = ["KINDS", "Figure", "bars", "echarts_option", "points", "svg"]
