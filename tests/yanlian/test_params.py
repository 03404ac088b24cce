"""Parameters: declared once, checked all at once."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanlian.errors import ParamError
from yanlian.params import Params, describe, param


@dataclass(frozen=True)
class Sample(Params):
    share: float = param(0.5, label="Share", low=0, high=1)
    count: int = param(3, label="Count", unit="firms", low=1, high=9)
    way: str = param("car", label="Way", choices=(("car", "Car"), ("rail", "Rail")))
    names: tuple[str, ...] = param((), label="Names")
    on: bool = param(True, label="On")
    opens: int = param(540, label="Opens", kind="clock", low=0, high=1440)


def test_all_findings_come_at_once():
    with pytest.raises(ParamError) as caught:
        Sample(share=2, count=0, way="boat")
    assert [finding.where for finding in caught.value.findings] == [
        "share",
        "count",
        "way",
    ]


def test_words_of_a_form_are_cast():
    made = Sample.of({"share": "0.25", "count": "4", "names": "a, b;c", "on": "false"})
    assert made == Sample(0.25, 4, "car", ("a", "b", "c"), False)


@pytest.mark.parametrize(
    ("word", "minutes"), [("9:00", 540), ("13:30", 810), ("45", 45)]
)
def test_a_time_of_day_is_read_as_minutes(word, minutes):
    assert Sample.of({"opens": word}).opens == minutes


@pytest.mark.parametrize("word", ["25:00", "noon", "9:xx"])
def test_an_impossible_time_of_day_is_reported(word):
    with pytest.raises(ParamError):
        Sample.of({"opens": word})


def test_unknown_names_and_bad_words_are_reported_together():
    with pytest.raises(ParamError) as caught:
        Sample.of({"shape": "1", "count": "many", "share": "7"})
    assert {f.code for f in caught.value.findings} == {
        "param.unknown", "param.number", "param.range"
    }  # fmt: skip


def test_not_a_number_is_no_value():
    with pytest.raises(ParamError):
        Sample(share=float("nan"))


@given(st.floats(0, 1), st.integers(1, 9))
def test_plain_data_give_the_same_parameters_back(share, count):
    made = Sample(share=share, count=count)
    assert Sample.of(made.as_dict()) == made


def test_every_parameter_is_described():
    assert [info.kind for info in describe(Sample)] == [
        "float", "int", "choice", "list", "bool", "clock"
    ]  # fmt: skip
