"""Every form of the desk with what people paste into it: stored as text, or refused."""

import csv
import datetime
import io
import re

import openpyxl
import pytest
from django import forms
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.translation import override

from yanlian_web.desk.actions.records import record_add
from yanlian_web.desk.forms import DOINGS, FORMS, ClockField, PickField, record_form
from yanlian_web.desk.models import KINDS, Event
from yanlian_web.desk.places import place_of
from yanlian_web.offices.models import LogLine

DAY = datetime.date(2026, 1, 1)
HTML = "<script>alert(1)</script><b onmouseover='x'>bold</b>"
TEXTS = {
    "html": HTML,
    "formula": '=HYPERLINK("http://x.example","y")',
    "plus": "+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)",
    "long": "很长" * 20_000,
    "bell": "bell\x07here",
    "nul": "nul\x00here",
    "turned": "abc\u202edef",
    "emoji": "好 \U0001f469\u200d\U0001f3ed ok",
}
# Those that may never be stored.
NEVER = {"long", "bell", "nul", "turned"}
# Texts with rules of their own: codes, lists of words, what the library reads.
CODED = frozenset(
    {
        "credit_code",
        "segment_id",
        "when",
        "kinds",
        "value",
        "unit",
        "code",
        "aliases",
        "former_names",
        "website",
        "rule",
        "clause",
    }
)
NUMBERS = ("nan", "inf", "-inf", "1e999", "-1", "abc", "9" * 400)
DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "tomorrow", "1799-12-31")


@pytest.fixture
def sent(head):
    """Post a form and tell what came of it, with all that was stored."""

    def post(path, data):
        lines = LogLine.objects.count()
        answer = head.post(path, {**data, "next": "/help/"})
        assert answer.status_code in {302, 409, 422}, (path, answer.status_code)
        new = LogLine.objects.count() - lines
        if answer.status_code == 302:
            assert new == 1, path
        else:
            assert new == 0, path
        return answer

    return post


def fields_of(form):
    return {name: bound.field for name, bound in ((b.name, b) for b in form)}


def value_of(field, value):
    """A value as a browser would send it back."""
    value = field.prepare_value(value)
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else str(value)


def filled(head, kind):
    """A record of a kind that may be changed, and its form as a browser holds it."""
    records = KINDS[kind].objects.filter(training=True, archived_on=None)
    if kind == "meeting":
        records = records.filter(state="planned")
    if kind == "promise":
        records = records.filter(agreement=None, kept_on=None, broken_on=None)
        records = records.filter(withdrawn_on=None)
    record = records.order_by("-pk").first()
    assert record is not None, kind
    form = head.get(f"/edit/{kind}/{record.pk}/").context["form"]
    data = {b.name: value_of(b.field, b.initial) for b in form}
    return record, form, {k: v for k, v in data.items() if v != ""}


@pytest.fixture
def kept(trained):
    """One of each kind that the story has none of."""
    head = trained.members.get(role="head")
    firm = KINDS["company"].objects.filter(training=True).first()
    made = {"owner": head, "source": "x", "source_on": DAY}
    for kind, values in {
        "site": {"company": firm, "name_en": "Plant", **made},
        "company-link": {
            "parent": firm, "child": KINDS["company"].objects.filter(training=True).last(),
            **made,
        },
        "competition-rule": {
            "rule": "own", "level": "amber", "when": "one_firm=yes", "reason_en": "x", "reason_zh": "x",
            "basis_en": "x", "basis_zh": "x", "owner": head,
        },
        "touch-norm": {"tier": "watch", "months": 9, "owner": head},
        "agreement": {
            "sort_of": "framework", "title_en": "Draft", "company": firm, "owner": head,
        },
    }.items():  # fmt: skip
        made_now = record_add(by=head, kind=kind, values=values, training=True)
    party = {"agreement": made_now, "side": "ours", "name_en": "We", "owner": head}
    record_add(by=head, kind="party", values=party)
    return trained


def is_text(field):
    return isinstance(field, forms.CharField) and not isinstance(field, PickField)


def page_of(head, record):
    """The page that shows a record, where it is."""
    try:
        path = place_of(record).split("#")[0]
    except (NoReverseMatch, AttributeError):
        return ""
    answer = head.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("kind", list(FORMS))
