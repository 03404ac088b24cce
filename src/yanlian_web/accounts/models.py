"""Links that let somebody in once, and what an office asks of a sign-in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from yanlian_web.offices.models import Member, Office

OFF, LEADERS, EVERYBODY = "off", "leaders", "all"
FACTORS = (
    (OFF, _("nobody must")),
    (LEADERS, _("head and admin must")),
    (EVERYBODY, _("everybody must")),
)
# From the laxest to the strictest; the installation and the office each name one.
STRICTNESS = (OFF, LEADERS, EVERYBODY)
INVITATION, PASSWORD = "invitation", "password"


class Policy(models.Model):
    """What an office asks of those who sign in."""

    office = models.OneToOneField(
        Office, on_delete=models.CASCADE, related_name="sign_in_policy"
    )
    second_factor = models.CharField(
        _("Second factor"), max_length=10, choices=FACTORS, default=OFF
    )

    def __str__(self) -> str:
        return f"{self.office} {self.second_factor}"


class Link(models.Model):
    """A link that lets one member set a password once, until it expires.

    Only the fingerprint of what stands in the link is kept.
    """

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="links"
    )
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        Member, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    # When it was used or taken back; it works no more from then on.
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.user}"
