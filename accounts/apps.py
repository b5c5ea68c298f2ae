from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from allauth.mfa.signals import authenticator_added

        from accounts.groups import make_groups_after_migrate
        from accounts.handlers import end_other_sessions

        post_migrate.connect(make_groups_after_migrate, dispatch_uid="accounts.groups")
        authenticator_added.connect(end_other_sessions, dispatch_uid="accounts.factor")
