import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanlian.identity import compare_names, twin_names

NAMES = [
    "永康市海岳五金制品有限公司", "宁波正泰电器有限公司", "永康海岳五金制品有限公司",
    "Chint Electric Co., Ltd.", "海岳五金", "苏州双飞新材料股份有限公司", "", "有限公司",
]  # fmt: skip


def pairs(names, **more):
    found = twin_names(names, **more)
    return dict(
        zip(
            zip(found.first.tolist(), found.second.tolist(), strict=True),
            found.score,
            strict=True,
        )
    )


def test_entries_of_one_company_are_found():
    found = pairs(NAMES)
    assert (0, 2) in found
    assert (2, 4) in found
    assert not {(1, 5), (0, 5), (6, 7)} & set(found)


def test_a_pair_stands_once_the_surest_first():
    found = list(pairs(NAMES).items())
    assert all(first < second for (first, second), _ in found)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)


def test_equal_names_are_the_same():
    found = twin_names(["Haiyue Ltd", "Other AG", "Haiyue Limited"])
    assert found.verdict.tolist() == ["same"]
    assert found.score.tolist() == [1.0]


def test_the_score_is_that_of_both_names_alone():
    (pair, score), *_ = [item for item in pairs(NAMES).items() if item[0] == (2, 4)]
    alone = compare_names(NAMES[pair[0]], NAMES[pair[1]])
    assert score == pytest.approx(alone.score, abs=1e-3)


@pytest.mark.parametrize("only", [[], [4], [0, 4]])
def test_only_some_are_sought_among_all(only):
    every = pairs(NAMES)
    wanted = {pair for pair in every if set(only) & set(pair)}
    assert set(pairs(NAMES, only=only)) == wanted


@pytest.mark.parametrize("names", [[], [""], ["Haiyue"]])
def test_lists_without_a_pair(names):
    assert len(twin_names(names)) == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(NAMES) | st.text(max_size=12), max_size=12))
def test_a_name_is_never_its_own_twin(names):
    found = twin_names(names, least=0)
    assert (found.first < found.second).all()
    assert len(
        set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    ) == len(found)
