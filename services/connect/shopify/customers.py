"""Who somebody is at Shopify: their name, their traits, and the marketing they agreed to."""

from typing import Any, Final

from services.connect.mapped import Payload
from services.connect.naming import Naming, identify, without_missing
from services.connect.payload_fields import at, email, identifier, text

CONSENT: Final = {"subscribed": "granted", "unsubscribed": "revoked", "not_subscribed": "denied"}
"""Our values of consent, by Shopify's. Others, such as `pending`, are no statement."""


def customer_name(naming: Naming, customer: object, *emails: object) -> str | None:
    """Return the name of a customer: by its id, else the first e-mail address; None for nobody."""
    native_id = identifier(at(customer, "id"))
    if native_id is not None:
        return naming.name(native_id)
    found = (email(each) for each in (*emails, at(customer, "email")))
    return next((each for each in found if each is not None), None)


def consent_of(email_consent: object, sms_consent: object) -> dict[str, str] | None:
    """Return the trait `consent`, None if nothing was said."""
    stated = {
        "email": CONSENT.get(str(at(email_consent, "state")).lower()),
        "sms": CONSENT.get(str(at(sms_consent, "state")).lower()),
    }
    return without_missing(stated) or None


def traits_of(customer: Payload) -> dict[str, Any]:
    """Return the traits of a customer."""
    address = customer.get("default_address")
    return without_missing(
        {
            "email": email(customer.get("email")),
            "phone": text(customer.get("phone")) or text(at(address, "phone")),
            "first_name": text(customer.get("first_name")),
            "last_name": text(customer.get("last_name")),
            "locale": text(customer.get("locale")),
            "country": text(at(address, "country_code")),
            "consent": consent_of(
                customer.get("email_marketing_consent"), customer.get("sms_marketing_consent")
            ),
        }
    )


def known_customer(customer: Payload, naming: Naming) -> dict[str, Any] | None:
    """Return the message that says who a customer is; None if it can't say whom or when."""
    native_id, changed_at = identifier(customer.get("id")), text(customer.get("updated_at"))
    traits = traits_of(customer)
    if native_id is None or changed_at is None or not traits:
        return None
    message_id = naming.message_id("customer", native_id, changed_at)
    return identify(naming.name(native_id), message_id, changed_at, traits)


def guest_of(order: Payload, name: str, placed_at: str, naming: Naming) -> dict[str, Any]:
    """Return the message that says who a guest is, by an order."""
    billing = order.get("billing_address")
    traits = {
        "email": name,
        "phone": text(order.get("phone")) or text(at(billing, "phone")),
        "first_name": text(at(billing, "first_name")),
        "last_name": text(at(billing, "last_name")),
        "locale": text(order.get("customer_locale")),
        "country": text(at(billing, "country_code")),
    }
    message_id = naming.message_id("order", str(identifier(order.get("id"))), "guest")
    return identify(name, message_id, placed_at, without_missing(traits))
