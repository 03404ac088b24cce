import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("desk", "0006_cultivate"),
        ("offices", "0004_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="Apart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("own", "me and the head"),
                            ("team", "my team and the head"),
                            ("office", "my office"),
                            ("all", "all offices of this installation"),
                        ],
                        default="office",
                        max_length=10,
                        verbose_name="Who may see it",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("training", models.BooleanField(default=False)),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                (
                    "changed_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("archived_on", models.DateField(blank=True, null=True)),
                ("archived_why", models.CharField(blank=True, max_length=500)),
                ("said_on", models.DateField()),
                (
                    "reason",
                    models.CharField(blank=True, max_length=500, verbose_name="Why"),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("code", "the same credit code"),
                            ("name", "a name in common"),
                            ("like", "names that are alike"),
                        ],
                        max_length=10,
                    ),
                ),
                ("score", models.FloatField(default=0.0)),
                (
                    "first",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="apart_first",
                        to="desk.company",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.member",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who answers for it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.member",
                        verbose_name="Owner",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="apart_second",
                        to="desk.company",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["office", "archived_on", "-said_on"],
                        name="apart_sorted",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("own", "me and the head"),
                            ("team", "my team and the head"),
                            ("office", "my office"),
                            ("all", "all offices of this installation"),
                        ],
                        default="office",
                        max_length=10,
                        verbose_name="Who may see it",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                ("training", models.BooleanField(default=False)),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                (
                    "changed_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False
                    ),
                ),
                ("archived_on", models.DateField(blank=True, null=True)),
                ("archived_why", models.CharField(blank=True, max_length=500)),
                ("done_on", models.DateField()),
                (
                    "reason",
                    models.CharField(blank=True, max_length=500, verbose_name="Why"),
                ),
                ("fields", models.JSONField(blank=True, default=dict)),
                ("rows", models.JSONField(blank=True, default=list)),
                ("apart_on", models.DateField(blank=True, null=True)),
                (
                    "apart_why",
                    models.CharField(blank=True, max_length=500, verbose_name="Why"),
                ),
                ("stayed", models.JSONField(blank=True, default=list)),
                (
                    "apart_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.member",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.member",
                    ),
                ),
                (
                    "merged",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_away",
                        to="desk.company",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who answers for it.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.member",
                        verbose_name="Owner",
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_kept",
                        to="desk.company",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["office", "-done_on", "-id"], name="merge_sorted"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Suspect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("code", "the same credit code"),
                            ("name", "a name in common"),
                            ("like", "names that are alike"),
                        ],
                        max_length=10,
                    ),
                ),
                ("score", models.FloatField()),
                ("training", models.BooleanField(default=False)),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="desk.company",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="desk.company",
                    ),
                ),
            ],
            options={
                "ordering": ("-score", "id"),
                "indexes": [
                    models.Index(
                        fields=["office", "-score", "id"], name="suspect_sorted"
                    ),
                    models.Index(
                        fields=["office", "why", "-score", "id"],
                        name="suspect_why_sorted",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("first", "second"), name="suspect_once"
                    )
                ],
            },
        ),
    ]
