"""Two companies that are one, side by side; merged, and taken apart again."""

from django.apps import AppConfig

from yanlian.text import N_


class MergingConfig(AppConfig):
    """Two companies that are one, side by side; merged, and taken apart again."""

    name = "yanlian_web.merging"
    label = "merging"

    def ready(self) -> None:
        """Show on the page of a company what was merged into it."""
        from yanlian_web.desk.panels import Panel, panel
        from yanlian_web.merging.queries import merges_of

        panel(
            "company",
            Panel(
                "merged",
                N_("Merged into this company"),
                "merging/panel.html",
                merges_of,
                order=90,
            ),
        )
