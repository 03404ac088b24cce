"""Companies: what the tables say of them, what the desk adds, and who is right."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.text import N_
from yanlian_web.desk.models.base import (
    BASES,
    Record,
    day_field,
    finite,
    line_field,
    text_field,
)
from yanlian_web.offices.models import Office

TIERS = (
    ("strategic", _("strategic")),
    ("key", _("key")),
    ("watch", _("on watch")),
)
LINKS = (
    ("owns", _("owns")),
    ("controls", _("controls")),
    ("branch", _("branch of")),
    ("partner", _("partner of")),
)
SITES = (
    ("seat", _("seat")),
    ("plant", _("plant")),
    ("research", _("research")),
    ("warehouse", _("warehouse")),
    ("office", _("sales office")),
)
FIELDS = (
    ("history", _("History")),
    ("market_position", _("Market position")),
    ("operation", _("Operation")),
    ("strategy", _("Strategy")),
    ("founded", _("Founded")),
    ("employees", _("Employees")),
    ("revenue_cny", _("Revenue")),
    ("capital_cny", _("Registered capital")),
    ("industry", _("Industry")),
    ("products", _("Products")),
    ("output", _("Output")),
    ("share", _("Market share")),
    ("recognitions", _("Recognitions")),
)
# Their value is a number; two different ones disagree.
NUMERIC = frozenset(
    {"founded", "employees", "revenue_cny", "capital_cny", "output", "share"}
)
HEADS = ("history", "market_position", "operation", "strategy")


class Company(Record):
    """A company; its row of the workspace's tables is copied here for listing."""

    kind = "company"
    label = N_("Company")
    office = models.ForeignKey(
        Office, on_delete=models.CASCADE, related_name="companies"
    )
    firm_id = models.CharField(max_length=100)
    # Whether its row is in the tables; otherwise it was entered at the desk, or has
    # left them.
    in_tables = models.BooleanField(default=True)
    credit_code = line_field(_("Unified social credit code"), 18)
    aliases = line_field(
        _("Other names"), 1000, help_text=_("Several are parted by semicolons.")
    )
    former_names = line_field(
        _("Former names"), 1000, help_text=_("Several are parted by semicolons.")
    )
    website = line_field(_("Website"), 300)
    tier = line_field(_("Tier"), 20, choices=TIERS)
    team = line_field(_("Team"), 100)
    note_en = text_field(_("Note (English)"))
    note_zh = text_field(_("Note (Chinese)"))
    # Whether it leads its trade; contacts with such firms are counted.
    leading = models.BooleanField(_("Leading firm"), default=False)
    name_en = line_field(_("Name (English)"))
    name_zh = line_field(_("Name (Chinese)"))
    city_en = line_field(_("City (English)"), 100)
    city_zh = line_field(_("City (Chinese)"), 100)
    region_id = models.CharField(max_length=100, blank=True)
    products_en = text_field(_("Products (English)"))
    products_zh = text_field(_("Products (Chinese)"))
    recognitions_en = models.TextField(blank=True)
    recognitions_zh = models.TextField(blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    revenue_cny = models.FloatField(null=True, blank=True)
    revenue_year = models.IntegerField(null=True, blank=True)
    employees = models.IntegerField(null=True, blank=True)
    status = models.CharField(max_length=20, default="active")
    local = models.BooleanField(default=False)
    # The company that this one turned out to be; it is archived then, its records are
    # there, and what the log says of it is read as said of that one.
    merged_into: Any = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
    )
    # What was set at the desk for a company of the tables; loading leaves it alone.
    set_here: Any = models.JSONField(default=list, blank=True, editable=False)
    # Names, pinyin and initials in lower case: what the search box looks through.
    search = models.TextField(blank=True)
    sort = models.CharField(max_length=300, blank=True)
    # Best value of a visit in the newest run of targets; -1 for a company that is none.
    # Kept here so that the list can begin with it among a hundred thousand.
    visit_value = models.FloatField(default=-1)

    class Meta:
        ordering = ("-visit_value", "sort", "firm_id")
        constraints = [
            models.UniqueConstraint(fields=["office", "firm_id"], name="company_once")
        ]
        indexes = [
            models.Index(
                fields=["office", "-visit_value", "sort", "firm_id"],
                name="company_sorted",
            ),
            models.Index(
                fields=["office", "local", "-visit_value", "sort", "firm_id"],
                name="company_local",
            ),
            models.Index(
                fields=["office", "region_id", "-visit_value", "sort"],
                name="company_region",
            ),
            models.Index(
                fields=["office", "tier", "-visit_value", "sort"], name="company_tier"
            ),
            models.Index(fields=["office", "credit_code"], name="company_code"),
            # The search box goes through this instead of through whole companies.
            models.Index(fields=["office", "search"], name="company_search"),
            # What most readers do not see is found without reading all companies.
            models.Index(fields=["office", "visibility"], name="company_visible"),
            models.Index(fields=["office", "archived_on"], name="company_archived"),
        ]

    def __str__(self) -> str:
        return self.name_en or self.name_zh


