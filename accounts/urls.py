"""Our own pages under `/account/`; sign-in, second factor and sessions are django-allauth's."""

from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("signup/", views.signup, name="signup"),
    path("details/", views.details, name="details"),
    path("details/email/", views.change_email, name="change-email"),
    path("details/password/", views.change_password, name="change-password"),
    path("details/newsletter/", views.change_newsletter, name="change-newsletter"),
    path("details/verify/", views.send_verification, name="send-verification"),
    path("details/export/", views.export, name="export"),
    path("details/delete/", views.delete, name="delete"),
    path("addresses/", views.addresses, name="addresses"),
    path("addresses/new/", views.add_address, name="add-address"),
    path("addresses/<int:pk>/", views.change_address, name="change-address"),
    path("addresses/<int:pk>/delete/", views.delete_address, name="delete-address"),
    path("address-fields/", views.address_fields, name="address-fields"),
    # allauth's own pages for these would be a second way in with other rules.
    path("email/", views.to_details, name="email"),
    path("password/change/", views.to_details, name="password"),
    path("password/set/", views.to_details, name="set-password"),
]
