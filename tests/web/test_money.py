"""No sum of the desk holds money that binds together with money that does not."""

import csv
import datetime
import io
import math

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yanlian.errors import MixedMoneyError
from yanlian.progress.money import Column, Money, agreement_kinds
from yanlian_web.desk.acting import today
from yanlian_web.desk.models import Agreement, Deal, Evidence, Payment, Promise
from yanlian_web.desk.queries import landing, money

KINDS = list(agreement_kinds())
AMOUNTS = st.integers(1, 10**11).map(float)
TEXTS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(["draft", "signed", "ended"]),
        AMOUNTS,
        # What the firm promises in it: amount, and days until it is due.
        st.lists(st.tuples(AMOUNTS, st.integers(-500, 500)), max_size=3),
        # What it has paid under it: amount, and whether that was verified.
        st.lists(st.tuples(AMOUNTS, st.booleans()), max_size=3),
    ),
    max_size=6,
)


def build(things, bo, texts):
    """Store texts directly: any combination, also those the actions would refuse."""
    day = today()
    common = {"office": bo.office, "owner": bo, "made_by": bo}
    for number, (kind, state, amount, promised, paid) in enumerate(texts):
        text = Agreement.objects.create(
            **common, sort_of=kind, state=state, company=things["company"],
            deal=things["deal"], title_en=f"T{number}", amount=amount, value_cny=amount,
            signed_on=None if state == "draft" else day,
        )  # fmt: skip
        for value, days in promised:
            due = day + datetime.timedelta(days=days)
            Promise.objects.create(
                **common, side="theirs", text_en="x", company=things["company"],
                deal=things["deal"], agreement=text, made_on=day, due_on=due,
                due_first=due, what="investment", value=value,
            )  # fmt: skip
        for place, (value, verified) in enumerate(paid):
            payment = Payment.objects.create(
                **common, deal=things["deal"], agreement=text, on=day, value_cny=value,
                verified_on=day if verified else None,
            )  # fmt: skip
            Evidence.objects.create(
                **common, sort_of="bank_slip", mark=f"b:{number}:{place}", on=day,
                payment=payment,
            )  # fmt: skip


def clean():
    Evidence.objects.all().delete()
    Payment.objects.all().delete()
    Promise.objects.exclude(agreement=None).delete()
    Agreement.objects.all().delete()


def wanted(texts, binding):
    """The sums of one class by plain loops over the texts of that class alone."""
    own = [t for t in texts if agreement_kinds()[t[0]].binding is binding]
    signed = [t for t in own if t[1] == "signed"]
    return {
        "agreed": math.fsum(t[2] for t in signed),
        "promised": math.fsum(v for t in signed for v, _ in t[3]),
        "due": math.fsum(v for t in signed for v, days in t[3] if days <= 0),
        "evidenced": math.fsum(v for t in own for v, _ in t[4]),
        "verified": math.fsum(v for t in own for v, verified in t[4] if verified),
    }


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def added(rows, name):
    return math.fsum(float(row[name]) for row in rows if row[name])


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=TEXTS)
def test_binding_and_not_binding_are_never_in_one_sum(members, things, alice, texts):
    clean()
    Deal.objects.filter(pk=things["deal"].pk).update(stage="S8")
    build(things, members["bo"], texts)
    day = today()
    deal = things["deal"]
    listed = Agreement.objects.all()
    sums = {
        "deal": money.columns_of_deal(deal, day),
        "office": money.columns_of_office(members["alice"], day),
    }
    row = landing.landing_rows([deal], day)[0]
    pages = {
        "agreements": alice.get(reverse("agreements")).context["totals"],
        "landing": alice.get(reverse("landing")).context["sums"],
    }
    files = {
        "agreements": rows_of(
            alice.get(reverse("agreements"), {"export": "csv", "state": "signed"})
        ),
        "landing": rows_of(alice.get(reverse("landing"), {"export": "csv"})),
    }
    for binding in (True, False):
        want = wanted(texts, binding)
        assert money.agreed(listed)[binding] == Money(want["agreed"], binding)
        for made in sums.values():
            one = made[binding]
            assert one.binding is binding
            for name in ("promised", "evidenced", "verified", "due"):
                amount = getattr(one, name)
                assert amount.binding is binding
                assert amount.value_cny == pytest.approx(want[name])
        total = next(t["sum"] for t in pages["agreements"] if t["binding"] is binding)
        assert total.value_cny == want["agreed"]
        for shown in (*pages["landing"], *row["money"]):
            if shown.binding is binding:
                assert shown.promised.value_cny == pytest.approx(want["promised"])
        word = "binds" if binding else "does not bind"
        assert added(files["agreements"], f"Amount that {word}, yuan") == want["agreed"]
        word = "binding" if binding else "not binding"
        for name in ("promised", "evidenced", "verified"):
            column = f"{name.capitalize()}, {word}, yuan"
            assert added(files["landing"], column) == pytest.approx(want[name])
    for line in files["agreements"]:
        assert not (line["Amount that binds, yuan"] and line["Amount that does not bind, yuan"])  # fmt: skip
    for text in Agreement.objects.all():
        one = money.columns_of_agreement(text, day)
        amounts = [one.promised, one.evidenced, one.verified, one.due]
        assert {amount.binding for amount in amounts} == {text.binding}


@given(a=AMOUNTS, b=AMOUNTS, first=st.sampled_from(Column), second=st.sampled_from(Column))  # fmt: skip
def test_the_type_itself_refuses_the_sum(a, b, first, second):
    with pytest.raises(MixedMoneyError):
        Money(a, True, first) + Money(b, False, second)
    with pytest.raises(TypeError):
        sum([Money(a, True, first), Money(b, True, first)])
