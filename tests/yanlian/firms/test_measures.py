"""Measures of likeness and confidence: published examples, properties, edges."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from yanlian.firms import measures

COUNTS = arrays.arrays(
    np.int64,
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    elements=st.integers(0, 4),
)


def test_idf_agrees_with_scikit_learn():
    # TfidfTransformer(smooth_idf=True) on the corpus of its user guide gives these.
    counts = sp.csr_array(
        [[3, 0, 1], [2, 0, 0], [3, 0, 0], [4, 0, 0], [3, 2, 0], [3, 0, 2]]
    )
    found = measures.inverse_document_frequency(counts)
    assert found == pytest.approx([1.0, 2.25276297, 1.84729786])


def test_tfidf_agrees_with_scikit_learn_with_sublinear_counts():
    text = pytest.importorskip("sklearn.feature_extraction.text")
    rows = np.array([[3, 0, 1], [2, 0, 0], [3, 2, 0], [3, 0, 2]])
    peer = text.TfidfTransformer(sublinear_tf=True).fit_transform(rows).toarray()
    counts = sp.csr_array(rows)
    idf = measures.inverse_document_frequency(counts)
    assert measures.tfidf(counts, idf).toarray() == pytest.approx(peer)


def test_bm25_agrees_with_the_formula_by_hand():
    # Two documents of 3 and 1 words; the word stands twice in the first:
    # idf = ln(1 + (2 - 1 + 0.5) / 1.5); 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)).
    counts = sp.csr_array([[2, 1], [0, 1]])
    found = measures.bm25_weights(counts).toarray()
    assert found[0, 0] == pytest.approx(np.log(2) * 4.4 / 3.65)
    assert found[1, 0] == 0


@given(COUNTS)
def test_rows_have_unit_length_or_are_empty(counts):
    matrix = sp.csr_array(counts)
    idf = measures.inverse_document_frequency(matrix)
    made = measures.tfidf(matrix, idf).toarray()
    lengths = np.linalg.norm(made, axis=1)
    assert lengths == pytest.approx((counts.sum(axis=1) > 0).astype(float))


@given(COUNTS)
def test_bm25_is_positive_where_a_word_stands_and_rises_with_its_count(counts):
    made = measures.bm25_weights(sp.csr_array(counts)).toarray()
    assert ((made > 0) == (counts > 0)).all()


def test_the_fit_recovers_known_coefficients():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 2))
    truth = np.array([-0.5, 1.5, -1.0])
    right = (rng.random(4000) < measures.logistic(x, truth)).astype(float)
    assert measures.fit_logistic(x, right) == pytest.approx(truth, abs=0.15)


def test_the_fit_agrees_with_scikit_learn():
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 3))
    right = (rng.random(300) < measures.logistic(x, np.array([0.2, 1, 0, -1]))) * 1.0
    peer = linear.LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(x, right)
    found = measures.fit_logistic(x, right, ridge=1.0)
    assert found[1:] == pytest.approx(peer.coef_[0], abs=1e-4)
    assert found[0] == pytest.approx(peer.intercept_[0], abs=1e-4)


def test_brier_score_of_a_seer_a_coin_and_nobody():
    right = np.array([1.0, 0.0])
    assert measures.brier_score(right, right) == 0
    assert measures.brier_score(np.array([0.5, 0.5]), right) == 0.25
    assert np.isnan(measures.brier_score(np.zeros(0), np.zeros(0)))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 12),
)
def test_every_placement_is_in_one_bin(pairs, bins):
    said = np.array([value for value, _ in pairs])
    right = np.array([float(value) for _, value in pairs])
    found = measures.reliability(said, right, bins)
    assert sum(part.size for part in found) == len(pairs)
    for part in found:
        assert part.low - 1e-9 <= part.said <= part.high + 1e-9
    mean = sum(part.size * part.right for part in found) / len(pairs)
    assert mean == pytest.approx(right.mean())
