"""Offices and their members."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models

from yanlian_web.offices.rights import ROLES


class Office(models.Model):
    """An investment-promotion office with its workspace."""

    slug = models.SlugField(unique=True)
    name_en = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    region_id = models.CharField(max_length=100, blank=True)
    workspace = models.CharField(max_length=1000)
    # Whether invented training data is among its records.
    training = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name_en

    @property
    def folder(self) -> Path:
        """Return the folder of its tables."""
        return Path(self.workspace)


class Member(models.Model):
    """A person's place in an office."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="member"
    )
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=20, choices=[(role, role) for role in ROLES])
    name_en = models.CharField(max_length=100, blank=True)
    name_zh = models.CharField(max_length=100, blank=True)
    team = models.CharField(max_length=100, blank=True)
    # Set while somebody looks at the workbench as this member; never stored.
    looked_at = False

    def __str__(self) -> str:
        return self.name_en or self.name_zh or self.user.get_username()


class LogLine(models.Model):
    """One action somebody carried out; lines are only ever added."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="log")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    at = models.DateTimeField(auto_now_add=True)
    code = models.CharField(max_length=100)
    subject = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    # Lines about invented training data go when that is removed; others never.
    training = models.BooleanField(default=False)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["office", "subject", "-id"], name="line_subject"),
            models.Index(fields=["office", "code", "-id"], name="line_code"),
            models.Index(fields=["office", "at"], name="line_day"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.code} {self.subject}"


class Seal(models.Model):
    """The seal of one log line; see :mod:`yanlian_web.offices.sealing`.

    It stays when the line goes with the training data, so that the chain still holds:
    that such a line may go is sealed with it.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="seals")
    # Place in the chain, from 1.
    number = models.PositiveBigIntegerField()
    # No foreign key: the seal outlives a line of training data.
    line_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    # Fingerprints of the fields, to tell which one was changed.
    hints = models.CharField(max_length=80)
    hash = models.CharField(max_length=64)
    training = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "number"], name="seal_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.hash[:8]}"


class Chain(models.Model):
    """The head of an office's chain: by it a tail that was cut off is noticed."""

    office = models.OneToOneField(
        Office, on_delete=models.PROTECT, primary_key=True, related_name="chain"
    )
    count = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.count} {self.hash[:8]}"


class Redaction(models.Model):
    """Leave to take personal data out of one line; see ``audit.redact``."""

    line_id = models.BigIntegerField(primary_key=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.line_id)
