"""Files, kept once by their fingerprint."""

from __future__ import annotations

from django.db import models

from yanlian_web.desk.models.base import INTERNAL, LABELS
from yanlian_web.offices.models import Member, Office


class File(models.Model):
    """A file of an office; the same bytes are kept once."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    made_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    training = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "sha256"], name="file_once")
        ]

    def __str__(self) -> str:
        return self.name


class Attachment(models.Model):
    """A file on a record."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="places")
    record = models.CharField(max_length=60)
    label = models.CharField(max_length=10, choices=LABELS, default=INTERNAL)
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    training = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["office", "record"], name="attachment_record")]

    def __str__(self) -> str:
        return f"{self.record} {self.file}"