class CompanyLink(Record):
    """An edge of a group tree, true from a day to a day."""

    kind = "company-link"
    label = N_("Group relation")
    parent = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("Parent"),
    )
    child = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="parents",
        verbose_name=_("Child"),
    )
    relation = models.CharField(
        _("Relation"), max_length=20, choices=LINKS, default="owns"
    )
    share = models.FloatField(
        _("Share (0 to 1)"),
        null=True,
        blank=True,
        validators=[finite, MinValueValidator(0), MaxValueValidator(1)],
    )
    since = day_field(_("Since"))
    until = day_field(_("Until"))
    source = line_field(_("Source"), 300, needed=True)
    source_on = day_field(_("Date of the source"), needed=True)
    basis = models.CharField(
        _("Basis"), max_length=20, choices=BASES, default="reported"
    )

    def __str__(self) -> str:
        return f"{self.parent} → {self.child}"


class Site(Record):
    """A place where a company is or was."""

    kind = "site"
    label = N_("Site")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="sites",
        verbose_name=_("Company"),
    )
    use = models.CharField(_("Use"), max_length=20, choices=SITES, default="plant")
    name_en = line_field(_("Name (English)"))
    name_zh = line_field(_("Name (Chinese)"))
    address_en = line_field(_("Address (English)"), 500)
    address_zh = line_field(_("Address (Chinese)"), 500)
    lat = models.FloatField(
        _("Latitude"),
        null=True,
        blank=True,
        validators=[finite, MinValueValidator(-90), MaxValueValidator(90)],
    )
    lon = models.FloatField(
        _("Longitude"),
        null=True,
        blank=True,
        validators=[finite, MinValueValidator(-180), MaxValueValidator(180)],
    )
    since = day_field(_("Since"))
    until = day_field(_("Until"))
    source = line_field(_("Source"), 300, needed=True)
    source_on = day_field(_("Date of the source"), needed=True)
    basis = models.CharField(
        _("Basis"), max_length=20, choices=BASES, default="reported"
    )

    def __str__(self) -> str:
        return self.name_en or self.name_zh


class Fact(Record):
    """Something that was learned of a company, with where it comes from.

    Two that disagree stay side by side; ``decided`` tells which of them a person took,
    and the other is kept.
    """

    kind = "fact"
    label = N_("Fact")
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="facts",
        verbose_name=_("Company"),
    )
    field = models.CharField(_("What it is about"), max_length=40, choices=FIELDS)
    text_en = text_field(_("In English"))
    text_zh = text_field(_("In Chinese"))
    value = models.FloatField(_("Number"), null=True, blank=True, validators=[finite])
    unit = line_field(_("Unit"), 20)
    year = models.PositiveIntegerField(
        _("Year it is true of"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1000), MaxValueValidator(2200)],
    )
    source = line_field(_("Source"), 300, needed=True)
    source_url = models.URLField(
        _("Address of the source"), max_length=1000, blank=True
    )
    source_on = day_field(_("Date of the source"), needed=True)
    basis = models.CharField(_("Basis"), max_length=20, choices=BASES, default="stated")
    meeting = models.ForeignKey(
        "desk.Meeting",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="facts",
    )
    # Not on the record before its meeting is final.
    draft = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["office", "company", "field"], name="fact_field"),
            # Tells whether any fact was changed since the disagreements were reckoned.
            models.Index(fields=["office", "changed_at"], name="fact_changed"),
        ]

    def __str__(self) -> str:
        return self.text_en or self.text_zh


class Decision(Record):
    """Which of several disagreeing statements a person took, and why."""

    kind = "decision"
    label = N_("Decision between sources")
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="decisions"
    )
    field = models.CharField(max_length=40)
    year = models.PositiveIntegerField(null=True)
    # The statement taken: ``fact:12`` of the desk or ``row:F0012`` of the tables.
    taken = models.CharField(max_length=100)
    text_en = models.TextField(blank=True)
    text_zh = models.TextField(blank=True)
    value = models.FloatField(null=True)
    why = text_field(_("Why"))
    # What stood side by side when it was decided: a new statement opens it again.
    seen: Any = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["office", "company", "field"], name="decision_field")
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.field} {self.year or ''}"
