"""The mailbox of development: every e-mail the shop wrote, as it looks.

Not there in production.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from notifications.models import OutgoingMail
from notifications.services.mail import revealed

MOST = 200
# E-mails have inline styles and pictures of the shop, and never a script.
EMAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: http: https:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox allow-popups "
    "allow-same-origin"
)


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """List the newest e-mails."""
    mails = OutgoingMail.objects.for_list()[:MOST]
    return render(request, "notifications/mail_list.html", {"mails": mails})


@require_safe
def mail_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an e-mail's head and its text, with the HTML beside it."""
    mail = _mail(pk)
    context = {"mail": mail, "text": revealed(mail, mail.text)}
    response = render(request, "notifications/mail_detail.html", context)
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    policy += "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    response["Content-Security-Policy"] = policy + "frame-ancestors 'none'; base-uri 'none'"
    return response


@require_safe
@xframe_options_sameorigin
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of an e-mail, as a mail program would draw it."""
    mail = _mail(pk)
    response = HttpResponse(revealed(mail, mail.html))
    response["Content-Security-Policy"] = EMAIL_POLICY
    return response


def _mail(pk: int) -> OutgoingMail:
    mail = OutgoingMail.objects.filter(pk=pk).select_related("gift_card").first()
    if mail is None:
        raise Http404
    return mail
