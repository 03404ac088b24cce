"""The one box: what it finds, in which order, and what it never shows."""

import datetime

import pytest

from yanlian_web.desk.actions.records import record_add, record_change
from yanlian_web.finding.models import Entry
from yanlian_web.finding.queries import box
from yanlian_web.finding.tokens import near, plain, tokens_of, words_of

DAY = datetime.date


def names(member, text, kind=None):
    found = box.found(member, text)
    return [
        hit.name
        for group in found["groups"]
        if kind in {None, group.key}
        for hit in group.hits
    ]


@pytest.fixture
def firms(members):
    """Companies whose names are told apart by one thing each."""
    made = {}
    for key, values in {
        "hardware": {"name_en": "Yongkang Hardware", "name_zh": "永康五金"},
        "between": {
            "name_en": "Yongkang Longxiang Hardware",
            "name_zh": "永康龙翔五金",
        },
        "named": {
            "name_en": "Müller Precision",
            "name_zh": "米勒精密",
            "aliases": "MP Tools; 米勒工具",
            "former_names": "Feinwerk Hagen",
        },
        "code": {
            "name_en": "Coded",
            "name_zh": "有码",
            "credit_code": "91110000600037341L",
        },
        "rare": {"name_en": "Rare", "name_zh": "㐀䶵实业"},
    }.items():
        made[key] = record_add(by=members["bo"], kind="company", values=values)
    return made


TYPED = [
    ("yk wj", "Yongkang Hardware"),
    ("ykwj", "Yongkang Hardware"),
    ("YK WJ", "Yongkang Hardware"),
    ("ＹＫＷＪ", "Yongkang Hardware"),
    ("yongkang", "Yongkang Hardware"),
    ("yongkang wujin", "Yongkang Hardware"),
    ("wujin yongkang", "Yongkang Hardware"),
    ("永康五金", "Yongkang Hardware"),
    ("永康　五金", "Yongkang Hardware"),
    ("五金", "Yongkang Hardware"),
    ("kangwu", "Yongkang Hardware"),
    ("hardware", "Yongkang Hardware"),
    ("yk五金", "Yongkang Hardware"),
    ("龍翔", "Yongkang Longxiang Hardware"),
    ("muller", "Müller Precision"),
    ("MÜLLER", "Müller Precision"),
    ("mp tools", "Müller Precision"),
    ("米勒工具", "Müller Precision"),
    ("feinwerk", "Müller Precision"),
    ("91110000600037341L", "Coded"),
    ("９１１１００００６０００３７３４１Ｌ", "Coded"),
    ("60003734", "Coded"),
    ("㐀䶵", "Rare"),
]


def test_whatever_is_typed_of_a_name_finds_it(members, firms):
    for text, expected in TYPED:
        found = box.found(members["alice"], text)
        assert not found["near"]
        assert expected in names(members["alice"], text, "company"), text


SLIPS = [
    ("yongkagn", "Yongkang Hardware"),  # two letters exchanged
    ("feinwrk", "Müller Precision"),  # one left out
    ("feinwerrk", "Müller Precision"),  # one too many
    ("faznwerk", None),  # two wrong ones are not near any more
    ("永康五斤", "Yongkang Hardware"),  # the same sound
    ("永康武金", "Yongkang Hardware"),  # another character
    ("yklxw j", None),
]


def test_a_slip_is_forgiven_and_said(members, firms):
    for text, expected in SLIPS:
        found = box.found(members["alice"], text)
        got = names(members["alice"], text, "company")
        if expected is None:
            assert expected not in got
            assert "Müller Precision" not in got
        else:
            assert expected in got
            assert found["near"]


def test_letters_typed_as_one_word_are_found_as_two(members, firms):
    assert names(members["alice"], "ykwj", "company")[0] == "Yongkang Hardware"
    assert "Yongkang Longxiang Hardware" in names(members["alice"], "lxhard", "company")


def test_the_name_itself_comes_before_names_that_hold_it(members, firms):
    got = names(members["alice"], "永康五金", "company")
    assert got[0] == "Yongkang Hardware"


def test_every_kind_is_found_by_its_own_words(members, things):
    for text, kind in {
        "haiyue": "company",
        "linhai": "person",
        "lh": "person",
        "zigui": "organisation",
        "zoufang": "meeting",
        "touzi xieyi": "agreement",
        "30 mu": "promise",
        "luoshi": "promise",
        "dianxin": "gap",
        "hefei": "trip",
    }.items():
        groups = {g.key for g in box.found(members["bo"], text)["groups"]}
        assert kind in groups, (text, groups)


