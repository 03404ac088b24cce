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