def test_text_stays_text(head, kept, sent, kind):
    record, form, data = filled(head, kind)
    texts = {
        b.name: getattr(b.field, "max_length", None) or 300
        for b in form
        if is_text(b.field)
        and not isinstance(b.field, (forms.URLField, forms.ChoiceField))
        and b.name not in CODED
    }
    stored = 0
    for what, text in TEXTS.items():
        bad = {n: text if what in NEVER else text[:most] for n, most in texts.items()}
        record.refresh_from_db()
        sending = {**data, **bad, "version": record.version}
        answer = sent(f"/edit/{kind}/{record.pk}/", sending)
        page = answer.content.decode()
        if texts and what in NEVER:
            assert answer.status_code == 422, what
            assert answer.context["form"].errors, what
        elif answer.status_code == 302:
            stored += 1
            record.refresh_from_db()
            assert all(getattr(record, n) == t.strip() for n, t in bad.items()), what
            page = page_of(head, record)
        assert "<script>alert" not in page, what
        assert "<b onmouseover" not in page, what
    assert stored == len(TEXTS) - len(NEVER) or not texts, answer.context["form"].errors


@pytest.mark.parametrize("kind", list(FORMS))
def test_an_empty_form_says_what_is_missing_in_both_languages(head, trained, kind):
    said = {}
    for language in ("en", "zh-hans"):
        head.cookies["django_language"] = language
        answer = head.post(f"/new/{kind}/", {})
        assert answer.status_code == 422, kind
        errors = answer.context["form"].errors
        assert errors, kind
        said[language] = [text for texts in errors.values() for text in texts]
    assert all(re.search("[\u4e00-\u9fff]", text) for text in said["zh-hans"]), said
    assert not any(re.search("[\u4e00-\u9fff]", text) for text in said["en"]), said


@pytest.mark.parametrize("kind", list(FORMS))
def test_absurd_numbers_days_and_choices_are_refused(head, kept, sent, kind):
    record, form, data = filled(head, kind)
    path = f"/edit/{kind}/{record.pk}/"
    for b in form:
        field = b.field
        if isinstance(field, (forms.FloatField, forms.IntegerField)):
            values = [v for v in NUMBERS if v != "-1" or b.name not in {"lat", "lon", "value", "rate"}]  # fmt: skip
        elif isinstance(field, ClockField):
            values = ["25:00", "abc", "-1"]
        elif isinstance(field, forms.DateField):
            values = DAYS
        elif isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
            values = ["no-such-choice", "999999999"]
        elif isinstance(field, PickField):
            values = ["#999999999", "no such record anywhere"]
        else:
            continue
        for value in values:
            sending = {**data, b.name: value, "version": record.version}
            answer = sent(path, sending)
            assert answer.status_code == 422, (kind, b.name, value)
            assert answer.context["form"].errors, (kind, b.name, value)


@pytest.mark.parametrize("kind", list(FORMS))
def test_a_record_of_another_office_is_not_there(head, kept, people, sent, kind):
    chen = people["chen"].member
    firm = record_add(by=chen, kind="company", values={"name_en": "Hidden Elsewhere"})
    line = record_add(by=chen, kind="pipeline", values={"name_en": "Hidden", "name_zh": "x"})  # fmt: skip
    foreign = {
        "company": firm,
        "pipeline": line,
        "person": record_add(by=chen, kind="person", values={"name_en": "Hidden", "source": "x", "source_on": DAY}),
        "organisation": record_add(by=chen, kind="organisation", values={"name_en": "Hidden", "sort_of": "park"}),
        "deal": record_add(by=chen, kind="deal", values={"company": firm, "pipeline": line, "title_en": "Hidden"}),
        "agreement": record_add(by=chen, kind="agreement", values={"company": firm, "title_en": "Hidden", "sort_of": "framework"}),
        "meeting": record_add(by=chen, kind="meeting", values={"company": firm, "title_en": "Hidden", "way": "call", "on": DAY}),
    }  # fmt: skip
    record, form, data = filled(head, kind)
    for b in form:
        target = getattr(b.field, "kind", "") or (
            getattr(b.field.queryset.model, "kind", "")
            if isinstance(b.field, forms.ModelChoiceField)
            else ""
        )
        if target not in foreign:
            continue
        number = foreign[target].pk
        for value in (f"#{number}", str(number)):
            sending = {**data, b.name: value, "version": record.version}
            answer = sent(f"/edit/{kind}/{record.pk}/", sending)
            assert answer.status_code == 422, (kind, b.name)
            assert b.name in answer.context["form"].errors, (kind, b.name)
            assert "Hidden" not in answer.content.decode()


def doing_on(head, key):
    """A record to which an action can be done now, or any of its kind."""
    item = DOINGS[key]
    records = list(KINDS[item.kind].objects.filter(training=True).order_by("-pk")[:200])
    if not records:
        return None
    member = records[0].office.members.get(role="head")
    for record in records:
        if item.offered(record, member):
            return record
    return records[0]