def test_a_company_brings_what_hangs_on_it(members, things):
    groups = {g.key: g.hits for g in box.found(members["bo"], "haiyue")["groups"]}
    assert {"company", "deal", "meeting", "agreement", "promise"} <= set(groups)
    assert f"/deals/{things['deal'].pk}/" in [hit.href for hit in groups["deal"]]


def test_segments_gaps_guide_and_commands_are_found_in_both_languages(members):
    for text in ("copper and aluminium foil", "电池铜", "M44"):
        assert {"segment"} <= {g.key for g in box.found(members["bo"], text)["groups"]}
    for text in ("new deal", "新项目", "xxm", "xinxiangmu"):
        hits = [
            hit
            for group in box.found(members["bo"], text)["groups"]
            if group.key == "command"
            for hit in group.hits
        ]
        assert "/new/deal/" in [hit.href for hit in hits], text
    guide = [g for g in box.found(members["bo"], "training data")["groups"] if g.key == "guide"]  # fmt: skip
    assert guide
    assert guide[0].hits[0].href.startswith("/help/")


def test_commands_go_by_the_right_of_the_member(members):
    assert names(members["rita"], "new deal", "command") == []
    assert names(members["bo"], "new deal", "command") == ["New deal"]
    assert "Log" not in names(members["rita"], "log", "command")
    assert "Log" in names(members["bo"], "log", "command")


def test_a_command_named_in_full_stands_first(members, things):
    record_add(by=members["bo"], kind="company", values={"name_en": "Meetings Ltd"})
    assert box.found(members["bo"], "meetings")["groups"][0].key == "command"


def test_only_who_may_see_a_record_finds_it(people, members):
    from yanlian_web.desk.acting import may_see

    bo, rita = members["bo"], members["rita"]
    bo.team = rita.team = "north"
    bo.save()
    rita.save()
    everybody = [people[name].member for name in ("alice", "bo", "rita", "chen")]
    others = {people["alice"].member.pk, people["chen"].member.pk}
    for visibility, word in zip(
        ("own", "team", "office", "all"),
        ("zebra", "quagga", "okapi", "kudus"),
        strict=True,
    ):
        made = record_add(
            by=bo, kind="organisation",
            values={"name_en": f"{word} quay", "sort_of": "park", "visibility": visibility, "owner": bo},
        )  # fmt: skip
        seen = set()
        for member in everybody:
            got = box.found(member, word)
            assert (names(member, word) == [f"{word} quay"]) == may_see(member, made)
            if may_see(member, made):
                seen.add(member.pk)
                continue
            # Not even a count, a group or a hint of something near.
            assert got == {"groups": [], "near": False}
            swapped = word[:2] + word[3] + word[2] + word[4:]
            assert box.found(member, swapped) == {"groups": [], "near": False}
        assert bo.pk in seen
        assert (len(seen) == len(everybody)) == (visibility == "all")
        assert others - seen or visibility == "all"


def test_hidden_records_do_not_push_out_those_one_may_see(members):
    from yanlian_web.desk.models import Organisation

    alice = members["alice"]
    Organisation.objects.bulk_create(
        Organisation(
            office=alice.office, name_en=f"Quartz {n}", sort_of="park", owner=alice,
            made_by=alice, visibility="own",
        )
        for n in range(900)
    )  # fmt: skip
    record_add(
        by=members["bo"], kind="organisation",
        values={"name_en": "Quartz seen", "sort_of": "park"},
    )  # fmt: skip
    assert names(members["bo"], "quartz") == ["Quartz seen"]
    assert len(names(alice, "quartz")) > 1


def test_the_index_changes_with_the_record(members, firms):
    made = firms["hardware"]
    record_change(
        by=members["bo"], kind="company", pk=made.pk, version=made.version,
        values={"name_en": "Baltic Tin", "name_zh": "波罗锡业"},
    )  # fmt: skip
    assert names(members["bo"], "baltic") == ["Baltic Tin"]
    assert "Baltic Tin" not in names(members["bo"], "ykwj")


def test_an_action_that_fails_leaves_the_index_as_it_was(members, firms):
    from yanlian_web.desk.acting import acting
    from yanlian_web.desk.models import Company

    def fails():
        with acting(members["bo"], "desk.company.changed") as act:
            record = act.lock(Company, firms["hardware"].pk)
            record.name_en = "Halfway"
            act.save(record)
            assert Entry.objects.filter(tokens__contains="halfway").exists()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert not Entry.objects.filter(tokens__contains="halfway").exists()
    assert names(members["bo"], "halfway") == []


