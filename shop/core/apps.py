from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "shop.core"
    label = "core"
    verbose_name = _("System")

    def ready(self) -> None:
        """Load every app's `checks`, `handlers` and `tasks`, so that `check`, events
        and periodic jobs find them.
        """
        for config in apps.get_app_configs():
            for name in ("checks", "handlers", "tasks"):
                if module_has_submodule(config.module, name) and not config.name.startswith(
                    ("django", "allauth", "unfold", "rest_framework")
                ):
                    import_module(f"{config.name}.{name}")
