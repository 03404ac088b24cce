"""Measures of firms that cannot be: every finding at once, in both languages."""

import pytest

from tests.yanlian.tables.conftest import checked, says, text_file
from yanlian.errors import TableError
from yanlian.tables import read_workspace

HEAD = "firm_id,measure,value,answer,unit,year,source\n"


def read(folder, *lines):
    return checked(
        text_file(folder, "firm_measures.csv", HEAD + "\n".join(lines) + "\n")
    )


def test_good_rows_have_no_findings(tmp_path):
    tables, findings = read(
        tmp_path,
        "A,rd_share,0.05,,share,2025,report",
        "A,own_brand,,yes,yes_no,2025,visit",
        "A,standard_role,,否,,2025,visit",
        "A,main_growth,-0.2,,share,2025,report",
        "A,net_profit_cny,-5000000,,CNY,2025,report",
    )
    assert findings == {}
    assert tables["firm_measures"]["answer"].tolist()[1:3] == [1.0, 0.0]


def test_every_wrong_row_is_found_at_once(tmp_path):
    _, findings = read(
        tmp_path,
        "A,rd_share,-0.05,,share,2025,report",
        "A,market_share,1.2,,share,2025,report",
        "A,rd_spend_cny,much,,CNY,2025,report",
        "A,own_brand,7,,yes_no,2025,report",
        "A,revenue_cny,5000,,persons,2025,report",
        "A,wisdom,5,,,2025,report",
        "A,digital_level,9,,level,2025,report",
        "A,niche_years,,,years,2025,report",
        "A,employees_persons,12,yes,persons,2025,report",
    )
    assert {f.code for listed in findings.values() for f in listed} == {
        "measure.range", "cell.number", "measure.kind", "measure.unit", "cell.choice",
        "measure.empty",
    }  # fmt: skip
    ranges = {
        f.say.en.split(" values of ")[1].split(" ")[0]
        for f in findings["measure.range"]
    }
    assert ranges == {"rd_share", "market_share", "digital_level"}
    says(findings, "measure.kind", "2 rows", "rows 5, 10", "answer", zh=("5, 10",))
    says(findings, "measure.unit", "revenue_cny: persons, CNY?")
    says(findings, "cell.number", "much")
    says(findings, "cell.choice", "wisdom")
    says(findings, "measure.empty", "stays unknown", level="warning")


def test_per_cent_in_a_number_is_not_guessed(tmp_path):
    _, findings = read(tmp_path, "A,rd_share,5%,,share,2025,report")
    says(findings, "cell.number", "5%")


def test_a_firm_that_does_not_exist_is_named(tmp_path):
    text_file(tmp_path, "firms.csv", "firm_id,name_en\nA,Alpha\n")
    text_file(tmp_path, "firm_measures.csv", HEAD + "B,rd_share,0.05,,,2025,x\n")
    with pytest.raises(TableError) as caught:
        read_workspace(tmp_path)
    assert [f.code for f in caught.value.findings] == ["reference.unknown"]


def test_the_same_row_twice_is_a_warning(tmp_path):
    line = "A,rd_share,0.05,,share,2025,report"
    _, findings = read(tmp_path, line, line)
    says(findings, "row.double", level="warning")