def test_what_is_stored_many_at_once_is_found_too(office, members, sample_job):
    from yanlian_web.desk.models import Company

    assert Entry.objects.filter(kind="company").count() == Company.objects.count()
    Company.objects.filter(name_en__startswith="A").update(name_zh="齐天大圣")
    changed = Company.objects.filter(name_zh="齐天大圣").count()
    assert changed
    assert Entry.objects.filter(tokens__contains="qtds").count() == changed
    Company.objects.filter(name_zh="齐天大圣").delete()
    assert not Entry.objects.filter(tokens__contains="qtds").exists()


def test_the_index_can_be_built_anew(office, members, firms):
    from yanlian_web.finding.indexing import rebuild

    before = dict(Entry.objects.values_list("record", "tokens").filter(kind="company"))
    assert rebuild(office) == Entry.objects.filter(office=office).count()
    assert before == dict(
        Entry.objects.values_list("record", "tokens").filter(kind="company")
    )


def test_archived_records_are_not_found(members, things):
    from yanlian_web.desk.actions.records import record_archive

    record_archive(by=members["bo"], kind="organisation", pk=things["organisation"].pk, version=None, why="gone")  # fmt: skip
    assert names(members["bo"], "land bureau", "organisation") == []


ODD = [
    "", "   ", "'", '"', "\\", "*", "a*", "(", ")", "AND", "or", "NEAR(", "^", "@1company",
    "~work", "';--", "<script>", "\x00", "%", "_", "\u202e", "😀", "a" * 5000, "五" * 5000,
    "a " * 200, ":*", "&|!", "''':*", "€", "\ud800",
]  # fmt: skip


def test_nothing_that_is_typed_breaks_the_box(alice, members, things):
    for text in ODD:
        response = alice.get(
            "/search/", {"q": text.encode("utf-8", "replace").decode()}
        )
        assert response.status_code == 200
        assert b"<script>" not in response.content
        part = alice.get("/search/", {"q": text.encode("utf-8", "replace").decode()}, headers={"HX-Request": "true"})  # fmt: skip
        assert part.status_code == 200
        assert b"<html" not in part.content


def test_the_box_is_a_page_without_javascript_and_options_with_it(alice, firms):
    page = alice.get("/search/?q=ykwj").content.decode()
    assert "Yongkang Hardware" in page
    assert "/companies/?q=ykwj" in page
    part = alice.get("/search/?q=ykwj", headers={"HX-Request": "true"}).content.decode()
    assert 'role="option"' in part
    assert 'role="group"' in part
    empty = alice.get("/search/", headers={"HX-Request": "true"}).content.decode()
    assert "New deal" in empty


def test_the_box_says_in_the_language_of_the_reader_what_it_looked_through(alice):
    alice.cookies["django_language"] = "zh-hans"
    page = alice.get("/search/?q=qqqqqq").content.decode()
    assert "未找到" in page
    assert "曾用名" in page


def test_the_number_of_questions_does_not_grow(members, django_assert_max_num_queries):
    from yanlian_web.desk.models import Deal, Meeting

    firm = record_add(by=members["bo"], kind="company", values={"name_en": "Onyx"})
    line = record_add(by=members["bo"], kind="pipeline", values={"name_en": "P", "name_zh": "线"})  # fmt: skip
    office = members["bo"].office
    Deal.objects.bulk_create(
        Deal(office=office, company=firm, pipeline=line, title_en=f"Onyx {n}", stage_on=DAY(2026, 1, 1))
        for n in range(50)
    )  # fmt: skip
    Meeting.objects.bulk_create(
        Meeting(office=office, company=firm, way="call", title_en=f"Onyx {n}", on=DAY(2026, 1, 1))
        for n in range(50)
    )  # fmt: skip
    box.found(members["bo"], "onyx")
    with django_assert_max_num_queries(16):
        found = box.found(members["bo"], "onyx")
    assert {"deal", "meeting", "company"} <= {g.key for g in found["groups"]}


def test_what_was_changed_last_waits_in_the_empty_box(members, things):
    assert box.recent(members["rita"]) == []
    hits = box.recent(members["bo"])
    assert hits
    assert hits[0].href.startswith("/")


def test_tokens_are_the_beginnings_of_what_can_be_typed():
    found = tokens_of("永康五金 Co")
    assert {"永康五金co", "五金co", "yongkangwujinco", "wujinco", "ykwjc"} <= found
    assert "^ykwjc" in found
    assert "^wujinco" not in found
    assert plain("ＡＢ Ｃ") == "ab c"
    assert words_of("a" * 500) == ["a" * 200]
    assert "ab" in near("abc")
    assert "bac" in near("abc")
    assert all(" " not in word for word in near("abc"))
