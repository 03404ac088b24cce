"""REST interface with tokens and signed webhooks."""

from django.apps import AppConfig

from yanlian.text import N_


class ApiConfig(AppConfig):
    """REST interface with tokens and signed webhooks."""

    name = "yanlian_web.api"
    label = "api"

    def ready(self) -> None:
        """Queue what happens for the webhooks, and say what our actions are called."""
        from yanlian_web.api import outbox
        from yanlian_web.desk.codes import CODES

        assert outbox
        CODES.update(
            {
                "api.token.made": N_("Token made"),
                "api.token.revoked": N_("Token revoked"),
                "api.webhook.added": N_("Webhook added"),
                "api.webhook.changed": N_("Webhook changed"),
                "api.webhook.secret": N_("Webhook given a new secret"),
                "api.webhook.stopped": N_("Webhook stopped"),
                "api.webhook.started": N_("Webhook started"),
                "api.webhook.removed": N_("Webhook removed"),
                "api.webhook.failed": N_("Webhook stopped after many failures"),
                "api.delivery.again": N_("Delivery sent again"),
            }
        )
