"""Agreements, who is party to them, and incentives offered."""

from __future__ import annotations

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian.progress.data import both, rule_table
from yanlian.progress.money import agreement_kinds
from yanlian.text import N_
from yanlian_web.desk.models.base import (
    SIDES,
    Record,
    chosen,
    day_field,
    finite,
    line_field,
    money_field,
    spoken,
    text_field,
)
from yanlian_web.desk.models.companies import Company
from yanlian_web.desk.models.deals import Deal
from yanlian_web.desk.models.files import File

AGREEMENT_STATES = (
    ("draft", _("draft")),
    ("signed", _("signed")),
    ("ended", _("ended")),
)
ANSWERS = (("yes", _("yes")), ("no", _("no")), ("unknown", _("unknown")))
CURRENCIES = (("CNY", "CNY"), ("USD", "USD"), ("EUR", "EUR"), ("HKD", "HKD"), ("JPY", "JPY"))  # fmt: skip


def kind_choices() -> list[tuple[str, Any]]:
    """Return the kinds of agreement as choices."""
    return [(item.code, spoken(item.name)) for item in agreement_kinds().values()]


def incentive_choices() -> list[tuple[str, Any]]:
    """Return the kinds of incentive as choices."""
    return [
        (row["code"], spoken(both(row, "name"))) for row in rule_table("incentives")
    ]


class Agreement(Record):
    """A text that both sides sign; its kind says whether it binds."""

    kind = "agreement"
    label = N_("Agreement")
    sort_of = chosen(_("Kind"), kind_choices)
    number = line_field(_("Number of the agreement"), 60)
    title_en = line_field(_("Title (English)"))
    title_zh = line_field(_("Title (Chinese)"))
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        related_name="agreements",
        verbose_name=_("Company"),
    )
    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name=_("Deal"),
    )
    # The framework an investment agreement follows, or what a supplement changes.
    follows = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name=_("Follows"),
    )
    state = models.CharField(
        _("State"), max_length=10, choices=AGREEMENT_STATES, default="draft"
    )
    signed_on = day_field(_("Signed on"))
    expires_on = day_field(_("Expires on"))
    next_en = line_field(_("Next step (English)"), 300)
    next_zh = line_field(_("Next step (Chinese)"), 300)
    next_on = day_field(_("Next step by"))
    amount = models.FloatField(
        _("Amount"), null=True, blank=True, validators=[finite, MinValueValidator(0)]
    )
    currency = models.CharField(
        _("Currency"), max_length=3, choices=CURRENCIES, default="CNY"
    )
    # Yuan for one unit of the currency on the day of signing.
    rate = models.FloatField(
        _("Yuan for one unit"),
        null=True,
        blank=True,
        validators=[finite, MinValueValidator(0)],
    )
    value_cny = money_field(_("Amount, yuan"), editable=False)
    amount_basis = line_field(
        _("What the amount is"),
        300,
        help_text=_("For example fixed assets over three years."),
    )
    clauses = models.CharField(max_length=500, blank=True)
    if_broken = text_field(_("If broken"))
    prevails = models.CharField(
        _("Language that prevails"),
        max_length=4,
        blank=True,
        choices=(("zh", _("Chinese")), ("en", _("English")), ("both", _("both"))),
    )
    file = models.ForeignKey(
        File, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_on = models.DateField(null=True, blank=True)
    ended_why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-signed_on", "-id")
        indexes = [
            models.Index(fields=["office", "-signed_on", "-id"], name="agreement_day"),
            models.Index(
                fields=["office", "state", "sort_of", "signed_on"],
                name="agreement_state",
            ),
            models.Index(
                fields=["office", "owner", "next_on"],
                condition=models.Q(archived_on=None, state="signed"),
                name="agreement_next",
            ),
        ]

    def __str__(self) -> str:
        return self.title_en or self.title_zh

    @property
    def binding(self) -> bool:
        """Tell whether it binds."""
        return agreement_kinds()[self.sort_of].binding


class Party(Record):
    """A party of an agreement."""

    kind = "party"
    label = N_("Party")
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="parties"
    )
    side = models.CharField(_("Side"), max_length=10, choices=SIDES)
    name_en = line_field(_("Name (English)"))
    name_zh = line_field(_("Name (Chinese)"))
    signed_by = line_field(_("Signed by"), 200)

    def __str__(self) -> str:
        return self.name_en or self.name_zh


class Incentive(Record):
    """Something we offer, with its legal basis and what the rules say of it."""

    kind = "incentive"
    label = N_("Incentive")
    deal = models.ForeignKey(
        Deal,
        on_delete=models.PROTECT,
        related_name="incentives",
        verbose_name=_("Deal"),
    )
    agreement = models.ForeignKey(
        Agreement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="incentives",
        verbose_name=_("Agreement"),
    )
    sort_of = chosen(_("Kind"), incentive_choices)
    text_en = line_field(_("In English"), 500)
    text_zh = line_field(_("In Chinese"), 500)
    value_cny = money_field(_("Amount, yuan"))
    legal_basis = line_field(
        _("Legal basis"),
        500,
        help_text=_("Law, administrative regulation or decision, with its number."),
    )
    one_firm = models.CharField(
        _("For one firm only"), max_length=10, choices=ANSWERS, default="unknown"
    )
    tied_to_tax = models.CharField(
        _("Measured by taxes paid"), max_length=10, choices=ANSWERS, default="unknown"
    )
    forces_seat = models.CharField(
        _("Makes a seat here a condition"),
        max_length=10,
        choices=ANSWERS,
        default="unknown",
    )
    local_purchase = models.CharField(
        _("Prescribes local purchases"),
        max_length=10,
        choices=ANSWERS,
        default="unknown",
    )
    published = models.CharField(
        _("Policy is published"), max_length=10, choices=ANSWERS, default="unknown"
    )
    # Result of the rules when it was last saved: green, amber or red.
    level = models.CharField(max_length=10, default="amber", editable=False)
    cleared_on = models.DateField(null=True, blank=True)
    cleared_by = models.ForeignKey(
        "offices.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    cleared_number = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["office", "level", "-id"], name="incentive_level")
        ]

    def __str__(self) -> str:
        return self.text_en or self.text_zh


class CompetitionRule(Record):
    """A row of the office's own fair-competition rules, over those of the program."""

    kind = "competition-rule"
    label = N_("Fair-competition rule")
    rule = line_field(_("Key"), 60, needed=True)
    level = models.CharField(
        _("Level"),
        max_length=10,
        choices=(("red", _("red")), ("amber", _("amber")), ("off", _("not applied"))),
    )
    kinds = line_field(
        _("Kinds of incentive"),
        200,
        help_text=_("Parted by semicolons; empty for all."),
    )
    when = line_field(
        _("When"),
        300,
        help_text=_("As in one_firm=yes;legal_basis= – all have to hold."),
    )
    reason_en = line_field(_("Reason (English)"), 500, needed=True)
    reason_zh = line_field(_("Reason (Chinese)"), 500, needed=True)
    basis_en = line_field(_("Basis (English)"), 300, needed=True)
    basis_zh = line_field(_("Basis (Chinese)"), 300, needed=True)
    text_seen = models.BooleanField(_("Checked against the text"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "rule"], name="rule_once")
        ]

    def __str__(self) -> str:
        return self.rule
