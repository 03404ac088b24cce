"""Companies as the desk lists and finds them."""

from django.db import models

from yanlian_web.offices.models import Office


class Company(models.Model):
    """A company of the workspace, kept for listing and searching."""

    office = models.ForeignKey(
        Office, on_delete=models.CASCADE, related_name="companies"
    )
    firm_id = models.CharField(max_length=100)
    name_en = models.CharField(max_length=300, blank=True)
    name_zh = models.CharField(max_length=300, blank=True)
    city_en = models.CharField(max_length=100, blank=True)
    city_zh = models.CharField(max_length=100, blank=True)
    region_id = models.CharField(max_length=100, blank=True)
    products_en = models.TextField(blank=True)
    products_zh = models.TextField(blank=True)
    recognitions_en = models.TextField(blank=True)
    recognitions_zh = models.TextField(blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    revenue_cny = models.FloatField(null=True)
    revenue_year = models.IntegerField(null=True)
    employees = models.IntegerField(null=True)
    status = models.CharField(max_length=20, default="active")
    local = models.BooleanField(default=False)
    # Names, pinyin and initials in lower case: what the search box looks through.
    search = models.TextField(blank=True)
    sort = models.CharField(max_length=300, blank=True)
    # Best value of a visit in the newest run of targets; -1 for a company that is none.
    # Kept here so that the list can begin with it among a hundred thousand.
    visit_value = models.FloatField(default=-1)

    class Meta:
        ordering = ("-visit_value", "sort", "firm_id")
        constraints = [
            models.UniqueConstraint(fields=["office", "firm_id"], name="company_once")
        ]
        indexes = [
            models.Index(
                fields=["office", "-visit_value", "sort", "firm_id"],
                name="company_sorted",
            ),
            models.Index(
                fields=["office", "local", "-visit_value", "sort", "firm_id"],
                name="company_local",
            ),
            models.Index(
                fields=["office", "region_id", "-visit_value", "sort"],
                name="company_region",
            ),
        ]

    def __str__(self) -> str:
        return self.name_en or self.name_zh
