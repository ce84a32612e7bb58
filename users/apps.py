from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class UsersConfig(AppConfig):
    name = "users"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(keep_roles_in_step, dispatch_uid="users.keep_roles_in_step")


def keep_roles_in_step(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """After the last room has its permissions, the roles get theirs: a new deployment needs no step of its own."""
    from django.apps import apps
    from django.contrib.contenttypes.models import ContentType
    from django.db import connections

    with_models = [config for config in apps.get_app_configs() if config.models_module is not None]
    if sender != with_models[-1]:
        return
    tables = set(connections[using].introspection.table_names())
    if (
        not {"auth_group", "auth_permission", ContentType._meta.db_table, "users_user", "users_authority"}
        <= tables
    ):
        return  # a partial migration
    from users.services import sync_roles

    sync_roles()
