import numpy as np
import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yanlian.identity import compare_names, match_names, normal_name, parse_name
from yanlian.identity.measures import common_length
from yanlian.identity.rules import forms, regions, regions_agree, words

PLACES = ["", "浙江", "苏州市", "深圳", "永康"]
STEMS = ["恒辉", "贝泰妮", "华康", "正泰", "双飞"]
TRADES = ["科技", "电器", "生物科技", "五金", "新材料"]
FORMS = ["", "有限公司", "股份有限公司", "集团有限公司"]
CHINESE = st.builds(
    "{}{}{}{}".format,
    *(st.sampled_from(part) for part in (PLACES, STEMS, TRADES, FORMS)),
)
ENGLISH = st.builds(
    "{} {} {} {}".format,
    st.sampled_from(["", "Zhejiang", "Suzhou"]),
    st.sampled_from(["Henghui", "Botanee", "J.P. Morgan", "Chint"]),
    st.sampled_from(["", "Technology", "Electric Appliance"]),
    st.sampled_from(["", "Co., Ltd.", "Inc.", "GmbH"]),
)
NAMES = CHINESE | ENGLISH | st.text(max_size=30)


def parts(text):
    name = parse_name(text)
    return name.stem, name.trade, name.form


# Published and everyday examples


def test_a_chinese_name_is_taken_apart():
    name = parse_name("云南贝泰妮生物科技集团股份有限公司")
    assert [(unit.text, unit.kind) for unit in name.units] == [
        ("云南", "region"),
        ("贝泰妮", "stem"),
        ("生物科技", "word"),
        ("集团", "word"),
    ]
    assert name.form == "shares"
    assert name.regions == (frozenset({"53"}),)


def test_an_english_name_is_taken_apart():
    name = parse_name("Xi'an Shaangu Power Co., Ltd.")
    assert [(unit.text, unit.kind) for unit in name.units] == [
        ("xian", "region"),
        ("shaangu", "stem"),
        ("power", "word"),
    ]
    assert name.form == "limited"


def test_a_place_in_brackets_is_a_place():
    assert parse_name("苹果电脑贸易（上海）有限公司").regions == (frozenset({"31"}),)
    assert parse_name("Amlogic (Shanghai) Co.,Ltd.").regions == (frozenset({"31"}),)


def test_a_word_that_begins_like_the_ending_of_a_region_is_whole():
    assert parse_name("永康市场开发有限公司").core.startswith("永康")


def test_a_former_name_is_kept_apart():
    name = parse_name("浙江正泰电器股份有限公司（原名：温州正泰电器有限公司）")
    assert name.core == "浙江正泰电器"
    assert [(kind, other.core) for kind, other in name.other] == [
        ("former", "温州正泰电器")
    ]
    assert parse_name("Botanee Group, formerly known as Dianlan Ltd").other


def test_two_languages_side_by_side_are_two_names():
    name = parse_name("华为技术有限公司 Huawei Technologies Co., Ltd.")
    assert name.stem == "华为"
    assert name.other[0][1].stem == "huawei"