@pytest.mark.parametrize("key", list(DOINGS))
def test_every_action_takes_an_empty_form_and_bad_text(head, kept, sent, key):
    record = doing_on(head, key)
    if record is None:
        pytest.skip("nothing of this kind in the story")
    path = f"/do/{key}/{record.pk}/"
    shown = head.get(path)
    assert shown.status_code == 200
    form = shown.context["form"]
    if any(field.required for field in form.fields.values()):
        for language in ("zh-hans", "en"):
            head.cookies["django_language"] = language
            answer = sent(path, {"version": record.version})
            assert answer.status_code == 422
            assert answer.context["form"].errors
    data = {}
    for name, field in form.fields.items():
        if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
            values = [str(v) for v, _ in field.choices if v]
            data[name] = values[0] if values else ""
        elif isinstance(field, forms.DateField):
            data[name] = "2026-03-02"
        elif isinstance(field, (forms.FloatField, forms.IntegerField)):
            data[name] = "1"
    texts = [n for n, f in form.fields.items() if is_text(f)]
    for what, text in TEXTS.items():
        record.refresh_from_db()
        sending = {**data, "version": record.version, **dict.fromkeys(texts, text)}
        answer = sent(path, sending)
        if texts and what in NEVER:
            assert answer.status_code == 422, what
        assert "<script>alert" not in answer.content.decode()
    for name, field in form.fields.items():
        if isinstance(field, (forms.FloatField, forms.IntegerField)):
            bad = NUMBERS
        elif isinstance(field, forms.DateField):
            bad = DAYS
        elif isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)):
            bad = ("no-such-choice", "999999999")
        else:
            continue
        for value in bad:
            record.refresh_from_db()
            fine = dict.fromkeys(texts, "fine")
            answer = sent(path, {**data, **fine, name: value, "version": record.version})  # fmt: skip
            if value in {"nan", "inf", "-inf", "1e999", "abc", "2026-02-30", "tomorrow", "0001-01-01", "1799-12-31", "no-such-choice", "999999999"}:  # fmt: skip
                assert answer.status_code == 422, (key, name, value)


def test_what_an_action_did_is_told_in_words(trained):
    """No event or log line of the story is without its kind and subject."""
    assert not Event.objects.filter(kind="").exists()
    assert not LogLine.objects.filter(
        office=trained, training=True, subject=""
    ).exists()


def lists():
    """Pages that can be exported: those without arguments."""
    found = []
    for pattern in get_resolver().reverse_dict:
        if isinstance(pattern, str):
            try:
                found.append(reverse(pattern))
            except NoReverseMatch:
                continue
    return sorted(set(found))


def test_no_exported_cell_is_a_formula(head, kept):
    for model in KINDS.values():
        names = {f.name for f in model._meta.concrete_fields}
        for stem in ("name_en", "name_zh", "title_en", "text_en", "lost_to", "why"):
            if stem in names:
                model.objects.filter(training=True).update(**{stem: TEXTS["formula"]})
    seen = 0
    for path in lists():
        for form in ("csv", "xlsx"):
            with override("en"):
                answer = head.get(path, {"export": form, "view": "table"})
            kind = answer.headers.get("Content-Type", "")
            if answer.status_code != 200 or kind.startswith("text/html"):
                continue
            seen += 1
            data = b"".join(answer) if answer.streaming else answer.content
            if form == "csv" and kind.startswith("text/csv"):
                for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))):
                    for cell in row:
                        number = re.fullmatch(r"[-+]?\d[\d.eE+-]*", cell)
                        assert number or not re.match(r"\s*[=+@\-\t]", cell), (path, cell)  # fmt: skip
            elif "spreadsheet" in kind:
                book = openpyxl.load_workbook(io.BytesIO(data))
                for sheet in book:
                    for row in sheet.iter_rows():
                        assert all(cell.data_type != "f" for cell in row), path
    assert seen >= 2


def test_every_form_can_be_opened_empty_and_with_odd_first_values(head, trained):
    for kind in FORMS:
        form = record_form(FORMS[kind], trained.members.get(role="head"))
        first = dict.fromkeys(form.base_fields, "#99999999999999999999")
        assert head.get(f"/new/{kind}/").status_code == 200
        assert head.get(f"/new/{kind}/", first).status_code == 200
        assert head.get(f"/new/{kind}/", dict.fromkeys(form.base_fields, HTML)).status_code == 200  # fmt: skip
