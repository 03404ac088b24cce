"""Reading through merges: what is said of a merged company is said of the other one.

The log is never rewritten and the tables are not ours, so both go on naming companies
by the numbers they had. Whoever reads them asks here what such a number stands for.
"""

from __future__ import annotations

from yanlian_web.desk.models import Company
from yanlian_web.offices.models import Office


def moved_firms(office: Office) -> dict[str, str]:
    """Return the ``firm_id`` of every merged company with that of the one it is now."""
    merged = Company.objects.filter(office=office, merged_into__isnull=False)
    return dict(merged.order_by("pk").values_list("firm_id", "merged_into__firm_id"))


def firms_of(company: Company) -> list[str]:
    """Return every ``firm_id`` a company has or had, its own first."""
    merged = Company.objects.filter(merged_into=company).order_by("pk")
    return [company.firm_id, *merged.values_list("firm_id", flat=True)]


def refs_of(company: Company) -> list[str]:
    """Return every reference by which the log names a company, its own first."""
    merged = Company.objects.filter(merged_into=company).order_by("pk")
    return [
        company.ref,
        *(f"company:{pk}" for pk in merged.values_list("pk", flat=True)),
    ]
