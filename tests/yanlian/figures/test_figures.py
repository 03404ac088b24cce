"""Figures are data: the same rows draw on screen and on paper."""

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.errors import ParamError
from yanlian.figures import bars, echarts_option, points, svg
from yanlian.text import Say

BN = Say("CNY bn", "亿元")
OWN = Say("facts on file", "在册事实")


def revenue(values):
    rows = [{"year": 2020 + i, "value": v} for i, v in enumerate(values)]
    return bars(
        Say("Revenue <a>", "营业收入"), rows, x="year", y="value", unit=BN, scale=1e9,
        source=OWN,
    )  # fmt: skip


def test_bars_say_value_and_unit_in_both_languages():
    option = echarts_option(revenue([3.51e9, 9.2e8]), "en")
    assert option["xAxis"]["data"] == ["2020", "2021"]
    data = option["series"][0]["data"]
    assert [item["name"] for item in data] == ["2020: 3.51 CNY bn", "2021: 0.92 CNY bn"]
    assert data[0]["value"] == pytest.approx(3.51)
    assert (
        "亿元"
        in echarts_option(revenue([3.51e9]), "zh")["series"][0]["data"][0]["name"]
    )
    json.dumps(option, allow_nan=False)


def test_the_drawing_for_paper_has_one_bar_a_row_and_no_markup_of_names():
    tree = ET.fromstring(svg(revenue([3e9, 1e9, 2e9]), "en"))
    space = "{http://www.w3.org/2000/svg}"
    heights = [float(r.get("height")) for r in tree.iter(f"{space}rect")]
    assert heights[0] == pytest.approx(3 * heights[1], abs=0.2)
    assert tree.get("aria-label") == "Revenue <a> (CNY bn)"


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=8))
def test_bars_stay_inside_the_drawing(values):
    tree = ET.fromstring(svg(revenue(values), "zh"))
    for rect in tree.iter("{http://www.w3.org/2000/svg}rect"):
        y, high = float(rect.get("y")), float(rect.get("height"))
        assert y >= -0.1
        assert y + high <= 132.1


def test_points_carry_names_of_the_readers_language():
    rows = [
        {
            "lon": 121.5,
            "lat": 31.2,
            "count": 4,
            "name_en": "Shanghai",
            "name_zh": "上海",
        }
    ]
    figure = points(
        Say("Companies", "企业"), rows, size="count", unit=Say("", ""), source=OWN
    )
    point = echarts_option(figure, "zh")["series"][0]["data"][0]
    assert point["name"] == "上海 4"
    assert point["value"] == [121.5, 31.2]


def test_a_figure_without_rows_is_empty_not_broken():
    assert echarts_option(revenue([]), "en")["series"][0]["data"] == []
    assert svg(revenue([]), "en").endswith("</svg>")


def test_a_column_that_rows_lack_is_named():
    with pytest.raises(ParamError, match="column value"):
        bars(OWN, [{"year": 1}], x="year", y="value", unit=BN, source=OWN)
