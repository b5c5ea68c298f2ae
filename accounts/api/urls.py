"""Routes of people under `/api/`."""

from accounts.api import auth, customers
from shop.api.routes import route

_addresses = customers.OwnAddressViewSet
_customers = customers.CustomerViewSet

urlpatterns = [
    route("auth/register", auth.RegisterView.as_view(), name="auth-register"),
    route("auth/login", auth.LoginView.as_view(), name="auth-login"),
    route("auth/refresh", auth.RefreshView.as_view(), name="auth-refresh"),
    route("auth/logout", auth.LogoutView.as_view(), name="auth-logout"),
    route("auth/password/change", auth.ChangePasswordView.as_view(), name="auth-password-change"),
    route("auth/password/forgot", auth.ForgotPasswordView.as_view(), name="auth-password-forgot"),
    route("auth/password/reset", auth.ResetPasswordView.as_view(), name="auth-password-reset"),
    route("auth/email/verify", auth.VerifyEmailView.as_view(), name="auth-email-verify"),
    route("auth/email/change", auth.ChangeEmailView.as_view(), name="auth-email-change"),
    route("auth/me", auth.MeView.as_view(), name="auth-me"),
    route("customers/me", customers.OwnCustomerView.as_view(), name="customers-me"),
    route("customers/me/export", customers.OwnExportView.as_view(), name="customers-me-export"),
    route(
        "customers/me/addresses",
        _addresses.as_view({"get": "list", "post": "create"}),
        name="customers-me-addresses",
    ),
    route(
        "customers/me/addresses/<int:pk>",
        _addresses.as_view(
            {
                "get": "retrieve",
                "patch": "partial_update",
                "put": "update",
                "delete": "destroy",
            }
        ),
        name="customers-me-address",
    ),
    route("customers", _customers.as_view({"get": "list"}), name="customers"),
    route("customers/<int:pk>", _customers.as_view({"get": "retrieve"}), name="customer"),
]
