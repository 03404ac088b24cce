"""What went out of this installation and came in; never part of what goes out."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from yanlian_web.offices.models import Office

OUT, IN = "out", "in"


class Passage(models.Model):
    """An export or an import of everything, as this installation saw it."""

    way = models.CharField(max_length=10)
    office = models.ForeignKey(
        Office, on_delete=models.CASCADE, null=True, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    # Of the manifest: by it the archive is known again.
    fingerprint = models.CharField(max_length=64)
    rows = models.PositiveBigIntegerField()
    files = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.way} {self.at:%Y-%m-%d} {self.fingerprint[:8]}"
