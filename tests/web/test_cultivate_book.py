"""The capability book against needs: rules, the match sheet, introductions, outcomes."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.http import QueryDict

from tests.web.cultivating import DAY, capability, codes, firm, need, texts
from yanlian_web.cultivate.actions.suppliers import (
    match_introduce,
    match_outcome,
    need_close,
    need_reopen,
)
from yanlian_web.cultivate.models import Capability, Match, Need
from yanlian_web.cultivate.queries import book
from yanlian_web.desk.acting import Conflict, Refused, today
from yanlian_web.desk.actions.records import record_archive, record_change
from yanlian_web.offices.models import LogLine


@pytest.fixture
def both(members):
    """A need and a row of the book that fits it, of two invented firms."""
    bo = members["bo"]
    wanted = need(
        bo, firm(bo, "Anchor"), segment_id="C25", volume=100.0, unit="piece",
        certificates="ISO 9001", due_on=today() + 90 * DAY,
    )  # fmt: skip
    made = capability(bo, firm(bo, "Local"), segment_id="C25", capacity=1.0, unit="thousand_pieces")  # fmt: skip
    return wanted, made


def introduce(member, wanted, made, **more):
    values = {"how": "Visit of both", **more}
    return match_introduce(by=member, pk=wanted.pk, version=None, capability=made, **values)  # fmt: skip


def outcome(member, match, what, **more):
    return match_outcome(by=member, pk=match.pk, version=None, outcome=what, **more)


def test_a_text_finds_its_segment_and_a_person_goes_first(members):
    bo = members["bo"]
    company = firm(bo, "A")
    found = capability(bo, company, text="Planetary gearbox for power tools")
    assert found.places[0][0] == "C13"
    assert 0.2 <= found.places[0][1] < 1
    assert found.places[0][2]
    said = capability(bo, company, text="Planetary gearbox", segment_id=" c25 ")
    assert said.places == [["C25", 1.0, []]]
    nothing = capability(bo, company, text="zzz qqq")
    assert nothing.places == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"segment_id": "<b>"}, "book.segment"),
        ({"capacity": 5.0}, "book.unit"),
        ({"capacity": float("nan"), "unit": "t"}, "desk.field"),
        ({"capacity": float("inf"), "unit": "t"}, "desk.field"),
        ({"capacity": -1.0, "unit": "t"}, "desk.field"),
        ({"capacity": 1e13, "unit": "t"}, "desk.field"),
        ({"unit": "dozen"}, "desk.field"),
        ({"source": ""}, "desk.field"),
        ({"source_on": today() + DAY}, "desk.source_on"),
        ({"lead_days": 10**6}, "desk.field"),
        ({"certificates": ";".join(f"C{n}" for n in range(40))}, "book.certificates"),
        ({"text": "A\u202eB"}, "desk.hidden"),
        ({"text": " "}, "desk.name"),
    ],
)
def test_what_cannot_stand_in_the_book(members, values, code):
    bo = members["bo"]
    company = firm(bo, "A")
    with pytest.raises(Refused) as error:
        capability(bo, company, **values)
    assert code in codes(error)
    assert all(texts(error, "en"))
    assert all(texts(error, "zh"))
    assert not Capability.objects.exists()


def test_the_book_is_of_firms_that_are_here(members, things):
    bo = members["bo"]
    away = firm(bo, "Away", city_en="Hefei", city_zh="合肥", local=False)
    with pytest.raises(Refused) as error:
        capability(bo, away)
    assert codes(error) == {"book.elsewhere"}
    # One that has landed is here, wherever its seat is.
    from yanlian_web.desk.models import Deal

    Deal.objects.filter(pk=things["deal"].pk).update(stage="S8")
    capability(bo, things["company"])


def test_certificates_are_parted_in_both_ways_and_once(members):
    bo = members["bo"]
    found = capability(
        bo, firm(bo, "A"), certificates="ISO 9001；IATF 16949; ISO 9001;"
    )
    assert found.certificates == "ISO 9001; IATF 16949"


def test_a_need_due_before_it_was_stated(members):
    bo = members["bo"]
    with pytest.raises(Refused) as error:
        need(bo, firm(bo, "A"), due_on=today() - 60 * DAY)
    assert codes(error) == {"book.order"}


def test_the_sheet_says_why_and_what_is_unknown(members, both):
    wanted, made = both
    page = book.need_page(members["bo"], wanted)
    (row,) = page["rows"]
    assert row["item"] == made
    assert {p["name"] for p in row["why"]} == {"segment", "words", "capacity", "evidence"}  # fmt: skip
    assert {p["name"] for p in row["ask"]} == {"certificates", "time"}
    assert row["pair"].low < row["pair"].high
    total = sum(float(p["low"]) for p in row["parts"])
    assert total == pytest.approx(row["pair"].low, abs=0.06)
    assert sum(float(b["w"]) for b in row["bar"]) <= 100


def test_what_the_anchor_makes_itself_is_not_matched(members, both):
    wanted, _ = both
    own = capability(members["bo"], wanted.company, segment_id="C25")
    page = book.need_page(members["bo"], wanted)
    assert own.pk not in {row["item"].pk for row in page["rows"]}
    with pytest.raises(Refused) as error:
        introduce(members["bo"], wanted, own)
    assert codes(error) == {"match.self"}


def test_nobody_is_promised_twice(members):
    bo = members["bo"]
    first = need(bo, firm(bo, "N1"), segment_id="C25", certificates="ISO 9001")
    second = need(bo, firm(bo, "N2"), segment_id="C25")
    best = capability(bo, firm(bo, "L1"), segment_id="C25", certificates="ISO 9001")
    good = capability(bo, firm(bo, "L2"), text="Aluminium castings", segment_id="C25")
    rows = {r["need"].pk: r for r in book.need_rows(bo, list(Need.objects.all()))}
    named = {rows[first.pk]["best"], rows[second.pk]["best"]}
    assert named == {best, good}
    introduce(bo, second, rows[second.pk]["best"])
    rows = {r["need"].pk: r for r in book.need_rows(bo, list(Need.objects.all()))}
    assert rows[first.pk]["best"] is not None


def test_an_introduction_keeps_the_points_of_its_day(members, both):
    bo = members["bo"]
    wanted, made = both
    before = LogLine.objects.count()
    match = introduce(bo, wanted, made)
    assert LogLine.objects.count() == before + 1
    assert (match.state, match.training) == ("introduced", True)
    kept = (match.low, match.high)
    record_change(by=bo, kind="capability", pk=made.pk, version=None, values={"certificates": "ISO 9001"})  # fmt: skip
    (row,) = book.need_page(bo, wanted)["rows"]
    assert row["pair"].low > kept[0]
    assert (row["match"].low, row["match"].high) == kept


def test_introductions_that_cannot_be(members, both):
    bo = members["bo"]
    wanted, made = both
    with pytest.raises(Refused) as error:
        introduce(bo, wanted, made, how=" ", on=today() + DAY)
    assert codes(error) == {"match.how", "match.day"}
    with pytest.raises(Refused) as error:
        introduce(bo, wanted, None)
    assert codes(error) == {"match.capability"}
    introduce(bo, wanted, made)
    with pytest.raises(Refused) as error:
        introduce(bo, wanted, made)
    assert codes(error) == {"match.twice"}
    need_close(by=bo, pk=wanted.pk, version=None, why="Served")
    with pytest.raises(Refused) as error:
        introduce(bo, wanted, made)
    assert codes(error) == {"match.closed"}
    with pytest.raises(PermissionDenied):
        introduce(members["rita"], wanted, made)
    assert Match.objects.count() == 1


def test_outcomes_need_value_and_evidence(members, both):
    bo = members["bo"]
    match = introduce(bo, *both)
    with pytest.raises(Refused) as error:
        outcome(bo, match, "ordered")
    assert codes(error) == {"match.value", "match.paper"}
    with pytest.raises(Refused) as error:
        outcome(bo, match, "failed")
    assert codes(error) == {"match.why"}
    with pytest.raises(Refused) as error:
        outcome(bo, match, "married")
    assert codes(error) == {"match.outcome"}
    with pytest.raises(Refused) as error:
        outcome(bo, match, "trial", on=today() + DAY)
    assert codes(error) == {"match.day"}
    outcome(bo, match, "trial")
    with pytest.raises(Refused) as error:
        outcome(bo, match, "quoted", value_cny=5.0)
    assert codes(error) == {"match.back"}
    found = outcome(bo, match, "ordered", value_cny=960_000.0, paper="TR-1")
    assert (found.state, found.value_cny, found.paper) == ("ordered", 960_000.0, "TR-1")
    page = book.need_page(bo, both[0])
    assert page["outcomes"] == {"introduced": 1, "ordered": 1, "failed": 0, "value": 960_000.0}  # fmt: skip


def test_a_failure_can_be_taken_up_again(members, both):
    bo = members["bo"]
    match = introduce(bo, *both)
    outcome(bo, match, "failed", why="Tool cost")
    assert outcome(bo, match, "quoted", value_cny=5.0).state == "quoted"


def test_a_file_is_evidence_and_is_kept(members, both, settings, tmp_path, client):
    settings.DATA_FOLDER = tmp_path
    bo = members["bo"]
    match = introduce(bo, *both)
    paper = ContentFile(b"%PDF-1.4 order", name="order.pdf")
    found = outcome(bo, match, "ordered", value_cny=1.0, file=paper)
    assert found.file.name == "order.pdf"
    with pytest.raises(Refused):
        outcome(bo, introduce(bo, need(bo, firm(bo, "N")), both[1]), "ordered", value_cny=1.0, file=ContentFile(b"MZ", name="order.exe"))  # fmt: skip
    assert Match.objects.filter(state="ordered").count() == 1


def test_needs_close_and_open_with_a_reason(members, both):
    bo, (wanted, _) = members["bo"], both
    with pytest.raises(Refused) as error:
        need_close(by=bo, pk=wanted.pk, version=None, why="")
    assert codes(error) == {"need.why"}
    need_close(by=bo, pk=wanted.pk, version=1, why="Served")
    with pytest.raises(Conflict):
        need_reopen(by=bo, pk=wanted.pk, version=1)
    assert not book.needs_found(bo, QueryDict()).exists()
    assert book.needs_found(bo, QueryDict("state=closed")).count() == 1
    assert need_reopen(by=bo, pk=wanted.pk, version=2).closed_on is None
    with pytest.raises(Refused) as error:
        need_reopen(by=bo, pk=wanted.pk, version=None)
    assert codes(error) == {"need.open"}


def test_what_left_the_book_stays_on_the_sheet_with_its_outcome(members, both):
    bo, (wanted, made) = members["bo"], both
    introduce(bo, wanted, made)
    record_archive(by=bo, kind="capability", pk=made.pk, version=None, why="Line sold")
    (row,) = book.need_page(bo, wanted)["rows"]
    assert row["pair"] is None
    assert row["match"].state == "introduced"


def test_hidden_firms_are_not_on_the_sheet(members, both):
    bo, rita = members["bo"], members["rita"]
    wanted, made = both
    record_change(by=bo, kind="company", pk=made.company_id, version=None, values={"visibility": "own"})  # fmt: skip
    assert len(book.need_page(bo, wanted)["rows"]) == 1
    page = book.need_page(rita, wanted)
    assert (page["rows"], page["searched"]) == ([], 0)
    assert not book.book_found(rita, QueryDict()).exists()


def test_filters_of_the_book(members):
    bo = members["bo"]
    a = capability(bo, firm(bo, "Panli"), segment_id="C25", certificates="IATF 16949")
    b = capability(bo, firm(bo, "Yanluo"), text="Screws 100%", segment_id="C22")

    def found(**query):
        given = QueryDict(mutable=True)
        given.update(query)
        return list(book.book_found(bo, given).values_list("pk", flat=True))

    assert found() == [a.pk, b.pk]
    assert found(q="iatf") == [a.pk]
    assert found(q="yanluo") == [b.pk]
    assert found(q="100%") == [b.pk]
    assert found(segment="C25") == [a.pk]
    assert found(segment='C"25') == []
    assert found(company=str(b.company_id)) == [b.pk]


def test_no_cell_of_the_file_is_a_formula(members, both, client):
    bo = members["bo"]
    wanted, made = both
    record_change(by=bo, kind="capability", pk=made.pk, version=None, values={"text_en": "=1+1 zinc die castings"})  # fmt: skip
    client.force_login(bo.user)
    answer = client.get(f"/cultivate/needs/{wanted.pk}/?export=csv")
    text = answer.content.decode("utf-8-sig")
    assert ",=1+1" not in text
    assert "zinc die castings" in text
    xlsx = client.get(f"/cultivate/needs/{wanted.pk}/?export=xlsx")
    import io

    import openpyxl

    rows = list(openpyxl.load_workbook(io.BytesIO(xlsx.content)).active.values)
    assert "=1+1 zinc die castings" in rows[1]
    assert all(cell is None or not str(cell).startswith("#") for cell in rows[1])


def test_questions_do_not_grow_with_the_book(members, both, django_assert_max_num_queries):  # fmt: skip
    bo, (wanted, made) = members["bo"], both
    introduce(bo, wanted, made)
    with django_assert_max_num_queries(4):
        book.need_page(bo, wanted)
    for number in range(10):
        other = capability(bo, firm(bo, f"L{number}"), segment_id="C25")
        introduce(bo, wanted, other)
    with django_assert_max_num_queries(4):
        page = book.need_page(bo, wanted)
    assert len(page["rows"]) == 11
