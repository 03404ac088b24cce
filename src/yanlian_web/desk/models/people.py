"""People, their posts and how to reach them; organisations that are no companies."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models.base import (
    BASES,
    OURS,
    THEIRS,
    THIRD,
    Record,
    day_field,
    line_field,
    text_field,
)
from yanlian_web.desk.models.companies import Company
from yanlian_web.offices.models import Member

PERSON_SIDES = (
    (OURS, _("our official")),
    (THEIRS, _("of a company")),
    (THIRD, _("of an organisation")),
)
ORGANISATIONS = (
    ("liaison", _("liaison office")),
    ("chamber", _("chamber of commerce")),
    ("park", _("industrial park")),
    ("department", _("department")),
    ("association", _("trade association")),
    ("institute", _("institute or university")),
    ("media", _("media")),
    ("other", _("other")),
)
CONTACTS = (
    ("mobile", _("mobile")),
    ("phone", _("phone")),
    ("email", _("e-mail")),
    ("wechat", _("WeChat")),
    ("address", _("postal address")),
)
# Grounds of article 13 of the Personal Information Protection Law that fit here.
GROUNDS = (
    ("consent", _("consent")),
    ("duty", _("statutory duty")),
    ("contract", _("contract")),
    ("published", _("published by the person")),
)


class Organisation(Record):
    """A liaison office, chamber, park, department or the like."""

    kind = "organisation"
    label = N_("Organisation")
    name_en = line_field(_("Name (English)"))
    name_zh = line_field(_("Name (Chinese)"))
    sort_of = models.CharField(_("Kind"), max_length=20, choices=ORGANISATIONS)
    city_en = line_field(_("City (English)"), 100)
    city_zh = line_field(_("City (Chinese)"), 100)
    ours = models.BooleanField(_("Part of our administration"), default=False)
    part_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("Part of"),
    )
    website = line_field(_("Website"))
    note_en = text_field(_("Note (English)"))
    note_zh = text_field(_("Note (Chinese)"))
    source = line_field(_("Source"))
    source_on = day_field(_("Date of the source"))
    # Names, pinyin and initials, as for companies.
    search = models.TextField(blank=True, editable=False)
    sort = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ("sort", "id")
        indexes = [
            models.Index(fields=["office", "sort", "id"], name="organisation_sorted"),
            # The search box goes through this instead of through whole records.
            models.Index(
                fields=["office", "archived_on", "search"], name="organisation_search"
            ),
        ]

    def __str__(self) -> str:
        return self.name_en or self.name_zh


class Person(Record):
    """A person one meets, or one of our own officials."""

    kind = "person"
    label = N_("Person")
    name_en = line_field(_("Name (English)"))
    name_zh = line_field(_("Name (Chinese)"))
    side = models.CharField(
        _("Side"), max_length=10, choices=PERSON_SIDES, default=THEIRS
    )
    member = models.OneToOneField(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("Signs in as"),
    )
    # 1 comes first; used for lists in order of precedence.
    rank = models.PositiveIntegerField(
        _("Order of precedence"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("1 comes first in name lists."),
    )
    languages = line_field(_("Languages"), 100)
    note_en = text_field(_("Note (English)"))
    note_zh = text_field(_("Note (Chinese)"))
    source = line_field(_("Source"), needed=True)
    source_on = day_field(_("Date of the source"), needed=True)
    # Names, pinyin and initials, as for companies.
    search = models.TextField(blank=True, editable=False)
    sort = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ("sort", "id")
        indexes = [
            models.Index(fields=["office", "sort", "id"], name="person_sorted"),
            models.Index(
                fields=["office", "side", "rank", "sort", "id"], name="person_side"
            ),
            models.Index(
                fields=["office", "archived_on", "search"], name="person_search"
            ),
        ]

    def __str__(self) -> str:
        return self.name_en or self.name_zh


class Post(Record):
    """What a person is or was, from a day to a day."""

    kind = "post"
    label = N_("Post")
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="posts", verbose_name=_("Person")
    )
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("Company"),
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=_("Organisation"),
    )
    title_en = line_field(_("Title (English)"), 200)
    title_zh = line_field(_("Title (Chinese)"), 200)
    since = day_field(_("Since"))
    until = day_field(_("Until"))
    source = line_field(_("Source"), needed=True)
    source_on = day_field(_("Date of the source"), needed=True)
    basis = models.CharField(
        _("Basis"), max_length=20, choices=BASES, default="reported"
    )

    def __str__(self) -> str:
        return self.title_en or self.title_zh


class Contact(Record):
    """One way to reach a person, with why it is kept and until when."""

    kind = "contact"
    label = N_("Contact")
    person = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="contacts",
        verbose_name=_("Person"),
    )
    means = models.CharField(_("Means"), max_length=20, choices=CONTACTS)
    value = line_field(_("Number or address"), needed=True)
    source = line_field(_("Source"), needed=True)
    source_on = day_field(_("Date of the source"), needed=True)
    purpose = line_field(_("Purpose"), needed=True)
    ground = models.CharField(_("Legal ground"), max_length=20, choices=GROUNDS)
    expires_on = day_field(_("Kept until"), needed=True)

    def __str__(self) -> str:
        # Not the number: names of records stand on many pages, and it is masked.
        return str(self.get_means_display())
