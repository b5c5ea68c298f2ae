"""What is installed: exact pins, for every machine that pip may run on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from packaging.markers import Marker
from packaging.requirements import Requirement

FILES = ["requirements.txt", "requirements-dev.txt"]
# Kernel names that are no version numbers: pip 24.1 to 25.3 cannot compare them, and stops.
KERNEL_MARKERS = ("platform_release", "platform_version")
LINUX = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_release": "6.8.0-45-generic",
    "platform_version": "#45-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 30 12:02:04 UTC 2024",
}


def requirements(name: str) -> list[Requirement]:
    lines = (Path(settings.BASE_DIR) / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]


def installed(**machine: str) -> set[str]:
    """The names of what requirements.txt asks for on that machine."""
    return {
        requirement.name
        for requirement in requirements("requirements.txt")
        if requirement.marker is None or requirement.marker.evaluate({**LINUX, **machine})
    }


@pytest.mark.parametrize("name", FILES)
def test_no_requirement_compares_the_name_of_a_kernel(name):
    marked = [str(found.marker) for found in requirements(name) if found.marker]

    assert [text for text in marked if any(word in text for word in KERNEL_MARKERS)] == []


def test_the_guard_recognizes_a_kernel_marker():
    text = str(Marker('sys_platform == "darwin" and platform_release >= "24"'))

    assert any(word in text for word in KERNEL_MARKERS)


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_to_one_version(name):
    loose = [
        str(found)
        for found in requirements(name)
        if [spec.operator for spec in found.specifier] != ["=="]
    ]

    assert loose == []


@pytest.mark.parametrize(
    "kernel",
    [
        "6.8.0-45-generic",
        "5.15.167.4-microsoft-standard-WSL2",
        "6.1.0-26-cloud-amd64",
        "4.18.0-553.el8_10.x86_64",
        "6.18.44-fc-v595",
    ],
)
def test_linux_gets_the_same_packages_whatever_its_kernel_is_called(kernel):
    assert installed(platform_release=kernel) == installed(platform_release="24")


@pytest.mark.parametrize(
    ("platform", "machine", "has_pdf"),
    [
        ("linux", "x86_64", True),
        ("linux", "aarch64", False),
        ("win32", "AMD64", True),
        ("win32", "ARM64", False),
        ("darwin", "arm64", False),
        ("darwin", "x86_64", False),
    ],
)
def test_the_pdf_engine_is_asked_for_only_where_it_has_a_wheel(platform, machine, has_pdf):
    names = installed(sys_platform=platform, platform_machine=machine)

    assert ("plutoprint" in names) is has_pdf
    assert "Django" in names


def test_what_tests_need_is_not_installed_in_production():
    tools = {found.name for found in requirements("requirements-dev.txt")}

    assert tools & installed() == set()
    assert {"pytest-django", "factory-boy"} <= tools


def test_the_shop_loads_no_test_tool():
    loaded = {"factory", "faker", "pytest"} & imported_by_the_shop()

    assert loaded == set()


def imported_by_the_shop() -> set[str]:
    """The top-level packages that a process of the shop has loaded once it is ready."""
    script = "import sys, shop.wsgi, shop.urls; print(*{n.partition('.')[0] for n in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())