def test_latin_letters_inside_a_brand_stay():
    assert parse_name("TCL科技集团股份有限公司").stem == "tcl"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Siemens AG", "Siemens Aktiengesellschaft"),
        ("SiemensAG", "Siemens AG"),
        ("Apple Inc.", "Apple Incorporated"),
        ("AT&T Inc.", "AT and T Inc."),
        ("J.P. Morgan & Co.", "JP Morgan & Co."),
        ("The Walt Disney Company", "Walt Disney Company"),
        ("Société Générale S.A.", "Societe Generale SA"),
        ('ООО "БАЙ"', "OOO Bai"),
        ("Good Will Company", "Goodwill Company"),
        ("浙江正泰电器股份有限公司", "浙江正泰電器股份有限公司"),
        ("苹果电脑贸易（上海）有限公司", "苹果电脑贸易(上海)有限公司"),
        ("华为技术有限公司 Huawei Technologies Co., Ltd.", "华为技术有限公司"),
    ],
)
def test_one_name_in_two_spellings_is_the_same(a, b):
    assert compare_names(a, b).verdict == "same"
    assert compare_names(a, b).score == 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("贝泰妮", "云南贝泰妮生物科技集团股份有限公司"),
        ("华为技术有限公司", "Huawei Technologies Co., Ltd."),
        ("江苏海鸥冷却塔股份有限公司", "Jiangsu Seagull Cooling Tower Co.,Ltd."),
        ("北京盈建科软件股份有限公司", "Beijing YJK Building Software Co.,Ltd."),
        (
            "温州正泰电器有限公司",
            "浙江正泰电器股份有限公司（原名：温州正泰电器有限公司）",
        ),
        ("比亚迪股份有限公司", "比亚迪汽车工业有限公司"),
        ("Deutsche Bank AG", "Deutsche Bank GmbH"),
        ("Deutsche Bank AG", "Deutsche Bank"),
        ("中国银行股份有限公司上海分行", "中国银行股份有限公司"),
        ("苏州恒力机械有限公司", "苏州恒立机械有限公司"),
        ("Crystalord", "CRYSTALORD LTD"),
    ],
)
def test_short_english_former_and_doubtful_names_are_a_question(a, b):
    assert compare_names(a, b).verdict == "question"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("江苏恒辉安防股份有限公司", "浙江恒辉安防股份有限公司"),
        ("苹果电脑贸易(上海)有限公司", "苹果电脑贸易(北京)有限公司"),
        ("Volkswagen AG", "Siemens AG"),
        ("Bowne of Atlanta, Inc.", "Bowne of Boston, Inc."),
        ("Bank of China (Hong Kong) Limited", "Bank of China (Australia) Limited"),
        ("深圳传音控股股份有限公司", "Suzhou Bojun Industrial Technology Co., Ltd"),
    ],
)
def test_other_places_and_other_brands_are_different(a, b):
    assert compare_names(a, b).verdict == "different"


def test_what_a_name_does_not_say_is_not_known():
    # CATL: the English brand is no sound and no meaning of the Chinese.
    found = compare_names("宁德时代", "Contemporary Amperex Technology Co., Limited")
    assert found.verdict == "different"
    assert "as far as the tables know" in found.reasons[0].en


def test_reasons_speak_both_languages():
    found = compare_names("江苏恒辉安防股份有限公司", "浙江恒辉安防股份有限公司")
    assert [reason.en for reason in found.reasons] == [
        "Both have the brand “恒辉”.",
        "They name different places.",
    ]
    assert found.reasons[1].zh == "两者写的地区不同。"


# Edges


@pytest.mark.parametrize("text", ["", "  ", "()", "。", "—"])
def test_an_empty_name_is_nobody(text):
    assert compare_names(text, "华为").verdict == "different"
    assert compare_names(text, text).score == 0


def test_a_legal_form_alone_names_nobody():
    assert compare_names("有限公司", "有限公司").verdict == "question"
    assert compare_names("有限公司", "Co., Ltd.").verdict == "different"
    assert compare_names("有限公司", "华为技术有限公司").score == 0


def test_one_letter_is_compared():
    assert compare_names("李", "李").score == 1
    assert compare_names("李", "李宁").verdict == "question"
    assert compare_names("A", "B").verdict == "different"


def test_a_rare_letter_without_pinyin_stands_for_itself():
    assert compare_names("䬚华 00", "00000 0").verdict == "different"
    assert compare_names("䬚", "䬚").score == 1


def test_a_city_inside_its_province_agrees():
    table = regions().zh
    assert regions_agree(table["浙江"], table["杭州"]) == 1
    assert regions_agree(table["江苏"], table["杭州"]) == -1
    assert regions_agree(frozenset(), table["杭州"]) == 0


def test_tables_have_no_empty_cell():
    assert all(label for label in words().label)
    assert {code for _, code in forms().zh} <= set(forms().en.values()) | {
        "plant",
        "public",
    }


# Properties


