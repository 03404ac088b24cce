from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0006_cultivate"),
    ]

    operations = [
        migrations.AddField(
            model_name="deal",
            name="stage_note",
            field=models.CharField(
                blank=True, default="", max_length=200, verbose_name="Where it stands"
            ),
            preserve_default=False,
        ),
    ]
