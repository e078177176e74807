"""Whom a delivery is for and what it tells: a constraint of the database sees to it that they are there."""

from django.contrib.auth.models import User

from images.notices.models import Delivery, Notice, Webhook


def person_of(delivery: Delivery) -> User:
    """Of mail."""
    if delivery.user is None:
        raise ValueError(f"delivery {delivery.pk} is for nobody")
    return delivery.user


def notice_of(delivery: Delivery) -> Notice:
    """Of anything but the test of a webhook."""
    if delivery.notice is None:
        raise ValueError(f"delivery {delivery.pk} tells nothing")
    return delivery.notice


def webhook_of(delivery: Delivery) -> Webhook:
    if delivery.webhook is None:
        raise ValueError(f"delivery {delivery.pk} is for no webhook")
    return delivery.webhook
