"""Answers are kept encrypted from here on. Those kept before cannot be read back into text and go."""

from django.db import migrations, models

import core.fields


def forget_answers(apps, schema_editor):
    apps.get_model("api", "IdempotencyRecord").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="apitoken",
            options={
                "permissions": [
                    ("state_instant", "Can state, over the API, that an act happened earlier than now")
                ]
            },
        ),
        migrations.RunPython(forget_answers, migrations.RunPython.noop),
        migrations.RemoveField(model_name="idempotencyrecord", name="response"),
        migrations.AddField(
            model_name="idempotencyrecord",
            name="response",
            field=core.fields.EncryptedTextField(blank=True, default=""),
        ),
    ]
