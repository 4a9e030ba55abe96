"""Who somebody is at WooCommerce."""

from typing import Any

from services.connect.mapped import Payload
from services.connect.naming import Naming, identify, without_missing
from services.connect.payload_fields import at, email, identifier, needed, text


def utc(value: object) -> str | None:
    """Return a time of WooCommerce's `…_gmt` fields, which say no zone."""
    found = text(value)
    return None if found is None else found.removesuffix("Z") + "Z"


def customer_of(order: Payload, naming: Naming) -> str | None:
    """Return the name of an order's customer: of a guest, whose id is 0, the e-mail address."""
    native_id = identifier(order.get("customer_id"))
    if native_id is not None:
        return naming.name(native_id)
    return email(at(order, "billing", "email"))


def traits_of(person: object, billing: object) -> dict[str, Any]:
    """Return the traits of a customer; what `person` does not say, `billing` does."""
    return without_missing(
        {
            "email": email(at(person, "email")) or email(at(billing, "email")),
            "phone": text(at(billing, "phone")),
            "first_name": text(at(person, "first_name")) or text(at(billing, "first_name")),
            "last_name": text(at(person, "last_name")) or text(at(billing, "last_name")),
            "country": text(at(billing, "country")),
        }
    )


def known_customer(customer: Payload, naming: Naming) -> dict[str, Any]:
    """Return the message that says who a customer is.

    Raises:
        UnmappableError: it can't be said who it is, or when.
    """
    native_id = needed(identifier(customer.get("id")), "id")
    changed = utc(customer.get("date_modified_gmt")) or utc(customer.get("date_created_gmt"))
    changed = needed(changed, "date_modified_gmt")
    message_id = naming.message_id("customer", native_id, changed)
    traits = traits_of(customer, customer.get("billing"))
    return identify(naming.name(native_id), message_id, changed, traits)


def buyer_of(order: Payload, name: str, placed_at: str, naming: Naming) -> dict[str, Any]:
    """Return the message that says who made an order, as of the order."""
    message_id = naming.message_id("order", str(identifier(order.get("id"))), "buyer")
    return identify(name, message_id, placed_at, traits_of(None, order.get("billing")))
