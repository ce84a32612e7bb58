"""Runs read an upload that is kept once. No run was ever made before this, so the table is made anew."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.fields


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_initial'),
        ('exchange', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.DeleteModel(name='ImportRun'),
        migrations.CreateModel(
            name='Upload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(upload_to='placements/%Y/%m/')),
                ('file_name', models.CharField(max_length=255)),
                ('encoding', models.CharField(max_length=20)),
                ('delimiter', models.CharField(blank=True, default='', max_length=1)),
                ('columns', models.JSONField()),
                ('sample', core.fields.EncryptedTextField(help_text='The first rows as JSON: names and numbers of people, so sealed.')),
                ('rows', models.PositiveIntegerField()),
                ('rows_exact', models.BooleanField(default=True)),
                ('uploaded_at', models.DateTimeField()),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='accounts.client')),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('definition', models.JSONField()),
                ('placed_on', models.DateField()),
                ('dry_run', models.BooleanField(default=False)),
                ('expect_rows', models.PositiveIntegerField(null=True)),
                ('expect_amount', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Loading'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('rows_read', models.PositiveIntegerField(default=0)),
                ('cancel_asked', models.BooleanField(default=False)),
                ('result', models.JSONField(default=dict)),
                ('error', models.TextField(blank=True, default='')),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('placement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='accounts.placement')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='exchange.upload')),
            ],
            options={
                'indexes': [models.Index(fields=['-started_at'], name='importrun_started')],
            },
        ),
    ]