@given(NAMES)
@settings(deadline=None)
def test_a_normal_name_stays_as_it_is(text):
    once = normal_name(text)
    assert normal_name(once) == once


@given(NAMES, NAMES)
@settings(max_examples=200, deadline=None)
def test_which_name_comes_first_does_not_matter(a, b):
    one, other = compare_names(a, b), compare_names(b, a)
    assert one.score == other.score
    assert one.verdict == other.verdict
    assert 0 <= one.score <= 1


@given(NAMES)
@settings(deadline=None)
def test_a_name_is_like_itself(text):
    found = compare_names(text, text)
    assert found.score == (1 if parse_name(text).normal else 0)


@given(CHINESE, CHINESE)
@settings(deadline=None)
def test_traditional_is_simplified(a, b):
    traditional = opencc.OpenCC("s2t").convert(a)
    assert parts(traditional) == parts(a)
    assert compare_names(traditional, b).score == compare_names(a, b).score


@given(CHINESE | ENGLISH, CHINESE | ENGLISH)
@settings(deadline=None)
def test_width_does_not_matter(a, b):
    wide = "".join(
        chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in a
    )
    assert compare_names(wide, b).score == compare_names(a, b).score


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
@settings(deadline=None)
def test_the_common_length_is_that_of_the_plain_table(a, b):
    row = [0] * (len(b) + 1)
    for letter in a:
        before = 0
        for at, other in enumerate(b, 1):
            here = row[at]
            row[at] = before + 1 if letter == other else max(here, row[at - 1])
            before = here
    assert common_length(a, b) == row[-1]


# Lists


def test_lists_find_their_names_in_both_directions():
    left = ["贝泰妮", "恒辉安防", "海鸥股份"]
    right = [
        "Jiangsu Seagull Cooling Tower Co.,Ltd.",
        "江苏恒辉安防股份有限公司",
        "云南贝泰妮生物科技集团股份有限公司",
        "Siemens AG",
    ]
    found = match_names(left, right, most=1)
    assert dict(zip(found.left.tolist(), found.right.tolist(), strict=True))[0] == 2
    assert dict(zip(found.left.tolist(), found.right.tolist(), strict=True))[1] == 1
    back = match_names(right, left, most=1)
    assert {(2, 0), (1, 1)} <= set(
        zip(back.left.tolist(), back.right.tolist(), strict=True)
    )


def test_a_short_name_of_two_companies_is_a_question_about_both():
    found = match_names(["正泰电器"], ["浙江正泰电器有限公司", "上海正泰电器有限公司"])
    assert sorted(found.right.tolist()) == [0, 1]
    assert set(found.verdict.tolist()) == {"question"}
    assert found.score.max() < 0.7


def test_the_same_name_twice_is_no_rival_of_itself():
    name = "浙江正泰电器股份有限公司"
    once = match_names(["正泰电器"], [name, "Siemens AG"], most=1)
    twice = match_names(["正泰电器"], [name, name, "Siemens AG"], most=1)
    assert once.score[0] == pytest.approx(twice.score[0])


def test_equal_names_are_the_same():
    found = match_names(["Apple Inc.", "有限公司"], ["Apple Incorporated"])
    assert found.verdict.tolist() == ["same"]
    assert found.score.tolist() == [1]


@pytest.mark.parametrize(
    ("left", "right"), [([], []), (["华为"], []), ([""], ["华为"])]
)
def test_empty_lists_match_nothing(left, right):
    assert len(match_names(left, right)) == 0


def test_the_same_lists_give_the_same_pairs():
    rng = np.random.default_rng(0)
    pick = [PLACES, STEMS, TRADES, FORMS]
    lists = [
        ["".join(part[rng.integers(len(part))] for part in pick) for _ in range(60)]
        for _ in range(2)
    ]
    one, other = match_names(*lists), match_names(*lists)
    for field in ("left", "right", "score", "verdict"):
        assert np.array_equal(getattr(one, field), getattr(other, field))
    assert (np.diff(one.left) >= 0).all()
    assert one.score.min() >= 0.1
