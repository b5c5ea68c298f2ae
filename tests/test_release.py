"""The version of a release is written in one place and shown everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from shop import __version__

ROOT = Path(settings.BASE_DIR)


def test_the_newest_version_in_the_changelog_is_this_one():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = [re.fullmatch(r"(\d+\.\d+\.\d+) \(\d{4}-\d\d-\d\d\)", each) for each in headings[1:]]

    assert headings[0] == "Unreleased"
    assert all(released)
    assert released[0][1] == __version__


def test_the_document_of_the_api_names_the_version():
    document = (ROOT / "docs/openapi.yaml").read_text()

    assert f"\n  version: {__version__}\n" in document


def test_security_fixes_are_promised_for_this_version():
    minor = ".".join(__version__.split(".")[:2])

    assert f"| {minor} | yes |" in (ROOT / "SECURITY.md").read_text()


@pytest.mark.django_db
def test_the_dashboard_shows_the_version(admin_client):
    page = admin_client.get(reverse("admin:index"))

    assert f"Linden {__version__}" in page.content.decode()
