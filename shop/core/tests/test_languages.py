"""Languages that the shop speaks."""

from django.utils.translation import get_language

from shop.core.languages import offered, speaking


def test_what_the_shop_does_not_speak_is_said_in_its_own_language(settings):
    settings.LANGUAGES = [("en", "English"), ("de", "German")]

    assert [offered(code) for code in ("de", "nl", "")] == ["de", "en", "en"]
    with speaking("nl"):
        assert get_language() == "en"
    with speaking("de"):
        assert get_language() == "de"
