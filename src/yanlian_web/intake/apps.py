"""Import of sheets into the desk, as a diff that can be undone."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Import of sheets into the desk, as a diff that can be undone."""

    name = "yanlian_web.intake"
    label = "intake"

    def ready(self) -> None:
        """Make imports known to the desk and to the chain of the log."""
        from yanlian_web.intake import known

        known.tell()
