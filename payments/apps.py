from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        from orders.tenders import accept_cards
        from payments.gift_cards import pay_with_cards
        from payments.providers import choosable
        from pricing.providers import tell_providers

        tell_providers(choosable)
        accept_cards(pay_with_cards)
