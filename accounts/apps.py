from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts.groups import make_groups_after_migrate

        post_migrate.connect(make_groups_after_migrate, dispatch_uid="accounts.groups")
