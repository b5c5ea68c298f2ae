"""Addresses of the development mailbox; included in development only."""

from __future__ import annotations

from django.urls import URLPattern, path

from notifications import views

app_name = "notifications"
urlpatterns: list[URLPattern] = [
    path("", views.mail_list, name="mail-list"),
    path("<int:pk>/", views.mail_detail, name="mail"),
    path("<int:pk>/html/", views.mail_html, name="mail-html"),
]
