"""The names of events that mean more than a sign of life. Segment's own, where it has them."""

from typing import Final

ORDER_COMPLETED: Final = "Order Completed"
ORDER_REFUNDED: Final = "Order Refunded"
ORDER_CANCELLED: Final = "Order Cancelled"
PRODUCT_REVIEWED: Final = "Product Reviewed"
COMPLAINT_FILED: Final = "Complaint Filed"
COMPLAINT_RESOLVED: Final = "Complaint Resolved"
